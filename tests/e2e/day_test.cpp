// A scripted day on a bridge: a thousand chats in three sessions, staff who answer, every fault the
// simulated WAHA has, a hub killed twice, PostgreSQL restarted, WAHA restarted. When all is healed
// and quiet the ledgers of both ends are held against each other: nothing acknowledged is lost,
// nothing is doubled on either side, and what the hub says of a message is true.
//
// FIBREHUB_DAY_SEED=n build/release/test-e2e --gtest_filter='ScriptedDay.*' tries another one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "peers/media.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/day.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {
namespace {

constexpr const char* password = "correct horse battery";
using lines = std::vector<std::vector<std::string>>;

std::string sha256_hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string out;
  for (const unsigned char c : digest)
    out += fmt::format("{:02x}", c);
  return out;
}

/// Delivery steps as the hub names them.
int level_of(const std::string& state) {
  static const std::map<std::string, int> levels{
      {"accepted", 0}, {"sent", 1}, {"delivered", 2}, {"read", 3}};
  const auto at = levels.find(state);
  return at == levels.end() ? -1 : at->second;
}

/// Counts what is wrong and keeps an example.
struct findings {
  std::size_t count = 0;
  std::string example;
  void add(std::string what) {
    if (count++ == 0) example = std::move(what);
  }
};

class ScriptedDay : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.ask(
        fmt::format("INSERT INTO users (id, email, name, role, password_hash) VALUES (100,"
                    " 'sarah@example.com', 'Sarah', 'admin', '{}')",
                    protocols::auth::hash_password(password).value()));
  }
  peers::peers_options world_options() const {
    peers::peers_options o;
    o.seed = plan_.seed;
    o.engine = plan_.seed % 2 == 0 ? peers::waha_engine::noweb : peers::waha_engine::gows;
    o.version = "2026.7.1";
    o.sessions = day_sessions;
    o.hub_webhook = fmt::format("http://127.0.0.1:{}{}", hub_port_, waha_path);
    o.hmac_key = waha_key;
    o.retry_delay_s = 0.2;
    o.retry_attempts = 300;
    o.time_scale = 0.02;
    o.rate_per_s = 0;
    o.case_rate_per_s = 0;
    o.burst_every_s = 0;
    return o;
  }
  hub_settings settings_for(std::uint16_t waha_port) const {
    hub_settings s;
    s.store_url = db_.url();
    s.port = hub_port_;
    s.environment = {"E2E_WAHA_API_KEY=simulated-waha-key"};
    s.overrides = {"web.requests_per_caller=1000000"};
    if (const char* level = std::getenv("FIBREHUB_DAY_LOG"))
      s.overrides.push_back(fmt::format("log.level={}", level));
    s.more_toml = fmt::format(
        "url = \"http://127.0.0.1:{}\"\napi_key = \"env:E2E_WAHA_API_KEY\"\nsession_gap = \"0s\"\n"
        "chat_gap = \"0s\"\ntyping = false\noffline_after = false\nsession_check = \"1s\"\n"
        "catch_up_every = \"2s\"\n",
        waha_port);
    return s;
  }
  /// The columns of each row.
  lines ask(const std::string& columns, const std::string& rest) const {
    lines out;
    std::istringstream in(db_.ask(fmt::format("SELECT concat_ws('|', {}) {}", columns, rest)));
    for (std::string line; std::getline(in, line);) {
      std::vector<std::string>& row = out.emplace_back();
      std::istringstream cells(line);
      for (std::string cell; std::getline(cells, cell, '|');)
        row.push_back(cell);
    }
    return out;
  }
  void heal(peers::peers& world) const {
    world.call([&] {
      const double both = world.faults().waha_both_message_events;
      world.faults() = {};
      world.faults().waha_both_message_events = both;
      for (const std::string& name : day_sessions)
        if (!world.world().find(name)->working())
          world.world().start_session(*world.world().find(name));
    });
  }
  /// Until nothing is on its way any more, in either direction.
  bool drain(peers::peers& world) const {
    // What no webhook told, because WAHA restarted or a session was mute, can only be asked for: a
    // session that is well again is caught up.
    const std::string healed = db_.ask("SELECT clock_timestamp()");
    world.call([&] {
      for (const std::string& name : day_sessions)
        world.world().flap(name);
    });
    // Each question is a connection of its own, which costs the hub time.
    return eventually(
        [&] {
          hurry();
          return world.call(
                     [&] { return world.sender().pending() + world.world().scheduled() == 0; }) &&
                 db_.ask(
                     "SELECT (SELECT count(*) FROM outbox WHERE channel = 'whatsapp' AND state"
                     " IN ('ready', 'inflight')) + (SELECT count(*) FROM wa_media WHERE state"
                     " IN ('due', 'fetching')) + (SELECT count(*) FROM wa_catch_ups WHERE state"
                     " = 'owed' OR ended_at IS NULL OR ended_at < '" +
                     healed + "')") == "0";
        },
        90s, 250ms);
  }
  /// What waits for its next attempt need not wait for real.
  void hurry() const {
    db_.ask(
        "UPDATE outbox SET next_at = now() WHERE channel = 'whatsapp' AND state = 'ready' AND"
        " next_at > now() + interval '2 seconds' AND attempts > 0 RETURNING 1");
    db_.ask(
        "UPDATE wa_media SET next_at = now() WHERE state = 'due' AND next_at > now() +"
        " interval '2 seconds' RETURNING 1");
  }
  /// What is still to be done, and how fast it went.
  std::string what_waits() const {
    return db_.ask(
               "SELECT state || ' after ' || attempts || ' attempts, ' || count(*) || ': ' ||"
               " min(last_status) FROM outbox WHERE channel = 'whatsapp' AND state IN ('ready',"
               " 'inflight') GROUP BY state, attempts") +
           "\n" +
           db_.ask(
               "SELECT state || ' ' || reason || ' ' || count(*) FROM wa_media WHERE state <> "
               "'kept'"
               " GROUP BY state, reason") +
           "\n" +
           db_.ask(
               "SELECT date_trunc('second', handed_at)::time || ' ' || count(*) || ' ' ||"
               " coalesce(avg(accepted_at - handed_at)::text, '') FROM wa_sends WHERE handed_at IS"
               " NOT NULL GROUP BY date_trunc('second', handed_at) ORDER BY date_trunc('second', "
               "handed_at)") +
           "\n";
  }
  void read_ledger(peers::peers& world) {
    world.call([&] {
      for (const peers::ledger_entry& e : world.book().entries())
        ledger_.push_back(e);
    });
  }

  void expect_received_once();
  void expect_nothing_made_up(peers::peers& world);
  void expect_sent_once(const std::vector<day_answer>& answers);
  void expect_order();
  void expect_files();

  const day_plan plan_ = day_plan::from_environment();
  fixtures::temporary_database db_;
  std::uint16_t hub_port_ = free_port();
  std::vector<peers::ledger_entry> ledger_;
  int last_before_restart_ = 0;  // answers up to this one may have lost webhooks
};

