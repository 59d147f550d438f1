// Reading tickets: lists with filters and cursors, and one ticket with its conversation and
// history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/history.hpp"
#include "domain/query/query.hpp"
#include "domain/ticket_commands.hpp"
#include "store/find/lookup.hpp"
#include "store/find/sort.hpp"
#include "store/pq_fwd.hpp"
#include "store/queries/message_extras.hpp"
#include "store/sends/json.hpp"

namespace fibrehub::store {

struct ticket_page {
  std::vector<domain::ticket_record> items;
  std::optional<page_end> next;       // give as `after` for the next page
  std::optional<std::int64_t> total;  // only when asked by page number
};

/// Which tickets, of those `by` may see. Empty lists do not filter.
struct ticket_filter {
  std::vector<std::string> statuses, sources, priorities, types;
  std::vector<std::string> tags;                           // all of them
  std::optional<std::string> drop;                         // its digits
  std::optional<std::int64_t> assigned_to, assigned_team;  // 0: nobody
  domain::query::node query;                               // all of this as well
  domain::instant now{};                                   // what the query's days and hours
  domain::time_zone zone;                                  // are counted from, and where
  domain::principal by;
};

/// A page of them.
struct list_tickets {
  using result = ticket_page;
  ticket_filter filter;
  ticket_order order = default_order();
  std::optional<page_end> after;     // keyset: what comes after the page before
  std::optional<std::int64_t> page;  // from 1; excludes `after`
  std::int64_t limit = 50;
};

/// How many of them there are by each of these; names without any are left out.
struct facet_counts {
  using counts = std::vector<std::pair<std::string, std::int64_t>>;  // most first
  std::int64_t total = 0;
  counts statuses, priorities, sources, types;
};
struct count_facets {
  using result = facet_counts;
  ticket_filter filter;
};

struct message_view {
  std::int64_t id = 0;  // the hub's own, which stays
  std::string message_id, author, phone, chat, session, direction, type, body, media_json, reply_to;
  std::optional<send_progress> delivery;  // of what we sent
  domain::instant sent_at{}, received_at{};
  message_extras extras = {};
};

struct history_view {
  domain::history_entry entry;
  std::string hash_hex;
};

struct note_view {
  std::int64_t id = 0;
  bool internal = true;
  std::string body, author;
  std::vector<std::int64_t> mentions;
  domain::instant created_at{};
};

struct link_view {
  std::string kind;  // as seen from the ticket: "duplicate_of", "has_duplicate", "parent_of", …
  std::string uid, title, status;
};

struct attachment_view {
  std::int64_t id = 0, size_bytes = 0;
  std::string name, content_type, sha256_hex, author;
  domain::instant created_at{};
};

struct follower_view {
  std::int64_t id = 0;
  std::string name;
};

/// Names of what a ticket refers to by id; empty where it refers to nothing.
struct ticket_names {
  std::string assignee, team, client, project, pole, contractor;
};

struct ticket_detail {
  domain::ticket_record ticket;
  ticket_names names;
  std::vector<message_view> messages;  // the latest `message_limit`, oldest first
  std::vector<history_view> history;   // the latest `history_limit`, oldest first
  std::vector<note_view> notes;        // the latest `note_limit`, oldest first
  std::vector<link_view> links;
  std::vector<attachment_view> attachments;
  std::vector<follower_view> followers;  // by name; none for a client's people
};

/// One ticket by its UID; not_found when there is none that `by` may see. A client's people get no
/// internal notes, no followers and no history.
struct get_ticket {
  using result = ticket_detail;
  std::string uid;
  std::int64_t message_limit = 200;
  std::int64_t history_limit = 200;
  std::int64_t note_limit = 200;
  domain::principal by;
};

/// The rows of a ticket's history after `after_seq`, oldest first, at most `limit`.
struct history_page {
  std::vector<history_view> items;
  bool more = false;
};
struct get_history {
  using result = history_page;
  std::string uid;
  std::int32_t after_seq = 0;
  std::int64_t limit = 100;
  std::string action;  // only these rows, or empty: "assigned" for the history of assignments
  domain::principal by;
};

// Each runs on a reader's connection; throws the causes of store/pq.hpp. An absent value is
// not_found.
std::optional<ticket_page> run(connection& db, const list_tickets& request);
/// The same with other limits of the first look.
std::optional<ticket_page> read_tickets(connection& db, const list_tickets& request,
                                        const lookup_limits& limits);
std::optional<facet_counts> run(connection& db, const count_facets& request);
std::optional<ticket_detail> run(connection& db, const get_ticket& request);
std::optional<history_page> run(connection& db, const get_history& request);
/// These messages in the order of their sending, as far as there are such and the transaction shows
/// them; without what the reader must not see.
std::vector<message_view> read_messages(connection& db, pqxx::transaction_base& tx,
                                        const std::vector<std::int64_t>& ids, domain::role reader);

}  // namespace fibrehub::store
