#include "web/openapi_examples.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "protocols/json/parse.hpp"

namespace fibrehub::web {
namespace {

namespace json = protocols::json;

constexpr std::string_view reference_begins = R"({"$example":")";
constexpr std::string_view reference_ends = R"("})";

/// The first of a schema's own examples, or the only value it allows; empty: none.
std::string own_example(std::string_view schema) {
  const auto read = json::parse(schema);
  if (!read || !read->IsObject()) return {};
  const json::value* examples = json::find(*read, "examples");
  if (examples && examples->IsArray() && !examples->Empty()) return json::to_text((*examples)[0]);
  if (json::text(*read, "type") == "null") return "null";
  return {};
}

}  // namespace

example_book::example_book(const std::map<std::string, std::string>& schemas,
                           example_registry examples)
    : examples_(std::move(examples)) {
  for (const auto& [name, schema] : schemas) {
    std::string own = own_example(schema);
    if (own.empty()) continue;
    own_.insert(name);
    examples_[name] = std::move(own);
  }
  example_registry resolved;
  for (const auto& [name, text] : examples_) {
    std::set<std::string> above{name};
    resolved[name] = resolve(text, above);
  }
  examples_ = std::move(resolved);
}

std::string example_book::resolve(const std::string& text, std::set<std::string>& above) const {
  std::string out;
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = text.find(reference_begins, at);
    out += text.substr(at, begin - at);
    if (begin == std::string::npos) return out;
    const std::size_t named = begin + reference_begins.size();
    const std::size_t end = text.find(reference_ends, named);
    const std::string name = text.substr(named, end - named);
    const std::string* found = find(name);
    if (!found || !above.insert(name).second)
      throw std::logic_error(fmt::format("an example refers to {}, which is {}", name,
                                         found ? "part of itself" : "none"));
    out += resolve(*found, above);
    above.erase(name);
    at = end + reference_ends.size();
  }
}

const std::string* example_book::find(const std::string& name) const {
  const auto found = examples_.find(name);
  return found == examples_.end() ? nullptr : &found->second;
}

std::string example_book::schema_with_example(const std::string& name,
                                              const std::string& schema) const {
  const std::string* example = find(name);
  const std::size_t end = schema.rfind('}');
  if (!example || own_.contains(name) || end == std::string::npos) return schema;
  return fmt::format(R"({},"examples":[{}]}})", schema.substr(0, end), *example);
}

std::string example_book::members_for(const std::string& schema, bool enveloped) {
  const auto in_envelope = [&](const std::string& example) {
    return enveloped ? fmt::format(R"({{"success":true,"data":{}}})", example) : example;
  };
  if (schema.starts_with('{')) {
    const std::string example = own_example(schema);
    return example.empty() ? "" : fmt::format(R"(,"example":{})", in_envelope(example));
  }
  const std::string* example = find(schema);
  if (!example) return {};
  const std::string component = enveloped ? schema + "Answer" : schema;
  components_[component] = fmt::format(R"({{"value":{}}})", in_envelope(*example));
  return fmt::format(R"(,"examples":{{"{}":{{"$ref":"#/components/examples/{}"}}}})",
                     enveloped ? "answer" : "body", component);
}

}  // namespace fibrehub::web
