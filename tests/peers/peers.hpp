// All simulated peers together, on one io_context and one thread. Programs call listen() and run();
// tests call start() and use the parts through call().
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>

#include "peers/control_server.hpp"

namespace fibrehub::peers {

struct peer_ports {
  std::uint16_t waha = 0;
  std::uint16_t qcontact = 0;
  std::uint16_t control = 0;
};

class peers {
 public:
  /// Throws std::runtime_error when an option makes no sense.
  explicit peers(peers_options options);
  ~peers();
  peers(const peers&) = delete;
  peers& operator=(const peers&) = delete;

  /// Binds the ports and starts sessions and traffic. Throws std::runtime_error.
  peer_ports listen();
  /// Serves until stop(); returns at once then, whatever is pending.
  void run();
  /// listen() and run() on a thread of its own.
  peer_ports start();
  /// From any thread.
  void stop();

  /// Runs `what` on the peers' thread and waits for its result.
  template <class Function>
  std::invoke_result_t<Function> call(Function what) {
    std::packaged_task<std::invoke_result_t<Function>()> task(std::move(what));
    auto result = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return result.get();
  }

  boost::asio::io_context& io() { return io_; }
  // Only on the peers' thread, or before it runs.
  waha_world& world() { return world_; }
  webhook_sender& sender() { return sender_; }
  ledger& book() { return book_; }
  case_store& cases() { return cases_; }
  qcontact_server& qcontact() { return qcontact_; }
  traffic_runner& traffic() { return traffic_; }
  fault_set& faults() { return faults_; }
  std::string stats_json() const { return control_.stats_json(); }

 private:
  peers_options options_;
  boost::asio::io_context io_{1};  // before everything that has sockets or timers on it
  fault_set faults_;
  ledger book_;
  webhook_sender sender_;
  waha_world world_;
  waha_server waha_;
  case_store cases_;
  qcontact_server qcontact_;
  traffic_runner traffic_;
  control_server control_;
  std::thread thread_;
};

}  // namespace fibrehub::peers
