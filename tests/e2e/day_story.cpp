// What happens in a scripted day, in order.
#include <cstdlib>
#include <sstream>

#include "protocols/auth/password.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/api.hpp"
#include "tests/e2e/day_world.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;

constexpr const char* password = "correct horse battery";
constexpr int first_colleague = 201;  // their ids; none of them ever writes
constexpr int colleagues = 5;

std::string phone_of(int colleague) {
  return fmt::format("2784{:07}", colleague);
}

double now_s() {
  return static_cast<double>(peers::now_ms()) / 1000;
}

}  // namespace

void ScriptedDay::SetUp() {
  db_.ask(
      fmt::format("INSERT INTO users (id, email, name, role, password_hash) VALUES (100,"
                  " 'sarah@example.com', 'Sarah', 'admin', '{}') RETURNING 1",
                  protocols::auth::hash_password(password).value()));
  for (int i = first_colleague; i < first_colleague + colleagues; ++i) {
    db_.ask(
        fmt::format("INSERT INTO users (id, email, name, role, password_hash, phone) VALUES ({0},"
                    " 't{0}@example.com', 'Technician {0}', 'technician', '', '+{1}') RETURNING 1",
                    i, phone_of(i)));
    db_.ask(
        fmt::format("INSERT INTO notification_choices (user_id, kind, in_app, email, whatsapp)"
                    " VALUES ({}, 'assigned', true, false, 'always') RETURNING 1",
                    i));
  }
}

peers::peers_options ScriptedDay::world_options() const {
  peers::peers_options o;
  o.seed = plan_.seed;
  o.engine = plan_.engine;
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

hub_settings ScriptedDay::settings_for(std::uint16_t waha_port) const {
  hub_settings s;
  s.store_url = db_.url();
  s.port = hub_port_;
  s.environment = {"E2E_WAHA_API_KEY=simulated-waha-key"};
  s.overrides = {"web.requests_per_caller=1000000"};
  if (const char* level = std::getenv("FIBREHUB_DAY_LOG"))
    s.overrides.push_back(fmt::format("log.level={}", level));
  s.more_toml = fmt::format(
      "url = \"http://127.0.0.1:{0}\"\napi_key = \"env:E2E_WAHA_API_KEY\"\nsession_gap = \"0s\"\n"
      "chat_gap = \"0s\"\ntyping = false\noffline_after = false\nsession_check = \"1s\"\n"
      "catch_up_every = \"2s\"\nfirst_contact_gap = \"0s\"\nfirst_contacts_per_hour = 0\n"
      "notices_session = \"north\"\nmedia_hosts = [\"localhost:{0}\"]\n",
      waha_port);
  return s;
}

void ScriptedDay::kill_and_restart(hub_process& hub) {
  hub.kill_now();
  absences_.push_back({now_s(), now_s()});
  hub.start_ready();
}

/// It forgets what it owed, finds no network at first, and its clock was wrong by some seconds.
void ScriptedDay::restart_waha(peers::peers& world) {
  absences_.push_back({now_s(), 0});
  world.call([&] {
    world.faults().waha_no_network = 1;
    world.world().restart(300);
  });
  ASSERT_TRUE(eventually([&] {
    return world.call(
        [&] { return !world.world().down() && world.world().find("north")->statuses.size() == 3; });
  }));
  absences_.back().end_s = now_s();
  world.call([&] { world.faults().waha_no_network = 0; });
  ASSERT_TRUE(eventually([&] {
    return world.call([&] {
      return std::all_of(day_sessions.begin(), day_sessions.end(), [&](const std::string& name) {
        return world.world().find(name)->working();
      });
    });
  }));
  last_loss_s_ = now_s();
}

/// Each is given a ticket of his own, and hears of it by WhatsApp.
void ScriptedDay::tell_colleagues(const day_desk& desk, int from, int to) const {
  const rows tickets = ask("uid", "FROM tickets WHERE chat_id IS NOT NULL ORDER BY id LIMIT 5");
  for (int i = from; i <= to; ++i) {
    const std::string& uid = tickets.at(static_cast<std::size_t>(i - 1)).at(0);
    const http_answer got =
        desk.insist({}, "POST", "/tickets/" + uid + "/assign",
                    fmt::format(R"({{"assigned_to":{},"reason":"near"}})", first_colleague + i - 1),
                    fmt::format("assign-{}", i));
    EXPECT_EQ(got.status, 200U) << got.body;
  }
}

void ScriptedDay::restrict_strangers(peers::peers& world, const day_desk& desk) {
  const auto comes_true = [&](const std::string& what) {
    return eventually(
        [&] {
          hurry();
          return db_.ask("SELECT " + what) == "t";
        },
        60s, 100ms);
  };
  ASSERT_TRUE(
      comes_true("count(*) = 2 FROM wa_sends WHERE kind = 'assigned' AND state <> 'queued'"))
      << what_waits();
  world.call([&] { world.faults().waha_restricted = 1; });
  tell_colleagues(desk, 3, 3);
  // The hub hears of it by the answer or, where the message was taken first, by its ERROR.
  ASSERT_TRUE(comes_true("count(*) = 1 FROM wa_restrictions WHERE until > now()")) << what_waits();
  is_restricted_ = true;
  tell_colleagues(desk, 4, 5);
  // Whoever wrote is answered as before.
  const std::string uid = db_.ask(
      "SELECT t.uid FROM tickets t JOIN chats c ON c.id = t.chat_id WHERE c.session = 'north' AND"
      " c.kind = 'direct' ORDER BY t.id LIMIT 1");
  const http_answer said = desk.insist({}, "POST", "/tickets/" + uid + "/messages",
                                       R"({"text":"say that it goes on"})", "warm");
  ASSERT_EQ(said.status, 201U) << said.body;
  EXPECT_TRUE(
      comes_true("accepted_at IS NOT NULL FROM wa_sends WHERE id = " + field_of(said, "id")))
      << what_waits();
}

/// Nothing left for them.
void ScriptedDay::expect_strangers_wait() {
  if (!is_restricted_) return;
  for (const int i : {4, 5})
    EXPECT_EQ(db_.ask(fmt::format(
                  "SELECT state || ' after ' || attempts FROM outbox WHERE channel = 'whatsapp' AND"
                  " body->>'kind' = 'assigned' AND user_id = {}",
                  first_colleague + i - 1)),
              "ready after 0");
}

/// WhatsApp let go of the session, days later; whatever it was still to say of it is old.
void ScriptedDay::lift_restriction() const {
  db_.ask("UPDATE wa_restrictions SET until = now() RETURNING 1");
}

void ScriptedDay::heal(peers::peers& world) const {
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
bool ScriptedDay::drain(peers::peers& world) const {
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
        lift_restriction();
        hurry();
        const auto is_quiet = [&] {
          return world.call(
              [&] { return world.sender().pending() + world.world().scheduled() == 0; });
        };
        // Asked again at the end: the last message may have left while the hub was asked.
        return is_quiet() &&
               db_.ask(
                   "SELECT (SELECT count(*) FROM outbox WHERE channel = 'whatsapp' AND state"
                   " IN ('ready', 'inflight')) + (SELECT count(*) FROM wa_media WHERE state"
                   " IN ('due', 'fetching')) + (SELECT count(*) FROM wa_catch_ups WHERE state"
                   " = 'owed' OR ended_at IS NULL OR ended_at < '" +
                   healed + "')") == "0" &&
               is_quiet();
      },
      90s, 250ms);
}

