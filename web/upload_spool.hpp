// An upload on its way to the disk: each piece is written, and hashed, as it arrives, in a draft of
// the attachment folder that goes with this object unless it is kept. Include it from .cpp files
// only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/blocking_pool.hpp"
#include "store/blobs.hpp"
#include "web/body_sink.hpp"

namespace fibrehub::web {

class upload_spool final : public body_sink {
 public:
  /// Both references outlive the last call.
  upload_spool(const store::blob_store& blobs, actors::blocking_pool& pool, std::uint64_t max_bytes)
      : blobs_(blobs), pool_(pool), max_bytes_(max_bytes) {}
  ~upload_spool() override;

  boost::asio::awaitable<void> write(std::string piece) override;

  // These block: for the pool, when everything has arrived.
  /// All bytes, mapped into memory: valid as long as this object lives.
  store::blob_result<std::string_view> content();
  /// Keeps what arrived, as it is. Once only.
  store::blob_result<store::stored_blob> commit() { return draft_->commit(); }

 private:
  void append(const std::string& piece);

  const store::blob_store& blobs_;
  actors::blocking_pool& pool_;
  std::uint64_t max_bytes_;
  std::optional<store::blob_draft> draft_;
  std::optional<store::blob_error> failure_;
  void* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
};

}  // namespace fibrehub::web
