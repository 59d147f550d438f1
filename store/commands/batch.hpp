// A batch of commands in one transaction: everything they refer to is loaded in a few set-based
// reads, each is decided by the domain's rules on the tickets as the ones before left them, and all
// of it is written in a few set-based writes.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/notices.hpp"
#include "domain/ticket_commands.hpp"
#include "domain/uid.hpp"
#include "store/commands/submit.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_set.hpp"
#include "store/ticket_events.hpp"
#include "store/wa/chat_post.hpp"
#include "store/wa/line.hpp"

namespace fibrehub::store {

struct command_rules {
  domain::ticket_rules tickets;
  domain::uid_templates uids = domain::uid_templates::defaults();
  wa_line line = {};
};

/// A person or a team as far as commands need them.
struct known_user {
  std::int64_t id = 0;
  std::string name, email;
  std::vector<std::int64_t> teams;
};

struct owed_send;
struct message_content;
struct found_message;

class command_batch {
 public:
  using next_id_fn = std::function<std::int64_t()>;

  command_batch(const command_rules& rules, connection& db, pqxx::transaction_base& tx,
                next_id_fn next_id)
      : rules_(rules), db_(db), tx_(tx), next_id_(std::move(next_id)), clocks_(db, tx) {}

  /// Everything; one outcome for each unit, in order. Throws the causes of store/pq.hpp, and then
  /// nothing of it may be committed.
  std::vector<write_outcome> run(std::span<const submit_commands> units);

  std::vector<committed_event> events() { return std::move(events_); }
  std::vector<std::int64_t> touched_tickets() const;
  /// Tickets were merged or reopened: messages of their chats, and of the chats of what was merged
  /// into them, may go to other tickets now.
  bool moves_chats() const { return moves_chats_; }
  /// Something may leave that could not before.
  bool grows_outbox() const { return grows_outbox_; }
  /// The UID of the first ticket that was made; there must be one.
  std::string first_made() const;
  /// SLA clocks that were made or moved.
  std::vector<clock_wake> wakes() { return std::move(wakes_); }

 private:
  struct working {
    domain::ticket_record record;
    bool is_new = false;
    bool dirty = false;
    ticket_standing told;  // what listeners have heard of it
  };
  struct history_row {
    domain::history_entry entry;
    domain::history_digest hash{};
  };
  struct note_row {
    std::int64_t id = 0, ticket_id = 0;
    bool internal = true;
    std::string body;
    std::vector<std::int64_t> mentions;
    const write_origin* origin = nullptr;
  };
  struct link_row {
    std::int64_t ticket_id = 0, other_id = 0;
    std::string kind;
    bool remove = false;
    const write_origin* origin = nullptr;
  };
  struct moved_message {
    std::int64_t from = 0, to = 0;
  };
  using command_outcome = tl::expected<write_answer, error>;

  // loading (batch_load.cpp)
  void load(std::span<const submit_commands> units);
  void load_all_tickets(std::span<const submit_commands> units);
  void load_drops(std::span<const submit_commands> units);
  void load_people(std::span<const submit_commands> units);
  void load_counters(std::span<const submit_commands> units);

  // deciding (batch.cpp, batch_relations.cpp)
  write_outcome run_unit(const submit_commands& unit);
  write_outcome run_in_order(const submit_commands& unit);
  command_outcome run_one(const domain::ticket_command& command, const write_origin& origin);
  command_outcome create(const domain::ticket_command& command, const write_origin& origin);
  command_outcome change(working& w, const domain::ticket_command& command,
                         const write_origin& origin);
  command_outcome add_note(working& w, const domain::note_ticket& command,
                           const write_origin& origin);
  command_outcome alert(working& w, const domain::alert_people& command,
                        const write_origin& origin);
  command_outcome follow(const working& w, const domain::add_followers& command);
  command_outcome link(working& w, const domain::link_ticket& command, const write_origin& origin);
  command_outcome merge(working& w, const domain::merge_ticket& command,
                        const write_origin& origin);
  /// A ticket that was merged goes on by itself: it is no duplicate any more.
  void unlink_merged(const working& w, const std::string& into);
  command_outcome split(working& w, const domain::split_ticket& command,
                        const write_origin& origin);
  // (batch_messages.cpp)
  command_outcome send_message(working& w, const domain::message_ticket& command,
                               const write_origin& origin);
  void owe(const working& w, const chat_address& chat, const owed_send& what,
           const write_origin& origin);
  tl::expected<message_content, error> content_of(const working& w,
                                                  const domain::message_ticket& command,
                                                  const write_origin& origin);
  tl::expected<void, error> add_file(const working& w, const domain::message_ticket& command,
                                     message_content& out);
  // (batch_message_acts.cpp)
  command_outcome act_on_message(working& w, const domain::act_on_message& command,
                                 const write_origin& origin);
  command_outcome change_waiting(working& w, const domain::act_on_message& command,
                                 const found_message& m, const write_origin& origin);
  command_outcome signal_chat(const working& w, const domain::signal_chat& command,
                              const write_origin& origin);
  /// A message that is answered: its name in full, and its own; empty where none is.
  struct quoted_message {
    std::string full, name;
  };
  tl::expected<quoted_message, error> quote_of(const working& w, const chat_address& chat,
                                               const std::string& reply_to);
  working* find(const std::string& uid);
  /// As `find`, for another ticket a command names; refuses what the caller may not see.
  tl::expected<working*, error> find_other(const std::string& uid, const char* field,
                                           const write_origin& origin);
  working& add_ticket(domain::ticket_record record, const write_origin& origin);
  /// The template a ticket's UID is made by, and what goes into it.
  std::pair<const domain::uid_template*, domain::uid_inputs> uid_form(
      const domain::ticket_record& ticket, const write_origin& origin) const;
  domain::surroundings surroundings_for(const write_origin& origin) const;
  /// `mentioned`: who is named in the note among the entries; `told`: what is told besides.
  void record_entries(working& w, const std::vector<domain::change_entry>& entries,
                      const write_origin& origin, const std::vector<std::int64_t>& mentioned = {},
                      const domain::ticket_notice* told = nullptr);
  void announce(const char* kind, working& w, const write_origin& origin,
                const std::vector<domain::change_entry>& entries);
  error explain(const domain::refusal& why, const working* w, const write_origin& origin,
                const domain::ticket_command& command);
  std::vector<std::string> clashes(const working& w, const domain::ticket_command& command);

  // writing (batch_write.cpp)
  void write();
  void write_history();
  void write_notes();
  void write_links();
  void write_counters();
  void count_moved_messages();

  const command_rules& rules_;
  connection& db_;
  pqxx::transaction_base& tx_;
  next_id_fn next_id_;
  std::unordered_map<std::string, std::unique_ptr<working>> tickets_;  // by UID
  std::vector<working*> order_;                                  // as they were made or loaded
  std::unordered_map<std::string, domain::field_values> drops_;  // by number
  std::unordered_map<std::int64_t, known_user> users_;
  std::unordered_map<std::int64_t, std::string> teams_;
  bool moves_chats_ = false, grows_outbox_ = false;
  std::unordered_map<std::string, std::vector<std::int64_t>> mentioned_;  // lower-case name → users
  std::unordered_map<std::string, std::int64_t> counters_;
  std::vector<history_row> history_;
  std::vector<note_row> notes_;
  std::vector<link_row> links_;
  std::vector<moved_message> moved_messages_;
  std::vector<domain::ticket_news> news_;
  std::vector<committed_event> events_;
  clock_set clocks_;
  std::vector<clock_wake> wakes_;
};

}  // namespace fibrehub::store
