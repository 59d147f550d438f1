// What a delivery of WAHA says, free of engine, version and spelling. Empty texts and absent
// optionals mean "not told". Ids of people and chats are canonical (identity.hpp).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "channels/waha/events/node.hpp"

namespace fibrehub::channels::waha {

/// Names one message. Only `stanza_id` and `from_me` are the same in all events about it.
struct message_ref {
  std::string stanza_id;
  std::string serialized_id;  // as WAHA wrote it, or put together from its parts
  std::string chat;
  bool from_me = false;
  std::string participant;  // of the id: who wrote it in a group
};

/// A file that came with a message.
struct media_info {
  std::string url;  // empty: the bridge does not have it
  std::string mimetype;
  std::string filename;
  std::string s3_bucket;
  std::string s3_key;
  bool failed = false;     // the bridge tried to fetch it and could not
  std::string error;       // first line of the reason
  std::string error_code;  // of the engine, when it names one

  /// "available", "failed", or "not_downloaded" (switched off, or filtered by type).
  std::string_view state() const;
};

struct location_info {
  std::string latitude;  // as written; `position` when both are numbers of a place on earth
  std::string longitude;
  struct point {
    double latitude = 0;
    double longitude = 0;
  };
  std::optional<point> position;
  std::string name;
  std::string address;
  std::string description;
  std::string url;
  bool live = false;
};

struct contact_card {
  std::string name;
  std::string organization;
  std::vector<std::string> phones;  // as written
  std::string whatsapp_id;          // canonical, of the first number that names one
  std::string vcard;
};

struct reply_info {
  std::string stanza_id;
  std::string participant;  // who wrote what is answered
  std::string text;
  bool has_media = false;
};

struct poll_info {
  std::string name;
  std::vector<std::string> options;
  std::optional<bool> multiple_answers;
};

/// Why a message was not accepted (bridges newer than 2026.7).
struct ack_error {
  std::string code;
  std::optional<bool> blocked;
  std::string reason;
  std::optional<domain::instant> until;
};

struct ack_info {
  std::optional<int> level;  // -1 error, 0 pending, 1 server, 2 device, 3 read, 4 played
  std::string name;          // ERROR … PLAYED, or what the bridge wrote
  std::optional<ack_error> error;
};

struct message_info {
  message_ref ref;
  std::string chat_alt;     // direct: another id of the same person
  std::string author;       // canonical id of the sender
  std::string author_alt;   // another id of the same person
  std::string author_name;  // as the sender calls himself
  std::string type;         // text, image, video, audio, voice, sticker, document, location, …
  std::string raw_type;     // as the engine calls it
  std::string text;         // body or caption
  std::optional<domain::instant> sent_at;
  std::string source;  // "api" or "app"
  ack_info ack;
  std::optional<media_info> media;
  std::optional<location_info> location;
  std::vector<contact_card> contacts;
  std::optional<reply_info> reply_to;
  std::vector<std::string> mentions;
  std::optional<poll_info> poll;
};

/// message, message.any, message.waiting (no content yet), message.edited (`edited_id` set).
struct message_event {
  message_info message;
  std::string edited_id;  // stanza id of the message whose text this one replaces
};

struct ack_event {
  message_ref ref;
  std::string participant;  // group: whose receipt
  ack_info ack;
};

struct reaction_event {
  message_info message;  // the reaction itself: id, author, time
  std::string text;      // empty: taken back
  message_ref target;    // only the stanza id when the bridge names no more
};

struct revoked_event {
  std::string stanza_id;  // of the message that was taken back
  std::string chat;
  std::optional<message_info> after;   // the act of taking back
  std::optional<message_info> before;  // what it was, when the bridge still has it
};

/// The account may not write to new chats.
struct reachout_timelock {
  bool active = false;
  std::string enforcement_type;
  std::optional<domain::instant> until;
};

struct status_entry {
  std::string status;
  std::optional<domain::instant> at;
};

struct status_event {
  std::string status;
  std::optional<domain::instant> at;  // of the last entry of the list
  std::vector<status_entry> history;  // oldest first
  std::optional<reachout_timelock> timelock;
};

struct group_participant {
  std::string id;
  std::string phone_id;
  std::string role;  // left, participant, admin, superadmin
};

struct group_event {
  std::string action;  // joined, left, updated, participants
  std::string change;  // of participants: join, leave, promote, demote
  std::string id;
  std::optional<std::string> subject;  // there and empty: removed
  std::optional<std::string> description;
  std::string invite;
  std::optional<bool> members_can_add;
  std::optional<bool> members_can_send;
  std::optional<bool> approval_required;
  std::vector<group_participant> participants;
  std::optional<domain::instant> at;
};

struct presence_entry {
  std::string participant;
  std::string state;  // offline, online, typing, recording, paused
  std::optional<domain::instant> last_seen;
};
struct presence_event {
  std::string chat;
  std::vector<presence_entry> entries;
};

struct call_event {
  std::string id;
  std::string state;  // received, accepted, rejected
  std::string from;
  std::optional<domain::instant> at;
  std::optional<bool> video;
  std::optional<bool> group;
};

struct poll_vote_event {
  bool failed = false;  // the vote could not be deciphered
  message_ref vote;
  std::string voter;
  std::vector<std::string> options;
  std::optional<domain::instant> at;
  message_ref poll;
};

struct archive_event {
  std::string chat;
  bool archived = false;
  std::optional<domain::instant> at;
};

struct label_event {
  std::string action;  // upserted, deleted, chat_added, chat_deleted
  std::string id;
  std::string name;
  std::optional<std::int64_t> color;
  std::string color_hex;
  std::string chat;
};

/// An answer to an invitation sent as a calendar event.
struct response_event {
  bool failed = false;
  message_info message;  // the answer itself: id, author, time
  message_ref target;    // the invitation
  std::string response;  // GOING, NOT_GOING, MAYBE, UNKNOWN
  std::optional<std::int64_t> extra_guests;
  std::optional<domain::instant> at;
};

/// Raw by nature: state.change, engine.event.
struct engine_event {
  std::string name;  // of the engine's event
};

/// Not one of the names this version knows.
struct unknown_event {};

using content = std::variant<unknown_event, message_event, ack_event, reaction_event, revoked_event,
                             status_event, group_event, presence_event, call_event, poll_vote_event,
                             archive_event, label_event, response_event, engine_event>;

/// The account a session belongs to.
struct account {
  std::string id;
  std::string lid;
  std::string name;
  std::optional<reachout_timelock> timelock;
};

/// What stands around every event.
struct envelope {
  std::string event;
  std::string session;
  std::string event_id;  // not unique: message and message.any of one message share it
  std::string engine;
  std::string version;
  std::string tier;
  std::optional<domain::instant> occurred_at;
  std::optional<account> me;
  node payload;
  node metadata;
};

/// A delivery, understood. Refers to its document (payload, metadata).
struct event {
  envelope head;
  std::string_view kind;  // message, edited, waiting, ack, reaction, …: see docs/waha-events.md
  content what;
  std::string dedup_key;
};

}  // namespace fibrehub::channels::waha
