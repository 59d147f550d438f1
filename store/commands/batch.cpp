#include "store/commands/batch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/text.hpp"
#include "store/billing/bill.hpp"
#include "store/commands/refusal.hpp"
#include "store/idempotency.hpp"
#include "store/pq_array.hpp"
#include "store/sla/follow_ticket.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::field;

constexpr sql select_changed_since{
    "command_changed_since",
    "SELECT DISTINCT field FROM ticket_history WHERE ticket_id = $1::bigint AND seq > $2::integer"};

std::string list_json(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& n : names)
    out += (out.size() > 1 ? "," : "") + json_string(n);
  return out + "]";
}

/// An item of a bulk answer.
std::string item_json(const domain::ticket_command& command,
                      const tl::expected<write_answer, error>& outcome) {
  if (outcome)
    return fmt::format(R"({{"success":true,"ticket_uid":{},"data":{}}})", json_string(command.uid),
                       outcome->data_json);
  const error& e = outcome.error();
  return fmt::format(R"({{"success":false,"ticket_uid":{},"error":{{"code":{},"message":{}}}}})",
                     json_string(command.uid),
                     json_string(e.reason.empty() ? std::string(name_of(e.code)) : e.reason),
                     json_string(e.message));
}

}  // namespace

std::vector<write_outcome> command_batch::run(std::span<const submit_commands> units) {
  std::vector<const write_origin*> origins;
  for (const submit_commands& unit : units)
    origins.push_back(&unit.origin);
  const auto earlier = find_repeated(db_, tx_, origins);
  load(units);
  std::vector<write_outcome> out;
  for (std::size_t i = 0; i < units.size(); ++i)
    out.push_back(earlier[i] ? *earlier[i] : run_unit(units[i]));
  write();
  std::vector<answered_request> answered;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (!earlier[i] && out[i]) answered.push_back({origins[i], &*out[i]});
  remember_answers(db_, tx_, answered);
  return out;
}

write_outcome command_batch::run_in_order(const submit_commands& unit) {
  for (std::size_t i = 0; i < unit.items.size(); ++i) {
    auto outcome = run_one(unit.items[i], unit.origin);
    if (outcome) continue;
    error why = std::move(outcome.error());
    why.message = fmt::format("step {}: {}", i + 1, why.message);
    return tl::unexpected(std::move(why));
  }
  return write_answer{200, fmt::format(R"({{"succeeded":{}}})", unit.items.size())};
}

write_outcome command_batch::run_unit(const submit_commands& unit) {
  if (unit.in_order) return run_in_order(unit);
  if (!unit.bulk) return run_one(unit.items.front(), unit.origin);
  std::string results;
  std::size_t done = 0;
  for (const domain::ticket_command& c : unit.items) {
    const auto outcome = run_one(c, unit.origin);
    done += outcome ? 1 : 0;
    results += (results.empty() ? "" : ",") + item_json(c, outcome);
  }
  return write_answer{200, fmt::format(R"({{"succeeded":{},"failed":{},"results":[{}]}})", done,
                                       unit.items.size() - done, results)};
}

command_batch::command_outcome command_batch::run_one(const domain::ticket_command& command,
                                                      const write_origin& origin) {
  if (std::holds_alternative<domain::create_ticket>(command.what)) return create(command, origin);
  working* w = find(command.uid);
  if (!w)
    return tl::unexpected(
        error{errc::not_found, "there is no such ticket, or it is not yours to see", "not_found"});
  if (auto begun = domain::may_begin(w->record, command, origin.by); !begun)
    return tl::unexpected(explain(begun.error(), w, origin, command));
  if (const auto* n = std::get_if<domain::note_ticket>(&command.what))
    return add_note(*w, *n, origin);
  if (const auto* a = std::get_if<domain::alert_people>(&command.what))
    return alert(*w, *a, origin);
  if (const auto* f = std::get_if<domain::add_followers>(&command.what)) return follow(*w, *f);
  if (const auto* l = std::get_if<domain::link_ticket>(&command.what)) return link(*w, *l, origin);
  if (const auto* m = std::get_if<domain::merge_ticket>(&command.what))
    return merge(*w, *m, origin);
  if (const auto* s = std::get_if<domain::split_ticket>(&command.what))
    return split(*w, *s, origin);
  if (const auto* m = std::get_if<domain::message_ticket>(&command.what))
    return send_message(*w, *m, origin);
  if (const auto* a = std::get_if<domain::act_on_message>(&command.what))
    return act_on_message(*w, *a, origin);
  if (const auto* s = std::get_if<domain::signal_chat>(&command.what))
    return signal_chat(*w, *s, origin);
  return change(*w, command, origin);
}

