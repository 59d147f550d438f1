// Small files that are what they claim to be: a JPEG, an OGG/Opus voice note, a PDF.
#pragma once

#include <string>
#include <string_view>

#include "peers/waha_model.hpp"

namespace fibrehub::peers {

/// The file behind a message; different for every `mark`, the same every time it is asked for.
std::string media_bytes(content kind, std::string_view mark);
std::string_view media_mimetype(content kind);
std::string_view media_extension(content kind);

}  // namespace fibrehub::peers
