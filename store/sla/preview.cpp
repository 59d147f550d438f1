#include "store/sla/preview.hpp"

#include <fmt/format.h>

#include <map>

#include "domain/sla/evaluate.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_rows.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

constexpr std::size_t piece_size = 2000;  // tickets in one statement

constexpr sql select_tickets{
    "sla_preview_tickets",
    "SELECT t.id, t.uid FROM tickets t WHERE t.status NOT IN ('resolved', 'closed') AND"
    " t.deleted_at IS NULL AND t.id > $1::bigint AND ($2::bigint[] = '{}' OR t.client_id = ANY"
    " ($2::bigint[])) AND ($3::bigint = 0 OR EXISTS (SELECT 1 FROM sla_clocks c WHERE c.ticket_id ="
    " t.id AND c.calendar_id = $3::bigint)) ORDER BY t.id LIMIT $4::bigint"};
constexpr sql select_client{"sla_preview_client",
                            "SELECT client_id FROM contracts WHERE id = $1::bigint"};

class comparison {
 public:
  explicit comparison(const preview_sla_edit& request) : request_(request) {}

  void add(const stored_clock& c, const std::string& uid) {
    if (c.state.stop || c.state.withdrawn) return;
    const sla_draft& d = *request_.draft;
    if (d.calendar_id != 0 && c.terms.calendar_id != d.calendar_id) return;
    ++out.clocks;
    const clock_terms after =
        d.calendar_id != 0
            ? d.after->kept(c.terms.target, c.terms.terms.levels_bp, c.terms.calendar_id)
            : d.after->terms_for(c.kind, c.type, c.priority, c.client_id, request_.now);
    if (is_same(c.terms, after)) return;
    ++out.changed;
    compare(c, after, uid);
  }

  sla_preview out;

 private:
  static bool is_same(const clock_terms& a, const clock_terms& b) {
    return a.target == b.target && a.calendar_id == b.calendar_id &&
           a.calendar_version == b.calendar_version && a.terms.levels_bp == b.terms.levels_bp;
  }

  static std::string text(const std::optional<domain::instant>& t) {
    return t ? domain::to_rfc3339(*t) : "";
  }

  void compare(const stored_clock& c, const clock_terms& after, const std::string& uid) {
    const sla::clock_view is = view(c.terms.terms, c.state, request_.now);
    const sla::clock_view would_be = view(after.terms, c.state, request_.now);
    moved_clock m;
    m.ticket_uid = uid;
    m.is_resolution = c.kind == sla::clock_kind::resolution;
    m.from_due = text(is.due_at);
    m.to_due = text(would_be.due_at);
    m.from_s = c.terms.target.length.count();
    m.to_s = after.target.length.count();
    const auto late = [](const sla::clock_view& v) {
      return v.status == sla::clock_status::breached;
    };
    m.breached = !late(is) && late(would_be);
    m.unbreached = late(is) && !late(would_be);
    out.moved += m.from_due != m.to_due ? 1 : 0;
    out.breached += m.breached ? 1 : 0;
    out.unbreached += m.unbreached ? 1 : 0;
    if (c.ticket_id <= request_.after_ticket) return;
    if (m.from_due == m.to_due && m.from_s == m.to_s) return;
    if (c.ticket_id != last_listed_ && listed_ == request_.limit) {
      if (out.next_after == 0) out.next_after = last_listed_;
      return;
    }
    if (c.ticket_id != last_listed_) ++listed_;
    last_listed_ = c.ticket_id;
    out.items.push_back(std::move(m));
  }

  const preview_sla_edit& request_;
  std::int64_t listed_ = 0, last_listed_ = 0;
};

/// Whose tickets a contract's edit concerns: before and after it.
std::vector<std::int64_t> clients_of(connection& db, pqxx::transaction_base& tx,
                                     const save_contract& edit) {
  std::vector<std::int64_t> out;
  if (edit.client_id) out.push_back(*edit.client_id);
  if (!edit.id) return out;
  const pqxx::result found = db.run(tx, select_client, {{std::to_string(*edit.id)}, nullptr});
  if (!found.empty()) out.push_back(found[0][0].as<std::int64_t>());
  return out;
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const draft_sla_edit& request,
                  change_context& context) {
  sla_draft draft;
  draft.before = load_sla_book(db, tx);
  if (const auto* contract = std::get_if<save_contract>(&request.edit))
    draft.client_ids = clients_of(db, tx, *contract);
  if (const auto* calendar = std::get_if<save_calendar>(&request.edit))
    draft.calendar_id = calendar->id.value_or(0);
  db.run_text(tx, "SAVEPOINT sla_draft", {});
  const write_outcome made =
      std::visit([&](const auto& edit) { return run(db, tx, edit, context); }, request.edit);
  if (!made) return made;
  draft.after = load_sla_book(db, tx);
  db.run_text(tx, "ROLLBACK TO SAVEPOINT sla_draft", {});
  context.events.clear();
  *request.result = std::move(draft);
  return write_answer{200, "{}"};
}

std::optional<sla_preview> run(connection& db, const preview_sla_edit& request) {
  const sla_draft& draft = *request.draft;
  comparison all(request);
  for (std::int64_t after = 0;;) {
    std::map<std::int64_t, std::string> uids;
    db.transact([&](pqxx::work& tx) {
      const pqxx::result rows =
          db.run(tx, select_tickets,
                 {{std::to_string(after), people::id_array(draft.client_ids),
                   std::to_string(draft.calendar_id), std::to_string(piece_size)},
                  nullptr});
      std::vector<std::int64_t> ids;
      for (const auto& r : rows) {
        ids.push_back(r[0].as<std::int64_t>());
        uids.emplace(ids.back(), r[1].c_str());
      }
      for (const stored_clock& c : load_clocks(db, tx, *draft.before, ids))
        all.add(c, uids.at(c.ticket_id));
    });
    all.out.tickets += static_cast<std::int64_t>(uids.size());
    if (uids.size() < piece_size) break;
    after = uids.rbegin()->first;
    all.out.complete = static_cast<std::size_t>(all.out.tickets) < request.tickets_max;
    if (!all.out.complete) break;
  }
  return std::move(all.out);
}

}  // namespace fibrehub::store