command_batch::command_outcome command_batch::create(const domain::ticket_command& command,
                                                     const write_origin& origin) {
  domain::ticket_record fresh;
  if (auto begun = domain::may_begin(fresh, command, origin.by); !begun)
    return tl::unexpected(explain(begun.error(), nullptr, origin, command));
  domain::ticket_draft draft(fresh);
  const auto& wanted = std::get<domain::create_ticket>(command.what);
  const auto done = apply(draft, wanted, surroundings_for(origin));
  fresh.chat_id = wanted.chat_id;
  fresh.channel = wanted.channel;
  if (!done) return tl::unexpected(explain(done.error(), nullptr, origin, command));
  working& w = add_ticket(std::move(fresh), origin);
  return write_answer{201, ticket_json(w.record, origin.by.as)};
}

command_batch::working& command_batch::add_ticket(domain::ticket_record record,
                                                  const write_origin& origin) {
  const auto [form, in] = uid_form(record, origin);
  record.id = next_id_();
  record.uid = form->render(in, form->counts() ? ++counters_[form->scope(in)] : 0);
  domain::ticket_draft draft(record);
  bill(draft, clocks_.book(), origin.at);
  auto fresh = std::make_unique<working>();
  working& w = *fresh;
  w.record = std::move(record);
  w.is_new = true;
  w.told.status = domain::at(w.record.values, field::status).value_or("");
  order_.push_back(&w);
  tickets_.emplace(w.record.uid, std::move(fresh));
  record_entries(w, {{"created", "ticket", {}, *domain::at(w.record.values, field::source)}},
                 origin);
  announce("ticket.created", w, origin, {});
  return w;
}

std::pair<const domain::uid_template*, domain::uid_inputs> command_batch::uid_form(
    const domain::ticket_record& ticket, const write_origin& origin) const {
  using namespace std::chrono;
  const year_month_day day{floor<days>(origin.at)};
  const domain::uid_inputs in{domain::at(ticket.values, field::source_reference).value_or(""),
                              domain::at(ticket.values, field::drop_number).value_or(""),
                              static_cast<int>(day.year())};
  const auto source =
      domain::ticket_source_from(domain::at(ticket.values, field::source).value_or(""))
          .value_or(domain::ticket_source::ff_internal);
  return {&rules_.uids.select(source, in), in};
}

command_batch::command_outcome command_batch::change(working& w,
                                                     const domain::ticket_command& command,
                                                     const write_origin& origin) {
  const domain::ticket_record before = w.record;
  domain::ticket_draft draft(w.record);
  const domain::surroundings around = surroundings_for(origin);
  const domain::verdict done = std::visit(
      [&](const auto& what) -> domain::verdict {
        if constexpr (requires { apply(draft, what, around); }) {
          return apply(draft, what, around);
        } else {
          return {};
        }
      },
      command.what);
  if (!done) {
    w.record = before;
    return tl::unexpected(explain(done.error(), &w, origin, command));
  }
  if (domain::concerns_billing(draft.entries())) bill(draft, clocks_.book(), origin.at);
  for (const domain::change_entry& e : draft.entries())
    if (e.action == "unmerged") unlink_merged(w, e.old_value);
  record_entries(w, draft.entries(), origin);
  if (!draft.entries().empty())
    announce(std::holds_alternative<domain::delete_ticket>(command.what) ? "ticket.deleted"
                                                                         : "ticket.updated",
             w, origin, draft.entries());
  return write_answer{200, ticket_json(w.record, origin.by.as)};
}

command_batch::working* command_batch::find(const std::string& uid) {
  const auto it = tickets_.find(uid);
  if (it == tickets_.end() || domain::at(it->second->record.values, field::deleted_at))
    return nullptr;
  return it->second.get();
}

