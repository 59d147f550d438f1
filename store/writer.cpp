#include "store/writer.hpp"

#include <spdlog/spdlog.h>

#include "store/caf/caf.hpp"
#include "store/ingest/write.hpp"
#include "store/writer_data.hpp"

namespace fibrehub::store {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds tick_interval{1000};

constexpr std::size_t max_batch_bytes = std::size_t{8} * 1024 * 1024;

using writer_self = writer_actor::stateful_pointer<writer_data>;

/// One more message fits into the batch: bounded in number, and in bytes as it is copied on its
/// way.
bool has_room(const writer_data& s, std::size_t messages, std::size_t bytes) {
  return messages < s.options.batch_max && bytes < max_batch_bytes;
}

std::int64_t wall_us() {
  return domain::to_us(
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
}

void count(store_status& status, const tl::expected<ingest_result, error>& result) {
  if (!result) {
    ++status.refused;
    return;
  }
  ++status.messages;
  if (result->outcome == disposition::duplicate) ++status.duplicates;
  if (result->outcome == disposition::conflict) ++status.conflicts;
  if (result->outcome == disposition::review) ++status.reviews;
}

void announce(writer_data& s, committed_events what) {
  if (!s.options.on_commit) return;
  if (what.items.empty() && what.clocks.empty() && !what.outbox_grew) return;
  s.options.on_commit(std::move(what));
}

/// The batch is committed: everybody is told.
void tell(writer_data& s, const message_batch& batch, intake_outcome outcome,
          steady::time_point started) {
  s.last_use = steady::now();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(s.last_use - started);
  s.options.status->commit_us += static_cast<std::uint64_t>(took.count());
  ++s.options.status->batches;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    count(*s.options.status, outcome.results[i]);
    batch[i].answer(std::move(outcome.results[i]));
  }
  announce(s, {std::move(outcome.events), std::move(outcome.clocks)});
}

/// What a batch or a change in doubt did will never be announced: stored, it counts as a duplicate
/// next time.
void tell_listeners_to_read_anew(writer_data& s) {
  if (!s.options.on_commit) return;
  committed_event reset;
  reset.kind = "reset";
  reset.access.who = domain::event_access::circle::everybody;
  reset.at = domain::from_us(wall_us());
  reset.data_json = "{}";
  s.options.on_commit({{std::move(reset)}});
}

/// A batch could not be committed as it was planned: what was planned after it is void, and it is
/// stored the sure way, or waits on when the database has gone.
void recover(writer_data& s, message_batch batch, const std::exception_ptr& failure) {
  forget(s);
  s.room->put_back(take_open(s));
  std::vector<ingest> items;
  try {
    try {
      std::rethrow_exception(failure);
    } catch (const try_later&) {
    } catch (const bad_statement& e) {
      if (e.unique_violation()) s.messages->be_careful();
    }
    const auto started = steady::now();
    items.reserve(batch.size());
    for (waiting_message& m : batch)
      items.push_back(std::move(m.item));
    tell(s, batch, s.messages->apply(*s.session, items), started);
  } catch (const connection_lost& e) {
    // Whether it was committed is unknown; the unique keys will tell when it is tried again.
    for (std::size_t i = 0; i < items.size(); ++i)
      batch[i].item = std::move(items[i]);
    if (!batch.empty()) tell_listeners_to_read_anew(s);
    s.room->put_back(std::move(batch));
    lose_connection(s, writer_state::disconnected,
                    fmt::format("the database went away: {}", e.what()));
  }
}

/// Plans what is waiting as far as the cache knows enough; needs no connection.
void plan_ahead(writer_data& s) {
  while (!s.room->empty() && has_room(s, s.open.size(), s.open_bytes) &&
         s.session->ids_left() >= intake::ids_per_item) {
    const waiting_message& next = s.room->front();
    if (next.looked_up != s.generation && !s.messages->knows(next.item)) return;
    waiting_message message = s.room->take_front();
    if (!message.claim()) continue;
    s.open_bytes += message.bytes;
    s.open.push_back(std::move(message));
    s.messages->plan(*s.session, s.open.back().item);
  }
}

/// While a batch is on its way. What cannot be planned is planned anew when that has landed, from
/// what the database says then.
void try_plan_ahead(writer_data& s) {
  try {
    plan_ahead(s);
  } catch (const std::exception& e) {
    spdlog::error("store: messages could not be planned ahead: {}", e.what());
    forget(s);
    s.room->put_back(take_open(s));
  }
}

/// Asks the database about those at the front of the queue.
void look_up_next(writer_data& s) {
  std::vector<const ingest*> items;
  for (std::size_t i = 0; i < s.room->size() && i < s.options.batch_max; ++i)
    items.push_back(&s.room->at(i).item);
  s.messages->look_up(*s.session, items);
  for (std::size_t i = 0; i < items.size(); ++i)
    s.room->at(i).looked_up = s.generation;
}

/// One batch of those waiting, as they are.
message_batch take_front(writer_data& s) {
  std::size_t bytes = s.open_bytes;
  message_batch batch = take_open(s);
  while (!s.room->empty() && has_room(s, batch.size(), bytes)) {
    waiting_message message = s.room->take_front();
    bytes += message.bytes;
    if (message.claim()) batch.push_back(std::move(message));
  }
  return batch;
}

void take_off(writer_self self) {
  writer_data& s = self->state;
  s.in_flight = std::make_unique<flight>();
  s.in_flight->messages = take_open(s);
  s.in_flight->planned = s.messages->take_open();
  s.in_flight->started = steady::now();
  s.options.status->in_flight_since_us = wall_us();
  s.committer->run([&db = s.session->db(), f = s.in_flight.get(), to = writer_actor(self)] {
    try {
      db.autocommit([&](auto& tx) { write_rows(db, tx, f->planned.rows, f->planned.columns); });
    } catch (...) {
      f->failure = std::current_exception();
    }
    // Ahead of the messages that wait: until the next batch is sent, the database has nothing to
    // do.
    send_urgent(to, batch_landed{});
  });
}

void commit_here(writer_data& s) {
  message_batch batch = take_open(s);
  const auto started = steady::now();
  try {
    tell(s, batch, settled(s.messages->commit_open(*s.session)), started);
  } catch (...) {
    recover(s, std::move(batch), std::current_exception());
  }
}

bool somebody_wants_changes(const writer_data& s) {
  return !s.changes->empty() || !s.commands->empty();
}

/// Commands and changes that wait, for a few milliseconds at most: messages wait as well.
void make_changes(writer_data& s) {
  const auto until = steady::now() + std::chrono::milliseconds(5);
  while (somebody_wants_changes(s) && s.session) {
    try {
      change_desk::aftermath done = s.commands->empty() ? s.changes->make_next(*s.session)
                                                        : s.commands->make_next(*s.session);
      s.last_use = steady::now();
      s.messages->forget_tickets(done.tickets);
      if (done.moves_chats) s.messages->forget_chats();
      if (done.moves_sends) s.messages->forget_echoes();
      // Those looked up before are looked up again.
      const bool forgot = s.messages->forget_targets();
      if (forgot || done.moves_sends || done.moves_chats || !done.tickets.empty()) ++s.generation;
      announce(s, {std::move(done.events), std::move(done.clocks), done.grows_outbox});
      if (done.lost) std::rethrow_exception(done.lost);
    } catch (const connection_lost& e) {
      tell_listeners_to_read_anew(s);
      lose_connection(s, writer_state::disconnected,
                      fmt::format("the database went away: {}", e.what()));
    }
    if (steady::now() > until) return;
  }
}

/// Sends the next batch on its way; the session must be free.
void begin_next(writer_self self) {
  writer_data& s = self->state;
  if (s.open.empty()) make_changes(s);
  if (!s.session) return;
  try {
    s.session->reserve_ids(2 * s.options.batch_max * intake::ids_per_item);
    if (s.open.empty() && !s.room->empty()) {
      plan_ahead(s);
      if (s.open.empty()) look_up_next(s);
    }
    plan_ahead(s);
  } catch (...) {
    recover(s, take_front(s), std::current_exception());
    return;
  }
  if (s.open.empty()) return;
  if (s.messages->open_is_simple()) {
    take_off(self);
  } else {
    commit_here(s);
  }
}

flight take_landed(writer_data& s) {
  s.options.status->in_flight_since_us = 0;
  return std::move(*std::exchange(s.in_flight, nullptr));
}

/// The batch has come down; answers it.
void settle(writer_data& s, flight f) {
  if (f.failure) {
    recover(s, std::move(f.messages), f.failure);
  } else {
    tell(s, f.messages, settled(std::move(f.planned.rows)), f.started);
  }
}

void schedule_flush(writer_self self) {
  writer_data& s = self->state;
  if (s.flush_sent || s.in_flight) return;
  if (s.room->empty() && s.open.empty() && !somebody_wants_changes(s)) return;
  s.flush_sent = true;
  if (s.session && s.options.batch_delay.count() > 0 && s.room->size() < s.options.batch_max) {
    remind(self, s.options.batch_delay, flush_batch{});
  } else if (s.session) {
    // Behind everything queued now: all of it becomes one transaction.
    self->send(self, flush_batch{});
  } else {
    const auto wait =
        std::chrono::duration_cast<std::chrono::milliseconds>(s.next_connect - steady::now());
    remind(self, std::clamp(wait, std::chrono::milliseconds(1), tick_interval), flush_batch{});
  }
}

void take_in(writer_self self, waiting_message message) {
  writer_data& s = self->state;
  message.give_up_at = steady::now() + s.options.wait_limit;
  s.room->add(std::move(message));
  if (s.in_flight) {
    // A change that waits is next: it may alter what a plan would be made of.
    if (!somebody_wants_changes(s)) try_plan_ahead(s);
  } else {
    schedule_flush(self);
  }
}

void send_away_the_late(writer_data& s) {
  if (s.session) return;
  s.room->send_away_the_late(steady::now(), away(s));
  s.changes->send_away_the_late(steady::now(), away(s));
  s.commands->send_away_the_late(steady::now(), away(s));
}

void flush(writer_self self) {
  writer_data& s = self->state;
  s.flush_sent = false;
  if (s.in_flight) return;
  // An attempt to connect takes its time; nobody waits for it longer than promised.
  send_away_the_late(s);
  if (connected(s)) begin_next(self);
  send_away_the_late(s);
  schedule_flush(self);
}

void landed(writer_self self) {
  writer_data& s = self->state;
  if (!s.in_flight) return;
  flight down = take_landed(s);
  // The next batch goes first, if it is ready, so that the database works while answers are given.
  const bool next_is_ready = !down.failure && !s.open.empty() && s.messages->open_is_simple();
  if (next_is_ready) take_off(self);
  settle(s, std::move(down));
  if (s.session && !next_is_ready) begin_next(self);
  schedule_flush(self);
}

void tick(writer_self self) {
  writer_data& s = self->state;
  if (!s.in_flight && connected(s) && steady::now() - s.last_use >= tick_interval) {
    try {
      s.session->db().autocommit([](auto& tx) { tx.exec("SELECT 1"); });
      s.last_use = steady::now();
    } catch (const std::exception& e) {
      lose_connection(s, writer_state::disconnected,
                      fmt::format("the database went away: {}", e.what()));
    }
  }
  s.options.status->parked_changes = s.messages->awaited();
  send_away_the_late(s);
  schedule_flush(self);
  remind(self, s.session ? tick_interval : std::min(tick_interval, s.retry), writer_tick{});
}

/// The last act: what was taken in and can be committed is committed.
void drain(writer_self self) {
  writer_data& s = self->state;
  while (s.session &&
         (s.in_flight || !s.open.empty() || !s.room->empty() || somebody_wants_changes(s))) {
    if (s.in_flight) {
      s.committer->wait_until_idle();
      settle(s, take_landed(s));
    } else {
      begin_next(self);
    }
  }
}

void take_in_message(writer_self self, submit_message& m) {
  waiting_message waiting;
  waiting.item = std::move(m.item);
  waiting.done = std::move(m.done);
  take_in(self, std::move(waiting));
}

void take_in_commands(writer_self self, submit_commands& m) {
  m.give_up_at = steady::now() + self->state.options.wait_limit;
  self->state.commands->add(std::move(m));
  schedule_flush(self);
}

void take_in_fetch(writer_self self, submit_messages& m) {
  auto job = std::make_shared<fetch_job>();
  job->done = std::move(m.done);
  job->open = m.batch.items.size();
  job->results.items.resize(job->open);
  if (job->open == 0) {
    job->done.answer(std::move(job->results));
    return;
  }
  for (std::size_t i = 0; i < m.batch.items.size(); ++i) {
    waiting_message waiting;
    waiting.item = std::move(m.batch.items[i]);
    waiting.job = job;
    waiting.index = i;
    take_in(self, std::move(waiting));
  }
}

writer_actor::behavior_type writer_behavior(writer_self self, writer_options options) {
  writer_data& s = self->state;
  if (!options.status) options.status = std::make_shared<store_status>();
  s.messages = std::make_unique<intake>(options.rules);
  s.room = std::make_unique<waiting_room>(options.waiting_room_requests, options.waiting_room_bytes,
                                          options.status);
  s.changes = std::make_unique<change_desk>(options.waiting_room_requests, options.status);
  s.commands = std::make_unique<command_desk>(
      command_rules{options.ticket_rules, options.rules.uids, options.line},
      options.waiting_room_requests, options.status);
  s.options = std::move(options);
  s.committer = std::make_unique<commit_thread>();
  self->set_exit_handler([self](caf::exit_msg& m) {
    if (is_orderly(m.reason)) drain(self);
    self->state.committer->wait_until_idle();
    self->quit(std::move(m.reason));
  });
  self->send(self, writer_tick{});
  return {
      [self](submit_message& m) { take_in_message(self, m); },
      [self](submit_messages& m) { take_in_fetch(self, m); },
      [self](submit_commands& m) { take_in_commands(self, m); },
      [self](submit_change& m) {
        m.give_up_at = steady::now() + self->state.options.wait_limit;
        self->state.changes->add(std::move(m));
        schedule_flush(self);
      },
      [self](flush_batch) { flush(self); },
      [self](batch_landed) { landed(self); },
      [self](writer_tick) { tick(self); },
  };
}

}  // namespace

writer_actor spawn_writer(caf::actor_system& system, writer_options options) {
  return spawn<caf::detached>(system, writer_behavior, std::move(options));
}

}  // namespace fibrehub::store
