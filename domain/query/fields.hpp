// What can be asked for by name, declared once: spelling, kind of value, allowed values. The
// parser, its error messages, the API's description and the documentation come from this table.
#pragma once

#include <span>
#include <string_view>

#include "domain/query/query.hpp"

namespace fibrehub::domain::query {

enum class value_kind {
  choice,  // one of `choices`
  ranked,  // the same, and they have an order: the first is the highest
  person,  // me, none, any, an id, an e-mail address or a name
  group,   // mine, none, any, an id, a code or a name: of a team
  part,    // matches any part of the text, whatever the case
  word,    // matches the whole word; tags and channels as they are spelt, others in any case
  time,    // a moment, none or any
  number   // a decimal number, none or any
};

struct field_def {
  field id = field::text;
  std::string_view name;
  value_kind kind = value_kind::part;
  std::span<const std::string_view> choices = {};
  std::string_view text;  // for people
};

std::span<const field_def> fields();
const field_def* find_field(std::string_view name);
const field_def& definition(field f);

}  // namespace fibrehub::domain::query