domain::surroundings command_batch::surroundings_for(const write_origin& origin) const {
  return {rules_.tickets,
          origin.by,
          origin.at,
          [this](const std::string& drop) -> const domain::field_values* {
            const auto it = drops_.find(drop);
            return it == drops_.end() ? nullptr : &it->second;
          },
          [this](std::int64_t user) -> const std::string* {
            const auto it = users_.find(user);
            return it == users_.end() ? nullptr : &it->second.name;
          },
          [this](std::int64_t team) -> const std::string* {
            const auto it = teams_.find(team);
            return it == teams_.end() ? nullptr : &it->second;
          },
          [this](std::int64_t user, std::int64_t team) {
            const auto it = users_.find(user);
            return it != users_.end() && std::find(it->second.teams.begin(), it->second.teams.end(),
                                                   team) != it->second.teams.end();
          },
          json_members};
}

void command_batch::record_entries(working& w, const std::vector<domain::change_entry>& entries,
                                   const write_origin& origin,
                                   const std::vector<std::int64_t>& mentioned,
                                   const domain::ticket_notice* told) {
  domain::ticket_record& t = w.record;
  domain::ticket_news news;
  if (told) news.notices.push_back(*told);
  domain::read_entries(news, t, entries, mentioned);
  follow_ticket(clocks_, t, entries, news, origin);
  if (!news.empty()) {
    news.by_user = origin.by.user_id;
    news.by_name = origin.by.name;
    news.at = origin.at;
    news_.push_back(std::move(news));
  }
  const char* kind = origin.by.what == domain::principal::kind::user    ? "user"
                     : origin.by.what == domain::principal::kind::token ? "token"
                                                                        : "system";
  for (const domain::change_entry& e : entries) {
    moves_chats_ |= e.action == "merged" || (e.field == "status" && e.old_value == "closed");
    history_row row;
    row.entry = {t.id,     ++t.history_seq, origin.at,   {kind, origin.by.name, origin.by.address},
                 e.action, e.field,         e.old_value, e.new_value};
    row.hash = domain::chain(t.history_hash, row.entry);
    t.history_hash = row.hash;
    ++t.version;
    t.updated_at = origin.at;
    w.dirty = true;
    history_.push_back(std::move(row));
  }
}

void command_batch::announce(const char* kind, working& w, const write_origin& origin,
                             const std::vector<domain::change_entry>& entries) {
  announce_ticket(events_, kind, w.record, w.told, entries, origin);
  w.told = standing_of(w.record);
}

/// Which of the fields the caller wants to change were changed since the version they saw.
std::vector<std::string> command_batch::clashes(const working& w,
                                                const domain::ticket_command& command) {
  std::vector<std::string> out;
  const auto* edit = std::get_if<domain::edit_ticket>(&command.what);
  const pqxx::result rows =
      db_.run(tx_, select_changed_since,
              {{std::to_string(w.record.id), std::to_string(*command.version)}, nullptr});
  for (const auto& row : rows) {
    const std::string name = row[0].c_str();
    const bool wanted =
        edit == nullptr ||
        std::any_of(edit->fields.items.begin(), edit->fields.items.end(),
                    [&](const auto& item) { return domain::definition(item.first).name == name; });
    if (wanted && !name.empty()) out.push_back(name);
  }
  return out;
}

error command_batch::explain(const domain::refusal& why, const working* w,
                             const write_origin& origin, const domain::ticket_command& command) {
  error out{code_of(why.what), why.message, why.reason};
  out.fields = why.fields;
  std::string data;
  if (why.reason == "stale_version" && w)
    data = fmt::format(R"("clashes":{},"ticket":{})", list_json(clashes(*w, command)),
                       ticket_json(w->record, origin.by.as));
  if (why.reason == "illegal_move")
    data = fmt::format(R"("legal_moves":{})",
                       list_json({why.legal_moves.begin(), why.legal_moves.end()}));
  if (!data.empty()) out.data_json = "{" + data + "}";
  return out;
}

std::string command_batch::first_made() const {
  for (const working* w : order_)
    if (w->is_new) return w->record.uid;
  return {};
}

std::vector<std::int64_t> command_batch::touched_tickets() const {
  std::vector<std::int64_t> out;
  for (const working* w : order_)
    if (w->dirty && !w->is_new) out.push_back(w->record.id);
  return out;
}

}  // namespace fibrehub::store
