// What a session's engine and version can do, as far as sending needs to know.
#pragma once

#include <string>
#include <string_view>

namespace fibrehub::channels::waha {

/// A message may be named by whoever sends it: NOWEB and GOWS, from 2026.4.3 on. What is unknown
/// cannot.
bool takes_message_ids(std::string_view engine, std::string_view version);

/// A name as WhatsApp's own clients make them: `3EB0` and 20 random hexadecimal digits.
std::string new_message_id();

/// True when version `a` ("2026.4.3") is `b` or later; a version that cannot be read is earlier
/// than all.
bool is_at_least(std::string_view a, std::string_view b);

}  // namespace fibrehub::channels::waha
