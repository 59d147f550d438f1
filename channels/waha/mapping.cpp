#include "channels/waha/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "channels/waha/identity.hpp"
#include "channels/waha/message.hpp"
#include "domain/text.hpp"
#include "protocols/json/parse.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;

/// The envelope around every event.
struct envelope {
  std::string id;
  std::string event;
  std::string session;
  std::int64_t timestamp_ms = 0;
  const json::value* payload = nullptr;
  const json::value* root = nullptr;
};

// Known, and nothing to apply yet: kept raw.
constexpr std::array<std::string_view, 24> kept_events{
    "message.reaction", "message.waiting",    "message.revoked",       "message.edited",
    "state.change",     "group.join",         "group.leave",           "group.v2.join",
    "group.v2.leave",   "group.v2.update",    "group.v2.participants", "presence.update",
    "poll.vote",        "poll.vote.failed",   "chat.archive",          "call.received",
    "call.accepted",    "call.rejected",      "label.upsert",          "label.deleted",
    "label.chat.added", "label.chat.deleted", "event.response",        "event.response.failed"};

bool is_kept(std::string_view event) {
  return event == "engine.event" ||
         std::find(kept_events.begin(), kept_events.end(), event) != kept_events.end();
}

struct meaning {
  std::string key;          // what follows channel and session in the deduplication key
  std::string fingerprint;  // what the message means; empty: the key says it all
  domain::inbound what;
};

meaning unreadable(std::string key, std::string reason, std::string detail) {
  return {std::move(key), {}, domain::unreadable{std::move(reason), std::move(detail)}};
}

/// Key of an event that has no meaning of its own to deduplicate by.
std::string transport_key(const envelope& e, std::string_view body) {
  return fmt::format("evt/{}/{}", e.event,
                     e.id.empty() ? protocols::to_hex(protocols::digest16(body)) : e.id);
}

/// Times beyond the year 5000 are no times; zero stands for "none".
std::int64_t sane_ms(std::int64_t ms) {
  constexpr std::int64_t latest_ms = 95'617'584'000'000;
  return ms > 0 && ms < latest_ms ? ms : 0;
}

domain::instant from_ms(std::int64_t ms) {
  return domain::from_us(ms * 1000);
}

meaning map_message(const envelope& e, domain::instant received_at, std::string_view body) {
  const message_context context{
      e.session, e.root, e.timestamp_ms == 0 ? received_at : from_ms(e.timestamp_ms), received_at};
  auto message = read_message(*e.payload, context);
  if (!message) return unreadable(transport_key(e, body), "missing_field", message.error());
  std::string key = fmt::format("msg/{}/{}", message->from_me ? "out" : "in", message->message_id);
  std::string fingerprint = protocols::digest16(
      fmt::format("{}|{}|{}", message->from_me, message->media.has_value(), message->text));
  return {std::move(key), std::move(fingerprint), std::move(*message)};
}

meaning map_ack(const envelope& e, std::string_view body) {
  const auto id = parse_message_id(json::text(*e.payload, "id"));
  const auto level = json::integer(*e.payload, "ack");
  if (!id)
    return unreadable(transport_key(e, body), "missing_field",
                      "The ack names no message in payload.id.");
  // Another of our devices reading what came in is no delivery step; an unknown level says nothing.
  if (!id->from_me || !level || *level < -1 || *level > 4)
    return {transport_key(e, body), {}, domain::kept{}};
  domain::message_ack ack{e.session, id->chat, id->stanza, {}, static_cast<int>(*level)};
  if (e.event == "message.ack.group") {
    std::string_view who = json::text(*e.payload, "participant");
    if (const json::value* data = json::at(*e.payload, "_data", "receipt"); who.empty() && data)
      who = json::text(*data, "userJid");
    ack.participant = canonical_id(who);
  }
  return {
      fmt::format("ack/{}/{}/{}", ack.message_id, ack.participant, ack.level), {}, std::move(ack)};
}