/// What was acknowledged, and where the hub asks for it also what was lost, is there once.
void ScriptedDay::expect_received_once() {
  std::map<std::string, std::vector<std::string>> stored;  // session/stanza → texts
  for (const auto& row : ask("c.session, m.ext_id, m.outbound, m.body",
                             "FROM messages m JOIN chats c ON c.id = m.chat_id WHERE m.inbox_id <> "
                             "0 ORDER BY m.id"))
    stored[row.at(0) + "/" + row.at(1)].push_back(row.size() > 3 ? row[3] : "");
  findings lost, doubled, changed, unknown;
  std::size_t acknowledged = 0, withheld = 0, caught_up = 0;
  std::set<std::string> known;
  for (const peers::ledger_entry& e : ledger_) {
    const std::string key = e.session + "/" + e.message.stanza;
    known.insert(key);
    if (e.message.by_api) continue;
    const auto at = stored.find(key);
    acknowledged += e.acknowledged ? 1 : 0;
    if (!e.acknowledged) {
      ++withheld;
      caught_up += at != stored.end() ? 1 : 0;
    }
    if (at == stored.end()) {
      lost.add(key + " " + e.message.text);
      continue;
    }
    if (at->second.size() != 1) doubled.add(key);
    const std::string& text = at->second.front();
    if (text != e.message.text && text != e.poison_text) changed.add(key + ": " + text);
  }
  for (const auto& [key, texts] : stored)
    if (!known.contains(key)) unknown.add(key);
  EXPECT_EQ(lost.count, 0U) << lost.example;
  EXPECT_EQ(doubled.count, 0U) << doubled.example;
  EXPECT_EQ(changed.count, 0U) << changed.example;
  EXPECT_EQ(unknown.count, 0U) << unknown.example;
  EXPECT_GE(acknowledged, static_cast<std::size_t>(plan_.messages) * 8 / 10);
  fmt::print("day: received {} of {} told, stored once; {} told by no webhook, {} of them found\n",
             acknowledged, acknowledged + withheld, withheld, caught_up);
}

