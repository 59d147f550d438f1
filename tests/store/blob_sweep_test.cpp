// Old files and their removal, against those who put the same bytes at the same time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "store/blobs.hpp"

namespace fibrehub::store {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BlobSweep : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fibrehub-sweep-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    auto opened = blob_store::open((top_ / "files").string());
    ASSERT_TRUE(opened);
    store_.emplace(std::move(*opened));
  }
  void TearDown() override { fs::remove_all(top_); }

  std::string put(std::string_view bytes) const {
    auto draft = store_->begin(1'000);
    EXPECT_TRUE(draft->write(bytes));
    return draft->commit().value().sha256;
  }
  void age(const std::string& sha256, std::chrono::hours by) const {
    const fs::path file = top_ / "files" / sha256.substr(0, 2) / sha256.substr(2, 2) / sha256;
    fs::last_write_time(file, fs::file_time_type::clock::now() - by);
  }
  static blob_store::time yesterday() { return std::chrono::system_clock::now() - 24h; }

  fs::path top_;
  std::optional<blob_store> store_;
};

TEST_F(BlobSweep, ListsOnlyWhatWasPutLongAgo) {
  put("new");
  const std::string old = put("old");
  age(old, 25h);
  EXPECT_THAT(store_->put_before(yesterday(), 10).value(), ElementsAre(old));
  EXPECT_THAT(store_->put_before(yesterday(), 0).value(), testing::SizeIs(testing::Le(1)));
  EXPECT_TRUE(store_->remove_put_before(old, yesterday()).value());
  EXPECT_FALSE(store_->remove_put_before(old, yesterday()).value());
  EXPECT_THAT(store_->put_before(yesterday(), 10).value(), IsEmpty());
}

TEST_F(BlobSweep, LeavesWhatWasPutAgainMeanwhile) {
  const std::string old = put("old");
  age(old, 25h);
  ASSERT_THAT(store_->put_before(yesterday(), 10).value(), ElementsAre(old));
  EXPECT_EQ(put("old"), old);
  EXPECT_FALSE(store_->remove_put_before(old, yesterday()).value());
  EXPECT_TRUE(store_->open_blob(old));
}

TEST_F(BlobSweep, NeverTakesAwayWhatACommitHasJustAnswered) {
  const std::string sha256 = put("contested");
  std::atomic<bool> stop{false};
  std::thread sweeper([&] {
    while (!stop)
      static_cast<void>(store_->remove_put_before(sha256, yesterday()));
  });
  for (int i = 0; i < 300; ++i) {
    if (store_->open_blob(sha256)) age(sha256, 25h);
    put("contested");
    ASSERT_TRUE(store_->open_blob(sha256)) << i;
  }
  stop = true;
  sweeper.join();
}

TEST_F(BlobSweep, RefusesWhatIsNoSha256) {
  EXPECT_EQ(store_->remove_put_before("../x", yesterday()).error().code, blob_errc::invalid);
}

}  // namespace
}  // namespace fibrehub::store
