#include "app/work_children.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "app/alarm_rounds.hpp"
#include "app/quiet_round.hpp"
#include "app/writer_rounds.hpp"
#include "store/notify/digest.hpp"
#include "store/notify/outbox.hpp"
#include "store/sla/older_tickets.hpp"
#include "store/sla/retarget.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::app {
namespace {

using namespace std::chrono_literals;

/// Wakes the assigner; does not keep it alive.
class assigner_sink final : public actors::event_sink {
 public:
  explicit assigner_sink(const actors::assigner& to) : to_(to.address()) {}

  bool offer(const std::shared_ptr<const actors::event>& what) override {
    const auto there = alive();
    if (!there) return false;
    if (what->kind == "ticket.created")
      store::send(*there, actors::tickets_came{});
    else if (what->kind == "assignment_rules.changed" || what->kind == "reset")
      store::send(*there, actors::rules_changed{});
    return true;
  }
  void closed() noexcept override {
    if (const auto there = alive()) store::send(*there, actors::feed_broken{});
  }

 private:
  std::optional<actors::assigner> alive() const {
    const auto there = caf::actor_cast<caf::strong_actor_ptr>(to_);
    if (!there) return std::nullopt;
    return caf::actor_cast<actors::assigner>(there);
  }
  caf::actor_addr to_;
};

actors::assigner_options assigner_options_for(actors::slot<store::writer_actor>& writer,
                                              actors::slot<actors::event_hub>& events) {
  actors::assigner_options o;
  o.run = [&writer](store::reply<store::assignment_run> to) {
    run_once<store::assign_new_tickets>(writer, store::assignment_principal(), std::move(to));
  };
  o.listen = [&events](const actors::assigner& who) {
    return events.send(actors::subscribe{std::make_shared<assigner_sink>(who), std::nullopt});
  };
  return o;
}

void read_figures(actors::reader_pool& readers, std::shared_ptr<store::store_status> status) {
  store::get_outbox_figures request;
  request.now = now();
  store::reply<store::outbox_figures> done(
      [status = std::move(status)](tl::expected<store::outbox_figures, store::error> found) {
        if (!found) return;  // the last figures stay
        status->outbox_ready = found->ready;
        status->outbox_inflight = found->inflight;
        status->outbox_done = found->done;
        status->outbox_dead = found->dead;
        status->outbox_oldest_us = found->oldest ? domain::to_us(*found->oldest) : 0;
      });
  readers.ask(store::question_of(request, std::move(done)));
}

actors::rounds_options notifier_options_for(actors::slot<store::writer_actor>& writer,
                                            actors::reader_pool& readers,
                                            std::shared_ptr<store::store_status> status) {
  actors::rounds_options o;
  o.name = "notifications: releasing digests";
  o.run = [&writer, &readers, status = std::move(status)](store::reply<bool> to) {
    read_figures(readers, status);
    const auto told = [](const store::digest_run& done) {
      if (done.people > 0)
        spdlog::info("notifications: digests of {} people released", done.people);
      return done.more;
    };
    run_round<store::release_digests, store::digest_run>(writer, {}, store::digest_principal(),
                                                         std::move(to), told);
  };
  return o;
}

actors::rounds_options upkeep_options_for(actors::slot<store::writer_actor>& writer,
                                          std::shared_ptr<store::store_status> status,
                                          const store::upkeep_times& times) {
  actors::rounds_options o;
  o.name = "upkeep";
  o.period = std::chrono::minutes(1);
  o.next = std::chrono::milliseconds(200);  // messages go first
  o.run = [&writer, status = std::move(status), times](store::reply<bool> to) {
    const auto told = [status](const store::upkeep_run& done) {
      status->outbox_given_up += done.given_up;
      status->rows_tidied += done.deleted();
      if (done.given_up > 0)
        spdlog::warn("outbox: {} rows were not delivered in time and are given up", done.given_up);
      if (done.deleted() > 0)
        spdlog::info("upkeep: {} rows deleted that nobody needs any more", done.deleted());
      return done.more;
    };
    store::tidy_up request;
    request.times = times;
    run_round<store::tidy_up, store::upkeep_run>(writer, std::move(request),
                                                 store::upkeep_principal(), std::move(to), told);
  };
  return o;
}

actors::clock_service_options clock_options_for(actors::slot<store::writer_actor>& writer,
                                                actors::reader_pool& readers,
                                                std::shared_ptr<actors::clock_figures> figures) {
  actors::clock_service_options o;
  o.evaluate = [&writer](std::vector<store::clock_key> clocks,
                         store::reply<store::evaluated_clocks> to) {
    store::evaluate_clocks request;
    request.clocks = std::move(clocks);
    run_once<store::evaluate_clocks, store::evaluated_clocks>(writer, store::clock_principal(),
                                                              std::move(to), std::move(request));
  };
  o.list = [&readers](store::list_clocks request, store::reply<std::vector<store::clock_wake>> to) {
    readers.ask(store::question_of(request, std::move(to)));
  };
  o.list_due = [&readers](store::list_due_clocks request,
                          store::reply<std::vector<store::clock_wake>> to) {
    readers.ask(store::question_of(request, std::move(to)));
  };
  o.now = now;
  o.monotonic = std::chrono::steady_clock::now;
  o.figures = std::move(figures);
  return o;
}

/// Once for each database: tickets from before there were clocks.
actors::rounds_options older_clocks_options_for(actors::slot<store::writer_actor>& writer) {
  actors::rounds_options o;
  o.name = "clocks of older tickets";
  o.period = std::chrono::hours(1);
  o.next = std::chrono::milliseconds(200);  // messages go first
  o.run = [&writer](store::reply<bool> to) {
    const auto told = [](const store::older_tickets_run& done) {
      if (done.started > 0) spdlog::info("clocks: {} older tickets have theirs now", done.started);
      return done.more;
    };
    run_round<store::start_older_clocks, store::older_tickets_run>(
        writer, {}, store::clock_principal(), std::move(to), told);
  };
  return o;
}

void tell_one(actors::slot<actors::event_hub>& events, store::committed_event e) {
  e.at = now();
  store::committed_events news;
  news.items.push_back(std::move(e));
  events.send(std::move(news));
}

/// `message.typing`: somebody begins to write in a ticket, or does no more.
void tell_typing(actors::slot<actors::event_hub>& events, const std::string& uid,
                 const domain::ticket_ownership& owner, const actors::present_person& who,
                 bool writes) {
  store::committed_event e;
  e.kind = "message.typing";
  e.access.who = domain::event_access::circle::ticket_staff;
  e.access.owner = owner;
  e.ticket_uid = uid;
  e.data_json =
      fmt::format(R"({{"ticket_uid":{},"id":{},"name":{},"typing":{}}})", store::json_string(uid),
                  store::json_string(who.id), store::json_string(who.name), writes);
  tell_one(events, std::move(e));
}

/// `user.online`, `user.offline`.
void tell_online(actors::slot<actors::event_hub>& events, const std::string& id,
                 const std::string& name, bool is_online) {
  store::committed_event e;
  e.kind = is_online ? "user.online" : "user.offline";
  e.access.who = domain::event_access::circle::people;
  e.data_json =
      fmt::format(R"({{"id":{},"name":{}}})", store::json_string(id), store::json_string(name));
  tell_one(events, std::move(e));
}

/// Clocks follow edited targets and contracts, soon and piece by piece.
actors::rounds_options retargets_options_for(actors::slot<store::writer_actor>& writer) {
  actors::rounds_options o;
  o.name = "clocks after an edit";
  o.period = std::chrono::seconds(2);
  o.next = std::chrono::milliseconds(50);  // messages go first
  o.run = [&writer](store::reply<bool> to) {
    const auto told = [](const store::retarget_round& done) {
      if (done.moved > 0) spdlog::info("clocks: {} have another target now", done.moved);
      if (done.billed > 0)
        spdlog::info("billing: {} tickets are billed otherwise now", done.billed);
      return done.more;
    };
    run_round<store::retarget_clocks, store::retarget_round>(
        writer, {}, store::agreements_principal(), quietly(std::move(to)), told);
  };
  return o;
}

/// `user.viewing_ticket` for the live feed.
void tell_presence(actors::slot<actors::event_hub>& events, const std::string& uid,
                   const domain::ticket_ownership& owner, const actors::present_people& people) {
  std::string present;
  for (const actors::present_person& p : people)
    present +=
        fmt::format(R"({}{{"id":{},"name":{},"state":"{}"}})", present.empty() ? "" : ",",
                    store::json_string(p.id), store::json_string(p.name), actors::name_of(p.state));
  store::committed_event e;
  e.kind = "user.viewing_ticket";
  e.access.who = domain::event_access::circle::ticket_staff;
  e.access.owner = owner;
  e.ticket_uid = uid;
  e.data_json =
      fmt::format(R"({{"ticket_uid":{},"present":[{}]}})", store::json_string(uid), present);
  tell_one(events, std::move(e));
}

}  // namespace

