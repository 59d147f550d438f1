// The table of contents of a ZIP file, read strictly. Programs disagree about what a strange ZIP
// contains, and that is how things are smuggled past a check: so here everything has to say the
// same, the end record, the directory and the header in front of each entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "protocols/files/refusal.hpp"

namespace fibrehub::protocols::files {

struct zip_entry {
  std::string name;          // the bytes as they stand there, mostly ASCII or UTF-8
  std::uint64_t offset = 0;  // of its local header, from the start of the file
  std::uint64_t end = 0;     // of its packed data
};

/// APPNOTE 6.3.10, sections 4.3.6 to 4.3.16 and 4.5.3 (ZIP64). The entries, ordered by offset.
/// Refused, with `what` ("The DOCX document") in the sentence: more than `max_entries`; encryption;
/// names that are absolute, contain "..", backslashes or control characters; links and devices;
/// and as damaged anything else that is unusual in a document: several disks, bytes before the
/// first entry or after the end record, methods other than stored and deflated, two entries of one
/// name (upper or lower case), entries that overlap, local headers that contradict the directory.
tl::expected<std::vector<zip_entry>, refusal> read_zip_directory(std::string_view bytes,
                                                                 std::size_t max_entries,
                                                                 std::string_view what);

/// ASCII letters in lower case; the names in documents are compared without regard to case.
std::string ascii_lower(std::string_view text);

}  // namespace fibrehub::protocols::files
