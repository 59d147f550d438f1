// What waha_world knows by heart: messages, media and their lifetime, people, groups.
#include "peers/media.hpp"
#include "peers/waha_world.hpp"

namespace fibrehub::peers {

const chat_message* waha_session::find(std::string_view stanza) const {
  const auto at = by_stanza.find(std::string(stanza));
  return at == by_stanza.end() ? nullptr : &messages[at->second];
}

chat_message* waha_session::find(std::string_view stanza) {
  const auto at = by_stanza.find(std::string(stanza));
  return at == by_stanza.end() ? nullptr : &messages[at->second];
}

void waha_world::store(waha_session& s, const chat_message& m) {
  if (s.by_stanza.try_emplace(m.stanza, s.messages.size()).second) s.messages.push_back(m);
}

// ---- media
// ---------------------------------------------------------------------------------------

/// WAHA downloads the media of a message before it tells of it; that can fail or be left out.
void waha_world::fetch_media(waha_session& s, chat_message& m) {
  if (!m.has_media()) return;
  if (m.mimetype.empty()) m.mimetype = media_mimetype(m.kind);
  if (!m.by_api && dice_(&fault_set::waha_media_error_percent)) {
    m.media_error = "Error: unexpected status code 403 from the media server\n    at download";
  } else if (m.by_api || !dice_(&fault_set::waha_media_skipped_percent)) {
    renew_media(s, m);
  }
}

/// By stanza id; WEBJS names files by the whole message id.
std::string waha_world::media_name(const waha_session& s, const chat_message& m) const {
  const std::string id =
      options_.engine == waha_engine::webjs ? serialised_id(options_.engine, m, s.me) : m.stanza;
  return fmt::format("{}.{}", id, media_extension(m.kind));
}

std::string waha_world::media_url(const waha_session& s, const chat_message& m) const {
  if (m.media_s3) {
    return fmt::format("http://localhost:{}/s3/{}/{}?X-Amz-Expires=900&X-Amz-Signature={}", port_,
                       s.name, media_name(s, m), lower(m.stanza));
  }
  const std::string base = faults_.waha_media_wrong_host > 0 ? "http://localhost:3000" : base_url_;
  return fmt::format("{}/api/files/{}/{}", base, s.name, media_name(s, m));
}

void waha_world::renew_media(const waha_session& s, chat_message& m) {
  m.media_error.clear();
  m.media_s3 = faults_.waha_media_s3 > 0;
  m.media_url = media_url(s, m);
  media_[s.name + "/" + media_name(s, m)] = {m.kind, m.stanza, now_ms()};
}

const media_file* waha_world::find_media(const std::string& session,
                                         const std::string& file) const {
  const auto at = media_.find(session + "/" + file);
  if (at == media_.end()) return nullptr;
  const double age_s = static_cast<double>(now_ms() - at->second.created_ms) / 1000;
  const bool expired = options_.files_lifetime_s > 0 && age_s > options_.files_lifetime_s;
  return expired ? nullptr : &at->second;
}

// ---- people and groups
// ---------------------------------------------------------------------------

const person* waha_world::find_person(std::string_view digits) const {
  const auto alias = phone_by_lid_.find(digits);
  const auto at =
      by_phone_.find(alias == phone_by_lid_.end() ? std::string(digits) : alias->second);
  return at == by_phone_.end() ? nullptr : &at->second;
}

void waha_world::know(const person& p) {
  if (p.phone.empty()) return;
  by_phone_.try_emplace(p.phone, p);
  if (!p.lid.empty()) phone_by_lid_.try_emplace(p.lid, p.phone);
}

waha_group& waha_world::group(const std::string& id) {
  waha_group& g = groups_[id];
  if (g.id.empty()) {
    g.id = id;
    g.subject = "Group " + user_part(id);
    g.invite = "INV" + user_part(id);
  }
  return g;
}

waha_group* waha_world::find_group(const std::string& id) {
  const auto at = groups_.find(id);
  return at == groups_.end() ? nullptr : &at->second;
}

void waha_world::know_group(const std::string& id, const std::string& subject) {
  group(id).subject = subject;
}

}  // namespace fibrehub::peers
