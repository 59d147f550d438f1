#include "config/format_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/parse_value.hpp"
#include "config/units.hpp"

namespace fibrehub::config {

std::string in_quotes(std::string_view text) {
  std::string out{"\""};
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte == 127) {
          out += fmt::format("\\u{:04x}", byte);
        } else {
          out += c;
        }
      }
    }
  }
  return out + '"';
}

std::string display(kind type, std::int64_t number) {
  if (type == kind::duration) return format_duration(number);
  if (type == kind::size) return format_size(number);
  return std::to_string(number);
}

std::string bounds_of(const setting& declared) {
  switch (declared.type) {
    case kind::integer:
    case kind::duration:
    case kind::size:
      return fmt::format("{} to {}", display(declared.type, declared.min),
                         display(declared.type, declared.max));
    case kind::choice:
      return fmt::format("{}", fmt::join(declared.allowed, ", "));
    case kind::boolean:
      return "true, false";
    case kind::list:
    case kind::secret_list:
      return fmt::format("at most {}", declared.max);
    default:
      return {};
  }
}

std::string to_toml(const setting& declared, const value& v) {
  if (const auto* number = std::get_if<std::int64_t>(&v)) {
    const auto shown = display(declared.type, *number);
    return declared.type == kind::integer ? shown : in_quotes(shown);
  }
  if (const auto* flag = std::get_if<bool>(&v)) return *flag ? "true" : "false";
  const auto shown = [&](const std::string& text) {
    const bool is_hidden = is_secret(declared.type) && !text.empty() && !is_reference(text);
    return in_quotes(is_hidden ? mask : std::string_view{text});
  };
  if (const auto* text = std::get_if<std::string>(&v)) return shown(*text);
  std::string out{"["};
  for (const auto& text : std::get<std::vector<std::string>>(v)) {
    if (out.size() > 1) out += ", ";
    out += shown(text);
  }
  return out + "]";
}

}  // namespace fibrehub::config