std::vector<actors::child_spec> work_children(
    work_slots& slots, actors::slot<store::writer_actor>& writer, actors::reader_pool& readers,
    actors::slot<actors::event_hub>& events, actors::slot<actors::channel_registry>& registry,
    std::shared_ptr<store::store_status> status, const work_times& times) {
  actors::child_spec presence;
  presence.id = "presence";
  presence.start = into_slot(slots.presence, [&events](caf::actor_system& system) {
    actors::presence_options o;
    o.changed = [&events](const std::string& uid, const domain::ticket_ownership& owner,
                          const actors::present_people& people) {
      tell_presence(events, uid, owner, people);
    };
    o.typing = [&events](const std::string& uid, const domain::ticket_ownership& owner,
                         const actors::present_person& who,
                         bool writes) { tell_typing(events, uid, owner, who, writes); };
    o.online = [&events](const std::string& id, const std::string& name, bool is_online) {
      tell_online(events, id, name, is_online);
    };
    return actors::spawn_presence_board(system, std::move(o));
  });
  actors::child_spec assigner;
  assigner.id = "assigner";
  assigner.start = into_slot(
      slots.assigner, [options = assigner_options_for(writer, events)](caf::actor_system& system) {
        return actors::spawn_assigner(system, options);
      });
  actors::child_spec notifier;
  notifier.id = "notifier";
  notifier.start =
      into_slot(slots.notifier,
                [options = notifier_options_for(writer, readers, status)](
                    caf::actor_system& system) { return actors::spawn_rounds(system, options); });
  actors::child_spec upkeep;
  upkeep.id = "upkeep";
  upkeep.start =
      into_slot(slots.upkeep,
                [options = upkeep_options_for(writer, std::move(status), times.upkeep)](
                    caf::actor_system& system) { return actors::spawn_rounds(system, options); });
  actors::child_spec clocks;
  clocks.id = "clocks";
  clocks.start = into_slot(
      slots.clocks,
      [options = clock_options_for(writer, readers, slots.clock_figures)](
          caf::actor_system& system) { return actors::spawn_clock_service(system, options); });
  actors::child_spec older;
  older.id = "older clocks";
  older.start = into_slot(slots.older_clocks,
                          [options = older_clocks_options_for(writer)](caf::actor_system& system) {
                            return actors::spawn_rounds(system, options);
                          });
  actors::child_spec alarms;
  alarms.id = "channel alarms";
  alarms.start = into_slot(
      slots.channel_alarms,
      [options = channel_alarm_options_for(writer, registry, times.channel_trouble_after)](
          caf::actor_system& system) { return actors::spawn_rounds(system, options); });
  actors::child_spec sessions;
  sessions.id = "session alarms";
  sessions.start =
      into_slot(slots.session_alarms,
                [options = session_alarm_options_for(writer, times.channel_trouble_after)](
                    caf::actor_system& system) { return actors::spawn_rounds(system, options); });
  actors::child_spec retargets;
  retargets.id = "clocks after an edit";
  retargets.start = into_slot(slots.retargets,
                              [options = retargets_options_for(writer)](caf::actor_system& system) {
                                return actors::spawn_rounds(system, options);
                              });
  return {std::move(presence), std::move(assigner), std::move(notifier),
          std::move(upkeep),   std::move(clocks),   std::move(older),
          std::move(alarms),   std::move(sessions), std::move(retargets)};
}

work_times work_times_from(const config::values& values) {
  work_times out;
  out.upkeep.give_up_after = values.duration("outbox", "give_up_after");
  out.upkeep.keep_finished = values.duration("outbox", "keep_finished");
  out.upkeep.keep_read = values.duration("notifications", "keep_read");
  out.channel_trouble_after = values.duration("notifications", "channel_trouble_after");
  return out;
}

}  // namespace fibrehub::app