/// Nobody without the key gets a word in.
void ScriptedDay::expect_nothing_made_up(peers::peers& world) {
  std::set<std::string> stored;
  for (const auto& row : ask("m.ext_id", "FROM messages m"))
    stored.insert(row.at(0));
  const std::string book = world.call([&] { return world.book().to_json(0, 0); });
  const auto doc = protocols::json::parse(book);
  ASSERT_TRUE(doc);
  findings believed, accepted;
  std::size_t forged = 0;
  for (const auto& f : protocols::json::find(*doc, "forgeries")->GetArray()) {
    ++forged;
    const std::string stanza(protocols::json::text(f, "stanza_id"));
    if (stored.contains(stanza)) believed.add(stanza);
    const auto status = protocols::json::integer(f, "status").value_or(0);
    if (status >= 200 && status < 300) accepted.add(stanza);
  }
  EXPECT_GT(forged, 20U);
  EXPECT_EQ(believed.count, 0U) << believed.example;
  EXPECT_EQ(accepted.count, 0U) << accepted.example;
  const std::string stats = world.call([&] { return world.stats_json(); });
  EXPECT_THAT(stats, ::testing::HasSubstr(R"("leaked_keys":0)"));
  fmt::print("day: {} forgeries, none believed\n", forged);
}

/// Every answer left at most once, and its state is what happened.
void ScriptedDay::expect_sent_once(const std::vector<day_answer>& answers) {
  std::map<std::string, std::vector<const peers::ledger_entry*>> left;  // by text
  for (const peers::ledger_entry& e : ledger_)
    if (e.message.by_api) left[e.message.text].push_back(&e);
  std::map<std::string, std::vector<std::string>> states;
  for (const auto& row : ask("m.body, s.state, coalesce(s.stanza, '-')",
                             "FROM wa_sends s JOIN messages m ON m.id = s.message_id"))
    states[row.at(0)].push_back(row.at(1));
  std::size_t again = 0;
  findings doubled, missing, untrue, behind;
  std::map<std::string, int> counts;
  for (const day_answer& a : answers) {
    const auto& in_hub = states[a.text];
    if (in_hub.size() != 1) {
      missing.add(fmt::format("{} is {} times in the hub", a.text, in_hub.size()));
      continue;
    }
    const std::string& state = in_hub.front();
    ++counts[state];
    const auto at = left.find(a.text);
    const std::size_t times = at == left.end() ? 0 : at->second.size();
    std::uint64_t deliveries = 0, sends = 0;
    int ack = 0;
    for (std::size_t i = 0; i < times; ++i) {
      deliveries += at->second[i]->deliveries;
      sends += at->second[i]->sends;
      ack = at->second[i]->last_ack;
    }
    // Given twice under one name it is one message to the other side. The hub asks first and does
    // so only when the bridge did not know the message yet.
    again += sends > 1 ? 1 : 0;
    if (times > 1 || deliveries > 1)
      doubled.add(fmt::format("{}: {} messages, given {} times, {} deliveries", a.text, times,
                              sends, deliveries));
    const int level = level_of(state);
    const bool is_true = state == "failed" ? ack == peers::ack_error && deliveries == 0
                         : level >= 0      ? times == 1 && level <= std::max(ack, 0)
                                           : false;  // nothing waits, and all can be asked about
    if (!is_true)
      untrue.add(fmt::format("{} is {}: {} messages, {} deliveries, ack {}", a.text, state, times,
                             deliveries, ack));
    // Nothing was lost after the last restart: the hub knows all that WhatsApp said.
    if (a.number > last_before_restart_ && level >= 0 && level < ack)
      behind.add(fmt::format("{} is {}, but ack {} was told", a.text, state, ack));
  }
  EXPECT_EQ(missing.count, 0U) << missing.example;
  EXPECT_EQ(doubled.count, 0U) << doubled.example;
  EXPECT_LE(again, answers.size() / 50);
  EXPECT_EQ(untrue.count, 0U) << untrue.example;
  EXPECT_EQ(behind.count, 0U) << behind.example;
  std::string summary;
  for (const auto& [state, n] : counts)
    summary += fmt::format(" {} {}", n, state);
  fmt::print(
      "day: {} answers, each in the hub once and seen by the other side once at most, {} given "
      "again under their name:{}\n",
      answers.size(), again, summary);
}

/// In each chat they came in the order in which they were written.
void ScriptedDay::expect_order() {
  std::map<std::string, std::vector<std::string>> came;  // by chat
  std::map<std::string, std::string> chat_of;
  for (const peers::ledger_entry& e : ledger_) {
    if (!e.message.by_api || !e.message.text.starts_with("say ")) continue;
    came[e.message.chat].push_back(e.message.text);
    chat_of[e.message.text] = e.message.chat;
  }
  std::map<std::string, std::vector<std::string>> written;
  for (const auto& row : ask("m.body",
                             "FROM wa_sends s JOIN messages m ON m.id = s.message_id WHERE"
                             " m.body LIKE 'say %' ORDER BY s.id"))
    if (const auto at = chat_of.find(row.at(0)); at != chat_of.end())
      written[at->second].push_back(row[0]);
  findings disordered;
  std::size_t longest = 0;
  for (const auto& [chat, texts] : came) {
    longest = std::max(longest, texts.size());
    if (texts != written[chat])
      disordered.add(fmt::format("{}: came {}; written {}", chat, fmt::join(texts, ", "),
                                 fmt::join(written[chat], ", ")));
  }
  EXPECT_EQ(disordered.count, 0U) << disordered.example;
  EXPECT_GT(longest, 3U) << "somebody must have been talked to at length";
  fmt::print("day: {} chats answered in order, at most {} answers each\n", came.size(), longest);
}

