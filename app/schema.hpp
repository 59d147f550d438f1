// Every setting of the program: the hub's own and those of each kind of channel.
#pragma once

#include "config/setting.hpp"

namespace fibrehub::app {

config::schema program_schema();

}  // namespace fibrehub::app
