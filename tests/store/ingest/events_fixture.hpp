// A store into which messages and what happens to them come in any order.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/ingest/intake.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store::tests {

constexpr domain::instant noon = domain::from_us(1'795'000'000'000'000);
inline const std::string john = "27831112222@c.us";

inline domain::instant at_s(int second) {
  return noon + std::chrono::seconds(second);
}

class events_fixture : public testing::Test {
 protected:
  static ingest item(const std::string& key, const std::string& event, domain::inbound what) {
    ingest out;
    out.source = "waha";
    out.channel = "main";
    out.ext_id = "main/default/" + key;
    out.event = event;
    out.headers_json = "{}";
    out.body = "{}";
    out.fingerprint = std::string(16, 'f');
    out.received_at = noon + std::chrono::hours(1);
    out.what = std::move(what);
    return out;
  }
  static domain::chat_message chat_message(const std::string& id, const std::string& text,
                                           const std::string& chat = john, int second = 0) {
    domain::chat_message m;
    m.session = "default";
    m.chat = chat;
    m.kind = chat.ends_with("@g.us") ? domain::chat_kind::group : domain::chat_kind::direct;
    m.message_id = id;
    m.author = m.kind == domain::chat_kind::group ? john : chat;
    m.author_name = "John";
    m.sent_at = at_s(second);
    m.type = "text";
    m.text = text;
    return m;
  }
  static ingest said(domain::chat_message m) {
    const std::string key = fmt::format("msg/{}/{}", m.from_me ? "out" : "in", m.message_id);
    return item(key, "message.any", std::move(m));
  }
  static ingest message(const std::string& id, const std::string& text,
                        const std::string& chat = john, int second = 0) {
    return said(chat_message(id, text, chat, second));
  }
  static ingest ours(const std::string& id, const std::string& text,
                     const std::string& chat = john) {
    domain::chat_message m = chat_message(id, text, chat);
    m.from_me = true;
    m.author.clear();
    m.author_name.clear();
    return said(std::move(m));
  }
  static ingest change(domain::message_change::kind what, const std::string& target,
                       const std::string& text, int second, const std::string& person = john) {
    domain::message_change c;
    c.what = what;
    c.session = "default";
    c.chat = john;
    c.message_id = target;
    c.person = person;
    c.person_name = person == john ? "John" : "";
    c.at = at_s(second);
    c.text = text;
    return item(fmt::format("{}/{}/{}/{}", domain::name_of(what), target, person, second),
                "message.changed", std::move(c));
  }
  static ingest edited(const std::string& target, const std::string& text, int second) {
    return change(domain::message_change::kind::edited, target, text, second);
  }
  static ingest revoked(const std::string& target, int second) {
    return change(domain::message_change::kind::revoked, target, "", second);
  }
  static ingest reaction(const std::string& target, const std::string& sign, int second,
                         const std::string& person = john) {
    return change(domain::message_change::kind::reaction, target, sign, second, person);
  }
  static ingest vote(const std::string& target, std::vector<std::string> options, int second) {
    ingest out = change(domain::message_change::kind::vote, target, "", second);
    std::get<domain::message_change>(out.what).options = std::move(options);
    return out;
  }
  static ingest ack(const std::string& target, int level, const std::string& participant = {}) {
    return item(fmt::format("ack/{}/{}/{}", target, participant, level), "message.ack",
                domain::message_ack{"default", john, target, participant, level});
  }
  static ingest waiting(const std::string& id, const std::string& chat = john) {
    domain::waiting_message w{chat_message(id, "", chat)};
    w.message.type = "waiting";
    return item("waiting/msg/in/" + id, "message.waiting", std::move(w));
  }
  static ingest call(domain::call_note::step step, int second, const std::string& id = "C1") {
    domain::call_note c;
    c.what = step;
    c.message = chat_message("call/" + id, domain::call_text(step, false, false), john, second);
    c.message.author_name.clear();
    c.message.type = "call";
    return item(fmt::format("call/{}/{}", id, domain::name_of(step)), "call", std::move(c));
  }

  std::vector<ingest_result> apply(const std::vector<ingest>& items) {
    intake_outcome outcome = intake_->apply(session_, items);
    std::vector<ingest_result> out;
    for (auto& r : outcome.results)
      out.push_back(r.value());
    events_ = std::move(outcome.events);
    return out;
  }
  ingest_result apply_one(const ingest& one) { return apply({one}).front(); }
  /// As after a restart: nothing is remembered but what the database holds.
  void restart() { intake_.emplace(intake_rules{}); }

  /// As at the beginning.
  void empty() {
    db_.ask(
        "TRUNCATE inbox, review_items, uid_counters, tickets, ticket_history, chats, contacts,"
        " contact_aliases, messages, message_links, message_acks, message_changes, message_facts,"
        " search_due, outbox, notifications CASCADE");
    restart();
  }

  static domain::principal reader(domain::role as = domain::role::viewer) {
    domain::principal p;
    p.as = as;
    p.client_id = as == domain::role::client ? 5 : 0;
    return p;
  }
  ticket_detail ticket(const std::string& uid, domain::role as = domain::role::viewer) {
    return run(session_.db(), get_ticket{uid, 50, 200, 50, reader(as)}).value();
  }
  message_view message_of(const std::string& uid, const std::string& id,
                          domain::role as = domain::role::viewer) {
    for (const message_view& m : ticket(uid, as).messages)
      if (m.message_id == id) return m;
    ADD_FAILURE() << uid << " has no message " << id;
    return {};
  }
  /// The ticket's history from the second row on; fails when the chain is broken.
  std::vector<std::string> history(const std::string& uid) {
    const ticket_detail d = ticket(uid);
    std::vector<domain::chained_entry> rows;
    std::vector<std::string> out;
    for (const history_view& h : d.history) {
      domain::chained_entry& row = rows.emplace_back();
      row.entry = h.entry;
      const std::string bytes = unhex("\\x" + h.hash_hex);
      std::copy_n(bytes.begin(), row.hash.size(), row.hash.begin());
      if (h.entry.seq > 1)
        out.push_back(fmt::format("{} {}: {} → {} by {}", h.entry.action, h.entry.field,
                                  h.entry.old_value, h.entry.new_value, h.entry.actor.name));
    }
    EXPECT_EQ(domain::first_broken(rows), 0);
    EXPECT_EQ(d.ticket.version, static_cast<std::int32_t>(rows.size()));
    return out;
  }
  std::vector<std::string> kinds_told() const {
    std::vector<std::string> out;
    for (const committed_event& e : events_)
      out.push_back(e.kind);
    return out;
  }

  fixtures::temporary_database db_;
  hub_session session_{db_.options(), std::nullopt};
  std::optional<intake> intake_{std::in_place, intake_rules{}};
  std::vector<committed_event> events_;
};

}  // namespace fibrehub::store::tests
