// Decides whether a file that somebody sent may be kept and handed to others. Three opinions have
// to agree: the ending of the name, libmagic, and our own look at the container. What is refused
// says why in a sentence for the sender. Takes up to a second: for the blocking pool, not for io.
#pragma once

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

#include "protocols/files/file_kind.hpp"
#include "protocols/files/office_package.hpp"
#include "protocols/files/refusal.hpp"

namespace fibrehub::protocols::files {

struct check_limits {
  std::uint64_t max_bytes = 10ULL * 1024 * 1024;
  std::uint64_t max_pixels = 50'000'000;  // width × height
  unpack_limits unpack;
};

/// `name` is the sender's name for the file, best after `clean_file_name`; only its ending is used.
/// Every kind must start with its own first bytes, so nothing that starts as HTML or a program
/// passes, whatever follows.
tl::expected<file_kind, refusal> check_file(std::string_view bytes, std::string_view name,
                                            const check_limits& limits = {});

/// The same for an open file, which is read from its start to its end (memory: its size); the
/// descriptor's position stays. A file larger than `max_bytes` is not read.
tl::expected<file_kind, refusal> check_open_file(int descriptor, std::string_view name,
                                                 const check_limits& limits = {});

}  // namespace fibrehub::protocols::files
