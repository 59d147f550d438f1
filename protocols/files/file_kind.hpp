// The kinds of files a ticket may carry, and nothing else: a list of what is allowed does not age
// the way a list of what is forbidden does.
#pragma once

#include <optional>
#include <string_view>

namespace fibrehub::protocols::files {

enum class file_kind { jpeg, png, pdf, docx, xlsx, mp4, ogg };

/// "JPG", "PNG" … as people call them.
std::string_view name_of(file_kind kind);

/// What the file is served as: "image/jpeg" …
std::string_view content_type_of(file_kind kind);

/// The last ending of a name without its dot ("jpg"), as it was written; empty when there is none.
std::string_view ending_of(std::string_view name);

/// The kind that the ending promises, upper or lower case. Also .jpeg, and .oga, which is what
/// WhatsApp bridges call voice messages.
std::optional<file_kind> kind_by_ending(std::string_view name);

}  // namespace fibrehub::protocols::files
