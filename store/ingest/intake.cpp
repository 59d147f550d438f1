#include "store/ingest/intake.hpp"

#include <spdlog/spdlog.h>

#include "store/ingest/billing.hpp"
#include "store/ingest/clocks.hpp"
#include "store/ingest/load.hpp"
#include "store/ingest/news.hpp"
#include "store/ingest/refer.hpp"
#include "store/ingest/subject.hpp"
#include "store/ingest/write.hpp"

namespace fibrehub::store {
namespace {

constexpr int careful_batches_after_collision = 64;

intake_outcome refused(std::size_t count, errc code, const std::string& why) {
  intake_outcome out;
  for (std::size_t i = 0; i < count; ++i)
    out.results.emplace_back(tl::unexpected(error{code, why}));
  return out;
}

std::vector<const ingest*> pointers_to(std::span<const ingest> items) {
  std::vector<const ingest*> out;
  out.reserve(items.size());
  for (const ingest& item : items)
    out.push_back(&item);
  return out;
}

}  // namespace

intake_outcome settled(ingest_rows rows) {
  intake_outcome out;
  for (ingest_result& r : rows.results)
    out.results.emplace_back(std::move(r));
  out.events = std::move(rows.events);
  out.clocks = std::move(rows.clocks);
  return out;
}

void intake::forget() {
  open_.reset();
  open_columns_ = {};
  cache_.forget_everything();
  careful_ = std::max(careful_, 1);
}

void intake::be_careful() {
  careful_ = careful_batches_after_collision;
}

bool intake::knows_people_of(const ingest& item, const domain::chat_message& m) const {
  if (m.from_me || m.author.empty()) return true;
  const auto known = [&](const std::string& alias) {
    return alias.empty() || cache_.contacts.contains(key_of(item.channel, m.session, alias));
  };
  if (!known(m.author) || !known(m.author_alt)) return false;
  // Two people who turn out to be one become one: what is known of either has to be at hand.
  return m.author_alt.empty() ||
         cache_.is_one_person(key_of(item.channel, m.session, m.author),
                              key_of(item.channel, m.session, m.author_alt));
}

/// By another name than that answers go to a message moves them, unless it is older than the
/// newest.
bool intake::knows_address(const domain::chat_message& m, const known_chat& chat,
                           const known_chat& other) {
  if (&chat != &other) return chat.address_dated && other.address_dated;
  return chat.address_dated || m.kind != domain::chat_kind::direct || chat.address == m.chat;
}

bool intake::knows(const ingest& item) const {
  if (careful_ > 0 || std::holds_alternative<domain::case_snapshot>(item.what)) return false;
  const auto* m = std::get_if<domain::chat_message>(&item.what);
  if (!m) return knows_rest_of(item);
  if (m->kind == domain::chat_kind::broadcast) return true;
  if (cache_.awaits_any() && cache_.may_be_awaited(key_of(item.channel, m->session, m->message_id)))
    return false;
  // Whether it is an echo stands in the database.
  if (m->from_me) return false;
  const auto chat_of = [&](const std::string& id) {
    return cache_.find_chat(key_of(item.channel, m->session, id));
  };
  const known_chat* const chat = chat_of(m->chat);
  const known_chat* const other = m->chat_alt.empty() ? chat : chat_of(m->chat_alt);
  return chat != nullptr && other != nullptr && knows_address(*m, *chat, *other) &&
         knows_people_of(item, *m) && !refers_to_more(item, *m, cache_, rules_, uids_);
}

/// What is no message: most of it refers to one, or makes one.
bool intake::knows_rest_of(const ingest& item) const {
  if (const auto* p = std::get_if<domain::presence_note>(&item.what))
    return cache_.knows_chat(key_of(item.channel, p->session, p->chat));
  return message_in(item) == nullptr && target_in(item).second == nullptr;
}

void intake::look_up(hub_session& session, std::span<const ingest* const> items) {
  if (!open_) {
    cache_.trim();
    cache_.contexts.clear();
    cache_.echoes.clear();
  }
  connection& db = session.db();
  db.autocommit([&](auto& tx) {
    load_context(db, tx, items, cache_);
    load_references(db, tx, items, cache_, rules_, uids_);
    if (careful_ > 0) load_known_messages(db, tx, items, cache_);
  });
  if (careful_ > 0) --careful_;
}

void intake::plan(hub_session& session, const ingest& item) {
  if (!open_) open_.emplace(rules_, cache_, [&session] { return session.next_id(); });
  open_->plan_item(item);
  open_columns_.take_in(open_->rows());
}

bool intake::open_is_simple() const {
  return open_ && fits_one_statement(open_->rows());
}

planned_batch intake::take_open() {
  planned_batch out{open_->finish({}), std::exchange(open_columns_, {})};
  open_.reset();
  return out;
}

intake_outcome intake::apply(hub_session& session, std::span<const ingest> items) {
  if (items.empty()) return {};
  for (int tries = 0;; ++tries) {
    try {
      return settled(attempt(session, items));
    } catch (const connection_lost&) {
      forget();
      throw;
    } catch (const try_later& e) {
      forget();
      if (tries < 2) continue;
      spdlog::warn("store: batch of {} put off: {}", items.size(), e.what());
      return refused(items.size(), errc::unavailable,
                     "the database cannot store this now; try again later");
    } catch (const bad_statement& e) {
      forget();
      if (e.unique_violation()) be_careful();
      if (e.unique_violation() && tries == 0) continue;
      if (items.size() > 1) return one_by_one(session, items);
      spdlog::warn("store: message kept for review: {} ({})", e.what(), e.sqlstate());
      return as_review(session, items.front(), e.what());
    } catch (...) {
      forget();
      throw;
    }
  }
}

ingest_rows intake::attempt(hub_session& session, std::span<const ingest> items) {
  open_.reset();
  open_columns_ = {};
  session.reserve_ids(items.size() * ids_per_item);
  look_up(session, pointers_to(items));
  ingest_planner planner(rules_, cache_, [&] { return session.next_id(); });
  for (const ingest& item : items)
    planner.plan_item(item);
  hot_columns columns;
  return commit(session, planner, columns);
}

ingest_rows intake::commit_open(hub_session& session) {
  hot_columns columns = std::exchange(open_columns_, {});
  ingest_rows rows = commit(session, *open_, columns);
  open_.reset();
  return rows;
}

/// A message in a known chat is one statement, which is its own transaction.
ingest_rows intake::commit(hub_session& session, ingest_planner& planner, hot_columns& columns) {
  connection& db = session.db();
  if (fits_one_statement(planner.rows())) {
    ingest_rows rows = planner.finish({});
    db.autocommit([&](auto& tx) { write_rows(db, tx, rows, columns); });
    return rows;
  }
  return db.transact([&](auto& tx) {
    const std::vector<std::string> scopes = planner.counter_scopes();
    counter_values counters = scopes.empty() ? counter_values{} : load_counters(db, tx, scopes);
    const known_drops drops = load_drops(db, tx, planner.new_drops());
    ingest_rows rows = planner.finish(std::move(counters), drops);
    intake_clocks clocks(db, tx);
    clocks.plan(rows, drops);
    if (!rows.tickets.empty()) bill_new_tickets(rows, drops, clocks.book());
    write_rows(db, tx, rows, columns);
    notify_of(db, tx, rows);
    clocks.write(rows);
    return rows;
  });
}

intake_outcome intake::one_by_one(hub_session& session, std::span<const ingest> items) {
  intake_outcome out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    intake_outcome one = apply(session, items.subspan(i, 1));
    out.results.push_back(std::move(one.results.front()));
    for (committed_event& e : one.events)
      out.events.push_back(std::move(e));
    out.clocks.insert(out.clocks.end(), one.clocks.begin(), one.clocks.end());
  }
  return out;
}

/// Authentic input that cannot be applied is kept for a person, raw, under its own id.
intake_outcome intake::as_review(hub_session& session, const ingest& item, const std::string& why) {
  if (const auto* u = std::get_if<domain::unreadable>(&item.what); u && u->reason == "not_storable")
    return refused(1, errc::internal, why);
  ingest copy = item;
  copy.what =
      domain::unreadable{"not_storable", "The database refused it as it was understood: " + why};
  return apply(session, std::span<const ingest>(&copy, 1));
}

}  // namespace fibrehub::store
