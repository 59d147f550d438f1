// The live feed over real sockets: a real event hub, and an authenticator whose store is a map.
#include <gmock/gmock.h>

#include "store/caf/config.hpp"
#include "tests/fixtures/ws_client.hpp"
#include "tests/web/live_server.hpp"
#include "web/api/routes.hpp"
#include "web/feed/desk.hpp"
#include "web/session_token.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using fixtures::ws_client;
using fixtures::ws_headers;
using ::testing::HasSubstr;
using ::testing::Not;
using circle = domain::event_access::circle;
namespace asio = boost::asio;

class Feed : public ::testing::Test {
 protected:
  Feed() {
    auth_options options;
    options.allowed_origins = {"https://console.example.com"};
    auth_ = std::make_shared<authenticator>(
        [this](std::string id) -> asio::awaitable<tl::expected<store::token_record, store::error>> {
          if (is_away_) co_return tl::unexpected(store::error{store::errc::unavailable, "away"});
          const auto found = tokens_.find(id);
          if (found == tokens_.end())
            co_return tl::unexpected(store::error{store::errc::not_found, "no such token"});
          co_return found->second;
        },
        std::move(options));
    people_source people;
    people.session =
        [this](
            std::string id) -> asio::awaitable<tl::expected<store::session_record, store::error>> {
      const auto found = sessions_.find(id);
      if (found == sessions_.end())
        co_return tl::unexpected(store::error{store::errc::not_found, "no such session"});
      co_return found->second;
    };
    people.touch = [this](const std::string&) { ++touches_; };
    auth_->know_people(std::move(people));
    events_.set(actors::spawn_event_hub(*system_, "7", 10'000));
  }
  ~Feed() override {
    store::ask_to_stop(*events_.get());
    events_.clear();
    system_.reset();  // before the server: the hub tells its listeners
    server_.reset();
  }
  void serve(feed_options options = {}) {
    desk_.emplace(feed_desk{events_, auth_, asio::any_io_executor{}, options});
    server_.emplace(api::event_routes(*desk_), quick_options(), auth_);
    server_->on_io([this] { desk_->io = server_->io().get_executor(); });
  }

  std::string make_token(std::optional<domain::instant> expires_at = {},
                         const std::string& scope = "read") {
    auto minted = mint_token("watcher", {scope}, expires_at).value();
    tokens_[minted.record.id] = {minted.record.id, "watcher",  minted.record.sha256,
                                 {scope},          expires_at, false};
    return minted.text;
  }
  std::string make_session(domain::role as, std::int64_t user = 1) {
    const auto minted = mint_session().value();
    store::session_record& s = sessions_[minted.public_id];
    s.public_id = minted.public_id;
    s.sha256 = minted.sha256;
    s.csrf_sha256 = minted.csrf_sha256;
    s.created_at = s.last_seen_at = auth_->now();
    s.expires_at = s.created_at + 12h;
    s.person.who.what = domain::principal::kind::user;
    s.person.who.user_id = user;
    s.person.who.name = "Thabo";
    s.person.who.as = as;
    session_id_ = minted.public_id;
    return minted.text;
  }
  static ws_headers bearer_of(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }
  void publish(const std::string& kind, domain::ticket_ownership owner = {1, 0, 0}, int count = 1,
               std::size_t bytes = 0, circle who = circle::ticket) {
    store::committed_events news;
    for (int i = 0; i < count; ++i) {
      auto& e = news.items.emplace_back();
      e.kind = kind;
      e.ticket_uid = fmt::format("DR{}-01", ++published_);
      e.data_json = fmt::format(R"({{"pad":"{}"}})", std::string(bytes, 'x'));
      e.access.who = who;
      e.access.owner = owner;
    }
    events_.send(std::move(news));
  }
  static std::string member(const std::optional<std::string>& message, std::string_view name) {
    const auto parsed = protocols::json::parse(message.value_or("{}"));
    return parsed ? std::string(protocols::json::text(*parsed, name)) : "(no JSON)";
  }
  static std::string uid_of(const std::optional<std::string>& message) {
    return member(message, "ticket_uid");
  }
  std::size_t connections() { return server_->connections(); }

  store::actor_config config_;
  std::map<std::string, store::token_record> tokens_;      // io thread once it serves
  std::map<std::string, store::session_record> sessions_;  // the same
  std::string session_id_;
  int touches_ = 0;
  bool is_away_ = false;
  int published_ = 0;
  std::shared_ptr<authenticator> auth_;
  actors::slot<actors::event_hub> events_;
  std::optional<feed_desk> desk_;
  std::optional<live_server> server_;
  std::optional<caf::actor_system> system_{std::in_place, config_};
};

constexpr const char* path = "/api/v1/events/ws";
const std::string all = std::string(path) + "?kinds=ticket.updated,ticket.created";

TEST_F(Feed, ComesOverAWebSocketAsItIsCommitted) {
  serve();
  ws_client c(server_->port(), path, bearer_of(make_token()));
  ASSERT_EQ(c.status(), 101U);
  ASSERT_TRUE(c.send(R"({"type":"subscribe"})"));
  EXPECT_EQ(c.next(), R"({"type":"subscribed","id":"7-0"})");
  publish("ticket.created");
  const auto heard = c.next();
  EXPECT_EQ(member(heard, "event"), "ticket.created");
  EXPECT_EQ(member(heard, "id"), "7-1");
  EXPECT_EQ(uid_of(heard), "DR1-01");
  ASSERT_TRUE(c.send(R"({"type":"ping"})"));
  EXPECT_EQ(c.next(), R"({"type":"pong"})");
}

TEST_F(Feed, BeginsAtOnceWhenTheAddressSaysWhatIsWanted) {
  serve();
  ws_client c(server_->port(), std::string(path) + "?kinds=ticket.created&ticket=DR2-01",
              bearer_of(make_token()));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  publish("ticket.created");
  publish("ticket.created");
  EXPECT_EQ(uid_of(c.next()), "DR2-01");
  ASSERT_TRUE(c.send(R"({"type":"subscribe","tickets":["DR4-01"]})"));
  EXPECT_EQ(c.next(), R"({"type":"subscribed"})");
  publish("ticket.updated", {}, 2);
  EXPECT_EQ(uid_of(c.next()), "DR4-01");
}

TEST_F(Feed, TakesATokenInTheFirstMessage) {
  serve();
  ws_client c(server_->port(), path, {});
  ASSERT_EQ(c.status(), 101U);
  c.send(fmt::format(R"({{"type":"auth","token":"{}"}})", make_session(domain::role::technician)));
  EXPECT_EQ(c.next(), R"({"type":"signed_in","name":"Thabo","role":"technician"})");
  c.send(R"({"type":"subscribe"})");
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  publish("ticket.created", {2, 0, 0});
  publish("ticket.created", {1, 0, 0});
  EXPECT_EQ(uid_of(c.next()), "DR2-01") << "the first one is another's";
}

TEST_F(Feed, ClosesOnWhoeverDoesNotSignInOrIsNotKnown) {
  feed_options options;
  options.sign_in_within = 100ms;
  serve(options);
  ws_client silent(server_->port(), path, {});
  EXPECT_EQ(silent.wait_for_close(), 1008U);
  EXPECT_EQ(silent.close_reason(), "sign_in_timeout");
  ws_client stranger(server_->port(), path, {});
  stranger.send(
      R"({"type":"auth","token":"fh_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})");
  EXPECT_EQ(stranger.wait_for_close(), 1008U);
  EXPECT_EQ(stranger.close_reason(), "token_unknown");
  ws_client hasty(server_->port(), path, {});
  hasty.send(R"({"type":"subscribe"})");
  EXPECT_EQ(hasty.wait_for_close(), 1008U);
  EXPECT_EQ(hasty.close_reason(), "sign in first");
  EXPECT_TRUE(server_->eventually([&] { return server_->get().connections() == 0; }));
}

TEST_F(Feed, RefusesTheHandshakeWithAnOrdinaryAnswer) {
  serve();
  EXPECT_EQ(ws_client(server_->port(), path, bearer_of("fh_wrong")).status(), 401U);
  EXPECT_EQ(
      ws_client(server_->port(), std::string(path) + "?kinds=nonsense", bearer_of(make_token()))
          .status(),
      400U);
  EXPECT_EQ(ws_client(server_->port(), path, bearer_of(make_token({}, "inbound:x"))).status(),
            403U);
  raw_client plain{server_->port()};
  plain.send(get(path));
  const answer a = plain.read_answer();
  EXPECT_EQ(a.status, 426U);
  EXPECT_EQ(a.header("Upgrade"), "websocket");
  EXPECT_EQ(a.header("Sec-WebSocket-Version"), "13");
  plain.send(get(path,
                 "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n"));
  EXPECT_EQ(plain.read_answer().status, 400U);
}

TEST_F(Feed, TakesACookieFromPagesOfThisHostAndThoseConfigured) {
  serve();
  const std::string cookie = "fibrehub=" + make_session(domain::role::admin);
  const auto from = [&](const std::string& origin) {
    ws_headers headers{{"Cookie", cookie}};
    if (!origin.empty()) headers.emplace_back("Origin", origin);
    return ws_client(server_->port(), path, headers).status();
  };
  EXPECT_EQ(from(fmt::format("http://127.0.0.1:{}", server_->port())), 101U);
  EXPECT_EQ(from("https://console.example.com"), 101U);
  EXPECT_EQ(from("https://evil.example.com"), 403U);
  EXPECT_EQ(from("null"), 403U);
  EXPECT_EQ(from(""), 403U);
}

TEST_F(Feed, ResumesWhereAListenerWasCut) {
  serve();
  const std::string token = make_token();
  std::string last;
  {
    ws_client c(server_->port(), all, bearer_of(token));
    EXPECT_EQ(member(c.next(), "type"), "subscribed");
    publish("ticket.updated", {}, 3);
    for (int i = 0; i < 3; ++i)
      last = member(c.next(), "id");
    c.hang_up();
  }
  EXPECT_EQ(last, "7-3");
  publish("ticket.updated", {}, 2000);
  publish("message.created", {}, 10);
  ws_client back(server_->port(), path, bearer_of(token));
  back.send(fmt::format(R"({{"type":"subscribe","kinds":["ticket.updated"],"last_event_id":"{}"}})",
                        last));
  EXPECT_EQ(back.next(), R"({"type":"subscribed","id":"7-3"})");
  publish("ticket.updated");
  for (int n = 4; n <= 2003; ++n)
    ASSERT_EQ(uid_of(back.next()), fmt::format("DR{}-01", n));
  EXPECT_EQ(uid_of(back.next()), "DR2014-01") << "and goes on with what came meanwhile";
  ws_client lost(server_->port(), path, bearer_of(token));
  lost.send(R"({"type":"subscribe","last_event_id":"6-1"})");
  EXPECT_EQ(member(lost.next(), "type"), "subscribed");
  EXPECT_EQ(member(lost.next(), "type"), "reset");
}

TEST_F(Feed, ReplaysOnlyWhatTheListenerMaySee) {
  serve();
  const std::string session = make_session(domain::role::technician);
  publish("ticket.updated", {1, 0, 0});
  publish("ticket.updated", {2, 0, 0});
  publish("ticket.updated", {1, 0, 0});
  raw_client sse{server_->port()};
  sse.send(get("/api/v1/events?last_event_id=7-0", "Authorization: Bearer " + session + "\r\n"));
  ASSERT_TRUE(sse.read_until("DR3-01"));
  EXPECT_THAT(sse.received(), HasSubstr("DR1-01"));
  EXPECT_THAT(sse.received(), Not(HasSubstr("DR2-01")));
}

TEST_F(Feed, TellsItsPositionToAListenerWhoHearsNothing) {
  feed_options options;
  options.queue.heartbeat = 20ms;
  serve(options);
  const std::string session = make_session(domain::role::technician);
  ws_client c(server_->port(), all, bearer_of(session));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  publish("ticket.updated", {2, 0, 0}, 5);
  std::string told;
  while (told != "7-5") {
    const auto m = c.next();
    ASSERT_EQ(member(m, "type"), "position");
    told = member(m, "id");
  }
  raw_client sse{server_->port()};
  sse.send(get("/api/v1/events", "Authorization: Bearer " + session + "\r\n"));
  ASSERT_TRUE(sse.read_until("id: 7-5\n\n"));
  publish("ticket.updated", {2, 0, 0});
  EXPECT_TRUE(sse.read_until("id: 7-6\n: still here\n\n"));
}

TEST_F(Feed, EndsAtOnceWhenItsTokenIsRevoked) {
  serve();
  const std::string token = make_token();
  ws_client c(server_->port(), all, bearer_of(token));
  raw_client sse{server_->port()};
  sse.send(get("/api/v1/events", "Authorization: Bearer " + token + "\r\n"));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  ASSERT_TRUE(sse.read_until("id: 7-0"));
  server_->on_io([&] {
    for (auto& [id, t] : tokens_) {
      t.revoked = true;
      auth_->forget(id);
    }
  });
  EXPECT_EQ(c.wait_for_close(), 1008U);
  EXPECT_EQ(c.close_reason(), "token_revoked");
  EXPECT_TRUE(sse.read_until(": token_revoked\n\n"));
  EXPECT_TRUE(sse.read_until("0\r\n\r\n"));
}

TEST_F(Feed, EndsSoonWhenNobodySaysThatTheSessionWasEnded) {
  feed_options options;
  options.access.every = 20ms;
  serve(options);
  const std::string session = make_session(domain::role::technician);
  ws_client c(server_->port(), all, bearer_of(session));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  server_->on_io([&] { sessions_[session_id_].revoked = true; });
  EXPECT_EQ(c.wait_for_close(), 1008U);
  EXPECT_EQ(c.close_reason(), "session_revoked");
}

TEST_F(Feed, EndsWithTheTimeOfItsTokenOrSession) {
  serve();
  ws_client c(server_->port(), all, bearer_of(make_token(auth_->now() + 300ms)));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  EXPECT_EQ(c.wait_for_close(), 1008U);
  EXPECT_EQ(c.close_reason(), "token_expired");
}

TEST_F(Feed, DoesNotKeepAnIdleSessionAlive) {
  feed_options options;
  options.access.every = 10ms;
  serve(options);
  const std::string session = make_session(domain::role::technician);
  ws_client c(server_->port(), all, bearer_of(session));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  server_->on_io([&] { sessions_[session_id_].last_seen_at -= 31min; });
  EXPECT_EQ(c.wait_for_close(), 1008U);
  EXPECT_EQ(c.close_reason(), "session_expired");
  EXPECT_EQ(server_->on_io([&] { return touches_; }), 0);
}

TEST_F(Feed, EndsWhenRoleOrTeamsChange) {
  serve();
  const std::string session = make_session(domain::role::technician);
  ws_client c(server_->port(), all, bearer_of(session));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  server_->on_io([&] {
    sessions_[session_id_].person.who.teams = {10};
    auth_->forget_people();
  });
  EXPECT_EQ(c.wait_for_close(), 1008U);
  EXPECT_EQ(c.close_reason(), "access_changed");
}

TEST_F(Feed, OutlivesAStoreThatIsAwayForAMomentOnly) {
  feed_options options;
  options.access.every = 10ms;
  options.access.unsure_for = 200ms;
  serve(options);
  ws_client c(server_->port(), all, bearer_of(make_token()));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  server_->on_io([&] { is_away_ = true; });
  publish("ticket.updated");
  EXPECT_EQ(uid_of(c.next()), "DR1-01");
  EXPECT_EQ(c.wait_for_close(), 1013U);
  EXPECT_EQ(c.close_reason(), "access_unconfirmed");
}

TEST_F(Feed, DropsAListenerThatStopsReadingAndKeepsTheOthers) {
  serve();
  const std::string token = make_token();
  ws_client slow(server_->port(), all, bearer_of(token), 4096);
  ws_client fast(server_->port(), all, bearer_of(token));
  EXPECT_EQ(member(slow.next(), "type"), "subscribed");
  EXPECT_EQ(member(fast.next(), "type"), "subscribed");
  actors::event_hub_stats stats;
  int sent = 0;
  while (stats.dropped_sinks == 0 && sent < 5000) {
    publish("ticket.updated", {}, 1, 60'000);
    ASSERT_EQ(uid_of(fast.next()), fmt::format("DR{}-01", ++sent));
    auto promise = std::make_shared<std::promise<actors::event_hub_stats>>();
    auto future = promise->get_future();
    events_.send(actors::get_event_hub_stats{store::reply<actors::event_hub_stats>(
        [promise](auto found) { promise->set_value(*found); })});
    stats = future.get();
  }
  EXPECT_EQ(stats.dropped_sinks, 1U);
  EXPECT_EQ(stats.subscribers, 1U);
  EXPECT_GT(sent, 20);
  EXPECT_EQ(slow.wait_for_close(), 1013U) << "what was written before is read, then why it ends";
  EXPECT_EQ(slow.close_reason(), "too_slow");
}

TEST_F(Feed, CutsAListenerThatDoesNotEvenReadWhyItEnds) {
  feed_options options;
  options.goodbye_within = 50ms;
  serve(options);
  ws_client slow(server_->port(), all, bearer_of(make_token()), 4096);
  EXPECT_EQ(member(slow.next(), "type"), "subscribed");
  publish("ticket.updated", {}, 400, 60'000);
  EXPECT_TRUE(server_->eventually([&] { return server_->get().connections() == 0; }));
}

TEST_F(Feed, ClosesOnWhatIsTooLongOrNotUnderstood) {
  serve();
  const std::string token = make_token();
  ws_client chatty(server_->port(), path, bearer_of(token));
  chatty.send(std::string(16 * 1024 + 1, 'x'));
  EXPECT_EQ(chatty.wait_for_close(), 1009U);
  ws_client odd(server_->port(), path, bearer_of(token));
  odd.send("hello");
  EXPECT_EQ(odd.wait_for_close(), 1008U);
  EXPECT_EQ(odd.close_reason(), "a message must be a JSON object");
}

TEST_F(Feed, PingsAQuietListenerAndNoticesOneThatLeft) {
  feed_options options;
  options.socket.ping_every = 20ms;
  options.queue.heartbeat = 1h;
  serve(options);
  ws_client c(server_->port(), path, bearer_of(make_token()));
  int pings = 0;
  c.on_ping([&] {
    if (++pings == 3) c.hang_up();
  });
  EXPECT_FALSE(c.next());
  EXPECT_EQ(pings, 3);
  EXPECT_TRUE(server_->eventually([&] { return server_->get().connections() == 0; }));
}

TEST_F(Feed, SaysGoodbyeWhenTheServerStops) {
  serve();
  ws_client c(server_->port(), all, bearer_of(make_token()));
  EXPECT_EQ(member(c.next(), "type"), "subscribed");
  auto stopped = server_->stop(10s);
  EXPECT_EQ(c.wait_for_close(), 1001U);
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
}

TEST_F(Feed, CountsAmongTheServersConnections) {
  serve();
  {
    ws_client c(server_->port(), all, bearer_of(make_token()));
    EXPECT_EQ(connections(), 1U);
    c.hang_up();
  }
  EXPECT_TRUE(server_->eventually([&] { return server_->get().connections() == 0; }));
}

}  // namespace
}  // namespace fibrehub::web
