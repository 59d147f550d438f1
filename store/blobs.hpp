// Attachments on disk, named by the SHA-256 of their bytes: the same file sent a hundred times is
// kept once, and no name that somebody made up ever becomes a path. A draft takes the bytes as they
// arrive; nobody sees them before `commit`, and after it they survive a loss of power.
//
// Several processes may use one folder. All calls block on the disk: not for the io thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::store {

enum class blob_errc {
  invalid,    // the request cannot be right: no SHA-256, a draft that is over
  not_found,  // nothing is kept under this SHA-256
  too_large,  // more bytes than the draft may have
  disk_full,  // no room, or a quota is used up; try again when there is
  damaged,    // what is kept under this SHA-256 is not what was put there
  failed      // the disk or its permissions; the message has the system's reason
};

std::string_view name_of(blob_errc code);

struct blob_error {
  blob_errc code = blob_errc::failed;
  std::string message;
};

template <class T>
using blob_result = tl::expected<T, blob_error>;

struct stored_blob {
  std::string sha256;  // 64 lower-case hex digits
  std::uint64_t size_bytes = 0;
};

/// A kept file, open for reading; closed with this object.
class blob_file {
 public:
  blob_file(int descriptor, std::uint64_t size_bytes);
  ~blob_file();
  blob_file(blob_file&& other) noexcept;
  blob_file& operator=(blob_file&& other) noexcept;

  int descriptor() const { return descriptor_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  /// Fills `into` from `offset` on; how many bytes there were, 0 at the end.
  blob_result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const;

 private:
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
};

struct blob_folders;

/// Bytes on their way in. Without a commit they are removed with this object.
class blob_draft {
 public:
  ~blob_draft();
  blob_draft(blob_draft&& other) noexcept;
  blob_draft& operator=(blob_draft&& other) noexcept;

  /// Appends. `too_large` when the draft would pass its limit, `disk_full`, `failed`; after an
  /// error the draft is over: its file is gone and every further call fails with the same error.
  blob_result<void> write(std::string_view chunk);
  std::uint64_t size_bytes() const;
  /// The bytes so far, for checks before the commit (read with pread); -1 when the draft is over.
  int descriptor() const;
  /// Places the file under its SHA-256 and returns when file and folders are on the disk. When the
  /// same bytes are kept already, nothing changes and the answer is the same. Once only.
  blob_result<stored_blob> commit();

 private:
  friend class blob_store;
  struct state;
  explicit blob_draft(std::unique_ptr<state> begun);
  std::unique_ptr<state> state_;
};

class blob_store {
 public:
  /// Makes the folder (mode 0700) when it is not there, and removes what crashed processes left in
  /// its tmp/. Drafts of processes that live are left alone: they hold a lock on them.
  static blob_result<blob_store> open(const std::string& folder);

  blob_result<blob_draft> begin(std::uint64_t max_bytes) const;
  /// `invalid` for anything but 64 lower-case hex digits; never follows a symbolic link.
  blob_result<blob_file> open_blob(std::string_view sha256) const;
  /// True when it was there. Only for bytes that no row names, and while nobody commits the same
  /// ones: a commit that found them kept would name what is gone.
  blob_result<bool> remove(std::string_view sha256) const;

  using time = std::chrono::system_clock::time_point;
  /// The SHA-256 of files that were last put before `until`, also as a repetition; at most `limit`.
  blob_result<std::vector<std::string>> put_before(time until, std::size_t limit) const;
  /// Removes a file unless it was put again at or after `until`: a commit that finds the file kept
  /// counts as putting it, in other processes too. True when it was there and is gone.
  blob_result<bool> remove_put_before(std::string_view sha256, time until) const;

 private:
  explicit blob_store(std::shared_ptr<const blob_folders> folders);
  std::shared_ptr<const blob_folders> folders_;
};

}  // namespace fibrehub::store
