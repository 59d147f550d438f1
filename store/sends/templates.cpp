#include "store/sends/templates.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "domain/wa_template.hpp"
#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

#define FIBREHUB_TEMPLATE                                                                          \
  "SELECT id, name, language, body, version, " FIBREHUB_SQL_US("created_at") ", " FIBREHUB_SQL_US( \
      "updated_at") ", updated_by FROM wa_templates"

constexpr sql select_template{"template_one",
                              FIBREHUB_TEMPLATE " WHERE id = $1::bigint AND deleted_at IS NULL"};
constexpr sql select_page{"template_page", FIBREHUB_TEMPLATE
                          " WHERE deleted_at IS NULL AND ($1 = '' OR name = $1) AND id < $2::bigint"
                          " ORDER BY id DESC LIMIT $3::bigint"};
constexpr sql select_named{"template_named", FIBREHUB_TEMPLATE
                           " WHERE name = $1 AND deleted_at IS NULL AND ($2 = ''"
                           " OR language = $2) ORDER BY language LIMIT 2"};
constexpr sql lock_template{
    "template_lock", FIBREHUB_TEMPLATE " WHERE id = $1::bigint AND deleted_at IS NULL FOR UPDATE"};
constexpr sql select_taken{"template_taken",
                           "SELECT 1 FROM wa_templates WHERE name = $1 AND language = $2 AND"
                           " deleted_at IS NULL AND id <> $3::bigint"};
constexpr sql insert_template{"template_insert",
                              "INSERT INTO wa_templates (id, name, language, body, version, "
                              "created_at, updated_at, updated_by)"
                              " VALUES ($1::bigint, $2, $3, $4, 1, " FIBREHUB_SQL_INSTANT(
                                  "$5::bigint") ", " FIBREHUB_SQL_INSTANT("$5::bigint") ", $6)"};
constexpr sql update_template{
    "template_update",
    "UPDATE wa_templates SET name = $2, language = $3, body = $4, version = version + 1, "
    "updated_at = " FIBREHUB_SQL_INSTANT("$5::bigint") ", updated_by = $6 WHERE id = $1::bigint"};
constexpr sql hide_template{"template_delete",
                            "UPDATE wa_templates SET deleted_at = " FIBREHUB_SQL_INSTANT(
                                "$2::bigint") " WHERE id = $1::bigint"};

constexpr sql select_notices{
    "template_notices",
    "SELECT DISTINCT ON (name) name, body FROM wa_templates WHERE name IN ('client_received',"
    " 'client_started', 'client_resolved', 'client_info_needed') AND deleted_at IS NULL ORDER BY "
    "name,"
    " language <> 'en', language"};

// What a ticket gives: names of what it refers to, and times as people of the hub read them.
#define FIBREHUB_LOCAL(column)                                          \
  "coalesce(to_char(" column                                            \
  " AT TIME ZONE coalesce(nullif(current_setting('fibrehub.time_zone'," \
  " true), ''), 'UTC'), 'DD Mon YYYY HH24:MI'), '')"
constexpr sql select_values{
    "template_values",
    "SELECT t.uid, t.title, t.status, t.priority, t.type, coalesce(c.name, ''), coalesce(p.name, ''),"
    " coalesce(t.contact_name, ''), coalesce(t.contact_phone, ''), coalesce(u.name, ''),"
    " coalesce(t.drop_number, ''), coalesce(t.address, ''), coalesce(t.zone, ''), "
    FIBREHUB_LOCAL("t.due_at") ", " FIBREHUB_LOCAL("t.scheduled_at") ", " FIBREHUB_LOCAL("t.created_at")
    " FROM tickets t LEFT JOIN clients c ON c.id = t.client_id LEFT JOIN projects p ON p.id ="
    " t.project_id LEFT JOIN users u ON u.id = t.assigned_to WHERE t.id = $1::bigint"};
constexpr const char* value_names[] = {
    "ticket.uid",    "ticket.title",  "ticket.status", "ticket.priority",
    "ticket.type",   "client.name",   "project.name",  "contact.name",
    "contact.phone", "assignee.name", "drop",          "address",
    "zone",          "due",           "scheduled",     "created"};

using values = std::map<std::string, std::string>;

error invalid(const std::string& field, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", field, why), "invalid_field"};
  out.fields.emplace_back(field, std::move(why));
  return out;
}

error no_such_template() {
  return {errc::not_found, "there is no such template", "not_found"};
}

