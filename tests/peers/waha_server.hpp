// The REST API of the simulated WAHA server, on top of waha_world. Spread over waha_server.cpp (who
// may ask what), waha_sessions.cpp, waha_pairing.cpp, waha_sending.cpp, waha_actions.cpp,
// waha_reading.cpp, waha_contacts.cpp and waha_groups.cpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>

#include "peers/http_server.hpp"
#include "peers/waha_keys.hpp"
#include "peers/waha_world.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

/// A call that changed something or was meant to; for tests of how a client behaves.
struct waha_call {
  std::int64_t at_ms = 0;
  std::int64_t ended_ms = 0;  // 0: not answered yet
  std::string method;
  std::string path;
  std::string session;
  std::string chat;
  unsigned status = 0;  // 0: the connection was broken
  int in_flight = 0;    // such calls under way when it came, itself included
};

class waha_server {
 public:
  waha_server(boost::asio::io_context& io, waha_world& world)
      : io_(io), world_(world), keys_(world.options().seed) {}

  /// Starts listening and tells the world its address. Returns the port.
  std::uint16_t listen(const std::string& address, std::uint16_t port);
  std::uint64_t requests() const { return requests_; }
  /// Requests that showed the API key to the storage of somebody else.
  std::uint64_t leaked_keys() const { return leaked_keys_; }
  /// The last 100 000 calls that were no reading, oldest first.
  const std::deque<waha_call>& calls() const { return calls_; }
  std::string calls_json() const;

 private:
  using reply = boost::asio::awaitable<http_reply>;

  reply handle(http_request request);
  reply dispatch(http_request request);
  std::optional<http_reply> refuse(const http_request& request) const;
  http_reply health() const;
  http_reply server_info(const http_request& request);
  http_reply foreign_file(const http_request& request);
  http_reply file(const http_request& request);
  http_reply keys(const http_request& request);
  http_reply not_found(const http_request& request) const;
  http_reply failed(const http_request& request, std::string_view name,
                    std::string_view message) const;
  http_reply plus_only(std::string_view what) const;

  reply sessions(http_request request);
  reply create_session(http_request request);
  reply session(http_request request, std::string name);
  reply replace_session(http_request request, std::string name);
  reply lifecycle(http_request request, std::string name, std::string action);
  reply delete_session(http_request request, std::string name);
  /// Waits for the session's lock; the answer when it cannot be had.
  boost::asio::awaitable<std::optional<http_reply>> lock(const http_request& request,
                                                         std::string name, double hold_ms);
  std::string session_json(const waha_session& s) const;

  reply pairing(http_request request, std::string name);
  http_reply passkey(const http_request& request, waha_session& s);
  reply screenshot(http_request request);
  reply working_call(http_request request, std::string name);
  boost::asio::awaitable<bool> wait_for_status(std::string name, std::string_view status);
  boost::asio::awaitable<void> pause(double ms);

  reply read_call(http_request request, std::string name);
  http_reply read_now(const http_request& request, waha_session& s);
  http_reply convert(const http_request& request) const;
  http_reply chats(const http_request& request, waha_session& s);
  reply messages(http_request request, std::string name, std::string chat);
  reply message(http_request request, std::string name, std::string id);
  boost::asio::awaitable<void> download_media(std::string session, std::string stanza);
  http_reply mark_read(const http_request& request, waha_session& s);
  http_reply set_presence(const http_request& request, waha_session& s);
  http_reply presence(const http_request& request, waha_session& s) const;

  http_reply contacts(const http_request& request) const;
  http_reply contact(const http_request& request);
  http_reply check_exists(const http_request& request) const;
  http_reply lids(const http_request& request) const;
  http_reply groups(const http_request& request, waha_session& s);
  http_reply group(const http_request& request, waha_session& s, waha_group& g);
  http_reply create_group(const http_request& request, waha_session& s);
  http_reply change_members(const http_request& request, waha_session& s, waha_group& g);

  reply send_call(http_request request, std::string name);
  reply send_message(http_request request, std::string name, chat_message m);
  reply answer_send(http_request request, std::string name, std::string stanza, bool late_echo);
  std::optional<http_reply> send_fault(const http_request& request, const waha_session& s,
                                       const chat_message& m);
  http_reply act(const http_request& request, waha_session& s, const protocols::json::value& body);
  http_reply change_message(const http_request& request, waha_session& s);
  http_reply react(const http_request& request, waha_session& s,
                   const protocols::json::value& body);
  http_reply seen(waha_session& s, const protocols::json::value& body);
  http_reply sent(unsigned status, std::string body) const;

  boost::asio::io_context& io_;
  waha_world& world_;
  key_ring keys_;
  std::uint64_t requests_ = 0;
  std::uint64_t leaked_keys_ = 0;
  std::deque<waha_call> calls_;
  std::uint64_t forgotten_calls_ = 0;
  int in_flight_ = 0;
};

/// The session a request is about, wherever it names it; empty when nowhere.
std::string session_of(const http_request& request);
/// POST /api/sendText and the like.
bool is_send_call(const http_request& request);
/// The stanza id inside a full message id, or the text itself.
std::string stanza_of(const std::string& id);
/// A number of the query, or `fallback`.
std::int64_t number_or(const http_request& request, const std::string& name, std::int64_t fallback);
/// `offset` and `limit` of the query.
struct page {
  std::size_t offset = 0;
  std::size_t limit = 0;
  bool has(std::size_t i) const { return i >= offset && i - offset < limit; }
};
page page_of(const http_request& request, std::int64_t default_limit);

}  // namespace fibrehub::peers
