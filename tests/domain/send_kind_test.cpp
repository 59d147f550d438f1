#include "domain/send_kind.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

TEST(SendKind, HasANameThatLeadsBackToIt) {
  for (int i = 0; i <= static_cast<int>(send_kind::seen); ++i) {
    const auto k = static_cast<send_kind>(i);
    EXPECT_EQ(send_kind_from(name_of(k)), k);
  }
  EXPECT_EQ(name_of(send_kind::erase), "delete");
  EXPECT_FALSE(send_kind_from("sticker"));
}

TEST(SendKind, IsAMessageOrIsRepeatable) {
  for (const std::string_view name : message_kind_names())
    EXPECT_TRUE(is_message(*send_kind_from(name))) << name;
  for (const send_kind k : {send_kind::reaction, send_kind::edit, send_kind::erase,
                            send_kind::typing, send_kind::seen}) {
    EXPECT_FALSE(is_message(k));
    EXPECT_TRUE(is_repeatable(k));
    EXPECT_EQ(type_of_echo(k, ""), "");
  }
}

TEST(SendKind, OnlyTextsAndPlacesTakeAName) {
  for (const std::string_view name : message_kind_names()) {
    const send_kind k = *send_kind_from(name);
    EXPECT_EQ(may_be_named(k), k == send_kind::text || k == send_kind::location) << name;
    EXPECT_NE(has_file(k), may_be_named(k)) << name;
  }
}

TEST(SendKind, FollowsFromTheFilesType) {
  struct row {
    const char* type;
    send_kind kind;
    const char* echo;
  };
  for (const row& r :
       {row{"image/jpeg", send_kind::image, "image"}, row{"image/png", send_kind::image, "image"},
        row{"image/webp", send_kind::file, "image"}, row{"video/mp4", send_kind::video, "video"},
        row{"audio/ogg", send_kind::voice, "audio"},
        row{"application/pdf", send_kind::file, "document"}}) {
    EXPECT_EQ(kind_for_file(r.type), r.kind) << r.type;
    EXPECT_EQ(type_of_echo(r.kind, r.type), r.echo) << r.type;
    EXPECT_FALSE(file_objection(r.kind, r.type)) << r.type;
    EXPECT_FALSE(file_objection(send_kind::file, r.type)) << "anything is a file";
  }
  EXPECT_TRUE(file_objection(send_kind::image, "application/pdf"));
  EXPECT_TRUE(file_objection(send_kind::voice, "video/mp4"));
  EXPECT_TRUE(file_objection(send_kind::video, "image/png"));
}

}  // namespace
}  // namespace fibrehub::domain
