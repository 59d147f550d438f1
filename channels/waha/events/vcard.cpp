#include "channels/waha/events/vcard.hpp"

#include "channels/waha/identity.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::size_t max_phones = 20;
constexpr std::size_t max_lines = 1000;

/// The next line, with the lines that continue it (RFC 6350, section 3.2).
std::string take_line(std::string_view& rest) {
  std::string out;
  do {
    if (!out.empty()) rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += line;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  } while (!out.empty() && (rest.starts_with(' ') || rest.starts_with('\t')));
  return out;
}

std::string unescaped(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      ++i;
      out += value[i] == 'n' || value[i] == 'N' ? '\n' : value[i];
    } else {
      out += value[i];
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// `TEL` of `item1.TEL;type=CELL;waid=27831112222`.
std::string property_of(std::string_view head) {
  head = head.substr(0, head.find(';'));
  if (const std::size_t dot = head.find('.'); dot != std::string_view::npos)
    head.remove_prefix(dot + 1);
  return upper(head);
}

std::string_view waid_of(std::string_view head) {
  constexpr std::string_view name = ";waid=";
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + name.size());
  return rest.substr(0, rest.find(';'));
}

}  // namespace

contact_card read_vcard(std::string_view text) {
  contact_card out;
  out.vcard = text;
  for (std::size_t lines = 0; !text.empty() && lines < max_lines; ++lines) {
    const std::string line = take_line(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view head = std::string_view(line).substr(0, colon);
    const std::string value = unescaped(std::string_view(line).substr(colon + 1));
    const std::string property = property_of(head);
    if (property == "FN" && out.name.empty()) {
      out.name = value;
    } else if (property == "ORG" && out.organization.empty()) {
      out.organization = value.substr(0, value.find_last_not_of(';') + 1);
    } else if (property == "TEL") {
      if (out.phones.size() < max_phones && !value.empty()) out.phones.push_back(value);
      if (out.whatsapp_id.empty()) out.whatsapp_id = canonical_id(waid_of(head));
    }
  }
  return out;
}

}  // namespace fibrehub::channels::waha
