// How urgent and how important something is makes its priority.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::domain {

/// The pair of urgency and importance as one priority; `matrix` may be replaced by configuration.
class priority_matrix {
 public:
  static priority_matrix defaults();
  /// Sixteen names: urgency critical to low, importance critical to low within each.
  static tl::expected<priority_matrix, std::string> parse(std::span<const std::string> names);
  std::string_view of(std::string_view urgency, std::string_view importance) const;

 private:
  std::array<std::string_view, 16> cells_{};
};

}  // namespace fibrehub::domain
