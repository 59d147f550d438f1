// The settings that every hub has, whatever channels it is built with.
#pragma once

#include "config/setting.hpp"

namespace fibrehub::config {

/// [hub], [web], [store], [log].
schema core_sections();

}  // namespace fibrehub::config
