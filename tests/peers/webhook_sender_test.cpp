#include "peers/webhook_sender.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "peers/test_support.hpp"

namespace fibrehub::peers {
namespace {

using testing::fake_hub;
using testing::received;

/// A sender on a thread of its own; jobs are submitted from the test.
class running_sender {
 public:
  explicit running_sender(std::size_t max_concurrent = 8) : sender_(io_, 1, max_concurrent) {
    thread_ = std::thread([this] {
      const auto guard = boost::asio::make_work_guard(io_);
      io_.run();
    });
  }
  ~running_sender() {
    io_.stop();
    thread_.join();
  }

  template <class Function>
  auto call(Function what) {
    std::packaged_task<std::invoke_result_t<Function, webhook_sender&>()> task(
        [this, &what] { return what(sender_); });
    auto result = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return result.get();
  }

 private:
  boost::asio::io_context io_;
  webhook_sender sender_;
  std::thread thread_;
};

std::shared_ptr<const webhook_config> config_for(const fake_hub& hub, int attempts = 15) {
  webhook_config config;
  EXPECT_TRUE(set_webhook_url(config, hub.url()));
  config.events = {"*"};
  config.hmac_key = "my-secret-key";
  config.delay_s = 0.01;
  config.attempts = attempts;
  return std::make_shared<const webhook_config>(config);
}

webhook_job job_for(const std::shared_ptr<const webhook_config>& config, std::string body) {
  webhook_job job;
  job.config = config;
  job.event = "message";
  job.timestamp_ms = 1795224317390;
  job.body = std::move(body);
  return job;
}

http_reply status_reply(unsigned status) {
  http_reply reply;
  reply.status = status;
  return reply;
}

constexpr std::string_view vector_body =
    R"({"event":"message","session":"default","engine":"WEBJS"})";
constexpr std::string_view vector_hmac =
    "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf"
    "2e78a33a63f6752c2c1631777076153fa89";

TEST(WebhookSender, SignsLikeTheDocumentedVector) {
  EXPECT_EQ(hmac_sha512_hex("my-secret-key", vector_body), vector_hmac);
  fake_hub hub;
  running_sender sender;
  const auto config = config_for(hub);
  sender.call([&](webhook_sender& s) { s.submit(job_for(config, std::string(vector_body))); });
  ASSERT_TRUE(hub.wait([](const auto& all) { return all.size() == 1; }));
  const http_request request = hub.arrived().front().request;
  EXPECT_EQ(request.header("X-Webhook-Hmac"), vector_hmac);
  EXPECT_EQ(request.header("X-Webhook-Hmac-Algorithm"), "sha512");
  EXPECT_EQ(request.header("X-Webhook-Timestamp"), "1795224317390");
  EXPECT_EQ(request.header("User-Agent"), "WAHA/2026.2.1");
  EXPECT_FALSE(request.header("X-Webhook-Request-Id").empty());
  EXPECT_TRUE(request.header("X-Api-Key").empty());
}

TEST(WebhookSender, KeepsTheRequestIdOnRetriesAndHonoursRetryAfter) {
  fake_hub hub([](const http_request&, std::size_t number) {
    http_reply reply = status_reply(number == 1 ? 503 : number == 2 ? 401 : 200);
    if (number == 1) reply.headers.emplace_back("Retry-After", "1");
    return reply;
  });
  running_sender sender;
  const auto config = config_for(hub);
  sender.call([&](webhook_sender& s) { s.submit(job_for(config, "{}")); });
  ASSERT_TRUE(hub.wait([](const auto& all) { return all.size() == 3; }));
  const auto all = hub.arrived();
  EXPECT_GE(all[1].at - all[0].at, std::chrono::milliseconds(990));
  EXPECT_LT(all[2].at - all[1].at, std::chrono::milliseconds(900));
  for (const auto& each : all) {
    EXPECT_EQ(each.request.header("X-Webhook-Request-Id"),
              all[0].request.header("X-Webhook-Request-Id"));
    EXPECT_EQ(each.request.header("X-Webhook-Timestamp"), "1795224317390");
    EXPECT_EQ(each.request.body, "{}");
  }
}

TEST(WebhookSender, GivesUpAfterTheConfiguredRetries) {
  fake_hub hub([](const http_request&, std::size_t) { return status_reply(404); });
  running_sender sender;
  const auto config = config_for(hub, 3);
  sender.call([&](webhook_sender& s) { s.submit(job_for(config, "{}")); });
  ASSERT_TRUE(hub.wait([](const auto& all) { return all.size() == 4; }));
  while (sender.call([](webhook_sender& s) { return s.pending(); }) > 0)
    std::this_thread::yield();
  const auto counts = sender.call([](webhook_sender& s) { return s.counts(); });
  EXPECT_EQ(counts.posts, 4U);
  EXPECT_EQ(counts.given_up, 1U);
  EXPECT_EQ(counts.acknowledged, 0U);
  EXPECT_EQ(counts.by_status.at(404), 4U);
}

TEST(WebhookSender, RetriesWhenNobodyListensAndCountsNoAnswer) {
  std::shared_ptr<const webhook_config> config;
  {
    const fake_hub gone;
    config = config_for(gone, 2);
  }
  running_sender sender;
  sender.call([&](webhook_sender& s) { s.submit(job_for(config, "{}")); });
  while (sender.call([](webhook_sender& s) { return s.pending(); }) > 0)
    std::this_thread::yield();
  const auto counts = sender.call([](webhook_sender& s) { return s.counts(); });
  EXPECT_EQ(counts.by_status.at(0), 3U);
  EXPECT_EQ(counts.given_up, 1U);
}

TEST(WebhookSender, ForgetsWhatWasPendingInARestart) {
  fake_hub hub([](const http_request&, std::size_t) { return status_reply(500); });
  running_sender sender;
  auto slow = *config_for(hub);
  slow.delay_s = 3600;
  const auto config = std::make_shared<const webhook_config>(slow);
  sender.call([&](webhook_sender& s) { s.submit(job_for(config, "{}")); });
  ASSERT_TRUE(hub.wait([](const auto& all) { return all.size() == 1; }));
  sender.call([](webhook_sender& s) { s.drop_pending(); });
  const auto counts = sender.call([](webhook_sender& s) { return s.counts(); });
  EXPECT_EQ(sender.call([](webhook_sender& s) { return s.pending(); }), 0U);
  EXPECT_EQ(counts.dropped, 1U);
}

TEST(WebhookSender, RemembersWhatWasLostAndWhatWasTakenAllTheSame) {
  fake_hub hub([](const http_request& r, std::size_t) {
    return status_reply(r.body == "take" ? 204 : 500);
  });
  running_sender sender;
  auto slow = *config_for(hub);
  slow.delay_s = 3600;
  const auto config = std::make_shared<const webhook_config>(slow);
  sender.call([&](webhook_sender& s) {
    s.submit(job_for(config, "take"));
    s.submit(job_for(config, "refuse"));
  });
  while (sender.call([](webhook_sender& s) { return s.counts().posts; }) < 2)
    std::this_thread::yield();
  const auto log = sender.call([](webhook_sender& s) {
    s.drop_pending();
    return s.log().records();
  });
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].fate, webhook_fate::acknowledged);
  EXPECT_EQ(log[0].statuses, std::vector<unsigned>{204});
  EXPECT_EQ(log[1].fate, webhook_fate::lost);
  EXPECT_EQ(log[1].statuses, std::vector<unsigned>{500});
  EXPECT_NE(log[0].request_id, log[1].request_id);
}

