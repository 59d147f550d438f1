#include "peers/peers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <stdexcept>

namespace fibrehub::peers {

peers::peers(peers_options options)
    : options_(std::move(options)),
      faults_(options_.faults),
      sender_(io_, options_.seed ^ 0x68747470ULL, options_.max_concurrent_webhooks),
      world_(io_, options_, faults_, sender_, book_),
      waha_(io_, world_),
      qcontact_(io_, options_, faults_, cases_),
      traffic_(io_, options_, world_, cases_, faults_),
      control_(io_, {world_, waha_, sender_, book_, cases_, qcontact_, traffic_, faults_}) {
  if (options_.sessions.empty()) throw std::runtime_error("at least one session is needed");
  qcontact_.on_page([this](int edits) {
    for (int i = 0; i < edits; ++i)
      traffic_.cases().touch(now_ms() / 1000);
  });
}

peers::~peers() {
  stop();
}

peer_ports peers::listen() {
  peer_ports ports;
  ports.waha = waha_.listen(options_.bind, options_.waha_port);
  ports.qcontact = qcontact_.listen(options_.bind, options_.qcontact_port);
  ports.control = control_.listen(options_.control_port);
  world_.start();
  traffic_.start();
  return ports;
}

void peers::run() {
  const auto guard = boost::asio::make_work_guard(io_);
  io_.run();
}

peer_ports peers::start() {
  const peer_ports ports = listen();
  thread_ = std::thread([this] { run(); });
  return ports;
}

void peers::stop() {
  io_.stop();
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) thread_.join();
}

}  // namespace fibrehub::peers
