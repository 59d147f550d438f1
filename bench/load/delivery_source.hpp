// Makes the deliveries a WAHA server would send: NOWEB `message.any` envelopes, signed, as complete
// HTTP requests ready to be written to a socket. Everything follows from the seed, so a run can be
// repeated, and everything can be made before the clock starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/hmac_signer.hpp"
#include "bench/load/request_source.hpp"

namespace fibrehub::bench {

struct delivery_options {
  std::string host_header;
  std::string path;
  std::string hmac_key;
  std::string session = "default";
  std::uint32_t sessions = 1;  // more than one: <session>0 … in turn, each with chats of its own
  std::uint32_t chats = 2000;
  std::uint32_t first_chat = 0;  // chats of runs with ranges apart are different people
  std::uint32_t drops = 1000;
  double duplicates_percent = 0;    // share of the stream that repeats an earlier delivery
  double out_of_order_percent = 0;  // share that arrives after a later message of its chat
  std::uint64_t seed = 1;
  std::int64_t start_s = 0;  // time of the newest messages, seconds since 1970
};

/// The n-th drop number of a load, 7 digits: seed reference data with these to have them known.
std::string drop_number(std::uint32_t index);

class delivery_source final : public request_source {
 public:
  explicit delivery_source(delivery_options options);

  /// Makes everything up to position `count` of the stream.
  void prepare(std::size_t count) override;
  std::size_t prepared() const { return stream_.size(); }
  /// How many deliveries had to be made later than `prepare`.
  std::size_t made_late() const override { return made_late_; }

  /// The request at a position of the stream; made now when it was not prepared.
  std::string_view request(std::size_t position) override;
  /// Which message that position carries; repeats carry the number of the first delivery.
  std::uint32_t message(std::size_t position) const override { return stream_[position]; }
  /// WhatsApp's id of a message (the last part of `payload.id`).
  std::string message_id(std::uint32_t message) const override;

 private:
  struct stored_request {
    const char* data = nullptr;
    std::uint32_t size = 0;
  };
  struct later {
    std::size_t position = 0;
    std::uint32_t message = 0;
    bool operator>(const later& other) const { return position > other.position; }
  };

  void extend();
  std::uint32_t choose_chat();
  std::uint32_t make_message(std::uint32_t chat);
  const char* keep(std::string_view bytes);
  bool chance(double share);
  void maybe_repeat(std::uint32_t message, std::size_t position);
  std::uint32_t below(std::uint32_t limit);

  delivery_options options_;
  hmac_signer signer_;
  std::mt19937_64 random_;
  std::uint64_t id_base_;
  double hold_chance_;    // of a new message to wait until a later one of its chat has left
  double repeat_chance_;  // of any message to be sent once more
  std::vector<std::uint32_t> chat_lengths_;
  std::vector<std::uint32_t> chat_first_;  // position of the chat's first message
  std::vector<stored_request> messages_;
  std::vector<std::uint32_t> stream_;
  std::priority_queue<later, std::vector<later>, std::greater<>> waiting_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_next_ = nullptr;
  std::size_t made_late_ = 0;
  bool preparing_ = false;
};

}  // namespace fibrehub::bench
