// The live feed: what was committed, in order, with nothing missed or repeated over a break.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>

#include "protocols/auth/password.hpp"
#include "protocols/json/parse.hpp"
#include "protocols/sse_parser.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/fixtures/ws_client.hpp"

namespace fibrehub::e2e {
namespace {

using protocols::sse_event;

/// Listens as a browser does.
class listener {
 public:
  listener(std::uint16_t port, const std::string& token, const std::string& last_id = {},
           const std::string& query = {})
      : connection_(port) {
    std::string request = fmt::format(
        "GET /api/v1/events{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", query, token);
    if (!last_id.empty()) request += "Last-Event-ID: " + last_id + "\r\n";
    if (!connection_.send(request + "\r\n")) ADD_FAILURE() << "not connected";
    while (raw_.find("\r\n\r\n") == std::string::npos)
      if (!receive()) return;
    EXPECT_EQ(raw_.substr(9, 3), "200");
    EXPECT_NE(raw_.find("text/event-stream"), std::string::npos);
    raw_.erase(0, raw_.find("\r\n\r\n") + 4);
  }

  /// The next `count` events; fewer when they do not come.
  std::vector<sse_event> next(std::size_t count) {
    while (true) {
      take_chunks();
      if (events_.size() >= count) break;
      if (!receive()) break;
    }
    const auto end = events_.begin() + static_cast<std::ptrdiff_t>(std::min(count, events_.size()));
    std::vector<sse_event> out(events_.begin(), end);
    events_.erase(events_.begin(), end);
    return out;
  }

 private:
  bool receive() {
    const std::string more = connection_.receive_some();
    raw_ += more;
    return !more.empty();
  }
  void take_chunks() {
    while (true) {
      const auto line_end = raw_.find("\r\n");
      std::size_t length = 0;
      if (line_end == std::string::npos) return;
      std::from_chars(raw_.data(), raw_.data() + line_end, length, 16);
      if (raw_.size() < line_end + 2 + length + 2) return;
      EXPECT_TRUE(parser_.feed(std::string_view(raw_).substr(line_end + 2, length), events_));
      raw_.erase(0, line_end + 2 + length + 2);
    }
  }

  http_connection connection_;
  std::string raw_;
  protocols::sse_parser parser_;
  std::vector<sse_event> events_;
};

class Events : public ::testing::Test {
 protected:
  Events() : hub({.store_url = db.url()}) {
    hub.start_ready();
    token = hub.make_token();
  }
  /// A message that opens the ticket DR190000<n>-01.
  void open_ticket(int n) {
    const std::string body = message_delivery(
        fmt::format("EV{}", n), fmt::format("2785000000{}", n), fmt::format("DR190000{} dark", n));
    ASSERT_EQ(deliver(hub.port(), body).status, 200U);
  }
  static std::string uid_of(const sse_event& e) {
    const auto data = protocols::json::parse(e.data);
    return data ? std::string(protocols::json::text(*data, "ticket_uid")) : "(no JSON)";
  }

  fixtures::temporary_database db;
  hub_process hub;
  std::string token;
};

constexpr const char* only_new = "?kind=ticket.created";

TEST_F(Events, TellOfANewTicketAsSoonAsItIsCommitted) {
  listener ears(hub.port(), token, {}, only_new);
  open_ticket(1);
  const auto heard = ears.next(1);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].kind, "ticket.created");
  EXPECT_EQ(uid_of(heard[0]), "DR1900001-01");
  EXPECT_FALSE(heard[0].id.empty());
  EXPECT_EQ(db.ask("SELECT uid FROM tickets"), "DR1900001-01");
}

TEST_F(Events, MissAndRepeatNothingOverABreak) {
  std::vector<std::string> uids;
  std::string last_id;
  {
    listener ears(hub.port(), token, {}, only_new);
    open_ticket(1);
    open_ticket(2);
    for (const sse_event& e : ears.next(2)) {
      uids.push_back(uid_of(e));
      last_id = e.id;
    }
  }
  open_ticket(3);
  open_ticket(4);
  listener ears(hub.port(), token, last_id, only_new);
  open_ticket(5);
  for (const sse_event& e : ears.next(3))
    uids.push_back(uid_of(e));
  EXPECT_EQ(uids, (std::vector<std::string>{"DR1900001-01", "DR1900002-01", "DR1900003-01",
                                            "DR1900004-01", "DR1900005-01"}));
}

TEST_F(Events, SayResetToAListenerOfAnEarlierHub) {
  std::string last_id;
  {
    listener ears(hub.port(), token, {}, only_new);
    open_ticket(1);
    for (const sse_event& e : ears.next(1))
      last_id = e.id;
  }
  hub.kill_now();
  hub.start_ready();
  listener ears(hub.port(), token, last_id, only_new);
  const auto heard = ears.next(1);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].kind, "reset");
  open_ticket(2);
  const auto after = ears.next(1);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(uid_of(after[0]), "DR1900002-01");
}

