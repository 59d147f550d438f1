// Every limit of the HTTP server, with its default.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "web/http_head.hpp"
#include "web/request_limits.hpp"

namespace fibrehub::web {

struct tls_files {
  std::string certificate_file;
  std::string key_file;
};

struct server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any free one
  std::optional<tls_files> tls;
  std::vector<std::string> trusted_proxies;  // whose X-Forwarded-For is believed

  head_limits head;                                   // 16 KB, 100 headers, 8 KB of address
  std::size_t body_bytes = std::size_t{1024} * 1024;  // routes may say otherwise
  std::size_t discard_bytes =
      std::size_t{64} * 1024;  // unwanted body read to keep a connection usable
  // The next takes the place of the one that is idle longest, or is told 503 where all are at work.
  std::size_t max_connections = 1024;
  request_rates rates;            // of callers and addresses
  std::size_t max_refusals = 64;  // of those at once; beyond, just closed

  std::chrono::milliseconds request_timeout{30'000};    // first byte to last byte of a request
  std::chrono::milliseconds idle_timeout{75'000};       // between requests
  std::chrono::milliseconds idle_grace{1'000};          // before another may have its place
  std::chrono::milliseconds handshake_timeout{10'000};  // TLS
  std::chrono::milliseconds write_timeout{30'000};      // without the peer reading anything
  std::size_t min_write_bytes_per_s =
      std::size_t{8} * 1024;                        // and on the whole no slower than this
  std::chrono::milliseconds linger_timeout{2'000};  // for the peer to read a refusal
};

}  // namespace fibrehub::web
