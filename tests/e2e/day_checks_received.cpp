// What came in: each message once, with its words, its file and its reactions, and nothing else.
#include <openssl/evp.h>

#include <sstream>

#include "peers/media.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/day_world.hpp"

namespace fibrehub::e2e {
namespace {

std::string key_of(const std::string& session, const std::string& stanza) {
  return session + "/" + stanza;
}

}  // namespace

ScriptedDay::rows ScriptedDay::ask(const std::string& columns, const std::string& rest) const {
  rows out;
  std::istringstream in(db_.ask(fmt::format("SELECT concat_ws('|', {}) {}", columns, rest)));
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string>& row = out.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '|');)
      row.push_back(cell);
  }
  return out;
}

/// What was acknowledged, and where the hub asks for it also what was lost, is there once.
void ScriptedDay::expect_received_once() {
  std::map<std::string, std::vector<std::string>> stored;  // session/stanza → texts
  for (const auto& row : ask("c.session, m.ext_id, m.outbound, m.body",
                             "FROM messages m JOIN chats c ON c.id = m.chat_id WHERE m.inbox_id <> "
                             "0 ORDER BY m.id"))
    stored[key_of(row.at(0), row.at(1))].push_back(row.size() > 3 ? row[3] : "");
  findings lost, doubled, changed, unknown;
  std::size_t acknowledged = 0, withheld = 0, caught_up = 0;
  std::set<std::string> known;
  for (const peers::ledger_entry& e : ledger_) {
    const std::string key = key_of(e.session, e.message.stanza);
    known.insert(key);
    if (e.message.by_api) continue;  // expect_own_messages_stored_once
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
  EXPECT_NONE(lost);
  EXPECT_NONE(doubled);
  EXPECT_NONE(changed);
  EXPECT_NONE(unknown);
  EXPECT_GE(acknowledged, static_cast<std::size_t>(plan_.messages) * 8 / 10);
  fmt::print("day: received {} of {} told, stored once; {} told by no webhook, {} of them found\n",
             acknowledged, acknowledged + withheld, withheld, caught_up);
}

/// An acknowledged reaction is on its message, once.
void ScriptedDay::expect_reactions_received() {
  std::map<std::string, int> stored;  // session/target/sign → how often on a message
  for (const auto& row : ask("session, stanza, value",
                             "FROM message_changes WHERE kind = 'reaction' AND message_id IS NOT "
                             "NULL AND NOT from_me"))
    ++stored[key_of(row.at(0), row.at(1)) + "/" + row.at(2)];
  findings lost, doubled;
  std::size_t there = 0;
  for (const peers::told_reaction& r : reactions_) {
    if (r.reaction.by_api || !r.acknowledged) continue;
    const std::string key = key_of(r.session, r.reaction.target.stanza) + "/" + r.reaction.emoji;
    const auto at = stored.find(key);
    if (at == stored.end()) {
      lost.add(key);
    } else {
      ++there;
      if (at->second != 1) doubled.add(key);
    }
  }
  EXPECT_NONE(lost);
  EXPECT_NONE(doubled);
  EXPECT_GT(there, 0U);
  fmt::print("day: {} reactions, each on its message once\n", there);
}

/// Nobody without the key gets a word in.
void ScriptedDay::expect_nothing_made_up(peers::peers& world) {
  std::set<std::string> stored;
  for (const auto& row : ask("m.ext_id", "FROM messages m WHERE m.ext_id <> ''"))
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
  EXPECT_GT(forged, 0U);
  EXPECT_NONE(believed);
  EXPECT_NONE(accepted);
  const std::string stats = world.call([&] { return world.stats_json(); });
  EXPECT_THAT(stats, ::testing::HasSubstr(R"("leaked_keys":0)"));
  fmt::print("day: {} forgeries, none believed\n", forged);
}

/// Every file of a message that is there is kept as it was sent, and attached once.
void ScriptedDay::expect_files() {
  std::map<std::string, std::vector<std::string>> kept;  // session/stanza → state, hash
  for (const auto& row :
       ask("c.session, m.ext_id, w.state, coalesce(encode(w.sha256, 'hex'), '-'), (SELECT count(*)"
           " FROM attachments a WHERE a.sha256 = w.sha256), (m.ticket_id IS NOT NULL)::int",
           "FROM wa_media w JOIN messages m ON m.id = w.message_id JOIN chats c ON c.id = "
           "m.chat_id"))
    kept[key_of(row.at(0), row.at(1))] = {row.at(2), row.at(3), row.at(4), row.at(5)};
  findings wrong;
  std::size_t right = 0, foreign = 0;
  for (const peers::ledger_entry& e : ledger_) {
    if (!e.message.has_media() || e.message.by_api) continue;
    const auto at = kept.find(key_of(e.session, e.message.stanza));
    const std::string bytes = peers::media_bytes(e.message.kind, e.message.stanza);
    if (at == kept.end() || at->second[0] != "kept" ||
        at->second[1] != hex_digest(bytes, EVP_sha256()) || at->second[2] != at->second[3]) {
      wrong.add(fmt::format(
          "{} is {}", e.message.stanza,
          at == kept.end() ? "nowhere" : fmt::format("{}", fmt::join(at->second, " "))));
    } else {
      ++right;
      foreign += e.message.media_s3 ? 1 : 0;
    }
  }
  EXPECT_NONE(wrong);
  EXPECT_GT(right, 5U);
  EXPECT_GT(foreign, 0U) << "some lay in a storage of somebody else";
  fmt::print("day: {} files kept byte for byte, each attached once; {} from elsewhere\n", right,
             foreign);
}

std::string hex_digest(const std::string& bytes, const EVP_MD* how) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, how, nullptr);
  std::string out;
  for (unsigned i = 0; i < size; ++i)
    out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace fibrehub::e2e
