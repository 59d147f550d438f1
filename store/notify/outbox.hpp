// What is owed to the outside, for those who look after it: read page by page, sent again, given
// up; and its figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

struct outbox_view {
  std::int64_t id = 0;
  std::string key, channel, peer, lane, state, body_json, last_status, ticket_uid;
  std::int32_t attempts = 0;
  domain::instant next_at{}, created_at{};
  std::optional<domain::instant> finished_at;
};

struct outbox_page {
  std::vector<outbox_view> items;
  std::optional<std::int64_t> next_before;
};

/// The newest first. Empty texts mean all.
struct list_outbox {
  using result = outbox_page;
  std::string state{};
  std::string channel{};
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
};
std::optional<outbox_page> run(connection& db, const list_outbox& request);

/// How much there is in each state, and since when the oldest that could leave waits.
struct outbox_figures {
  std::int64_t ready = 0, inflight = 0, done = 0, dead = 0;
  std::optional<domain::instant> oldest;
};
struct get_outbox_figures {
  using result = outbox_figures;
  domain::instant now{};
};
std::optional<outbox_figures> run(connection& db, const get_outbox_figures& request);

/// A dead row is ready again with its attempts forgotten and its time anew; one that waits may
/// leave now. 409 `in_flight`, `done`, `cancelled`, `uncertain` (see send_wanted_again).
struct retry_outbox {
  std::int64_t id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const retry_outbox& request,
                  change_context& context);

/// A row that waits is dead, with the status `cancelled`. 409 `in_flight`, `done`, `dead`.
struct cancel_outbox {
  std::int64_t id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const cancel_outbox& request,
                  change_context& context);

/// One row as the API shows it.
std::string outbox_json(const outbox_view& v);

}  // namespace fibrehub::store
