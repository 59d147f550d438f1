// Lets the generated traffic happen in real time: a rate, bursts, floods, and QContact's desk.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>

#include "peers/case_traffic.hpp"
#include "peers/options.hpp"
#include "peers/traffic.hpp"
#include "peers/waha_world.hpp"

namespace fibrehub::peers {

struct traffic_settings {
  double rate_per_s = 0;
  double case_rate_per_s = 0;
  int burst_size = 0;
  double burst_every_s = 0;
  bool paused = false;
};

class traffic_runner {
 public:
  traffic_runner(boost::asio::io_context& io, const peers_options& options, waha_world& world,
                 case_store& cases, const fault_set& faults);

  void start();
  traffic_settings& settings() { return settings_; }
  /// `messages` messages at once, with the noise between them.
  void burst(int messages);
  case_traffic& cases() { return case_traffic_; }
  const cast& people() const { return generator_.people(); }
  std::uint64_t generated() const { return generated_; }

 private:
  boost::asio::awaitable<void> run();
  void advance(double seconds);
  void one_message();
  /// True when it was a message.
  bool happen(traffic_event event);
  const std::string& session_of(const std::string& chat) const;

  boost::asio::io_context& io_;
  const peers_options& options_;
  waha_world& world_;
  const fault_set& faults_;
  traffic_generator generator_;
  case_traffic case_traffic_;
  random_source random_;
  traffic_settings settings_;
  double credit_ = 0;
  double next_cost_ = 1;
  double case_credit_ = 0;
  double since_burst_s_ = 0;
  std::uint64_t generated_ = 0;
};

}  // namespace fibrehub::peers
