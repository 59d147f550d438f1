#include "web/attachment_sweep.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "actors/blocking_pool.hpp"
#include "store/attachments/attachments.hpp"
#include "web/api/backend.hpp"
#include "web/attachment_desk.hpp"

namespace fibrehub::web {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t max_orphans = 100;
constexpr auto retry_after = 10s;

asio::awaitable<void> pause(std::chrono::seconds how_long) {
  asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

/// Those without a row; nothing while the database does not answer.
asio::awaitable<std::optional<std::vector<std::string>>> without_row(
    api::backend& b, std::vector<std::string> files) {
  store::find_unnamed_blobs ask;
  ask.sha256_hex = std::move(files);
  auto found = co_await b.read(std::move(ask));
  if (!found) co_return std::nullopt;
  co_return std::move(*found);
}

}  // namespace

asio::awaitable<void> sweep_orphaned_files(api::backend& b, attachment_desk& desk) {
  const auto until = std::chrono::system_clock::now() - 24h;
  auto old = co_await desk.pool().run_always([&desk, until] { return desk.old_files(until); });
  if (!old) co_return;
  if (!*old) {
    spdlog::warn("attachments: old files cannot be looked for: {}", old->error().message);
    co_return;
  }
  const std::vector<std::string> files = std::move(**old);
  if (files.empty()) co_return;
  auto orphans = co_await without_row(b, files);
  while (!orphans) {
    co_await pause(retry_after);
    orphans = co_await without_row(b, files);
  }
  if (orphans->empty()) co_return;
  if (orphans->size() > max_orphans) {
    spdlog::error(
        "attachments: {} of {} old files have no row in this database, more than a crash leaves; is"
        " it the right one? Nothing is removed",
        orphans->size(), files.size());
    co_return;
  }
  // Named, because GCC 12 destroys a temporary with such captures twice around a co_await.
  auto removal = [&desk, until, doomed = std::move(*orphans)] {
    return desk.remove(doomed, until);
  };
  auto removed = co_await desk.pool().run_always(std::move(removal));
  if (removed) spdlog::info("attachments: {} files without a row removed", *removed);
}

}  // namespace fibrehub::web
