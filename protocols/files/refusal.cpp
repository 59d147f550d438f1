#include "protocols/files/refusal.hpp"

#include <fmt/format.h>

namespace fibrehub::protocols::files {

std::string_view name_of(refusal_code code) {
  switch (code) {
    case refusal_code::empty:
      return "empty";
    case refusal_code::too_large:
      return "too_large";
    case refusal_code::type_not_allowed:
      return "type_not_allowed";
    case refusal_code::wrong_content:
      return "wrong_content";
    case refusal_code::damaged:
      return "damaged";
    case refusal_code::too_many_pixels:
      return "too_many_pixels";
    case refusal_code::unpacks_too_large:
      return "unpacks_too_large";
    case refusal_code::unsafe_entries:
      return "unsafe_entries";
    case refusal_code::encrypted:
      return "encrypted";
    case refusal_code::macros:
      return "macros";
    case refusal_code::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

tl::unexpected<refusal> refuse(refusal_code code, std::string message) {
  return tl::unexpected(refusal{code, std::move(message)});
}

tl::unexpected<refusal> refuse_damaged(std::string_view what) {
  return refuse(
      refusal_code::damaged,
      fmt::format("{} is damaged or cut off. Open it, save it again and attach the new file.",
                  what));
}

}  // namespace fibrehub::protocols::files
