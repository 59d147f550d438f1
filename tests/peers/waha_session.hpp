// One session of the simulated WAHA server, and the lock its lifecycle calls queue for.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "peers/waha_config.hpp"
#include "peers/waha_model.hpp"
#include "peers/webhook_sender.hpp"

namespace fibrehub::peers {

/// Lifecycle calls of a session happen one after the other; whoever would wait too long is refused.
class lifecycle_lock {
 public:
  struct turn {
    bool granted = false;
    double wait_ms = 0;  // until it is this caller's turn, or until it gives up
  };
  /// Asks at `now_ms` (any clock) for `hold_ms`, ready to wait `patience_ms`.
  turn take(double now_ms, double hold_ms, double patience_ms);

 private:
  double free_at_ms_ = 0;
};

struct waha_session {
  std::string name;
  account me;
  std::string status = "STOPPED";
  bool paired = true;
  bool comes_back = false;  // it ran when the server died
  bool silent = false;      // WORKING, but nothing is told until it is restarted
  bool store = true;        // NOWEB can list what happened; decided when it was paired
  std::deque<std::pair<std::string, std::int64_t>> statuses;  // the last three
  std::string status_data;                                    // `data` of the last session.status
  std::string config_json;                                    // as given; empty: never configured
  std::string metadata_json;
  session_config settings;
  std::vector<std::shared_ptr<const webhook_config>> webhooks;
  std::deque<chat_message> messages;  // oldest first, every chat
  std::unordered_map<std::string, std::size_t> by_stanza;
  std::vector<std::string> backlog;  // stanzas that waited for the session to work again
  std::map<std::string, std::string>
      presences;     // what the account shows, by chat; "" is everywhere
  std::string code;  // what the QR code says while it is shown
  std::int64_t activity_ms = 0;
  std::uint64_t epoch = 0;  // a lifecycle step is void when the epoch moved on
  lifecycle_lock lock;

  bool working() const { return status == "WORKING"; }
  const chat_message* find(std::string_view stanza) const;
  chat_message* find(std::string_view stanza);
};

}  // namespace fibrehub::peers
