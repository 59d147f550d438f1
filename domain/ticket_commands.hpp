// What people do to tickets, as pure functions: a command, the ticket as it stands and who asks go
// in; the changed ticket and the rows of its history come out, or a refusal that says why.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "domain/audience.hpp"
#include "domain/custom_fields.hpp"
#include "domain/history.hpp"
#include "domain/people.hpp"
#include "domain/ticket_fields.hpp"
#include "domain/workflow.hpp"

namespace fibrehub::domain {

/// A ticket as the database has it.
struct ticket_record {
  std::int64_t id = 0;
  std::string uid;
  field_values values;
  std::int32_t version = 0;
  std::int32_t history_seq = 0;
  history_digest history_hash{};
  std::int64_t chat_id = 0;
  std::int32_t message_count = 0;
  instant updated_at{};
  instant last_message_at{};  // epoch: no message yet
  std::string channel;        // empty: made by staff
  std::string external_json;  // what another desk says, or empty
};

ticket_ownership ownership_of(const ticket_record& ticket);
ticket_status status_of(const ticket_record& ticket);

/// A value for each field that a request names.
struct given_fields {
  std::vector<std::pair<field, field_input>> items;
};

struct create_ticket {
  given_fields fields;
  std::int64_t chat_id = 0;  // of a message somebody makes a ticket of: it came by that chat …
  std::string channel = {};  // … of this bridge
};
struct edit_ticket {
  given_fields fields;
};
struct tag_ticket {
  std::vector<std::string> add, remove;
};
struct move_ticket {
  ticket_status to = ticket_status::new_;
  std::string reason;
};
/// Nothing: leave it as it is; 0: nobody.
struct assign_ticket {
  std::optional<std::int64_t> user;
  std::optional<std::int64_t> team;
  std::string reason;
};
struct claim_ticket {};
struct note_ticket {
  std::string body;
  bool internal = true;
};
/// A text into the ticket's chat.
struct message_ticket {
  std::string text;
  std::string reply_to;  // id of a message of the conversation, or empty
  std::string to = {};  // "customer", "staff"; empty: the customer, where the ticket came by a chat
};
struct link_ticket {
  std::string other;  // UID
  std::string kind;   // duplicate_of, child_of, related
  bool remove = false;
};
struct merge_ticket {
  std::string into;  // UID
  std::string reason;
};
struct split_ticket {
  std::string message_id;  // the message that becomes a ticket of its own
  std::string title;       // empty: made from the message
};
struct delete_ticket {
  std::string reason;
};
/// Of automation rules only: people are told of the ticket as it is.
struct alert_people {
  audience who;
  std::string text;
};
/// Of automation rules only.
struct add_followers {
  std::vector<std::int64_t> users;
};

/// WhatsApp shows no longer texts.
inline constexpr std::size_t max_message_characters = 4096;
inline constexpr std::size_t max_message_bytes = 65'536;

struct ticket_command {
  std::string uid;                      // empty for a new ticket
  std::optional<std::int32_t> version;  // the one the caller saw
  std::variant<create_ticket, edit_ticket, tag_ticket, move_ticket, assign_ticket, claim_ticket,
               note_ticket, message_ticket, link_ticket, merge_ticket, split_ticket, delete_ticket,
               alert_people, add_followers>
      what;
};

struct refusal {
  enum class kind { invalid, forbidden, not_found, conflict } what = kind::invalid;
  std::string reason;  // "illegal_move", "stale_version", "invalid_field", …
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::vector<std::string_view> legal_moves = {};
};
using verdict = tl::expected<void, refusal>;

struct ticket_rules {
  workflow moves = workflow::defaults();
  priority_matrix matrix = priority_matrix::defaults();
  custom_fields further;
};

/// What a command may look at besides its ticket. Lookups answer null for what does not exist.
struct surroundings {
  const ticket_rules& rules;
  const principal& by;
  instant at{};
  std::function<const field_values*(const std::string& drop)> find_drop;
  std::function<const std::string*(std::int64_t user)> find_user;  // an enabled one's name
  std::function<const std::string*(std::int64_t team)> find_team;
  std::function<bool(std::int64_t user, std::int64_t team)> is_member;
  /// The members of a JSON object; null: further fields are not checked.
  std::function<std::map<std::string, field_input>(const std::string& json)> members_of = {};
};

/// One row of a history to be.
struct change_entry {
  std::string action;
  std::string field;
  std::string old_value;
  std::string new_value;
};

/// A ticket being changed, and what is noted down about it.
class ticket_draft {
 public:
  explicit ticket_draft(ticket_record& ticket) : ticket_(ticket) {}
  ticket_record& ticket() { return ticket_; }
  const std::optional<std::string>& value(field f) const { return at(ticket_.values, f); }
  /// Sets a field and notes the change; nothing happens when it is the same already.
  void set(field f, std::optional<std::string> value, const char* action = "field");
  void note(std::string action, std::string field, std::string old_value, std::string new_value);
  const std::vector<change_entry>& entries() const { return entries_; }

 private:
  ticket_record& ticket_;
  std::vector<change_entry> entries_;
};

/// What every command has to pass before it is looked at: the ticket is there and visible, the
/// version is the one the caller saw, and the role may do such things at all.
verdict may_begin(const ticket_record& ticket, const ticket_command& command, const principal& by);

verdict apply(ticket_draft& draft, const create_ticket& command, const surroundings& s);
verdict apply(ticket_draft& draft, const edit_ticket& command, const surroundings& s);
verdict apply(ticket_draft& draft, const tag_ticket& command, const surroundings& s);
verdict apply(ticket_draft& draft, const move_ticket& command, const surroundings& s);
verdict apply(ticket_draft& draft, const assign_ticket& command, const surroundings& s);
verdict apply(ticket_draft& draft, const claim_ticket& command, const surroundings& s);
verdict apply(ticket_draft& draft, const delete_ticket& command, const surroundings& s);

/// Fills what is empty from what is known of the ticket's drop.
void fill_from_drop(ticket_draft& draft, const surroundings& s);

/// `@name.of.mail` or `@"Full Name"` in a note, without the @, each once.
std::vector<std::string> mentions_in(std::string_view text);

}  // namespace fibrehub::domain
