// Files on their way in and out: where they are kept, the threads that handle them, and how many
// may be on their way in at a time. What people send is checked here; what was decided about it
// becomes an answer in web/api/attachments.cpp.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "store/attachments/attachments.hpp"
#include "store/blobs.hpp"

namespace fibrehub::actors {
class blocking_pool;
}

namespace fibrehub::web {

class body_sink;
class upload_spool;

/// Why an upload is not taken, as an answer says it.
struct upload_refusal {
  unsigned status = 400;
  std::string code;
  std::string message;
  std::vector<std::pair<std::string, std::string>> problems = {};  // file and what is wrong with it
};

/// What arrived: a form with files, or one file and its name.
struct upload {
  std::shared_ptr<upload_spool> body;  // null: nothing came
  std::string content_type;
  std::string name;  // of a single file
};

class attachment_desk {
 public:
  static constexpr std::size_t max_uploads = 8;
  static constexpr std::size_t max_files_per_upload = 20;
  static constexpr std::size_t max_form_overhead_bytes = std::size_t{64} * 1024;
  static constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

  explicit attachment_desk(std::string folder);
  ~attachment_desk();
  attachment_desk(const attachment_desk&) = delete;
  attachment_desk& operator=(const attachment_desk&) = delete;

  /// Opens the folder, making it when it is not there. Blocks; once, before anything else.
  tl::expected<void, std::string> open();
  /// Ends the threads; see blocking_pool::stop.
  void stop();
  actors::blocking_pool& pool() { return *pool_; }

  /// A place among those who send files now, kept until it is destroyed; null when there is none.
  std::shared_ptr<void> begin_upload();

  /// Takes the bytes of an upload as they arrive.
  std::shared_ptr<body_sink> spool();

  // These block: for the pool.
  /// Checks everything that arrived and then keeps it, or keeps none of it. On return the bytes are
  /// on the disk.
  tl::expected<std::vector<store::new_attachment>, upload_refusal> keep(const upload& what) const;
  /// Keeps bytes that were checked elsewhere.
  store::blob_result<store::stored_blob> keep_bytes(std::string_view content) const;
  store::blob_result<store::blob_file> open_file(const std::string& sha256_hex) const;
  /// Files that were last put before `until`.
  store::blob_result<std::vector<std::string>> old_files(store::blob_store::time until) const;
  /// Removes those of them that were not put again meanwhile; how many.
  std::size_t remove(const std::vector<std::string>& sha256_hex,
                     store::blob_store::time until) const;

 private:
  std::string folder_;
  std::optional<store::blob_store> blobs_;
  // Shared with the places given out: a connection may outlive the desk.
  std::shared_ptr<std::atomic<std::size_t>> uploads_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::unique_ptr<actors::blocking_pool> pool_;
};

}  // namespace fibrehub::web
