#include "store/reference/upsert.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "domain/text.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/raise_ticket.hpp"
#include "store/reference/statements.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using domain::reference_kind;

// Two imports of one kind at the same time would each miss what the other one inserts.
constexpr sql lock_kind{"lock_reference_kind",
                        "SELECT pg_advisory_xact_lock(1718121826, 100 + $1::int)"};
constexpr sql begin_rehearsal{"begin_rehearsal", "SAVEPOINT rehearsal"};
constexpr sql end_rehearsal{"end_rehearsal", "ROLLBACK TO SAVEPOINT rehearsal"};

// $1: names of teams, $2: the mail addresses of their members.
constexpr sql replace_members{
    "replace_team_members",
    "WITH wanted AS (SELECT DISTINCT t.id AS team_id, u.id AS user_id"
    " FROM unnest($1::text[], $2::text[]) AS r(name, members) JOIN teams t ON t.name = r.name"
    " CROSS JOIN LATERAL unnest(string_to_array(r.members, '|')) AS e(email)"
    " JOIN users u ON lower(u.email) = e.email),"
    " gone AS (DELETE FROM team_members m USING teams t WHERE m.team_id = t.id"
    " AND t.name = ANY ($1::text[]) AND NOT EXISTS (SELECT FROM wanted w"
    " WHERE w.team_id = m.team_id AND w.user_id = m.user_id))"
    " INSERT INTO team_members (team_id, user_id) SELECT team_id, user_id FROM wanted"
    " ON CONFLICT DO NOTHING"};

// Somebody may have made the review's ticket by hand; then that is the one.
constexpr sql select_failed{
    "read_failed_reviews",
    "SELECT q.code, q.drop_code, q.reason, q.reviewer, " FIBREHUB_SQL_US("q.reviewed_at") ", t.uid"
    " FROM qa_photo_reviews q LEFT JOIN tickets t"
    " ON t.source = 'construction' AND t.source_reference = q.code"
    " WHERE q.code = ANY ($1::text[]) AND q.ticket_uid IS NULL"
    " ORDER BY q.reviewed_at, q.id FOR UPDATE OF q"};
constexpr sql note_tickets{
    "note_review_tickets",
    "UPDATE qa_photo_reviews q SET ticket_uid = r.uid"
    " FROM unnest($1::text[], $2::text[]) AS r(code, uid) WHERE q.code = r.code"};

constexpr std::size_t max_title_characters = 255;

/// One row of what the statement answers.
row_outcome outcome_from(std::string_view name) {
  for (const row_outcome o : {row_outcome::created, row_outcome::updated, row_outcome::unchanged})
    if (name == name_of(o)) return o;
  return row_outcome::error;
}

