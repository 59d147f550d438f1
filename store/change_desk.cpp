#include "store/change_desk.hpp"

#include <spdlog/spdlog.h>

#include "store/idempotency.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t ids_per_change = 4096;

/// Thrown to leave the transaction without its commit.
struct refused {
  error why;
};

error for_later() {
  return {errc::unavailable,
          "the database cannot do this now; try again later with the same Idempotency-Key"};
}

/// A statement that could not succeed as it was: mostly a row that exists or does not.
error impossible(const bad_statement& e) {
  if (e.unique_violation()) return {errc::conflict, "this exists already", "exists"};
  if (e.sqlstate() == "23503")
    return {errc::invalid, "it refers to something that does not exist", "unknown_reference"};
  spdlog::error("store: a change failed: {} ({})", e.what(), e.sqlstate());
  return {errc::internal, e.what()};
}

}  // namespace

change_desk::change_desk(std::size_t limit, std::shared_ptr<store_status> status)
    : limit_(limit), status_(std::move(status)) {}

void change_desk::add(submit_change c) {
  if (queue_.size() >= limit_) {
    ++status_->refused;
    c.done.answer(tl::unexpected(
        error{errc::overloaded, "too many changes are waiting for the database; try again later"}));
    return;
  }
  queue_.push_back(std::move(c));
}

void change_desk::send_away_the_late(std::chrono::steady_clock::time_point now, const error& why) {
  while (!queue_.empty() && queue_.front().give_up_at <= now) {
    queue_.front().done.answer(tl::unexpected(why));
    queue_.pop_front();
    ++status_->refused;
  }
}

change_desk::aftermath change_desk::make_next(hub_session& session) {
  const submit_change c = std::move(queue_.front());
  queue_.pop_front();
  if (!c.done.claim()) return {};
  connection& db = session.db();
  try {
    session.reserve_ids(ids_per_change);
    change_context context{c.origin, [&session] { return session.next_id(); }, {}, {}};
    write_answer answer = db.transact([&](auto& tx) {
      write_outcome done = [&]() -> write_outcome {
        const write_origin* const request = &c.origin;
        if (auto repeated = find_repeated(db, tx, {&request, 1}).front())
          return std::move(*repeated);
        return c.work(db, tx, context);
      }();
      if (!done) throw refused{std::move(done.error())};
      const answered_request answered{&c.origin, &*done};
      remember_answers(db, tx, {&answered, 1});
      return std::move(*done);
    });
    c.done.answer(std::move(answer));
    return {std::move(context.events),
            std::move(context.tickets),
            std::move(context.clocks),
            context.moves_chats,
            context.moves_sends,
            context.grows_outbox,
            {}};
  } catch (refused& r) {
    c.done.answer(tl::unexpected(std::move(r.why)));
  } catch (const connection_lost&) {
    c.done.answer(tl::unexpected(for_later()));
    throw;
  } catch (const try_later& e) {
    spdlog::warn("store: a change was put off: {}", e.what());
    c.done.answer(tl::unexpected(for_later()));
  } catch (const bad_statement& e) {
    c.done.answer(tl::unexpected(impossible(e)));
  }
  return {};
}

}  // namespace fibrehub::store
