#include "store/private_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace fibrehub::store {
namespace {

namespace fs = std::filesystem;

class PrivateCluster : public testing::Test {
 protected:
  PrivateCluster() {
    std::string pattern = (fs::temp_directory_path() / "fibrehub-cluster-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::permissions(folder_, fs::perms(0755));
  }
  ~PrivateCluster() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  private_cluster_options options() const {
    private_cluster_options o;
    o.folder = folder_ / "postgres";
    o.settings = {"fsync=off"};
    return o;
  }
  fs::path folder_;
};

TEST_F(PrivateCluster, IsMadeAnewWhereAnEarlierAttemptWasCutShort) {
  fs::create_directories(folder_ / "postgres/data.new/base");
  std::ofstream(folder_ / "postgres/data.new/half") << "written";
  auto cluster = private_cluster::start(options());
  ASSERT_TRUE(cluster) << cluster.error();
  EXPECT_FALSE(fs::exists(folder_ / "postgres/data.new"));
  EXPECT_TRUE(running_private_url(folder_ / "postgres"));
}

TEST_F(PrivateCluster, SaysWhichVersionItNeedsWhenAnotherIsInstalled) {
  fs::create_directories(folder_ / "postgres/data");
  std::ofstream(folder_ / "postgres/data/PG_VERSION") << "9\n";
  const auto cluster = private_cluster::start(options());
  ASSERT_FALSE(cluster);
  EXPECT_THAT(cluster.error(), testing::HasSubstr("install the package postgresql-9"));
}

}  // namespace
}  // namespace fibrehub::store