/// Every file of a message that is there is kept as it was sent, and attached once.
void ScriptedDay::expect_files() {
  std::map<std::string, std::vector<std::string>> kept;  // session/stanza → state, hash
  for (const auto& row :
       ask("c.session, m.ext_id, w.state, coalesce(encode(w.sha256, 'hex'), '-'), (SELECT count(*)"
           " FROM attachments a WHERE a.message_id = m.id), (m.ticket_id IS NOT NULL)::int",
           "FROM wa_media w JOIN messages m ON m.id = w.message_id JOIN chats c ON c.id = "
           "m.chat_id"))
    kept[row.at(0) + "/" + row.at(1)] = {row.at(2), row.at(3), row.at(4), row.at(5)};
  findings wrong;
  std::size_t right = 0;
  for (const peers::ledger_entry& e : ledger_) {
    if (!e.message.has_media() || e.message.by_api) continue;
    const auto at = kept.find(e.session + "/" + e.message.stanza);
    const std::string bytes = peers::media_bytes(e.message.kind, e.message.stanza);
    if (at == kept.end() || at->second[0] != "kept" || at->second[1] != sha256_hex(bytes) ||
        at->second[2] != at->second[3]) {
      wrong.add(fmt::format(
          "{} is {}", e.message.stanza,
          at == kept.end() ? "nowhere" : fmt::format("{}", fmt::join(at->second, " "))));
    } else {
      ++right;
    }
  }
  EXPECT_EQ(wrong.count, 0U) << wrong.example;
  EXPECT_GT(right, 20U);
  fmt::print("day: {} files kept byte for byte, each attached once\n", right);
}

TEST_F(ScriptedDay, LosesAndDoublesNothingOnEitherSide) {
  fmt::print("day: seed {}, {} chats, {} messages, {} answers in {} s\n", plan_.seed, plan_.chats,
             plan_.messages, plan_.answers, plan_.seconds);
  peers::peers world(world_options());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  ASSERT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) FROM wa_sessions WHERE status = 'WORKING'") == "3";
  })) << "the sessions must be known before messages can get names";
  std::string session;
  ASSERT_TRUE(eventually([&] {
    session = sign_in(hub.port(), "sarah@example.com", password);
    return !session.empty();
  }));
  world.call([&] { world.faults() = day_faults(); });
  day_crowd crowd(world, plan_);
  day_staff staff(db_, hub_port_, session, plan_);
  const auto wait_for_answers = [&](int percent) {
    return eventually([&] { return staff.acknowledged_count() * 100 >= plan_.answers * percent; },
                      60s);
  };
  ASSERT_TRUE(wait_for_answers(20)) << hub.log();
  hub.kill_now();
  hub.start_ready();
  ASSERT_TRUE(wait_for_answers(40)) << hub.log();
  fixtures::restart_cluster();
  ASSERT_TRUE(wait_for_answers(50)) << hub.log();
  world.call([&] { world.world().flap("north"); });
  world.call([&] { world.world().find("south")->silent = true; });
  ASSERT_TRUE(wait_for_answers(60)) << hub.log();
  hub.kill_now();
  hub.start_ready();
  ASSERT_TRUE(wait_for_answers(70)) << hub.log();
  world.call([&] { world.world().restart(300); });
  ASSERT_TRUE(eventually([&] { return world.call([&] { return !world.world().down(); }); }));
  last_before_restart_ = staff.acknowledged_count();
  world.call([&] { world.world().expire_media(); });
  ASSERT_TRUE(wait_for_answers(90)) << hub.log();
  world.call([&] { world.faults().waha_restricted = 1; });
  const std::vector<day_answer> answers = staff.wait();
  crowd.wait();
  const auto evening = std::chrono::steady_clock::now();
  heal(world);
  ASSERT_TRUE(drain(world)) << what_waits() << hub.log();
  fmt::print("day: quiet {:.1f} s after all was healed\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - evening).count());
  if (std::getenv("FIBREHUB_DAY_LOG") != nullptr) fmt::print("{}{}", what_waits(), hub.log());
  read_ledger(world);
  EXPECT_EQ(answers.size(), static_cast<std::size_t>(plan_.answers));
  expect_received_once();
  expect_nothing_made_up(world);
  expect_sent_once(answers);
  expect_order();
  expect_files();
  expect_sound_tickets(db_);
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
