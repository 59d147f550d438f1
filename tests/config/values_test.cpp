#include "config/values.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace fibrehub::config {
namespace {

TEST(Values, ASectionMayOutliveTheValuesItCameFrom) {
  std::unique_ptr<section_values> web;
  {
    const values all{testing::sample_schema()};
    web = std::make_unique<section_values>(all.section("web"));
  }
  EXPECT_EQ(web->integer("port"), 8080);
  EXPECT_EQ(web->declaration().text, "The web.");
  EXPECT_EQ(web->name(), "web");
}

TEST(Values, SectionsKeepTheOrderOfTheSchemaAndNamesTheAlphabet) {
  auto declared = testing::sample_schema();
  std::swap(declared[0], declared[1]);
  values all{declared};
  for (const auto* name : {"b", "c", "a", "b"})
    all.instance(declared[0], name, {});
  std::string order;
  for (const auto& section : all.sections())
    order += section.name() + " ";
  EXPECT_EQ(order, "peer.a peer.b peer.c web ");
}

TEST(ValuesDeathTest, AskingForWhatIsNotDeclaredEndsTheProgram) {
  const values all{testing::sample_schema()};
  EXPECT_DEATH((void)all.integer("web", "prot"), "web.prot is not declared");
  EXPECT_DEATH((void)all.text("web", "port"), "web.port is of kind integer");
  EXPECT_DEATH((void)all.section("peer", "none"), "no section peer.none");
}

}  // namespace
}  // namespace fibrehub::config
