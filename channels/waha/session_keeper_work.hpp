// The keeper's work, apart from its messages: shared by the .cpp files that carry it out, for
// nobody else.
#pragma once

#include <mutex>
#include <random>

#include "channels/waha/session_keeper.hpp"
#include "channels/waha/session_pulls.hpp"
#include "channels/waha/session_table.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::channels::waha {

struct keeper_data;
using keeper_self = session_keeper::stateful_pointer<keeper_data>;

/// Facts that sessions ask for from their own threads.
class shared_facts {
 public:
  void set(bridge_facts facts) {
    const std::lock_guard lock(mutex_);
    facts_ = std::move(facts);
  }
  bridge_facts get() const {
    const std::lock_guard lock(mutex_);
    return facts_;
  }

 private:
  mutable std::mutex mutex_;
  bridge_facts facts_;
};

/// The actor's work, apart from its messages.
class keeper {
 public:
  keeper(keeper_self self, std::string bridge, session_settings settings, keeper_ports ports);
  ~keeper();
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;

  void begin();
  void loaded(const detail::keeper_loaded& news);
  void check(std::uint64_t generation);
  void answered(const detail::check_answered& news);
  void call(const call_session& wish);
  void told(const session_told& news);
  void shown(const session_info& info);
  void silent(const detail::session_silent& news);
  void want(const std::string& session, const std::string& reason);
  void owed(const detail::pulls_owed& news);
  void pulled(const detail::pull_over& news);
  void rested(const std::string& session);
  void respawn(const std::string& session);
  void ended(const caf::down_msg& down);
  void not_written(const detail::not_written& news);
  void refresh();

 private:
  enum class asking { nothing, version, start, sessions };

  template <class Message>
  auto teller() const;
  rest_address address() const { return {settings_.base_url, settings_.api_key}; }
  void ask(asking what, protocols::transport::http_request request);
  void check_failed(const rest_failure& f);
  void check_after(std::chrono::milliseconds wait);
  void restarted_since(domain::instant start);
  void listed(const std::vector<session_info>& list);
  void take_heard(store::note_sessions& note);
  void write(store::note_sessions note);
  void want_all(const std::string& reason, bool only_due);
  void want_unwritten();
  void want_these(std::vector<std::string> sessions, const std::string& reason);
  session_actor actor_of(const std::string& name);
  session_ports ports_for_session();
  void show(const std::string& name);
  void say_silence(const std::string& name);
  void start_pulls();
  void start_pull(const std::string& session);
  void pull_failed(const detail::pull_over& news);
  double random() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  void board_changed();

  keeper_self self_;
  std::string bridge_;
  session_settings settings_;
  keeper_ports ports_;
  std::mt19937_64 random_;
  std::shared_ptr<shared_facts> facts_ = std::make_shared<shared_facts>();
  session_table table_;
  std::unordered_map<std::string, session_actor> actors_;
  std::unordered_map<std::string, std::uint32_t> actor_failures_;
  pull_queue queue_;
  std::unordered_map<std::string, pull_actor> pulls_;
  std::map<std::string, std::vector<std::string>>
      unwritten_;  // by reason: wishes the store has not
  // Looking.
  std::uint64_t generation_ = 0;
  asking asking_ = asking::nothing;
  domain::instant asked_at_{};
  std::optional<domain::instant> server_start_;
  std::uint32_t failures_ = 0;
  bool is_first_ = true;
  bool is_refreshing_ = false;
  actors::channel_state state_ = actors::channel_state::connected;
  std::string trouble_;
};

struct keeper_data {
  keeper_data() = default;
  static inline const char* name = "waha sessions";
  std::unique_ptr<keeper> it;
};

/// Sends to this keeper as long as it is there; keeps nobody alive.
template <class Message>
auto keeper::teller() const {
  return [to = self_->address()](Message message) {
    if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
      store::send(caf::actor_cast<session_keeper>(there), std::move(message));
  };
}

}  // namespace fibrehub::channels::waha
