// The engine's own record of a message, which WAHA passes through as `_data`.
#pragma once

#include <string>
#include <string_view>

#include "peers/waha_model.hpp"

namespace fibrehub::peers {

std::string raw_data(waha_engine engine, const chat_message& m, const account& me);
std::string raw_edit_data(waha_engine engine, const edit_event& e, const account& me);
std::string raw_revoke_data(waha_engine engine, const edit_event& e, const account& me);
/// WEBJS's word for the kind: "chat", "image", "ptt", "document", …
std::string_view raw_type(const chat_message& m);

}  // namespace fibrehub::peers
