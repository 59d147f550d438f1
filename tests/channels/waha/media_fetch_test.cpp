// One file's way: where it is looked for, what is asked when it is not there, and what becomes of
// it in the end.
#include "channels/waha/media_fetch.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using store::media_outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using attempt = actors::delivery_attempt::outcome;
using scope = actors::delivery_attempt::scope;

const std::string own_url = "http://localhost:3000/api/files/default/A1.jpeg";
const std::string own_call = "http://waha.internal:3100/api/files/default/A1.jpeg";
const std::string s3_url = "https://bucket.example/A1.jpeg?sig=1";

http_outcome answered(unsigned status, std::string body) {
  http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}
http_outcome failed(http_errc code) {
  return tl::unexpected(http_error{code, "the host does not answer", false});
}
std::string message_with(const std::string& media) {
  return R"({"id":"false_27831112222@c.us_A1","timestamp":1,"from":"27831112222@c.us","fromMe":false,)"
         R"("hasMedia":true,"media":)" +
         media + "}";
}
std::string message_at(const std::string& url) {
  return message_with(fmt::format(R"({{"url":"{}","mimetype":"image/jpeg"}})", url));
}

class MediaFetch : public ::testing::Test {
 protected:
  MediaFetch() {
    s_.name = "main";
    s_.base_url = "http://waha.internal:3100";
    s_.sending.api_key = "the-key";
    what_.message_id = 7;
    what_.attempts = 1;
    what_.session = "default";
    what_.chat = "27831112222@c.us";
    what_.stanza = "A1";
    what_.full_id = "false_27831112222@c.us_A1";
    what_.type = "image";
    what_.url = own_url;
    what_.first_at = now_;
  }
  media_ports ports() {
    media_ports p;
    const auto answer = [this](const char* by) {
      return [this, by](const http_request& r, const std::function<void(http_outcome)>& done) {
        calls_.push_back(by + r.url);
        for (const auto& [name, value] : r.headers)
          if (name == "X-Api-Key") keys_.push_back(r.url);
        ASSERT_FALSE(answers_.empty()) << r.url;
        http_outcome next = std::move(answers_.front());
        answers_.pop_front();
        done(std::move(next));
      };
    };
    p.fetch = answer("");
    p.guarded = answer("guarded ");
    p.keep = [this](const std::string& bytes, const std::function<void(keep_result)>& done) {
      kept_ = bytes;
      done(keep_);
    };
    p.take = [this](store::take_media request, store::reply<store::taken_files> to) {
      taken_.push_back(std::move(request));
      store::taken_files files;
      files.items = {what_};
      files.waiting = 3;
      to.answer(std::move(files));
    };
    p.finish = [this](store::finish_media request, store::reply<bool> to) {
      finished_.push_back(std::move(request));
      to.answer(true);
    };
    p.tell = [this](std::int64_t waiting, std::uint64_t lost) {
      told_ = fmt::format("{} {}", waiting, lost);
    };
    p.now = [this] { return now_; };
    return p;
  }
  /// One attempt from its taking to its settling.
  store::finish_media fetch(std::initializer_list<http_outcome> answers) {
    for (const http_outcome& a : answers)
      answers_.push_back(a);
    const actors::delivery_options o = media_through(s_, ports());
    actors::delivery_batch batch;
    actors::delivery_wish wish;
    wish.limit = 4;
    o.take(wish, store::reply<actors::delivery_batch>(
                     [&batch](tl::expected<actors::delivery_batch, store::error> got) {
                       batch = std::move(got).value();
                     }));
    const actors::delivery_item item = batch.items.at(0);
    item.send([this](actors::delivery_attempt how) { how_ = std::move(how); });
    actors::delivery_end end;
    end.what = how_.what;
    end.status = how_.status;
    end.next_at = now_ + 5s;
    item.finish(end, store::reply<bool>([](const tl::expected<bool, store::error>&) {}));
    EXPECT_TRUE(answers_.empty());
    EXPECT_EQ(finished_.size(), 1U);
    return finished_.empty() ? store::finish_media{} : finished_.front();
  }

