// Decides whether a file that came through a chat may be kept. Phones name their files badly or not
// at all and call them what they like, so only the content decides what a file is; what is not
// recognised is not kept. Takes up to a second: for the blocking pool, not for io.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocols/files/file_checks.hpp"

namespace fibrehub::protocols::files {

struct chat_file {
  std::string content_type;  // what it is served as
  std::string ending;        // "jpg", without the dot
};

/// Everything tickets carry (file_kind.hpp), checked as strictly, and what phones make besides:
/// WEBP pictures and stickers, 3GP videos, and M4A, MP3, AAC and AMR sound. Each must start with
/// its own first bytes and be that to libmagic too; programs, HTML, SVG and archives never pass.
tl::expected<chat_file, refusal> check_chat_file(std::string_view bytes,
                                                 const check_limits& limits = {});

/// What a file is called: the sender's name, cleaned, or `fallback`; it ends in `ending`, whatever
/// the sender's name ends in.
std::string chat_file_name(std::string_view given, std::string_view fallback,
                           std::string_view ending);

}  // namespace fibrehub::protocols::files
