// Sessions of a simulated WAHA through the API: made, paired, restarted, silent; and what a bridge
// lost on the way is found again, once, also by a hub that dies in the middle of it.
#include <thread>

#include "tests/e2e/whatsapp_world.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

constexpr const char* sessions_path = "/api/v1/wa-bridge/sessions";

class WhatsAppSessions : public whatsapp_world {
 protected:
  peers::peers_options quiet_world() const {
    peers::peers_options o = whatsapp_world::quiet_world();
    o.version = "2026.7.1";
    o.time_scale = 0.05;  // its states must be seen
    return o;
  }
  hub_settings settings_for(std::uint16_t waha_port, const std::string& more = "") const {
    return whatsapp_world::settings_for(waha_port,
                                        "typing = false\nsession_check = \"1s\"\n" + more);
  }
  http_answer call(const hub_process& hub, const char* verb, const std::string& path,
                   const std::string& body = "") const {
    http_headers headers{{"Authorization", "Bearer " + session_}};
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return fetch(hub.port(), verb, sessions_path + path, body, headers);
  }
  /// One member of a session as the API shows it, as text or JSON.
  std::string shown(const hub_process& hub, const std::string& session, const char* member) const {
    const auto doc = json::parse(call(hub, "GET", "/" + session).body);
    const json::value* v = doc ? json::at(*doc, "data", member) : nullptr;
    if (v == nullptr) return "-";
    return v->IsString() ? std::string(v->GetString()) : json::to_text(*v);
  }
  bool becomes(const hub_process& hub, const std::string& session,
               const std::string& status) const {
    return eventually([&] { return shown(hub, session, "status") == status; });
  }
  /// Somebody writes; whether anybody is told is the world's matter.
  static void write(peers::peers& world, const std::string& stanza, const std::string& phone,
                    const std::string& text, const std::string& session = "default") {
    world.call([&] {
      peers::chat_message m;
      m.stanza = stanza;
      m.chat = phone + "@c.us";
      m.sender.name = "P" + phone;
      m.sender.phone = phone;
      m.text = text;
      world.world().receive(session, m);
      return 0;
    });
  }
  /// The session tells nothing any more, and people write until something comes of it. One message
  /// is not enough: found before its webhook is late it says nothing about webhooks.
  bool is_written_to_unheard(peers::peers& world, const std::function<bool()>& is_noticed) {
    world.call([&] { world.world().find("default")->silent = true; });
    return eventually(
        [&] {
          write(world, fmt::format("3EB0UNHEARD{}", unheard_), "27831110000", "unheard");
          ++unheard_;
          return is_noticed();
        },
        30s, 500ms);
  }
  /// Of others: the hub answers new customers by itself.
  std::string stored() const { return db_.ask("SELECT count(*) FROM messages WHERE NOT outbound"); }

  int unheard_ = 0;  // messages written
};