template_view to_view(const pqxx::row& r) {
  template_view v;
  v.id = r[0].as<std::int64_t>();
  v.name = r[1].c_str();
  v.language = r[2].c_str();
  v.text = r[3].c_str();
  v.version = r[4].as<std::int32_t>();
  v.created_at = instant_of(r[5]);
  v.updated_at = instant_of(r[6]);
  v.updated_by = r[7].c_str();
  if (const auto form = domain::parse_template(v.text)) v.variables = domain::variables_of(*form);
  return v;
}

/// What is wrong with it, or nothing.
std::optional<error> objection(connection& db, pqxx::transaction_base& tx, std::int64_t id,
                               const std::string& name, const std::string& language,
                               const std::string& text) {
  if (!domain::is_template_name(name))
    return invalid("name", "must be small letters, digits, _ and -, at most 100");
  if (!domain::is_language(language)) return invalid("language", "must be like en or en-ZA");
  if (const auto form = domain::parse_template(text); !form)
    return invalid("text", fmt::format("line {}, column {}: {}", form.error().line,
                                       form.error().column, form.error().reason));
  if (!db.run(tx, select_taken, {{name, language, std::to_string(id)}, nullptr}).empty())
    return error{errc::conflict,
                 fmt::format("there is a template {} in {} already", name, language), "name_taken"};
  return std::nullopt;
}

std::string audit_detail(const std::string& name, const std::string& language,
                         const std::string& text, std::int32_t version) {
  return fmt::format(R"({{"name":{},"language":{},"text":{},"version":{}}})", json_string(name),
                     json_string(language), json_string(text), version);
}

write_outcome answer_of(connection& db, pqxx::transaction_base& tx, unsigned status,
                        std::int64_t id) {
  const pqxx::result rows = db.run(tx, select_template, {{std::to_string(id)}, nullptr});
  return write_answer{status, template_json(to_view(rows[0]))};
}

/// The one template that is meant.
tl::expected<std::string, error> text_of(connection& db, pqxx::transaction_base& tx,
                                         const std::string& name, const std::string& language) {
  const pqxx::result found = db.run(tx, select_named, {{name, language}, nullptr});
  if (found.empty())
    return tl::unexpected(invalid("template", language.empty()
                                                  ? "is no template there is"
                                                  : "is no template there is in " + language));
  if (found.size() > 1)
    return tl::unexpected(invalid("language", "is required: there are several of this template"));
  return std::string(found[0][3].c_str());
}

values values_of(connection& db, pqxx::transaction_base& tx, std::int64_t ticket_id,
                 const std::string& agent) {
  values out;
  const pqxx::result rows = db.run(tx, select_values, {{std::to_string(ticket_id)}, nullptr});
  if (rows.empty()) return out;
  pqxx::row::size_type column = 0;
  for (const char* name : value_names)
    out[name] = rows[0][column++].c_str();
  out["agent.name"] = agent;
  return out;
}

tl::expected<std::string, error> fill(const std::string& text, values known, const values& given) {
  const auto form = domain::parse_template(text);
  if (!form)
    return tl::unexpected(invalid("text", fmt::format("line {}, column {}: {}", form.error().line,
                                                      form.error().column, form.error().reason)));
  for (const auto& [name, value] : given) {
    if (!domain::is_template_variable(name))
      return tl::unexpected(invalid("variables." + name, "is no variable there is"));
    known[name] = value;
  }
  auto done = domain::render(*form, known);
  if (!done) {
    error out{errc::invalid, fmt::format("there is no value for {}", fmt::join(done.error(), ", ")),
              "missing_value"};
    for (const std::string& name : done.error())
      out.fields.emplace_back("variables." + name, "is required: the ticket does not give it");
    return tl::unexpected(std::move(out));
  }
  return domain::storable(*done, domain::max_message_bytes);
}

}  // namespace

std::string template_json(const template_view& v) {
  std::string variables;
  for (const std::string& name : v.variables)
    variables += (variables.empty() ? "" : ",") + json_string(name);
  return fmt::format(
      R"({{"id":{},"name":{},"language":{},"text":{},"variables":[{}],"version":{},"created_at":"{}","updated_at":"{}","updated_by":{}}})",
      v.id, json_string(v.name), json_string(v.language), json_string(v.text), variables, v.version,
      domain::to_rfc3339(v.created_at), domain::to_rfc3339(v.updated_at),
      json_string(v.updated_by));
}

