// What the tests of WhatsApp have in common: a hub, the simulated WAHA outside it, an admin who
// signs in, and what each of them says of a message.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/peers.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {

inline constexpr const char* staff_password = "correct horse battery";

class whatsapp_world : public ::testing::Test {
 protected:
  /// A WAHA that tells this hub, in which nothing happens by itself.
  peers::peers_options quiet_world(peers::waha_engine engine = peers::waha_engine::noweb) const {
    peers::peers_options o;
    o.engine = engine;
    o.hub_webhook = fmt::format("http://127.0.0.1:{}{}", hub_port_, waha_path);
    o.hmac_key = waha_key;
    o.retry_delay_s = 0.1;
    o.retry_attempts = 300;
    o.time_scale = 0.01;
    o.rate_per_s = 0;
    o.case_rate_per_s = 0;
    o.burst_every_s = 0;
    return o;
  }
  /// `more`: of the bridge; by default nobody waits for anybody to type.
  hub_settings settings_for(
      std::uint16_t waha_port,
      const std::string& more = "typing = false\noffline_after = false\n") const {
    hub_settings s;
    s.store_url = db_.url();
    s.port = hub_port_;
    s.environment = {"E2E_WAHA_API_KEY=simulated-waha-key"};
    s.more_toml = waha_port == 0 ? ""
                                 : fmt::format(
                                       "url = \"http://127.0.0.1:{}\"\napi_key = "
                                       "\"env:E2E_WAHA_API_KEY\"\nsession_gap = \"0s\"\nchat_gap = "
                                       "\"0s\"\n{}",
                                       waha_port, more);
    return s;
  }
  void SetUp() override {
    db_.ask(
        fmt::format("INSERT INTO users (id, email, name, role, password_hash) VALUES (100,"
                    " 'sarah@example.com', 'Sarah', 'admin', '{}')",
                    protocols::auth::hash_password(staff_password).value()));
  }
  void sign_in_to(const hub_process& hub) {
    // A hub that has just begun may ask to come again.
    ASSERT_TRUE(eventually([&] {
      session_ = sign_in(hub.port(), "sarah@example.com", staff_password);
      return !session_.empty();
    }));
  }
  /// A customer's first message; the ticket made of it.
  std::string customer(const hub_process& hub, const std::string& phone) {
    const http_answer got =
        deliver(hub.port(), message_delivery("A" + phone, phone, "no light here"));
    EXPECT_EQ(got.status, 200U) << got.body;
    return db_.ask(
        fmt::format("SELECT t.uid FROM tickets t JOIN chats c ON c.id = t.chat_id WHERE"
                    " c.ext_id = '{}@c.us'",
                    phone));
  }
  http_answer say(const hub_process& hub, const std::string& uid, const std::string& text) {
    return fetch(hub.port(), "POST", "/api/v1/tickets/" + uid + "/messages",
                 fmt::format(R"({{"text":"{}"}})", text),
                 {{"Authorization", "Bearer " + session_}, {"Content-Type", "application/json"}});
  }
  std::string states() const {
    return db_.ask("SELECT DISTINCT state FROM wa_sends WHERE kind = 'message' ORDER BY state");
  }
  /// What WhatsApp has of ours in one chat, in the order it came.
  static std::vector<std::string> sent_to(peers::peers& world, const std::string& phone) {
    return world.call([&] {
      std::vector<std::string> out;
      for (const peers::ledger_entry& e : world.book().entries())
        if (e.message.from_me && e.message.chat == phone + "@c.us" &&
            e.message.text.starts_with("say "))
          out.push_back(e.message.text);
      return out;
    });
  }

  fixtures::temporary_database db_;
  std::uint16_t hub_port_ = free_port();
  std::string session_;
};

}  // namespace fibrehub::e2e
