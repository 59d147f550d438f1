// Finding drop numbers in what people write: `DR1730654`, `dr 1730654`, `DR-1730654`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::domain {

/// Digits of every drop number in `text`, in order of appearance, without repeats.
/// `DR` must start a word; a separator (one space or hyphen) is taken for a typing habit only
/// before four digits or more, so that "Dr 5" stays a doctor. At most 12 digits; leading zeros are
/// kept.
std::vector<std::string> find_drop_numbers(std::string_view text);

/// The digits of a text that is one drop number and nothing else, with or without `DR` (any case,
/// one space or hyphen after it): 1 to 12 digits, leading zeros kept.
std::optional<std::string> drop_number_from(std::string_view text);

}  // namespace fibrehub::domain
