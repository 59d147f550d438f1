#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/core_sections.hpp"
#include "support.hpp"

namespace fibrehub::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SchemaFaults, TheCoreSectionsAreDeclaredRight) {
  EXPECT_THAT(faults_of(core_sections()), IsEmpty());
  EXPECT_THAT(faults_of(testing::sample_schema()), IsEmpty());
}

TEST(SchemaFaults, MistakesOfDeclarationsAreFound) {
  section bad{.name = "bad", .text = "Bad."};
  bad.settings = {
      text("Name", "", "A name."),
      text("one", "", "No full stop"),
      integer("two", 11, 1, 10, "Too much."),
      integer("three", 3, 5, 1, "The wrong way round."),
      choice("four", "x", {"a"}, "Not among them."),
      text("one", "", "Again."),
      required(text("five", "", "Needed.")),
      url("six", "example.com", "No scheme."),
  };
  EXPECT_THAT(faults_of({bad}),
              ElementsAre("bad.Name: the name must be lower-case letters, digits and single "
                          "underscores, starting with a letter, 40 at most",
                          "bad.one: the text must be a sentence with a full stop",
                          "bad.two: the default is wrong: 11 is out of range, allowed is 1 to 10",
                          "bad.three: the lower bound is above the upper bound",
                          "bad.three: the default is wrong: 3 is out of range, allowed is 5 to 1",
                          "bad.four: the default is wrong: \"x\" is not allowed, allowed are a",
                          "bad.one: declared twice",
                          "bad.five: only repeatable sections can require a setting, a hub without "
                          "any configuration must start",
                          "bad.six: the default is wrong: \"example.com\" is not a URL, it must "
                          "begin with http:// or https://"));
}

TEST(SchemaFaults, TwoSectionsOfOneNameAreFound) {
  auto twice = testing::sample_schema();
  twice.push_back({.name = "web", .text = "Again."});
  EXPECT_THAT(faults_of(twice), ElementsAre("web: declared twice"));
}

}  // namespace
}  // namespace fibrehub::config
