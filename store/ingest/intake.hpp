// Applies received messages to the database. The quick way: messages are planned one by one as they
// come, from what the cache knows, while the batch before is being committed. The sure way: a batch
// looked up, planned and committed in one go, and item by item when it cannot be stored as a whole.
#pragma once

#include <optional>
#include <span>
#include <tl/expected.hpp>

#include "domain/uid_finder.hpp"
#include "store/error.hpp"
#include "store/hub_session.hpp"
#include "store/ingest/hot_columns.hpp"
#include "store/ingest/planner.hpp"

namespace fibrehub::store {

struct intake_outcome {
  std::vector<tl::expected<ingest_result, error>> results;  // one per item, in order
  std::vector<committed_event> events;
  std::vector<clock_wake> clocks = {};
};

/// A planned batch, ready to be written.
struct planned_batch {
  ingest_rows rows;
  hot_columns columns;
};

class intake {
 public:
  explicit intake(intake_rules rules) : rules_(std::move(rules)), uids_(rules_.uids) {}
  intake(const intake&) = delete;
  intake& operator=(const intake&) = delete;

  /// The sure way. Throws connection_lost: the outcome is unknown and the same batch may be given
  /// again; what was stored then counts as a duplicate and nothing doubles.
  intake_outcome apply(hub_session& session, std::span<const ingest> items);

  /// True when `item` can be planned without asking the database.
  bool knows(const ingest& item) const;
  /// Asks the database what the cache lacks for these; they may be planned afterwards. Not while a
  /// batch is being committed. Throws the causes of store/pq.hpp.
  void look_up(hub_session& session, std::span<const ingest* const> items);
  /// Adds a message to the open batch; it must stay where it is until the batch is settled. The
  /// session must have an id in reserve.
  void plan(hub_session& session, const ingest& item);
  /// True when the open batch is one statement, so that it can be committed without this object.
  bool open_is_simple() const;
  /// Hands over a simple open batch; the next one begins.
  planned_batch take_open();
  /// Commits any open batch here and now. Throws the causes of store/pq.hpp; then forget.
  ingest_rows commit_open(hub_session& session);

  /// Forgets cache and open batch: the connection is new, or a batch was not committed.
  void forget();

  /// Somebody else changed these tickets; no batch may be open.
  void forget_tickets(const std::vector<std::int64_t>& ids) {
    for (const std::int64_t id : ids)
      cache_.forget_ticket(id);
  }

  /// Chats may lead to other tickets now, and be other people's; no batch may be open.
  void forget_chats() {
    cache_.chats.clear();
    cache_.chat_names.clear();
    cache_.contacts.clear();
    cache_.contexts.clear();
  }

  /// Messages may stand otherwise now; true when some were looked up, which is to be done again.
  bool forget_targets() {
    const bool any = !cache_.targets.empty();
    cache_.targets.clear();
    return any;
  }

  /// Echoes may be of other messages now: those waiting are to be looked up again.
  void forget_echoes() { cache_.echoes.clear(); }

  /// Messages that have not come, to which something was done already; 0 when they are too many to
  /// be remembered.
  std::size_t awaited() const { return cache_.parked.size(); }

  /// Our own messages that were looked up and not planned since.
  std::size_t echoes_looked_up() const { return cache_.echoes.size(); }

  /// A message was stored before without the cache knowing: look every message up for a while.
  void be_careful();

  /// The most ids one message can need.
  static constexpr std::size_t ids_per_item = domain::max_drops_per_message + 7;

 private:
  ingest_rows attempt(hub_session& session, std::span<const ingest> items);
  static ingest_rows commit(hub_session& session, ingest_planner& planner, hot_columns& columns);
  intake_outcome one_by_one(hub_session& session, std::span<const ingest> items);
  intake_outcome as_review(hub_session& session, const ingest& item, const std::string& why);
  bool knows_people_of(const ingest& item, const domain::chat_message& message) const;
  bool knows_rest_of(const ingest& item) const;
  static bool knows_address(const domain::chat_message& message, const known_chat& chat,
                            const known_chat& other);

  intake_rules rules_;
  domain::uid_finder uids_;
  ingest_cache cache_;
  std::optional<ingest_planner> open_;
  hot_columns open_columns_;
  // Batches left that look every message up first, because an optimistic one collided.
  int careful_ = 1;
};

/// The outcome of a batch that was committed.
intake_outcome settled(ingest_rows rows);

}  // namespace fibrehub::store
