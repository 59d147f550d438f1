// The tickets of a plan: made, changed, named, and told of.
#include "store/ingest/event_json.hpp"
#include "store/ingest/planner.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

domain::uid_inputs uid_inputs_of(const ticket_row& ticket) {
  using namespace std::chrono;
  const year_month_day day{floor<days>(ticket.created_at)};
  return {ticket.source_reference, ticket.drop, static_cast<int>(day.year())};
}

}  // namespace

ticket_row& ingest_planner::new_ticket(const ingest& item, domain::ticket_source source,
                                       const std::string& reference, const std::string& drop) {
  ticket_row& row = out_.tickets.emplace_back();
  row.id = next_id_();
  row.source = domain::name_of(source);
  row.source_reference = reference;
  row.type = domain::name_of(domain::ticket_type::fault);
  row.drop = drop;
  row.channel = item.channel;
  row.created_at = item.received_at;
  row.fields.priority = domain::name_of(domain::ticket_priority::medium);
  row.fields.status = domain::name_of(domain::ticket_status::new_);
  row.progress.version = 0;
  created_[row.id] = out_.tickets.size() - 1;
  cache_.tickets[row.id] = {};
  return row;
}

ticket_change& ingest_planner::change_of(std::int64_t ticket_id) {
  auto [it, fresh] = changed_.try_emplace(ticket_id, out_.changes.size());
  if (fresh) out_.changes.emplace_back().id = ticket_id;
  return out_.changes[it->second];
}

ticket_progress& ingest_planner::progress_of(std::int64_t ticket_id) {
  auto it = created_.find(ticket_id);
  return it != created_.end() ? out_.tickets[it->second].progress : change_of(ticket_id).progress;
}

/// Every change of a ticket passes here: one history row, one version.
void ingest_planner::add_history(std::int64_t ticket_id, const ingest& item, std::string action,
                                 std::string field, std::string old_value, std::string new_value,
                                 const std::string& by) {
  known_ticket& ticket = cache_.tickets.at(ticket_id);
  history_row& row = out_.history.emplace_back();
  row.entry = {ticket_id,
               ++ticket.history_seq,
               item.received_at,
               {"system",
                by.empty() ? item.source + "/" + item.channel
                           : fmt::format("{} ({}/{})", by, item.source, item.channel),
                {}},
               std::move(action),
               std::move(field),
               std::move(old_value),
               std::move(new_value)};
  row.hash = domain::chain(ticket.history_hash, row.entry);
  ticket.history_hash = row.hash;
  ++ticket.version;
  ticket_progress& progress = progress_of(ticket_id);
  progress.version = ticket.version;
  progress.history_seq = ticket.history_seq;
  progress.history_hash = ticket.history_hash;
  progress.updated_at = item.received_at;
}

const domain::uid_template& ingest_planner::template_of(const ticket_row& ticket) const {
  return rules_.uids.select(*domain::ticket_source_from(ticket.source), uid_inputs_of(ticket));
}

std::vector<std::string> ingest_planner::counter_scopes() const {
  std::vector<std::string> scopes;
  for (const ticket_row& t : out_.tickets)
    if (template_of(t).counts()) scopes.push_back(template_of(t).scope(uid_inputs_of(t)));
  return scopes;
}

void ingest_planner::give_uids(counter_values counters) {
  out_.counters = std::move(counters);
  for (ticket_row& t : out_.tickets) {
    const domain::uid_template& form = template_of(t);
    const domain::uid_inputs in = uid_inputs_of(t);
    t.uid = form.render(in, form.counts() ? ++out_.counters[form.scope(in)] : 0);
    cache_.tickets.at(t.id).uid = t.uid;
  }
}

void ingest_planner::announce(const ingest& item, std::string kind, std::int64_t ticket_id,
                              const domain::chat_message* message, std::string was,
                              bool for_staff) {
  pending_event& pending = pending_events_.emplace_back();
  pending.index = out_.events.size();
  pending.ticket_id = ticket_id;
  pending.message = message;
  pending.was = std::move(was);
  pending.is_for_staff = for_staff;
  committed_event& event = out_.events.emplace_back();
  event.kind = std::move(kind);
  event.at = item.received_at;
}

std::vector<std::string> ingest_planner::new_drops() const {
  std::vector<std::string> out;
  for (const ticket_row& t : out_.tickets)
    if (!t.drop.empty()) out.push_back(t.drop);
  return out;
}

void ingest_planner::name_clients(const known_drops& drops) {
  for (const ticket_row& t : out_.tickets)
    if (const auto it = drops.find(t.drop); it != drops.end())
      cache_.tickets.at(t.id).owner.client_id = it->second.client_id;
}

ingest_rows ingest_planner::finish(counter_values counters, const known_drops& drops) {
  give_uids(std::move(counters));
  name_clients(drops);
  // Names are known only now that every new ticket has its UID.
  for (const pending_event& p : pending_events_) {
    committed_event& event = out_.events[p.index];
    const known_ticket& ticket = cache_.tickets.at(p.ticket_id);
    event.ticket_uid = ticket.uid;
    event.access.who = p.is_for_staff ? domain::event_access::circle::ticket_staff
                                      : domain::event_access::circle::ticket;
    event.access.owner = ticket.owner;
    if (!p.members.empty()) {
      const auto data = [&](const std::string& members) {
        return fmt::format(R"({{"ticket_uid":{},{}}})", json_string(event.ticket_uid), members);
      };
      event.data_json = data(p.members);
      if (!p.outside_members.empty()) event.outside_json = data(p.outside_members);
      continue;
    }
    auto created = created_.find(p.ticket_id);
    auto changed = changed_.find(p.ticket_id);
    const bool sets_fields = changed != changed_.end() && out_.changes[changed->second].sets_fields;
    const ticket_row* const made =
        created == created_.end() ? nullptr : &out_.tickets[created->second];
    const ticket_fields* const fields =
        sets_fields ? &out_.changes[changed->second].fields : nullptr;
    event.data_json = ticket_event_data(event.ticket_uid, made, fields, p.message, p.was);
    if (p.is_hidden)
      event.outside_json = ticket_event_data(event.ticket_uid, made, fields, nullptr, p.was);
  }
  for (std::size_t i = 0; i < out_.results.size(); ++i)
    if (result_tickets_[i] != 0)
      out_.results[i].ticket_uid = cache_.tickets.at(result_tickets_[i]).uid;
  return std::move(out_);
}

}  // namespace fibrehub::store
