#include "store/change_desk.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t ids_per_change = 4096;

constexpr sql select_key{"read_idempotency_key",
                         "SELECT encode(request, 'hex'), status, body FROM idempotency_keys"
                         " WHERE principal = $1 AND key = $2"};
constexpr sql insert_key{
    "write_idempotency_key",
    "INSERT INTO idempotency_keys (principal, key, request, status, body, created_at) VALUES"
    " ($1, $2, decode($3, 'hex'), $4, $5, " FIBREHUB_SQL_INSTANT("$6::bigint") ")"};
constexpr sql delete_old_keys{
    "forget_idempotency_keys",
    "DELETE FROM idempotency_keys WHERE (principal, key) IN (SELECT principal, key FROM"
    " idempotency_keys WHERE created_at < now() - interval '24 hours' LIMIT 1000)"};

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes)
    out += fmt::format("{:02x}", c);
  return out;
}

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

std::optional<write_outcome> find_repeated(connection& db, pqxx::transaction_base& tx,
                                           const write_origin& origin) {
  if (origin.idempotency_key.empty()) return std::nullopt;
  const pqxx::result rows =
      db.run(tx, select_key, {{origin.by.id, origin.idempotency_key}, nullptr});
  if (rows.empty()) return std::nullopt;
  if (rows[0][0].c_str() != hex(origin.request_sha256))
    return tl::unexpected(
        error{errc::invalid, "this Idempotency-Key was used for another request", "key_reused"});
  return write_answer{rows[0][1].as<unsigned>(), rows[0][2].c_str(), true};
}

void remember_answer(connection& db, pqxx::transaction_base& tx, const write_origin& origin,
                     const write_answer& answer) {
  if (origin.idempotency_key.empty() || answer.replayed) return;
  db.run(
      tx, insert_key,
      {{origin.by.id, origin.idempotency_key, hex(origin.request_sha256),
        std::to_string(answer.status), answer.data_json, std::to_string(domain::to_us(origin.at))},
       nullptr});
}

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
        if (auto repeated = find_repeated(db, tx, c.origin)) return std::move(*repeated);
        return c.work(db, tx, context);
      }();
      if (!done) throw refused{std::move(done.error())};
      remember_answer(db, tx, c.origin, *done);
      return std::move(*done);
    });
    c.done.answer(std::move(answer));
    return {std::move(context.events), std::move(context.tickets)};
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

void change_desk::forget_old_keys(connection& db) {
  db.autocommit([&](auto& tx) { db.run(tx, delete_old_keys); });
}

}  // namespace fibrehub::store
