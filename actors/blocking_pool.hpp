// A few threads for what blocks (files, checks of their contents), so that the io thread never
// does: `co_await pool.run(work)` comes back on the coroutine's own thread. What waits is counted
// and bounded. Costs Asio: include it from .cpp files only.
#pragma once

#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "store/error.hpp"

namespace fibrehub::actors {

class blocking_pool {
 public:
  /// `max_waiting`: jobs at a time, those under way included.
  blocking_pool(std::size_t threads, std::size_t max_waiting)
      : max_waiting_(max_waiting), threads_(threads) {}
  ~blocking_pool() { stop(); }
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// Finishes what was taken in and ends the threads. After the io thread has ended, and before its
  /// io_context goes: answers that come now wait in it and are dropped with it.
  void stop() { threads_.join(); }
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

  /// Runs `work()` on one of the threads. `overloaded` when too many jobs wait, `internal` when it
  /// threw. Cannot be cancelled.
  template <class Work, class T = std::invoke_result_t<Work&>>
  boost::asio::awaitable<tl::expected<T, store::error>> run(Work work) {
    return submit<T>(std::move(work), max_waiting_);
  }
  /// The same without a bound: for callers that have one of their own, and one job each at a time.
  template <class Work, class T = std::invoke_result_t<Work&>>
  boost::asio::awaitable<tl::expected<T, store::error>> run_always(Work work) {
    return submit<T>(std::move(work), static_cast<std::size_t>(-1));
  }

 private:
  template <class T, class Work>
  boost::asio::awaitable<tl::expected<T, store::error>> submit(Work work, std::size_t limit) {
    namespace asio = boost::asio;
    using outcome = tl::expected<T, store::error>;
    return asio::async_initiate<const asio::use_awaitable_t<>, void(outcome)>(
        [this, limit](auto handler, Work job) {
          using handler_type = decltype(handler);
          const auto executor = asio::get_associated_executor(handler);
          if (waiting_.fetch_add(1) >= limit) {
            waiting_.fetch_sub(1);
            asio::post(executor, [h = std::move(handler)]() mutable {
              std::move(h)(outcome{tl::unexpected(too_many())});
            });
            return;
          }
          auto waiter = std::make_shared<waiting_one<handler_type, decltype(executor)>>(
              std::move(handler), executor);
          asio::post(threads_, [this, waiter = std::move(waiter), job = std::move(job)]() mutable {
            auto done = std::make_shared<outcome>(attempt<T>(job));
            waiting_.fetch_sub(1);
            asio::post(waiter->executor, [waiter, done] {
              auto h = std::move(*waiter->handler);
              waiter->handler.reset();
              waiter->work.reset();
              std::move(h)(std::move(*done));
            });
          });
        },
        asio::use_awaitable, std::move(work));
  }

  template <class Handler, class Executor>
  struct waiting_one {
    waiting_one(Handler&& h, const Executor& e) : executor(e), work(e), handler(std::move(h)) {}
    std::remove_const_t<Executor> executor;
    // Keeps the io thread running while somebody waits.
    std::optional<boost::asio::executor_work_guard<std::remove_const_t<Executor>>> work;
    std::optional<Handler> handler;
  };

  template <class T, class Work>
  static tl::expected<T, store::error> attempt(Work& job) {
    try {
      return job();
    } catch (const std::exception& e) {
      spdlog::error("a job off the io thread failed: {}", e.what());
      return tl::unexpected(store::error{store::errc::internal, e.what()});
    }
  }

  static store::error too_many() {
    return {store::errc::overloaded, "too many files are being worked on; try again after a pause"};
  }

  const std::size_t max_waiting_;
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool threads_;
};

}  // namespace fibrehub::actors
