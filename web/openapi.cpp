#include "web/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "web/openapi_examples.hpp"

namespace fibrehub::web {
namespace {

void raw(json_writer& w, std::string_view json) {
  w.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

void string_member(json_writer& w, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  write_key(w, key);
  write_string(w, value);
}

void write_schema(json_writer& w, const std::string& schema) {
  if (schema.empty()) {
    w.StartObject();
    w.EndObject();
  } else if (schema.front() == '{') {
    raw(w, schema);
  } else {
    raw(w, fmt::format(R"({{"$ref":"#/components/schemas/{}"}})", schema));
  }
}

std::string_view type_name(value_type t) {
  switch (t) {
    case value_type::integer:
      return "integer";
    case value_type::number:
      return "number";
    case value_type::boolean:
      return "boolean";
    case value_type::string:
    case value_type::date_time:
      break;
  }
  return "string";
}

void write_fallback(json_writer& w, const parameter& p) {
  if (p.fallback.empty()) return;
  w.Key("default");
  if (p.type == value_type::string || p.type == value_type::date_time || p.list) {
    write_string(w, p.fallback);
  } else {
    raw(w, p.fallback);
  }
}

void write_value_schema(json_writer& w, const parameter& p) {
  const bool text = p.type == value_type::string;
  w.StartObject();
  string_member(w, "type", type_name(p.type));
  if (p.type == value_type::date_time) string_member(w, "format", "date-time");
  if (!p.allowed.empty()) {
    w.Key("enum");
    w.StartArray();
    for (const auto& v : p.allowed)
      write_string(w, v);
    w.EndArray();
  }
  if (p.min) {
    w.Key(text ? "minLength" : "minimum");
    w.Int64(*p.min);
  }
  if (p.max) {
    w.Key(text ? "maxLength" : "maximum");
    w.Int64(*p.max);
  }
  if (!p.list) write_fallback(w, p);
  w.EndObject();
}

void write_parameter(json_writer& w, const parameter& p) {
  w.StartObject();
  string_member(w, "name", p.name);
  string_member(w, "in", p.in == place::path ? "path" : "query");
  string_member(w, "description", p.text);
  w.Key("required");
  w.Bool(p.required || p.in == place::path);
  w.Key("schema");
  if (p.list) {
    w.StartObject();
    string_member(w, "type", "array");
    w.Key("items");
    write_value_schema(w, p);
    w.EndObject();
    string_member(w, "style", "form");
    w.Key("explode");
    w.Bool(false);
  } else {
    write_value_schema(w, p);
  }
  w.EndObject();
}

/// Errors wear the same envelope everywhere.
constexpr std::string_view error_content =
    R"({"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}})";

std::string json_text(const std::function<void(json_writer&)>& write) {
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  write(w);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string enveloped(const std::string& schema) {
  return fmt::format(R"({{"type":"object","required":["success","data"],"properties":)"
                     R"({{"success":{{"const":true}},"data":{}}}}})",
                     json_text([&](json_writer& w) { write_schema(w, schema); }));
}

/// A schema and what it looks like, in a body or an answer.
void write_media_type(json_writer& w, example_book& examples, std::string_view content_type,
                      const std::string& schema, bool in_envelope) {
  write_key(w, content_type);
  const std::string described =
      in_envelope ? enveloped(schema) : json_text([&](json_writer& s) { write_schema(s, schema); });
  raw(w, fmt::format(R"({{"schema":{}{}}})", described, examples.members_for(schema, in_envelope)));
}

void write_answer(json_writer& w, example_book& examples, const answer_description& a) {
  write_key(w, std::to_string(a.status));
  w.StartObject();
  w.Key("description");
  write_string(w, a.text.empty() ? "Done" : std::string_view{a.text});
  if (a.schema.empty() && a.status >= 400) {
    w.Key("content");
    raw(w, error_content);
  } else if (!a.schema.empty()) {
    w.Key("content");
    w.StartObject();
    write_media_type(w, examples, a.content_type, a.schema, a.enveloped);
    for (const auto& [content_type, schema] : a.others)
      write_media_type(w, examples, content_type, schema, false);
    w.EndObject();
  }
  w.EndObject();
}

const std::map<unsigned, std::string_view>& error_texts() {
  static const std::map<unsigned, std::string_view> texts{
      {400, "The request is malformed; `details` names the field"},
      {401, "No token, or one that is unknown, expired or revoked"},
      {403, "The token lacks the scope; the message names it"},
      {404, "No such thing, or not yours to see"},
      {413, "The body is larger than this address takes"},
      {415, "The body is of another media type"},
      {429, "Too many failed sign-ins from this address; Retry-After says when to come back"},
      {500, "A fault of ours; the log has it under the request id"},
      {503, "The database is away or overloaded; Retry-After says when to come back"}};
  return texts;
}

std::set<unsigned> error_statuses(const route& r) {
  std::set<unsigned> out{500, 503};
  if (!r.parameters.empty() || r.body) out.insert(400);
  if (r.auth.what != auth_requirement::kind::none) out.insert({401, 403, 429});
  if (!pattern_parameters(r.path).empty()) out.insert(404);
  if (r.verb == method::post || r.verb == method::put || r.verb == method::patch) out.insert(413);
  if (r.body) out.insert(415);
  return out;
}

void write_responses(json_writer& w, example_book& examples, const route& r) {
  auto errors = error_statuses(r);
  w.Key("responses");
  w.StartObject();
  for (const auto& a : r.answers) {
    write_answer(w, examples, a);
    errors.erase(a.status);
  }
  if (r.answers.empty()) raw((w.Key("200"), w), R"({"description":"Done"})");
  for (const unsigned status : errors) {
    write_key(w, std::to_string(status));
    raw(w, fmt::format(R"({{"$ref":"#/components/responses/Error{}"}})", status));
  }
  w.EndObject();
}

bool writes(const route& r) {
  return r.verb == method::post || r.verb == method::put || r.verb == method::patch ||
         r.verb == method::delete_;
}

bool takes_key(const route& r) {
  return writes(r) && r.no_key.empty();
}

std::string description_of(const route& r) {
  if (!writes(r) || r.no_key.empty()) return r.description;
  return fmt::format("{}{}An Idempotency-Key does nothing here: {}.", r.description,
                     r.description.empty() ? "" : " ", r.no_key);
}

void write_operation(json_writer& w, example_book& examples, const route& r,
                     std::string_view operation_id) {
  w.StartObject();
  string_member(w, "operationId", operation_id);
  string_member(w, "summary", r.summary);
  string_member(w, "description", description_of(r));
  if (operation_id != r.operation_id) {
    w.Key("deprecated");
    w.Bool(true);
  }
  if (!r.tag.empty()) {
    w.Key("tags");
    w.StartArray();
    write_string(w, r.tag);
    w.EndArray();
  }
  if (!r.parameters.empty() || takes_key(r)) {
    w.Key("parameters");
    w.StartArray();
    if (takes_key(r)) raw(w, R"({"$ref":"#/components/parameters/IdempotencyKey"})");
    for (const auto& p : r.parameters)
      write_parameter(w, p);
    w.EndArray();
  }
  if (r.body) {
    w.Key("requestBody");
    w.StartObject();
    string_member(w, "description", r.body->text);
    w.Key("required");
    w.Bool(r.body->required);
    w.Key("content");
    w.StartObject();
    write_media_type(w, examples, r.body->content_type, r.body->schema, false);
    for (const auto& [type, schema] : r.body->others)
      write_media_type(w, examples, type, schema, false);
    w.EndObject();
    w.EndObject();
  }
  w.Key("security");
  if (r.auth.what == auth_requirement::kind::none) {
    raw(w, "[]");
  } else {
    // Scopes of bearer tokens may be named here since OpenAPI 3.1.
    const bool optional = r.auth.what == auth_requirement::kind::bearer_if_shown;
    raw(w, optional               ? std::string{R"([{"token":[]},{"session":[]},{}])"}
           : r.auth.scope.empty() ? std::string{R"([{"token":[]},{"session":[]}])"}
                                  : fmt::format(R"([{{"token":["{}"]}}])", r.auth.scope));
  }
  write_responses(w, examples, r);
  w.EndObject();
}

std::string lower_name(method m) {
  std::string out{name_of(m)};
  for (char& c : out)
    c = static_cast<char>(c + 32);
  return out;
}

/// An alias is described as a deprecated operation with a numbered id.
void write_paths(json_writer& w, example_book& examples, const routing_table& table) {
  struct entry {
    const route* what;
    std::string id;
  };
  std::map<std::string, std::map<std::string, entry>> paths;
  for (const auto& r : table.routes()) {
    paths[r.path][lower_name(r.verb)] = {&r, r.operation_id};
    for (std::size_t i = 0; i < r.aliases.size(); ++i)
      paths[r.aliases[i]][lower_name(r.verb)] = {&r, fmt::format("{}_{}", r.operation_id, i + 2)};
  }
  w.Key("paths");
  w.StartObject();
  for (const auto& [path, operations] : paths) {
    write_key(w, path);
    w.StartObject();
    for (const auto& [verb, e] : operations) {
      write_key(w, verb);
      write_operation(w, examples, *e.what, e.id);
    }
    w.EndObject();
  }
  w.EndObject();
}

constexpr std::string_view error_schema =
    R"({"type":"object","required":["success","error"],"properties":{"success":{"const":false},)"
    R"("error":{"type":"object","required":["code","message","details","request_id"],"properties":{)"
    R"("code":{"type":"string"},"message":{"type":"string"},"details":{"type":"array","items":)"
    R"({"type":"object","required":["field","reason"],"properties":{"field":{"type":"string"},)"
    R"("reason":{"type":"string"}}}},"request_id":{"type":"string"}}}}})";

constexpr std::string_view key_parameter =
    R"({"name":"Idempotency-Key","in":"header","required":false,"description":"A request repeated )"
    R"(with its key within 24 hours is answered as before and done once; with another body it is )"
    R"(refused","schema":{"type":"string","minLength":1,"maxLength":200,"pattern":"^[!-~]+$"},)"
    R"("example":"6f1c2d1e-5a57-4c0e-9a60-0d7c8f2b9c11"})";

/// Of the common answers, those that some route gives; a description may have no idle parts.
std::set<unsigned> common_errors(const routing_table& table) {
  std::set<unsigned> used;
  for (const auto& r : table.routes()) {
    auto errors = error_statuses(r);
    for (const auto& a : r.answers)
      errors.erase(a.status);
    used.merge(errors);
  }
  return used;
}

void write_components(json_writer& w, const example_book& examples, const routing_table& table,
                      const schema_registry& schemas) {
  w.Key("components");
  w.StartObject();
  w.Key("securitySchemes");
  raw(w,
      R"({"token":{"type":"http","scheme":"bearer","bearerFormat":"fh_<id>_<secret>",)"
      R"("description":"An API token with scopes read, write, admin or inbound:<source>; or the )"
      R"(session token of a person, fhs_…; or a JWT of the identity provider"},)"
      R"("session":{"type":"apiKey","in":"cookie","name":"__Host-fibrehub","description":)"
      R"("A person's browser. What changes something needs X-CSRF-Token, too"}})");
  if (std::any_of(table.routes().begin(), table.routes().end(), takes_key)) {
    w.Key("parameters");
    raw(w, fmt::format(R"({{"IdempotencyKey":{}}})", key_parameter));
  }
  w.Key("schemas");
  w.StartObject();
  w.Key("Error");
  raw(w, examples.schema_with_example("Error", std::string{error_schema}));
  for (const auto& [name, schema] : schemas) {
    write_key(w, name);
    raw(w, examples.schema_with_example(name, schema));
  }
  w.EndObject();
  w.Key("examples");
  w.StartObject();
  for (const auto& [name, example] : examples.components()) {
    write_key(w, name);
    raw(w, example);
  }
  w.EndObject();
  w.Key("responses");
  w.StartObject();
  const auto used = common_errors(table);
  for (const auto& [status, text] : error_texts()) {
    if (!used.contains(status)) continue;
    write_key(w, fmt::format("Error{}", status));
    w.StartObject();
    string_member(w, "description", text);
    w.Key("content");
    raw(w, error_content);
    w.EndObject();
  }
  w.EndObject();
  w.EndObject();
}

}  // namespace

std::string openapi_document(const routing_table& table, const api_info& info,
                             const schema_registry& schemas,
                             const example_registry& known_examples) {
  example_book examples(schemas, known_examples);
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  w.StartObject();
  string_member(w, "openapi", "3.1.0");
  w.Key("info");
  w.StartObject();
  string_member(w, "title", info.title);
  string_member(w, "version", info.version);
  string_member(w, "description", info.description);
  w.EndObject();
  std::map<std::string, std::string> tags;
  for (const auto& r : table.routes()) {
    const auto known = info.tags.find(r.tag);
    if (!r.tag.empty()) tags[r.tag] = known == info.tags.end() ? "" : known->second;
  }
  w.Key("tags");
  w.StartArray();
  for (const auto& [name, text] : tags) {
    w.StartObject();
    string_member(w, "name", name);
    string_member(w, "description", text);
    w.EndObject();
  }
  w.EndArray();
  write_paths(w, examples, table);
  write_components(w, examples, table, schemas);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

route openapi_route(std::function<std::string()> document) {
  route r;
  r.path = "/api/openapi.json";
  r.operation_id = "openapi";
  r.summary = "This description";
  r.tag = "meta";
  r.answers = {{200, "The OpenAPI document",
                R"({"type":"object","examples":[{"openapi":"3.1.0"}]})", "application/json",
                false}};
  r.handle = [document =
                  std::move(document)](request_context&) -> boost::asio::awaitable<response> {
    response out;
    out.body = document();
    co_return out;
  };
  return r;
}

}  // namespace fibrehub::web
