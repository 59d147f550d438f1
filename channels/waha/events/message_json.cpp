#include "channels/waha/events/message_json.hpp"

#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

void write_media(json_out& out, const media_info& media) {
  out.text("state", media.state());
  out.text("mimetype", media.mimetype);
  out.text("filename", media.filename);
  out.text("url", media.url);
  if (!media.s3_bucket.empty() || !media.s3_key.empty())
    out.object("s3", [&] {
      out.text("bucket", media.s3_bucket);
      out.text("key", media.s3_key);
    });
  if (media.failed)
    out.object("error", [&] {
      out.text("message", media.error);
      out.text("code", media.error_code);
    });
}

void write_location(json_out& out, const location_info& location) {
  if (location.position) {
    out.number("latitude", location.position->latitude);
    out.number("longitude", location.position->longitude);
  }
  out.text("name", location.name);
  out.text("address", location.address);
  out.text("description", location.description);
  out.text("url", location.url);
  out.flag("live", location.live);
}

void write_contact(json_out& out, const contact_card& card) {
  out.text("name", card.name);
  out.text("organization", card.organization);
  out.texts("phones", card.phones);
  out.text("whatsapp_id", card.whatsapp_id);
  out.text("vcard", card.vcard);
}

void write_content(json_out& out, const message_info& m) {
  if (m.media) out.object("media", [&] { write_media(out, *m.media); });
  if (m.location) out.object("location", [&] { write_location(out, *m.location); });
  out.list("contacts", m.contacts,
           [&](const contact_card& card) { out.object([&] { write_contact(out, card); }); });
  if (m.reply_to)
    out.object("reply_to", [&] {
      out.text("stanza_id", m.reply_to->stanza_id);
      out.text("participant", m.reply_to->participant);
      out.text("text", m.reply_to->text);
      out.flag("has_media", m.reply_to->has_media);
    });
  out.texts("mentions", m.mentions);
  if (m.poll)
    out.object("poll", [&] {
      out.text("name", m.poll->name);
      out.texts("options", m.poll->options);
      out.flag("multiple_answers", m.poll->multiple_answers);
    });
}

}  // namespace

void write_ref(json_out& out, const message_ref& ref) {
  out.text("stanza_id", ref.stanza_id);
  // A bare id tells no more.
  if (ref.serialized_id.empty()) return;
  out.text("serialized_id", ref.serialized_id);
  out.text("chat", ref.chat);
  out.text("chat_kind", kind_name(ref.chat));
  out.flag("from_me", ref.from_me);
}

void write_ack(json_out& out, const ack_info& ack) {
  if (ack.level) out.integer("ack", *ack.level);
  out.text("ack_name", ack.name);
  if (ack.error)
    out.object("ack_error", [&] {
      out.text("code", ack.error->code);
      out.flag("blocked", ack.error->blocked);
      out.text("reason", ack.error->reason);
      out.time("until", ack.error->until);
    });
}

void write_message(json_out& out, const message_info& m) {
  write_ref(out, m.ref);
  out.text("chat_alt", m.chat_alt);
  out.text("participant", m.ref.participant);
  out.text("author", m.author);
  out.text("author_alt", m.author_alt);
  out.text("author_name", m.author_name);
  out.text("type", m.type);
  out.text("raw_type", m.raw_type);
  out.text("text", m.text);
  out.time("sent_at", m.sent_at);
  out.text("source", m.source);
  write_ack(out, m.ack);
  write_content(out, m);
}

}  // namespace fibrehub::channels::waha
