// What happens to messages: new, edited, still encrypted, delivered, reacted to, taken back, and
// the answers to polls and invitations.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

tl::expected<ack_event, problem> read_ack(const envelope& e);
tl::expected<message_event, problem> read_new_message(const envelope& e);
/// The problem names the edited message when neither the bridge nor the engine does.
tl::expected<message_event, problem> read_edited(const envelope& e);
tl::expected<reaction_event, problem> read_reaction(const envelope& e);
tl::expected<revoked_event, problem> read_revoked(const envelope& e);
tl::expected<poll_vote_event, problem> read_poll_vote(const envelope& e);
tl::expected<response_event, problem> read_response(const envelope& e);

}  // namespace fibrehub::channels::waha