TEST_F(WhatsAppSessions, AreMadeScannedAndSeenWorkingThroughTheApi) {
  auto options = quiet_world();
  options.hub_webhook.clear();  // the session's own webhook is the only one
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(
      ports.waha, fmt::format("webhook_url = \"http://127.0.0.1:{}{}\"\n", hub_port_, waha_path)));
  hub.start_ready();
  sign_in_to(hub);
  const http_answer made = call(hub, "POST", "", R"({"name":"line"})");
  ASSERT_EQ(made.status, 201U) << made.body << hub.log();
  EXPECT_THAT(made.body, HasSubstr(R"("name":"line")"));
  ASSERT_TRUE(becomes(hub, "line", "SCAN_QR_CODE")) << hub.log();
  const http_answer picture = call(hub, "GET", "/line/qr");
  EXPECT_EQ(picture.status, 200U);
  EXPECT_EQ(picture.headers.at("content-type"), "image/png");
  EXPECT_TRUE(picture.body.starts_with("\x89PNG"));
  EXPECT_THAT(call(hub, "GET", "/line/qr?format=raw").body, HasSubstr(R"("value":"2@)"));
  const http_answer code =
      call(hub, "POST", "/line/pairing-code", R"({"phone_number":"+27 83 123 4567"})");
  EXPECT_EQ(code.status, 200U) << code.body;
  EXPECT_THAT(code.body, HasSubstr(R"("code":")"));
  world.call([&] {
    world.world().pair_session(*world.world().find("line"));
    return 0;
  });
  ASSERT_TRUE(becomes(hub, "line", "WORKING")) << hub.log();
  EXPECT_TRUE(eventually([&] { return shown(hub, "line", "me") != "null"; }));
  EXPECT_EQ(shown(hub, "line", "connected"), "true");
  EXPECT_THAT(shown(hub, "line", "phoneNumber"), ::testing::StartsWith("+27"));
  EXPECT_THAT(shown(hub, "line", "capabilities"), HasSubstr(R"("message_ids":true)"));
  // Its webhook is ours, signed with our key.
  write(world, "3EB0LINE1", "27831110001", "no light", "line");
  EXPECT_TRUE(eventually([&] { return stored() == "1"; })) << hub.log();
  EXPECT_TRUE(eventually([&] { return shown(hub, "line", "last_inbound_at") != "null"; }));
  // What cannot be is said in WAHA's place.
  EXPECT_EQ(call(hub, "POST", "", R"({"name":"line"})").status, 409U);
  const http_answer nothing = call(hub, "GET", "/line/qr");
  EXPECT_EQ(nothing.status, 409U);
  EXPECT_THAT(nothing.body, HasSubstr("not_scanning"));
  EXPECT_THAT(nothing.body, HasSubstr("WORKING"));
  EXPECT_EQ(call(hub, "POST", "/line/start").status, 200U);
  EXPECT_EQ(call(hub, "POST", "/nobody/start").status, 404U);
  EXPECT_EQ(call(hub, "GET", "/nobody").status, 404U);
  const auto history = call(hub, "GET", "/line/history").body;
  for (const char* part :
       {R"("kind":"asked","value":"create","by":"user:100")",
        R"("kind":"told","value":"SCAN_QR_CODE")", R"("kind":"told","value":"WORKING")"})
    EXPECT_THAT(history, HasSubstr(part));
  EXPECT_EQ(call(hub, "DELETE", "/line").status, 200U);
  EXPECT_TRUE(eventually([&] { return shown(hub, "line", "gone_at") != "null"; }));
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log WHERE action LIKE "
                    "'wa_session.%' AND detail LIKE '%\"done\"%'"),
            "wa_session.create wa_session.pairing_code wa_session.start wa_session.remove");
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, AreStartedByNameWithTheTextToScan) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  const http_answer wrong =
      call(hub, "POST", "/start", R"({"sessionName":"desk","engine":"WEBJS"})");
  EXPECT_EQ(wrong.status, 422U) << wrong.body;
  EXPECT_THAT(wrong.body, HasSubstr("wrong_engine"));
  const http_answer started =
      call(hub, "POST", "/start", R"({"sessionName":"desk","engine":"NOWEB"})");
  ASSERT_EQ(started.status, 200U) << started.body;
  EXPECT_THAT(started.body, HasSubstr(R"("sessionId":"desk","status":"qr_pending")"));
  EXPECT_THAT(started.body, HasSubstr(R"("qrCode":"2@)"));
  const http_answer working = call(hub, "POST", "/start", R"({"sessionName":"default"})");
  EXPECT_THAT(working.body, HasSubstr(R"("status":"connected")"));
  EXPECT_EQ(call(hub, "POST", "/start", R"({"sessionName":"a b"})").status, 400U);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, WaitForEachOtherWhenSeveralWantSomething) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  // WAHA itself refuses two of four.
  std::vector<std::thread> people;
  std::vector<unsigned> answers(4);
  for (unsigned& answer : answers)
    people.emplace_back([&] { answer = call(hub, "POST", "/default/restart").status; });
  for (std::thread& one : people)
    one.join();
  EXPECT_THAT(answers, ::testing::Each(200U)) << hub.log();
  EXPECT_TRUE(becomes(hub, "default", "WORKING"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM wa_session_history WHERE kind = 'asked' AND outcome = "
                    "'done'"),
            "4");
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, RememberEveryStateTheyWentThrough) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  ASSERT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) FROM wa_session_history WHERE value = 'WORKING'") == "1";
  }));
  world.call([&] {
    world.world().flap("default");
    return 0;
  });
  const auto states = [&] {
    return db_.ask("SELECT string_agg(value, ' ' ORDER BY at, id) FROM wa_session_history");
  };
  EXPECT_TRUE(eventually([&] { return states().ends_with("WORKING STARTING WORKING"); }))
      << states();
  world.call([&] {
    world.world().unlink_session(*world.world().find("default"));
    return 0;
  });
  EXPECT_TRUE(becomes(hub, "default", "FAILED"));
  EXPECT_TRUE(states().ends_with("WORKING STARTING WORKING FAILED")) << states();
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, FindWhatARestartOfTheBridgeLost) {
  for (const auto engine :
       {peers::waha_engine::noweb, peers::waha_engine::gows, peers::waha_engine::webjs}) {
    SCOPED_TRACE(peers::engine_name(engine));
    fixtures::temporary_database db;
    auto options = quiet_world();
    options.engine = engine;
    peers::peers world(options);
    const auto ports = world.start();
    hub_settings settings = settings_for(ports.waha);
    settings.store_url = db.url();
    hub_process hub(settings);
    hub.start_ready();
    write(world, "3EB0BEFORE", "27831110000", "told");
    const auto count = [&] { return db.ask("SELECT count(*) FROM messages WHERE NOT outbound"); };
    ASSERT_TRUE(eventually([&] { return count() == "1"; })) << hub.log();
    hub.kill_now();
    std::set<std::string> lost{"3EB0BEFORE"};
    for (int i = 0; i < 30; ++i) {
      const std::string stanza = fmt::format("3EB0LOST{:02}", i);
      write(world, stanza, fmt::format("2783111000{}", i % 6), fmt::format("message {}", i));
      lost.insert(stanza);
    }
    world.call([&] {
      world.world().restart(100);
      return 0;
    });
    hub.start_ready();
    EXPECT_TRUE(eventually([&] { return count() == "31"; }, 30s)) << count() << hub.log();
    expect_stored_once(db, lost);
    EXPECT_TRUE(eventually([&] {
      return db.ask("SELECT found >= 30 AND state = 'idle' FROM wa_catch_ups") == "t";
    })) << db.ask("SELECT state || ' ' || found || ' ' || failure FROM wa_catch_ups");
    // Looking again finds the same, and nothing is doubled or in dispute.
    EXPECT_EQ(db.ask("SELECT count(*) FROM review_items"), "0");
    expect_sound_tickets(db);
    EXPECT_EQ(hub.terminate(), 0);
  }
}

