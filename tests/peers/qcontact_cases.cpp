#include "peers/qcontact_cases.hpp"

#include <charconv>

#include "peers/json_writer.hpp"
#include "peers/support.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

const std::vector<std::string> case_statuses{"Open", "In Progress", "Pending", "Resolved",
                                             "Closed"};
const std::vector<std::string> case_priorities{"Low", "Medium", "High", "Urgent"};

namespace {

constexpr std::size_t page_limit_max = 200;

bool contains(const std::vector<std::string>& known, std::string_view value) {
  return std::find(known.begin(), known.end(), value) != known.end();
}

std::string value_text(const json::value& v) {
  if (v.IsString()) return {v.GetString(), v.GetStringLength()};
  return v.IsNull() ? std::string{} : json::to_text(v);
}

/// Fields compare as times, as numbers or as text, whichever they are.
int compare(std::string_view field, const std::string& left, const std::string& right) {
  if (field == "created_at" || field == "updated_at") {
    const auto a = parse_iso_s(left);
    const auto b = parse_iso_s(right);
    return a < b ? -1 : static_cast<int>(a > b);
  }
  if (field == "id") {
    const auto a = std::strtoll(left.c_str(), nullptr, 10);
    const auto b = std::strtoll(right.c_str(), nullptr, 10);
    return a < b ? -1 : static_cast<int>(a > b);
  }
  return left.compare(right);
}

struct condition {
  std::string field;
  std::string op;
  std::vector<std::string> values;

  bool holds(const maintenance_case& c) const {
    const std::string have = c.text(field);
    if (op == "in") {
      return std::any_of(values.begin(), values.end(),
                         [&](const auto& v) { return compare(field, have, v) == 0; });
    }
    const int order = compare(field, have, values.front());
    if (op == "=") return order == 0;
    if (op == ">=") return order >= 0;
    if (op == ">") return order > 0;
    return order <= 0;
  }
};

tl::expected<condition, std::string> read_condition(const json::value& given) {
  condition c{
      std::string(json::text(given, "field")), std::string(json::text(given, "operator")), {}};
  if (c.field.empty()) return tl::unexpected(std::string("filter without a field"));
  const auto* value = json::find(given, "value");
  if (value == nullptr) {
    return tl::unexpected(fmt::format("filter on {} has no value", c.field));
  }
  if (c.op == "in") {
    if (!value->IsArray()) return tl::unexpected(std::string("operator in needs a list"));
    for (const auto& v : value->GetArray())
      c.values.push_back(value_text(v));
    return c;
  }
  if (c.op != "=" && c.op != ">=" && c.op != ">" && c.op != "<=") {
    return tl::unexpected(fmt::format("unknown operator \"{}\"", c.op));
  }
  const bool time = c.field == "created_at" || c.field == "updated_at";
  c.values.push_back(value_text(*value));
  if (time && parse_iso_s(c.values.front()) < 0) {
    return tl::unexpected(fmt::format("{} must be an ISO 8601 time", c.field));
  }
  return c;
}

tl::expected<std::vector<condition>, std::string> read_conditions(const json::value& query) {
  std::vector<condition> conditions;
  const auto* filters = json::find(query, "filters");
  if (filters == nullptr) return conditions;
  if (!filters->IsArray()) return tl::unexpected(std::string("filters must be a list"));
  for (const auto& given : filters->GetArray()) {
    auto c = read_condition(given);
    if (!c) return tl::unexpected(c.error());
    conditions.push_back(std::move(*c));
  }
  return conditions;
}

void sort_cases(std::vector<const maintenance_case*>& cases, const json::value& query) {
  std::string field = "created_at";
  bool ascending = false;
  if (const auto* sort = json::find(query, "sort"); sort != nullptr && sort->IsObject()) {
    field = std::string(json::text(*sort, "field"));
    ascending = json::text(*sort, "order") == "asc";
  }
  // Ties keep the order of ids, which says nothing about which was changed first.
  std::stable_sort(cases.begin(), cases.end(), [&](const auto* a, const auto* b) {
    const int order = compare(field, a->text(field), b->text(field));
    return ascending ? order < 0 : order > 0;
  });
}

}  // namespace

std::string maintenance_case::text(std::string_view field) const {
  if (field == "id") return fmt::format("{}", id);
  if (field == "created_at") return iso_seconds(created_s);
  if (field == "updated_at") return iso_seconds(updated_s);
  const auto at = fields.find(std::string(field));
  return at == fields.end() ? std::string{} : at->second;
}

case_store::case_store() = default;

maintenance_case& case_store::create(std::map<std::string, std::string> fields, std::int64_t at_s) {
  maintenance_case c;
  c.id = next_id_++;
  c.fields = std::move(fields);
  c.created_s = at_s;
  c.updated_s = at_s;
  const auto id = c.id;
  return cases_.emplace(id, std::move(c)).first->second;
}

maintenance_case* case_store::find(std::int64_t id) {
  const auto at = cases_.find(id);
  return at == cases_.end() ? nullptr : &at->second;
}

