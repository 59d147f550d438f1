// Further fields of a ticket's type, declared by configuration: which there are, what they hold,
// and which must be given. Pure; the JSON they travel in is taken apart elsewhere.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "domain/ticket_fields.hpp"

namespace fibrehub::domain {

struct custom_field {
  enum class kind { text, number, boolean, date };
  std::string type;  // of the tickets that have it; empty: of all
  std::string name;
  kind holds = kind::text;
  bool required = false;
};

class custom_fields {
 public:
  /// Lines such as `fault.meter_reading: number, required` or `*.site_code: text`.
  static tl::expected<custom_fields, std::string> parse(std::span<const std::string> lines);

  /// True when nothing is declared: then anything may be given.
  bool empty() const { return fields_.empty(); }
  /// What is wrong with these members for a ticket of this type; nothing when they fit.
  std::optional<std::string> problem(std::string_view type,
                                     const std::map<std::string, field_input>& members) const;

 private:
  std::vector<custom_field> fields_;
};

}  // namespace fibrehub::domain
