// The columns of a clock's row that hold more than one value. For .cpp files of this folder only.
#pragma once

#include <string>
#include <vector>

#include "domain/sla/evaluate.hpp"

namespace fibrehub::store {

/// Of "begin:end begin:0", microseconds; an end of 0 is not there yet.
std::vector<domain::sla::pause> pauses_from(const char* text);

/// "level:epoch:recorded …", as the column holds them.
std::vector<domain::sla::level_mark> marks_from(const char* text);
std::string marks_text(const std::vector<domain::sla::level_mark>& marks);

/// The highest level that is recorded, or 0.
int recorded_level(const std::vector<domain::sla::level_mark>& marks);

/// Of "7500 9000"; empty: the usual ones.
std::vector<int> levels_from(const char* text);
/// The usual levels are not written down.
std::string levels_text(const std::vector<int>& levels_bp);

}  // namespace fibrehub::store
