// The name under which a download is saved, in a header that no name can break out of.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::web {

/// `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266, RFC 8187). The first form has `_` for
/// what is not plain ASCII and is left alone by whoever knows the second, which is there only when
/// it differs.
std::string attachment_disposition(std::string_view utf8_name);

}  // namespace fibrehub::web
