#include "protocols/multipart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace fibrehub::protocols {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// "name/file:content" of each part, or the error.
std::vector<std::string> read(std::string_view body, std::string_view boundary = "X",
                              const multipart_limits& limits = {}) {
  const auto parts = parse_multipart(body, boundary, limits);
  if (!parts) return {"error: " + parts.error().message};
  std::vector<std::string> out;
  for (const multipart_part& p : *parts)
    out.push_back(fmt::format("{}/{}:{}", p.name, p.file_name.value_or("-"), p.content));
  return out;
}

std::string part(const std::string& content,
                 const std::string& disposition = R"(name="a"; filename="b.jpg")") {
  return "--X\r\nContent-Disposition: form-data; " + disposition +
         "\r\nContent-Type: image/jpeg\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, ReadsWhatBrowsersAndCurlSend) {
  const std::string body =
      "------WebKitFormBoundaryABC\r\n"
      "Content-Disposition: form-data; name=\"note\"\r\n\r\n"
      "hello\r\n"
      "------WebKitFormBoundaryABC\r\n"
      "Content-Disposition: form-data; name=\"file\"; filename=\"photo 1.jpg\"\r\n"
      "Content-Type: image/jpeg\r\n\r\n"
      "\xff\xd8\r\n--not a boundary\r\n\0bytes"s +
      "\r\n------WebKitFormBoundaryABC--\r\n";
  const auto parts = parse_multipart(body, "----WebKitFormBoundaryABC");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].name, "note");
  EXPECT_FALSE((*parts)[0].file_name);
  EXPECT_EQ((*parts)[0].content, "hello");
  EXPECT_EQ((*parts)[1].file_name, "photo 1.jpg");
  EXPECT_EQ((*parts)[1].content_type, "image/jpeg");
  EXPECT_EQ((*parts)[1].content, "\xff\xd8\r\n--not a boundary\r\n\0bytes"sv);
}

TEST(Multipart, KeepsEveryByteOfTheContent) {
  for (const std::string& content : {""s, "\r\n"s, "\r\n\r\n"s, "--Xa"s, "\r\n--"s, "\r\n--Xa"s,
                                     "a\r\n--X b"s, "\n--X--\n"s, "\0"s})
    EXPECT_THAT(read(part(content) + "--X--"), ElementsAre("a/b.jpg:" + content));
}

TEST(Multipart, TakesAnEmptyPartWhoseBoundaryFollowsItsHeadAtOnce) {
  EXPECT_THAT(read("--X\r\nContent-Disposition: form-data; name=a\r\n\r\n--X--"),
              ElementsAre("a/-:"));
}

TEST(Multipart, IgnoresWhatStandsBeforeTheFirstBoundaryAndAfterTheLast) {
  EXPECT_THAT(read("a preamble\r\n" + part("1") + "--X--\r\nand more\r\n--X\r\nof no use"),
              ElementsAre("a/b.jpg:1"));
  EXPECT_THAT(read("--Xyz\r\n" + part("1") + "--X-- \r\n"), ElementsAre("a/b.jpg:1"));
}

TEST(Multipart, AllowsBlanksAfterABoundary) {
  EXPECT_THAT(read("--X \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--"),
              ElementsAre("a/-:1"));
}

TEST(Multipart, ReadsNamesAsTheyAreEscaped) {
  const std::pair<const char*, const char*> names[] = {
      {R"(filename="a\"b.jpg")", "a\"b.jpg"},
      {R"(filename="a%22b.jpg")", "a\"b.jpg"},
      {R"(filename="a%0D%0Ab")", "a\r\nb"},
      {R"(filename="C:\dir\x.jpg")", "C:\\dir\\x.jpg"},
      {R"(filename="../../etc/x")", "../../etc/x"},
      {R"(filename="naïve – 日本.png")", "naïve – 日本.png"},
      {R"(filename=plain.jpg)", "plain.jpg"},
      {R"(filename="")", ""},
      {R"(FileName="b" ;)", "b"},
      {R"(filename="a;b=c")", "a;b=c"}};
  for (const auto& [text, name] : names)
    EXPECT_THAT(read(part("1", "name=\"a\"; "s + text) + "--X--"),
                ElementsAre(fmt::format("a/{}:1", name)))
        << text;
}

