// The sample configuration, with every commented setting taken in, against the whole program's
// schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "channels/qcontact/settings.hpp"
#include "channels/waha/settings.hpp"
#include "config/core_sections.hpp"
#include "config/load.hpp"

namespace fibrehub::channels {
namespace {

config::schema whole_schema() {
  config::schema all = config::core_sections();
  all.push_back(waha::declared_settings());
  all.push_back(qcontact::section());
  return all;
}

/// The sample as an operator would have it who removed the comment signs of all settings.
std::string uncommented_sample() {
  std::ifstream in(FIBREHUB_SOURCE_DIR "/config/fibrehub.sample.toml");
  std::string out, line;
  while (std::getline(in, line)) {
    const bool setting = line.starts_with("# ") && line.find(" = ") != std::string::npos &&
                         line.find(' ', 2) == line.find(" = ");
    const bool section = line.starts_with("# [") && line.ends_with("]");
    out += (setting || section ? line.substr(2) : line) + "\n";
  }
  return out;
}

TEST(SampleFile, IsAcceptedByTheWholeSchemaWithEverySettingTakenIn) {
  const std::string path = testing::TempDir() + "fibrehub-sample-test.toml";
  std::ofstream(path) << uncommented_sample();
  const auto loaded = config::load(whole_schema(), {path, {}}, {});
  std::remove(path.c_str());
  ASSERT_TRUE(loaded) << testing::PrintToString(loaded.error());
  EXPECT_EQ(loaded->instances("waha").size(), 1U);
  EXPECT_EQ(loaded->instances("qcontact").size(), 1U);
}

TEST(Schema, HasNoFaultsInItsDeclarations) {
  EXPECT_THAT(config::faults_of(whole_schema()), testing::IsEmpty());
}

}  // namespace
}  // namespace fibrehub::channels
