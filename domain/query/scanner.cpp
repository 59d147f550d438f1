#include "domain/query/scanner.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"

namespace fibrehub::domain::query {
namespace {

using kind = token::kind;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool ends_word(char c) {
  return is_blank(c) || c == ',' || c == '(' || c == ')' || c == '"';
}

bool names_field(std::string_view word) {
  if (word.empty() || word[0] < 'a' || word[0] > 'z') return false;
  for (const char c : word)
    if ((c < 'a' || c > 'z') && c != '_') return false;
  return true;
}

class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  tl::expected<std::vector<token>, syntax_error> run() {
    while (true) {
      const std::size_t before = at_;
      while (at_ < text_.size() && is_blank(text_[at_]))
        advance();
      glued_ = at_ == before && !out_.empty();
      if (at_ == text_.size()) break;
      if (auto failed = take_one()) return tl::unexpected(std::move(*failed));
    }
    add(kind::end, {}, column_);
    return std::move(out_);
  }

 private:
  /// Columns count characters, not bytes.
  void advance() {
    ++at_;
    if (at_ == text_.size() || (static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) ++column_;
  }
  void add(kind what, std::string text, std::size_t column) {
    out_.push_back({what, std::move(text), column, glued_});
  }

  std::optional<syntax_error> take_one() {
    const std::size_t column = column_;
    switch (text_[at_]) {
      case '(':
        return single(kind::open);
      case ')':
        return single(kind::close);
      case ',':
        return single(kind::comma);
      case '"':
        return take_phrase();
      case '-':
        if (starts_negation()) return single(kind::minus);
        break;
      default:
        break;
    }
    take_word(column);
    return std::nullopt;
  }

  std::optional<syntax_error> single(kind what) {
    add(what, std::string(1, text_[at_]), column_);
    advance();
    return std::nullopt;
  }

  /// A minus is a negation at the beginning of a term; inside a value it belongs to the value.
  bool starts_negation() const {
    const bool in_value = glued_ && !out_.empty() &&
                          (out_.back().what == kind::name || out_.back().what == kind::comma);
    return !in_value && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1]);
  }

  std::optional<syntax_error> take_phrase() {
    const std::size_t column = column_;
    std::string phrase;
    for (advance(); at_ < text_.size() && text_[at_] != '"'; advance()) {
      const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (escape) advance();
      phrase += text_[at_];
    }
    if (at_ == text_.size())
      return syntax_error{column, "the quote that begins here is not closed; add a \" at its end"};
    advance();
    add(kind::phrase, std::move(phrase), column);
    return std::nullopt;
  }

  void take_word(std::size_t column) {
    std::string word;
    for (; at_ < text_.size() && !ends_word(text_[at_]); advance()) {
      word += text_[at_];
      const bool begins_term = out_.empty() || !glued_ || out_.back().what == kind::minus ||
                               out_.back().what == kind::open;
      if (text_[at_] != ':' || !begins_term) continue;
      const std::string_view name = std::string_view(word).substr(0, word.size() - 1);
      if (!names_field(name)) continue;
      add(kind::name, std::string(name), column);
      advance();
      return;
    }
    add(kind::word, std::move(word), column);
  }

  std::string_view text_;
  std::size_t at_ = 0, column_ = 1;
  bool glued_ = false;
  std::vector<token> out_;
};

}  // namespace

tl::expected<std::vector<token>, syntax_error> scan(std::string_view text) {
  if (text.size() > max_query_bytes)
    return tl::unexpected(
        syntax_error{max_query_bytes + 1,
                     fmt::format("the query is too long: at most {} bytes", max_query_bytes)});
  if (!is_storable(text))
    return tl::unexpected(syntax_error{1, "the query is not valid UTF-8 text"});
  return scanner(text).run();
}

}  // namespace fibrehub::domain::query
