// A page of agreements as the API shows it. For .cpp files that read them only.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "store/pq.hpp"
#include "store/sla/config.hpp"

namespace fibrehub::store {

/// Rows whose first column is their id, one more than `limit` when there are more; or the one that
/// was asked for, which may be none.
template <class F>
std::optional<sla_answer> page_of(const pqxx::result& rows, bool one, std::int64_t limit,
                                  F&& json_of) {
  if (one && rows.empty()) return std::nullopt;
  std::string all;
  std::int64_t count = 0, last = 0;
  for (const auto& r : rows) {
    if (++count > limit) break;
    last = r[0].template as<std::int64_t>();
    all += (all.empty() ? "" : ",") + json_of(r);
  }
  if (one) return sla_answer{all};
  return sla_answer{fmt::format("[{}]", all), count > limit ? last : 0};
}

}  // namespace fibrehub::store
