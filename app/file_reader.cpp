#include "app/file_reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "actors/blocking_pool.hpp"
#include "store/attachments/attachments.hpp"
#include "web/attachment_desk.hpp"

namespace fibrehub::app {
namespace {

namespace asio = boost::asio;
using content = store::blob_result<std::string>;

content whole_file(const web::attachment_desk& files, const std::string& sha256_hex) {
  const auto file = files.open_file(sha256_hex);
  if (!file) return tl::unexpected(file.error());
  if (file->size_bytes() > static_cast<std::uint64_t>(store::max_attachment_bytes))
    return tl::unexpected(
        store::blob_error{store::blob_errc::too_large, "the file is larger than any attachment"});
  std::string out(file->size_bytes(), '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got = file->read_at(done, {out.data() + done, out.size() - done});
    if (!got) return tl::unexpected(got.error());
    if (*got == 0)
      return tl::unexpected(
          store::blob_error{store::blob_errc::damaged, "the file is shorter than it was"});
    done += *got;
  }
  return out;
}

asio::awaitable<void> read_and_tell(web::attachment_desk& files, std::string sha256_hex,
                                    std::function<void(content)> done) {
  auto work = [&files, &sha256_hex] { return whole_file(files, sha256_hex); };
  auto read = co_await files.pool().run(std::move(work));
  if (read) {
    done(std::move(*read));
  } else {
    done(tl::unexpected(
        store::blob_error{store::blob_errc::failed, std::move(read.error().message)}));
  }
}

}  // namespace

read_file_fn file_reader(asio::io_context& io, web::attachment_desk& files) {
  return [&io, &files](std::string sha256_hex, std::function<void(content)> done) {
    asio::co_spawn(io, read_and_tell(files, std::move(sha256_hex), std::move(done)),
                   asio::detached);
  };
}

}  // namespace fibrehub::app
