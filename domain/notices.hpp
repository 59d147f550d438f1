// Who is told of what: from the rows that a change adds to a ticket's history to the people it
// concerns, each told once of a change, and never the one who made it. The client is told through
// the channel the ticket came by. Pure.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/notifications.hpp"
#include "domain/people.hpp"
#include "domain/ticket_commands.hpp"

namespace fibrehub::domain {

/// A ticket as far as its news need it, as it is after the change.
struct noticed_ticket {
  std::int64_t id = 0;
  std::string uid, title, source, type;
  std::optional<std::string> zone;  // nothing: not known here, the database has it
  ticket_priority priority = ticket_priority::medium;
  ticket_ownership whose;
  std::string channel;  // it came by, or empty
  std::int64_t chat_id = 0;
  std::string contact_email;
};
noticed_ticket noticed(const ticket_record& ticket);

/// One thing that happened; `seq` is its row in the history.
struct ticket_notice {
  notice_kind kind = notice_kind::created;
  std::int32_t seq = 0;
  std::vector<std::int64_t> people;  // who was named
  std::string detail;                // the new status, or the beginning of a note
  bool is_public = false;            // a note that clients may read
  std::string key = {};              // of what is no row of the history, instead of `seq`
  std::string late = {};  // how late it is told; then nobody is hurried: one e-mail for all of it
  audience who = {};      // whom a rule tells
};

enum class client_news { received, started, resolved, info_needed };
std::string_view name_of(client_news what);

/// All that one change means to others.
struct ticket_news {
  noticed_ticket ticket;
  std::int64_t by_user = 0;  // 0: nobody who could be told
  std::string by_name;
  instant at{};
  std::vector<ticket_notice> notices;
  std::vector<std::pair<client_news, std::int32_t>> for_client;  // what, and its row

  bool empty() const { return notices.empty() && for_client.empty(); }
};

/// Adds what the rows mean; `first_seq` is the number of the first. `mentioned` are the people
/// named in the note among them.
void read_entries(ticket_news& news, std::int32_t first_seq, std::span<const change_entry> entries,
                  std::span<const std::int64_t> mentioned = {});
/// The same for rows that are about to follow those the ticket has; the ticket is as it is after
/// the change.
void read_entries(ticket_news& news, const ticket_record& ticket,
                  std::span<const change_entry> entries,
                  std::span<const std::int64_t> mentioned = {});

/// A tag that says: the client has to answer first.
inline constexpr std::string_view info_needed_tag = "info-needed";

struct notice_team {
  std::int64_t id = 0;
  std::string name, zone;
  std::vector<std::string> specialties;
};

/// The team a new ticket concerns. One fits when its zone is the ticket's or none, and its
/// specialties hold the ticket's type or are none; zone and type together are better than the zone
/// alone, and that is better than the type. Without any: the team named Triage, or with that
/// specialty. 0: there is none either.
std::int64_t responsible_team(const std::string& zone, const std::string& type,
                              std::span<const notice_team> teams);

struct notice_person {
  principal who;
  std::string email, phone;
  notification_preferences preferences;
};

/// Whoever may be concerned by some news. People who may not work any more are not in it.
struct notice_directory {
  std::unordered_map<std::int64_t, notice_person> people;
  std::vector<notice_team> teams;
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> followers;  // by ticket
  std::unordered_map<std::int64_t, std::int64_t> approval_wanted_by;      // by ticket
};

/// Something somebody is to be told.
struct owed_notice {
  std::int64_t user_id = 0;
  notice_kind kind = notice_kind::created;
  std::int32_t seq = 0;
  notice_plan plan;
  std::string subject;
  std::string text;
  std::string key = {};  // instead of `seq`
};
/// Each person at most once, of what concerns them most.
std::vector<owed_notice> owed_notices(const ticket_news& news, const notice_directory& directory);

/// Something the client is to be told.
struct owed_client_notice {
  client_news what = client_news::received;
  std::int32_t seq = 0;
  std::string channel;  // "whatsapp": in the ticket's chat; "email": to `address`
  std::string address;
  std::string subject;
  std::string text;
};
/// The ticket came by a channel through which its client is told of things: "whatsapp", "email".
std::string_view channel_to_client(const noticed_ticket& ticket);
/// Nothing for tickets that came by no channel a client reads.
std::vector<owed_client_notice> owed_client_notices(const ticket_news& news);

/// `notify:<ticket>:<row or key>:<kind>:<person>`: the same change never tells the same person
/// twice.
std::string notice_key(std::int64_t ticket_id, const owed_notice& n);
/// Received and started are said once in a ticket's life, the others with each row.
std::string client_notice_key(std::int64_t ticket_id, const owed_client_notice& n);

}  // namespace fibrehub::domain
