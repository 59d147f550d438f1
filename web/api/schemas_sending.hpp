// Parts of the schemas of what is sent.
#pragma once

#include <string>

namespace fibrehub::web::api {

/// The members of an object that tells how a message is doing.
std::string delivery_members();

}  // namespace fibrehub::web::api
