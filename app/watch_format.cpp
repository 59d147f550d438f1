#include "app/watch_format.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <wchar.h>

#include <ctime>

#include "domain/time.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::app {
namespace {

namespace json = protocols::json;

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";
constexpr std::size_t uid_columns = 14;
constexpr std::size_t channel_columns = 18;
constexpr std::size_t kind_columns = 7;

enum class ink { plain, dim, strong, red, yellow, green, cyan };

std::string_view escape_of(ink colour) {
  switch (colour) {
    case ink::dim:
      return "\x1b[2m";
    case ink::strong:
      return "\x1b[1m";
    case ink::red:
      return "\x1b[31m";
    case ink::yellow:
      return "\x1b[33m";
    case ink::green:
      return "\x1b[32m";
    case ink::cyan:
      return "\x1b[36m";
    case ink::plain:
      break;
  }
  return "";
}

struct character {
  std::string_view bytes;
  char32_t code = 0;
};

/// The first character of valid UTF-8; a stray byte counts as U+FFFD.
character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC0 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                                           : 4;
  if (length == 0 || length > text.size()) return {text.substr(0, 1), U'\uFFFD'};
  char32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {text.substr(0, 1), U'\uFFFD'};
    code = (code << 6) | (next & 0x3FU);
  }
  return {text.substr(0, length), code};
}

bool is_break(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

/// What would move the cursor, change the terminal, or turn the rest of the line around.
bool is_dangerous(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF ||
         c == U'\uFFFD';
}

std::size_t columns_of(char32_t c) {
  if (c < 0x80) return 1;
  const int columns = ::wcwidth(static_cast<wchar_t>(c));
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

std::size_t columns_of(std::string_view text) {
  std::size_t sum = 0;
  while (!text.empty()) {
    const character c = first_character(text);
    sum += columns_of(c.code);
    text.remove_prefix(c.bytes.size());
  }
  return sum;
}

/// As many characters as fit, the last of them an ellipsis when something was cut.
std::string cropped(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string{text};
  std::size_t used = 1;
  std::string out;
  while (!text.empty() && columns > 0) {
    const character c = first_character(text);
    used += columns_of(c.code);
    if (used > columns) break;
    out += c.bytes;
    text.remove_prefix(c.bytes.size());
  }
  if (columns > 0) out += ellipsis;
  return out;
}

/// Collects a line piece by piece; what does not fit is left out.
class line {
 public:
  explicit line(const watch_style& style) : style_(style) {}

  line& add(ink colour, std::string_view text, std::size_t pad_to = 0) {
    std::string shown = printable(text);
    if (style_.width > 0) shown = cropped(shown, style_.width - std::min(used_, style_.width));
    if (shown.empty()) return gap(pad_to);
    const std::size_t columns = columns_of(shown);
    used_ += columns;
    if (style_.colour && colour != ink::plain) {
      text_ += fmt::format("{}{}\x1b[0m", escape_of(colour), shown);
    } else {
      text_ += shown;
    }
    return gap(pad_to > columns ? pad_to - columns : 0);
  }
  line& gap(std::size_t columns) {
    text_.append(columns, ' ');
    used_ += columns;
    return *this;
  }
  std::string end() && {
    const auto last = text_.find_last_not_of(' ');
    text_.resize(last == std::string::npos ? 0 : last + 1);
    return std::move(text_);
  }

 private:
  const watch_style& style_;
  std::string text_;
  std::size_t used_ = 0;
};

std::string clock_of(const json::value& envelope) {
  const auto at = domain::parse_rfc3339(json::text(envelope, "at"));
  if (!at) return "--:--:--";
  const std::time_t seconds = std::chrono::system_clock::to_time_t(*at);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:%H:%M:%S}", local);
}

ink ink_of_priority(std::string_view priority) {
  if (priority == "critical") return ink::red;
  if (priority == "high") return ink::yellow;
  return ink::plain;
}

/// The message's text, or what it is when it has none: "[image]".
std::string spoken(const json::value& message) {
  const auto text = json::text(message, "text");
  if (!text.empty()) return std::string{text};
  const auto type = json::text(message, "type");
  return fmt::format("[{}]", type.empty() ? "no text" : type);
}

void add_ticket(line& out, const json::value& data) {
  const auto priority = json::text(data, "priority");
  if (!priority.empty()) out.add(ink_of_priority(priority), priority, 8).gap(2);
  if (const auto source = json::text(data, "source"); !source.empty())
    out.add(ink::dim, source, 10).gap(2);
  if (const auto title = json::text(data, "title"); !title.empty())
    out.add(ink::plain, fmt::format("\"{}\"", title));
  if (const auto* message = json::find(data, "message")) {
    if (const auto author = json::text(*message, "author"); !author.empty())
      out.gap(2).add(ink::dim, fmt::format("({})", author));
  }
}

void add_update(line& out, const json::value& data) {
  if (const auto status = json::text(data, "status"); !status.empty())
    out.add(ink::cyan, status, 8).gap(2);
  add_ticket(out, data);
}

void add_message(line& out, const json::value& data) {
  const auto* message = json::find(data, "message");
  if (message == nullptr) return;
  const bool is_ours = json::text(*message, "direction") == "outbound";
  const auto author = json::text(*message, "author");
  const std::string_view name = is_ours ? "us" : author.empty() ? "unknown" : author;
  out.add(ink::dim, fmt::format("{}: ", name));
  out.add(ink::plain, spoken(*message));
}

std::string place_of(const json::value& data, std::string_view kind, std::string_view name) {
  return fmt::format("{}/{}", json::text(data, kind), json::text(data, name));
}

void add_review(line& out, const json::value& data) {
  out.add(ink::plain, place_of(data, "source", "channel"), channel_columns).gap(1);
  out.add(ink::yellow, json::text(data, "reason"));
  if (const auto event = json::text(data, "event"); !event.empty()) out.gap(2).add(ink::dim, event);
}

void add_channel(line& out, const json::value& data) {
  const auto state = json::text(data, "state");
  const bool is_well = state == "connected" || state == "polling" || state == "starting";
  out.add(ink::plain, place_of(data, "kind", "name"), channel_columns).gap(1);
  out.add(is_well ? ink::green : ink::red, state);
  if (json::boolean(data, "silent")) out.gap(2).add(ink::red, "silent");
  if (const auto detail = json::text(data, "detail"); !detail.empty())
    out.gap(2).add(ink::dim, detail);
}

void add_session(line& out, const json::value& data) {
  const auto status = json::text(data, "status");
  const bool is_well = status == "WORKING" || status == "STARTING";
  out.add(ink::plain, place_of(data, "channel", "session"), channel_columns).gap(1);
  out.add(is_well ? ink::green : ink::red, status);
}

/// A kind this program does not know yet: what it is, and its data as they came.
void add_anything(line& out, const json::value& data) {
  out.add(ink::dim, json::to_text(data));
}

struct layout {
  std::string_view kind;
  std::string_view label;
  ink colour;
  bool has_ticket;
  void (*rest)(line&, const json::value&);
};

constexpr layout layouts[] = {
    {"ticket.created", "NEW", ink::green, true, add_ticket},
    {"ticket.updated", "UPDATE", ink::cyan, true, add_update},
    {"message.created", " +msg", ink::dim, true, add_message},
    {"review.created", "REVIEW", ink::yellow, false, add_review},
    {"channel.state", "CHANNEL", ink::strong, false, add_channel},
    {"wa_session.state", "SESSION", ink::strong, false, add_session},
};

}  // namespace

