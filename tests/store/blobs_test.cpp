#include "store/blobs.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace fibrehub::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// SHA-256 of "abc" and of nothing (FIPS 180-2, appendix B).
const std::string abc_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class Blobs : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fibrehub-blobs-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    folder_ = top_ / "files";
  }
  void TearDown() override { fs::remove_all(top_); }

  blob_store opened() const {
    auto store = blob_store::open(folder_.string());
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
  std::size_t drafts() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ / "tmp"))
      ++count;
    return count;
  }
  fs::path place_of(const std::string& sha256) const {
    return folder_ / sha256.substr(0, 2) / sha256.substr(2, 2) / sha256;
  }

  fs::path top_, folder_;
};

blob_result<stored_blob> put(const blob_store& store, std::string_view bytes) {
  auto draft = store.begin(1'000'000);
  if (!draft) return tl::unexpected(draft.error());
  if (auto written = draft->write(bytes); !written) return tl::unexpected(written.error());
  return draft->commit();
}

std::string content_of(const blob_file& file) {
  std::string out(file.size_bytes(), '\0');
  EXPECT_EQ(file.read_at(0, out).value(), out.size());
  return out;
}

void write_file(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << bytes;
}

TEST_F(Blobs, AreKeptUnderTheSha256OfTheirBytes) {
  const blob_store store = opened();
  auto draft = store.begin(3).value();
  ASSERT_TRUE(draft.write("a"));
  ASSERT_TRUE(draft.write(""));
  ASSERT_TRUE(draft.write("bc"));
  EXPECT_EQ(draft.size_bytes(), 3U);
  const auto stored = draft.commit();
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->sha256, abc_sha256);
  EXPECT_EQ(stored->size_bytes, 3U);
  EXPECT_TRUE(fs::is_regular_file(place_of(abc_sha256)));
  EXPECT_EQ(drafts(), 0U);
  const auto file = store.open_blob(abc_sha256);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(content_of(*file), "abc");
}

TEST_F(Blobs, CanBeEmpty) {
  const blob_store store = opened();
  EXPECT_EQ(put(store, "").value().sha256, empty_sha256);
  EXPECT_EQ(store.open_blob(empty_sha256).value().size_bytes(), 0U);
}

TEST_F(Blobs, AreReadInPieces) {
  const blob_store store = opened();
  ASSERT_TRUE(put(store, "abc"));
  const auto file = store.open_blob(abc_sha256).value();
  std::array<char, 2> piece{};
  EXPECT_EQ(file.read_at(0, piece).value(), 2U);
  EXPECT_EQ(file.read_at(2, piece).value(), 1U);
  EXPECT_EQ(piece[0], 'c');
  EXPECT_EQ(file.read_at(3, piece).value(), 0U);
  EXPECT_EQ(file.read_at(1'000, piece).value(), 0U);
}

TEST_F(Blobs, AreReadableForTheirOwnerOnly) {
  const blob_store store = opened();
  ASSERT_TRUE(put(store, "abc"));
  constexpr auto others = fs::perms::group_all | fs::perms::others_all;
  EXPECT_EQ(fs::status(folder_).permissions() & others, fs::perms::none);
  EXPECT_EQ(fs::status(place_of(abc_sha256)).permissions() & others, fs::perms::none);
}

TEST_F(Blobs, OfTheSameBytesAreKeptOnce) {
  const blob_store store = opened();
  ASSERT_TRUE(put(store, "abc"));
  struct stat before {};
  ASSERT_EQ(stat(place_of(abc_sha256).c_str(), &before), 0);
  const auto again = put(store, "abc");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->sha256, abc_sha256);
  struct stat after {};
  ASSERT_EQ(stat(place_of(abc_sha256).c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino);
  EXPECT_EQ(after.st_nlink, 1U);
  EXPECT_EQ(drafts(), 0U);
}

TEST_F(Blobs, CommittedAtTheSameTimeByManyThreadsAreKeptOnce) {
  const blob_store store = opened();
  std::atomic<int> kept = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i)
        if (put(store, fmt::format("file {}", i))) ++kept;
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(kept, 100);
  EXPECT_EQ(drafts(), 0U);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    files += entry.is_regular_file() && entry.path().filename().native().size() == 64 ? 1 : 0;
  EXPECT_EQ(files, 25U);
}

TEST_F(Blobs, OfWhichOtherBytesAreKeptAreReportedAsDamaged) {
  const blob_store store = opened();
  write_file(place_of(abc_sha256), "abcd");
  const auto stored = put(store, "abc");
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, blob_errc::damaged);
  EXPECT_THAT(stored.error().message, HasSubstr(abc_sha256));
  EXPECT_EQ(drafts(), 0U);
}

