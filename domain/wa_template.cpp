#include "domain/wa_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

constexpr std::array<template_variable, 21> variables{{
    {"ticket.uid", "The ticket's UID"},
    {"ticket.title", "Its title"},
    {"ticket.status", "Its status"},
    {"ticket.priority", "Its priority"},
    {"ticket.type", "Its type"},
    {"client.name", "The company"},
    {"project.name", "The project"},
    {"contact.name", "The person to be reached"},
    {"contact.phone", "Their phone number"},
    {"agent.name", "Whoever sends it"},
    {"assignee.name", "Whom the ticket is assigned to"},
    {"drop", "The drop number"},
    {"address", "The address"},
    {"zone", "The zone"},
    {"due", "When it is due, in the hub's time zone"},
    {"scheduled", "When somebody is to come, in the hub's time zone"},
    {"created", "When the ticket was made, in the hub's time zone"},
    {"date", "A date, given when it is sent", false},
    {"time", "A time, given when it is sent", false},
    {"amount", "An amount, given when it is sent", false},
    {"note", "Free words, given when it is sent", false},
}};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

template_problem problem_at(std::string_view text, std::size_t at, std::string reason) {
  template_problem p;
  p.reason = std::move(reason);
  for (const char c : text.substr(0, at)) {
    if (c == '\n') {
      ++p.line;
      p.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++p.column;
    }
  }
  return p;
}

bool is_word(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != more.npos;
  });
}

}  // namespace

std::span<const template_variable> template_variables() {
  return variables;
}

bool is_template_variable(std::string_view name) {
  return std::any_of(variables.begin(), variables.end(),
                     [&](const template_variable& v) { return v.name == name; });
}

tl::expected<template_form, template_problem> parse_template(std::string_view text) {
  template_form out;
  std::size_t done = 0;
  for (;;) {
    const std::size_t open = text.find("{{", done);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos)
      return tl::unexpected(problem_at(text, open, "{{ has no }} behind it"));
    const std::string name(trimmed(text.substr(open + 2, close - open - 2)));
    if (!is_template_variable(name))
      return tl::unexpected(problem_at(
          text, open,
          name.empty() ? "{{}} names no variable" : fmt::format("there is no variable {}", name)));
    out.pieces.push_back({std::string(text.substr(done, open - done)), name});
    done = close + 2;
  }
  if (done < text.size()) out.pieces.push_back({std::string(text.substr(done)), {}});
  return out;
}

std::vector<std::string> variables_of(const template_form& form) {
  std::vector<std::string> out;
  for (const template_form::piece& p : form.pieces)
    if (!p.variable.empty() && std::find(out.begin(), out.end(), p.variable) == out.end())
      out.push_back(p.variable);
  return out;
}

tl::expected<std::string, std::vector<std::string>> render(
    const template_form& form, const std::map<std::string, std::string>& values) {
  std::vector<std::string> missing;
  std::string out;
  for (const template_form::piece& p : form.pieces) {
    out += p.text;
    if (p.variable.empty()) continue;
    const auto value = values.find(p.variable);
    if (value != values.end() && !value->second.empty()) {
      out += value->second;
    } else if (std::find(missing.begin(), missing.end(), p.variable) == missing.end()) {
      missing.push_back(p.variable);
    }
  }
  if (!missing.empty()) return tl::unexpected(std::move(missing));
  return out;
}

bool is_template_name(std::string_view name) {
  constexpr std::size_t max_bytes = 100;
  return name.size() <= max_bytes && is_word(name, "_-");
}

bool is_language(std::string_view tag) {
  const std::size_t dash = tag.find('-');
  const std::string_view language = tag.substr(0, dash);
  if (language.size() < 2 || language.size() > 3 ||
      !std::all_of(language.begin(), language.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
    return false;
  if (dash == std::string_view::npos) return true;
  const std::string_view region = tag.substr(dash + 1);
  return region.size() == 2 &&
         std::all_of(region.begin(), region.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace fibrehub::domain
