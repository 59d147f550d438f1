// The REST v2 API of the simulated QContact: cookie sessions, cases, and its ways to misbehave.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "peers/http_server.hpp"
#include "peers/options.hpp"
#include "peers/qcontact_cases.hpp"
#include "peers/support.hpp"

namespace fibrehub::peers {

struct qcontact_counts {
  std::uint64_t requests = 0;
  std::uint64_t logins = 0;
  std::uint64_t failed_logins = 0;
  std::uint64_t unauthorised = 0;  // requests that met an expired or missing session
  std::uint64_t pages = 0;
  std::uint64_t patches = 0;
  std::uint64_t faults = 0;  // requests answered by a fault instead
};

class qcontact_server {
 public:
  qcontact_server(boost::asio::io_context& io, const peers_options& options, fault_set& faults,
                  case_store& cases);

  std::uint16_t listen(const std::string& address, std::uint16_t port);
  /// Called after a page was handed out, with the number of edits the switch asks for.
  void on_page(std::function<void(int edits)> hook) { page_hook_ = std::move(hook); }
  /// Every session is gone; the next request of each is unauthorised.
  void expire_sessions() { sessions_.clear(); }
  const qcontact_counts& counts() const { return counts_; }

 private:
  boost::asio::awaitable<http_reply> handle(http_request request);
  http_reply answer(const http_request& request);
  http_reply login(const http_request& request);
  http_reply not_signed_in() const;
  bool signed_in(const http_request& request);
  http_reply cases(const http_request& request);
  http_reply one_case(const http_request& request, const std::string& id);
  http_reply page(const protocols::json::value& query);
  /// A fault in place of the answer; false when none is due.
  bool fail(http_reply& reply);
  void spoil(http_reply& reply);

  boost::asio::io_context& io_;
  const peers_options& options_;
  fault_set& faults_;
  case_store& cases_;
  fault_dice dice_;
  random_source random_;
  std::map<std::string, std::int64_t> sessions_;  // cookie → expires at (ms)
  std::function<void(int)> page_hook_;
  qcontact_counts counts_;
};

}  // namespace fibrehub::peers
