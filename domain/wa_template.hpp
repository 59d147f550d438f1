// Texts with blanks that are filled in from a ticket: `Hello {{contact.name}}, …`. What may stand
// between the braces is declared here; anything else is refused with its place. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::domain {

struct template_variable {
  std::string_view name, text;  // what it stands for
  bool of_ticket = true;        // the ticket knows it; else whoever sends has to give it
};
std::span<const template_variable> template_variables();
bool is_template_variable(std::string_view name);

/// Why a template is none: the first mistake, counted in characters from 1.
struct template_problem {
  std::size_t line = 1, column = 1;
  std::string reason;
};

/// A text cut into what stands and what is filled in.
struct template_form {
  struct piece {
    std::string text;      // as it stands
    std::string variable;  // filled in behind it, or empty at the end
  };
  std::vector<piece> pieces;
};
/// `{{name}}`, with blanks inside the braces or not. A single brace is text; `{{` without its `}}`
/// is a mistake.
tl::expected<template_form, template_problem> parse_template(std::string_view text);

/// Each once, in the order in which they come.
std::vector<std::string> variables_of(const template_form& form);

/// The text, or the variables without a value (absent or empty), each once. Values are put in as
/// they are: braces in them mean nothing.
tl::expected<std::string, std::vector<std::string>> render(
    const template_form& form, const std::map<std::string, std::string>& values);

/// Small letters, digits, `_` and `-`, up to 100: what a template may be called.
bool is_template_name(std::string_view name);
/// `en`, `af`, `en-ZA`.
bool is_language(std::string_view tag);

}  // namespace fibrehub::domain
