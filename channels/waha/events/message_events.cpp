#include "channels/waha/events/message_events.hpp"

#include "channels/waha/events/message.hpp"
#include "channels/waha/events/message_id.hpp"
#include "channels/waha/events/message_parts.hpp"
#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_reaction_bytes = 255;
constexpr std::size_t max_options = 100;

const account* me_of(const envelope& e) {
  return e.me ? &*e.me : nullptr;
}

bool is_web(const envelope& e) {
  return e.engine == "WEBJS" || e.engine == "WPP";
}

/// The message an edit or a revocation is about, out of the engine's own record.
std::string protocol_target(const node& payload) {
  const node data = payload.member("_data");
  for (const char* field : {"message", "Message"}) {
    const node key = data.member(field).member("protocolMessage").member("key");
    // GOWS writes WhatsApp's field names: "ID".
    for (const char* id : {"id", "ID"})
      if (const std::string_view stanza = key.text(id, max_id_bytes); !stanza.empty())
        return std::string(stanza);
  }
  return {};
}

/// A message that would be good to have.
std::optional<message_info> optional_message(const envelope& e, std::string_view field) {
  const node v = e.payload.object(field);
  if (!v) return std::nullopt;
  auto message = read_message(v, me_of(e));
  if (message) return std::move(*message);
  v.remark("id", message.error().reason);
  return std::nullopt;
}

}  // namespace

tl::expected<message_event, problem> read_new_message(const envelope& e) {
  auto message = read_message(e.payload, me_of(e));
  if (!message) return tl::unexpected(message.error());
  return message_event{std::move(*message), {}};
}

tl::expected<ack_event, problem> read_ack(const envelope& e) {
  auto ref = read_message_id(e.payload, e.payload.member("_data").member("key"));
  if (!ref) return tl::unexpected(ref.error());
  ack_event out;
  out.ref = std::move(*ref);
  out.ack = read_ack_level(e.payload);
  // In message.ack `participant` is the author, which is ourselves.
  if (e.event == "message.ack.group") {
    out.participant = read_jid(e.payload, "participant");
    if (out.participant.empty())
      out.participant = read_jid(e.payload.member("_data").member("receipt"), "userJid");
  }
  return out;
}

tl::expected<message_event, problem> read_edited(const envelope& e) {
  auto message = read_message(e.payload, me_of(e));
  if (!message) return tl::unexpected(message.error());
  message_event out{std::move(*message), {}};
  if (e.payload.member("editedMessageId")) {
    auto target = read_target_id(e.payload, "editedMessageId");
    if (!target) return tl::unexpected(target.error());
    out.edited_id = std::move(target->stanza_id);
    return out;
  }
  out.edited_id = protocol_target(e.payload);
  if (out.edited_id.empty() && is_web(e)) out.edited_id = out.message.ref.stanza_id;
  if (out.edited_id.empty()) return tl::unexpected(e.payload.missing("editedMessageId"));
  return out;
}

tl::expected<reaction_event, problem> read_reaction(const envelope& e) {
  auto message = read_message_head(e.payload, me_of(e));
  if (!message) return tl::unexpected(message.error());
  const auto reaction = needed_object(e.payload, "reaction");
  if (!reaction) return tl::unexpected(reaction.error());
  auto target = read_target_id(*reaction, "messageId");
  if (!target) return tl::unexpected(target.error());
  const node text = reaction->member("text");
  if (text && !text.is_text()) return tl::unexpected(reaction->wrong("text", "is no text"));
  return reaction_event{std::move(*message), std::string(text.own_text(max_reaction_bytes)),
                        std::move(*target)};
}

tl::expected<revoked_event, problem> read_revoked(const envelope& e) {
  revoked_event out;
  out.after = optional_message(e, "after");
  out.before = optional_message(e, "before");
  if (e.payload.member("revokedMessageId")) {
    auto target = read_target_id(e.payload, "revokedMessageId");
    if (!target) return tl::unexpected(target.error());
    out.stanza_id = std::move(target->stanza_id);
  } else if (out.before) {
    out.stanza_id = out.before->ref.stanza_id;
  } else {
    out.stanza_id = protocol_target(e.payload);
    if (out.stanza_id.empty()) out.stanza_id = protocol_target(e.payload.member("after"));
    // On the other engines `after` is the act of taking back, not the message.
    if (out.stanza_id.empty() && is_web(e) && out.after) out.stanza_id = out.after->ref.stanza_id;
  }
  if (out.stanza_id.empty()) return tl::unexpected(e.payload.missing("revokedMessageId"));
  if (out.before) {
    out.chat = out.before->ref.chat;
  } else if (out.after) {
    out.chat = out.after->ref.chat;
  }
  return out;
}

tl::expected<poll_vote_event, problem> read_poll_vote(const envelope& e) {
  const auto vote = needed_object(e.payload, "vote");
  if (!vote) return tl::unexpected(vote.error());
  const auto poll = needed_object(e.payload, "poll");
  if (!poll) return tl::unexpected(poll.error());
  auto vote_ref = read_message_id(*vote, {});
  if (!vote_ref) return tl::unexpected(vote_ref.error());
  auto poll_ref = read_message_id(*poll, {});
  if (!poll_ref) return tl::unexpected(poll_ref.error());
  poll_vote_event out;
  out.failed = e.event == "poll.vote.failed";
  out.vote = std::move(*vote_ref);
  out.poll = std::move(*poll_ref);
  if (out.vote.from_me) {
    if (e.me) out.voter = e.me->id;
  } else if (kind_of(out.vote.chat) == domain::chat_kind::direct) {
    out.voter = out.vote.chat;
  } else {
    out.voter = read_jid(*vote, "participant");
    if (out.voter.empty()) out.voter = out.vote.participant;
  }
  for (const node& option : vote->list("selectedOptions").entries(max_options))
    if (const std::string_view text = option.own_text(); !text.empty())
      out.options.emplace_back(text);
  out.at = vote->time("timestamp", time_unit::either);
  return out;
}

tl::expected<response_event, problem> read_response(const envelope& e) {
  auto message = read_message_head(e.payload, me_of(e));
  if (!message) return tl::unexpected(message.error());
  const auto creation = needed_object(e.payload, "eventCreationKey");
  if (!creation) return tl::unexpected(creation.error());
  auto target = read_message_id(*creation, {});
  if (!target) return tl::unexpected(target.error());
  response_event out;
  out.failed = e.event == "event.response.failed";
  out.message = std::move(*message);
  out.target = std::move(*target);
  const node response = e.payload.object("eventResponse");
  out.response = response.text("response", max_id_bytes);
  out.extra_guests = response.integer("extraGuestCount");
  out.at = response.time("timestampMs", time_unit::milliseconds);
  return out;
}

}  // namespace fibrehub::channels::waha
