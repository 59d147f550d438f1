// Reading the review queue: authentic input a person has to look at, with the raw bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/time.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

struct review_view {
  std::int64_t id = 0;
  std::string reason, detail, state, source, channel, event, ext_id, headers_json;
  std::string body;  // raw, at most `body_limit` bytes
  std::int64_t body_bytes = 0;
  domain::instant created_at{};
};

struct review_page {
  std::vector<review_view> items;
  std::optional<std::int64_t> next_before;
  std::int64_t open = 0;  // how many wait in all
};

/// Newest first.
struct list_review {
  using result = review_page;
  std::string state = "open";  // "open", "resolved", "discarded"
  std::optional<std::int64_t> before_id;
  std::int64_t limit = 50;
  std::int64_t body_limit = 4096;
};

std::optional<review_page> run(connection& db, const list_review& request);

}  // namespace fibrehub::store
