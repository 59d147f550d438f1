// What a channel understood of one received message, free of the channel's wire format.
// A channel's mapping makes one of these from the raw bytes; the store routes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/ticket.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {

/// A file that came with a message; the bytes are fetched later.
struct media_ref {
  std::string mime;
  std::string filename;  // as the sender named it, empty when unknown
  std::string url;       // where the peer offers it, empty when it could not be downloaded
  std::string error;     // why the peer has no bytes, empty when it has
  std::string id = {};   // the message's, as the peer writes it: what it is asked by for the file
};

/// Where a chat stands in the world: decides whether its messages are routed to tickets.
enum class chat_kind { direct, group, broadcast };

/// What a poll asks.
struct poll_question {
  std::string question;
  std::vector<std::string> options;
  bool multiple = false;  // several answers at once
};

/// One chat message, in or out.
struct chat_message {
  std::string session;  // the peer's session (phone line) it came through
  std::string chat;     // canonical id of the chat at the peer
  chat_kind kind = chat_kind::direct;
  std::string chat_alt;    // direct: another id of the same person, or empty
  std::string message_id;  // unique within (session, from_me)
  bool from_me = false;    // sent by our own line, by API or typed on the phone
  bool by_api = false;
  std::string author;       // canonical id of the sender
  std::string author_alt;   // another id of the same person (phone for a hidden id), or empty
  std::string author_name;  // the name the sender shows, or empty
  instant sent_at{};
  std::string type;  // text, image, video, audio, document, location, contact, poll, call,
                     // group_change, waiting, other
  std::string text;  // body or caption
  std::optional<media_ref> media;
  std::string reply_to;               // message id quoted, or empty
  std::vector<std::string> mentions;  // canonical ids of the people named with @
  std::optional<poll_question> poll;
};

/// A message that has come and cannot be read yet; the readable one comes under the same id.
struct waiting_message {
  chat_message message;  // type "waiting", without text
};

/// Something was done to a message that was sent before. It may come before that message.
struct message_change {
  enum class kind { edited, revoked, reaction, vote } what = kind::edited;
  std::string session;
  std::string chat;        // of the message; may be spelt otherwise than in the message, or empty
  std::string message_id;  // of the message that changed; names it within the session
  std::string person;      // canonical id of who did it, or empty
  std::string person_name;
  bool from_me = false;  // our own line did it
  instant at{};
  std::string text;                  // edited: what it says now; reaction: the sign, empty: none
  std::vector<std::string> options;  // vote: all that are chosen now
};

/// A step of a call. One call is one message of its chat.
struct call_note {
  enum class step { received, rejected, accepted } what = step::received;  // later ones count
  chat_message message;  // type "call", the text of this step; its id names the call
};

struct group_member {
  std::string id;     // canonical
  std::string phone;  // another id of the same person, or empty
  std::string role;   // participant, admin, superadmin, left
};
/// A group is called otherwise, or has other members.
struct group_change {
  chat_message message;  // what is shown of it: type "group_change"; no text: nothing is shown
  std::optional<std::string> subject, description;
  std::vector<group_member> members;  // as they are after it
};

/// How people of a chat are there just now.
struct presence_note {
  struct entry {
    std::string person;  // canonical id
    std::string state;   // offline, online, typing, recording, paused
    std::optional<instant> last_seen;
  };
  std::string session;
  std::string chat;
  std::vector<entry> entries;
};

struct chat_archived {
  std::string session;
  std::string chat;
  bool archived = false;
  instant at{};
};

/// A label, or its being put on a chat.
struct label_change {
  std::string session;
  std::string label;  // its id
  std::string chat;   // empty: the label itself changed
  bool removed = false;
  std::string name, color;
  instant at{};
};

/// A delivery step of a message we sent.
struct message_ack {
  std::string session;
  std::string chat;
  std::string message_id;
  std::string participant;  // in groups: whose receipt, or empty
  int level = 0;            // -1 error, 0 pending, 1 server, 2 device, 3 read, 4 played
  std::optional<instant> restricted_until = {};  // an error that says so: no strangers until then
};

/// A line at the peer changed its state.
struct session_status {
  struct step {
    std::string status;
    instant at{};
  };
  /// WhatsApp's own word on whether the line may write to people who never wrote to it.
  struct restriction_word {
    bool is_active = false;
    std::optional<instant> until;  // active: nothing, it does not say
    instant at{};                  // when it was said
  };
  std::string session;
  std::string status;
  instant at{};
  std::string me;  // own id of the line, or empty
  std::string me_name;
  std::string engine;
  std::string version;
  std::vector<step> before;  // the states it tells of besides, oldest first
  std::optional<restriction_word> restriction;
};

/// A case of another desk, as it stands there now.
struct case_snapshot {
  std::string case_id;
  std::string subject;
  std::string description;
  std::optional<ticket_status> status;  // nothing: the peer's value has no image here
  std::optional<ticket_priority> priority;
  std::string queue;
  std::string assigned_to;
  std::string customer_name;
  std::string customer_phone;
  std::string customer_email;
  std::string address;
  std::string extra_json;  // every field not named above, as a JSON object
  instant created_at{};
  instant updated_at{};
};

/// Authentic and understood, but it changes no ticket: kept raw.
struct kept {};

/// Authentic but not understood: a person looks at it.
struct unreadable {
  std::string reason;  // short, stable: "invalid_json", "unknown_event", "missing_field"
  std::string detail;  // one sentence for the person
};

using inbound = std::variant<chat_message, message_ack, session_status, case_snapshot, kept,
                             unreadable, waiting_message, message_change, call_note, group_change,
                             presence_note, chat_archived, label_change>;

}  // namespace fibrehub::domain
