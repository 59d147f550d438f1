// Reading a JSON body field by field: what is unknown, missing, of the wrong type or too long is
// collected and refused by name, all of it at once.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/json/parse.hpp"
#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web::api {

class body_reader {
 public:
  /// Parses the request's body, which has to be one JSON object.
  explicit body_reader(const request_context& ctx);
  /// Reads an object inside another body; problems are named `<prefix>.<field>`.
  body_reader(const protocols::json::value& object, std::string prefix);

  /// Each marks the field as known. Absent and null are nothing; `required_…` complain about them.
  std::optional<std::string> text(std::string_view field, std::size_t max_characters = 255);
  std::string required_text(std::string_view field, std::size_t max_characters = 255);
  std::optional<std::int64_t> integer(std::string_view field, std::int64_t min, std::int64_t max);
  std::optional<bool> boolean(std::string_view field);
  std::optional<std::vector<std::string>> texts(std::string_view field, std::size_t max_items,
                                                std::size_t max_characters = 100);
  std::optional<std::vector<std::int64_t>> integers(std::string_view field, std::size_t max_items);
  /// The raw member, or null when it is absent.
  const protocols::json::value* member(std::string_view field);
  bool has(std::string_view field) const;
  /// Present and null: "set it to nothing".
  bool is_null(std::string_view field) const;
  const protocols::json::value* object() const { return object_; }

  void complain(std::string_view field, std::string reason);
  const std::vector<field_problem>& problems() const { return problems_; }
  /// Complains about every field nobody asked for.
  void refuse_unknown();

  /// The 400 answer when anything is wrong (unknown fields included), or nothing.
  std::optional<response> refusal(const request_context& ctx);

 private:
  const protocols::json::value* find(std::string_view field);
  protocols::json::document document_;
  const protocols::json::value* object_ = nullptr;
  std::string prefix_;
  std::string broken_;  // why there is no object at all
  std::set<std::string, std::less<>> known_;
  std::vector<field_problem> problems_;
};

}  // namespace fibrehub::web::api
