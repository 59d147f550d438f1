// The line by which people of the hub are written to first: those nobody has a chat with yet.
#pragma once

#include <string>

namespace fibrehub::store {

struct wa_line {
  std::string channel;  // the bridge; empty: there is none
  std::string session = "default";
  std::string country_code = "27";
};

}  // namespace fibrehub::store
