#include "store/ingest/event_json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "domain/message_history.hpp"
#include "domain/text.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_excerpt_characters = 160;

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void field(writer& w, const char* key, std::string_view value) {
  if (value.empty()) return;
  w.Key(key);
  w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void message_fields(writer& w, const domain::chat_message& m) {
  w.Key("message");
  w.StartObject();
  field(w, "direction", m.from_me ? "outbound" : "inbound");
  field(w, "chat", domain::storable(m.chat, 255));
  field(w, "author", domain::storable(m.author_name.empty() ? m.author : m.author_name, 255));
  field(w, "type", m.type);
  field(w, "text", domain::first_line(domain::storable(m.text, 2000), max_excerpt_characters));
  field(w, "sent_at", domain::to_rfc3339(m.sent_at));
  w.EndObject();
}

}  // namespace

std::string ticket_event_data(const std::string& uid, const ticket_row* created,
                              const ticket_fields* fields, const domain::chat_message* message,
                              const std::string& was) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartObject();
  field(w, "ticket_uid", uid);
  if (created) fields = &created->fields;
  if (fields) {
    field(w, "title", fields->title);
    field(w, "status", fields->status);
    field(w, "priority", fields->priority);
    if (!was.empty()) {
      field(w, "from", was);
      field(w, "to", fields->status);
    }
  }
  if (created) {
    field(w, "source", created->source);
    field(w, "drop_number", created->drop.empty() ? std::string() : "DR" + created->drop);
  }
  if (message) message_fields(w, *message);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string message_change_members(std::int64_t message_id, const domain::message_change& change,
                                   const std::string& by, const std::string& text) {
  using kind = domain::message_change::kind;
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartObject();
  field(w, "id", std::to_string(message_id));
  field(w, "message_id", domain::storable(change.message_id, 255));
  field(w, "change", domain::name_of(change.what));
  field(w, "by", by);
  if (change.what == kind::edited)
    field(w, "text", domain::first_line(domain::storable(text, 2000), max_excerpt_characters));
  if (change.what == kind::reaction) {
    const std::string sign = domain::storable(change.text, 255);
    w.Key("emoji");
    w.String(sign.data(), static_cast<rapidjson::SizeType>(sign.size()));
  }
  if (change.what == kind::vote) {
    const std::string options = texts_json(change.options);
    w.Key("options");
    w.RawValue(options.data(), options.size(), rapidjson::kArrayType);
  }
  field(w, "at", domain::to_rfc3339(change.at));
  w.EndObject();
  return R"("message":)" + std::string(buffer.GetString(), buffer.GetSize());
}

std::string call_members(std::int64_t message_id, const domain::chat_message& call) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartObject();
  field(w, "id", std::to_string(message_id));
  field(w, "message_id", domain::storable(call.message_id, 255));
  field(w, "change", "call");
  field(w, "text", call.text);
  field(w, "at", domain::to_rfc3339(call.sent_at));
  w.EndObject();
  return R"("message":)" + std::string(buffer.GetString(), buffer.GetSize());
}

std::string presence_members(const std::string& chat, const domain::presence_note::entry& entry) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartObject();
  field(w, "chat", domain::storable(chat, 255));
  field(w, "person", domain::storable(entry.person, 255));
  field(w, "state", domain::storable(entry.state, 40));
  if (entry.last_seen) field(w, "last_seen", domain::to_rfc3339(*entry.last_seen));
  w.EndObject();
  return std::string(buffer.GetString() + 1, buffer.GetSize() - 2);
}

std::string texts_json(const std::vector<std::string>& texts) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartArray();
  for (const std::string& text : texts) {
    const std::string safe = domain::storable(text, 2000);
    w.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
  }
  w.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

committed_event review_event(const ingest& item, const std::string& reason) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  w.StartObject();
  field(w, "source", item.source);
  field(w, "channel", item.channel);
  field(w, "event", domain::storable(item.event, 255));
  field(w, "reason", reason);
  w.EndObject();
  committed_event event;
  event.kind = "review.created";
  event.access.who = domain::event_access::circle::review;
  event.at = item.received_at;
  event.data_json.assign(buffer.GetString(), buffer.GetSize());
  return event;
}

}  // namespace fibrehub::store
