// One thread that runs one job at a time: commits a batch while the writer plans the next.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace fibrehub::store {

class commit_thread {
 public:
  commit_thread() : thread_([this] { loop(); }) {}
  ~commit_thread() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  commit_thread(const commit_thread&) = delete;
  commit_thread& operator=(const commit_thread&) = delete;

  /// Runs `job` on the thread, after the one before has ended. It must not throw.
  void run(std::function<void()> job) {
    {
      // A job may announce its end before this thread has noticed it.
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !job_; });
      job_ = std::move(job);
    }
    changed_.notify_all();
  }
  /// Returns when nothing runs.
  void wait_until_idle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !job_; });
  }

 private:
  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return job_ || ending_; });
      if (!job_) return;
      const std::function<void()> job = job_;
      lock.unlock();
      job();
      lock.lock();
      job_ = nullptr;
      changed_.notify_all();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace fibrehub::store
