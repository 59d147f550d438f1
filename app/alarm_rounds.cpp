#include "app/alarm_rounds.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/quiet_round.hpp"
#include "app/writer_rounds.hpp"
#include "store/notify/channel_alarm.hpp"
#include "store/wa/session_alarm.hpp"

namespace fibrehub::app {
namespace {

using namespace std::chrono_literals;

/// Often enough for a trouble to be told of in time, and not more.
std::chrono::milliseconds period_for(std::chrono::milliseconds trouble_after) {
  return std::clamp<std::chrono::milliseconds>(trouble_after / 4, 250ms, 10s);
}

/// What somebody has to be told of, as of now; a trouble only when it lasts.
std::vector<store::channel_condition> conditions_of(
    const std::vector<actors::channel_status>& channels, std::chrono::milliseconds trouble_after) {
  std::vector<store::channel_condition> out;
  for (const actors::channel_status& c : channels) {
    const auto health = actors::health_of(c.state, c.silent);
    const bool in_trouble = health == actors::channel_health::in_trouble;
    if (health == actors::channel_health::neither || (in_trouble && c.trouble_for < trouble_after))
      continue;
    store::channel_condition& found = out.emplace_back();
    found.name = c.kind + "/" + c.name;
    found.in_trouble = in_trouble;
    if (!in_trouble) continue;
    found.detail = c.silent ? "It has had no success within its time." : c.detail;
    found.since = now() - c.trouble_for;
  }
  return out;
}

/// True: nothing to tell that was not told already, whatever the words.
bool same_news(const std::vector<store::channel_condition>& a,
               const std::vector<store::channel_condition>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.in_trouble == y.in_trouble;
  });
}

}  // namespace

actors::rounds_options channel_alarm_options_for(actors::slot<store::writer_actor>& writer,
                                                 actors::slot<actors::channel_registry>& registry,
                                                 std::chrono::milliseconds trouble_after) {
  using conditions = std::vector<store::channel_condition>;
  actors::rounds_options o;
  o.name = "channels: telling of trouble";
  o.period = period_for(trouble_after);
  o.next = o.period;  // channels have just begun to start
  o.run = [&writer, &registry, trouble_after,
           known = std::make_shared<conditions>()](store::reply<bool> to) {
    const auto look = [&writer, trouble_after, known, to = std::move(to)](
                          tl::expected<std::vector<actors::channel_status>, store::error> found) {
      if (!found) {
        to.answer(tl::unexpected(std::move(found.error())));
        return;
      }
      store::tell_channel_trouble request;
      request.channels = conditions_of(*found, trouble_after);
      if (same_news(request.channels, *known)) {
        to.answer(false);
        return;
      }
      const auto told = [known, seen = request.channels](const store::channel_alarms& done) {
        *known = seen;
        if (done.raised + done.over > 0)
          spdlog::info("channels: admins are told of {} in trouble, {} well again", done.raised,
                       done.over);
        return false;
      };
      run_round<store::tell_channel_trouble, store::channel_alarms>(
          writer, std::move(request), store::channel_alarm_principal(), to, told);
    };
    registry.send(actors::list_channels{store::reply<std::vector<actors::channel_status>>(look)});
  };
  return o;
}

actors::rounds_options session_alarm_options_for(actors::slot<store::writer_actor>& writer,
                                                 std::chrono::milliseconds trouble_after) {
  actors::rounds_options o;
  o.name = "sessions: telling of trouble";
  o.period = period_for(trouble_after);
  o.next = o.period;  // the bridge is asked how they are first
  o.run = [&writer, trouble_after](store::reply<bool> to) {
    store::tell_session_trouble request;
    request.after = trouble_after;
    const auto told = [](const store::channel_alarms& done) {
      if (done.raised + done.over > 0)
        spdlog::info("sessions: admins are told of {} not connected, {} connected again",
                     done.raised, done.over);
      return false;
    };
    run_round<store::tell_session_trouble, store::channel_alarms>(
        writer, std::move(request), store::channel_alarm_principal(), quietly(std::move(to)), told);
  };
  return o;
}

}  // namespace fibrehub::app