/// Takes apart `name U+001E value` entries joined by U+001F.
template <class F>
void for_each_entry(std::string_view text, F&& f) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(entry_separator), text.size());
    const std::string_view entry = text.substr(0, end);
    const std::size_t middle = std::min(entry.find(part_separator), entry.size());
    f(entry.substr(0, middle), entry.substr(std::min(middle + 1, entry.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string unknown_reason(const domain::reference_declaration& d, std::string_view field,
                           std::string_view value) {
  const domain::reference_column& c = d.columns[*domain::find_column(d, field)];
  if (c.type == domain::column_type::users)
    return fmt::format("names somebody who is no user: {}", value);
  if (c.type == domain::column_type::user) return fmt::format("is no user: there is no {}", value);
  return fmt::format("is not known: there is no {} \"{}\"",
                     domain::declaration_of(*c.refers_to).singular, value);
}

class upsert_work {
 public:
  upsert_work(connection& db, pqxx::transaction_base& tx, const upsert_reference& request,
              change_context& context)
      : db_(db),
        tx_(tx),
        request_(request),
        context_(context),
        declaration_(domain::declaration_of(request.kind)) {}

  upsert_summary operator()() {
    db_.run(tx_, lock_kind, {{std::to_string(static_cast<int>(request_.kind))}, nullptr});
    sort_out();
    if (!sound_.empty()) write();
    if (request_.kind == reference_kind::teams) write_members();
    if (!due_.empty() && request_.raise_tickets) raise();
    for (const upserted_row& row : out_.rows)
      count(row.outcome);
    return std::move(out_);
  }

 private:
  /// Finds the rows that can be handed to the database: sound by themselves, each code once.
  void sort_out() {
    std::unordered_map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < request_.rows.size(); ++i) {
      const domain::reference_row& row = request_.rows[i];
      upserted_row& answer = out_.rows.emplace_back();
      answer.code = row.code();
      answer.problems = row.problems;
      if (!row.problems.empty()) continue;
      const auto [before, fresh] = first.try_emplace(row.code(), i);
      if (fresh)
        sound_.push_back(i);
      else
        answer.problems.push_back(
            {std::string(declaration_.columns.front().name),
             fmt::format("is in this request twice; row {} has it already", before->second)});
    }
  }

  void write() {
    pq_array numbers;
    std::vector<pq_array> columns(declaration_.columns.size());
    for (const std::size_t i : sound_) {
      numbers.add(static_cast<std::int64_t>(i));
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const auto& cell = request_.rows[i].cells[c];
        cell ? columns[c].add(std::string_view(*cell)) : columns[c].add_null();
      }
    }
    sql_params params;
    params.texts.push_back(numbers.take());
    for (pq_array& column : columns)
      params.texts.push_back(column.take());
    params.texts.push_back(std::to_string(domain::to_us(context_.origin.at)));
    const pqxx::result rows = db_.run(tx_, upsert_statement(request_.kind), params);
    for (const auto& r : rows) {
      const auto i = r[0].as<std::size_t>();
      upserted_row& answer = out_.rows[i];
      answer.outcome = outcome_from(r[1].c_str());
      for_each_entry(r[2].c_str(), [&](std::string_view field, std::string_view value) {
        answer.problems.push_back({std::string(field), unknown_reason(declaration_, field, value)});
      });
      for_each_entry(r[3].c_str(), [&](std::string_view field, std::string_view) {
        answer.problems.push_back({std::string(field), "is required for a new row"});
      });
      if (answer.outcome != row_outcome::error && r[4].as<bool>()) due_.push_back(i);
    }
  }

  void write_members() {
    const std::size_t column = *domain::find_column(declaration_, "members");
    pq_array names, members;
    bool any = false;
    for (const std::size_t i : sound_) {
      const auto& given = request_.rows[i].cells[column];
      const row_outcome outcome = out_.rows[i].outcome;
      if (!given || (outcome != row_outcome::created && outcome != row_outcome::updated)) continue;
      names.add(std::string_view(out_.rows[i].code));
      members.add(std::string_view(*given));
      any = true;
    }
    if (any) db_.run(tx_, replace_members, {{names.take(), members.take()}, nullptr});
  }

  /// Each review that has failed gets its ticket, once: `ticket_uid` says which.
  void raise() {
    pq_array wanted;
    for (const std::size_t i : due_)
      wanted.add(std::string_view(out_.rows[i].code));
    const pqxx::result failed = db_.run(tx_, select_failed, {{wanted.take()}, nullptr});
    std::unordered_map<std::string, std::string> uid_of;  // by the review's code
    std::vector<construction_ticket> tickets;
    for (const auto& r : failed)
      if (r[5].is_null())
        tickets.push_back(ticket_for(r));
      else
        uid_of[r[0].c_str()] = r[5].c_str();
    const std::vector<std::string> uids = raise_tickets(db_, tx_, tickets, context_);
    for (std::size_t n = 0; n < uids.size(); ++n)
      uid_of[tickets[n].reference] = uids[n];
    pq_array codes, names;
    for (const auto& [code, uid] : uid_of) {
      codes.add(std::string_view(code));
      names.add(std::string_view(uid));
    }
    db_.run(tx_, note_tickets, {{codes.take(), names.take()}, nullptr});
    for (const std::size_t i : due_)
      out_.rows[i].ticket_uid = uid_of[out_.rows[i].code];
    out_.tickets_raised = uids.size();
  }

  static construction_ticket ticket_for(const pqxx::row& review) {
    construction_ticket out;
    out.reference = review[0].c_str();
    out.cause = "qa_photo_review";
    out.drop = review[1].c_str();
    const std::string reason = review[2].c_str();
    const std::string reviewer = review[3].c_str();
    out.title = domain::first_line(
        reason.empty() ? "Photo review failed" : "Photo review failed: " + reason,
        max_title_characters);
    out.description =
        fmt::format("{}{}Review {}{}{}, {}", reason, reason.empty() ? "" : "\n\n", out.reference,
                    reviewer.empty() ? "" : " by ", reviewer,
                    domain::to_rfc3339(domain::from_us(review[4].as<std::int64_t>())));
    return out;
  }

  void count(row_outcome outcome) {
    switch (outcome) {
      case row_outcome::created:
        ++out_.created;
        return;
      case row_outcome::updated:
        ++out_.updated;
        return;
      case row_outcome::unchanged:
        ++out_.unchanged;
        return;
      case row_outcome::error:
        ++out_.failed;
    }
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const upsert_reference& request_;
  change_context& context_;
  const domain::reference_declaration& declaration_;
  std::vector<std::size_t> sound_;  // rows for the database
  std::vector<std::size_t> due_;    // reviews that have just failed
  upsert_summary out_;
};

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& w, std::string_view key, std::string_view value) {
  w.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void number(writer& w, const char* key, std::size_t value) {
  w.Key(key);
  w.Uint64(value);
}

void write_row(writer& w, std::size_t index, const upserted_row& row) {
  w.StartObject();
  number(w, "index", index);
  text(w, "code", row.code);
  text(w, "result", name_of(row.outcome));
  if (!row.ticket_uid.empty()) text(w, "ticket_uid", row.ticket_uid);
  if (!row.problems.empty()) {
    w.Key("problems");
    w.StartArray();
    for (const domain::row_problem& p : row.problems) {
      w.StartObject();
      text(w, "field", p.field);
      text(w, "reason", p.reason);
      w.EndObject();
    }
    w.EndArray();
  }
  w.EndObject();
}

std::string to_json(const upsert_summary& s, const upsert_reference& request) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartObject();
  text(w, "kind", domain::declaration_of(request.kind).name);
  w.Key("dry_run");
  w.Bool(request.dry_run);
  number(w, "created", s.created);
  number(w, "updated", s.updated);
  number(w, "unchanged", s.unchanged);
  number(w, "failed", s.failed);
  number(w, "tickets_raised", s.tickets_raised);
  w.Key("rows");
  w.StartArray();
  for (std::size_t i = 0; i < s.rows.size(); ++i)
    write_row(w, i, s.rows[i]);
  w.EndArray();
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string_view name_of(row_outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"created", "updated", "unchanged", "error"};
  return names[static_cast<std::size_t>(outcome)];
}

tl::expected<upsert_summary, error> upsert_rows(connection& db, pqxx::transaction_base& tx,
                                                const upsert_reference& request,
                                                change_context& context) {
  if (request.rows.size() > max_reference_rows)
    return tl::unexpected(error{errc::invalid,
                                fmt::format("at most {} rows at a time", max_reference_rows),
                                "too_many_rows"});
  if (!request.dry_run) return upsert_work(db, tx, request, context)();
  db.run(tx, begin_rehearsal);
  upsert_summary out = upsert_work(db, tx, request, context)();
  db.run(tx, end_rehearsal);
  context.events.clear();
  context.tickets.clear();
  context.clocks.clear();
  return out;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const upsert_reference& request,
                  change_context& context) {
  auto done = upsert_rows(db, tx, request, context);
  if (!done) return tl::unexpected(std::move(done.error()));
  return write_answer{200, to_json(*done, request)};
}

}  // namespace fibrehub::store
