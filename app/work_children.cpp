#include "app/work_children.hpp"

#include <fmt/format.h>

#include <chrono>

#include "store/notify/outbox.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::app {
namespace {

domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

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

/// Has something done that nobody asked for, and passes on what it came to.
template <class Request, class Result>
void run_once(actors::slot<store::writer_actor>& writer, domain::principal by,
              store::reply<Result> to) {
  Request request;
  request.result = std::make_shared<Result>();
  store::write_origin origin;
  origin.by = std::move(by);
  origin.at = now();
  store::reply<store::write_answer> done(
      [to = std::move(to),
       result = request.result](tl::expected<store::write_answer, store::error> outcome) {
        if (outcome) {
          to.answer(*result);
        } else {
          to.answer(tl::unexpected(std::move(outcome.error())));
        }
      });
  writer.send(store::change_of(std::move(request), std::move(origin), std::move(done)));
}

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
  readers.ask(store::question_of(std::move(request), std::move(done)));
}

actors::notifier_options notifier_options_for(actors::slot<store::writer_actor>& writer,
                                              actors::reader_pool& readers,
                                              std::shared_ptr<store::store_status> status) {
  actors::notifier_options o;
  o.run = [&writer](store::reply<store::digest_run> to) {
    run_once<store::release_digests>(writer, store::digest_principal(), std::move(to));
  };
  o.look = [&readers, status = std::move(status)] { read_figures(readers, status); };
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
  store::committed_events news;
  store::committed_event& e = news.items.emplace_back();
  e.kind = "user.viewing_ticket";
  e.access.who = domain::event_access::circle::ticket_staff;
  e.access.owner = owner;
  e.ticket_uid = uid;
  e.at = now();
  e.data_json =
      fmt::format(R"({{"ticket_uid":{},"present":[{}]}})", store::json_string(uid), present);
  events.send(std::move(news));
}

}  // namespace

std::vector<actors::child_spec> work_children(work_slots& slots,
                                              actors::slot<store::writer_actor>& writer,
                                              actors::reader_pool& readers,
                                              actors::slot<actors::event_hub>& events,
                                              std::shared_ptr<store::store_status> status) {
  actors::child_spec presence;
  presence.id = "presence";
  presence.start = into_slot(slots.presence, [&events](caf::actor_system& system) {
    actors::presence_options o;
    o.changed = [&events](const std::string& uid, const domain::ticket_ownership& owner,
                          const actors::present_people& people) {
      tell_presence(events, uid, owner, people);
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
                [options = notifier_options_for(writer, readers, std::move(status))](
                    caf::actor_system& system) { return actors::spawn_notifier(system, options); });
  return {std::move(presence), std::move(assigner), std::move(notifier)};
}

}  // namespace fibrehub::app