TEST_F(Blobs, AreNeverWrittenThroughALink) {
  const blob_store store = opened();
  write_file(top_ / "victim", "abc");
  fs::create_directories(place_of(abc_sha256).parent_path());
  fs::create_symlink(top_ / "victim", place_of(abc_sha256));
  EXPECT_EQ(put(store, "abc").error().code, blob_errc::damaged);
  fs::remove_all(folder_ / "ba");
  fs::create_directories(top_ / "elsewhere" / "78");
  fs::create_directory_symlink(top_ / "elsewhere", folder_ / "ba");
  EXPECT_EQ(put(store, "abc").error().code, blob_errc::failed);
  EXPECT_TRUE(fs::is_empty(top_ / "elsewhere" / "78"));
}

TEST_F(Blobs, AreNeverReadThroughALink) {
  const blob_store store = opened();
  write_file(top_ / "secret", "abc");
  fs::create_directories(place_of(abc_sha256).parent_path());
  fs::create_symlink(top_ / "secret", place_of(abc_sha256));
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::failed);
  fs::remove_all(folder_ / "ba");
  write_file(top_ / "elsewhere" / "78" / abc_sha256, "abc");
  fs::create_directory_symlink(top_ / "elsewhere", folder_ / "ba");
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::failed);
  EXPECT_FALSE(store.remove(abc_sha256));
  EXPECT_TRUE(fs::exists(top_ / "elsewhere" / "78" / abc_sha256));
}

TEST_F(Blobs, ThatAreNoFilesAreNotOpened) {
  const blob_store store = opened();
  fs::create_directories(place_of(abc_sha256));
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::damaged);
  fs::remove(place_of(abc_sha256));
  ASSERT_EQ(mkfifo(place_of(abc_sha256).c_str(), 0600), 0);
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::damaged);
}

TEST_F(Blobs, AreAskedForBySha256AndNothingElse) {
  const blob_store store = opened();
  ASSERT_TRUE(put(store, "abc"));
  std::string upper = abc_sha256;
  upper[0] = 'B';
  std::string with_zero = abc_sha256;
  with_zero[63] = '\0';
  for (const std::string& name :
       {std::string(), std::string("../../etc/passwd"), abc_sha256.substr(1), abc_sha256 + "0",
        abc_sha256 + "/", upper, with_zero, std::string(64, '.'), "../" + abc_sha256.substr(3),
        abc_sha256.substr(0, 62) + "/."}) {
    EXPECT_EQ(store.open_blob(name).error().code, blob_errc::invalid) << name;
    EXPECT_EQ(store.remove(name).error().code, blob_errc::invalid) << name;
  }
}

TEST_F(Blobs, ThatAreNotKeptAreNotFound) {
  const blob_store store = opened();
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::not_found);
  EXPECT_FALSE(store.remove(abc_sha256).value());
}

TEST_F(Blobs, AreGoneAfterTheirRemovalAndCanComeBack) {
  const blob_store store = opened();
  ASSERT_TRUE(put(store, "abc"));
  const auto still_open = store.open_blob(abc_sha256).value();
  EXPECT_TRUE(store.remove(abc_sha256).value());
  EXPECT_FALSE(store.remove(abc_sha256).value());
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::not_found);
  EXPECT_EQ(content_of(still_open), "abc");
  EXPECT_TRUE(put(store, "abc"));
  EXPECT_TRUE(store.open_blob(abc_sha256));
}

TEST_F(Blobs, BelongToTheFolderNotToTheProcess) {
  ASSERT_TRUE(put(opened(), "abc"));
  EXPECT_EQ(content_of(opened().open_blob(abc_sha256).value()), "abc");
}

TEST_F(Blobs, WithoutAFolderSayWhy) {
  write_file(top_ / "file", "");
  const auto store = blob_store::open((top_ / "file" / "files").string());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, blob_errc::failed);
  EXPECT_THAT(store.error().message, HasSubstr("file/files"));
}

using BlobDrafts = Blobs;

