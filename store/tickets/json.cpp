#include "store/tickets/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "domain/text.hpp"

namespace fibrehub::store {
namespace {

using domain::field_def;
using domain::field_type;
using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void key(writer& w, std::string_view name) {
  w.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

void text(writer& w, std::string_view value) {
  w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void raw(writer& w, std::string_view json, rapidjson::Type type) {
  w.RawValue(json.data(), json.size(), type);
}

void value_of(writer& w, const field_def& def, const std::optional<std::string>& value) {
  if (def.type == field_type::words) {
    w.StartArray();
    std::string_view rest = value ? std::string_view(*value) : std::string_view();
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\x1f'), rest.size());
      text(w, rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    w.EndArray();
    return;
  }
  if (!value) {
    w.Null();
    return;
  }
  switch (def.type) {
    case field_type::integer:
    case field_type::id:
    case field_type::decimal:
      raw(w, *value, rapidjson::kNumberType);
      break;
    case field_type::boolean:
      w.Bool(*value == "true");
      break;
    case field_type::object:
      raw(w, *value, rapidjson::kObjectType);
      break;
    default:
      text(w, def.id == domain::field::drop_number ? "DR" + *value : *value);
  }
}

bool hidden_from(domain::role reader, domain::field f) {
  if (reader != domain::role::client) return false;
  return f == domain::field::penalty || f == domain::field::contractor_id ||
         f == domain::field::rework_count || f == domain::field::rework_required ||
         f == domain::field::defect_type || f == domain::field::custom_fields;
}

void instant_or_null(writer& w, domain::instant at) {
  if (at == domain::instant{}) {
    w.Null();
  } else {
    text(w, domain::to_rfc3339(at));
  }
}

void members(writer& w, const domain::ticket_record& t, domain::role reader) {
  key(w, "ticket_uid");
  text(w, t.uid);
  for (const field_def& def : domain::ticket_fields()) {
    if (def.id == domain::field::deleted_at || hidden_from(reader, def.id)) continue;
    key(w, def.name);
    value_of(w, def, domain::at(t.values, def.id));
  }
  key(w, "channel");
  if (t.channel.empty()) {
    w.Null();
  } else {
    text(w, t.channel);
  }
  if (reader != domain::role::client) {
    key(w, "external");
    if (t.external_json.empty()) {
      w.Null();
    } else {
      raw(w, t.external_json, rapidjson::kObjectType);
    }
  }
  key(w, "message_count");
  w.Int(t.message_count);
  key(w, "last_message_at");
  instant_or_null(w, t.last_message_at);
  key(w, "version");
  w.Int(t.version);
  key(w, "updated_at");
  instant_or_null(w, t.updated_at);
}

}  // namespace

void append_ticket_members(std::string& out, const domain::ticket_record& ticket,
                           domain::role reader) {
  const std::string object = ticket_json(ticket, reader);
  out.append(object, 1, object.size() - 2);
}

std::string ticket_json(const domain::ticket_record& ticket, domain::role reader) {
  rapidjson::StringBuffer buffer(nullptr, 2048);
  writer w(buffer);
  w.StartObject();
  members(w, ticket, reader);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::map<std::string, domain::field_input> json_members(const std::string& object) {
  using kind = domain::field_input::kind;
  std::map<std::string, domain::field_input> out;
  rapidjson::Document doc;
  doc.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(object.c_str());
  if (!doc.IsObject()) return out;
  // Numbers arrive as texts: a second look, with their types, tells them apart.
  rapidjson::Document typed;
  typed.Parse<rapidjson::kParseIterativeFlag>(object.c_str());
  for (const auto& m : doc.GetObject()) {
    domain::field_input& value = out[m.name.GetString()];
    const auto& type = typed[m.name.GetString()];
    if (type.IsNumber() || type.IsString()) {
      value = {type.IsNumber() ? kind::number : kind::text, m.value.GetString(), {}};
    } else if (type.IsBool()) {
      value = {kind::boolean, type.GetBool() ? "true" : "false", {}};
    } else if (!type.IsNull()) {
      value.what = kind::object;
    }
  }
  return out;
}

std::string json_string(std::string_view value) {
  rapidjson::StringBuffer buffer;
  writer w(buffer);
  text(w, value);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace fibrehub::store
