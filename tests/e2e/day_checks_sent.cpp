// What went out: everything of ours that WhatsApp has belongs to one message of the hub, everything
// the hub says it sent is there, and what it says became of it is true.
#include <openssl/evp.h>

#include "tests/e2e/day_world.hpp"

namespace fibrehub::e2e {
namespace {

/// The chat by phone, whatever address it was written to.
std::string by_phone(const std::string& chat) {
  if (!chat.ends_with("@lid")) return chat;
  return chat.substr(2, chat.find('@') - 2) +
         "@c.us";  // the crowd's hidden ids are 77 and the phone
}

std::string name_of(const hub_send& s) {
  return fmt::format("{} {} {} to {} in {} ({})", s.kind, s.what, s.id, s.chat, s.session,
                     s.stanza.empty() ? "no name" : s.stanza);
}

}  // namespace

int level_of(const std::string& state) {
  static const std::map<std::string, int> levels{
      {"accepted", 0}, {"sent", 1}, {"delivered", 2}, {"read", 3}};
  const auto at = levels.find(state);
  return at == levels.end() ? -1 : at->second;
}

const hub_send* ScriptedDay::send_of(const std::string& id) const {
  const auto at = send_at_.find(id.empty() ? 0 : std::stoll(id));
  return at == send_at_.end() ? nullptr : &sends_[at->second];
}

/// What both ends know of these words in this chat.
std::string ScriptedDay::all_of(const peers::ledger_entry& said) const {
  std::string out;
  for (const peers::ledger_entry& e : ledger_)
    if (e.session == said.session && e.message.chat == said.message.chat &&
        e.message.text == said.message.text)
      out += fmt::format(
          "WhatsApp: {} at {}, answers {}, told by {} webhooks, ack {}, {} deliveries\n",
          e.message.stanza, e.message.timestamp_s, fmt::join(e.answers, ", "), e.webhooks,
          e.last_ack, e.deliveries);
  const std::string digest = hex_digest(said.message.text, EVP_md5());
  return out + "the hub: " +
         db_.ask(fmt::format("SELECT to_jsonb(s) || jsonb_build_object('outbox', to_jsonb(o)) FROM"
                             " wa_sends s JOIN outbox o ON o.id = s.outbox_id WHERE s.text_digest ="
                             " '{}' AND s.session = '{}'",
                             digest, said.session));
}

/// Each message of ours that WhatsApp has is one of the hub's: by its name, or where the hub knows
/// none by chat and words. Whatever is left over was sent twice, or by nobody.
void ScriptedDay::expect_sends_matched() {
  std::unordered_map<std::string, std::size_t> by_name;
  std::multimap<std::string, std::size_t> nameless;
  for (const auto& row :
       ask("s.id, s.state, s.kind, s.what, s.session, s.chat, coalesce(s.stanza, '-'),"
           " s.text_digest, coalesce(s.message_id, 0), coalesce(extract(epoch FROM s.handed_at),"
           " 0), s.reason",
           "FROM wa_sends s WHERE s.what NOT IN ('reaction', 'edit', 'delete', 'typing', 'seen')"
           " ORDER BY s.id")) {
    hub_send s{std::stoll(row.at(0)),
               row[1],
               row[2],
               row[3],
               row[4],
               by_phone(row[5]),
               row[6] == "-" ? "" : row[6],
               row[7],
               std::stoll(row[8]),
               std::stod(row[9]),
               row.size() > 10 ? row[10] : "",
               nullptr};
    send_at_[s.id] = sends_.size();
    if (s.stanza.empty())
      nameless.emplace(s.session + "/" + s.chat + "/" + s.digest, sends_.size());
    else if (!by_name.emplace(s.session + "/" + s.stanza, sends_.size()).second)
      ADD_FAILURE() << "two messages of one name: " << name_of(s);
    sends_.push_back(std::move(s));
  }
  findings doubled, changed;
  for (const peers::ledger_entry& e : ledger_) {
    if (!e.message.by_api) continue;
    const std::string digest = hex_digest(e.message.text, EVP_md5());
    if (const auto at = by_name.find(e.session + "/" + e.message.stanza); at != by_name.end()) {
      hub_send& s = sends_[at->second];
      s.left = &e;
      if (s.digest != digest || s.chat != e.message.chat)
        changed.add(fmt::format("{}: {} got \"{}\"", name_of(s), e.message.chat, e.message.text));
      continue;
    }
    const auto at = nameless.find(e.session + "/" + e.message.chat + "/" + digest);
    if (at == nameless.end()) {
      doubled.add(fmt::format("{} in {} got \"{}\" as {}\n{}", e.message.chat, e.session,
                              e.message.text, e.message.stanza, all_of(e)));
      continue;
    }
    sends_[at->second].left = &e;
    nameless.erase(at);
  }
  EXPECT_NONE(doubled);
  EXPECT_NONE(changed);
}

/// Only what could not be known may be uncertain: the message has no name in the hub, and no answer
/// told one, or the hub or WAHA died while it was on its way between them.
bool ScriptedDay::may_be_uncertain(const hub_send& s) const {
  if (!s.stanza.empty()) return false;
  constexpr double longest_way_s = 6, clocks_differ_s = 0.5;
  const bool died = std::any_of(absences_.begin(), absences_.end(), [&](const absence& a) {
    return a.begin_s < s.handed_s + longest_way_s && a.end_s > s.handed_s - clocks_differ_s;
  });
  if (died) return true;
  if (s.left != nullptr) return !s.left->told_name;
  return std::any_of(failed_calls_.begin(), failed_calls_.end(), [&](const failed_call& c) {
    return c.session == s.session && by_phone(c.chat) == s.chat;
  });
}

/// It left when no webhook was lost any more: the hub knows all that WhatsApp said of it.
bool ScriptedDay::is_late(const hub_send& s) const {
  return s.left != nullptr && static_cast<double>(s.left->message.timestamp_s) > last_loss_s_;
}

/// Every message left at most once, and its state is what happened.
void ScriptedDay::expect_states_true() {
  std::size_t again = 0;
  findings missing, doubled, untrue, behind, forgotten;
  std::map<std::string, int> told;  // session/stanza → the furthest step the hub was told of
  for (const auto& row :
       ask("session, message_id, max(level)", "FROM message_acks GROUP BY session, message_id"))
    told[row.at(0) + "/" + row.at(1)] = std::min(std::stoi(row.at(2)), 3);
  std::map<std::string, int> counts;
  for (const hub_send& s : sends_) {
    ++counts[s.state];
    const int level = level_of(s.state);
    const int ack = s.left == nullptr ? 0 : s.left->last_ack;
    const std::uint64_t deliveries = s.left == nullptr ? 0 : s.left->deliveries;
    // Given twice under one name it is one message to the other side. The hub asks first and does
    // so only when the bridge did not know the message yet.
    again += s.left != nullptr && s.left->sends > 1 ? 1 : 0;
    const std::string tale =
        fmt::format("{} is {}: {} messages, {} deliveries, ack {}; {}", name_of(s), s.state,
                    s.left == nullptr ? 0 : 1, deliveries, ack, s.reason);
    if (deliveries > 1) doubled.add(tale);
    if (level >= 0 && s.left == nullptr) missing.add(tale);
    const bool is_true = level >= 0               ? s.left != nullptr && level <= std::max(ack, 0)
                         : s.state == "failed"    ? ack == peers::ack_error && deliveries == 0
                         : s.state == "cancelled" ? s.left == nullptr
                         : s.state == "uncertain" ? may_be_uncertain(s)
                                                  : false;  // nothing waits any more
    if (!is_true) untrue.add(tale);
    if (const auto at = told.find(s.session + "/" + s.stanza); at != told.end())
      if (level < at->second && at->second > 0) forgotten.add(tale);
    // WEBJS tells of steps in groups only where it is set up to.
    const bool tells = plan_.takes_names() || !s.chat.ends_with("@g.us");
    if (tells && is_late(s) && level >= 0 && level < ack) behind.add(tale);
  }
  EXPECT_NONE(missing);
  EXPECT_NONE(doubled);
  EXPECT_NONE(untrue);
  EXPECT_NONE(forgotten);
  EXPECT_NONE(behind);
  EXPECT_LE(again, sends_.size() / 50);
  if (plan_.takes_names()) {
    EXPECT_LE(counts["uncertain"], 5) << "only files have no name there";
  }
  EXPECT_GT(counts["read"], static_cast<int>(sends_.size()) / 3);
  std::string summary;
  for (const auto& [state, n] : counts)
    summary += fmt::format(" {} {}", n, state);
  fmt::print(
      "day: {} messages of ours, each seen by the other side once at most, {} given again"
      " under their name:{}\n",
      sends_.size(), again, summary);
}

/// No echo made a second message of one of ours, and each notice that came back is one.
void ScriptedDay::expect_own_messages_stored_once() {
  std::map<std::string, std::vector<std::int64_t>> stored;  // session/stanza → ids
  for (const auto& row : ask("c.session, m.ext_id, m.id",
                             "FROM messages m JOIN chats c ON c.id = m.chat_id WHERE m.outbound AND"
                             " m.ext_id <> ''"))
    stored[row.at(0) + "/" + row.at(1)].push_back(std::stoll(row.at(2)));
  findings wrong;
  std::size_t answers = 0, notices = 0;
  for (const hub_send& s : sends_) {
    if (s.left == nullptr) continue;
    std::vector<std::int64_t>& ids = stored[s.session + "/" + s.left->message.stanza];
    const auto tale = [&] {
      std::string out = fmt::format("{} is {} and stored as", name_of(s), s.state);
      for (const std::int64_t id : ids)
        out += "\n" +
               db_.ask(fmt::format("SELECT to_jsonb(m)::text FROM messages m WHERE id IN ({}, {})",
                                   id, s.message)) +
               "\n" +
               db_.ask(fmt::format("SELECT to_jsonb(s)::text FROM wa_sends s WHERE id = {}", s.id));
      return out;
    };
    if (s.message != 0) {
      // One without a name in the hub is there once under none: nothing may have its stanza.
      const bool right = s.stanza.empty() ? ids.empty() : ids == std::vector{s.message};
      if (!right) wrong.add(tale());
      ++answers;
    } else {
      if (ids.size() > 1 || (ids.empty() && s.left->acknowledged)) wrong.add(tale());
      notices += ids.size();
    }
  }
  EXPECT_NONE(wrong);
  EXPECT_GT(answers, 10U);
  EXPECT_GT(notices, 10U);
  fmt::print("day: {} answers and {} notices of ours stored once\n", answers, notices);
}

/// Whoever opened a ticket in a chat of his own was told so once, and each colleague of his work.
void ScriptedDay::expect_notices_owed() {
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox o WHERE channel = 'whatsapp' AND NOT EXISTS"
                    " (SELECT 1 FROM wa_sends s WHERE s.outbox_id = o.id)"),
            "0");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets t JOIN chats c ON c.id = t.chat_id WHERE c.kind ="
                    " 'direct' AND t.source = 'wa_inbound' AND (SELECT count(*) FROM outbox o WHERE"
                    " o.ticket_id = t.id AND o.channel = 'whatsapp' AND o.body->>'kind' ="
                    " 'client_received') <> 1"),
            "0");
  std::map<std::string, int> told;
  for (const hub_send& s : sends_)
    if (s.kind == "assigned") ++told[s.chat];
  const int owed = is_restricted_ ? 5 : 2;
  EXPECT_EQ(told.size(), static_cast<std::size_t>(owed));
  for (const auto& [chat, times] : told)
    EXPECT_EQ(times, 1) << chat;
}

