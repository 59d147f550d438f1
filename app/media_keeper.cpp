#include "app/media_keeper.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "actors/blocking_pool.hpp"
#include "protocols/files/chat_file.hpp"
#include "web/attachment_desk.hpp"

namespace fibrehub::app {
namespace {

namespace asio = boost::asio;
namespace files = protocols::files;
using channels::waha::keep_result;

keep_result failed(keep_result::end what, std::string why) {
  keep_result out;
  out.what = what;
  out.why = std::move(why);
  return out;
}

/// Blocks. On return the bytes are on the disk, if they are kept.
keep_result check_and_keep(const web::attachment_desk& desk, const std::string& bytes,
                           std::size_t max_bytes) {
  files::check_limits limits;
  limits.max_bytes = max_bytes;
  const auto kind = files::check_chat_file(bytes, limits);
  if (!kind && kind.error().code == files::refusal_code::unavailable)
    return failed(keep_result::end::later, kind.error().message);
  if (!kind) return failed(keep_result::end::refused, kind.error().message);
  const auto stored = desk.keep_bytes(bytes);
  if (!stored) {
    spdlog::error("a file of a message cannot be kept now: {}", stored.error().message);
    return failed(keep_result::end::later, "the disk did not take the file");
  }
  keep_result out;
  out.what = keep_result::end::kept;
  out.sha256_hex = stored->sha256;
  out.content_type = kind->content_type;
  out.ending = kind->ending;
  return out;
}

asio::awaitable<void> keep_one(web::attachment_desk& desk, std::string bytes, std::size_t max_bytes,
                               std::function<void(keep_result)> done) {
  // Named, because GCC 12 destroys a temporary with such captures twice around a co_await.
  auto work = [&desk, &bytes, max_bytes] { return check_and_keep(desk, bytes, max_bytes); };
  auto kept = co_await desk.pool().run_always(std::move(work));
  if (kept) {
    done(std::move(*kept));
  } else {
    done(failed(keep_result::end::later, kept.error().message));
  }
}

}  // namespace

keep_media media_keeper(asio::io_context& io, web::attachment_desk& files, std::size_t max_bytes) {
  return [&io, &files, max_bytes](std::string bytes, std::function<void(keep_result)> done) {
    asio::co_spawn(io, keep_one(files, std::move(bytes), max_bytes, std::move(done)),
                   asio::detached);
  };
}

}  // namespace fibrehub::app
