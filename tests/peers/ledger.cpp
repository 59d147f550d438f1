#include "peers/ledger.hpp"

#include "peers/json_writer.hpp"

namespace fibrehub::peers {

namespace {

std::string key_of(std::string_view session, std::string_view stanza) {
  return fmt::format("{}\n{}", session, stanza);
}

void write_entry(json_writer& w, const ledger_entry& e) {
  const chat_message& m = e.message;
  w.object().field("session", e.session).field("stanza_id", m.stanza).field("chat", m.chat);
  w.field("from_me", m.from_me).field("by_api", m.by_api);
  w.text_or_null("sender_phone", m.from_me ? std::string_view{} : m.sender.phone);
  w.text_or_null("sender_name", m.from_me ? std::string_view{} : m.sender.name);
  w.field("kind", content_name(m.kind)).field("text", m.text);
  w.text_or_null("media_url", m.media_url).field("timestamp", m.timestamp_s);
  w.text_or_null("expected_drop", m.expected_drop);
  w.text_or_null("conversation_drop", m.conversation_drop);
  w.text_or_null("quoted_stanza_id", m.quoted ? std::string_view(m.quoted->stanza) : "");
  w.field("withheld", e.withheld).field("acknowledged", e.acknowledged);
  w.field("sends", e.sends).field("deliveries", e.deliveries);
  w.key("answers").array();
  for (const unsigned status : e.answers)
    w.value(status);
  w.end_array().field("webhooks", e.webhooks).field("attempts", e.attempts);
  w.text_or_null("poison_text", e.poison_text).text_or_null("edited_text", e.edited_text);
  w.field("revoked", e.revoked).field("ack", e.message.from_me ? e.last_ack : e.message.ack);
  w.end_object();
}

}  // namespace

std::string_view content_name(content kind) {
  switch (kind) {
    case content::text:
      return "text";
    case content::image:
      return "image";
    case content::voice:
      return "voice";
    case content::document:
      return "document";
    case content::location:
      return "location";
    case content::video:
      return "video";
    case content::contact:
      return "contact";
    case content::poll:
      return "poll";
  }
  return "text";
}

ledger_entry& ledger::record(std::string_view session, const chat_message& m) {
  const auto [at, fresh] = by_key_.try_emplace(key_of(session, m.stanza), entries_.size());
  if (fresh) {
    ledger_entry entry;
    entry.session = std::string(session);
    entry.message = m;
    entries_.push_back(std::move(entry));
  }
  return entries_[at->second];
}

ledger_entry* ledger::find(std::string_view session, std::string_view stanza) {
  const auto at = by_key_.find(key_of(session, stanza));
  return at == by_key_.end() ? nullptr : &entries_[at->second];
}

void ledger::record_reaction(std::string_view session, const reaction_event& r) {
  if (!reaction_at_.try_emplace(r.stanza, reactions_.size()).second) return;
  reactions_.push_back({std::string(session), r, false});
}

told_reaction* ledger::find_reaction(std::string_view stanza) {
  const auto at = reaction_at_.find(std::string(stanza));
  return at == reaction_at_.end() ? nullptr : &reactions_[at->second];
}

void ledger::record_forgery(forgery f) {
  forgeries_.push_back(std::move(f));
}

forgery* ledger::find_forgery(std::string_view stanza) {
  for (auto& f : forgeries_) {
    if (f.stanza == stanza) return &f;
  }
  return nullptr;
}

std::size_t ledger::acknowledged() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const ledger_entry& e) { return e.acknowledged; }));
}

std::string ledger::sent_json(std::string_view session, std::string_view chat) const {
  json_writer w;
  w.object().key("messages").array();
  for (const auto& e : entries_) {
    const bool wanted = e.message.by_api && (session.empty() || e.session == session) &&
                        (chat.empty() || e.message.chat == chat);
    if (wanted) write_entry(w, e);
  }
  return w.end_array().end_object().text();
}

std::string ledger::to_json(std::size_t offset, std::size_t limit) const {
  json_writer w;
  w.object().field("total", entries_.size()).field("offset", offset).key("messages").array();
  const std::size_t begin = std::min(offset, entries_.size());
  const std::size_t end = begin + std::min(limit, entries_.size() - begin);
  for (std::size_t i = begin; i < end; ++i)
    write_entry(w, entries_[i]);
  w.end_array().key("forgeries").array();
  for (const auto& f : forgeries_) {
    w.object().field("session", f.session).field("stanza_id", f.stanza).field("text", f.text);
    w.field("status", f.status).end_object();
  }
  w.end_array().key("reactions").array();
  for (const auto& r : reactions_) {
    w.object().field("session", r.session).field("stanza_id", r.reaction.stanza);
    w.field("target", r.reaction.target.stanza).field("by_api", r.reaction.by_api);
    w.text_or_null("sender_phone",
                   r.reaction.from_me ? std::string_view{} : r.reaction.sender.phone);
    w.field("emoji", r.reaction.emoji).field("acknowledged", r.acknowledged).end_object();
  }
  return w.end_array().end_object().text();
}

}  // namespace fibrehub::peers
