// A hub's store as the writer runs it, without the writer: messages come in, staff answer, a bridge
// takes what is owed and says what became of it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/change_desk.hpp"
#include "store/commands/desk.hpp"
#include "store/ingest/intake.hpp"
#include "store/notify/outbox.hpp"
#include "store/queries/tickets.hpp"
#include "store/sends/finish.hpp"
#include "store/sends/report.hpp"
#include "store/sends/take.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store::tests {

constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);
inline const std::string customer = "27831112222@c.us";

inline domain::principal person(domain::role as, std::int64_t id = 1) {
  domain::principal p;
  p.what = domain::principal::kind::user;
  p.as = as;
  p.user_id = id;
  p.id = "user:" + std::to_string(id);
  p.name = "Sarah";
  return p;
}

class sends_fixture : public testing::Test {
 protected:
  sends_fixture() {
    db_.ask(
        "INSERT INTO users (id, email, name, role) VALUES (1, 'sarah@x.example', 'Sarah', "
        "'admin')");
  }

  // --- what comes in ----------------------------------------------------------------------------
  ingest chat_item(const std::string& id, const std::string& text, const std::string& chat,
                   bool from_me, bool by_api) {
    domain::chat_message m;
    m.session = session_;
    m.chat = chat;
    m.kind = chat.ends_with("@g.us") ? domain::chat_kind::group : domain::chat_kind::direct;
    m.message_id = id;
    m.from_me = from_me;
    m.by_api = by_api;
    if (!from_me) {
      m.author = m.kind == domain::chat_kind::group ? "27839998888@c.us" : chat;
      m.author_name = "John";
    }
    m.sent_at = now_;
    m.type = "text";
    m.text = text;
    ingest out;
    out.source = "waha";
    out.channel = "main";
    out.ext_id = fmt::format("main/{}/msg/{}/{}", session_, from_me ? "out" : "in", id);
    out.event = "message.any";
    out.headers_json = "{}";
    out.body = "{}";
    out.fingerprint = std::string(16, 'f');
    out.received_at = now_;
    out.what = std::move(m);
    return out;
  }
  std::vector<ingest_result> apply(const std::vector<ingest>& items) {
    intake_outcome outcome = intake_->apply(writer_, items);
    std::vector<ingest_result> out;
    for (auto& r : outcome.results)
      out.push_back(r.value());
    events_ = std::move(outcome.events);
    return out;
  }
  /// A customer writes; the ticket it goes to.
  std::string receive(const std::string& id, const std::string& text,
                      const std::string& chat = customer) {
    std::string uid = apply({chat_item(id, text, chat, false, false)}).front().ticket_uid;
    // What customers are told by themselves is another test's matter.
    db_.ask("DELETE FROM outbox WHERE key LIKE 'client:%' RETURNING 1");
    return uid;
  }
  ingest echo_item(const std::string& stanza, const std::string& text, bool by_api = true,
                   const std::string& chat = customer) {
    return chat_item(stanza, text, chat, true, by_api);
  }
  void echo(const std::string& stanza, const std::string& text, bool by_api = true,
            const std::string& chat = customer) {
    apply({echo_item(stanza, text, by_api, chat)});
  }
  ingest ack_item(const std::string& stanza, int level) {
    ingest out = chat_item("", "", customer, true, true);
    out.ext_id = fmt::format("main/{}/ack/{}//{}", session_, stanza, level);
    out.event = "message.ack";
    out.what = domain::message_ack{session_, customer, stanza, {}, level};
    return out;
  }
  void ack(const std::string& stanza, int level) { apply({ack_item(stanza, level)}); }
  void session(const std::string& status, const std::string& engine = "NOWEB",
               const std::string& version = "2026.7.1") {
    db_.ask(fmt::format(
        "INSERT INTO wa_sessions (channel, name, status, status_at, me, me_name, engine, version,"
        " updated_at) VALUES ('main', '{0}', '{1}', {4}, '', '', '{2}', '{3}', {4}) ON CONFLICT"
        " (channel, name) DO UPDATE SET status = excluded.status, engine = excluded.engine, version"
        " = excluded.version, updated_at = excluded.updated_at RETURNING 1",
        session_, status, engine, version,
        fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')", domain::to_us(now_))));
  }

  // --- what staff do ----------------------------------------------------------------------------
  write_outcome command(domain::ticket_command what, const domain::principal& by,
                        const std::string& key = {}) {
    std::optional<write_outcome> got;
    submit_commands unit;
    unit.items = {std::move(what)};
    unit.origin = {by, now_, key, key.empty() ? "" : std::string(32, 'r')};
    unit.done = reply<write_answer>([&](write_outcome r) { got = std::move(r); });
    commands_.add(std::move(unit));
    change_desk::aftermath after = commands_.make_next(writer_);
    events_ = std::move(after.events);
    grew_ = after.grows_outbox;
    intake_->forget_tickets(after.tickets);
    return got.value();
  }
  write_outcome try_say(const std::string& uid, const std::string& text,
                        const std::string& reply_to = {}, const std::string& key = {}) {
    return command({uid, {}, domain::message_ticket{text, reply_to}}, person(as_), key);
  }
  void say(const std::string& uid, const std::string& text, const std::string& reply_to = {}) {
    const write_outcome done = try_say(uid, text, reply_to);
    ASSERT_TRUE(done) << done.error().message;
  }

  // --- what the bridge does ---------------------------------------------------------------------
  template <class Request>
  write_outcome change(Request request) {
    std::optional<write_outcome> got;
    write_origin origin;
    origin.by = sender_principal("main");
    origin.at = now_;
    changes_.add(change_of(std::move(request), std::move(origin),
                           reply<write_answer>([&](write_outcome r) { got = std::move(r); })));
    const change_desk::aftermath after = changes_.make_next(writer_);
    events_ = after.events;
    grew_ = after.grows_outbox;
    if (after.moves_sends) intake_->forget_echoes();
    return got.value();
  }
  taken_sends take(take_sends request = {}) {
    if (request.strangers.gap.count() == 0) request.strangers = strangers_;
    request.channel = "main";
    request.takes_unaddressed = true;
    request.notices_session = "default";
    request.country_code = "27";
    request.new_name = [this](const std::string& engine, const std::string& version) {
      return engine == "NOWEB" && version == "2026.7.1" ? fmt::format("3EB0NAME{}", ++names_) : "";
    };
    request.result = std::make_shared<taken_sends>();
    const auto result = request.result;
    EXPECT_TRUE(change(std::move(request)));
    return *result;
  }
  taken_send take_one() {
    taken_sends got = take();
    EXPECT_EQ(got.items.size(), 1U);
    return got.items.empty() ? taken_send{} : got.items.front();
  }
  /// As after the death of whoever had things in flight.
  taken_sends take_anew() {
    take_sends request;
    request.somebody_was_lost = true;
    return take(std::move(request));
  }
  std::string finish(const taken_send& what, send_outcome outcome, const std::string& name = {},
                     const std::string& status = "said so") {
    finish_send request;
    request.channel = "main";
    request.what = what;
    request.outcome = outcome;
    request.name = name;
    request.status = status;
    request.next_at = now_ + std::chrono::seconds(10);
    return change(std::move(request)).value().data_json;
  }
  void pass(std::chrono::seconds time) { now_ += time; }

  // --- what is seen -----------------------------------------------------------------------------
  /// "state stanza outbox" of every send, in order.
  std::string sends() const {
    return db_.ask(
        "SELECT s.state || ' ' || coalesce(s.stanza, '-') || ' ' || o.state FROM wa_sends s JOIN"
        " outbox o ON o.id = s.outbox_id ORDER BY s.id");
  }
  std::string ours() const {
    return db_.ask("SELECT body || ' ' || ext_id FROM messages WHERE outbound ORDER BY id");
  }
  ticket_detail ticket(const std::string& uid) {
    connection c(db_.options());
    return run(c, get_ticket{uid, 50, 200, 50, person(domain::role::admin)}).value();
  }

  fixtures::temporary_database db_;
  hub_session writer_{db_.options(), std::nullopt};
  command_desk commands_{command_rules{}, 100, std::make_shared<store_status>()};
  change_desk changes_{100, std::make_shared<store_status>()};
  std::optional<intake> intake_{std::in_place, intake_rules{}};
  std::vector<committed_event> events_;
  bool grew_ = false;  // whoever sends is to be woken, whatever the events
  std::string session_ = "default";
  domain::role as_ = domain::role::admin;
  domain::instant now_ = noon;
  stranger_rules strangers_;
  int names_ = 0;
};

}  // namespace fibrehub::store::tests
