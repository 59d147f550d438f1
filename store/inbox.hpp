// The intake: what a channel hands to the writer, and what becomes of it.
#pragma once

#include <string>
#include <vector>

#include "domain/inbound.hpp"

namespace fibrehub::store {

/// One received message: raw as it came, and as the channel understood it.
struct ingest {
  std::string source;        // kind of channel: "waha", "qcontact"
  std::string channel;       // configured name of the channel
  std::string ext_id;        // unique within source for ever; the deduplication key
  std::string event;         // the peer's name for it: "message.any", "case"
  std::string headers_json;  // the request's headers worth keeping, a JSON object
  std::string body;          // raw bytes as received
  std::string
      fingerprint;  // 16 bytes over what the message means; differs → conflict, not duplicate
  domain::instant received_at{};
  domain::inbound what;
};

/// What became of it. Every message ends as exactly one of these.
enum class disposition {
  stored,     // applied to tickets, chats, acks or sessions
  kept,       // nothing to apply; raw copy kept
  duplicate,  // stored before, same meaning
  conflict,   // same id, other meaning: kept as a review item
  review      // authentic but not understood: kept as a review item
};

std::string_view name_of(disposition d);

struct ingest_result {
  disposition outcome = disposition::stored;
  std::string ticket_uid;  // the ticket it went to, or empty
  bool created = false;    // that ticket was made for it
};

/// Messages of one page or one fetch; each stands on its own.
struct ingest_batch {
  std::vector<ingest> items;
};

struct ingest_batch_result {
  std::vector<ingest_result> items;  // in the order of the batch
};

}  // namespace fibrehub::store
