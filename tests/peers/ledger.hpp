// What the outside world knows to be true: every distinct message it produced and whether the hub
// ever acknowledged it. A fault harness compares this with what the hub stored.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "peers/waha_model.hpp"

namespace fibrehub::peers {

struct ledger_entry {
  std::string session;
  chat_message message;
  bool withheld = false;      // no webhook was made: to be found by catch-up only
  bool acknowledged = false;  // some POST of it was answered 2xx
  // Of what the API sent: how often WhatsApp was given it, how often the other side saw it (once at
  // most, the same id collapses; never when it was refused or stays PENDING), and the HTTP status
  // of each answer (0: the connection broke).
  std::uint64_t sends = 0;
  std::uint64_t deliveries = 0;
  std::vector<unsigned> answers;
  bool told_name = false;  // some answer said how WhatsApp calls it
  std::uint64_t webhooks = 0;
  std::uint64_t attempts = 0;
  std::string poison_text;  // sent under the same id
  std::string edited_text;  // what it says after the last edit
  bool revoked = false;
  int last_ack = 0;
};

/// Somebody's reaction; ours, when the API made it.
struct told_reaction {
  std::string session;
  reaction_event reaction;
  bool acknowledged = false;  // some POST of it was answered 2xx
};

struct forgery {
  std::string session;
  std::string stanza;
  std::string text;
  unsigned status = 0;  // what the hub answered
};

class ledger {
 public:
  ledger_entry& record(std::string_view session, const chat_message& m);
  ledger_entry* find(std::string_view session, std::string_view stanza);
  void record_reaction(std::string_view session, const reaction_event& r);
  told_reaction* find_reaction(std::string_view stanza);
  const std::deque<told_reaction>& reactions() const { return reactions_; }
  void record_forgery(forgery f);
  forgery* find_forgery(std::string_view stanza);

  const std::deque<ledger_entry>& entries() const { return entries_; }
  std::size_t acknowledged() const;
  std::string to_json(std::size_t offset, std::size_t limit) const;
  /// What the API sent; an empty session or chat is all of them.
  std::string sent_json(std::string_view session, std::string_view chat) const;

 private:
  std::deque<ledger_entry> entries_;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::deque<told_reaction> reactions_;
  std::unordered_map<std::string, std::size_t> reaction_at_;  // by its own stanza
  std::deque<forgery> forgeries_;
};

std::string_view content_name(content kind);

}  // namespace fibrehub::peers
