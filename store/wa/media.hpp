// Files of received messages: which are to be fetched, and what became of each. A row is being
// fetched from its taking on, with the number of the hub that does: it is found again whatever
// happens to that hub, and nobody settles it who has lost it meanwhile. A file is on the disk
// before its row says so; it belongs to its message, and is attached to the message's ticket once
// there is one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/attachments/attachments.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

/// A file that one bridge is to fetch now.
struct taken_media {
  std::int64_t message_id = 0;
  std::int64_t incarnation = 0;  // with `attempts`: shows that it is still the same taking
  std::uint32_t attempts = 0;    // this one included
  std::string session;
  std::string chat;
  std::string stanza;
  std::string full_id;  // the message's id as the bridge wrote it, or empty
  bool from_me = false;
  std::string type;            // image, video, audio, document
  std::string url;             // where the bridge offered the file, or empty
  std::string filename;        // as the sender named it, or empty
  domain::instant sent_at{};   // of the message
  domain::instant first_at{};  // it came
};

struct taken_files {
  std::vector<taken_media> items;
  std::optional<domain::instant> next_at;  // when the next one that waits for its time is due
  std::int64_t waiting = 0;                // not settled yet, these included
};

/// Also attaches what is kept and whose message got a ticket since.
struct take_media {
  std::string channel;
  std::size_t limit = 4;
  /// What is being fetched, but for these messages, was lost by whoever had it.
  bool somebody_was_lost = false;
  std::vector<std::int64_t> held{};
  std::shared_ptr<taken_files> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const take_media& request,
                  change_context& context);

enum class media_outcome {
  kept,       // its bytes are on the disk
  again,      // not yet; at its next time
  too_large,  // these three never will be kept
  refused,
  gone
};
std::string_view name_of(media_outcome what);

struct finish_media {
  std::string channel;
  taken_media what;
  media_outcome outcome = media_outcome::again;
  new_attachment file{};      // kept
  std::string reason;         // one line for people; empty when kept
  domain::instant next_at{};  // of what is to be tried again
  bool spent = true;          // the attempt counts
};
/// Does nothing when the row is no longer the taker's.
write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_media& request,
                  change_context& context);

/// The file of a message `by` may read; not_found otherwise, while it is not kept, and when its
/// attachment was taken away. Messages without a ticket are for those who see all tickets.
struct find_media {
  using result = kept_attachment;  // `id` is the message's
  std::int64_t message_id = 0;
  domain::principal by;
};
std::optional<kept_attachment> run(connection& db, const find_media& request);

}  // namespace fibrehub::store
