#include "web/api/message_bodies.hpp"

#include <fmt/format.h>

#include <charconv>

#include "domain/text.hpp"
#include "web/api/body.hpp"
#include "web/api/parameters.hpp"

namespace fibrehub::web::api {
namespace {

namespace json = protocols::json;
using domain::message_ticket;
using domain::send_kind;

constexpr std::size_t max_caption_characters = 1024;
constexpr std::size_t max_title_characters = 255;
constexpr std::size_t max_emoji_bytes = 64;
constexpr std::size_t max_variables = 50;

/// An id as the API shows it (a text of digits), or a number.
std::optional<std::int64_t> id_in(body_reader& body, std::string_view field) {
  const json::value* v = body.member(field);
  if (v == nullptr || v->IsNull()) return std::nullopt;
  std::int64_t id = 0;
  if (v->IsInt64()) {
    id = v->GetInt64();
  } else if (v->IsString()) {
    const char* const end = v->GetString() + v->GetStringLength();
    const auto [stop, error] = std::from_chars(v->GetString(), end, id);
    if (error != std::errc() || stop != end) id = 0;
  }
  if (id <= 0) body.complain(field, "must be an id: a whole number above 0");
  return id;
}

std::optional<double> degrees_in(body_reader& body, std::string_view field, double most) {
  const json::value* v = body.member(field);
  if (v == nullptr || v->IsNull()) return std::nullopt;
  if (!v->IsNumber() || v->GetDouble() < -most || v->GetDouble() > most) {
    body.complain(field, fmt::format("must be a number of degrees between -{0} and {0}", most));
    return std::nullopt;
  }
  return v->GetDouble();
}

std::optional<send_kind> kind_in(body_reader& body, std::string_view field) {
  const auto name = body.text(field, 20);
  if (!name) return std::nullopt;
  const auto kind = domain::send_kind_from(*name);
  if (kind && domain::is_message(*kind)) return kind;
  body.complain(field,
                fmt::format("must be one of {}", fmt::join(domain::message_kind_names(), ", ")));
  return std::nullopt;
}

/// Where the message is, how it is called, or both are absent.
std::optional<domain::sent_location> location_in(body_reader& body) {
  const auto latitude = degrees_in(body, "latitude", 90);
  const auto longitude = degrees_in(body, "longitude", 180);
  const std::string title = body.text("title", max_title_characters).value_or("");
  const bool any = body.has("latitude") || body.has("longitude");
  if (!any) return std::nullopt;
  if (!body.has("latitude")) body.complain("latitude", "is required with longitude");
  if (!body.has("longitude")) body.complain("longitude", "is required with latitude");
  return domain::sent_location{latitude.value_or(0), longitude.value_or(0), title};
}

void complain_about(body_reader& body, std::string_view field, const char* why) {
  if (body.has(field) && !body.is_null(field)) body.complain(field, why);
}

/// The kind named, else what the fields make of it; files may still turn out to be something else.
send_kind meant(const message_ticket& m) {
  if (m.kind) return *m.kind;
  if (m.attachment_id != 0) return send_kind::file;
  return m.location ? send_kind::location : send_kind::text;
}

/// What a kind needs and what it cannot have.
void check_together(body_reader& body, const message_ticket& m, std::string_view file_field) {
  const send_kind kind = meant(m);
  if (domain::has_file(kind)) {
    if (m.attachment_id == 0) body.complain(file_field, "is required: the file to send");
    complain_about(body, "latitude", "is for a location");
    complain_about(body, "longitude", "is for a location");
  } else {
    complain_about(body, file_field, "is for image, file, voice and video");
  }
  if (kind == send_kind::location) {
    if (!m.location) body.complain("latitude", "is required: a location has one");
  } else {
    complain_about(body, "title", "is for a location");
    if (kind == send_kind::text) {
      complain_about(body, "latitude", "is for a location");
      complain_about(body, "longitude", "is for a location");
    }
  }
}

void read_words(body_reader& body, message_ticket& m) {
  const send_kind kind = meant(m);
  m.template_name = body.text("template", 100).value_or("");
  m.language = body.text("language", 10).value_or("");
  m.variables = variables_in(body);
  const auto text = body.text("text", domain::max_message_characters);
  const auto caption = body.text("caption", max_caption_characters);
  if (m.template_name.empty()) {
    complain_about(body, "language", "is for a template");
    complain_about(body, "variables", "are for a template");
  }
  if (kind == send_kind::text) {
    complain_about(body, "caption", "is for a file");
    if (m.template_name.empty()) {
      m.text = text ? *text : body.required_text("text", domain::max_message_characters);
      if (text && text->find_first_not_of(" \t\r\n") == std::string::npos)
        body.complain("text", "is required");
    } else {
      complain_about(body, "text", "is given by the template");
    }
    return;
  }
  complain_about(body, "text", "is for texts; a file has a caption");
  if (kind == send_kind::voice || kind == send_kind::location) {
    complain_about(body, "caption", "is not shown with this kind");
    complain_about(body, "template", "is not shown with this kind");
  }
  m.text = caption.value_or("");
  if (!m.template_name.empty()) complain_about(body, "caption", "is given by the template");
}

/// Reads the body with `fill(body, command)` and refuses it as a whole.
template <class F>
command_or_answer read(const request_context& ctx, F&& fill) {
  body_reader body(ctx);
  domain::ticket_command command;
  if (const auto version = body.integer("version", 1, 2'000'000'000))
    command.version = static_cast<std::int32_t>(*version);
  fill(body, command);
  if (auto refused = body.refusal(ctx)) return tl::unexpected(std::move(*refused));
  return command;
}

}  // namespace

std::map<std::string, std::string> variables_in(body_reader& body) {
  std::map<std::string, std::string> out;
  const json::value* v = body.member("variables");
  if (v == nullptr || v->IsNull()) return out;
  if (!v->IsObject() || v->MemberCount() > max_variables) {
    body.complain("variables", fmt::format("must be an object of at most {} texts", max_variables));
    return out;
  }
  for (const auto& m : v->GetObject()) {
    const std::string name(m.name.GetString(), m.name.GetStringLength());
    const bool is_text = m.value.IsString() && m.value.GetStringLength() <= 4000;
    const std::string value =
        is_text ? std::string(m.value.GetString(), m.value.GetStringLength()) : std::string();
    if (!is_text || !domain::is_storable(value)) {
      body.complain("variables." + name, "must be a text of at most 4000 bytes");
    } else {
      out[name] = value;
    }
  }
  return out;
}

command_or_answer read_message(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    message_ticket m;
    m.kind = kind_in(body, "kind");
    m.attachment_id = id_in(body, "attachment_id").value_or(0);
    m.location = location_in(body);
    m.reply_to = body.text("reply_to").value_or("");
    m.to = body.text("to", 20).value_or("");
    if (!m.to.empty() && m.to != "customer" && m.to != "staff")
      body.complain("to", "must be one of customer, staff");
    read_words(body, m);
    check_together(body, m, "attachment_id");
    c.what = std::move(m);
  });
}

command_or_answer read_bridge_message(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    c.uid = body.required_text("ticketUid", 40);
    message_ticket m;
    m.answer_briefly = true;
    m.chat = body.text("chatId").value_or("");
    m.reply_to = body.text("replyToMessageId").value_or("");
    complain_about(body, "mediaUrl",
                   "is not fetched from here: upload the file to "
                   "/api/v1/tickets/{uid}/attachments and give its id as attachmentId");
    const std::string type = body.text("messageType", 20).value_or("text");
    if (type == "audio") {
      m.kind = send_kind::voice;
    } else if (type == "document") {
      m.kind = send_kind::file;
    } else if (type == "text" || type == "image" || type == "video") {
      m.kind = domain::send_kind_from(type);
    } else {
      body.complain("messageType", "must be one of text, image, video, audio, document");
    }
    m.attachment_id = id_in(body, "attachmentId").value_or(0);
    const bool is_text = !m.kind || *m.kind == send_kind::text;
    m.text = is_text ? body.required_text("content", domain::max_message_characters)
                     : body.text("content", max_caption_characters).value_or("");
    if (m.kind == send_kind::voice && !m.text.empty())
      body.complain("content", "is not shown with audio");
    check_together(body, m, "attachmentId");
    c.what = std::move(m);
  });
}

