#include "protocols/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace fibrehub::protocols {
namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::size_t max_boundary = 70;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// `tchar` of RFC 9110, 5.6.2.
bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_boundary_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

struct header_value {
  std::string_view main;                                        // "form-data"
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  /// Nothing when it is not there.
  const std::string* find(std::string_view name) const {
    for (const auto& [n, v] : parameters)
      if (n == name) return &v;
    return nullptr;
  }
};

/// `"…"` from the front of `rest`. Browsers escape a quote as %22 and send backslashes as they are,
/// so a backslash escapes nothing but a quote or itself.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string out;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return out;
    }
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    out += rest[i];
  }
  return std::nullopt;
}

std::string_view take_token(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && is_token_char(rest[n]))
    ++n;
  const std::string_view out = rest.substr(0, n);
  rest.remove_prefix(n);
  return out;
}

/// `main; a=b; c="d"`. Nothing when it is malformed, or a parameter comes twice.
std::optional<header_value> parse_value(std::string_view text) {
  header_value out;
  const std::size_t end = std::min(text.find(';'), text.size());
  out.main = trim(text.substr(0, end));
  std::string_view rest = text.substr(end);
  while (!(rest = trim(rest)).empty()) {
    if (rest.front() != ';') return std::nullopt;
    rest = trim(rest.substr(1));
    if (rest.empty()) break;  // a semicolon at the end
    std::string name(take_token(rest));
    std::transform(name.begin(), name.end(), name.begin(), lower);
    if (name.empty() || rest.empty() || rest.front() != '=' || out.find(name)) return std::nullopt;
    rest.remove_prefix(1);
    if (!rest.empty() && rest.front() == '"') {
      auto value = take_quoted(rest);
      if (!value) return std::nullopt;
      out.parameters.emplace_back(std::move(name), std::move(*value));
    } else {
      const std::string_view value = take_token(rest);
      if (value.empty()) return std::nullopt;
      out.parameters.emplace_back(std::move(name), std::string(value));
    }
  }
  return out;
}

/// %22, %0D and %0A, which browsers write for what would break the line (HTML, "multipart/form-data
/// encoding algorithm").
std::string unescape_name(std::string text) {
  for (const auto& [escape, c] : {std::pair{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}})
    for (std::size_t at = text.find(escape); at != std::string::npos;
         at = text.find(escape, at + 1))
      text.replace(at, 3, 1, c);
  return text;
}

class parser {
 public:
  parser(std::string_view body, std::string_view boundary, const multipart_limits& limits)
      : body_(body), delimiter_(fmt::format("--{}", boundary)), limits_(limits) {}

  tl::expected<std::vector<multipart_part>, multipart_error> run() {
    std::vector<multipart_part> out;
    auto at = find_first();
    if (!at) return wrong(0, "the boundary that Content-Type names is nowhere in the body");
    for (;;) {
      const std::size_t line = *at + delimiter_.size();
      if (body_.substr(line, 2) == "--") return out;
      const auto begin = end_of_delimiter(line);
      if (!begin) return wrong(line, "a boundary is not followed by the end of its line");
      if (out.size() >= limits_.max_parts)
        return wrong(*at, fmt::format("there are more than {} parts", limits_.max_parts));
      multipart_part part;
      const auto content = read_head(*begin, part);
      if (!content) return tl::unexpected(content.error());
      // The line before the boundary belongs to it; an empty part may begin with it.
      at = find_next(*content >= 2 ? *content - 2 : *content);
      if (!at) return wrong(body_.size(), "the body ends before its closing boundary");
      const std::size_t end = *at - 2;
      part.content = end > *content ? body_.substr(*content, end - *content) : std::string_view();
      out.push_back(std::move(part));
    }
  }

 private:
  static tl::unexpected<multipart_error> wrong(std::size_t offset, std::string message) {
    return tl::unexpected(multipart_error{offset, std::move(message)});
  }

  /// True when what follows a boundary makes it one: its line's end or the closing `--`.
  bool is_delimiter(std::size_t after) const {
    return body_.substr(after, 2) == "--" || end_of_delimiter(after).has_value();
  }

