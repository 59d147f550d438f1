#include "web/api/ticket_bodies.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/commands/submit.hpp"
#include "web/api/body.hpp"

namespace fibrehub::web::api {
namespace {

namespace json = protocols::json;
using domain::field_input;

constexpr std::size_t max_reason_characters = 2000;
constexpr std::size_t max_note_characters = 20'000;

field_input input_of(const json::value& v) {
  using kind = field_input::kind;
  if (v.IsString()) return {kind::text, {v.GetString(), v.GetStringLength()}, {}};
  if (v.IsBool()) return {kind::boolean, v.GetBool() ? "true" : "false", {}};
  if (v.IsNumber()) return {kind::number, json::to_text(v), {}};
  if (v.IsObject()) return {kind::object, json::to_text(v), {}};
  if (!v.IsArray()) return {};
  field_input out{kind::words, {}, {}};
  for (const auto& item : v.GetArray()) {
    if (!item.IsString()) return {kind::object, {}, {}};  // refused wherever words are wanted
    out.words.emplace_back(item.GetString(), item.GetStringLength());
  }
  return out;
}

/// Every member that is a field of tickets; the others are left for `refuse_unknown`.
domain::given_fields fields_of(body_reader& body) {
  domain::given_fields out;
  if (!body.object()) return out;
  for (const auto& m : body.object()->GetObject()) {
    const std::string_view name(m.name.GetString(), m.name.GetStringLength());
    const domain::field_def* def = domain::find_field(name);
    if (!def) continue;
    body.member(name);
    out.items.emplace_back(def->id, input_of(m.value));
  }
  return out;
}

std::optional<std::int32_t> version_of(body_reader& body) {
  const auto version = body.integer("version", 1, 2'000'000'000);
  if (!version) return std::nullopt;
  return static_cast<std::int32_t>(*version);
}

std::string reason_of(body_reader& body) {
  return body.text("reason", max_reason_characters).value_or("");
}

/// Reads the body with `fill(body, command)` and refuses it as a whole.
template <class F>
command_or_answer read(const request_context& ctx, F&& fill) {
  body_reader body(ctx);
  domain::ticket_command command;
  command.version = version_of(body);
  fill(body, command);
  if (auto refused = body.refusal(ctx)) return tl::unexpected(std::move(*refused));
  return command;
}

domain::ticket_status status_in(body_reader& body, std::string_view field) {
  const std::string name = body.required_text(field, 40);
  const auto status = domain::ticket_status_from(name);
  if (!status && !name.empty())
    body.complain(field,
                  fmt::format("must be one of {}", fmt::join(domain::ticket_status_names(), ", ")));
  return status.value_or(domain::ticket_status::new_);
}

constexpr std::int64_t max_id = std::numeric_limits<std::int64_t>::max();

domain::assign_ticket assignment_in(body_reader& body) {
  domain::assign_ticket out;
  const auto id = [&](std::string_view field) -> std::optional<std::int64_t> {
    const auto value = body.integer(field, 1, max_id);
    if (body.is_null(field)) return 0;
    return value;
  };
  out.user = id("assigned_to");
  out.team = id("assigned_team");
  out.reason = reason_of(body);
  return out;
}

command_or_answer read_link_body(const request_context& ctx, bool remove) {
  return read(ctx, [&](body_reader& body, domain::ticket_command& c) {
    domain::link_ticket link;
    link.other = body.required_text("ticket_uid", 40);
    link.kind = body.text("kind", 40).value_or("related");
    link.remove = remove;
    c.what = std::move(link);
  });
}

/// The one change a bulk request wants made to each ticket.
std::optional<domain::ticket_command> bulk_change(body_reader& body) {
  domain::ticket_command out;
  int wanted = 0;
  if (const auto* v = body.member("status")) {
    ++wanted;
    body_reader part(*v, "status");
    domain::move_ticket move{status_in(part, "to"), reason_of(part)};
    part.refuse_unknown();
    for (const field_problem& p : part.problems())
      body.complain(p.field, p.reason);
    out.what = std::move(move);
  }
  if (const auto* v = body.member("assign")) {
    ++wanted;
    body_reader part(*v, "assign");
    out.what = assignment_in(part);
    part.refuse_unknown();
    for (const field_problem& p : part.problems())
      body.complain(p.field, p.reason);
  }
  if (const auto* v = body.member("edit")) {
    ++wanted;
    body_reader part(*v, "edit");
    out.what = domain::edit_ticket{fields_of(part)};
    part.refuse_unknown();
    for (const field_problem& p : part.problems())
      body.complain(p.field, p.reason);
  }
  if (const auto tags = body.texts("add_tags", 50, 50)) {
    ++wanted;
    out.what = domain::tag_ticket{*tags, {}};
  }
  if (const auto tags = body.texts("remove_tags", 50, 50)) {
    if (auto* also = std::get_if<domain::tag_ticket>(&out.what)) {
      also->remove = *tags;
    } else {
      ++wanted;
      out.what = domain::tag_ticket{{}, *tags};
    }
  }
  if (wanted == 1) return out;
  body.complain("status", "give exactly one of status, assign, edit, add_tags/remove_tags");
  return std::nullopt;
}

}  // namespace

domain::given_fields ticket_fields_in(body_reader& body) {
  return fields_of(body);
}

command_or_answer read_create(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    c.what = domain::create_ticket{fields_of(body)};
    c.version.reset();
  });
}

command_or_answer read_edit(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    c.what = domain::edit_ticket{fields_of(body)};
  });
}

command_or_answer read_move(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    domain::move_ticket move{status_in(body, "status"), reason_of(body)};
    c.what = std::move(move);
  });
}

command_or_answer read_assign(const request_context& ctx) {
  return read(ctx,
              [](body_reader& body, domain::ticket_command& c) { c.what = assignment_in(body); });
}

command_or_answer read_claim(const request_context& ctx) {
  return read(ctx,
              [](body_reader&, domain::ticket_command& c) { c.what = domain::claim_ticket{}; });
}

command_or_answer read_note(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    domain::note_ticket note;
    note.body = body.required_text("body", max_note_characters);
    note.internal = body.boolean("internal").value_or(true);
    c.what = std::move(note);
  });
}

command_or_answer read_link(const request_context& ctx) {
  return read_link_body(ctx, false);
}

command_or_answer read_unlink(const request_context& ctx) {
  return read_link_body(ctx, true);
}

command_or_answer read_merge(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    c.what = domain::merge_ticket{body.required_text("into", 40), reason_of(body)};
  });
}

command_or_answer read_split(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    c.what = domain::split_ticket{body.required_text("message_id", 255),
                                  body.text("title", 255).value_or("")};
  });
}

command_or_answer read_delete(const request_context& ctx) {
  return read(ctx, [](body_reader& body, domain::ticket_command& c) {
    c.what = domain::delete_ticket{reason_of(body)};
  });
}

tl::expected<std::vector<domain::ticket_command>, response> read_bulk(const request_context& ctx) {
  body_reader body(ctx);
  const auto uids = body.texts("tickets", store::max_bulk_commands, 40);
  if (!uids && body.problems().empty()) body.complain("tickets", "is required");
  if (uids && uids->empty()) body.complain("tickets", "must name at least one ticket");
  const auto change = bulk_change(body);
  if (auto refused = body.refusal(ctx)) return tl::unexpected(std::move(*refused));
  std::vector<domain::ticket_command> out;
  for (const std::string& uid : *uids) {
    out.push_back(*change);
    out.back().uid = uid;
  }
  return out;
}

}  // namespace fibrehub::web::api
