// Whose turn it is to be caught up: a few at a time, in the order of their wishes, and who failed
// rests before it is tried again. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace fibrehub::channels::waha {

class pull_queue {
 public:
  explicit pull_queue(std::size_t at_once) : at_once_(at_once) {}

  /// It is owed a pull. One under way is followed by another.
  void owed(const std::string& session);
  /// The next to be pulled, which counts as under way now; nothing when all places are taken.
  /// `can_be`: whether it can be pulled at present; who cannot leaves the queue.
  template <class F>
  std::optional<std::string> next(F&& can_be) {
    while (running_ < at_once_ && !queue_.empty()) {
      std::string session = std::move(queue_.front());
      queue_.pop_front();
      place& p = places_[session];
      if (!can_be(session)) {
        places_.erase(session);
        continue;
      }
      p.state = standing::running;
      p.again = false;
      ++running_;
      return session;
    }
    return std::nullopt;
  }
  /// A pull has ended well; `more`: it takes its turn again.
  void ended(const std::string& session, bool more);
  /// It has failed and rests until `rested`; answers how often in a row.
  std::uint32_t failed(const std::string& session);
  void rested(const std::string& session);
  /// It has failed and is not tried again by itself.
  void given_up(const std::string& session);

  bool is_known(const std::string& session) const { return places_.contains(session); }
  bool is_running(const std::string& session) const;
  std::size_t running() const { return running_; }
  /// Those that wait for their turn, or rest.
  std::size_t waiting() const { return places_.size() - running_; }

 private:
  enum class standing { queued, running, resting };
  struct place {
    standing state = standing::queued;
    bool again = false;
    std::uint32_t failures = 0;
  };
  void enqueue(const std::string& session, place& p);

  std::size_t at_once_;
  std::size_t running_ = 0;
  std::deque<std::string> queue_;
  std::unordered_map<std::string, place> places_;  // none: nothing is owed
};

}  // namespace fibrehub::channels::waha