TEST(Multipart, RefusesWhatIsMalformedAndSaysWhy) {
  const std::string end = "--X--";
  const std::pair<std::string, const char*> broken[] = {
      {"", "nowhere"},
      {"--Y\r\n", "nowhere"},
      {"--X", "nowhere"},
      {part("1"), "before its closing"},
      {part("1") + "--X", "before its closing"},
      {"--X\r\nContent-Disposition: form-data; name=a", "within the head"},
      {"--X\r\n\r\n1\r\n--X--", "no Content-Disposition"},
      {"--X\r\nContent-Type: a/b\r\n\r\n1\r\n--X--", "no Content-Disposition"},
      {"--X\r\nnonsense\r\n\r\n1\r\n--X--", "no header"},
      {"--X\r\n : x\r\n\r\n1\r\n--X--", "no header"},
      {"--X\r\nContent-Disposition: form-data; name=a\r\n folded: 1\r\n\r\n1\r\n--X--",
       "no header"},
      {"--X\r\nContent-Disposition: form-data; name=a\nb: c\r\n\r\n1\r\n--X--",
       "control character"},
      {part("1", "filename=b") + end, "no name"},
      {part("1", "name=a; name=b") + end, "well-formed"},
      {part("1", "name=\"a") + end, "well-formed"},
      {part("1", "name") + end, "well-formed"},
      {part("1", "name=a b=c") + end, "well-formed"},
      {part("1", "name=a; filename*=UTF-8''x") + end, "filename*"},
      {"--X\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--X--", "well-formed"},
      {"--X\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; "
       "name=b\r\n\r\n1\r\n--X--",
       "two Content-Dispositions"},
      {"--X\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: "
       "base64\r\n\r\nMQ==\r\n--X--",
       "Content-Transfer-Encoding"}};
  for (const auto& [body, why] : broken)
    EXPECT_THAT(read(body), ElementsAre(HasSubstr(why))) << body;
}

TEST(Multipart, HasABoundForPartsAndHeads) {
  std::string body;
  for (int i = 0; i < 4; ++i)
    body += part("1");
  EXPECT_EQ(read(body + "--X--", "X", {.max_parts = 4}).size(), 4U);
  EXPECT_THAT(read(body + "--X--", "X", {.max_parts = 3}), ElementsAre(HasSubstr("more than 3")));
  EXPECT_THAT(read(part("1", "name=" + std::string(5000, 'a')) + "--X--"),
              ElementsAre(HasSubstr("more than 4096 bytes")));
}

TEST(Multipart, FindsTheBoundaryInAContentType) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=X"), "X");
  EXPECT_EQ(multipart_boundary("multipart/form-data; charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  EXPECT_EQ(multipart_boundary("multipart/form-data;boundary=" + std::string(70, 'x')),
            std::string(70, 'x'));
  for (const std::string& bad :
       {"multipart/form-data"s, "multipart/form-data; boundary="s,
        "multipart/form-data; boundary=\"\""s, "multipart/form-data; boundary=\"a \""s,
        "multipart/form-data; boundary=a; boundary=b"s,
        "multipart/form-data; boundary=" + std::string(71, 'x'),
        "multipart/form-data; boundary=\"a\r\nb\""s, "multipart/form-data; boundary=\"a;b\""s})
    EXPECT_FALSE(multipart_boundary(bad)) << bad;
}

TEST(Multipart, KnowsAFormByItsContentType) {
  EXPECT_TRUE(is_multipart_form("multipart/form-data; boundary=X"));
  EXPECT_TRUE(is_multipart_form("Multipart/Form-Data"));
  for (const char* other :
       {"", "multipart/mixed; boundary=X", "image/jpeg", "multipart/form-datax"})
    EXPECT_FALSE(is_multipart_form(other)) << other;
}

/// Whatever comes in, the parts lie inside the body, in order and apart.
void expect_sound(std::string_view body) {
  const auto parts = parse_multipart(body, "X");
  if (!parts) {
    EXPECT_LE(parts.error().offset, body.size());
    return;
  }
  const char* last = body.data();
  for (const multipart_part& p : *parts) {
    if (p.content.empty()) continue;
    EXPECT_GE(p.content.data(), last);
    last = p.content.data() + p.content.size();
    EXPECT_LE(last, body.data() + body.size());
    EXPECT_EQ(p.content.find("\r\n--X\r\n"), std::string_view::npos);
  }
}

TEST(Multipart, SurvivesMutations) {
  const std::string whole = "pre\r\n" + part("first\r\n--Xno") + part("", "name=a") +
                            part("second", R"(name="q\"q"; filename="x%22y")") + "--X--\r\npost";
  const std::string pool = "\r\n-X\"\\:;= \t%aC\0\xff"s;
  std::minstd_rand random(20261121);
  for (int round = 0; round < 20'000; ++round) {
    std::string body = whole;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % body.size();
      switch (random() % 4) {
        case 0:
          body[at] = pool[random() % pool.size()];
          break;
        case 1:
          body.erase(at, 1 + random() % 8);
          break;
        case 2:
          body.insert(at, 1, pool[random() % pool.size()]);
          break;
        default:
          body.insert(at, body.substr(random() % body.size(), random() % 40));
      }
      if (body.empty()) body = "-";
    }
    expect_sound(body);
  }
  for (std::size_t n = 0; n <= whole.size(); ++n)
    expect_sound(std::string_view(whole).substr(0, n));
}

TEST(Multipart, ReadsAnyContentBackThatDoesNotHoldTheBoundary) {
  std::minstd_rand random(7);
  const std::string pool = "\r\n-XY\0a"s;
  for (int round = 0; round < 5'000; ++round) {
    std::string content;
    for (auto n = random() % 60; n > 0; --n)
      content += pool[random() % pool.size()];
    if (("\r\n" + content + "\r\n").find("\r\n--X\r\n") != std::string::npos ||
        ("\r\n" + content + "\r\n").find("\r\n--X--") != std::string::npos)
      continue;
    ASSERT_THAT(read(part(content) + "--X--"), ElementsAre("a/b.jpg:" + content));
  }
}

}  // namespace
}  // namespace fibrehub::protocols
