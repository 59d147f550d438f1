// Looks into DOCX and XLSX, which are ZIP files: that they are documents and not just archives,
// that they carry no macros, and that they do not unpack to gigabytes. Everything is unpacked,
// counted and thrown away, for the sizes written in a ZIP are what its maker wanted them to be.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocols/files/file_kind.hpp"
#include "protocols/files/refusal.hpp"

namespace fibrehub::protocols::files {

struct unpack_limits {
  std::size_t max_entries = 2000;
  std::uint64_t max_bytes = 200ULL * 1024 * 1024;  // unpacked, all entries together
  std::uint64_t max_ratio = 100;                   // unpacked to file size …
  std::uint64_t free_bytes = 1024ULL * 1024;       // … looked at when more than this is unpacked
};

/// Office Open XML (ECMA-376-2, 10): "[Content_Types].xml" and XML parts under word/ or xl/ on the
/// outermost level (an archive with a document inside is no document), and a content type that says
/// the same. Macros are looked for by file name (vbaProject.bin, macro sheets) and by content type,
/// since the name of that part may be anything. `kind` is docx or xlsx. At most `max_bytes` are
/// unpacked, about a second of work; entries inside entries are never opened.
verdict check_office_package(std::string_view bytes, file_kind kind, const unpack_limits& limits);

}  // namespace fibrehub::protocols::files
