// Requests that read: paths out of a list, asked for in an order that follows from the seed.
#pragma once

#include <vector>

#include "bench/load/request_source.hpp"

namespace fibrehub::bench {

struct read_options {
  std::string host_header;
  std::string token;
  std::vector<std::string> paths;  // with their queries, encoded
  std::uint64_t seed = 1;
};

class read_source final : public request_source {
 public:
  /// Needs one path at least.
  explicit read_source(const read_options& options);

  void prepare(std::size_t) override {}
  std::size_t made_late() const override { return 0; }
  std::string_view request(std::size_t position) override;
  std::uint32_t message(std::size_t position) const override {
    return static_cast<std::uint32_t>(position);
  }
  std::string message_id(std::uint32_t message) const override { return std::to_string(message); }

 private:
  std::vector<std::string> requests_;  // one for each path
  std::uint64_t seed_;
};

/// The lines of a file that are not empty.
std::vector<std::string> read_paths(const std::string& file);

}  // namespace fibrehub::bench
