// Sessions of WhatsApp bridges as they are known here: their state as webhooks told it and as the
// bridge's list shows it, when they were last heard of, and every state they went through.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// A session as the bridge's list shows it.
struct seen_session {
  std::string name, status, me, me_name, lid;
};

/// When something of a session last arrived by webhook; what is absent stays.
struct heard_session {
  std::string name;
  std::optional<domain::instant> heard_at{};    // anything but its state
  std::optional<domain::instant> inbound_at{};  // a message somebody sent us
};

/// What a look at the bridge has shown. A state that was told for a later time than `asked_at`
/// stays; a state that differs becomes a row of the history.
struct note_sessions {
  std::string channel;
  domain::instant asked_at{};
  std::string engine{}, version{}, tier{};  // of the server; empty: as they were
  std::vector<seen_session> seen{};
  std::vector<std::string> gone{};  // the bridge has them no more
  std::vector<heard_session> heard{};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const note_sessions& request,
                  change_context& context);

/// A session that says WORKING and tells nothing, or tells again; the admins hear of both once.
struct note_silence {
  std::string channel, session;
  std::optional<domain::instant> since{};  // nothing: it is over
  std::string detail{};                    // one sentence for a person
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const note_silence& request,
                  change_context& context);

/// What keeps a session's past from being read, for people; empty: nothing.
struct note_session_trouble {
  std::string channel, session, trouble;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const note_session_trouble& request,
                  change_context& context);

/// Somebody had something done to a session: a row of its history and one of the audit log.
struct note_session_call {
  std::string channel, session;
  std::string action;       // "restart"
  std::string outcome;      // "done", or why not: "busy"
  std::string detail{};     // one sentence, or empty
  std::string status{};     // of the session after it, or empty
  std::string answer_json;  // what the caller is answered, kept for a repeated request
  unsigned answer_status = 200;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const note_session_call& request,
                  change_context& context);

/// Forgets states older than `before`, at most `limit`; answers how many.
std::size_t forget_session_history(connection& db, pqxx::transaction_base& tx,
                                   domain::instant before, std::size_t limit);

// --- reading -------------------------------------------------------------------------------------

struct session_restriction {
  domain::instant since{}, until{};
  std::string reason;
};

struct session_catch_up {
  std::string state, reason, failure;
  std::optional<domain::instant> caught_up_to, ended_at, failed_at, found_at;
  std::int64_t looked_at = 0, found = 0;  // messages
};

struct wa_session_view {
  std::int64_t id = 0;
  std::string channel, name, status, me, me_name, lid, engine, version, tier, trouble;
  domain::instant status_at{}, first_seen_at{};
  std::optional<domain::instant> last_heard_at, last_inbound_at, silent_since, gone_at;
  std::optional<session_restriction> restriction;  // in force
  std::optional<session_catch_up> catch_up;
};

struct wa_session_page {
  std::vector<wa_session_view> items;
  std::optional<std::int64_t> next_before;
};

/// The newest first; those the bridge has no more only when `gone` asks for them. Empty texts mean
/// all.
struct list_wa_sessions {
  using result = wa_session_page;
  domain::instant now{};
  std::string channel{}, status{}, name{};
  bool gone = false;
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;  // 0: all there are
};
std::optional<wa_session_page> run(connection& db, const list_wa_sessions& request);

struct wa_session_step {
  std::int64_t id = 0;
  domain::instant at{};
  std::string kind;   // told, seen, asked
  std::string value;  // the state; of asked: what was
  std::string asked_by, asked_by_name, outcome;
};

struct wa_session_step_page {
  std::vector<wa_session_step> items;
  std::optional<std::int64_t> next_before;
};

/// The newest first.
struct list_session_steps {
  using result = wa_session_step_page;
  std::string channel, session;
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
};
std::optional<wa_session_step_page> run(connection& db, const list_session_steps& request);

}  // namespace fibrehub::store
