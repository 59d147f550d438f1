#include <fmt/format.h>

#include "domain/query/values.hpp"

namespace fibrehub::domain::query {
namespace {

using kind = token::kind;
using parsed = tl::expected<node, syntax_error>;

tl::unexpected<syntax_error> wrong(const token& at, std::string message) {
  return tl::unexpected(syntax_error{at.column, std::move(message)});
}

/// Recursive descent: any := all {OR all}, all := term {[AND] term}, term := [-|NOT] one,
/// one := ( any ) | name:values | text.
class parser {
 public:
  explicit parser(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  parsed run() {
    if (peek().what == kind::end) return node{};
    parsed out = any(1);
    if (!out) return out;
    if (peek().what == kind::close)
      return wrong(peek(), "this parenthesis closes none; remove it or open one before");
    if (peek().what != kind::end) return wrong(peek(), unexpected(peek()));
    return out;
  }

 private:
  const token& peek() const { return tokens_[at_]; }
  token take() { return tokens_[at_ + 1 == tokens_.size() ? at_ : at_++]; }
  bool is_word(std::string_view text) const {
    return peek().what == kind::word && peek().text == text;
  }
  static std::string unexpected(const token& t) {
    if (t.what == kind::end) return "the query ends here; a term was expected";
    return fmt::format(
        "\"{}\" cannot stand here; expected a word, a \"phrase\", a field such as status:open, or "
        "(",
        t.text);
  }

  parsed any(std::size_t depth) {
    if (depth > max_depth)
      return wrong(peek(),
                   fmt::format("parentheses are nested too deeply: at most {} levels", max_depth));
    return joined(
        node::kind::any, [&] { return all(depth); },
        [&] {
          if (!is_word("OR")) return false;
          take();
          return true;
        });
  }

  parsed all(std::size_t depth) {
    return joined(
        node::kind::all, [&] { return term(depth); },
        [&] {
          if (is_word("AND")) {
            take();
            return true;
          }
          return peek().what != kind::end && peek().what != kind::close && !is_word("OR");
        });
  }

  template <class Part, class More>
  parsed joined(node::kind what, const Part& part, const More& more) {
    parsed first = part();
    if (!first) return first;
    node out;
    out.what = what;
    out.children.push_back(std::move(*first));
    while (more()) {
      parsed next = part();
      if (!next) return next;
      out.children.push_back(std::move(*next));
    }
    if (out.children.size() > 1) return out;
    // Named, because assigning a child to its own parent would move from what it destroys.
    node only = std::move(out.children.front());
    return only;
  }

  parsed term(std::size_t depth) {
    if (++terms_ > max_terms)
      return wrong(peek(), fmt::format("too many terms: at most {}", max_terms));
    if (peek().what != kind::minus && !is_word("NOT")) return one(depth);
    take();
    parsed inner = one(depth);
    if (!inner) return inner;
    node out;
    out.what = node::kind::not_;
    out.children.push_back(std::move(*inner));
    return out;
  }

  parsed one(std::size_t depth) {
    switch (peek().what) {
      case kind::open: {
        const token opened = take();
        parsed inner = any(depth + 1);
        if (!inner) return inner;
        if (peek().what != kind::close)
          return wrong(opened, "the parenthesis that opens here is not closed; add a ) at its end");
        take();
        return inner;
      }
      case kind::name:
        return named();
      case kind::word:
      case kind::phrase:
        if (is_word("OR") || is_word("AND"))
          return wrong(peek(), fmt::format("{} needs a term on either side; write it in quotes to"
                                           " search for the word",
                                           peek().text));
        return words();
      default:
        return wrong(peek(), unexpected(peek()));
    }
  }

  parsed words() {
    node out;
    out.what = node::kind::condition;
    const token t = take();
    auto v = read_value(definition(field::text), t);
    if (!v) return tl::unexpected(std::move(v.error()));
    out.condition.values.push_back(std::move(*v));
    return out;
  }

  parsed named() {
    const token name = take();
    const field_def* def = find_field(name.text);
    if (!def) {
      std::vector<std::string_view> names;
      for (const field_def& f : fields())
        names.push_back(f.name);
      const std::string_view near = nearest(name.text, names);
      return wrong(name, fmt::format("there is no field \"{}\"{}; put the text in quotes to search"
                                     " for it as it is",
                                     name.text,
                                     near.empty() ? "" : fmt::format(", did you mean {}?", near)));
    }
    node out;
    out.what = node::kind::condition;
    out.condition.what = def->id;
    do {
      const token t = peek();
      if ((t.what != kind::word && t.what != kind::phrase) || !t.glued)
        return wrong(t, fmt::format("a value was expected after {}:", def->name));
      auto v = read_value(*def, take());
      if (!v) return tl::unexpected(std::move(v.error()));
      out.condition.values.push_back(std::move(*v));
      if (out.condition.values.size() > max_values)
        return wrong(t, fmt::format("too many values: at most {}", max_values));
    } while (peek().what == kind::comma && peek().glued && (take(), true));
    return out;
  }

  std::vector<token> tokens_;
  std::size_t at_ = 0, terms_ = 0;
};

}  // namespace

tl::expected<node, syntax_error> parse(std::string_view text) {
  auto tokens = scan(text);
  if (!tokens) return tl::unexpected(std::move(tokens.error()));
  return parser(std::move(*tokens)).run();
}

}  // namespace fibrehub::domain::query
