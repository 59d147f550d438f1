// Cuts a query into tokens; each knows its column.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/query/query.hpp"

namespace fibrehub::domain::query {

struct token {
  enum class kind {
    word,    // also operators and numbers: whatever has no blank, quote, comma or parenthesis
    phrase,  // "between quotes", \" and \\ taken apart
    name,    // a field with its colon: `status:`
    comma,
    open,
    close,
    minus,  // before what is not wanted
    end
  } what = kind::end;
  std::string text;
  std::size_t column = 1;
  bool glued = false;  // nothing stands between it and the token before
};

/// Never empty: the last token is `end`.
tl::expected<std::vector<token>, syntax_error> scan(std::string_view text);

}  // namespace fibrehub::domain::query
