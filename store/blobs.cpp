#include "store/blobs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace fibrehub::store {
namespace {

class owned_fd {
 public:
  owned_fd() = default;
  explicit owned_fd(int fd) : fd_(fd) {}
  ~owned_fd() { reset(); }
  owned_fd(owned_fd&& other) noexcept : fd_(other.release()) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) ::close(release());
  }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

tl::unexpected<blob_error> wrong(blob_errc code, std::string message) {
  return tl::unexpected(blob_error{code, std::move(message)});
}

/// From errno, which is read first of all. EFBIG is the limit of a process or of a file system.
tl::unexpected<blob_error> system_error(const char* what) {
  const int why = errno;
  if (why == ENOSPC || why == EDQUOT || why == EFBIG)
    return wrong(blob_errc::disk_full,
                 fmt::format("{}: there is no room left on the disk of the attachments", what));
  return wrong(blob_errc::failed,
               fmt::format("{}: {}", what, std::generic_category().message(why)));
}

constexpr int as_folder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// A FIFO in the place of a file must not make us wait.
constexpr int for_reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

std::string hex(std::span<const unsigned char> bytes) {
  std::string out;
  for (const unsigned char b : bytes)
    fmt::format_to(std::back_inserter(out), "{:02x}", b);
  return out;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// "ab" and "cd" of "abcd…".
struct folder_names {
  explicit folder_names(std::string_view sha256)
      : first(sha256.substr(0, 2)), second(sha256.substr(2, 2)) {}
  std::string first;
  std::string second;
};

tl::unexpected<blob_error> refuse_sha256() {
  return wrong(blob_errc::invalid, "a SHA-256 has 64 lower-case hex digits");
}

tl::unexpected<blob_error> not_kept(std::string_view sha256) {
  return wrong(blob_errc::not_found, fmt::format("no attachment {} is kept", sha256));
}

blob_result<void> sync(int fd, const char* what) {
  if (::fsync(fd) != 0) return system_error(what);
  return {};
}

/// A folder inside another; made when it is not there, and then on the disk.
blob_result<owned_fd> make_folder(int parent, const char* name) {
  if (::mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
    return system_error("cannot make a folder for attachments");
  // Also when it was there: who made it may not have come to this yet.
  if (auto synced = sync(parent, "cannot write a folder of attachments to the disk"); !synced)
    return tl::unexpected(synced.error());
  owned_fd folder(::openat(parent, name, as_folder));
  if (!folder) return system_error("cannot open a folder of attachments");
  return folder;
}

struct closing {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

/// Files whose lock can be taken have nobody writing them any more.
void remove_abandoned(int folder) {
  const int listed = ::openat(folder, ".", as_folder);
  const std::unique_ptr<DIR, closing> dir(listed < 0 ? nullptr : ::fdopendir(listed));
  if (!dir) {
    if (listed >= 0) ::close(listed);
    return;
  }
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const owned_fd file(::openat(folder, name.c_str(), for_reading));
    // A link (ELOOP) is nobody's draft; what cannot be opened for another reason may be.
    if (!file && errno != ELOOP) continue;
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
    ::unlinkat(folder, name.c_str(), 0);
  }
}

}  // namespace

struct blob_folders {
  owned_fd root;
  owned_fd tmp;

  /// Held while a file is placed or an old one removed, against other threads and processes: each
  /// holder has a descriptor of its own, which the kernel tells apart.
  blob_result<owned_fd> lock() const {
    owned_fd held(::openat(root.get(), "tmp", as_folder));
    if (!held) return system_error("cannot open the folder of drafts");
    while (::flock(held.get(), LOCK_EX) != 0)
      if (errno != EINTR) return system_error("cannot lock the folder of attachments");
    return held;
  }
};

std::string_view name_of(blob_errc code) {
  switch (code) {
    case blob_errc::invalid:
      return "invalid";
    case blob_errc::not_found:
      return "not_found";
    case blob_errc::too_large:
      return "too_large";
    case blob_errc::disk_full:
      return "disk_full";
    case blob_errc::damaged:
      return "damaged";
    case blob_errc::failed:
      return "failed";
  }
  return "failed";
}

// ---- a kept file ----

blob_file::blob_file(int descriptor, std::uint64_t size_bytes)
    : descriptor_(descriptor), size_bytes_(size_bytes) {}

blob_file::~blob_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

blob_file::blob_file(blob_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_bytes_(other.size_bytes_) {}

blob_file& blob_file::operator=(blob_file&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

blob_result<std::size_t> blob_file::read_at(std::uint64_t offset, std::span<char> into) const {
  std::size_t total = 0;
  while (total < into.size()) {
    const auto got = ::pread(descriptor_, into.data() + total, into.size() - total,
                             static_cast<off_t>(offset + total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read an attachment");
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

// ---- a draft ----

struct blob_draft::state {
  std::shared_ptr<const blob_folders> folders;
  std::string tmp_name;
  owned_fd file;
  std::uint64_t max_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  blob_error over;  // what further calls answer once the file is gone

  state() = default;
  ~state() { discard(); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  /// First the name, then the lock: between the two nobody may take the file for abandoned.
  void discard() {
    if (!file) return;
    ::unlinkat(folders->tmp.get(), tmp_name.c_str(), 0);
    file.reset();
  }

  tl::unexpected<blob_error> end_with(const blob_error& why) {
    discard();
    over = why;
    return tl::unexpected(why);
  }

  /// A new file with our lock on it. One that was taken for abandoned before it was locked has no
  /// name any more.
  blob_result<bool> make_file() {
    std::array<unsigned char, 16> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
      return wrong(blob_errc::failed, "cannot get random numbers for an attachment's draft");
    tmp_name = hex(random);
    owned_fd made(::openat(folders->tmp.get(), tmp_name.c_str(),
                           O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made) return system_error("cannot make the draft of an attachment");
    struct stat status {};
    const bool is_ours = ::flock(made.get(), LOCK_EX | LOCK_NB) == 0 &&
                         ::fstat(made.get(), &status) == 0 && status.st_nlink == 1;
    if (is_ours) file = std::move(made);
    return is_ours;
  }

  blob_result<void> append(std::string_view chunk) {
    while (!chunk.empty()) {
      const auto put = ::write(file.get(), chunk.data(), chunk.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return system_error("cannot write an attachment");
      size_bytes += static_cast<std::uint64_t>(put);
      chunk.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  blob_result<std::string> finish_hash() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(hash.get(), digest.data(), &size) != 1)
      return wrong(blob_errc::failed, "cannot compute the SHA-256 of an attachment");
    return hex(std::span(digest).first(size));
  }

  /// Somebody was first. That is fine when it is the same.
  blob_result<void> compare_with_kept(int folder, const std::string& sha256) const {
    const owned_fd kept(::openat(folder, sha256.c_str(), for_reading));
    struct stat status {};
    if (kept && ::fstat(kept.get(), &status) == 0 && S_ISREG(status.st_mode) &&
        static_cast<std::uint64_t>(status.st_size) == size_bytes) {
      // It counts as put now, so that nobody removes it as old before its row is written.
      if (::futimens(kept.get(), nullptr) != 0) return system_error("cannot touch an attachment");
      return {};
    }
    return wrong(blob_errc::damaged,
                 fmt::format("what is kept as attachment {} is not {} bytes of it; restore it "
                             "from a backup or remove it",
                             sha256, size_bytes));
  }

  /// A hard link fails when the name is taken, whatever stands there: what O_EXCL is for files.
  blob_result<void> place(const std::string& sha256) {
    const folder_names names(sha256);
    auto first = make_folder(folders->root.get(), names.first.c_str());
    if (!first) return tl::unexpected(first.error());
    auto second = make_folder(first->get(), names.second.c_str());
    if (!second) return tl::unexpected(second.error());
    auto lock = folders->lock();
    if (!lock) return tl::unexpected(lock.error());
    if (::linkat(folders->tmp.get(), tmp_name.c_str(), second->get(), sha256.c_str(), 0) != 0) {
      if (errno != EEXIST) return system_error("cannot place an attachment");
      if (auto same = compare_with_kept(second->get(), sha256); !same) return same;
    }
    lock->reset();
    // Also when it was there: who placed it may not have come to this yet.
    return sync(second->get(), "cannot write an attachment's folder to the disk");
  }
};

blob_draft::blob_draft(std::unique_ptr<state> begun) : state_(std::move(begun)) {}
blob_draft::~blob_draft() = default;
blob_draft::blob_draft(blob_draft&& other) noexcept = default;
blob_draft& blob_draft::operator=(blob_draft&& other) noexcept = default;

blob_result<void> blob_draft::write(std::string_view chunk) {
  if (!state_->file) return tl::unexpected(state_->over);
  if (chunk.size() > state_->max_bytes - state_->size_bytes)
    return state_->end_with({blob_errc::too_large, fmt::format("the attachment has more than {} "
                                                               "bytes",
                                                               state_->max_bytes)});
  if (EVP_DigestUpdate(state_->hash.get(), chunk.data(), chunk.size()) != 1)
    return state_->end_with({blob_errc::failed, "cannot compute the SHA-256 of an attachment"});
  if (auto appended = state_->append(chunk); !appended) return state_->end_with(appended.error());
  return {};
}

std::uint64_t blob_draft::size_bytes() const {
  return state_->size_bytes;
}

int blob_draft::descriptor() const {
  return state_->file.get();
}

blob_result<stored_blob> blob_draft::commit() {
  if (!state_->file) return tl::unexpected(state_->over);
  const auto sha256 = state_->finish_hash();
  if (!sha256) return state_->end_with(sha256.error());
  if (auto synced = sync(state_->file.get(), "cannot write an attachment to the disk"); !synced)
    return state_->end_with(synced.error());
  if (auto placed = state_->place(*sha256); !placed) return state_->end_with(placed.error());
  state_->discard();
  state_->over = {blob_errc::invalid, "the draft of the attachment is committed already"};
  return stored_blob{*sha256, state_->size_bytes};
}

// ---- the store ----

namespace {

/// Names in a folder, without `.` and `..`; nothing for one that cannot be read.
std::vector<std::string> names_in(int parent, const char* name) {
  std::vector<std::string> out;
  const int listed = ::openat(parent, name, as_folder);
  const std::unique_ptr<DIR, closing> dir(listed < 0 ? nullptr : ::fdopendir(listed));
  if (!dir) {
    if (listed >= 0) ::close(listed);
    return out;
  }
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view text = entry->d_name;
    if (text != "." && text != "..") out.emplace_back(text);
  }
  return out;
}

bool is_older(const struct stat& status, blob_store::time until) {
  const auto put = std::chrono::seconds(status.st_mtim.tv_sec) +
                   std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return put < until.time_since_epoch();
}

}  // namespace

blob_result<std::vector<std::string>> blob_store::put_before(time until, std::size_t limit) const {
  std::vector<std::string> out;
  for (const std::string& first : names_in(folders_->root.get(), ".")) {
    if (first.size() != 2) continue;
    for (const std::string& second : names_in(folders_->root.get(), first.c_str()))
      for (const std::string& name :
           names_in(folders_->root.get(), fmt::format("{}/{}", first, second).c_str())) {
        struct stat status {};
        const std::string path = fmt::format("{}/{}/{}", first, second, name);
        if (!is_sha256(name) ||
            ::fstatat(folders_->root.get(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode) || !is_older(status, until))
          continue;
        out.push_back(name);
        if (out.size() >= limit) return out;
      }
  }
  return out;
}

blob_result<bool> blob_store::remove_put_before(std::string_view sha256, time until) const {
  if (!is_sha256(sha256)) return refuse_sha256();
  auto lock = folders_->lock();
  if (!lock) return tl::unexpected(lock.error());
  const folder_names names(sha256);
  const std::string path = fmt::format("{}/{}/{}", names.first, names.second, sha256);
  struct stat status {};
  if (::fstatat(folders_->root.get(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    return system_error("cannot look at an attachment");
  }
  if (!S_ISREG(status.st_mode) || !is_older(status, until)) return false;
  return remove(sha256);
}

blob_store::blob_store(std::shared_ptr<const blob_folders> folders)
    : folders_(std::move(folders)) {}

blob_result<blob_store> blob_store::open(const std::string& folder) {
  std::error_code failure;
  const bool is_new = std::filesystem::create_directories(folder, failure);
  if (failure)
    return wrong(blob_errc::failed, fmt::format("cannot make the folder of attachments {}: {}",
                                                folder, failure.message()));
  auto folders = std::make_shared<blob_folders>();
  // Only here a link is followed: the operator may keep attachments on another disk.
  folders->root = owned_fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folders->root) return system_error("cannot open the folder of attachments");
  if (is_new && ::fchmod(folders->root.get(), 0700) != 0)
    return system_error("cannot close the folder of attachments to others");
  auto tmp = make_folder(folders->root.get(), "tmp");
  if (!tmp) return tl::unexpected(tmp.error());
  folders->tmp = std::move(*tmp);
  remove_abandoned(folders->tmp.get());
  return blob_store(std::move(folders));
}

blob_result<blob_draft> blob_store::begin(std::uint64_t max_bytes) const {
  auto state = std::make_unique<blob_draft::state>();
  state->folders = folders_;
  state->max_bytes = max_bytes;
  if (!state->hash || EVP_DigestInit_ex(state->hash.get(), EVP_sha256(), nullptr) != 1)
    return wrong(blob_errc::failed, "cannot compute the SHA-256 of an attachment");
  constexpr int max_attempts = 3;
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto made = state->make_file();
    if (!made) return tl::unexpected(made.error());
    if (*made) return blob_draft(std::move(state));
  }
  return wrong(blob_errc::failed, "cannot lock the draft of an attachment");
}

blob_result<blob_file> blob_store::open_blob(std::string_view sha256) const {
  if (!is_sha256(sha256)) return refuse_sha256();
  const folder_names names(sha256);
  const owned_fd first(::openat(folders_->root.get(), names.first.c_str(), as_folder));
  const owned_fd second(first ? ::openat(first.get(), names.second.c_str(), as_folder) : -1);
  owned_fd file(second ? ::openat(second.get(), std::string(sha256).c_str(), for_reading) : -1);
  if (!file && errno == ENOENT) return not_kept(sha256);
  // ELOOP and ENOTDIR: a link or a file in the place of a folder.
  if (!file) return system_error("cannot open an attachment");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot open an attachment");
  if (!S_ISREG(status.st_mode))
    return wrong(blob_errc::damaged,
                 fmt::format("what is kept as attachment {} is no file", sha256));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return blob_file(file.release(), size);
}

blob_result<bool> blob_store::remove(std::string_view sha256) const {
  if (!is_sha256(sha256)) return refuse_sha256();
  const folder_names names(sha256);
  const owned_fd first(::openat(folders_->root.get(), names.first.c_str(), as_folder));
  const owned_fd second(first ? ::openat(first.get(), names.second.c_str(), as_folder) : -1);
  if (!second && errno == ENOENT) return false;
  if (!second) return system_error("cannot open a folder of attachments");
  if (::unlinkat(second.get(), std::string(sha256).c_str(), 0) != 0) {
    if (errno == ENOENT) return false;
    return system_error("cannot remove an attachment");
  }
  if (auto synced = sync(second.get(), "cannot write an attachment's folder to the disk"); !synced)
    return tl::unexpected(synced.error());
  return true;
}

}  // namespace fibrehub::store
