// The REST API of the simulated WAHA server, on top of waha_world.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "peers/http_server.hpp"
#include "peers/waha_world.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

class waha_server {
 public:
  waha_server(boost::asio::io_context& io, waha_world& world) : io_(io), world_(world) {}

  /// Starts listening and tells the world its address. Returns the port.
  std::uint16_t listen(const std::string& address, std::uint16_t port);
  std::uint64_t requests() const { return requests_; }

 private:
  using reply = boost::asio::awaitable<http_reply>;

  reply handle(http_request request);
  http_reply sessions(const http_request& request);
  http_reply create_session(const http_request& request);
  http_reply session(const http_request& request, const std::string& name);
  http_reply lifecycle(const http_request& request, waha_session& s, std::string_view action);
  http_reply health() const;
  http_reply server_info(const http_request& request) const;
  http_reply file(const http_request& request);
  http_reply lids(const http_request& request) const;
  http_reply groups(const http_request& request, waha_session& s) const;

  reply working_call(http_request request, std::string name);
  http_reply read_call(const http_request& request, waha_session& s);
  http_reply chats(const http_request& request, waha_session& s) const;
  http_reply messages(const http_request& request, waha_session& s, const std::string& chat);
  http_reply message(const http_request& request, waha_session& s, const std::string& id);
  http_reply change_message(const http_request& request, waha_session& s);
  http_reply send_call(const http_request& request, waha_session& s);
  http_reply send_message(const http_request& request, waha_session& s,
                          const protocols::json::value& body);
  boost::asio::awaitable<bool> wait_for_status(std::string name, std::string_view status);
  std::string session_json(const waha_session& s) const;

  boost::asio::io_context& io_;
  waha_world& world_;
  std::uint64_t requests_ = 0;
};

}  // namespace fibrehub::peers
