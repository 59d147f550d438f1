// Turns a batch of received messages into rows, asking the domain's rules where each belongs.
// No SQL here: everything it needs to know is in the cache, loaded beforehand.
#pragma once

#include <functional>
#include <span>

#include "domain/chat_routing.hpp"
#include "domain/uid.hpp"
#include "store/ingest/cache.hpp"
#include "store/ingest/drop_facts.hpp"
#include "store/ingest/rows.hpp"

namespace fibrehub::store {

struct intake_rules {
  domain::uid_templates uids = domain::uid_templates::defaults();
  std::unordered_map<std::string, domain::chat_routing_rules> chats_by_channel;

  domain::chat_routing_rules chats(const std::string& channel) const {
    auto it = chats_by_channel.find(channel);
    return it == chats_by_channel.end() ? domain::chat_routing_rules{} : it->second;
  }
};

/// The next free internal id.
using next_id_fn = std::function<std::int64_t()>;
/// Current values of counters, by scope; scopes never used are absent.
using counter_values = std::unordered_map<std::string, std::int64_t>;

class ingest_planner {
 public:
  ingest_planner(const intake_rules& rules, ingest_cache& cache, next_id_fn next_id);

  /// Decides where a message belongs and adds its rows; `item` must stay where it is until the rows
  /// are written. Changes the cache as it goes, so rows that are not committed must be followed by
  /// `forget_everything`.
  void plan_item(const ingest& item);
  /// The counters that new tickets need; to be read and locked in the transaction that writes the
  /// rows.
  std::vector<std::string> counter_scopes() const;
  /// The drops of new tickets; what is known of them is to be read in the same transaction.
  std::vector<std::string> new_drops() const;
  /// Gives the new tickets their UIDs and hands over the rows.
  ingest_rows finish(counter_values counters, const known_drops& drops = {});
  /// The rows so far; UIDs are still missing.
  const ingest_rows& rows() const { return out_; }

 private:
  void plan_chat_message(const ingest& item, const domain::chat_message& message);
  // (planner_changes.cpp)
  void plan_change(const ingest& item, const domain::message_change& change);
  void plan_waiting(const ingest& item, const domain::chat_message& message);
  void plan_call(const ingest& item, const domain::call_note& call);
  void meet_target(const ingest& item, const domain::chat_message& message, std::int64_t message_id,
                   std::int64_t ticket_id);
  known_message& target_of(const ingest& item, const std::string& session,
                           const std::string& stanza);
  message_change_row& add_change(const ingest& item, const std::string& session,
                                 const std::string& stanza, std::string_view kind);
  void write_text(const ingest& item, const std::string& stanza, const known_message& target,
                  const std::string& before, bool was_revoked);
  void announce_change(const ingest& item, const known_message& target,
                       const domain::message_change& change);
  std::int64_t add_entry(const ingest& item, const domain::chat_message& message);
  // (planner_around.cpp)
  void plan_group(const ingest& item, const domain::group_change& group);
  void plan_presence(const ingest& item, const domain::presence_note& presence);
  void keep_facts(const ingest& item, const domain::chat_message& message, const message_row& row);
  // (people_merge.cpp)
  void unite_chats(const std::string& one_key, const std::string& other_key);
  void unite_people(const ingest& item, const std::string& session, const std::string& one,
                    const std::string& other);
  void note_address(const domain::chat_message& message, known_chat& chat);

  void plan_case(const ingest& item, const domain::case_snapshot& snapshot);
  void plan_review(const ingest& item, const std::string& ext_id, disposition state,
                   std::string reason, const std::string& detail);
  bool seen_before(const ingest& item);

  inbox_row& add_inbox(const ingest& item, disposition state);
  known_chat& chat_for(const ingest& item, const domain::chat_message& message);
  std::int64_t place(const ingest& item, const domain::chat_message& message, known_chat& chat,
                     const domain::chat_route& route, const message_context& context);
  void show_elsewhere(const ingest& item, const domain::chat_message& message, known_chat& chat,
                      const domain::chat_routing& routing, const message_context& context,
                      const message_row& row);
  message_context take_context(const ingest& item, const domain::chat_message& message,
                               const known_chat& chat);
  std::int64_t ticket_planned_for(const domain::chat_message& message, std::int64_t chat_id) const;
  void follow_routing(const ingest& item, const known_chat& chat, message_context context,
                      const domain::chat_routing& routing);
  void remark_unreached(const ingest& item, std::int64_t ticket_id,
                        const std::vector<domain::named_ticket>& unreached);
  const known_send* take_echo(const ingest& item, const domain::chat_message& message);
  bool plan_echo(const ingest& item, const domain::chat_message& message, const known_send& send);
  std::int64_t contact_for(const ingest& item, const domain::chat_message& message);
  // (planner_tickets.cpp)
  ticket_row& new_ticket(const ingest& item, domain::ticket_source source,
                         const std::string& reference, const std::string& drop);
  ticket_progress& progress_of(std::int64_t ticket_id);
  ticket_change& change_of(std::int64_t ticket_id);
  void set_fields(std::int64_t ticket_id, const ticket_fields& fields);
  void add_history(std::int64_t ticket_id, const ingest& item, std::string action,
                   std::string field, std::string old_value, std::string new_value,
                   const std::string& by = {});
  const domain::uid_template& template_of(const ticket_row& ticket) const;
  void give_uids(counter_values counters);
  void announce(const ingest& item, std::string kind, std::int64_t ticket_id,
                const domain::chat_message* message, std::string was = {}, bool internal = false);
  void name_clients(const known_drops& drops);

  const intake_rules& rules_;
  ingest_cache& cache_;
  next_id_fn next_id_;
  ingest_rows out_;
  std::unordered_map<std::int64_t, std::size_t> created_;  // ticket id → index in out_.tickets
  std::unordered_map<std::int64_t, std::size_t> changed_;  // ticket id → index in out_.changes
  struct pending_event {
    std::size_t index = 0;
    std::int64_t ticket_id = 0;
    const domain::chat_message* message = nullptr;
    std::string was;                   // the status before, where it changed
    std::string members = {};          // of the event's data, instead of what the rest says
    std::string outside_members = {};  // for clients, where they hear less
    bool is_for_staff = false;
    bool is_hidden = false;  // the message was taken back before it came: clients hear no text
  };
  std::vector<pending_event> pending_events_;
  bool internal_ = false;                     // the message being planned is
  known_send echo_;                           // of the message being planned
  std::vector<std::int64_t> result_tickets_;  // per result: ticket id or 0
};

}  // namespace fibrehub::store
