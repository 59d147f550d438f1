#include "peers/waha_send_body.hpp"

#include "peers/media.hpp"

namespace fibrehub::peers {

namespace json = protocols::json;

namespace {

content kind_of(std::string_view call) {
  if (call == "sendImage") return content::image;
  if (call == "sendVoice") return content::voice;
  if (call == "sendVideo") return content::video;
  if (call == "sendFile") return content::document;
  if (call == "sendLocation") return content::location;
  if (call == "sendContactVcard") return content::contact;
  if (call == "sendPoll") return content::poll;
  return content::text;
}

double number(const json::value& body, std::string_view name) {
  const auto* v = json::find(body, name);
  return v != nullptr && v->IsNumber() ? v->GetDouble() : 0;
}

std::vector<std::string> strings(const json::value& body, std::string_view name) {
  std::vector<std::string> out;
  const auto* list = json::find(body, name);
  if (list == nullptr || !list->IsArray()) return out;
  for (const auto& item : list->GetArray()) {
    if (item.IsString()) out.emplace_back(item.GetString(), item.GetStringLength());
  }
  return out;
}

/// A card as given, or made from its parts.
std::string card_of(const json::value& contact) {
  if (const auto given = json::text(contact, "vcard"); !given.empty()) return std::string(given);
  const std::string phone = json::text_or_number(contact, "phoneNumber");
  return fmt::format(
      "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nORG:{};\nTEL;type=CELL;type=VOICE;waid={}:{}\nEND:VCARD",
      json::text(contact, "fullName"), json::text(contact, "organization"),
      json::text_or_number(contact, "whatsappId"), phone);
}

tl::expected<void, send_refusal> read_file(chat_message& m, const json::value& body) {
  const auto* file = json::find(body, "file");
  if (file == nullptr || !file->IsObject()) {
    return tl::unexpected(
        send_refusal{500, "TypeError", "Cannot read properties of undefined (reading 'url')"});
  }
  const bool has_bytes = !json::text(*file, "url").empty() || !json::text(*file, "data").empty();
  if (!has_bytes) return tl::unexpected(send_refusal{500, "Error", "Invalid media type"});
  m.text = std::string(json::text(body, "caption"));
  m.mimetype = std::string(json::text(*file, "mimetype"));
  m.filename = std::string(json::text(*file, "filename"));
  if (m.mimetype.empty()) m.mimetype = media_mimetype(m.kind);
  return {};
}

tl::expected<void, send_refusal> read_content(chat_message& m, const json::value& body) {
  if (m.has_media()) return read_file(m, body);
  if (m.kind == content::location) {
    m.latitude = number(body, "latitude");
    m.longitude = number(body, "longitude");
    m.place = std::string(json::text(body, "title"));
  } else if (m.kind == content::contact) {
    if (const auto* cards = json::find(body, "contacts"); cards && cards->IsArray()) {
      for (const auto& contact : cards->GetArray())
        m.vcards.push_back(card_of(contact));
    }
    if (m.vcards.empty()) {
      return tl::unexpected(send_refusal{500, "TypeError", "contacts is not iterable"});
    }
  } else if (m.kind == content::poll) {
    if (const auto* poll = json::find(body, "poll")) {
      m.text = std::string(json::text(*poll, "name"));
      m.options = strings(*poll, "options");
    }
    if (m.options.empty()) return tl::unexpected(send_refusal{500, "Error", "Invalid poll"});
  } else {
    m.text = std::string(json::text(body, "text"));
    m.mentions = strings(body, "mentions");
    if (m.text.empty()) return tl::unexpected(send_refusal{500, "Error", "Invalid media type"});
  }
  return {};
}

}  // namespace

tl::expected<chat_message, send_refusal> read_send_body(std::string_view call,
                                                        const json::value& body, bool ids) {
  chat_message m;
  m.kind = kind_of(call);
  m.chat = std::string(json::text(body, "chatId"));
  if (m.chat.empty()) {
    return tl::unexpected(
        send_refusal{500, "TypeError", "Cannot read properties of undefined (reading 'includes')"});
  }
  if (m.chat.find('@') == std::string::npos) m.chat += "@c.us";
  // A forwarded message has no content of its own.
  if (call != "forwardMessage") {
    if (auto read = read_content(m, body); !read) return tl::unexpected(read.error());
  }
  if (ids && !m.has_media()) m.stanza = std::string(json::text(body, "id"));
  return m;
}

std::string quoted_stanza(std::string_view reply_to) {
  const auto first = reply_to.find('_');
  if (first == std::string_view::npos) return std::string(reply_to);
  const auto second = reply_to.find('_', first + 1);
  if (second == std::string_view::npos) return {};
  reply_to.remove_prefix(second + 1);
  return std::string(reply_to.substr(0, reply_to.find('_')));
}

}  // namespace fibrehub::peers
