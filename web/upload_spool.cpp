#include "web/upload_spool.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace fibrehub::web {

upload_spool::~upload_spool() {
  if (mapped_) ::munmap(mapped_, mapped_bytes_);
}

boost::asio::awaitable<void> upload_spool::write(std::string piece) {
  // Named, because GCC 12 destroys a temporary with such captures twice around a co_await.
  auto job = [this, piece = std::move(piece)] {
    append(piece);
    return true;
  };
  auto done = co_await pool_.run_always(std::move(job));
  if (!done && !failure_)
    failure_ = store::blob_error{store::blob_errc::failed, done.error().message};
}

void upload_spool::append(const std::string& piece) {
  if (failure_) return;
  if (!draft_) {
    auto begun = blobs_.begin(max_bytes_);
    if (!begun) {
      failure_ = begun.error();
      return;
    }
    draft_.emplace(std::move(*begun));
  }
  if (const auto written = draft_->write(piece); !written) failure_ = written.error();
}

store::blob_result<std::string_view> upload_spool::content() {
  if (failure_) return tl::unexpected(*failure_);
  if (!draft_) return std::string_view{};
  if (!mapped_) {
    const auto bytes = static_cast<std::size_t>(draft_->size_bytes());
    void* const at = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, draft_->descriptor(), 0);
    if (at == MAP_FAILED)
      return tl::unexpected(store::blob_error{
          store::blob_errc::failed,
          "the upload cannot be read back: " + std::generic_category().message(errno)});
    mapped_ = at;
    mapped_bytes_ = bytes;
  }
  return std::string_view(static_cast<const char*>(mapped_), mapped_bytes_);
}

}  // namespace fibrehub::web
