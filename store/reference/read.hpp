// Reading reference data: pages of one kind, and one row by its code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/reference.hpp"
#include "domain/time.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

struct reference_view {
  std::int64_t id = 0;
  std::vector<std::string> cells;  // one per column of the kind, canonical; empty: nothing
  std::string ticket_uid;          // raised because of it, or empty
  std::optional<domain::instant> archived_at;
  domain::instant updated_at{};
};

struct reference_page {
  std::vector<reference_view> items;
  std::optional<std::int64_t> next_before;
};

/// Those that came last first.
struct list_reference {
  using result = reference_page;
  domain::reference_kind kind = domain::reference_kind::projects;
  std::string containing;  // text of any column, case ignored; empty: all
  std::optional<domain::instant> updated_since;
  std::optional<bool> archived;
  std::optional<std::int64_t> before_id;  // keyset
  std::int64_t limit = 50;
};

/// not_found when there is no such row.
struct get_reference {
  using result = reference_view;
  domain::reference_kind kind = domain::reference_kind::projects;
  std::string code;  // canonical
};

// Each runs on a reader's connection; throws the causes of store/pq.hpp.
std::optional<reference_page> run(connection& db, const list_reference& request);
std::optional<reference_view> run(connection& db, const get_reference& request);

}  // namespace fibrehub::store
