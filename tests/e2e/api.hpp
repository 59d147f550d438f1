// The JSON API as a program uses it.
#pragma once

#include <string>

#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"

namespace fibrehub::e2e {

/// One request at /api/v1`path`; a body is JSON.
inline http_answer ask_api(std::uint16_t port, const std::string& bearer, const char* verb,
                           const std::string& path, const std::string& body = "",
                           http_headers more = {}) {
  more.emplace_back("Authorization", "Bearer " + bearer);
  if (!body.empty()) more.emplace_back("Content-Type", "application/json");
  return fetch(port, verb, "/api/v1" + path, body, more);
}

/// A member of the answer's data, a text or a number; empty when there is none.
inline std::string field_of(const http_answer& answer, const char* name) {
  const auto document = protocols::json::parse(answer.body);
  const auto* data = document ? protocols::json::find(*document, "data") : nullptr;
  return data ? std::string(protocols::json::text_or_number(*data, name)) : "";
}

}  // namespace fibrehub::e2e
