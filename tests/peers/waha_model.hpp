// What happens on the simulated WhatsApp, free of any engine's spelling: the envelopes turn these
// values into what NOWEB, GOWS or WEBJS would say about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::peers {

enum class waha_engine { noweb, gows, webjs };

/// "NOWEB", "GOWS", "WEBJS".
std::string_view engine_name(waha_engine engine);
/// Accepts any case.
std::optional<waha_engine> parse_engine(std::string_view name);

struct person {
  std::string name;
  std::string phone;  // digits with country code, no '+'
  std::string lid;    // digits of the hidden id
  bool technician = false;
};

/// The WhatsApp account a session is paired with.
struct account {
  std::string phone = "27820000001";
  std::string push_name = "FibreFlow Desk";
  std::string lid = "111111111111111";

  std::string id() const { return phone + "@c.us"; }
};

struct quotation {
  std::string stanza;
  std::string participant_phone;
  std::string text;
};

enum class content { text, image, voice, document, location, video, contact, poll };

enum ack_level { ack_error = -1, ack_pending, ack_server, ack_device, ack_read, ack_played };
std::string_view ack_name(int ack);

struct chat_message {
  std::string stanza;
  std::string chat;  // "27…@c.us", "…@g.us", "status@broadcast"; never a lid
  person sender;     // who wrote it; in a direct chat the other side, even when from_me
  bool from_me = false;
  bool by_api = false;         // sent through this WAHA, not typed on the phone
  bool api_forgotten = false;  // WAHA restarted since: it no longer knows that it sent this
  bool lid_addressed = false;  // this copy names the other side by its lid
  std::int64_t timestamp_s = 0;
  std::string text;  // the caption when there is media
  content kind = content::text;
  std::string media_url;
  std::string mimetype;
  std::string filename;
  double latitude = 0;
  double longitude = 0;
  std::string place;
  std::optional<quotation> quoted;
  std::vector<std::string> vcards;   // of content::contact
  std::vector<std::string> options;  // of content::poll; its name is the text
  std::vector<std::string> mentions;
  bool forwarded = false;
  bool hints = true;        // this copy's _data tells the phone number behind a lid
  bool media_s3 = false;    // the URL is a signed one of another server
  std::string media_error;  // why there is no media_url; empty: it was not asked for
  int ack = ack_device;
  // What the account did with it.
  bool seen = false;
  bool starred = false;

  // What a reader should make of it; only the ledger uses these.
  std::string expected_drop;      // the first drop number in the text, canonical
  std::string conversation_drop;  // what the conversation is about

  bool has_media() const {
    return kind == content::image || kind == content::voice || kind == content::document ||
           kind == content::video;
  }
};

struct group_member {
  person who;
  std::string role = "participant";  // left, participant, admin, superadmin
};

struct waha_group {
  std::string id;  // "…@g.us"
  std::string subject;
  std::string description;
  std::string invite;
  std::vector<group_member> members;
};

struct reaction_event {
  std::string stanza;  // of the reaction itself
  chat_message target;
  person sender;
  bool from_me = false;
  std::string emoji;  // empty removes it
  std::int64_t timestamp_s = 0;
  bool by_api = false;
};

struct edit_event {
  std::string stanza;   // of the edit itself
  chat_message target;  // as it was
  std::string text;
  std::int64_t timestamp_s = 0;
};

struct call_event {
  std::string id;
  person caller;
  std::int64_t timestamp_s = 0;
  bool video = false;
};

}  // namespace fibrehub::peers
