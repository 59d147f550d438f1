#include "tests/e2e/deliveries.hpp"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include <chrono>

#include "peers/json_writer.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {
namespace {

/// Not the hub's own function: it is what is being tested.
std::string signature_of(const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha512(), waha_key, static_cast<int>(std::char_traits<char>::length(waha_key)),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &length);
  std::string hex;
  for (unsigned i = 0; i < length; ++i)
    hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

/// Few people and few drops, so that messages of one batch meet in tickets.
std::string text_for(int sender, int n) {
  if (n % 3 == 0) return fmt::format("DR{} no light again", 1730000 + (sender * 31 + n) % 40);
  return fmt::format("still waiting, number {}", n);
}

}  // namespace

std::string message_delivery(const std::string& stanza, const std::string& phone,
                             const std::string& text) {
  constexpr std::int64_t at_s = 1'795'224'000;
  peers::json_writer w;
  w.object().field("id", "evt_" + stanza).field("timestamp", at_s * 1000);
  w.field("event", "message.any").field("session", "default");
  w.key("me").object().field("id", "27820000001@c.us").field("pushName", "Desk").end_object();
  w.key("payload").object().field("id", fmt::format("false_{}@c.us_{}", phone, stanza));
  w.field("timestamp", at_s).field("from", phone + "@c.us").field("fromMe", false);
  w.field("source", "app").field("body", text).field("hasMedia", false).end_object();
  w.field("engine", "NOWEB");
  return w.end_object().text();
}

http_headers signed_headers(const std::string& body) {
  return {{"Content-Type", "application/json"},
          {"X-Webhook-Hmac", signature_of(body)},
          {"X-Webhook-Hmac-Algorithm", "sha512"}};
}

http_answer deliver(http_connection& to, const std::string& body) {
  return to.request("POST", waha_path, body, signed_headers(body));
}

http_answer deliver(std::uint16_t port, const std::string& body) {
  http_connection connection(port);
  return deliver(connection, body);
}

std::string inbox_key(const std::string& stanza) {
  return "main/default/msg/in/" + stanza;
}

sender_crowd::sender_crowd(std::uint16_t port, int senders) : port_(port) {
  for (int i = 0; i < senders; ++i)
    threads_.emplace_back([this, i] { work(i); });
}

sender_crowd::~sender_crowd() {
  stop(false);
}

void sender_crowd::work(int number) {
  http_connection connection(port_);
  for (int n = 0; !stopping_; ++n) {
    const std::string stanza = fmt::format("3EB0{:02X}{:08X}", number, n);
    const std::string phone = fmt::format("27830{:06}", (number * 17 + n) % 60);
    const std::string body = message_delivery(stanza, phone, text_for(number, n));
    {
      const std::scoped_lock lock(mutex_);
      sent_.insert(stanza);
    }
    while (true) {
      const unsigned status = deliver(connection, body).status;
      const std::scoped_lock lock(mutex_);
      ++answers_[status];
      if (status >= 200 && status < 300) {
        acknowledged_.insert(stanza);
        ++count_;
        break;
      }
      if (abandoning_) return;
      std::this_thread::sleep_for(5ms);  // as long as nobody listens, there is no need to hurry
    }
  }
}

bool sender_crowd::wait_for_more(std::size_t count) {
  const std::size_t wanted = count_ + count;
  return eventually([&] { return count_ >= wanted; }, 30s);
}

void sender_crowd::stop(bool finish) {
  if (!finish) abandoning_ = true;
  stopping_ = true;
  for (std::thread& t : threads_)
    if (t.joinable()) t.join();
}

}  // namespace fibrehub::e2e
