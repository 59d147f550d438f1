#include "channels/waha/events/message_parts.hpp"

#include <array>
#include <charconv>

#include "channels/waha/events/message_id.hpp"
#include "channels/waha/events/vcard.hpp"
#include "channels/waha/identity.hpp"
#include "domain/text.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_vcard_bytes = 262'144;
constexpr std::size_t max_cards = 100;
constexpr std::size_t max_quoted_bytes = 1'048'576;
constexpr std::size_t max_error_bytes = 200;

void read_media_error(media_info& out, const node& media) {
  const node error = media.member("error");
  if (!error) return;
  out.failed = true;
  std::string_view said;
  if (error.is_text()) {
    said = error.own_text(max_quoted_bytes);
  } else if (error.is_object()) {
    said = error.text("details", max_quoted_bytes);
    if (said.empty()) said = error.text("message", max_quoted_bytes);
    out.error_code = error.text_or_number("code");
  }
  // The rest of the lines is a stack trace.
  said = said.substr(0, said.find('\n'));
  out.error = said.empty()
                  ? domain::storable(protocols::json::to_text(*error.value()), max_error_bytes)
                  : domain::storable(said, max_name_bytes);
}

std::optional<double> degrees(const std::string& text, double limit) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  // Written this way round, "nan" is refused as well.
  if (error != std::errc() || stop != end || !(value >= -limit && value <= limit))
    return std::nullopt;
  return value;
}

}  // namespace

std::string_view media_info::state() const {
  if (!url.empty()) return "available";
  return failed ? "failed" : "not_downloaded";
}

std::optional<media_info> read_media(const node& payload, const raw_content& raw) {
  if (!payload.flag("hasMedia").value_or(false)) return std::nullopt;
  media_info out;
  const node media = payload.object("media");
  out.url = media.text("url", max_url_bytes);
  // Deprecated by WAHA, and all that old versions tell.
  if (out.url.empty()) out.url = payload.text("mediaUrl", max_url_bytes);
  out.mimetype = media.text("mimetype");
  out.filename = media.text("filename");
  // A file that was not downloaded is described by the engine alone.
  if (out.mimetype.empty()) out.mimetype = raw.body.text("mimetype");
  if (out.filename.empty())
    out.filename = raw.body.text(raw.name.ends_with("Message") ? "fileName" : "filename");
  const node s3 = media.object("s3");
  out.s3_bucket = s3.text("Bucket");
  out.s3_key = s3.text("Key");
  read_media_error(out, media);
  return out;
}

std::optional<location_info> read_location(const node& payload) {
  const node location = payload.object("location");
  if (!location) return std::nullopt;
  location_info out;
  out.latitude = location.text_or_number("latitude", max_id_bytes);
  out.longitude = location.text_or_number("longitude", max_id_bytes);
  const auto latitude = degrees(out.latitude, 90);
  const auto longitude = degrees(out.longitude, 180);
  if (latitude && longitude) {
    out.position = {*latitude, *longitude};
  } else {
    location.remark_self("has no latitude and longitude of a place on earth");
  }
  out.name = location.text("name");
  out.address = location.text("address");
  out.description = location.text("description");
  out.url = location.text("url", max_url_bytes);
  out.live = location.flag("live").value_or(false);
  return out;
}

std::vector<contact_card> read_contacts(const node& payload) {
  std::vector<contact_card> out;
  for (const node& card : payload.list("vCards").entries(max_cards))
    out.push_back(read_vcard(card.own_text(max_vcard_bytes)));
  return out;
}

std::optional<reply_info> read_reply(const node& payload) {
  const node reply = payload.object("replyTo");
  if (!reply) return std::nullopt;
  const auto target = read_target_id(reply, "id");
  if (!target) {
    reply.remark("id", target.error().reason);
    return std::nullopt;
  }
  reply_info out;
  out.stanza_id = target->stanza_id;
  out.participant = read_jid(reply, "participant");
  out.text = reply.text("body", max_quoted_bytes);
  out.has_media = reply.flag("hasMedia").value_or(static_cast<bool>(reply.member("media")));
  return out;
}

std::string_view ack_name_of(std::int64_t level) {
  constexpr std::array<std::string_view, 6> names{"ERROR",  "PENDING", "SERVER",
                                                  "DEVICE", "READ",    "PLAYED"};
  return level < -1 || level > 4 ? std::string_view() : names[static_cast<std::size_t>(level + 1)];
}

ack_info read_ack_level(const node& payload) {
  ack_info out;
  const auto level = payload.integer("ack");
  out.name = payload.text("ackName", max_id_bytes);
  if (level && ack_name_of(*level).empty()) {
    payload.remark("ack", "is no delivery step this version knows");
  } else if (level) {
    if (!out.name.empty() && out.name != ack_name_of(*level))
      payload.remark("ackName", "does not belong to payload.ack, which is believed");
    out.level = static_cast<int>(*level);
    out.name = ack_name_of(*level);
  }
  if (const node error = payload.object("error")) {
    ack_error& why = out.error.emplace();
    why.code = error.text_or_number("code");
    why.blocked = error.flag("blocked");
    why.reason = error.text_or_number("reason");
    why.until = error.time("until", time_unit::either);
  }
  return out;
}

}  // namespace fibrehub::channels::waha