void case_store::change(maintenance_case& c, const std::map<std::string, std::string>& fields,
                        std::string_view by, std::int64_t at_s) {
  for (const auto& [name, value] : fields) {
    std::string& slot = c.fields[name];
    if (slot == value) continue;
    c.changes.push_back({name, slot, value, std::string(by), at_s});
    slot = value;
  }
  c.updated_s = std::max(c.updated_s, at_s);
}

void case_store::comment(maintenance_case& c, case_comment comment) {
  c.updated_s = std::max(c.updated_s, comment.at_s);
  c.comments.push_back(std::move(comment));
}

tl::expected<case_page, std::string> case_store::filter(const json::value& query) const {
  const auto conditions = read_conditions(query);
  if (!conditions) return tl::unexpected(conditions.error());
  std::vector<const maintenance_case*> found;
  for (const auto& [id, c] : cases_) {
    const bool matches = std::all_of(conditions->begin(), conditions->end(),
                                     [&](const condition& each) { return each.holds(c); });
    if (matches) found.push_back(&c);
  }
  sort_cases(found, query);
  case_page page;
  page.total = found.size();
  const auto offset = static_cast<std::size_t>(
      std::max<std::int64_t>(0, json::integer(query, "offset").value_or(0)));
  const auto wanted = json::integer(query, "limit").value_or(50);
  const auto limit =
      std::min(page_limit_max, static_cast<std::size_t>(std::max<std::int64_t>(0, wanted)));
  for (std::size_t i = offset; i < found.size() && i - offset < limit; ++i) {
    page.items.push_back(found[i]);
  }
  return page;
}

tl::expected<void, std::string> case_store::patch(maintenance_case& c, const json::value& body,
                                                  std::string_view author, std::int64_t at_s) {
  if (!body.IsObject()) return tl::unexpected(std::string("body must be an object"));
  std::map<std::string, std::string> fields;
  std::vector<case_comment> added;
  for (const auto& member : body.GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    const std::string value = value_text(member.value);
    if (name == "id" || name == "created_at" || name == "updated_at") continue;  // read only
    if (name == "status" && !contains(case_statuses, value)) {
      return tl::unexpected(fmt::format("status: \"{}\" is not one of the options", value));
    }
    if (name == "priority" && !contains(case_priorities, value)) {
      return tl::unexpected(fmt::format("priority: \"{}\" is not one of the options", value));
    }
    if (name == "comment" || name == "comments") {
      const json::value* given = &member.value;
      const bool list = given->IsArray();
      const rapidjson::SizeType count = list ? given->Size() : 1;
      for (rapidjson::SizeType i = 0; i < count; ++i) {
        const json::value& one = list ? (*given)[i] : *given;
        const bool open = !one.IsObject() || json::boolean(one, "public", true);
        std::string said = one.IsObject() ? std::string(json::text(one, "body")) : value_text(one);
        added.push_back({std::string(author), std::move(said), open, at_s});
      }
      continue;
    }
    fields[name] = value;
  }
  change(c, fields, "api", at_s);
  for (auto& each : added)
    comment(c, std::move(each));
  return {};
}

std::string case_json(const maintenance_case& c, bool with_changes) {
  json_writer w;
  w.object().field("id", c.id);
  for (const auto& [name, value] : c.fields)
    w.text_or_null(name, value);
  w.field("created_at", iso_seconds(c.created_s)).field("updated_at", iso_seconds(c.updated_s));
  w.key("comments").array();
  std::int64_t number = 0;
  for (const auto& each : c.comments) {
    w.object().field("id", c.id * 1000 + ++number).field("author", each.author);
    w.field("body", each.body).field("public", each.is_public);
    w.field("created_at", iso_seconds(each.at_s)).end_object();
  }
  w.end_array();
  if (with_changes) {
    w.key("changes").array();
    for (const auto& each : c.changes) {
      w.object().field("field", each.field).field("old", each.old_value);
      w.field("new", each.new_value).field("by", each.by);
      w.field("at", iso_seconds(each.at_s)).end_object();
    }
    w.end_array();
  }
  return w.end_object().text();
}

std::string page_json(const case_page& page) {
  json_writer w;
  w.object().key("items").array();
  for (const auto* c : page.items)
    w.raw(case_json(*c));
  return w.end_array().field("total", page.total).end_object().text();
}

std::string case_schema_json() {
  json_writer w;
  const auto plain = [&](std::string_view name, std::string_view type, bool read_only) {
    w.object().field("name", name).field("type", type).field("read_only", read_only).end_object();
  };
  const auto choice = [&](std::string_view name, const std::vector<std::string>& options) {
    w.object().field("name", name).field("type", "select").field("read_only", false);
    w.key("options").array();
    for (const auto& option : options)
      w.value(option);
    w.end_array().end_object();
  };
  w.object().field("name", "Case").key("fields").array();
  plain("id", "integer", true);
  for (const auto* name :
       {"subject", "description", "queue", "assigned_to", "customer_name", "customer_phone",
        "customer_email", "address", "drop_number", "channel", "external_reference"}) {
    plain(name, "string", false);
  }
  choice("status", case_statuses);
  choice("priority", case_priorities);
  plain("comments", "list", false);
  plain("created_at", "datetime", true);
  plain("updated_at", "datetime", true);
  w.end_array().key("relationships").array().end_array();
  return w.end_object().text();
}

}  // namespace fibrehub::peers
