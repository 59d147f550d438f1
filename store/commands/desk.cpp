#include "store/commands/desk.hpp"

#include <spdlog/spdlog.h>

namespace fibrehub::store {
namespace {

constexpr std::size_t max_commands_per_batch = 256;
constexpr std::size_t ids_per_command = 2;

void answer_all(const std::vector<submit_commands>& batch, const error& why) {
  for (const submit_commands& unit : batch)
    unit.done.answer(tl::unexpected(why));
}

const error for_later{
    errc::unavailable,
    "the database cannot do this now; try again later with the same Idempotency-Key"};

std::size_t commands_in(const std::vector<submit_commands>& batch) {
  std::size_t n = 0;
  for (const submit_commands& unit : batch)
    n += unit.items.size();
  return n;
}

}  // namespace

command_desk::command_desk(command_rules rules, std::size_t limit,
                           std::shared_ptr<store_status> status)
    : rules_(std::move(rules)), limit_(limit), status_(std::move(status)) {}

void command_desk::add(submit_commands unit) {
  if (queue_.size() >= limit_) {
    ++status_->refused;
    unit.done.answer(tl::unexpected(
        error{errc::overloaded, "too many changes are waiting for the database; try again later"}));
    return;
  }
  queue_.push_back(std::move(unit));
}

void command_desk::send_away_the_late(std::chrono::steady_clock::time_point now, const error& why) {
  while (!queue_.empty() && queue_.front().give_up_at <= now) {
    queue_.front().done.answer(tl::unexpected(why));
    queue_.pop_front();
    ++status_->refused;
  }
}

command_desk::units command_desk::take_batch() {
  units out;
  std::size_t commands = 0;
  while (!queue_.empty() && commands < max_commands_per_batch) {
    submit_commands unit = std::move(queue_.front());
    queue_.pop_front();
    if (unit.items.empty() || !unit.done.claim()) continue;
    commands += unit.items.size();
    out.push_back(std::move(unit));
  }
  return out;
}

change_desk::aftermath command_desk::make_next(hub_session& session) {
  const units batch = take_batch();
  if (batch.empty()) return {};
  try {
    return commit(session, batch);
  } catch (const connection_lost&) {
    answer_all(batch, for_later);
    throw;
  } catch (const try_later& e) {
    spdlog::warn("store: {} commands were put off: {}", commands_in(batch), e.what());
    answer_all(batch, for_later);
    return {};
  } catch (const bad_statement& e) {
    // Another program may have taken the first number of a sequence at the same moment: once more,
    // with the counters as they are now.
    if (batch.size() > 1 || e.unique_violation()) return one_by_one(session, batch);
    spdlog::error("store: a command failed: {} ({})", e.what(), e.sqlstate());
    const bool reference = e.sqlstate() == "23503";
    answer_all(batch, reference ? error{errc::invalid, "it refers to something that does not exist",
                                        "unknown_reference"}
                                : error{errc::internal, e.what()});
    return {};
  }
}

change_desk::aftermath command_desk::commit(hub_session& session, const units& batch) {
  session.reserve_ids(commands_in(batch) * ids_per_command);
  change_desk::aftermath out;
  std::vector<write_outcome> outcomes = session.db().transact([&](auto& tx) {
    command_batch work(rules_, session.db(), tx, [&session] { return session.next_id(); });
    auto done = work.run(batch);
    out.events = work.events();
    out.tickets = work.touched_tickets();
    out.clocks = work.wakes();
    out.moves_chats = work.moves_chats();
    out.grows_outbox = work.grows_outbox();
    return done;
  });
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i].done.answer(std::move(outcomes[i]));
  return out;
}

/// One of them made the whole batch fail: each stands for itself.
change_desk::aftermath command_desk::one_by_one(hub_session& session, const units& batch) {
  change_desk::aftermath out;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const units one{batch[i]};
    try {
      change_desk::aftermath done = commit(session, one);
      std::move(done.events.begin(), done.events.end(), std::back_inserter(out.events));
      out.tickets.insert(out.tickets.end(), done.tickets.begin(), done.tickets.end());
      out.clocks.insert(out.clocks.end(), done.clocks.begin(), done.clocks.end());
      out.moves_chats |= done.moves_chats;
      out.grows_outbox |= done.grows_outbox;
    } catch (const connection_lost&) {
      answer_all({batch.begin() + static_cast<std::ptrdiff_t>(i), batch.end()}, for_later);
      // What was done before it is told all the same.
      out.lost = std::current_exception();
      return out;
    } catch (const try_later&) {
      answer_all(one, for_later);
    } catch (const bad_statement& e) {
      answer_all(one, e.sqlstate() == "23503"
                          ? error{errc::invalid, "it refers to something that does not exist",
                                  "unknown_reference"}
                          : error{errc::internal, e.what()});
    }
  }
  return out;
}

}  // namespace fibrehub::store