TEST_F(BlobDrafts, AreRemovedWhenAbandoned) {
  const blob_store store = opened();
  {
    auto draft = store.begin(10).value();
    ASSERT_TRUE(draft.write("abc"));
    EXPECT_EQ(drafts(), 1U);
  }
  EXPECT_EQ(drafts(), 0U);
  EXPECT_EQ(store.open_blob(abc_sha256).error().code, blob_errc::not_found);
}

TEST_F(BlobDrafts, OutliveTheStoreThatBeganThem) {
  auto draft = opened().begin(10).value();
  ASSERT_TRUE(draft.write("abc"));
  EXPECT_TRUE(draft.commit());
}

TEST_F(BlobDrafts, ShowTheirBytesBeforeTheCommit) {
  auto draft = opened().begin(10).value();
  ASSERT_TRUE(draft.write("abc"));
  std::array<char, 4> bytes{};
  EXPECT_EQ(pread(draft.descriptor(), bytes.data(), bytes.size(), 0), 3);
  EXPECT_STREQ(bytes.data(), "abc");
  EXPECT_TRUE(draft.commit());
  EXPECT_EQ(draft.descriptor(), -1);
}

TEST_F(BlobDrafts, AreOverWhenTheyPassTheirLimit) {
  auto draft = opened().begin(3).value();
  ASSERT_TRUE(draft.write("abc"));
  const auto written = draft.write("d");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, blob_errc::too_large);
  EXPECT_EQ(drafts(), 0U);
  EXPECT_EQ(draft.write("").error().code, blob_errc::too_large);
  EXPECT_EQ(draft.commit().error().code, blob_errc::too_large);
  EXPECT_EQ(draft.descriptor(), -1);
}

TEST_F(BlobDrafts, CommitOnce) {
  auto draft = opened().begin(3).value();
  ASSERT_TRUE(draft.write("abc"));
  ASSERT_TRUE(draft.commit());
  EXPECT_EQ(draft.commit().error().code, blob_errc::invalid);
  EXPECT_EQ(draft.write("d").error().code, blob_errc::invalid);
}

TEST_F(BlobDrafts, CanBeMoved) {
  const blob_store store = opened();
  auto first = store.begin(3).value();
  ASSERT_TRUE(first.write("abc"));
  blob_draft second = std::move(first);
  second = store.begin(3).value();
  EXPECT_EQ(drafts(), 1U);
}

TEST_F(BlobDrafts, OfACrashedProcessAreRemovedAtTheStart) {
  opened();
  write_file(folder_ / "tmp" / "0123456789abcdef", "half a file");
  fs::create_symlink(top_, folder_ / "tmp" / "link");
  opened();
  EXPECT_EQ(drafts(), 0U);
  EXPECT_TRUE(fs::exists(top_));
}

TEST_F(BlobDrafts, OfALivingProcessSurviveTheStartOfAnother) {
  auto draft = opened().begin(10).value();
  ASSERT_TRUE(draft.write("abc"));
  opened();
  EXPECT_EQ(drafts(), 1U);
  EXPECT_TRUE(draft.commit());
  EXPECT_TRUE(opened().open_blob(abc_sha256));
}

TEST_F(BlobDrafts, SayThatThereIsNoRoomWhenALimitIsReached) {
  auto draft = opened().begin(1'000'000).value();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = draft.write(std::string(10'000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, blob_errc::disk_full);
  EXPECT_EQ(drafts(), 0U);
}

constexpr int no_small_disk = 77;

/// In a process and a name space of its own, so that nothing stays mounted: 0 when a disk of 64 KB
/// refuses 256 KB as it should and has room again afterwards.
int fill_small_disk(const fs::path& folder) {
  const std::string users = fmt::format("0 {} 1", getuid());
  const std::string groups = fmt::format("0 {} 1", getgid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return no_small_disk;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << users;
  std::ofstream("/proc/self/gid_map") << groups;
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") != 0) return no_small_disk;
  auto store = blob_store::open(folder.string());
  if (!store) return 1;
  auto draft = store->begin(1'000'000);
  if (!draft) return 2;
  const auto written = draft->write(std::string(262'144, 'x'));
  if (written || written.error().code != blob_errc::disk_full) return 3;
  return put(*store, "abc") ? 0 : 4;
}

TEST_F(BlobDrafts, SayThatTheDiskIsFullAndGiveTheRoomBack) {
  fs::create_directories(folder_);
  const pid_t child = fork();
  if (child == 0) _exit(fill_small_disk(folder_));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == no_small_disk) GTEST_SKIP() << "no disk can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace fibrehub::store