std::string printable(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const character c = first_character(utf8);
    if (is_break(c.code)) {
      out += ' ';
    } else if (is_dangerous(c.code)) {
      out += replacement;
    } else {
      out += c.bytes;
    }
    utf8.remove_prefix(c.bytes.size());
  }
  return out;
}

std::string format_watch_line(std::string_view kind, std::string_view data,
                              const watch_style& style) {
  line out(style);
  const auto parsed = json::parse(data);
  if (!parsed || !parsed->IsObject()) {
    out.add(ink::yellow, kind).gap(2).add(ink::dim, "came with data that cannot be read");
    return std::move(out).end();
  }
  static const json::value nothing(rapidjson::kObjectType);
  const json::value* inner = json::find(*parsed, "data");
  const json::value& rest = inner != nullptr && inner->IsObject() ? *inner : nothing;
  const auto known = std::find_if(std::begin(layouts), std::end(layouts),
                                  [&](const layout& each) { return each.kind == kind; });
  out.add(ink::dim, clock_of(*parsed)).gap(2);
  if (known == std::end(layouts)) {
    out.add(ink::dim, kind).gap(2);
    add_anything(out, rest);
    return std::move(out).end();
  }
  out.add(known->colour, known->label, kind_columns).gap(1);
  if (known->has_ticket)
    out.add(ink::strong, json::text(*parsed, "ticket_uid"), uid_columns).gap(1);
  known->rest(out, rest);
  return std::move(out).end();
}

}  // namespace fibrehub::app
