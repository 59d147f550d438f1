// The whole hub put together: database, actors under their supervisors, web server; started and
// stopped in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "config/values.hpp"

namespace fibrehub::app {

class hub {
 public:
  /// `on_failure` is called from any thread when the hub cannot go on by itself.
  hub(config::values values, std::function<void()> on_failure);
  ~hub();
  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;

  /// The error is one sentence for the operator; what was started is stopped again.
  tl::expected<void, std::string> start();
  /// What a hub with these values would answer at /api/openapi.json; nothing is started.
  static tl::expected<std::string, std::string> description(config::values values);
  /// Where the API answers: "http://127.0.0.1:8080".
  std::string address() const;
  /// Takes over a renewed certificate.
  void reload();
  /// Stops accepting, then channels, then the store, within the configured time. True: all in
  /// order.
  bool stop();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace fibrehub::app
