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
  std::string type;  // text, image, video, audio, document, location, contact, poll, other
  std::string text;  // body or caption
  std::optional<media_ref> media;
  std::string reply_to;  // message id quoted, or empty
};

/// A delivery step of a message we sent.
struct message_ack {
  std::string session;
  std::string chat;
  std::string message_id;
  std::string participant;  // in groups: whose receipt, or empty
  int level = 0;            // -1 error, 0 pending, 1 server, 2 device, 3 read, 4 played
};

/// A line at the peer changed its state.
struct session_status {
  std::string session;
  std::string status;
  instant at{};
  std::string me;  // own id of the line, or empty
  std::string me_name;
  std::string engine;
  std::string version;
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

using inbound =
    std::variant<chat_message, message_ack, session_status, case_snapshot, kept, unreadable>;

}  // namespace fibrehub::domain
