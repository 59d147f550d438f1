// The JSON a WAHA server writes about an event, per engine: payloads, the envelope around them and
// the answers of the send calls. Pure functions; the field differences are the contract's table.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "peers/waha_model.hpp"
#include "peers/waha_version.hpp"

namespace fibrehub::peers {

/// The chat as this copy of the message names it (a lid when lid addressed).
std::string wire_chat(const chat_message& m);
/// "{true|false}_{chat}_{stanza}[_{participant}]" as the engine writes it in message events.
std::string serialised_id(waha_engine engine, const chat_message& m, const account& me);

/// WAMessage: the payload of message and message.any, and an item of the message lists.
std::string message_payload(waha_engine engine, const chat_message& m, const account& me);
/// message.ack, or message.ack.group when the message went to a group (`reader` read it there).
std::string ack_payload(waha_engine engine, const chat_message& m, const account& me, int ack,
                        const person& reader, std::int64_t at_s);
std::string reaction_payload(waha_engine engine, const reaction_event& r, const account& me);
std::string edited_payload(waha_engine engine, const edit_event& e, const account& me);
std::string revoked_payload(waha_engine engine, const edit_event& e, const account& me);
std::string call_payload(const call_event& call);
std::string presence_payload(std::string_view chat, std::string_view participant,
                             std::string_view state);
std::string status_payload(std::string_view session, std::string_view status,
                           const std::deque<std::pair<std::string, std::int64_t>>& statuses,
                           std::string_view data_json = {});
/// message.ack of a message somebody sent us, which another device of ours read; GOWS only.
std::string inbound_ack_payload(const chat_message& m, int ack);

/// {version, engine, tier, browser, platform, worker}; older versions have no worker.
std::string environment_json(waha_engine engine, std::string_view version = waha_version,
                             bool plus = true);
/// {id, pushName, lid}; older versions have no lid.
std::string me_json(const account& me, bool with_lid = true);

struct envelope_head {
  waha_engine engine = waha_engine::noweb;
  std::string id;  // "evt_…"
  std::int64_t timestamp_ms = 0;
  std::string event;
  std::string session;
  std::string metadata_json;  // empty when the session has none
  std::string me_json;        // "null" while nobody is paired
  std::string version{waha_version};
  bool plus = true;
};
std::string envelope(const envelope_head& head, std::string_view payload);

/// What PUT /api/reaction and the edit and delete calls answer: `m` is the action itself.
std::string action_answer(waha_engine engine, const chat_message& m, const account& me);
/// What POST /api/send… answers, sendPoll and forwardMessage included.
std::string send_answer(waha_engine engine, const chat_message& m, const account& me);

}  // namespace fibrehub::peers
