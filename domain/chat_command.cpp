#include "domain/chat_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "domain/text.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, 6> verbs{"status", "start", "done", "note", "photo", "help"};
constexpr std::size_t max_candidates = 10;
constexpr std::size_t max_title_characters = 60;

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// The first word without what people put behind it; `rest` is what follows.
std::string_view first_word(std::string_view text, std::string_view& rest) {
  const std::size_t end = std::min(text.find_first_of(blanks), text.size());
  rest = trimmed(text.substr(end));
  std::string_view word = text.substr(0, end);
  while (!word.empty() && (word.back() == ':' || word.back() == ',' || word.back() == '.' ||
                           word.back() == '!' || word.back() == '?'))
    word.remove_suffix(1);
  return word;
}

bool makes_sense(const chat_command& c, bool has_picture) {
  switch (c.verb) {
    case chat_verb::help:
      return c.uid.empty() && c.text.empty();
    case chat_verb::status:
    case chat_verb::start:
      return c.text.empty();
    case chat_verb::note:
      return !c.text.empty();
    case chat_verb::photo:
      return has_picture || c.text.empty();
    case chat_verb::done:
      break;
  }
  return true;
}

}  // namespace

std::string_view name_of(chat_verb v) {
  return verbs[static_cast<std::size_t>(v)];
}

std::optional<chat_verb> chat_verb_from(std::string_view name) {
  const auto it = std::find(verbs.begin(), verbs.end(), name);
  if (it == verbs.end()) return std::nullopt;
  return static_cast<chat_verb>(it - verbs.begin());
}

std::optional<chat_command> read_chat_command(std::string_view text, const uid_finder& uids,
                                              bool has_picture) {
  text = trimmed(text);
  if (!text.empty() && (text.front() == '/' || text.front() == '!')) text.remove_prefix(1);
  std::string_view rest;
  const auto verb = chat_verb_from(lower(first_word(text, rest)));
  if (!verb) return std::nullopt;
  chat_command out;
  out.verb = *verb;
  std::string_view behind;
  const std::string_view word = first_word(rest, behind);
  if (std::string uid = uids.uid_of(word); !uid.empty()) {
    out.uid = std::move(uid);
    rest = behind;
  }
  out.text = std::string(rest);
  if (!makes_sense(out, has_picture)) return std::nullopt;
  return out;
}

ticket_status done_means(const workflow& moves, ticket_status from, role as) {
  const auto may = [&](ticket_status to) {
    const transition* way = moves.find(from, to);
    return way != nullptr && has_rank(as, way->least);
  };
  if (!may(ticket_status::resolved) && may(ticket_status::qa)) return ticket_status::qa;
  return ticket_status::resolved;
}

std::string chat_help() {
  return "What I understand (the UID may be left out where it is clear, or when you answer a "
         "message "
         "of the ticket):\n"
         "status [UID]\n"
         "start [UID]\n"
         "done [UID] [what was done]\n"
         "note [UID] text\n"
         "photo [UID] as the caption of a picture, or in answer to one\n"
         "help";
}

std::string which_ticket(chat_verb verb, const std::vector<chat_candidate>& candidates) {
  if (candidates.empty())
    return fmt::format("Which ticket? Write {} with its UID, or answer a message of it.",
                       name_of(verb));
  std::string out = "Which ticket?";
  for (std::size_t i = 0; i < std::min(candidates.size(), max_candidates); ++i)
    out += fmt::format("\n{} ({}) {}", candidates[i].uid, candidates[i].status,
                       first_line(candidates[i].title, max_title_characters));
  if (candidates.size() > max_candidates)
    out += fmt::format("\n… and {} more", candidates.size() - max_candidates);
  return out + fmt::format("\nWrite for instance: {} {}", name_of(verb), candidates.front().uid);
}

std::string describe(const chat_status& s) {
  std::string out = fmt::format("{}: {}", s.uid, first_line(s.title, max_title_characters));
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += fmt::format("\n{}: {}", name, value);
  };
  line("Status", s.status);
  line("Priority", s.priority);
  line("Due", s.due);
  line("Drop", s.drop.empty() ? "" : "DR" + s.drop);
  line("Address", s.address);
  line("Assigned to", s.assignee);
  return out;
}

}  // namespace fibrehub::domain
