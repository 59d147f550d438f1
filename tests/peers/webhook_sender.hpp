// Sends webhooks as WAHA does: one POST per event and configuration, concurrent, unordered, kept in
// memory only, with the retry policy of the configuration and the same request id on every retry.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "peers/support.hpp"
#include "peers/webhook_ledger.hpp"

namespace fibrehub::peers {

enum class retry_policy { constant, linear, exponential };

struct webhook_config {
  std::string url;  // as given; http only
  std::string host;
  std::string port;
  std::string target;
  std::vector<std::string> events;  // "*" is all of them
  std::string hmac_key;             // empty: unsigned
  retry_policy policy = retry_policy::constant;
  double delay_s = 2;
  int attempts = 15;  // retries, so one more POST than that
  std::vector<std::pair<std::string, std::string>> custom_headers;
  bool signed_headers = true;  // X-Webhook-…; old versions have none
  std::string user_agent = "WAHA/2026.2.1";

  bool wants(std::string_view event) const;
};

/// Takes "http://host[:port]/path" apart into `config`.
tl::expected<void, std::string> set_webhook_url(webhook_config& config, std::string_view url);

/// Seconds to wait before retry number `retry` (1, 2, …); at least what Retry-After asked for.
double retry_delay_s(const webhook_config& config, int retry, double retry_after_s,
                     random_source& random);

struct webhook_job {
  std::shared_ptr<const webhook_config> config;
  std::string event;
  std::string session;
  std::string stanza;  // of the message it is about, when the ledger should know
  std::string request_id;
  std::int64_t timestamp_ms = 0;  // of the event; not the time of sending
  std::string body;
  std::string body_id;           // the envelope's id, for the ledger
  double hold_ms = 0;            // wait before the first POST
  bool wrong_signature = false;  // a forgery: signed with another key, sent once

  int posts = 0;
  std::uint64_t generation = 0;
  std::uint64_t number = 0;  // in the ledger
};

struct webhook_counts {
  std::uint64_t made = 0;
  std::uint64_t posts = 0;
  std::uint64_t acknowledged = 0;               // 2xx
  std::uint64_t given_up = 0;                   // retries used up
  std::uint64_t dropped = 0;                    // lost in a restart
  std::map<unsigned, std::uint64_t> by_status;  // 0: no answer at all
};

class webhook_sender {
 public:
  /// Called after every POST with its status (0: no answer); acknowledged is 2xx.
  using attempt_observer = std::function<void(const webhook_job&, unsigned status)>;

  /// `max_concurrent` 0: as many at once as there are, which is what WAHA does.
  webhook_sender(boost::asio::io_context& io, std::uint64_t seed, std::size_t max_concurrent);

  void on_attempt(attempt_observer observer) { observer_ = std::move(observer); }
  void submit(webhook_job job);
  /// What a restart of WAHA does to webhooks not yet acknowledged.
  void drop_pending();

  const webhook_counts& counts() const { return counts_; }
  const webhook_ledger& log() const { return log_; }
  /// Queued, waiting for a retry or in flight.
  std::size_t pending() const { return pending_; }
  std::string new_request_id() { return ulid(now_ms(), random_); }

 private:
  struct connection;
  using job_ptr = std::shared_ptr<webhook_job>;
  struct outcome {
    unsigned status = 0;
    double retry_after_s = 0;
    std::string location;
  };

  void pump();
  boost::asio::awaitable<void> attempt(job_ptr job);
  boost::asio::awaitable<void> enqueue_later(job_ptr job, double delay_s);
  boost::asio::awaitable<outcome> post(job_ptr job);
  boost::asio::awaitable<outcome> post_to(job_ptr job, webhook_config at, bool as_get);
  boost::asio::awaitable<std::shared_ptr<connection>> connect(const webhook_config& config);
  void settle(const job_ptr& job, const outcome& result);

  boost::asio::io_context& io_;
  random_source random_;
  std::size_t max_concurrent_;
  std::size_t in_flight_ = 0;
  std::size_t pending_ = 0;
  std::uint64_t generation_ = 0;
  std::deque<job_ptr> ready_;
  std::map<std::string, std::vector<std::shared_ptr<connection>>> idle_;
  webhook_counts counts_;
  webhook_ledger log_;
  attempt_observer observer_;
};

}  // namespace fibrehub::peers
