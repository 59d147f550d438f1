// A parameter of a route described once: the check before the handler and the API description both
// come from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web {

enum class value_type { string, integer, number, boolean, date_time };
enum class place { query, path };

struct parameter {
  std::string name{};
  place in = place::query;
  value_type type = value_type::string;
  std::string text{};                  // for the reader of the API description
  bool required = false;               // path parameters always are
  bool list = false;                   // several values: repeated, or separated by commas
  std::vector<std::string> allowed{};  // the only values there are, when not empty
  std::optional<std::int64_t> min{};   // of a number; of a text's length in bytes
  std::optional<std::int64_t> max{};
  std::string fallback{};  // what an absent parameter means, for the description
};

/// What is wrong with one value, as a phrase that follows the parameter's name; nothing when it
/// fits.
std::optional<std::string> value_problem(const parameter& p, std::string_view value);

/// Every problem of the request's path and query values against their descriptions: unknown,
/// missing, given twice, of the wrong form.
std::vector<field_problem> parameter_problems(const std::vector<parameter>& described,
                                              const request_context& ctx);

}  // namespace fibrehub::web
