// Finding drop numbers in what people write: `DR1730654`, `dr 1730654`, `DR-1730654`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::domain {

/// Digits of every drop number in `text`, in order of appearance, without repeats.
/// `DR` must start a word; a separator (one space or hyphen) is taken for a typing habit only
/// before four digits or more, so that "Dr 5" stays a doctor. At most 12 digits; leading zeros are
/// kept.
std::vector<std::string> find_drop_numbers(std::string_view text);

}  // namespace fibrehub::domain
