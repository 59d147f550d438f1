// What one committed event costs when many listen: each listener is asked for by visibility and
// filter, and the event is written out once for all of them.
#include <benchmark/benchmark.h>

#include <boost/asio/io_context.hpp>

#include "web/feed/sink.hpp"

namespace fibrehub::bench {
namespace {

using namespace fibrehub::web;

std::shared_ptr<const actors::event> make_event() {
  store::committed_event e;
  e.id = "1795237018886.1-55";
  e.kind = "ticket.updated";
  e.ticket_uid = "DR1728935-01";
  e.data_json =
      R"({"ticket_uid":"DR1728935-01","title":"No light","status":"assigned","priority":"high",)"
      R"("source":"wa_inbound","version":4,"by":"Sarah","changed":["assigned_to","status"]})";
  e.access.who = domain::event_access::circle::ticket;
  e.access.owner = {7, 0, 0};
  return std::make_shared<const actors::event>(std::move(e));
}

/// Technicians, one in `one_in` of whom sees the ticket; the queues are emptied as they fill.
void offer_event(benchmark::State& state) {
  const auto listeners = static_cast<std::size_t>(state.range(0));
  const auto one_in = static_cast<std::size_t>(state.range(1));
  boost::asio::io_context io;
  std::vector<std::shared_ptr<listener_queue>> queues;
  std::vector<std::unique_ptr<feed_sink>> sinks;
  for (std::size_t i = 0; i < listeners; ++i) {
    auto who = std::make_shared<principal>();
    who->who.as = domain::role::technician;
    who->who.user_id = i % one_in == 0 ? 7 : 8;
    who->who.teams = {1, 2, 3};
    queues.push_back(std::make_shared<listener_queue>(io.get_executor()));
    sinks.push_back(std::make_unique<feed_sink>(queues.back(), std::move(who), feed_filter{},
                                                feed_format::json));
  }
  std::size_t events = 0;
  for (auto _ : state) {
    const auto e = make_event();
    for (const auto& sink : sinks)
      if (!sink->offer(e)) state.SkipWithError("a queue overflowed");
    if (++events % 128 != 0) continue;
    state.PauseTiming();
    for (const auto& q : queues)
      while (q->take_one()) {
      }
    io.poll();
    io.restart();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(offer_event)->Args({0, 1})->Args({1, 1})->Args({50, 1})->Args({50, 10});

}  // namespace
}  // namespace fibrehub::bench
