// Takes out of the outbox what one WhatsApp bridge may send now, and settles what became of it. A
// row is in flight from its taking on, with the number of the hub that has it: whatever happens to
// that hub, the row is found again, and nobody settles it who has lost it meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/send_kind.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

/// A file on its way: the bytes lie in the blob store.
struct sent_file {
  std::string sha256_hex, name, content_type;
  std::int64_t size_bytes = 0;
};

/// Numbers as the API got them: they go on as they are.
struct sent_place {
  std::string latitude, longitude, title;
};

/// One message, or whatever else is sent into a chat, on its way.
struct taken_send {
  std::int64_t send_id = 0, outbox_id = 0;
  std::int64_t incarnation = 0;  // with `attempts`: shows that it is still the same taking
  std::uint32_t attempts = 0;    // this one included
  std::string kind;              // message, or what a notification is about
  std::string lane, session, chat;
  std::string text;      // or the caption, the emoji, the new text
  std::string reply_to;  // serialised id of the message it answers, or empty
  std::string stanza;    // the name it is to have, or was found to have; empty: the engine's choice
  std::string author = {};  // our own id where it is part of a message's full name, else empty
  bool in_doubt = false;    // an earlier attempt may have left: ask first
  domain::send_kind what = domain::send_kind::text;
  std::string target = {};  // serialised id of the message an edit, deletion or reaction is about
  sent_file file = {};
  sent_place place = {};
  bool typing_on = false;
  bool mark_seen = false;  // the chat has messages that were not shown as read yet
  bool check_number =
      false;  // to somebody who never wrote, of whom nobody knows whether they exist
};

struct taken_sends {
  std::vector<taken_send> items;
  std::optional<domain::instant> next_at;  // when the next one that waits for its time may leave
  std::size_t uncertain = 0, refused = 0;  // settled at once
  std::string last_session;                // to go on behind next time, where many have a backlog
};

/// How carefully people are written to who never wrote.
struct stranger_rules {
  std::chrono::milliseconds gap{0};  // between two of them: at least this, at most twice as long
  std::int64_t per_hour = 0;         // 0: as many as the gap allows
  std::chrono::milliseconds restricted_for = std::chrono::hours(6);  // after error 463
  bool check_numbers = false;
};

/// What is known of a number is asked for anew after this.
inline constexpr std::chrono::hours number_known_for{30 * 24};
/// Who was written to and never wrote is a stranger again after this.
inline constexpr std::chrono::hours first_contact_known_for{365 * 24};

/// At most one row per session, none of a busy session or lane, none behind an unfinished one of
/// its lane, none of a session that is known not to work, none to strangers while WhatsApp forbids
/// them or it is too soon after the last one. Costs what is taken, whatever waits.
struct take_sends {
  std::string channel;             // the bridge
  bool takes_unaddressed = false;  // also rows that name no bridge
  std::string notices_session;     // of rows that name no session
  std::string country_code;        // put in place of a phone number's leading zero
  std::vector<std::string> busy_sessions{}, busy_lanes{};
  std::size_t limit = 8;
  /// What is in flight, but for these outbox rows, was lost by whoever had it and may have left.
  bool somebody_was_lost = false;
  /// It was taken, but nobody heard of it: none of it has left by that.
  bool never_begun = false;
  std::vector<std::int64_t> held{};
  /// A name for a message of a session whose engine and version are these; empty: it takes none.
  std::function<std::string(const std::string& engine, const std::string& version)> new_name{};
  stranger_rules strangers{};
  bool mark_seen = false;
  std::string after_session{};            // taken_sends::last_session of the time before
  std::uint64_t dice = 0;                 // for what is to vary
  std::shared_ptr<taken_sends> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                  change_context& context);

/// The rows of these outbox rows follow what an admin or the time did with them: given up, or ready
/// again. Answers which of the outbox rows may have left: they are uncertain, not failed.
std::vector<std::int64_t> sends_given_up(connection& db, pqxx::transaction_base& tx,
                                         const std::vector<std::int64_t>& outbox_ids,
                                         const std::string& reason, domain::instant at,
                                         std::vector<committed_event>& events);
/// 409 `cancelled`, `done`, and `uncertain` where it may have left and has no name to ask by.
tl::expected<void, error> send_wanted_again(connection& db, pqxx::transaction_base& tx,
                                            std::int64_t outbox_id);

/// The bridge, asked by nobody.
domain::principal sender_principal(const std::string& channel);

/// Digits of a phone number as WhatsApp wants them, or empty when there can be none: 8 to 15 digits
/// with the country's code in front.
std::string whatsapp_digits(const std::string& phone, const std::string& country_code);

}  // namespace fibrehub::store
