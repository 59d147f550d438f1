// The JSON schemas of reference data, made from the declarations of its kinds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "domain/reference.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace fibrehub::web::api {
namespace {

using domain::column_type;
using domain::reference_column;
using domain::reference_declaration;

/// "ReferenceQaPhotoReview" for "QA photo review".
std::string schema_name(const reference_declaration& d) {
  std::string out = "Reference";
  bool begins = true;
  for (char c : d.name) {
    if (c != '_') out += begins && c >= 'a' ? static_cast<char>(c - 32) : c;
    begins = c == '_';
  }
  return out.substr(0, out.size() - 1);  // without the plural's s
}

void raw(json_writer& w, std::string_view json) {
  w.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", text);
}

/// What a caller may send in this column.
std::string input_type(const reference_column& c) {
  const std::string_view or_null = c.required ? "" : R"(,"null")";
  switch (c.type) {
    case column_type::number:
      return fmt::format(R"("type":["number","string","null"],"minimum":{},"maximum":{})", c.min,
                         c.max);
    case column_type::archived:
      return R"("type":["boolean","null"])";
    case column_type::words:
    case column_type::users:
      return fmt::format(
          R"("type":["array","string","null"],"items":{{"type":"string","maxLength":{}}},"maxItems":{})",
          c.max, domain::max_list_items);
    case column_type::choice: {
      std::vector<std::string> names;
      for (std::string_view n : c.choices)
        names.push_back(quoted(n));
      return fmt::format(R"("enum":[{}])", fmt::join(names, ","));
    }
    case column_type::drop:
      return R"("type":["string","integer"])";
    case column_type::date:
      return fmt::format(R"("type":["string"{}],"format":"date")", or_null);
    case column_type::time:
      return fmt::format(R"("type":["string"{}],"format":"date-time")", or_null);
    default:
      return fmt::format(R"("type":["string"{}],"maxLength":{})", or_null, c.max);
  }
}

/// What the hub answers in this column.
std::string output_type(const reference_column& c) {
  switch (c.type) {
    case column_type::number:
      return R"("type":["number","null"])";
    case column_type::archived:
      return R"("type":"boolean")";
    case column_type::words:
    case column_type::users:
      return R"("type":"array","items":{"type":"string"})";
    case column_type::drop:
      return R"("type":"string","pattern":"^[0-9]{1,12}$")";
    default:
      return c.required && c.type == column_type::text ? R"("type":"string")" : input_type(c);
  }
}

void write_example(json_writer& w, const reference_column& c) {
  switch (c.type) {
    case column_type::number:
    case column_type::archived:
      w.RawValue(c.example.data(), c.example.size(), rapidjson::kNumberType);
      return;
    case column_type::words:
    case column_type::users: {
      w.StartArray();
      std::string_view items = c.example;
      while (!items.empty()) {
        const std::size_t end = std::min(items.find(domain::list_separator), items.size());
        write_string(w, items.substr(0, end));
        items.remove_prefix(std::min(end + 1, items.size()));
      }
      w.EndArray();
      return;
    }
    default:
      write_string(w, c.example);
  }
}

void write_row_example(json_writer& w, const reference_declaration& d) {
  w.StartObject();
  for (const reference_column& c : d.columns) {
    write_key(w, c.name);
    write_example(w, c);
  }
  w.EndObject();
}

template <class F>
std::string json_text(F&& write) {
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  std::forward<F>(write)(w);
  return {buffer.GetString(), buffer.GetSize()};
}

void write_property(json_writer& w, const reference_column& c, const std::string& type) {
  write_key(w, c.name);
  raw(w, fmt::format(R"({{{},"description":{}}})", type,
                     json_text([&](json_writer& d) { write_string(d, c.text); })));
}

/// A row as it is sent: only the code is required, as what is not given stays as it is.
std::string row_schema(const reference_declaration& d) {
  return json_text([&](json_writer& w) {
    w.StartObject();
    text_field(w, "type", "object");
    text_field(w, "description", d.text);
    w.Key("required");
    raw(w, fmt::format("[{}]", quoted(d.columns.front().name)));
    w.Key("additionalProperties");
    w.Bool(false);
    w.Key("properties");
    w.StartObject();
    for (const reference_column& c : d.columns)
      write_property(w, c, input_type(c));
    w.EndObject();
    w.Key("examples");
    w.StartArray();
    write_row_example(w, d);
    w.EndArray();
    w.EndObject();
  });
}

std::string view_schema(const reference_declaration& d) {
  return json_text([&](json_writer& w) {
    w.StartObject();
    text_field(w, "type", "object");
    text_field(w, "description", d.text);
    w.Key("properties");
    w.StartObject();
    w.Key("id");
    raw(w, R"({"type":"integer","description":"What tickets refer to"})");
    for (const reference_column& c : d.columns)
      write_property(w, c, output_type(c));
    if (d.kind == domain::reference_kind::qa_photo_reviews) {
      w.Key("ticket_uid");
      raw(w, R"({"type":["string","null"],"description":"The ticket it has raised"})");
    } else {
      w.Key("archived_at");
      raw(w, R"({"type":["string","null"],"format":"date-time"})");
    }
    w.Key("updated_at");
    raw(w, R"({"type":"string","format":"date-time"})");
    w.EndObject();
    w.EndObject();
  });
}

std::string any_of(std::string_view suffix) {
  std::vector<std::string> refs;
  for (const reference_declaration& d : domain::reference_declarations())
    refs.push_back(
        fmt::format(R"({{"$ref":"#/components/schemas/{}{}"}})", schema_name(d), suffix));
  return fmt::format(R"({{"anyOf":[{}]}})", fmt::join(refs, ","));
}

std::string kind_names() {
  std::vector<std::string> names;
  for (const reference_declaration& d : domain::reference_declarations())
    names.push_back(quoted(d.name));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string bulk_schema() {
  const std::string example = json_text([](json_writer& w) {
    w.StartObject();
    w.Key("rows");
    w.StartArray();
    write_row_example(w, domain::declaration_of(domain::reference_kind::drops));
    w.EndArray();
    w.Key("dry_run");
    w.Bool(true);
    w.EndObject();
  });
  return fmt::format(
      R"({{"type":"object","required":["rows"],"additionalProperties":false,"properties":{{)"
      R"("rows":{{"type":"array","minItems":1,"maxItems":1000,"items":{}}},)"
      R"("dry_run":{{"type":"boolean","default":false,"description":"Do everything, keep nothing"}},)"
      R"("raise_tickets":{{"type":"boolean","default":true,)"
      R"("description":"False: failed photo reviews raise no tickets, for history that was dealt with"}}}},)"
      R"("examples":[{}]}})",
      any_of("Row"), example);
}

constexpr const char* counts =
    R"("created":{"type":"integer"},"updated":{"type":"integer"},"unchanged":{"type":"integer"},)"
    R"("failed":{"type":"integer"},"tickets_raised":{"type":"integer"},)";

constexpr const char* result_row =
    R"({"type":"object","required":["index","code","result"],"properties":{)"
    R"("index":{"type":"integer","description":"Place in the request's rows, from 0"},)"
    R"("code":{"type":"string"},"result":{"enum":["created","updated","unchanged","error"]},)"
    R"("ticket_uid":{"type":"string","description":"The ticket this failed review has raised"},)"
    R"("problems":{"type":"array","description":"Of an error","items":{"type":"object",)"
    R"("required":["field","reason"],"properties":{"field":{"type":"string"},"reason":{"type":"string"}}}}}})";

constexpr const char* result_example =
    R"({"kind":"qa_photo_reviews","dry_run":false,"created":1,"updated":0,"unchanged":0,"failed":1,"tickets_raised":1,)"
    R"("rows":[{"index":0,"code":"QA-2025-0815","result":"created","ticket_uid":"DR1730654-01"},)"
    R"({"index":1,"code":"QA-2025-0816","result":"error","problems":[)"
    R"({"field":"drop","reason":"is not known: there is no drop \"1739999\""}]}]})";

