#include "bench/load/delivery_source.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "bench/load/envelope.hpp"

namespace fibrehub::bench {
namespace {

constexpr std::size_t block_bytes = std::size_t{16} * 1024 * 1024;
// A repeat or a late message arrives this many deliveries after its proper place.
constexpr std::uint32_t late_at_least = 64;
constexpr std::uint32_t late_spread = 2000;
constexpr std::size_t first_apart = 1024;
// Chats start this far in the past and write once a second, so their order can be told for sure.
constexpr std::int64_t history_s = 600;

// One-to-one on 64 bits, so different inputs never give the same id.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// The options are shares of the whole stream; what is added to it makes it longer, so the chance
// per message is higher: to have a share s of additions, s/(1-s) of the others bring one.
double odds_of(double share) {
  return share / (1 - share);
}

// Crockford's alphabet in lower case, as in the ULIDs of event ids.
void write_base32(std::array<char, 26>& out, std::uint64_t high, std::uint64_t low) {
  constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
  for (std::size_t i = 0; i < 13; ++i) {
    out[i] = digits[(high >> (5 * (12 - i))) & 31];
    out[13 + i] = digits[(low >> (5 * (12 - i))) & 31];
  }
}

}  // namespace

std::string drop_number(std::uint32_t index) {
  return fmt::format("DR{:07}", 1700000 + index);
}

delivery_source::delivery_source(delivery_options options)
    : options_(std::move(options)),
      signer_(options_.hmac_key),
      random_(options_.seed),
      id_base_(mix(options_.seed * 0x9e3779b97f4a7c15ULL + 1)),
      hold_chance_(odds_of(options_.out_of_order_percent / (100 - options_.duplicates_percent))),
      repeat_chance_(odds_of(options_.duplicates_percent / 100)),
      chat_lengths_(std::max<std::uint32_t>(options_.chats, 1), 0),
      chat_first_(chat_lengths_.size(), 0) {}

void delivery_source::prepare(std::size_t count) {
  preparing_ = true;
  messages_.reserve(count);
  stream_.reserve(count + 2);
  while (stream_.size() < count)
    extend();
  preparing_ = false;
}

std::string_view delivery_source::request(std::size_t position) {
  while (position >= stream_.size())
    extend();
  const auto& stored = messages_[stream_[position]];
  return {stored.data, stored.size};
}

std::string delivery_source::message_id(std::uint32_t message) const {
  const std::uint64_t id = mix(id_base_ + message);
  return fmt::format("3EB0{:016X}{:02X}", id, options_.seed & 0xff);
}

// The next position: something that was held back and is due, or a new message.
void delivery_source::extend() {
  if (!waiting_.empty() && waiting_.top().position <= stream_.size()) {
    const auto due = waiting_.top().message;
    waiting_.pop();
    stream_.push_back(due);
    return;
  }
  const auto chat = choose_chat();
  if (chat_lengths_[chat] > 0 && chance(hold_chance_)) {
    const auto held = make_message(chat);
    const std::size_t position = stream_.size() + late_at_least + below(late_spread);
    waiting_.push({position, held});
    maybe_repeat(held, position);
  }
  const auto message = make_message(chat);
  maybe_repeat(message, stream_.size());
  stream_.push_back(message);
}

// Requests overtake each other on their way, so a chat's second message keeps its distance from the
// first: the drop must be known when it arrives.
std::uint32_t delivery_source::choose_chat() {
  const auto chats = static_cast<std::uint32_t>(chat_first_.size());
  std::uint32_t chat = below(chats);
  for (int tries = 0; tries < 16; ++tries) {
    const bool fresh = chat_lengths_[chat] == 1 && stream_.size() - chat_first_[chat] < first_apart;
    if (!fresh) break;
    chat = below(chats);
  }
  if (chat_lengths_[chat] == 0) chat_first_[chat] = static_cast<std::uint32_t>(stream_.size());
  return chat;
}

void delivery_source::maybe_repeat(std::uint32_t message, std::size_t position) {
  if (chance(repeat_chance_)) {
    waiting_.push({position + late_at_least + below(late_spread), message});
  }
}

std::uint32_t delivery_source::make_message(std::uint32_t chat) {
  const auto number = static_cast<std::uint32_t>(messages_.size());
  const std::uint32_t nth_of_chat = chat_lengths_[chat]++;

  fmt::memory_buffer text;
  if (nth_of_chat == 0) {
    write_first_text(text, chat, drop_number(chat % std::max<std::uint32_t>(options_.drops, 1)));
  } else {
    write_later_text(text, below(1000), nth_of_chat + 1);
  }

  const auto id = message_id(number);
  const auto phone = fmt::format("27{:09}", 830000000ULL + options_.first_chat + chat);
  const std::uint64_t noise = random_();
  std::array<char, 26> ulid{};
  const std::int64_t message_s = options_.start_s - history_s + nth_of_chat;
  const std::int64_t event_ms = message_s * 1000 + static_cast<std::int64_t>(noise % 1000);
  write_base32(ulid, static_cast<std::uint64_t>(event_ms) << 15, mix(id_base_ ^ number));
  const auto secret = fmt::format("{:016x}{:016x}{:011x}=", noise, mix(noise), noise >> 20);

  const auto session = options_.sessions > 1
                           ? fmt::format("{}{}", options_.session, chat % options_.sessions)
                           : options_.session;
  fmt::memory_buffer body;
  write_envelope(body, {.session = session,
                        .event_id = {ulid.data(), ulid.size()},
                        .message_id = id,
                        .phone = phone,
                        .push_name = push_name_of(chat),
                        .text = {text.data(), text.size()},
                        .secret = secret,
                        .event_ms = event_ms,
                        .message_s = message_s,
                        .from_phone = chat % 4 != 0});
  const std::string_view signed_bytes{body.data(), body.size()};

  fmt::memory_buffer request;
  fmt::format_to(std::back_inserter(request),
                 "POST {} HTTP/1.1\r\n"
                 "Accept: application/json, text/plain, */*\r\n"
                 "Content-Type: application/json\r\n"
                 "User-Agent: WAHA/2026.2.1\r\n"
                 "X-Webhook-Request-Id: {:016x}\r\n"
                 "X-Webhook-Timestamp: {}\r\n"
                 "X-Webhook-Hmac: {}\r\n"
                 "X-Webhook-Hmac-Algorithm: sha512\r\n"
                 "Content-Length: {}\r\n"
                 "Accept-Encoding: gzip, compress, deflate, br\r\n"
                 "Host: {}\r\n"
                 "Connection: keep-alive\r\n\r\n",
                 options_.path, mix(id_base_ + (std::uint64_t{1} << 40) + number), event_ms,
                 signer_.sign(signed_bytes), body.size(), options_.host_header);
  request.append(signed_bytes);
  messages_.push_back(
      {keep({request.data(), request.size()}), static_cast<std::uint32_t>(request.size())});
  if (!preparing_) ++made_late_;
  return number;
}

const char* delivery_source::keep(std::string_view bytes) {
  if (bytes.size() > block_left_) {
    block_left_ = std::max(block_bytes, bytes.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_left_));
    block_next_ = blocks_.back().get();
  }
  char* const place = block_next_;
  std::memcpy(place, bytes.data(), bytes.size());
  block_next_ += bytes.size();
  block_left_ -= bytes.size();
  return place;
}

bool delivery_source::chance(double share) {
  return static_cast<double>(random_() >> 11) * 0x1.0p-53 < share;
}

std::uint32_t delivery_source::below(std::uint32_t limit) {
  return static_cast<std::uint32_t>((random_() >> 32) * limit >> 32);
}

}  // namespace fibrehub::bench
