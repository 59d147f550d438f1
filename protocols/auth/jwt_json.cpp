#include "protocols/auth/jwt_json.hpp"

#include <algorithm>
#include <vector>

namespace fibrehub::protocols::auth {

bool is_plain_object(const json::value& v) {
  if (!v.IsObject() || v.MemberCount() > max_jwt_members) return false;
  std::vector<std::string_view> names;
  names.reserve(v.MemberCount());
  for (const auto& member : v.GetObject())
    names.emplace_back(member.name.GetString(), member.name.GetStringLength());
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

json::document parse_plain_object(std::string_view text) {
  // A zero byte would end the text for the parser, whatever came after it.
  if (text.find('\0') != std::string_view::npos) return {};
  auto parsed = json::parse(text, max_jwt_json_depth);
  if (!parsed || !is_plain_object(*parsed)) return {};
  return std::move(*parsed);
}

}  // namespace fibrehub::protocols::auth