constexpr const char* named =
    R"({"type":["object","null"],"properties":{"id":{"type":"integer"},"code":{"type":"string"},"name":{"type":"string"}}})";

std::string lookup_schema() {
  return fmt::format(
      R"({{"type":"object","properties":{{"drop_number":{{"type":"string"}},"archived":{{"type":"boolean"}},)"
      R"("project":{0},"zone":{{"type":["string","null"]}},"address":{{"type":["string","null"]}},)"
      R"("pole":{{"type":["object","null"],"properties":{{"id":{{"type":"integer"}},"code":{{"type":"string"}}}}}},)"
      R"("pon":{{"type":["string","null"]}},"install_date":{{"type":["string","null"],"format":"date"}},)"
      R"("contractor":{0},"client":{0},"latitude":{{"type":["number","null"]}},"longitude":{{"type":["number","null"]}},)"
      R"("qa_photo_reviews":{{"type":"array","maxItems":20,"description":"The latest ones","items":{{"type":"object","properties":{{)"
      R"("code":{{"type":"string"}},"outcome":{{"enum":["passed","failed"]}},"reason":{{"type":["string","null"]}},)"
      R"("reviewer":{{"type":["string","null"]}},"reviewed_at":{{"type":"string","format":"date-time"}},)"
      R"("ticket_uid":{{"type":["string","null"]}}}}}}}},)"
      R"("open_tickets":{{"type":"array","maxItems":50,"description":"Those the caller may see","items":{{"type":"object","properties":{{)"
      R"("ticket_uid":{{"type":"string"}},"title":{{"type":"string"}},"status":{{"type":"string"}},"priority":{{"type":"string"}},)"
      R"("created_at":{{"type":"string","format":"date-time"}}}}}}}}}},"examples":[{1}]}})",
      named,
      R"({"drop_number":"DR1730654","archived":false,"project":{"id":3,"code":"LAWLEY-2","name":"Lawley Phase 2"},)"
      R"("zone":"Zone A","address":"213 Vygie Crescent","pole":{"id":12,"code":"P-4521"},"pon":"PON-07",)"
      R"("install_date":"2025-03-14","contractor":{"id":2,"code":"SPLICE-CO","name":"Splice & Co"},"client":null,)"
      R"("latitude":-26.2041,"longitude":28.0473,"qa_photo_reviews":[{"code":"QA-2025-0815","outcome":"failed",)"
      R"("reason":"The cable is not clamped at the pole","reviewer":"Lerato M.","reviewed_at":"2025-12-01T09:30:00Z",)"
      R"("ticket_uid":"DR1730654-01"}],"open_tickets":[{"ticket_uid":"DR1730654-01",)"
      R"("title":"Photo review failed: The cable is not clamped at the pole","status":"new","priority":"medium",)"
      R"("created_at":"2025-12-01T10:00:00Z"}]})");
}

}  // namespace

schema_registry reference_schemas() {
  schema_registry out;
  for (const reference_declaration& d : domain::reference_declarations()) {
    out[schema_name(d)] = view_schema(d);
    out[schema_name(d) + "Row"] = row_schema(d);
  }
  out["ReferenceRow"] = any_of("");
  out["ReferenceBulk"] = bulk_schema();
  out["ReferencePage"] = fmt::format(
      R"({{"type":"object","properties":{{"kind":{{"enum":[{}]}},"rows":{{"type":"array","items":)"
      R"({{"$ref":"#/components/schemas/ReferenceRow"}}}},"pagination":{{"$ref":"#/components/schemas/Pagination"}}}}}})",
      kind_names());
  out["ReferenceBulkResult"] = fmt::format(
      R"({{"type":"object","required":["kind","dry_run","rows"],"properties":{{"kind":{{"enum":[{}]}},)"
      R"("dry_run":{{"type":"boolean"}},{}"rows":{{"type":"array","items":{}}}}},"examples":[{}]}})",
      kind_names(), counts, result_row, result_example);
  out["DropLookup"] = lookup_schema();
  return out;
}

}  // namespace fibrehub::web::api
