// Where the file of a message is asked for, whatever WAHA, or somebody who speaks in its place,
// says of its address.
#include "channels/waha/media_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::channels::waha {
namespace {

using ::testing::HasSubstr;

settings there() {
  settings s;
  s.name = "main";
  s.base_url = "http://waha.internal:3100";
  s.sending.api_key = "the-key";
  s.media.hosts = {"minio.internal:9000", "files.internal"};
  return s;
}

std::string_view key_of(const media_call& call) {
  for (const auto& [name, value] : call.request.headers)
    if (name == "X-Api-Key") return value;
  return {};
}

struct wanted {
  const char* url;
  media_place place;
  const char* asks = "";  // the URL that is called
};

class FileCall : public ::testing::TestWithParam<wanted> {};

TEST_P(FileCall, GoesWhereItMayAndTakesTheKeyToTheBridgeAlone) {
  const media_call call = file_call(there(), GetParam().url);
  EXPECT_EQ(call.place, GetParam().place);
  EXPECT_EQ(call.request.url, GetParam().asks);
  EXPECT_EQ(key_of(call), call.place == media_place::bridge ? "the-key" : "");
  EXPECT_EQ(call.why.empty(), call.place != media_place::none);
  EXPECT_EQ(call.request.method, "GET");
}

using enum media_place;
INSTANTIATE_TEST_SUITE_P(
    Addresses, FileCall,
    ::testing::Values(
        // WAHA's own, by its default, its name, and any name it may give itself.
        wanted{"http://localhost:3000/api/files/default/A1.jpeg", bridge,
               "http://waha.internal:3100/api/files/default/A1.jpeg"},
        wanted{"http://127.0.0.1:3000/api/files/default/A1.jpeg", bridge,
               "http://waha.internal:3100/api/files/default/A1.jpeg"},
        wanted{"http://waha.internal:3100/api/files/default/A1.jpeg", bridge,
               "http://waha.internal:3100/api/files/default/A1.jpeg"},
        wanted{"https://WAHA.example.com/api/files/default/A1.jpeg", bridge,
               "http://waha.internal:3100/api/files/default/A1.jpeg"},
        wanted{"http://waha.internal:3100/api/s3/default/A1.jpeg", bridge,
               "http://waha.internal:3100/api/s3/default/A1.jpeg"},
        wanted{"http://localhost:3000/api/files/d/false_27@c.us_A1.jpeg", bridge,
               "http://waha.internal:3100/api/files/d/false_27@c.us_A1.jpeg"},
        // A key in the address of another is not taken along, nor a fragment.
        wanted{"http://localhost:3000/api/files/default/A1.jpeg?x-api-key=k#top", bridge,
               "http://waha.internal:3100/api/files/default/A1.jpeg"},
        // Nothing leads to another call of WAHA.
        wanted{"http://localhost:3000/api/files/../sessions/default/logout", none},
        wanted{"http://localhost:3000/api/files/%2e%2e/sessions", none},
        wanted{"http://localhost:3000/api/files/%2E%2e%2fsessions", none},
        wanted{"http://localhost:3000/api/files//etc/passwd", none},
        wanted{"http://localhost:3000/api/files/%5c..%5cx", none},
        // Foreign storage.
        wanted{"https://bucket.s3.amazonaws.com/A1.jpeg?X-Amz-Signature=1", foreign,
               "https://bucket.s3.amazonaws.com/A1.jpeg?X-Amz-Signature=1"},
        wanted{"https://localhost/secret", foreign, "https://localhost/secret"},
        wanted{"https://169.254.169.254/latest/meta-data", foreign,
               "https://169.254.169.254/latest/meta-data"},
        wanted{"http://minio.internal:9000/b/A1.jpeg?s=1", trusted,
               "http://minio.internal:9000/b/A1.jpeg?s=1"},
        wanted{"http://Files.Internal:8080/A1", trusted, "http://Files.Internal:8080/A1"},
        // Not https, and nobody named the host.
        wanted{"http://bucket.s3.amazonaws.com/A1.jpeg", none},
        wanted{"http://169.254.169.254/latest/meta-data", none},
        wanted{"http://minio.internal/b/A1.jpeg", none},
        wanted{"http://minio.internal:9001/b/A1.jpeg", none},
        wanted{"http://localhost:5432/", none}, wanted{"http://[::1]:8080/health", none},
        // Not what they look like.
        wanted{"http://waha.internal:3100@evil.example/api/files/d/A1", none},
        wanted{"https://user:pw@bucket.s3.amazonaws.com/A1", none},
        wanted{"file:///etc/passwd", none}, wanted{"ftp://waha.internal/api/files/d/A1", none},
        wanted{"gopher://x/", none}, wanted{"//waha.internal/api/files/d/A1", none},
        wanted{"/api/files/d/A1", none}, wanted{"http://", none}, wanted{"", none},
        wanted{"http://waha.internal:99999/api/files/d/A1", none},
        wanted{"http://x\r\nHost: y/api/files/d/A1", none}));

TEST(FileCall, ReadsNoMoreThanIsKept) {
  settings s = there();
  s.media.max_bytes = 70'000;
  EXPECT_EQ(file_call(s, "http://localhost:3000/api/files/d/A1").request.body_limit_bytes, 70'000U);
}

TEST(AgainRequest, AsksForTheMessageByItsFullIdInItsOwnChat) {
  store::taken_media m;
  m.session = "default";
  m.chat = "27831112222@c.us";
  m.stanza = "A1";
  m.full_id = "false_12345@lid_A1";
  const auto r = again_request(there(), m);
  EXPECT_EQ(r.url,
            "http://waha.internal:3100/api/default/chats/12345%40lid/messages/"
            "false_12345%40lid_A1?downloadMedia=true");
  EXPECT_EQ(r.headers.back().second, "the-key");
  m.full_id.clear();
  m.session = "../x?y";
  EXPECT_EQ(again_request(there(), m).url,
            "http://waha.internal:3100/api/..%2Fx%3Fy/chats/27831112222%40c.us/messages/A1"
            "?downloadMedia=true");
}

}  // namespace
}  // namespace fibrehub::channels::waha
