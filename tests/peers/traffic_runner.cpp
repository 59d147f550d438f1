#include "peers/traffic_runner.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>

namespace fibrehub::peers {

namespace asio = boost::asio;

namespace {

constexpr auto tick = std::chrono::milliseconds(20);
constexpr double longest_step_s = 1;  // after a pause of the process nothing is made up for

}  // namespace

traffic_runner::traffic_runner(asio::io_context& io, const peers_options& options,
                               waha_world& world, case_store& cases, const fault_set& faults)
    : io_(io),
      options_(options),
      world_(world),
      faults_(faults),
      generator_(options.seed),
      case_traffic_(options.seed, options.qcontact_queue, cases),
      random_(options.seed ^ 0x72617465ULL) {
  settings_.rate_per_s = options.rate_per_s;
  settings_.case_rate_per_s = options.case_rate_per_s;
  settings_.burst_size = options.burst_size;
  settings_.burst_every_s = options.burst_every_s;
}

void traffic_runner::start() {
  const auto& known = generator_.people();
  for (const auto& p : known.technicians)
    world_.know(p);
  for (const auto& p : known.customers)
    world_.know(p);
  for (const auto& g : known.groups)
    world_.know_group(g.chat, g.subject);
  case_traffic_.populate(options_.qcontact_cases, now_ms() / 1000);
  asio::co_spawn(io_, run(), asio::detached);
}

asio::awaitable<void> traffic_runner::run() {
  asio::steady_timer timer(io_);
  auto last = std::chrono::steady_clock::now();
  for (;;) {
    boost::system::error_code ec;
    timer.expires_after(tick);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    const auto now = std::chrono::steady_clock::now();
    const double passed_s = std::chrono::duration<double>(now - last).count();
    last = now;
    if (!settings_.paused) advance(std::min(passed_s, longest_step_s));
  }
}

void traffic_runner::advance(double seconds) {
  credit_ += seconds * settings_.rate_per_s * faults_.waha_flood_factor;
  while (credit_ >= next_cost_) {
    credit_ -= next_cost_;
    // Exponential gaps: people do not write to a metronome.
    next_cost_ = -std::log(1.0 - random_.unit());
    one_message();
  }
  since_burst_s_ += seconds;
  if (settings_.burst_every_s > 0 && settings_.rate_per_s > 0 &&
      since_burst_s_ >= settings_.burst_every_s) {
    since_burst_s_ = 0;
    burst(settings_.burst_size);
  }
  case_credit_ += seconds * settings_.case_rate_per_s;
  for (; case_credit_ >= 1; case_credit_ -= 1)
    case_traffic_.step(now_ms() / 1000);
}

void traffic_runner::burst(int messages) {
  for (int i = 0; i < messages; ++i)
    one_message();
}

void traffic_runner::one_message() {
  while (!happen(generator_.next())) {
  }
  ++generated_;
}

const std::string& traffic_runner::session_of(const std::string& chat) const {
  std::size_t sum = 0;
  for (const char c : chat)
    sum = sum * 31 + static_cast<unsigned char>(c);
  return options_.sessions[sum % options_.sessions.size()];
}

bool traffic_runner::happen(traffic_event event) {
  const std::int64_t now_s = now_ms() / 1000;
  if (auto* m = std::get_if<chat_message>(&event)) {
    const std::string& session = session_of(m->chat);
    m->timestamp_s = now_s;
    world_.receive(session, std::move(*m));
    return true;
  }
  if (auto* r = std::get_if<reaction_event>(&event)) {
    r->timestamp_s = now_s;
    world_.react(session_of(r->target.chat), *r);
  } else if (auto* e = std::get_if<edit_event>(&event)) {
    e->timestamp_s = now_s;
    world_.edit(session_of(e->target.chat), *e);
  } else if (auto* revoked = std::get_if<revoke_event>(&event)) {
    revoked->action.timestamp_s = now_s;
    world_.revoke(session_of(revoked->action.target.chat), revoked->action);
  } else if (auto* c = std::get_if<call_event>(&event)) {
    c->timestamp_s = now_s;
    world_.call(session_of(c->caller.phone + "@c.us"), *c);
  } else if (auto* p = std::get_if<presence_event>(&event)) {
    world_.presence(session_of(p->chat), p->chat, p->participant, p->state);
  } else {
    world_.flap(random_.pick(options_.sessions));
  }
  return false;
}

}  // namespace fibrehub::peers