std::optional<template_page> run(connection& db, const list_templates& request) {
  return db.transact([&](pqxx::work& tx) {
    template_page out;
    const auto before = request.before_id.value_or(std::numeric_limits<std::int64_t>::max());
    const pqxx::result rows = db.run(
        tx, select_page,
        {{request.name, std::to_string(before), std::to_string(request.limit + 1)}, nullptr});
    for (const auto& r : rows)
      out.items.push_back(to_view(r));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<template_view> run(connection& db, const get_template& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<template_view> {
    const pqxx::result rows = db.run(tx, select_template, {{std::to_string(request.id)}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_view(rows[0]);
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const create_template& request,
                  change_context& context) {
  if (auto no = objection(db, tx, 0, request.name, request.language, request.text))
    return tl::unexpected(std::move(*no));
  const std::int64_t id = context.next_id();
  db.run(tx, insert_template,
         {{std::to_string(id), request.name, request.language, request.text, us(context.origin.at),
           context.origin.by.name},
          nullptr});
  append_audit(db, tx, context.origin, "template.created", fmt::format("template:{}", id),
               audit_detail(request.name, request.language, request.text, 1));
  return answer_of(db, tx, 201, id);
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const edit_template& request,
                  change_context& context) {
  const pqxx::result held = db.run(tx, lock_template, {{std::to_string(request.id)}, nullptr});
  if (held.empty()) return tl::unexpected(no_such_template());
  template_view v = to_view(held[0]);
  if (request.version && *request.version != v.version)
    return tl::unexpected(
        error{errc::conflict, "somebody changed it meanwhile; read it again", "stale_version"});
  if (request.name) v.name = *request.name;
  if (request.language) v.language = *request.language;
  if (request.text) v.text = *request.text;
  if (auto no = objection(db, tx, v.id, v.name, v.language, v.text))
    return tl::unexpected(std::move(*no));
  db.run(tx, update_template,
         {{std::to_string(v.id), v.name, v.language, v.text, us(context.origin.at),
           context.origin.by.name},
          nullptr});
  append_audit(db, tx, context.origin, "template.updated", fmt::format("template:{}", v.id),
               audit_detail(v.name, v.language, v.text, v.version + 1));
  return answer_of(db, tx, 200, v.id);
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_template& request,
                  change_context& context) {
  const pqxx::result held = db.run(tx, lock_template, {{std::to_string(request.id)}, nullptr});
  if (held.empty()) return tl::unexpected(no_such_template());
  const template_view v = to_view(held[0]);
  db.run(tx, hide_template, {{std::to_string(v.id), us(context.origin.at)}, nullptr});
  append_audit(db, tx, context.origin, "template.deleted", fmt::format("template:{}", v.id),
               audit_detail(v.name, v.language, v.text, v.version));
  return write_answer{200, fmt::format(R"({{"id":{}}})", v.id)};
}

tl::expected<std::string, error> fill_template(connection& db, pqxx::transaction_base& tx,
                                               const domain::ticket_record& ticket,
                                               const domain::message_ticket& message,
                                               const write_origin& origin) {
  const auto text = text_of(db, tx, message.template_name, message.language);
  if (!text) return tl::unexpected(text.error());
  return fill(*text, values_of(db, tx, ticket.id, origin.by.name), message.variables);
}

std::optional<std::string> notice_texts::text_for(const std::string& name, std::int64_t ticket_id) {
  if (!texts_) {
    texts_.emplace();
    for (const auto& r : db_.run(tx_, select_notices))
      texts_->emplace(r[0].c_str(), r[1].c_str());
  }
  const auto text = texts_->find(name);
  if (text == texts_->end()) return std::nullopt;
  auto filled = fill(text->second, values_of(db_, tx_, ticket_id, {}), {});
  return filled ? std::optional(std::move(*filled)) : std::nullopt;
}

std::optional<preview_template::result> run(connection& db, const preview_template& request) {
  using outcome = std::optional<preview_template::result>;
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) -> outcome {
    sql_params params{{request.ticket_uid}, nullptr};
    std::string where = "t.uid = $1 AND t.deleted_at IS NULL";
    if (const std::string seen = visibility_condition(request.by, params); !seen.empty())
      where += " AND " + seen;
    const pqxx::result found = db.run_text(tx, "SELECT t.id FROM tickets t WHERE " + where, params);
    if (found.empty()) return std::nullopt;
    tl::expected<std::string, error> text =
        request.text ? *request.text : text_of(db, tx, request.name, request.language);
    if (text)
      text = fill(*text, values_of(db, tx, found[0][0].as<std::int64_t>(), request.by.name),
                  request.variables);
    if (!text) return preview_template::result(tl::unexpected(text.error()));
    return preview_template::result(template_preview{std::move(*text)});
  });
}

}  // namespace fibrehub::store