  settings s_;
  store::taken_media what_;
  domain::instant now_ = domain::from_us(1'795'300'000'000'000);
  keep_result keep_{keep_result::end::kept, std::string(64, 'a'), "image/jpeg", "jpg", ""};
  std::deque<http_outcome> answers_;
  std::vector<std::string> calls_, keys_;
  std::string kept_, told_;
  std::vector<store::take_media> taken_;
  std::vector<store::finish_media> finished_;
  actors::delivery_attempt how_;
};

TEST_F(MediaFetch, TakesTheFileFromTheBridge) {
  what_.sent_at = domain::from_us(1'795'300'000'000'000);
  const auto done = fetch({answered(200, "bytes")});
  EXPECT_THAT(calls_, ElementsAre(own_call));
  EXPECT_THAT(keys_, ElementsAre(own_call));
  EXPECT_EQ(kept_, "bytes");
  EXPECT_EQ(done.outcome, media_outcome::kept);
  EXPECT_EQ(done.file.sha256_hex, std::string(64, 'a'));
  EXPECT_EQ(done.file.size_bytes, 5);
  EXPECT_EQ(done.file.message_id, 7);
  EXPECT_THAT(done.file.name, ::testing::MatchesRegex("image-20261121-[0-9]{6}\\.jpg"));
  EXPECT_EQ(how_.what, attempt::done);
  EXPECT_EQ(told_, "3 0");
}

TEST_F(MediaFetch, AsksTheBridgeToDownloadAgainWhatIsThereNoMore) {
  const auto done = fetch({answered(404, R"({"error":{"code":404,"key":"FILE_NOT_FOUND"}})"),
                           answered(200, message_at(own_url)), answered(200, "bytes")});
  EXPECT_THAT(calls_,
              ElementsAre(own_call,
                          "http://waha.internal:3100/api/default/chats/27831112222%40c.us/messages/"
                          "false_27831112222%40c.us_A1?downloadMedia=true",
                          own_call));
  EXPECT_EQ(done.outcome, media_outcome::kept);
}

TEST_F(MediaFetch, AsksAtOnceWhereNoAddressWasTold) {
  what_.url.clear();
  EXPECT_EQ(fetch({answered(200, message_at(own_url)), answered(200, "bytes")}).outcome,
            media_outcome::kept);
}

TEST_F(MediaFetch, GivesTheKeyToNobodyElse) {
  what_.url = s3_url;
  EXPECT_EQ(fetch({answered(200, "bytes")}).outcome, media_outcome::kept);
  EXPECT_THAT(calls_, ElementsAre("guarded " + s3_url));
  EXPECT_THAT(keys_, ::testing::IsEmpty());
}

TEST_F(MediaFetch, FollowsNoRedirection) {
  what_.url = s3_url;
  const auto done =
      fetch({answered(302, ""), answered(200, message_at(s3_url)), answered(302, "")});
  EXPECT_EQ(done.outcome, media_outcome::again);
  EXPECT_THAT(done.reason, HasSubstr("302"));
}

TEST_F(MediaFetch, RefusesAddressesThatMustNotBeCalled) {
  what_.url = "https://internal.example/x";
  const auto done = fetch({failed(http_errc::refused_address),
                           answered(200, message_at("https://internal.example/x")),
                           failed(http_errc::refused_address)});
  EXPECT_EQ(done.outcome, media_outcome::refused);
  EXPECT_THAT(done.reason, HasSubstr("media_hosts"));
  EXPECT_EQ(told_, "3 1");
}

TEST_F(MediaFetch, RefusesPlainHttpElsewhereWithoutCallingIt) {
  what_.url = "http://169.254.169.254/latest/meta-data";
  const auto done = fetch({answered(200, message_at("http://169.254.169.254/latest/meta-data"))});
  EXPECT_EQ(calls_.size(), 1U) << "the question to WAHA alone";
  EXPECT_EQ(done.outcome, media_outcome::refused);
}

TEST_F(MediaFetch, TriesAgainWhatTheBridgeCouldNotDownload) {
  what_.url.clear();
  const auto done = fetch({answered(
      200,
      message_with(
          R"({"url":null,"mimetype":"image/jpeg","error":{"details":"Error: 403\n at x"}})"))});
  EXPECT_EQ(done.outcome, media_outcome::again);
  EXPECT_EQ(done.reason, "Error: 403");
  EXPECT_EQ(how_.what, attempt::again);
  EXPECT_FALSE(how_.after) << "the back-off decides";
}

TEST_F(MediaFetch, GivesUpAfterADayOfAnswersAndNeverForSilence) {
  what_.url.clear();
  now_ += 24h;
  const auto gone = fetch({answered(404, R"({"message":"Message not found","statusCode":404})")});
  EXPECT_EQ(gone.outcome, media_outcome::gone);
  EXPECT_EQ(how_.what, attempt::refused);
  EXPECT_THAT(gone.reason, StartsWith("it could not be had: WAHA answered 404"));
  finished_.clear();
  now_ += 100h;
  EXPECT_EQ(fetch({failed(http_errc::connect_failed)}).outcome, media_outcome::again);
  EXPECT_TRUE(how_.peer_failed);
}

TEST_F(MediaFetch, LeavesTheBridgeAloneThatDoesNotKnowTheKey) {
  const auto done = fetch({answered(401, R"({"message":"Unauthorized","statusCode":401})")});
  EXPECT_EQ(done.outcome, media_outcome::again);
  EXPECT_EQ(how_.what, attempt::held);
  EXPECT_EQ(how_.pause, scope::peer);
}

TEST_F(MediaFetch, IsNotGivenUpBecauseWahaIsAskedTooMuch) {
  what_.url.clear();
  now_ += 48h;
  const auto done = fetch({answered(
      500,
      R"({"statusCode":500,"exception":{"message":"rate-overlimit","name":"Error"},"request":{},"version":{}})")});
  EXPECT_EQ(done.outcome, media_outcome::again);
  EXPECT_EQ(how_.what, attempt::again);
  EXPECT_EQ(how_.pause, scope::none);
}

TEST_F(MediaFetch, WaitsForASessionThatDoesNotWork) {
  what_.url.clear();
  const auto done = fetch({answered(
      422,
      R"({"error":"Session status is not as expected. Try again later or restart the session","session":"default","status":"STOPPED","expected":["WORKING"]})")});
  EXPECT_EQ(done.outcome, media_outcome::again);
  EXPECT_EQ(how_.what, attempt::again) << "an attempt is spent, so that it waits for its session";
}

TEST_F(MediaFetch, IsGivenUpWhenItsSessionDoesNotWorkForTooLong) {
  what_.url.clear();
  now_ += 25h;
  const auto done = fetch({answered(
      422,
      R"({"error":"Session status is not as expected. Try again later or restart the session","session":"default","status":"STOPPED","expected":["WORKING"]})")});
  EXPECT_EQ(done.outcome, media_outcome::gone);
  EXPECT_THAT(done.reason, HasSubstr("could not be had"));
}

TEST_F(MediaFetch, RefusesWhatIsTooLargeOrNotToBeKept) {
  EXPECT_EQ(fetch({failed(http_errc::too_large)}).outcome, media_outcome::too_large);
  finished_.clear();
  keep_.what = keep_result::end::refused;
  keep_.why = "Files of this kind (text/html) are not kept.";
  const auto done = fetch({answered(200, "<html>")});
  EXPECT_EQ(done.outcome, media_outcome::refused);
  EXPECT_EQ(done.reason, keep_.why);
}

TEST_F(MediaFetch, TriesAgainWhenTheDiskIsFull) {
  keep_.what = keep_result::end::later;
  keep_.why = "the disk did not take the file";
  EXPECT_EQ(fetch({answered(200, "bytes")}).outcome, media_outcome::again);
  EXPECT_EQ(how_.what, attempt::held);
}

TEST_F(MediaFetch, AnEmptyAnswerIsNoFile) {
  EXPECT_EQ(
      fetch({answered(200, ""), answered(200, message_at(own_url)), answered(200, "")}).outcome,
      media_outcome::again);
}

}  // namespace
}  // namespace fibrehub::channels::waha