TEST(WebhookSender, HasNoLimitOfItsOwnOnWhatIsUnderWay) {
  // Nobody is answered before all of them have arrived.
  constexpr std::size_t count = 150;
  std::atomic<std::size_t> arrived = 0;
  boost::asio::io_context io;
  std::vector<std::shared_ptr<boost::asio::steady_timer>> waiting;
  const auto port = serve_http(io, {}, [&](http_request) -> boost::asio::awaitable<http_reply> {
    if (++arrived == count) {
      for (auto& timer : waiting)
        timer->cancel();
    } else {
      auto gate = std::make_shared<boost::asio::steady_timer>(io, std::chrono::seconds(20));
      waiting.push_back(gate);
      boost::system::error_code ec;
      co_await gate->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    }
    co_return http_reply{};
  });
  std::thread server([&] { io.run(); });
  {
    running_sender sender(0);
    webhook_config to;
    EXPECT_TRUE(set_webhook_url(to, fmt::format("http://127.0.0.1:{}/", port)));
    const auto config = std::make_shared<const webhook_config>(to);
    sender.call([&](webhook_sender& s) {
      for (std::size_t i = 0; i < count; ++i)
        s.submit(job_for(config, "{}"));
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (sender.call([](webhook_sender& s) { return s.pending(); }) > 0 &&
           std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    EXPECT_EQ(sender.call([](webhook_sender& s) { return s.counts().acknowledged; }), count);
  }
  io.stop();
  server.join();
}

TEST(WebhookSender, FollowsARedirectionAsItsHttpClientDoes) {
  for (const auto& [status, method] : {std::pair<unsigned, std::string>{307, "POST"},
                                       {308, "POST"},
                                       {301, "GET"},
                                       {302, "GET"},
                                       {303, "GET"}}) {
    fake_hub hub([status = status](const http_request& r, std::size_t) {
      http_reply reply;
      if (r.path != "/hook") return reply;
      reply.status = status;
      reply.headers.emplace_back("Location", "/moved");
      return reply;
    });
    running_sender sender;
    const auto config = config_for(hub);
    sender.call([&](webhook_sender& s) { s.submit(job_for(config, "{}")); });
    ASSERT_TRUE(hub.wait([](const auto& all) { return all.size() == 2; }));
    const auto second = hub.arrived()[1].request;
    EXPECT_EQ(second.path, "/moved");
    EXPECT_EQ(second.method, method) << status;
    EXPECT_EQ(second.body, method == "POST" ? "{}" : "") << status;
  }
}

TEST(WebhookSender, KeepsConnectionsOpenAndLosesNoneOfABurst) {
  fake_hub hub;
  running_sender sender(4);
  const auto config = config_for(hub);
  sender.call([&](webhook_sender& s) {
    for (int i = 0; i < 200; ++i)
      s.submit(job_for(config, fmt::format(R"({{"n":{}}})", i)));
  });
  ASSERT_TRUE(hub.wait([](const auto& all) { return all.size() == 200; }));
  std::set<std::string> bodies;
  for (const auto& each : hub.arrived())
    bodies.insert(each.request.body);
  EXPECT_EQ(bodies.size(), 200U);
}

TEST(RetryDelay, FollowsThePolicyAndNeverUndercutsRetryAfter) {
  random_source random(1);
  webhook_config config;
  config.delay_s = 2;
  EXPECT_DOUBLE_EQ(retry_delay_s(config, 5, 0, random), 2);
  config.policy = retry_policy::linear;
  EXPECT_DOUBLE_EQ(retry_delay_s(config, 3, 0, random), 6);
  EXPECT_DOUBLE_EQ(retry_delay_s(config, 3, 60, random), 60);
  config.policy = retry_policy::exponential;
  config.delay_s = 1;
  for (const auto& [retry, least] : {std::pair{1, 2.0}, {2, 4.0}, {3, 8.0}}) {
    const double wait_s = retry_delay_s(config, retry, 0, random);
    EXPECT_GE(wait_s, least);
    EXPECT_LE(wait_s, least * 1.2);
  }
}

TEST(WebhookUrl, IsTakenApartOrRefused) {
  webhook_config config;
  ASSERT_TRUE(set_webhook_url(config, "http://127.0.0.1:3005/api/wa-bridge/webhook"));
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, "3005");
  EXPECT_EQ(config.target, "/api/wa-bridge/webhook");
  EXPECT_FALSE(set_webhook_url(config, "ftp://example.org/"));
  EXPECT_FALSE(set_webhook_url(config, "http:///path"));
}

}  // namespace
}  // namespace fibrehub::peers
