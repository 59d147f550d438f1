// One spelling of a JSON value, so that two snapshots of a case can be compared by a hash whatever
// the order of their members.
#pragma once

#include <array>
#include <string>

#include "protocols/json/parse.hpp"

namespace fibrehub::channels::qcontact {

/// Compact, members sorted by name, NUL characters dropped (PostgreSQL's jsonb cannot hold them).
std::string canonical_json(const protocols::json::value& v);

using sha256_digest = std::array<unsigned char, 32>;
sha256_digest sha256(std::string_view bytes);

/// The first `bytes` of a digest in lower-case hexadecimal.
std::string hex_prefix(const sha256_digest& digest, std::size_t bytes);

}  // namespace fibrehub::channels::qcontact
