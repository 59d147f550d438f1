#include "channels/waha/events/read_event.hpp"

#include <fmt/format.h>

#include <array>

#include "channels/waha/events/chat_events.hpp"
#include "channels/waha/events/dedup_key.hpp"
#include "channels/waha/events/envelope.hpp"
#include "channels/waha/events/message_events.hpp"
#include "channels/waha/events/session_event.hpp"

namespace fibrehub::channels::waha {
namespace {

using reading = tl::expected<content, problem>;

template <auto read>
reading as_content(const envelope& e) {
  auto what = read(e);
  if (!what) return tl::unexpected(std::move(what.error()));
  return content(std::move(*what));
}

reading engine_content(const envelope& e) {
  engine_event out;
  if (e.event == "engine.event") out.name = e.payload.text("event", max_id_bytes);
  return content(std::move(out));
}

struct known_event {
  std::string_view name;
  std::string_view kind;
  reading (*read)(const envelope&);
};

constexpr std::array<known_event, 30> known_events{{
    {"message.any", "message", as_content<read_new_message>},
    {"message", "message", as_content<read_new_message>},
    {"message.ack", "ack", as_content<read_ack>},
    {"message.ack.group", "ack", as_content<read_ack>},
    {"session.status", "session_status", as_content<read_status>},
    {"message.reaction", "reaction", as_content<read_reaction>},
    {"message.revoked", "revoked", as_content<read_revoked>},
    {"message.edited", "edited", as_content<read_edited>},
    {"message.waiting", "waiting", as_content<read_new_message>},
    {"group.v2.join", "group", as_content<read_group>},
    {"group.v2.leave", "group", as_content<read_group>},
    {"group.v2.update", "group", as_content<read_group>},
    {"group.v2.participants", "group", as_content<read_group>},
    {"group.join", "group", as_content<read_old_group>},
    {"group.leave", "group", as_content<read_old_group>},
    {"presence.update", "presence", as_content<read_presence>},
    {"call.received", "call", as_content<read_call>},
    {"call.accepted", "call", as_content<read_call>},
    {"call.rejected", "call", as_content<read_call>},
    {"poll.vote", "poll_vote", as_content<read_poll_vote>},
    {"poll.vote.failed", "poll_vote", as_content<read_poll_vote>},
    {"chat.archive", "chat_archive", as_content<read_archive>},
    {"label.upsert", "label", as_content<read_label>},
    {"label.deleted", "label", as_content<read_label>},
    {"label.chat.added", "label", as_content<read_label>},
    {"label.chat.deleted", "label", as_content<read_label>},
    {"event.response", "event_response", as_content<read_response>},
    {"event.response.failed", "event_response", as_content<read_response>},
    {"state.change", "engine", engine_content},
    {"engine.event", "engine", engine_content},
}};

const known_event* find_known(std::string_view name) {
  const auto* const at = std::find_if(known_events.begin(), known_events.end(),
                                      [&](const known_event& k) { return k.name == name; });
  return at == known_events.end() ? nullptr : at;
}

/// The time of what happened, for bridges older than the time of the envelope (2025.3).
struct own_time {
  using answer = std::optional<domain::instant>;
  answer operator()(const message_event& m) const { return m.message.sent_at; }
  answer operator()(const reaction_event& r) const { return r.message.sent_at; }
  answer operator()(const response_event& r) const { return r.at ? r.at : r.message.sent_at; }
  answer operator()(const revoked_event& r) const {
    return r.after ? r.after->sent_at : std::nullopt;
  }
  answer operator()(const status_event& s) const { return s.at; }
  answer operator()(const group_event& g) const { return g.at; }
  answer operator()(const call_event& c) const { return c.at; }
  answer operator()(const poll_vote_event& v) const { return v.at; }
  answer operator()(const archive_event& a) const { return a.at; }
  template <class Other>
  answer operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::string_view kind_of_event(std::string_view event) {
  const known_event* known = find_known(event);
  return known ? known->kind : "unknown";
}

tl::expected<event, problem> read_event(const protocols::json::value& doc, std::string_view body,
                                        notes& out) {
  auto head = read_envelope(doc, out);
  if (!head) return tl::unexpected(head.error());
  event e;
  e.head = std::move(*head);
  e.kind = "unknown";
  if (const known_event* known = find_known(e.head.event)) {
    auto what = known->read(e.head);
    if (!what) return tl::unexpected(what.error());
    e.kind = known->kind;
    e.what = std::move(*what);
  }
  e.dedup_key = storable_key(fmt::format("{}/{}", e.head.session, dedup_key(e.head, e.what, body)));
  if (!e.head.occurred_at) e.head.occurred_at = std::visit(own_time{}, e.what);
  return e;
}

}  // namespace fibrehub::channels::waha
