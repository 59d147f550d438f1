// Where the TrueType fonts of a PDF are: Debian's folders hold them, nothing is linked in.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace fibrehub::protocols::pdf {

struct font_files {
  std::string regular;
  std::string bold;
};

/// The given files, or (when both are empty) the first pair that is installed; a bold font that is
/// not given or not there is replaced by the regular one. The error says what to do. Looks at the
/// disk.
tl::expected<font_files, std::string> find_fonts(const font_files& given);

}  // namespace fibrehub::protocols::pdf
