#include "web/feed/event_text.hpp"

#include "web/api/json.hpp"
#include "web/sse.hpp"

namespace fibrehub::web {
namespace {

using actors::event;
using domain::hearing;

/// Data of an event about a ticket that has left the listener's sight.
void farewell(json_writer& w, const event& e) {
  w.Key("data");
  w.StartObject();
  api::text_field(w, "ticket_uid", e.ticket_uid);
  w.Key("out_of_sight");
  w.Bool(true);
  w.EndObject();
}

std::string write_json(const event& e, hearing much) {
  rapidjson::StringBuffer buffer;
  json_writer w(buffer);
  const bool is_reset = e.kind == "reset";
  w.StartObject();
  api::text_field(w, "type", is_reset ? "reset" : "event");
  api::text_field(w, "id", e.id);
  if (!is_reset) {
    api::text_field(w, "event", e.kind);
    api::text_or_null(w, "ticket_uid", e.ticket_uid);
  }
  api::instant_field(w, "at", e.at);
  if (!is_reset) {
    const bool outside = much == hearing::outside && !e.outside_json.empty();
    if (much == hearing::farewell) {
      farewell(w, e);
    } else {
      api::raw_field(w, "data", outside ? e.outside_json : e.data_json);
    }
  }
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::size_t form_of(hearing much) {
  return much == hearing::all ? 0 : much == hearing::outside ? 1 : 2;
}

const std::string& json_of(const event& e, hearing much) {
  return e.forms[form_of(much)].get([&] { return write_json(e, much); });
}

}  // namespace

text_ptr event_text(const std::shared_ptr<const event>& what, hearing much, feed_format format) {
  const event& e = *what;
  const std::string& text =
      format == feed_format::json ? json_of(e, much) : e.forms[3 + form_of(much)].get([&] {
        return format_event(e.id, e.kind, write_json(e, much));
      });
  return {what, &text};
}

}  // namespace fibrehub::web
