#include "channels/waha/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "channels/waha/events/dedup_key.hpp"
#include "channels/waha/events/envelope.hpp"
#include "channels/waha/events/message_events.hpp"
#include "channels/waha/events/read_event.hpp"
#include "channels/waha/events/session_event.hpp"
#include "channels/waha/identity.hpp"
#include "channels/waha/meaning.hpp"
#include "domain/text.hpp"
#include "protocols/json/parse.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;

meaning unreadable(std::string key, std::string reason, std::string detail) {
  return {std::move(key), {}, domain::unreadable{std::move(reason), std::move(detail)}};
}

/// A needed field that is absent, or is not what it has to be.
std::string detail_of(const problem& p) {
  if (p.field.empty()) return fmt::format("The delivery cannot be read: {}.", p.reason);
  return fmt::format("The field {} {}.", p.field, p.reason);
}

std::string kind_of_media(std::string_view mime) {
  for (std::string_view kind : {"image", "video", "audio"})
    if (mime.starts_with(kind)) return std::string(kind);
  return "document";
}

/// A location has no body; people still want to read where it is.
std::string describe_location(const location_info& location) {
  const std::string where = fmt::format("{}, {}", location.latitude, location.longitude);
  for (const std::string* name : {&location.name, &location.description, &location.address})
    if (!name->empty()) return fmt::format("Location {} ({})", *name, where);
  return fmt::format("Location {}", where);
}

/// Text, type and file as tickets keep them.
void map_content(domain::chat_message& out, message_info& m) {
  out.text = std::move(m.text);
  if (m.media) {
    out.type = kind_of_media(m.media->mimetype);
    out.media =
        domain::media_ref{std::move(m.media->mimetype), std::move(m.media->filename),
                          std::move(m.media->url), std::move(m.media->error), m.ref.serialized_id};
  } else if (m.location) {
    out.type = "location";
    if (out.text.empty()) out.text = describe_location(*m.location);
  } else if (!m.contacts.empty()) {
    out.type = "contact";
  } else if (m.poll) {
    out.type = "poll";
  } else {
    out.type = out.text.empty() ? "other" : "text";
  }
}

}  // namespace

meaning missing_field(std::string key, const problem& p) {
  return unreadable(std::move(key), "missing_field", detail_of(p));
}

domain::chat_message to_domain(const envelope& e, message_info m, domain::instant received_at) {
  domain::chat_message out;
  out.session = e.session;
  out.kind = kind_of(m.ref.chat);
  out.chat = std::move(m.ref.chat);
  out.chat_alt = std::move(m.chat_alt);
  out.message_id = std::move(m.ref.stanza_id);
  out.from_me = m.ref.from_me;
  out.by_api = m.source == "api";
  // What we call ourselves makes no contact; before the session knows its account we are nobody.
  if (out.from_me) {
    if (e.me) out.author = e.me->id;
  } else {
    out.author = std::move(m.author);
    out.author_alt = std::move(m.author_alt);
    out.author_name = std::move(m.author_name);
  }
  // A phone whose clock is ahead must not own the conversation until its time has come.
  out.sent_at = std::min(m.sent_at.value_or(e.occurred_at.value_or(received_at)), received_at);
  if (m.reply_to) out.reply_to = std::move(m.reply_to->stanza_id);
  map_content(out, m);
  out.mentions = std::move(m.mentions);
  if (m.poll)
    out.poll = domain::poll_question{std::move(m.poll->name), std::move(m.poll->options),
                                     m.poll->multiple_answers.value_or(false)};
  return out;
}

namespace {

meaning map_message(const envelope& e, domain::instant received_at, std::string_view body) {
  auto read = read_new_message(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  std::string key = message_key(read->message.ref);
  domain::chat_message message = to_domain(e, std::move(read->message), received_at);
  std::string fingerprint = protocols::digest16(
      fmt::format("{}|{}|{}", message.from_me, message.media.has_value(), message.text));
  return {std::move(key), std::move(fingerprint), std::move(message)};
}

meaning map_ack(const envelope& e, std::string_view body) {
  auto ack = read_ack(e);
  if (!ack) return missing_field(transport_key(e, body), ack.error());
  // Another of our devices reading what came in is no delivery step; an unknown level says nothing.
  auto key = ack_key(*ack);
  if (!key) return {transport_key(e, body), {}, domain::kept{}};
  const auto until = ack->ack.error ? ack->ack.error->until : std::nullopt;
  return {std::move(*key),
          {},
          domain::message_ack{e.session, std::move(ack->ref.chat), std::move(ack->ref.stanza_id),
                              std::move(ack->participant), *ack->ack.level, until}};
}

meaning map_status(const envelope& e, domain::instant received_at, std::string_view body) {
  const auto read = read_status(e);
  if (!read) return missing_field(transport_key(e, body), read.error());
  domain::session_status status;
  status.session = e.session;
  status.status = read->status;
  const domain::instant said_at = read->at.value_or(e.occurred_at.value_or(received_at));
  // A time to come would make the hub deaf to what follows until then.
  status.at = std::min(said_at, received_at);
  if (e.me) {
    status.me = e.me->id;
    status.me_name = e.me->name;
  }
  status.engine = e.engine;
  status.version = e.version;
  // The list ends with this state itself.
  for (std::size_t i = 0; i + 1 < read->history.size(); ++i)
    if (const status_entry& step = read->history[i]; step.at && !step.status.empty())
      status.before.push_back({step.status, std::min(*step.at, received_at)});
  const auto& lock = read->timelock || !e.me ? read->timelock : e.me->timelock;
  if (lock)
    // When it is told again, the state keeps its time.
    status.restriction = {
        lock->active, lock->active ? lock->until : std::nullopt,
        std::min(std::max(said_at, e.occurred_at.value_or(said_at)), received_at)};
  std::string key = status_key(status.status, said_at);
  // A state that lasts may be told again to say this.
  if (read->timelock)
    key += fmt::format("/lock/{}/{}", read->timelock->active,
                       read->timelock->until ? domain::to_us(*read->timelock->until) / 1000 : 0);
  return {std::move(key), {}, std::move(status)};
}

meaning map_event(const envelope& e, domain::instant received_at, std::string_view body) {
  const std::string_view kind = kind_of_event(e.event);
  if (kind == "message") return map_message(e, received_at, body);
  if (kind == "ack") return map_ack(e, body);
  if (kind == "session_status") return map_status(e, received_at, body);
  for (const std::string_view change : {"edited", "revoked", "reaction", "poll_vote", "waiting"})
    if (kind == change) return map_change(e, kind, received_at, body);
  if (kind != "unknown") return map_surroundings(e, kind, received_at, body);
  return unreadable(
      transport_key(e, body), "unknown_event",
      fmt::format("The hub does not know the event \"{}\".", domain::storable(e.event, 100)));
}

std::string raw_key(std::string_view body) {
  return "raw/" + protocols::to_hex(protocols::digest16(body));
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
  notes left_out;  // the raw body is kept: who wants to know asks `fibrehub waha parse`
  if (auto doc = json::parse(body); !doc) {
    m = unreadable(raw_key(body), "invalid_json",
                   fmt::format("Not JSON at byte {}: {}", doc.error().offset, doc.error().message));
  } else if (auto e = read_envelope(*doc, left_out); !e) {
    m = unreadable(raw_key(body), "missing_field", detail_of(e.error()));
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