command_or_answer read_message_edit(const request_context& ctx) {
  return read(ctx, [&](body_reader& body, domain::ticket_command& c) {
    domain::act_on_message act;
    act.act = domain::message_act::edit;
    act.message_id = path_id(ctx);
    act.text = body.required_text("text", domain::max_message_characters);
    c.what = std::move(act);
  });
}

command_or_answer read_message_delete(const request_context& ctx) {
  domain::ticket_command c;
  c.what = domain::act_on_message{domain::message_act::erase, path_id(ctx), {}};
  return c;
}

command_or_answer read_reaction(const request_context& ctx) {
  return read(ctx, [&](body_reader& body, domain::ticket_command& c) {
    domain::act_on_message act;
    act.act = domain::message_act::react;
    act.message_id = path_id(ctx);
    const auto emoji = body.text("emoji");
    if (!emoji && body.problems().empty())
      body.complain("emoji", "is required; \"\" takes it away");
    act.text = emoji.value_or("");
    if (act.text.size() > max_emoji_bytes) body.complain("emoji", "must be one emoji");
    c.what = std::move(act);
  });
}

command_or_answer read_seen(const request_context&) {
  domain::ticket_command c;
  c.what = domain::signal_chat{send_kind::seen, false};
  return c;
}

command_or_answer read_typing(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    const auto on = body.boolean("on");
    if (!on && body.problems().empty()) body.complain("on", "is required: true or false");
    c.what = domain::signal_chat{send_kind::typing, on.value_or(false)};
  });
}

}  // namespace fibrehub::web::api