/// In each chat they came in the order in which they were written. A person who wrote under two
/// addresses has two chats until the hub knows that they are one: what each of them waits for
/// leaves in its own order.
void ScriptedDay::expect_order() {
  std::set<std::string> divided;  // session/chat
  for (const auto& row : ask("session, ext_id", "FROM chats WHERE ext_id LIKE '%@lid'"))
    divided.insert(row.at(0) + "/" + by_phone(row.at(1)));
  std::unordered_map<std::int64_t, std::string> lanes;
  for (const auto& row : ask("s.id, o.lane", "FROM wa_sends s JOIN outbox o ON o.id = s.outbox_id"))
    lanes[std::stoll(row.at(0))] = row.at(1);
  std::unordered_map<const peers::ledger_entry*, std::int64_t> written;
  for (const hub_send& s : sends_)
    if (s.left != nullptr && s.kind == "message") written[s.left] = s.id;
  std::map<std::string, std::vector<std::int64_t>> came;  // by chat
  for (const peers::ledger_entry& e : ledger_) {
    const auto at = written.find(&e);
    if (at == written.end()) continue;
    const std::string chat = e.session + "/" + e.message.chat;
    came[divided.contains(chat) ? lanes[at->second] : chat].push_back(at->second);
  }
  findings disordered;
  std::size_t longest = 0;
  for (const auto& [chat, ids] : came) {
    longest = std::max(longest, ids.size());
    if (!std::is_sorted(ids.begin(), ids.end()))
      disordered.add(
          fmt::format("{}: came {}; {}", chat, fmt::join(ids, ", "), lanes[ids.front()]));
  }
  EXPECT_NONE(disordered);
  EXPECT_GT(longest, 3U) << "somebody must have been talked to at length";
  fmt::print("day: {} chats answered in order, at most {} answers each; {} people had two\n",
             came.size(), longest, divided.size());
}

}  // namespace fibrehub::e2e
