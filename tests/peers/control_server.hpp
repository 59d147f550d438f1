// The control port: look into the ledgers, change faults and traffic, make one thing happen.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <string>

#include "peers/http_server.hpp"
#include "peers/ledger.hpp"
#include "peers/qcontact_server.hpp"
#include "peers/traffic_runner.hpp"
#include "peers/waha_server.hpp"

namespace fibrehub::peers {

class control_server {
 public:
  struct parts {
    waha_world& world;
    waha_server& waha;
    webhook_sender& sender;
    ledger& book;
    case_store& cases;
    qcontact_server& qcontact;
    traffic_runner& traffic;
    fault_set& faults;
  };

  control_server(boost::asio::io_context& io, parts p) : io_(io), parts_(p) {}

  /// Loopback only.
  std::uint16_t listen(std::uint16_t port);
  std::string stats_json() const;

 private:
  boost::asio::awaitable<http_reply> handle(http_request request);
  http_reply get(const http_request& request);
  http_reply post(const http_request& request, const protocols::json::value& body);
  http_reply change_faults(const protocols::json::value& body);
  http_reply change_traffic(const protocols::json::value& body);
  http_reply change_session(std::string_view what, const protocols::json::value& body);
  http_reply meet(const protocols::json::value& body);
  http_reply send(const protocols::json::value& body);
  http_reply change_case(const protocols::json::value& body);
  boost::asio::awaitable<http_reply> drain(double timeout_s);
  std::string case_ledger_json() const;

  boost::asio::io_context& io_;
  parts parts_;
};

}  // namespace fibrehub::peers
