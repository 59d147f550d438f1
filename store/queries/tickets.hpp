// Reading tickets: lists with filters and cursors, and one ticket with its conversation and
// history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/history.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

struct ticket_view {
  std::int64_t id = 0;  // internal; only cursors are made from it
  std::string uid, title, description, source, source_reference, type, priority, status;
  std::string drop_number, address, external_json, channel;
  std::int32_t message_count = 0, version = 0;
  std::optional<domain::instant> last_message_at, resolved_at, closed_at;
  domain::instant created_at{}, updated_at{};
};

struct ticket_page {
  std::vector<ticket_view> items;
  std::optional<std::int64_t> next_before;  // give as `before_id` for the next page
  std::optional<std::int64_t> total;        // only when asked by page number
};

/// Newest first. Empty lists do not filter.
struct list_tickets {
  using result = ticket_page;
  std::vector<std::string> statuses, sources, priorities;
  std::optional<std::int64_t> before_id;  // keyset: only tickets made before this one
  std::optional<std::int64_t> page;       // from 1; excludes before_id
  std::int64_t limit = 50;
};

struct message_view {
  std::string message_id, author, phone, chat, session, direction, type, body, media_json, reply_to;
  std::optional<int> ack;  // furthest delivery step of what we sent
  domain::instant sent_at{}, received_at{};
};

struct history_view {
  domain::history_entry entry;
  std::string hash_hex;
};

struct ticket_detail {
  ticket_view ticket;
  std::vector<message_view> messages;  // the latest `message_limit`, oldest first
  std::vector<history_view> history;   // the latest `history_limit`, oldest first
};

/// One ticket by its UID; not_found when there is none.
struct get_ticket {
  using result = ticket_detail;
  std::string uid;
  std::int64_t message_limit = 200;
  std::int64_t history_limit = 200;
};

// Each runs on a reader's connection; throws the causes of store/pq.hpp. An absent value is
// not_found.
std::optional<ticket_page> run(connection& db, const list_tickets& request);
std::optional<ticket_detail> run(connection& db, const get_ticket& request);

}  // namespace fibrehub::store