TEST_F(WhatsAppSessions, FindWhatWasLostWhileTheHubWasThere) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha, "catch_up_every = \"2s\"\n"));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  write(world, "3EB0TOLD", "27831110000", "told");
  ASSERT_TRUE(eventually([&] { return stored() == "1"; })) << hub.log();
  world.call([&] {
    world.world().find("default")->silent = true;
    return 0;
  });
  for (int i = 0; i < 5; ++i)
    write(world, fmt::format("3EB0QUIET{}", i), "27831110000", fmt::format("unheard {}", i));
  EXPECT_TRUE(eventually([&] { return stored() == "6"; })) << hub.log();
  // The webhooks that come in the end are the same messages.
  world.call([&] {
    world.world().find("default")->silent = false;
    world.world().flap("default");
    return 0;
  });
  write(world, "3EB0AFTER", "27831110000", "told again");
  EXPECT_TRUE(eventually([&] { return stored() == "7"; })) << hub.log();
  EXPECT_EQ(db_.ask("SELECT count(*) FROM review_items"), "0");
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/api/v1/channels", session_).body.find(R"("working":1)") !=
           std::string::npos;
  }));
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/metrics", session_)
               .body.find(R"(fibrehub_wa_sessions{bridge="main",state="WORKING"} 1)") !=
           std::string::npos;
  }));
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, AreCalledSilentWhenTheBridgeHasWhatNobodyTold) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha, "silence_alarm = \"3s\"\ncatch_up_every = \"1h\"\n"));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  write(world, "3EB0HEARD", "27831110000", "heard");
  ASSERT_TRUE(eventually([&] { return stored() == "1"; }));
  // Quiet, and nothing is missing: no alarm.
  EXPECT_TRUE(eventually([&] {
    return db_.ask(
               "SELECT count(*) FROM wa_catch_ups WHERE reason = 'silence' AND state = 'idle'") ==
           "1";
  })) << hub.log();
  EXPECT_EQ(shown(hub, "default", "silent"), "false");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM alarms"), "0");
  EXPECT_TRUE(is_written_to_unheard(world, [&] {
    return shown(hub, "default", "silent") == "true";
  })) << hub.log();
  EXPECT_NE(stored(), "1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM alarms WHERE name LIKE 'channel:waha/main session%'"),
            "1");
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/api/v1/channels", session_).body.find("silent: default") !=
           std::string::npos;
  }));
  world.call([&] {
    world.world().find("default")->silent = false;
    return 0;
  });
  write(world, "3EB0AGAIN", "27831110000", "heard again");
  EXPECT_TRUE(eventually([&] { return shown(hub, "default", "silent") == "false"; })) << hub.log();
  EXPECT_EQ(db_.ask("SELECT count(*) FROM alarms"), "0");
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, AreRestartedWhenTheyAreSilentIfThatIsWanted) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha,
                               "silence_alarm = \"3s\"\ncatch_up_every = \"1h\"\n"
                               "restart_silent_sessions = true\n"));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  write(world, "3EB0HEARD", "27831110000", "heard");
  ASSERT_TRUE(eventually([&] { return stored() == "1"; }));
  // Only a restart makes it tell again.
  EXPECT_TRUE(is_written_to_unheard(world, [&] {
    return !world.call([&] { return world.world().find("default")->silent; });
  })) << hub.log();
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  EXPECT_TRUE(eventually([&] { return stored() == std::to_string(unheard_ + 1); })) << stored();
  EXPECT_TRUE(eventually([&] {
    return db_.ask(
               "SELECT string_agg(DISTINCT value || ' ' || outcome, ', ') FROM"
               " wa_session_history WHERE kind = 'asked'") == "restart done";
  }));
  write(world, "3EB0AGAIN", "27831110000", "heard again");
  EXPECT_TRUE(eventually([&] { return shown(hub, "default", "silent") == "false"; })) << hub.log();
  EXPECT_TRUE(eventually([&] { return stored() == std::to_string(unheard_ + 2); })) << stored();
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, AreCaughtUpByAHubThatDiesInTheMiddleOfIt) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(becomes(hub, "default", "WORKING")) << hub.log();
  hub.kill_now();
  constexpr int chats = 40;
  constexpr int each = 15;
  std::set<std::string> lost;
  for (int c = 0; c < chats; ++c)
    for (int i = 0; i < each; ++i) {
      const std::string stanza = fmt::format("3EB0{:02}{:02}", c, i);
      write(world, stanza, fmt::format("278311200{:02}", c), fmt::format("{} of {}", i, c));
      lost.insert(stanza);
    }
  world.call([&] {
    world.world().restart(50);
    return 0;
  });
  int deaths = 0;
  for (const char* least : {"30", "200", "400"}) {
    hub.start();
    ASSERT_TRUE(eventually(
        [&] {
          return db_.ask(fmt::format("SELECT count(*) >= {} FROM messages WHERE NOT outbound",
                                     least)) == "t";
        },
        30s))
        << stored() << hub.log();
    hub.kill_now();
    if (db_.ask("SELECT count(*) FROM wa_catch_ups WHERE round_at IS NOT NULL") == "1") ++deaths;
  }
  // At least once it was in the middle.
  EXPECT_GT(deaths, 0);
  hub.start_ready();
  EXPECT_TRUE(eventually([&] { return stored() == std::to_string(chats * each); }, 30s))
      << stored() << hub.log();
  EXPECT_TRUE(eventually([&] {
    return db_.ask("SELECT state FROM wa_catch_ups WHERE caught_up_to IS NOT NULL") == "idle";
  }));
  expect_stored_once(db_, lost);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM review_items"), "0");
  expect_sound_tickets(db_);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, SayOnceThatTheirPastCannotBeRead) {
  auto options = quiet_world();
  options.noweb_store = false;
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha, "catch_up_every = \"1s\"\n"));
  hub.start_ready();
  sign_in_to(hub);
  EXPECT_TRUE(eventually([&] {
    return shown(hub, "default", "trouble").find("NOWEB store") != std::string::npos;
  })) << hub.log();
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/api/v1/channels", session_).body.find("cannot be caught up") !=
           std::string::npos;
  }));
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSessions, AreShownAsUnreachableWithTheirBridge) {
  hub_process hub(settings_for(free_port()));
  hub.start_ready();
  sign_in_to(hub);
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/api/v1/channels", session_).body.find("cannot be reached") !=
           std::string::npos;
  }));
  const http_answer made = call(hub, "POST", "", R"({"name":"line"})");
  EXPECT_EQ(made.status, 503U);
  EXPECT_THAT(made.body, HasSubstr("bridge_unreachable"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM audit_log WHERE action = 'wa_session.create' AND detail "
                    "LIKE '%bridge_unreachable%'"),
            "1");
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
