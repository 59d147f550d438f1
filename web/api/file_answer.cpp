#include "web/api/file_answer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "web/api/backend.hpp"
#include "web/attachment_desk.hpp"
#include "web/content_disposition.hpp"

namespace fibrehub::web::api {
namespace {

namespace asio = boost::asio;

/// Its bytes are not where they should be: for the operator, not for the caller.
response lost(const request_context& ctx, const store::kept_attachment& a, std::string_view why) {
  spdlog::error("file {} ({}) cannot be read: {}", a.id, a.sha256_hex, why);
  return failure(ctx, 500, "internal_error",
                 "the file cannot be read; the log has the details under this request_id");
}

/// An open file and its beginning.
struct opened_file {
  store::blob_file file;
  std::string piece;
};

using opened = store::blob_result<opened_file>;

store::blob_result<std::string> read_piece(const store::blob_file& file, std::uint64_t offset) {
  std::string piece(attachment_desk::piece_bytes, '\0');
  const auto got = file.read_at(offset, {piece.data(), piece.size()});
  if (!got) return tl::unexpected(got.error());
  piece.resize(*got);
  return piece;
}

opened open_file(const attachment_desk& desk, const store::kept_attachment& a) {
  auto file = desk.open_file(a.sha256_hex);
  if (!file) return tl::unexpected(file.error());
  if (file->size_bytes() != static_cast<std::uint64_t>(a.size_bytes))
    return tl::unexpected(store::blob_error{store::blob_errc::damaged, "its size has changed"});
  auto piece = read_piece(*file, 0);
  if (!piece) return tl::unexpected(piece.error());
  return opened_file{std::move(*file), std::move(*piece)};
}

/// The rest of a large file after its first piece. False: it broke off.
asio::awaitable<bool> send_rest(attachment_desk& desk, const store::kept_attachment& a,
                                const store::blob_file& file, std::uint64_t offset,
                                stream_writer& out) {
  while (offset < file.size_bytes()) {
    auto piece =
        co_await desk.pool().run_always([&file, offset] { return read_piece(file, offset); });
    if (!piece || !*piece || (*piece)->empty()) {
      spdlog::error("file {} ({}) broke off at byte {}", a.id, a.sha256_hex, offset);
      co_return false;
    }
    offset += (*piece)->size();
    const bool more = co_await out.write(std::move(**piece));
    if (!more) co_return false;
  }
  co_return true;
}

}  // namespace

asio::awaitable<response> file_answer(attachment_desk& desk, const request_context& ctx,
                                      const store::kept_attachment& a, stream_writer& out) {
  response answer;
  answer.content_type = a.content_type;
  const std::string tag = fmt::format("\"{}\"", a.sha256_hex);
  answer.headers = {{"ETag", tag},
                    {"Content-Disposition", attachment_disposition(a.name)},
                    {"Content-Security-Policy", "sandbox; default-src 'none'"}};
  const std::string_view known = ctx.header("if-none-match");
  if (known == "*" || known.find(tag) != std::string_view::npos) {
    answer.status = 304;
    co_return answer;
  }
  auto ready = co_await desk.pool().run([&desk, &a] { return open_file(desk, a); });
  if (!ready) co_return from_store_error(ctx, ready.error());
  if (!*ready) co_return lost(ctx, a, ready->error().message);
  opened_file file = std::move(**ready);
  const std::uint64_t sent = file.piece.size();
  answer.body = std::move(file.piece);
  if (sent == file.file.size_bytes()) co_return answer;
  bool whole = co_await out.start(std::move(answer));
  if (whole) whole = co_await send_rest(desk, a, file.file, sent, out);
  // The server stops, or the disk failed: without its proper end, so that nobody takes the part for
  // the whole.
  if (!whole) out.cut();
  co_return response{};
}

}  // namespace fibrehub::web::api
