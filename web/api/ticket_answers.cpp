#include "web/api/ticket_answers.hpp"

#include "store/queries/tickets.hpp"
#include "web/api/ticket_filter.hpp"

#include <algorithm>

#include "store/tickets/json.hpp"
#include "web/api/clock_json.hpp"
#include "web/api/cursor.hpp"
#include "web/api/json.hpp"

namespace fibrehub::web::api {

namespace {

std::string delivery_json(const store::message_view& m) {
  const std::string members = store::receipts_json(m.extras);
  return "{" + store::send_progress_members(*m.delivery) +
         (members.empty() ? "" : R"(,"participants":)" + members) + "}";
}

}  // namespace

void write_message_members(json_writer& w, const store::message_view& m) {
  text_field(w, "id", std::to_string(m.id));
  text_field(w, "message_id", m.message_id);
  text_field(w, "direction", m.direction);
  text_or_null(w, "author", m.author);
  text_or_null(w, "phone", m.phone);
  text_field(w, "chat", m.chat);
  text_field(w, "session", m.session);
  text_field(w, "type", m.type);
  text_field(w, "text", m.body);
  raw_field(w, "media", m.media_json);
  text_or_null(w, "reply_to", m.reply_to);
  raw_field(w, "delivery", m.delivery ? delivery_json(m) : std::string());
  instant_field(w, "sent_at", m.sent_at);
  instant_field(w, "received_at", m.received_at);
  for (const auto& [name, json] : store::message_extra_fields(m.extras))
    raw_field(w, name, json);
}

void write_note_members(json_writer& w, const store::note_view& n) {
  text_field(w, "id", std::to_string(n.id));
  w.Key("internal");
  w.Bool(n.internal);
  text_field(w, "body", n.body);
  text_field(w, "author", n.author);
  w.Key("mentions");
  w.StartArray();
  for (const std::int64_t id : n.mentions)
    w.Int64(id);
  w.EndArray();
  instant_field(w, "created_at", n.created_at);
}

namespace {

void write_edit(json_writer& w, const store::message_edit_view& e) {
  w.StartObject();
  text_field(w, "text", e.text);
  text_or_null(w, "by", e.by.name.empty() ? e.by.id : e.by.name);
  instant_field(w, "at", e.at);
  w.EndObject();
}

void write_message(json_writer& w, const store::message_view& m) {
  w.StartObject();
  write_message_members(w, m);
  w.EndObject();
}

void write_history(json_writer& w, const store::history_view& h) {
  w.StartObject();
  integer_field(w, "seq", h.entry.seq);
  instant_field(w, "at", h.entry.at);
  text_field(w, "actor_kind", h.entry.actor.kind);
  text_field(w, "actor", h.entry.actor.name);
  text_or_null(w, "address", h.entry.actor.address);
  text_field(w, "action", h.entry.action);
  text_or_null(w, "field", h.entry.field);
  text_or_null(w, "old_value", h.entry.old_value);
  text_or_null(w, "new_value", h.entry.new_value);
  text_field(w, "hash", h.hash_hex);
  w.EndObject();
}

void write_note(json_writer& w, const store::note_view& n) {
  w.StartObject();
  write_note_members(w, n);
  w.EndObject();
}

void write_link(json_writer& w, const store::link_view& l) {
  w.StartObject();
  text_field(w, "kind", l.kind);
  text_field(w, "ticket_uid", l.uid);
  text_field(w, "title", l.title);
  text_field(w, "status", l.status);
  w.EndObject();
}

void write_attachment(json_writer& w, const store::attachment_view& a) {
  w.StartObject();
  text_field(w, "id", std::to_string(a.id));
  text_field(w, "name", a.name);
  text_field(w, "content_type", a.content_type);
  integer_field(w, "size_bytes", a.size_bytes);
  text_field(w, "sha256", a.sha256_hex);
  text_field(w, "author", a.author);
  instant_field(w, "created_at", a.created_at);
  w.EndObject();
}

void write_follower(json_writer& w, const store::follower_view& f) {
  w.StartObject();
  integer_field(w, "id", f.id);
  text_field(w, "name", f.name);
  w.EndObject();
}

template <class T>
void write_list(json_writer& w, std::string_view key, const std::vector<T>& items,
                void (*write)(json_writer&, const T&)) {
  write_key(w, key);
  w.StartArray();
  for (const T& item : items)
    write(w, item);
  w.EndArray();
}

}  // namespace

void write_history_list(json_writer& w, const std::vector<store::history_view>& rows) {
  write_list(w, "history", rows, write_history);
}

response page_answer(const store::ticket_page& page, const store::list_tickets& asked) {
  return success([&](json_writer& w) {
    w.StartObject();
    w.Key("tickets");
    w.StartArray();
    for (const domain::ticket_record& t : page.items) {
      const std::string object = store::ticket_json(t, asked.filter.by.as);
      w.RawValue(object.data(), object.size(), rapidjson::kObjectType);
    }
    w.EndArray();
    w.Key("pagination");
    w.StartObject();
    integer_field(w, "limit", asked.limit);
    text_or_null(w, "next_cursor", page.next ? cursor_of(asked.order, *page.next) : std::string());
    if (page.total) {
      integer_field(w, "page", *asked.page);
      integer_field(w, "total", *page.total);
      integer_field(w, "totalPages", (*page.total + asked.limit - 1) / asked.limit);
    }
    w.EndObject();
    w.EndObject();
  });
}

response facets_answer(const store::facet_counts& facets) {
  return success([&](json_writer& w) {
    w.StartObject();
    integer_field(w, "total", facets.total);
    const std::pair<const char*, const store::facet_counts::counts*> all[] = {
        {"status", &facets.statuses},
        {"priority", &facets.priorities},
        {"source", &facets.sources},
        {"type", &facets.types}};
    for (const auto& [name, counts] : all) {
      write_key(w, name);
      w.StartObject();
      for (const auto& [value, n] : *counts)
        integer_field(w, value.c_str(), n);
      w.EndObject();
    }
    w.EndObject();
  });
}

response detail_answer(const store::ticket_detail& detail, const store::ticket_clocks& clocks,
                       const std::string& staff_chat_json, domain::role reader) {
  std::string data = "{";
  store::append_ticket_members(data, detail.ticket, reader);
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  w.StartObject();
  text_or_null(w, "assigned_to_name", detail.names.assignee);
  text_or_null(w, "assigned_team_name", detail.names.team);
  text_or_null(w, "client_name", detail.names.client);
  text_or_null(w, "project_name", detail.names.project);
  text_or_null(w, "pole_code", detail.names.pole);
  text_or_null(w, "contractor_name", detail.names.contractor);
  write_list(w, "messages", detail.messages, write_message);
  write_list(w, "notes", detail.notes, write_note);
  write_list(w, "links", detail.links, write_link);
  write_list(w, "attachments", detail.attachments, write_attachment);
  write_list(w, "followers", detail.followers, write_follower);
  write_list(w, "history", detail.history, write_history);
  write_key(w, "clocks");
  write_clocks(w, clocks);
  raw_field(w, "staff_chat", staff_chat_json);
  w.EndObject();
  data.append(",").append(buffer.GetString() + 1, buffer.GetSize() - 1);
  return success_json(data);
}

response history_answer(const store::history_page& page) {
  return success([&](json_writer& w) {
    w.StartObject();
    write_list(w, "history", page.items, write_history);
    w.Key("next_after");
    if (page.more) {
      w.Int(page.items.back().entry.seq);
    } else {
      w.Null();
    }
    w.EndObject();
  });
}

response notes_answer(const store::ticket_detail& detail) {
  return success([&](json_writer& w) {
    w.StartObject();
    write_list(w, "notes", detail.notes, write_note);
    w.EndObject();
  });
}

response edits_answer(const store::message_edits& edits) {
  return success([&](json_writer& w) {
    w.StartObject();
    write_list(w, "edits", edits.texts, write_edit);
    instant_field(w, "revoked_at", edits.revoked_at);
    text_or_null(w, "revoked_by",
                 edits.revoked_by.name.empty() ? edits.revoked_by.id : edits.revoked_by.name);
    w.EndObject();
  });
}

response no_such_ticket(const request_context& ctx) {
  return failure(ctx, 404, "not_found", "There is no such ticket, or it is not yours to see.");
}

}  // namespace fibrehub::web::api
