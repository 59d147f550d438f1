#include "web/content_disposition.hpp"

#include <gtest/gtest.h>

namespace fibrehub::web {
namespace {

TEST(ContentDisposition, SaysAPlainNameOnce) {
  EXPECT_EQ(attachment_disposition("photo 1.jpg"), R"(attachment; filename="photo 1.jpg")");
}

TEST(ContentDisposition, AddsTheEncodedFormForOtherLetters) {
  EXPECT_EQ(attachment_disposition("naïve 日.png"),
            R"(attachment; filename="na_ve _.png"; filename*=UTF-8''na%C3%AFve%20%E6%97%A5.png)");
}

TEST(ContentDisposition, LetsNoNameOutOfItsHeader) {
  EXPECT_EQ(attachment_disposition("a\"; x=\"b.jpg"),
            R"(attachment; filename="a_; x=_b.jpg"; filename*=UTF-8''a%22%3B%20x%3D%22b.jpg)");
  EXPECT_EQ(attachment_disposition("a\\%41\r\nSet-Cookie: x"),
            R"(attachment; filename="a__41__Set-Cookie: x"; )"
            R"(filename*=UTF-8''a%5C%2541%0D%0ASet-Cookie%3A%20x)");
}

}  // namespace
}  // namespace fibrehub::web
