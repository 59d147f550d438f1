// What libmagic thinks bytes are: the opinion of a second reader, besides our own look at the
// container. It sees only the beginning, with its parsers of archives and programs switched off.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::protocols::files {

/// A media type like "image/png" ("application/octet-stream" when it cannot tell), or nothing when
/// libmagic cannot work here. Looks at the first 128 KB. Callable from any thread; the first call
/// of a thread loads the database (about a millisecond).
std::optional<std::string> magic_type(std::string_view bytes);

}  // namespace fibrehub::protocols::files