/// What waits for its next attempt need not wait for real.
void ScriptedDay::hurry() const {
  db_.ask(
      "UPDATE outbox SET next_at = now() WHERE channel = 'whatsapp' AND state = 'ready' AND"
      " next_at > now() + interval '2 seconds' RETURNING 1");
  db_.ask(
      "UPDATE wa_media SET next_at = now() WHERE state = 'due' AND next_at > now() +"
      " interval '2 seconds' RETURNING 1");
}

/// What is still to be done, and how fast it went.
std::string ScriptedDay::what_waits() const {
  return db_.ask(
             "SELECT state || ' after ' || attempts || ' attempts, ' || count(*) || ': ' ||"
             " min(last_status) FROM outbox WHERE channel = 'whatsapp' AND state IN ('ready',"
             " 'inflight') GROUP BY state, attempts") +
         "\n" +
         db_.ask(
             "SELECT state || ' ' || reason || ' ' || count(*) FROM wa_media WHERE state <> 'kept'"
             " GROUP BY state, reason") +
         "\n" +
         db_.ask(
             "SELECT session || ' ' || state || ' ' || coalesce(ended_at::text, '') FROM "
             "wa_catch_ups") +
         "\n" +
         db_.ask(
             "SELECT date_trunc('second', handed_at)::time || ' ' || count(*) || ' ' ||"
             " coalesce(avg(accepted_at - handed_at)::text, '') FROM wa_sends WHERE handed_at IS"
             " NOT NULL GROUP BY date_trunc('second', handed_at) ORDER BY date_trunc('second', "
             "handed_at)") +
         "\n";
}

