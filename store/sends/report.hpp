// What became of the messages we sent: for those who look after the channels.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "store/pq.hpp"
#include "store/sends/json.hpp"

namespace fibrehub::store {

struct send_view {
  std::int64_t id = 0, outbox_id = 0;
  std::string kind, ticket_uid, channel, session, chat, author, stanza;
  std::string what;            // text, image, …, reaction, edit, delete
  std::int64_t target_id = 0;  // the message an edit, deletion or reaction is about, or 0
  send_progress progress;
};

struct send_page {
  std::vector<send_view> items;
  std::optional<std::int64_t> next_before;
  /// By state, of all that fit but for the state; with the first page only.
  std::map<std::string, std::int64_t> counts;
};

/// The newest first, without hints. Empty texts mean all; who may see some tickets only sees the
/// messages of those.
struct list_sends {
  using result = send_page;
  domain::principal by;
  std::string state{}, session{};
  std::optional<domain::instant> from{}, to{};    // of their queueing
  std::optional<domain::instant> counted_from{};  // where `from` is left out; all are counted else
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
};
std::optional<send_page> run(connection& db, const list_sends& request);

}  // namespace fibrehub::store