  /// Past blanks and the line's end; nothing when something else stands there.
  std::optional<std::size_t> end_of_delimiter(std::size_t at) const {
    while (at < body_.size() && (body_[at] == ' ' || body_[at] == '\t'))
      ++at;
    if (body_.substr(at, 2) != crlf) return std::nullopt;
    return at + 2;
  }

  /// Where the first `--boundary` stands: at the start, or at the start of a line.
  std::optional<std::size_t> find_first() const {
    if (body_.starts_with(delimiter_) && is_delimiter(delimiter_.size())) return 0;
    return find_next(0);
  }

  /// The next `--boundary` that begins a line; `from` may be the line's end before it.
  std::optional<std::size_t> find_next(std::size_t from) const {
    const std::string wanted = std::string(crlf) + delimiter_;
    for (std::size_t at = body_.find(wanted, from); at != std::string_view::npos;
         at = body_.find(wanted, at + 1))
      if (is_delimiter(at + wanted.size())) return at + 2;
    return std::nullopt;
  }

  /// Reads the lines of a part's head; where its content begins.
  tl::expected<std::size_t, multipart_error> read_head(std::size_t at, multipart_part& part) const {
    const std::size_t begin = at;
    bool has_disposition = false;
    for (;;) {
      const std::size_t end = body_.find(crlf, at);
      if (end == std::string_view::npos)
        return wrong(at, "the body ends within the head of a part");
      if (end + 2 - begin > limits_.max_header_bytes)
        return wrong(begin, fmt::format("the head of a part has more than {} bytes",
                                        limits_.max_header_bytes));
      const std::string_view line = body_.substr(at, end - at);
      if (line.empty()) {
        if (!has_disposition) return wrong(begin, "a part has no Content-Disposition");
        return end + 2;
      }
      if (auto read = read_line(line, at, part, has_disposition); !read)
        return tl::unexpected(read.error());
      at = end + 2;
    }
  }

  static tl::expected<void, multipart_error> read_line(std::string_view line, std::size_t at,
                                                       multipart_part& part,
                                                       bool& has_disposition) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() ||
        !std::all_of(name.begin(), name.end(), is_token_char))
      return wrong(at, "a line in the head of a part is no header");
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 127; }))
      return wrong(at, "a header of a part holds a control character");
    const std::string_view value = trim(line.substr(colon + 1));
    if (same_word(name, "content-type")) {
      part.content_type = value;
    } else if (same_word(name, "content-transfer-encoding")) {
      if (!same_word(value, "binary") && !same_word(value, "8bit") && !same_word(value, "7bit"))
        return wrong(at, "a part has a Content-Transfer-Encoding; send the bytes as they are");
    } else if (same_word(name, "content-disposition")) {
      if (has_disposition) return wrong(at, "a part has two Content-Dispositions");
      has_disposition = true;
      return read_disposition(value, at, part);
    }
    return {};
  }

  static tl::expected<void, multipart_error> read_disposition(std::string_view value,
                                                              std::size_t at,
                                                              multipart_part& part) {
    const auto parsed = parse_value(value);
    if (!parsed || !same_word(parsed->main, "form-data"))
      return wrong(at, "a Content-Disposition is not a well-formed form-data");
    const std::string* name = parsed->find("name");
    if (!name) return wrong(at, "a part has no name in its Content-Disposition");
    part.name = unescape_name(*name);
    // filename* is not for forms (RFC 7578, 4.2): with it, who reads which name would be open.
    if (parsed->find("filename*")) return wrong(at, "a part uses filename*; send filename");
    if (const std::string* file = parsed->find("filename")) part.file_name = unescape_name(*file);
    return {};
  }

  std::string_view body_;
  std::string delimiter_;
  const multipart_limits& limits_;
};

}  // namespace

bool is_multipart_form(std::string_view content_type) {
  return same_word(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const auto parsed = parse_value(content_type);
  const std::string* boundary = parsed ? parsed->find("boundary") : nullptr;
  if (!boundary || boundary->empty() || boundary->size() > max_boundary ||
      boundary->back() == ' ' || !std::all_of(boundary->begin(), boundary->end(), is_boundary_char))
    return std::nullopt;
  return *boundary;
}

tl::expected<std::vector<multipart_part>, multipart_error> parse_multipart(
    std::string_view body, std::string_view boundary, const multipart_limits& limits) {
  return parser(body, boundary, limits).run();
}

}  // namespace fibrehub::protocols