void ScriptedDay::read_books(peers::peers& world, std::uint16_t control_port) {
  world.call([&] {
    for (const peers::ledger_entry& e : world.book().entries())
      ledger_.push_back(e);
    for (const peers::told_reaction& r : world.book().reactions())
      reactions_.push_back(r);
  });
  const auto calls = json::parse(fetch(control_port, "GET", "/ledger/calls").body);
  ASSERT_TRUE(calls);
  for (const auto& c : json::find(*calls, "calls")->GetArray()) {
    const auto status = json::integer(c, "status").value_or(0);
    if (json::text(c, "path").starts_with("/api/send") && (status == 0 || status >= 500))
      failed_calls_.push_back(
          {std::string(json::text(c, "session")), std::string(json::text(c, "chat"))});
  }
}

void ScriptedDay::live_through(const day_plan& plan) {
  plan_ = plan;
  fmt::print("day: seed {}, {}, {} chats, {} messages, {} deeds of staff in {} s\n", plan_.seed,
             peers::engine_name(plan_.engine), plan_.chats, plan_.messages, plan_.deeds,
             plan_.seconds);
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
  world.call([&] {
    world.faults() = day_faults();
    world.faults().waha_lid_unknown = 1;  // who is behind a hidden id is told later
    for (int i = first_colleague; i < first_colleague + colleagues; ++i)
      world.world().know({fmt::format("Technician {}", i), phone_of(i), "", true});
  });
  const day_desk desk(hub_port_, session, plan_.seed);
  day_crowd crowd(world, plan_);
  day_staff staff(db_, desk, plan_);
  const auto until_over = [&](int percent) {
    return eventually([&] { return staff.over_count() * 100 >= plan_.deeds * percent; }, 60s);
  };
  ASSERT_TRUE(until_over(20)) << hub.log();
  kill_and_restart(hub);
  world.call([&] {
    world.faults().waha_lid_unknown = 0;
    world.faults().waha_media_s3 = 1;
    world.faults().waha_send_no_serialized = 1;
  });
  ASSERT_TRUE(until_over(40)) << hub.log();
  fixtures::restart_cluster();
  world.call([&] {
    world.faults().waha_media_s3 = 0;
    world.faults().waha_send_no_serialized = 0;
    world.world().correct_clock(3000);
  });
  ASSERT_TRUE(until_over(50)) << hub.log();
  world.call([&] {
    world.world().flap("north");
    world.world().find("south")->silent = true;
    world.faults().waha_lock_percent = 50;
    // Each refusal of reading makes the hub leave the bridge alone for half a minute.
    world.faults().waha_read_error_percent = 0;
  });
  ASSERT_TRUE(until_over(60)) << hub.log();
  kill_and_restart(hub);
  // An admin restarts the session that tells nothing, once more while its lock is taken.
  EXPECT_TRUE(eventually(
      [&] {
        return ask_api(hub_port_, session, "POST", "/wa-bridge/sessions/south/restart").status ==
               200;
      },
      30s))
      << ask_api(hub_port_, session, "POST", "/wa-bridge/sessions/south/restart").body;
  ASSERT_TRUE(until_over(70)) << hub.log();
  ASSERT_NO_FATAL_FAILURE(restart_waha(world));
  world.call([&] { world.world().expire_media(); });
  tell_colleagues(desk, 1, 2);
  deeds_ = staff.wait();
  crowd.wait();
  const auto evening = std::chrono::steady_clock::now();
  heal(world);
  // WEBJS says nothing of it: the message stays PENDING, and nobody can know why.
  if (plan_.engine != peers::waha_engine::webjs) {
    ASSERT_NO_FATAL_FAILURE(restrict_strangers(world, desk)) << hub.log();
    expect_strangers_wait();
    world.call([&] { world.faults().waha_restricted = 0; });
  }
  ASSERT_TRUE(drain(world)) << what_waits() << hub.log();
  fmt::print("day: quiet {:.1f} s after all was healed\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - evening).count());
  if (std::getenv("FIBREHUB_DAY_LOG") != nullptr) fmt::print("{}{}", what_waits(), hub.log());
  EXPECT_THAT(staff.refusals(), ::testing::IsEmpty());
  EXPECT_GT(deeds_.size(), static_cast<std::size_t>(plan_.deeds) * 8 / 10);
  read_books(world, ports.control);
  expect_received_once();
  expect_reactions_received();
  expect_nothing_made_up(world);
  expect_sends_matched();
  expect_states_true();
  expect_own_messages_stored_once();
  expect_notices_owed();
  expect_order();
  expect_files();
  expect_deeds();
  expect_sound_tickets(db_);
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace fibrehub::e2e
