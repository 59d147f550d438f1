// Everything known of one drop, for whoever has its number in front of them: where it is, who
// built it, what quality assurance said, and what is open there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "domain/time.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// Another row it refers to; id 0: none.
struct named_row {
  std::int64_t id = 0;
  std::string code, name;
};

struct review_of_drop {
  std::string code, outcome, reason, reviewer, ticket_uid;
  domain::instant reviewed_at{};
};

struct ticket_of_drop {
  std::string uid, title, status, priority;
  domain::instant created_at{};
};

struct drop_view {
  std::string code;  // digits
  bool archived = false;
  named_row project, pole, contractor, client;  // poles have no name
  std::string zone, pon, address, install_date;
  std::string latitude, longitude;  // decimals, empty: unknown
  std::vector<review_of_drop> reviews;
  std::vector<ticket_of_drop> open_tickets;  // those the viewer may see
};

/// not_found for a drop nobody has imported.
struct lookup_drop {
  using result = drop_view;
  std::string code;          // digits
  domain::principal viewer;  // decides which tickets are shown
  std::int64_t review_limit = 20;
  std::int64_t ticket_limit = 50;  // newest first
};

std::optional<drop_view> run(connection& db, const lookup_drop& request);

}  // namespace fibrehub::store
