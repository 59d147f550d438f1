// What is done to messages after they were sent, as the hub applies it.
#include <fmt/format.h>

#include <algorithm>

#include "channels/waha/events/dedup_key.hpp"
#include "channels/waha/events/message_events.hpp"
#include "channels/waha/identity.hpp"
#include "channels/waha/meaning.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

using domain::message_change;

/// Posts of status, newsletters and broadcasts are no conversation: nothing of them is applied.
bool is_conversation(const std::string& chat) {
  return chat.empty() || kind_of(chat) != domain::chat_kind::broadcast;
}

meaning kept(std::string key) {
  return {std::move(key), {}, domain::kept{}};
}

/// Who did it, and when, as the message that carries it says.
message_change change_by(const envelope& e, message_info& act, domain::instant received_at) {
  message_change out;
  out.session = e.session;
  out.chat = act.ref.chat;
  out.from_me = act.ref.from_me;
  out.person = std::move(act.author);
  out.person_name = std::move(act.author_name);
  out.at = happened_at(e, act.sent_at, received_at);
  return out;
}

meaning applied(std::string key, message_change what) {
  std::string content = what.text;
  for (const std::string& option : what.options)
    content += '\x1f' + option;
  return {std::move(key), protocols::digest16(fmt::format("{}|{}", what.message_id, content)),
          std::move(what)};
}

meaning map_edited(const envelope& e, domain::instant received_at, std::string_view body) {
  auto read = read_edited(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  std::string key = dedup_key(e, *read, body);
  if (!is_conversation(read->message.ref.chat)) return kept(std::move(key));
  std::string text = std::move(read->message.text);
  // On WEBJS this is the message itself, and its time that of its sending.
  if (read->message.ref.stanza_id == read->edited_id) read->message.sent_at.reset();
  message_change out = change_by(e, read->message, received_at);
  out.what = message_change::kind::edited;
  out.message_id = std::move(read->edited_id);
  out.text = std::move(text);
  return applied(std::move(key), std::move(out));
}

meaning map_revoked(const envelope& e, domain::instant received_at, std::string_view body) {
  auto read = read_revoked(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  std::string key = dedup_key(e, *read, body);
  if (!is_conversation(read->chat)) return kept(std::move(key));
  message_change out;
  if (read->after) {
    // On WEBJS `after` is the message itself, and its time that of its sending.
    if (read->after->ref.stanza_id == read->stanza_id) read->after->sent_at.reset();
    out = change_by(e, *read->after, received_at);
  } else {
    out.session = e.session;
    out.chat = read->chat;
    out.from_me = read->before && read->before->ref.from_me;
    out.at = happened_at(e, std::nullopt, received_at);
  }
  out.what = message_change::kind::revoked;
  out.message_id = std::move(read->stanza_id);
  // The first word counts, and what the later ones say of it may differ between engines.
  return {std::move(key), {}, std::move(out)};
}

meaning map_reaction(const envelope& e, domain::instant received_at, std::string_view body) {
  auto read = read_reaction(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  std::string key = dedup_key(e, *read, body);
  if (!is_conversation(read->message.ref.chat)) return kept(std::move(key));
  message_change out = change_by(e, read->message, received_at);
  out.what = message_change::kind::reaction;
  out.message_id = std::move(read->target.stanza_id);
  out.text = std::move(read->text);
  return applied(std::move(key), std::move(out));
}

meaning map_vote(const envelope& e, domain::instant received_at, std::string_view body) {
  auto read = read_poll_vote(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  std::string key = dedup_key(e, *read, body);
  // What could not be deciphered says nothing about what was chosen.
  if (read->failed || !is_conversation(read->poll.chat)) return kept(std::move(key));
  message_change out;
  out.what = message_change::kind::vote;
  out.session = e.session;
  out.chat = std::move(read->poll.chat);
  out.message_id = std::move(read->poll.stanza_id);
  out.person = std::move(read->voter);
  out.from_me = read->vote.from_me;
  out.at = happened_at(e, read->at, received_at);
  out.options = std::move(read->options);
  return applied(std::move(key), std::move(out));
}

meaning map_waiting(const envelope& e, domain::instant received_at, std::string_view body) {
  auto read = read_new_message(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  std::string key = dedup_key(e, *read, body);
  if (!is_conversation(read->message.ref.chat)) return kept(std::move(key));
  domain::waiting_message out{to_domain(e, std::move(read->message), received_at)};
  out.message.type = "waiting";
  out.message.text.clear();
  out.message.media.reset();
  return {std::move(key), {}, std::move(out)};
}

}  // namespace

domain::instant happened_at(const envelope& e, std::optional<domain::instant> told,
                            domain::instant received_at) {
  if (!told) return std::min(e.occurred_at.value_or(received_at), received_at);
  // WhatsApp counts in seconds; within one the bridge's own time tells what came first.
  const bool is_same_second =
      e.occurred_at && *e.occurred_at >= *told && *e.occurred_at < *told + std::chrono::seconds(1);
  return std::min(is_same_second ? *e.occurred_at : *told, received_at);
}

meaning map_change(const envelope& e, std::string_view kind, domain::instant received_at,
                   std::string_view body) {
  if (kind == "edited") return map_edited(e, received_at, body);
  if (kind == "revoked") return map_revoked(e, received_at, body);
  if (kind == "reaction") return map_reaction(e, received_at, body);
  if (kind == "poll_vote") return map_vote(e, received_at, body);
  return map_waiting(e, received_at, body);
}

}  // namespace fibrehub::channels::waha
