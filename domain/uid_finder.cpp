#include "domain/uid_finder.hpp"

#include <algorithm>

namespace fibrehub::domain {
namespace {

constexpr std::size_t max_uid_bytes = 40;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// Bytes of a multi-byte letter count as letters.
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool begins_with(std::string_view text, std::string_view literal) {
  if (text.size() < literal.size()) return false;
  for (std::size_t i = 0; i < literal.size(); ++i)
    if (lower(text[i]) != lower(literal[i])) return false;
  return true;
}

}  // namespace

uid_finder::uid_finder(const uid_templates& templates) {
  const auto add = [this](const uid_template& t) {
    form f = parse(t.text());
    if (f.empty()) return;
    if (f.front().what == piece::kind::literal) {
      const char first = lower(f.front().text.front());
      begins_[static_cast<unsigned char>(first)] = true;
      if (is_letter(first)) begins_[static_cast<unsigned char>(first - 'a' + 'A')] = true;
    } else {
      for (int c = 0; c < 256; ++c)
        if (is_digit(static_cast<char>(c)) || is_letter(static_cast<char>(c)))
          begins_[static_cast<std::size_t>(c)] = true;
    }
    for (const piece& p : f)
      for (const char c : p.text)
        if (c != ' ') parts_[static_cast<unsigned char>(c)] = true;
    forms_.push_back(std::move(f));
  };
  for (int c = 0; c < 128; ++c)
    parts_[static_cast<std::size_t>(c)] = is_word(static_cast<char>(c)) || c == '-';
  for (const auto& entry : templates.by_source)
    add(entry.second);
  add(templates.chat_without_drop);
}

uid_finder::form uid_finder::parse(const std::string& text) {
  form out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '{') {
      if (out.empty() || out.back().what != piece::kind::literal) out.emplace_back();
      out.back().text += text[at++];
      continue;
    }
    const std::size_t close = text.find('}', at);
    const std::string name = text.substr(at + 1, close - at - 1);
    piece& p = out.emplace_back();
    p.what = name == "ref" ? piece::kind::reference : piece::kind::digits;
    if (name == "YYYY") {
      p.at_least = 4;
      p.exactly = true;
    } else if (name.find_first_not_of('n') == std::string::npos) {
      p.at_least = name.size();
    }
    at = close + 1;
  }
  return out;
}

/// Whether what is left of a word fits what is left of a form; `out` is how the form spells it.
bool uid_finder::fits(const form& f, std::size_t index, std::string_view rest, std::string& out) {
  if (index == f.size()) return rest.empty();
  const piece& p = f[index];
  const std::size_t spelt = out.size();
  if (p.what == piece::kind::literal) {
    if (!begins_with(rest, p.text)) return false;
    out += p.text;
    if (fits(f, index + 1, rest.substr(p.text.size()), out)) return true;
    out.resize(spelt);
    return false;
  }
  std::size_t longest = 0;
  bool has_digit = false;
  while (longest < rest.size() && (p.what == piece::kind::reference || is_digit(rest[longest])))
    has_digit |= is_digit(rest[longest++]);
  if (!has_digit) return false;
  const std::size_t most = p.exactly ? std::min(longest, p.at_least) : longest;
  for (std::size_t n = most; n >= p.at_least && n > 0; --n) {
    const std::string_view taken = rest.substr(0, n);
    if (std::none_of(taken.begin(), taken.end(), is_digit)) break;
    out += taken;
    if (fits(f, index + 1, rest.substr(n), out)) return true;
    out.resize(spelt);
  }
  return false;
}

std::string uid_finder::uid_of(std::string_view word) const {
  std::string out;
  if (word.size() > max_uid_bytes) return out;
  for (const form& f : forms_) {
    out.clear();
    if (fits(f, 0, word, out)) return out;
  }
  return {};
}

std::vector<found_uid> uid_finder::find(std::string_view text) const {
  std::vector<found_uid> found;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_part(text[i])) {
      // A multi-byte letter belongs to its word: nothing begins behind it.
      if (static_cast<unsigned char>(text[i]) >= 0x80)
        while (i < text.size() && (is_part(text[i]) || static_cast<unsigned char>(text[i]) >= 0x80))
          ++i;
      else
        ++i;
      continue;
    }
    std::size_t end = i;
    bool has_digit = false;
    while (end < text.size() && is_part(text[end]))
      has_digit |= is_digit(text[end++]);
    const bool ends_word = end == text.size() || !is_word(text[end]);
    if (has_digit && ends_word && begins_[static_cast<unsigned char>(text[i])]) {
      std::size_t size = end - i;
      while (size > 0 && !is_word(text[i + size - 1]))
        --size;
      if (std::string uid = uid_of(text.substr(i, size)); !uid.empty()) {
        const bool known = std::any_of(found.begin(), found.end(),
                                       [&](const found_uid& f) { return f.uid == uid; });
        if (!known) found.push_back({std::move(uid), i, size});
        if (found.size() == max_uids_per_message) return found;
      }
    }
    i = end;
  }
  return found;
}

}  // namespace fibrehub::domain