TEST_F(Events, BringEverythingMissedInAMinuteOnceAndInOrderToEitherKindOfListener) {
  constexpr int missed = 600;
  std::string last_id;
  {
    listener ears(hub.port(), token, {}, only_new);
    open_ticket(1);
    for (const sse_event& e : ears.next(1))
      last_id = e.id;
  }
  http_connection sender(hub.port());
  for (int i = 0; i < missed; ++i)
    ASSERT_EQ(deliver(sender, message_delivery(fmt::format("M{}", i), "27850000001",
                                               fmt::format("line {}", i)))
                  .status,
              200U);
  const auto number = [](std::string_view said) {
    const auto at = said.find(R"("text":"line )");
    int out = -1;
    if (at != std::string_view::npos)
      std::from_chars(said.data() + at + 13, said.data() + said.size(), out);
    return out;
  };
  listener sse(hub.port(), token, last_id, "?kinds=message.created");
  fixtures::ws_client ws(hub.port(), "/api/v1/events/ws", {{"Authorization", "Bearer " + token}});
  ASSERT_TRUE(ws.send(fmt::format(
      R"({{"type":"subscribe","kinds":["message.created"],"last_event_id":"{}"}})", last_id)));
  ASSERT_TRUE(ws.next()) << "subscribed";
  ASSERT_EQ(deliver(sender, message_delivery("M", "27850000001", "line 600")).status, 200U);
  const auto by_sse = sse.next(missed + 1);
  ASSERT_EQ(by_sse.size(), missed + 1U);
  for (int i = 0; i <= missed; ++i) {
    EXPECT_EQ(number(by_sse[static_cast<std::size_t>(i)].data), i);
    EXPECT_EQ(number(ws.next().value_or("")), i);
  }
}

TEST_F(Events, EndWithTheirToken) {
  fixtures::ws_client ws(hub.port(), "/api/v1/events/ws?kinds=ticket.created",
                         {{"Authorization", "Bearer " + token}});
  ASSERT_TRUE(ws.next());
  const std::string admin = hub.make_token("admin");
  const std::string id = token.substr(3, 12);
  EXPECT_EQ(fetch(hub.port(), "DELETE", "/api/v1/tokens/" + id, {},
                  {{"Authorization", "Bearer " + admin}})
                .status,
            200U);
  EXPECT_EQ(ws.wait_for_close(), 1008U);
  EXPECT_EQ(ws.close_reason(), "token_revoked");
}

TEST_F(Events, AreAnsweredToAPresenceReport) {
  fixtures::ws_client ws(hub.port(), "/api/v1/events/ws?kinds=user.viewing_ticket,message.typing",
                         {{"Authorization", "Bearer " + token}});
  ASSERT_TRUE(ws.next());
  open_ticket(1);
  EXPECT_EQ(
      fetch(hub.port(), "POST", "/api/v1/tickets/DR1900001-01/presence", R"({"state":"editing"})",
            {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}})
          .status,
      200U);
  const auto heard = ws.next();
  ASSERT_TRUE(heard);
  EXPECT_NE(heard->find(R"("event":"user.viewing_ticket","ticket_uid":"DR1900001-01")"),
            std::string::npos)
      << *heard;
  EXPECT_NE(heard->find(R"("state":"editing")"), std::string::npos);
  const auto typing = ws.next();
  ASSERT_TRUE(typing);
  EXPECT_NE(typing->find(R"("event":"message.typing","ticket_uid":"DR1900001-01")"),
            std::string::npos)
      << *typing;
  EXPECT_NE(typing->find(R"("typing":true)"), std::string::npos);
}

TEST_F(Events, TellWhoIsOnline) {
  db.ask(
      fmt::format("INSERT INTO users (id, email, name, role, password_hash) VALUES (901,"
                  " 'thabo@example.com', 'Thabo', 'technician', '{}')",
                  protocols::auth::hash_password("correct horse battery").value()));
  fixtures::ws_client ws(hub.port(), "/api/v1/events/ws?kinds=user.online,user.offline",
                         {{"Authorization", "Bearer " + token}});
  ASSERT_TRUE(ws.next());
  const std::string session = sign_in(hub.port(), "thabo@example.com", "correct horse battery");
  fixtures::ws_client his(hub.port(), "/api/v1/events/ws?kinds=ticket.created",
                          {{"Authorization", "Bearer " + session}});
  ASSERT_TRUE(his.next());
  const auto heard = ws.next();
  ASSERT_TRUE(heard);
  EXPECT_NE(heard->find(R"("event":"user.online")"), std::string::npos) << *heard;
  EXPECT_NE(heard->find(R"({"id":"user:901","name":"Thabo"})"), std::string::npos) << *heard;
}

}  // namespace
}  // namespace fibrehub::e2e