meaning map_status(const envelope& e, domain::instant received_at, std::string_view body) {
  domain::session_status status;
  status.session = e.session;
  status.status = json::text(*e.payload, "status");
  if (status.status.empty())
    return unreadable(transport_key(e, body), "missing_field",
                      "session.status without payload.status.");
  // The list of statuses is the only reliable order; its last entry is this one.
  std::int64_t at_ms = e.timestamp_ms;
  if (const json::value* list = json::find(*e.payload, "statuses");
      list && list->IsArray() && !list->Empty())
    at_ms = sane_ms(json::integer((*list)[list->Size() - 1], "timestamp").value_or(at_ms));
  const domain::instant said_at = at_ms == 0 ? received_at : from_ms(at_ms);
  // A time to come would make the hub deaf to what follows until then.
  status.at = std::min(said_at, received_at);
  if (const json::value* me = json::find(*e.root, "me")) {
    status.me = canonical_id(json::text(*me, "id"));
    status.me_name = json::text(*me, "pushName");
  }
  if (const json::value* environment = json::find(*e.root, "environment")) {
    status.engine = json::text(*environment, "engine");
    status.version = json::text(*environment, "version");
  }
  if (status.engine.empty()) status.engine = json::text(*e.root, "engine");
  return {fmt::format("status/{}/{}", domain::to_us(said_at) / 1000, status.status),
          {},
          std::move(status)};
}

meaning map_event(const envelope& e, domain::instant received_at, std::string_view body) {
  if (e.event == "message" || e.event == "message.any") return map_message(e, received_at, body);
  if (e.event == "message.ack" || e.event == "message.ack.group") return map_ack(e, body);
  if (e.event == "session.status") return map_status(e, received_at, body);
  if (is_kept(e.event)) return {transport_key(e, body), {}, domain::kept{}};
  return unreadable(
      transport_key(e, body), "unknown_event",
      fmt::format("The hub does not know the event \"{}\".", domain::storable(e.event, 100)));
}

/// Reads the envelope; what is missing from it is said in the error.
tl::expected<envelope, std::string> read_envelope(const json::document& doc) {
  if (!doc.IsObject()) return tl::unexpected(std::string("The body is no JSON object."));
  envelope e;
  e.root = &doc;
  e.id = json::text(doc, "id");
  e.event = json::text(doc, "event");
  e.session = json::text(doc, "session");
  e.timestamp_ms = sane_ms(json::integer(doc, "timestamp").value_or(0));
  e.payload = json::find(doc, "payload");
  if (e.event.empty()) return tl::unexpected(std::string("The envelope has no \"event\"."));
  if (e.session.empty()) return tl::unexpected(std::string("The envelope has no \"session\"."));
  if (!e.payload || !e.payload->IsObject())
    return tl::unexpected(std::string("The envelope has no \"payload\" object."));
  return e;
}

std::string raw_key(std::string_view body) {
  return "raw/" + protocols::to_hex(protocols::digest16(body));
}

/// A key the database can hold as it is; anything else is named by its hash.
std::string storable_key(std::string key) {
  constexpr std::size_t max_key_bytes = 400;
  if (key.size() <= max_key_bytes && domain::is_storable(key)) return key;
  return "hash/" + protocols::to_hex(protocols::digest16(key));
}

}  // namespace

store::ingest map_delivery(const std::string& channel, std::string body,
                           domain::instant received_at) {
  store::ingest out;
  out.source = "waha";
  out.channel = channel;
  out.received_at = received_at;
  meaning m;
  std::string session;
  if (auto doc = json::parse(body); !doc) {
    m = unreadable(raw_key(body), "invalid_json",
                   fmt::format("Not JSON at byte {}: {}", doc.error().offset, doc.error().message));
  } else if (auto e = read_envelope(*doc); !e) {
    m = unreadable(raw_key(body), "missing_field", e.error());
    out.event = json::text(*doc, "event");
  } else {
    out.event = e->event;
    session = e->session;
    m = map_event(*e, received_at, body);
  }
  out.ext_id = storable_key(session.empty() ? fmt::format("{}/{}", channel, m.key)
                                            : fmt::format("{}/{}/{}", channel, session, m.key));
  out.fingerprint =
      m.fingerprint.empty() ? protocols::digest16(out.ext_id) : std::move(m.fingerprint);
  out.what = std::move(m.what);
  out.body = std::move(body);
  return out;
}

}  // namespace fibrehub::channels::waha
