// The whole outside world at once, misbehaving: afterwards the hub agrees with what its peers know.
#include "peers/peers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::IsEmpty;

peers::peers_options busy_world(std::uint16_t hub_port) {
  peers::peers_options o;
  o.hub_webhook = fmt::format("http://127.0.0.1:{}{}", hub_port, waha_path);
  o.hmac_key = waha_key;
  o.retry_delay_s = 0.2;
  o.retry_attempts = 200;
  o.time_scale = 0.01;
  o.rate_per_s = 120;
  o.case_rate_per_s = 6;
  o.burst_every_s = 1;
  o.qcontact_cases = 60;
  o.faults.waha_duplicate_percent = 15;
  o.faults.waha_duplicate_copies = 3;
  o.faults.waha_out_of_order_percent = 10;
  o.faults.waha_lid_percent = 15;
  o.faults.waha_wrong_signature_percent = 2;
  o.faults.waha_garbage_percent = 1;
  o.faults.waha_unknown_event_percent = 1;
  o.faults.waha_poison_percent = 1;
  o.faults.qcontact_expire_percent = 5;
  o.faults.qcontact_error_percent = 10;
  o.faults.qcontact_html_percent = 5;
  o.faults.qcontact_truncated_percent = 5;
  return o;
}

hub_settings settings_for(const fixtures::temporary_database& db, std::uint16_t hub_port,
                          std::uint16_t desk_port) {
  hub_settings s;
  s.store_url = db.url();
  s.port = hub_port;
  s.more_toml = fmt::format(
      "\n[qcontact.velocity]\nbase_url = \"http://127.0.0.1:{}/api/v2\"\n"
      "username = \"velocity@fibertimemaintenance.com\"\n"
      "password = \"env:E2E_QCONTACT_PASSWORD\"\nqueue = \"Maintenance - Velocity\"\n"
      "interval = \"5s\"\nmax_interval = \"5s\"\nallow_private_addresses = true\n",
      desk_port);
  return s;
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    out.insert(line);
  return out;
}

/// "FT2481907 in_progress DR1730654 - No Light", as the hub should have it.
std::set<std::string> tickets_of_the_desk(peers::peers& world) {
  static const std::map<std::string, std::string> statuses{{"Open", "new"},
                                                           {"In Progress", "in_progress"},
                                                           {"Pending", "blocked"},
                                                           {"Resolved", "resolved"},
                                                           {"Closed", "closed"}};
  return world.call([&] {
    std::set<std::string> out;
    for (const auto& [id, c] : world.cases().all())
      if (c.text("queue") == "Maintenance - Velocity")
        out.insert(fmt::format("FT{} {} {}", id, statuses.at(c.text("status")), c.text("subject")));
    return out;
  });
}

std::set<std::string> tickets_of_the_hub(const fixtures::temporary_database& db) {
  return lines_of(
      db.ask("SELECT uid || ' ' || status || ' ' || title FROM tickets WHERE source = 'qcontact'"));
}

std::vector<std::string> difference(const std::set<std::string>& a,
                                    const std::set<std::string>& b) {
  std::vector<std::string> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

bool is_broadcast(const peers::chat_message& m) {
  return m.chat.ends_with("@broadcast") || m.chat.ends_with("@newsletter");
}

/// Every message of the ledger is stored once; every drop a customer named has a ticket.
void expect_ledger(peers::peers& world, const fixtures::temporary_database& db) {
  const auto entries = world.call([&] { return world.book().entries(); });
  const auto inbox =
      lines_of(db.ask("SELECT ext_id FROM inbox WHERE ext_id LIKE '%/msg/%' AND"
                      " state IN ('stored', 'kept')"));
  const auto drops = lines_of(
      db.ask("SELECT DISTINCT drop_number FROM tickets WHERE source = 'wa_inbound' AND drop_number"
             " IS NOT NULL"));
  std::vector<std::string> unacknowledged, lost, without_ticket;
  for (const peers::ledger_entry& e : entries) {
    if (e.withheld) continue;
    const peers::chat_message& m = e.message;
    if (!e.acknowledged) unacknowledged.push_back(m.stanza);
    if (!inbox.contains(
            fmt::format("main/{}/msg/{}/{}", e.session, m.from_me ? "out" : "in", m.stanza)))
      lost.push_back(m.stanza);
    // Of a message and its poison either may have come first.
    if (m.from_me || is_broadcast(m) || m.expected_drop.empty() || !e.poison_text.empty()) continue;
    if (!drops.contains(m.expected_drop.substr(2)))
      without_ticket.push_back(fmt::format("{} ({}): {}", m.expected_drop, m.chat, m.text));
  }
  EXPECT_GT(entries.size(), 200U);
  EXPECT_THAT(unacknowledged, IsEmpty());
  EXPECT_THAT(lost, IsEmpty());
  EXPECT_THAT(without_ticket, IsEmpty());
}

TEST(Peers, AfterSecondsOfFaultsTheHubAgreesWithEverybody) {
  const fixtures::temporary_database db;
  const std::uint16_t hub_port = free_port();
  peers::peers world(busy_world(hub_port));
  const peers::peer_ports ports = world.start();
  hub_process hub(settings_for(db, hub_port, ports.qcontact));
  hub.start_ready();
  ASSERT_TRUE(
      eventually([&] { return world.call([&] { return world.traffic().generated(); }) > 400; }));
  world.call([&] { world.qcontact().expire_sessions(); });
  ASSERT_TRUE(
      eventually([&] { return world.call([&] { return world.traffic().generated(); }) > 700; }));

  // Everything calms down.
  world.call([&] {
    world.traffic().settings().paused = true;
    for (const peers::fault_switch& f : peers::fault_switches())
      if (f.name.starts_with("qcontact_")) world.faults().*f.member = 0;
    world.faults().qcontact_retry_after_s = 5;
  });
  EXPECT_TRUE(eventually([&] {
    return world.call([&] { return world.sender().pending() + world.world().scheduled(); }) == 0;
  })) << world.call([&] { return world.stats_json(); });
  // A login that failed is tried again after a minute, as the desk wants it.
  EXPECT_TRUE(
      eventually([&] { return tickets_of_the_hub(db) == tickets_of_the_desk(world); }, 100s));
  EXPECT_THAT(difference(tickets_of_the_desk(world), tickets_of_the_hub(db)), IsEmpty());
  EXPECT_THAT(difference(tickets_of_the_hub(db), tickets_of_the_desk(world)), IsEmpty());

  expect_ledger(world, db);
  expect_sound_tickets(db);
  EXPECT_EQ(db.ask("SELECT count(*) - count(DISTINCT ext_id) FROM messages"), "0");
  const auto statuses = world.call([&] { return world.sender().counts().by_status; });
  for (const auto& [status, count] : statuses)
    EXPECT_TRUE(status == 0 || status == 200 || status == 202 || status == 401)
        << count << " deliveries were answered " << status;
  // Forgeries are sent once and refused; nothing else was given up.
  EXPECT_EQ(world.call([&] { return world.sender().counts().given_up; }), statuses.at(401));
  EXPECT_NE(db.ask("SELECT count(*) FROM review_items"), "0") << "the faults did not happen";
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
