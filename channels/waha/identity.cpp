#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {

std::string canonical_id(std::string_view id) {
  const std::size_t at = id.find('@');
  if (at == std::string_view::npos) return id.empty() ? std::string() : std::string(id) + "@c.us";
  std::string_view user = id.substr(0, at);
  std::string_view server = id.substr(at);
  user = user.substr(0, user.find(':'));
  if (server == "@s.whatsapp.net") server = "@c.us";
  return std::string(user).append(server);
}

domain::chat_kind kind_of(std::string_view chat) {
  if (chat.ends_with("@g.us")) return domain::chat_kind::group;
  if (chat.ends_with("@broadcast") || chat.ends_with("@newsletter") || chat == "0@c.us")
    return domain::chat_kind::broadcast;
  return domain::chat_kind::direct;
}

std::string_view kind_name(std::string_view chat) {
  if (chat == "status@broadcast") return "status";
  if (chat.ends_with("@newsletter")) return "newsletter";
  switch (kind_of(chat)) {
    case domain::chat_kind::direct:
      return "direct";
    case domain::chat_kind::group:
      return "group";
    case domain::chat_kind::broadcast:
      break;
  }
  return "broadcast";
}

std::string serialise(const message_id& id) {
  std::string out = std::string(id.from_me ? "true" : "false").append("_").append(id.chat);
  out.append("_").append(id.stanza);
  if (!id.participant.empty()) out.append("_").append(id.participant);
  return out;
}

std::optional<message_id> parse_message_id(std::string_view serialised) {
  message_id out;
  const std::size_t first = serialised.find('_');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view direction = serialised.substr(0, first);
  if (direction != "true" && direction != "false") return std::nullopt;
  out.from_me = direction == "true";
  const std::size_t second = serialised.find('_', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::size_t third = serialised.find('_', second + 1);
  out.chat = canonical_id(serialised.substr(first + 1, second - first - 1));
  out.stanza =
      serialised.substr(second + 1, third == std::string_view::npos ? third : third - second - 1);
  if (third != std::string_view::npos) out.participant = canonical_id(serialised.substr(third + 1));
  if (out.chat.empty() || out.stanza.empty()) return std::nullopt;
  return out;
}

std::string stanza_of(std::string_view id) {
  if (auto parsed = parse_message_id(id)) return parsed->stanza;
  return std::string(id);
}

}  // namespace fibrehub::channels::waha
