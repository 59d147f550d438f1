// Every webhook the simulated WAHA server made and what became of it, the lost ones included.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::peers {

enum class webhook_fate { pending, acknowledged, given_up, lost };

struct webhook_record {
  std::string request_id;
  std::string event;
  std::string session;
  std::string stanza;  // of the message it is about; empty otherwise
  std::string url;
  std::string body_id;             // "evt_…"; empty when the body has none
  std::vector<unsigned> statuses;  // of each POST; 0: no answer
  webhook_fate fate = webhook_fate::pending;
};

class webhook_ledger {
 public:
  /// Older records than this many are forgotten, so that a long run does not fill the memory.
  static constexpr std::size_t capacity = 500'000;

  /// The number to speak of it later.
  std::uint64_t add(webhook_record record);
  /// A POST was answered. An acknowledgement counts even after the webhook was lost: the receiver
  /// has it.
  void attempted(std::uint64_t number, unsigned status, webhook_fate fate);
  /// Everything still pending is lost, as in a restart of the server.
  void lose_pending();

  const std::deque<webhook_record>& records() const { return records_; }
  std::uint64_t forgotten() const { return forgotten_; }
  /// An empty event or fate is all of them.
  std::string to_json(std::string_view event, std::string_view fate) const;

 private:
  std::deque<webhook_record> records_;
  std::uint64_t forgotten_ = 0;
};

std::string_view fate_name(webhook_fate fate);

}  // namespace fibrehub::peers
