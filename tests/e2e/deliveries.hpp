// Webhook deliveries as WAHA makes them, and a crowd of senders that keeps at it until each is
// acknowledged, as WAHA does.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/http.hpp"

namespace fibrehub::e2e {

/// Signs the deliveries; the hub finds it in its environment.
inline constexpr const char* waha_key = "an-end-to-end-key-of-32-bytes-or-more";
inline constexpr const char* waha_path = "/api/v1/wa-bridge/webhook/main";

/// The event of one message; `text` is escaped here.
std::string message_delivery(const std::string& stanza, const std::string& phone,
                             const std::string& text);
http_headers signed_headers(const std::string& body);
/// Sends a body with its signature.
http_answer deliver(http_connection& to, const std::string& body);
http_answer deliver(std::uint16_t port, const std::string& body);

/// What the hub calls the message in its inbox.
std::string inbox_key(const std::string& stanza);

class sender_crowd {
 public:
  /// Starts `senders` threads; each sends one message after the other until told to stop.
  sender_crowd(std::uint16_t port, int senders);
  ~sender_crowd();
  sender_crowd(const sender_crowd&) = delete;
  sender_crowd& operator=(const sender_crowd&) = delete;

  /// Waits until that many more were acknowledged; false after half a minute.
  bool wait_for_more(std::size_t count);
  /// No new messages; what is under way is tried until it is acknowledged, if `finish` says so.
  void stop(bool finish = true);

  std::size_t acknowledged_count() const { return count_; }
  /// After stop().
  const std::set<std::string>& acknowledged() const { return acknowledged_; }
  const std::set<std::string>& sent() const { return sent_; }
  /// Answers by status; 0: none came.
  const std::map<unsigned, std::size_t>& answers() const { return answers_; }

 private:
  void work(int number);

  std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> abandoning_{false};
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::set<std::string> sent_;
  std::map<unsigned, std::size_t> answers_;
  std::vector<std::thread> threads_;
};

}  // namespace fibrehub::e2e
