// One body in, one line of JSON out: the reading of channels/waha by hand.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "channels/waha/answers/failure.hpp"

namespace fibrehub::app {

/// The event of a delivery. The error is one line: the field and the reason.
tl::expected<std::string, std::string> parse_waha_delivery(std::string_view body);

/// An answer of the REST interface. A body that is no JSON is an error unless the status of HTTP
/// says that the call failed.
tl::expected<std::string, std::string> parse_waha_answer(
    std::string_view body, const channels::waha::call_context& context);

/// JSON text over several lines.
std::string indented(const std::string& json);

}  // namespace fibrehub::app
