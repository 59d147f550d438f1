// How a channel that receives webhooks offers its address without knowing the web server, and how
// the web server serves it without knowing the channel.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "store/inbox.hpp"

namespace fibrehub::actors {

/// One delivery as it arrived: header names in lower case, body untouched.
struct webhook_request {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer_address;
  domain::instant received_at{};

  /// The value of a header (name in lower case), or empty.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

/// Not authentic or not acceptable: answered with this status, nothing is stored.
struct webhook_rejection {
  unsigned status = 401;
  std::string code;     // "invalid_signature"
  std::string message;  // says what to do about it
};

/// Pure and quick: verifies the raw bytes, then maps them. Runs on the io thread.
using webhook_receiver =
    std::function<std::variant<webhook_rejection, store::ingest>(webhook_request&&)>;

struct webhook_endpoint {
  std::string path;                  // "/api/v1/wa-bridge/webhook"
  std::vector<std::string> aliases;  // other paths that answer the same
  std::string summary;               // for the API description
  std::size_t body_limit_bytes = std::size_t{5} * 1024 * 1024;
  unsigned retry_after_s = 60;  // told to the sender while the store is away
  webhook_receiver receive;
};

}  // namespace fibrehub::actors
