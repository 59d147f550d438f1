#include "store/stall_watch.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace fibrehub::store {
namespace {

constexpr std::chrono::milliseconds look_every{250};

std::int64_t now_ms() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
}

}  // namespace

/// The one thread that looks at all watches. It lives as long as the process.
class stall_watcher {
 public:
  static stall_watcher& instance() {
    static auto* const only = new stall_watcher;  // outlives every connection
    return *only;
  }

  void add(stall_watch* watch) {
    {
      const std::lock_guard lock(mutex_);
      watches_.push_back(watch);
    }
    changed_.notify_one();
  }

  /// Once it returns the watch is not looked at any more, and its socket may be closed.
  void remove(stall_watch* watch) {
    const std::lock_guard lock(mutex_);
    std::erase(watches_, watch);
  }

 private:
  stall_watcher() {
    std::thread([this] { loop(); }).detach();
  }

  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return !watches_.empty(); });
      look();
      lock.unlock();
      std::this_thread::sleep_for(look_every);
      lock.lock();
    }
  }

  void look() {
    const std::int64_t now = now_ms();
    for (stall_watch* w : watches_) {
      const std::int64_t due = w->due_ms_;
      if (due == 0 || now < due || w->cut_.exchange(true)) continue;
      ::shutdown(w->socket_, SHUT_RDWR);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<stall_watch*> watches_;
};

stall_watch::stall_watch(int socket) : socket_(socket) {
  stall_watcher::instance().add(this);
}

stall_watch::~stall_watch() {
  stall_watcher::instance().remove(this);
}

void stall_watch::expect_within(std::chrono::milliseconds limit) {
  due_ms_ = now_ms() + limit.count();
}

}  // namespace fibrehub::store
