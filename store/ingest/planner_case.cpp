// A snapshot of a foreign case: makes its ticket, or changes the fields that differ.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "domain/text.hpp"
#include "store/ingest/planner.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_title_bytes = 1000;
constexpr std::size_t max_text_bytes = std::size_t{256} * 1024;

/// What the desk said that has no column of its own; kept with the ticket as JSON.
std::string external_json(const domain::case_snapshot& s) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  const auto field = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    const std::string safe = domain::storable(value, 4096);
    w.Key(key);
    w.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
  };
  w.StartObject();
  field("queue", s.queue);
  field("assigned_to", s.assigned_to);
  field("customer_name", s.customer_name);
  field("customer_phone", s.customer_phone);
  field("customer_email", s.customer_email);
  if (s.status) field("status", std::string(domain::name_of(*s.status)));
  if (s.priority) field("priority", std::string(domain::name_of(*s.priority)));
  w.Key("updated_at_us");
  w.Int64(domain::to_us(s.updated_at));
  if (!s.extra_json.empty()) {
    w.Key("fields");
    w.RawValue(s.extra_json.data(), s.extra_json.size(), rapidjson::kObjectType);
  }
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

/// The instants a status implies; leaving the status takes them back.
void date_status(ticket_fields& fields, domain::instant at) {
  const bool closed = fields.status == "closed";
  fields.resolved_at = closed || fields.status == "resolved" ? at : domain::instant{};
  fields.closed_at = closed ? at : domain::instant{};
}

ticket_fields wanted(const domain::case_snapshot& s, const std::string& channel,
                     const known_case* known) {
  ticket_fields f;
  const std::string title = domain::first_line(domain::storable(s.subject, max_title_bytes), 255);
  f.title = title.empty() ? "Case " + s.case_id : title;
  f.description = domain::storable(s.description, max_text_bytes);
  f.address = domain::storable(s.address, max_title_bytes);
  f.external = external_json(s);
  f.channel = channel;
  // Filled from a drop here, while the desk has none.
  if (f.address.empty() && known) f.address = known->address;
  // The desk's status and priority count when they moved there; until then ours stay.
  const auto pick = [](std::string_view theirs, const std::string& theirs_before,
                       const std::string& ours) {
    return theirs.empty() || theirs == theirs_before ? ours : std::string(theirs);
  };
  const std::string_view status = s.status ? domain::name_of(*s.status) : std::string_view();
  const std::string_view priority = s.priority ? domain::name_of(*s.priority) : std::string_view();
  f.status = known ? pick(status, known->peer_status, known->status) : pick(status, {}, "new");
  f.priority =
      known ? pick(priority, known->peer_priority, known->priority) : pick(priority, {}, "medium");
  date_status(f, s.updated_at);
  return f;
}

}  // namespace

void ingest_planner::set_fields(std::int64_t ticket_id, const ticket_fields& fields) {
  auto created = created_.find(ticket_id);
  if (created != created_.end()) {
    out_.tickets[created->second].fields = fields;
    return;
  }
  ticket_change& change = change_of(ticket_id);
  change.sets_fields = true;
  change.fields = fields;
}

void ingest_planner::plan_case(const ingest& item, const domain::case_snapshot& snapshot) {
  inbox_row& inbox = add_inbox(item, disposition::stored);
  const std::string reference = domain::storable(snapshot.case_id, 60);
  auto [it, fresh] = cache_.cases.try_emplace(key_of(item.source, reference));
  known_case& known = it->second;
  const bool stale = !fresh && domain::to_us(snapshot.updated_at) < known.peer_updated_us;
  const ticket_fields fields = wanted(snapshot, item.channel, fresh ? nullptr : &known);

  if (fresh) {
    ticket_row& ticket = new_ticket(item, domain::ticket_source::qcontact, reference, {});
    known.ticket_id = ticket.id;
    ticket.created_at =
        snapshot.created_at == domain::instant{} ? item.received_at : snapshot.created_at;
    ticket.fields = fields;
    out_.results.back().created = true;
    add_history(ticket.id, item, "created", "case", {}, reference);
    announce(item, "ticket.created", ticket.id, nullptr);
  } else if (!stale) {
    const auto changed = [&](const char* name, const std::string& before, const std::string& now) {
      if (before == now) return;
      const bool is_long = before.size() > 500 || now.size() > 500;
      add_history(known.ticket_id, item, "field", name,
                  is_long ? domain::storable(before, 500) : before,
                  is_long ? domain::storable(now, 500) : now);
    };
    const std::size_t rows_before = out_.history.size();
    changed("title", known.title, fields.title);
    changed("description", known.description, fields.description);
    changed("status", known.status, fields.status);
    changed("priority", known.priority, fields.priority);
    changed("address", known.address, fields.address);
    changed("channel", known.channel, fields.channel);
    // What changed may have no column of its own here.
    if (out_.history.size() == rows_before && known.external != fields.external)
      add_history(known.ticket_id, item, "field", "external", {}, "changed at the desk");
    if (out_.history.size() != rows_before) {
      set_fields(known.ticket_id, fields);
      announce(item, "ticket.updated", known.ticket_id, nullptr);
      if (known.status != fields.status)
        announce(item, "ticket.status_changed", known.ticket_id, nullptr, known.status);
    }
  }
  inbox.ticket_id = known.ticket_id;
  result_tickets_.back() = known.ticket_id;
  if (stale) return;
  if (!fresh && known.status != fields.status) {
    if (fields.status == "closed")
      cache_.close_ticket(known.ticket_id);
    else if (known.status == "closed" && known.chat_id != 0)
      cache_.open_ticket(known.in_chat, known.chat_id);
  }
  known.title = fields.title;
  known.description = fields.description;
  known.status = fields.status;
  known.priority = fields.priority;
  known.address = fields.address;
  known.external = fields.external;
  known.channel = fields.channel;
  known.peer_updated_us = domain::to_us(snapshot.updated_at);
  if (snapshot.status) known.peer_status = domain::name_of(*snapshot.status);
  if (snapshot.priority) known.peer_priority = domain::name_of(*snapshot.priority);
}

}  // namespace fibrehub::store
