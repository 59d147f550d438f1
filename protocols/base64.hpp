// Bytes as the text of RFC 4648, section 4, with padding: how JSON carries files.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::protocols {

void append_base64(std::string& out, std::string_view bytes);

}  // namespace fibrehub::protocols
