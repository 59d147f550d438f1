// Requests that make tickets through the API, as a dispatcher's programs would: a title, a
// description, a drop whose facts the hub fills in, tags, urgency and importance.
#pragma once

#include <vector>

#include "bench/load/request_source.hpp"

namespace fibrehub::bench {

struct ticket_options {
  std::string host_header;
  std::string path;
  std::string token;
  std::uint32_t drops = 1000;
  std::uint64_t seed = 1;
};

class ticket_source final : public request_source {
 public:
  explicit ticket_source(ticket_options options) : options_(std::move(options)) {}

  void prepare(std::size_t count) override;
  std::size_t made_late() const override { return made_late_; }
  std::string_view request(std::size_t position) override;
  std::uint32_t message(std::size_t position) const override {
    return static_cast<std::uint32_t>(position);
  }
  std::string message_id(std::uint32_t message) const override;

 private:
  std::string make(std::size_t position) const;
  ticket_options options_;
  std::vector<std::string> requests_;
  std::size_t made_late_ = 0;
  bool preparing_ = false;
};

}  // namespace fibrehub::bench
