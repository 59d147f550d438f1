// One JSON value of a delivery and its place in it, read the tolerant way: what is absent or null
// is absent; an optional field of the wrong type is left out and noted; only what a reading cannot
// do without is a problem.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/time.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {

/// Longest id of a person, a chat or a message, in bytes.
inline constexpr std::size_t max_id_bytes = 255;
/// Longest name of a person, a group, a file or a label, in bytes.
inline constexpr std::size_t max_name_bytes = 4096;
/// Longest address of a file, in bytes; signed addresses of object stores are long.
inline constexpr std::size_t max_url_bytes = 16'384;
/// Most entries read of a list.
inline constexpr std::size_t max_entries = 5000;

/// A field that was left out, and why.
struct note {
  std::string field;
  std::string reason;
};

/// What keeps something from being read: the field and what is wrong with it.
struct problem {
  std::string field;   // "payload.id", empty for the text as a whole
  std::string reason;  // "is missing"
};

/// The notes of one reading; after 50 one more says that there were others.
class notes {
 public:
  void add(std::string field, std::string reason);
  const std::vector<note>& all() const { return all_; }

 private:
  std::vector<note> all_;
};

/// What a number that stands for a time counts. `either`: seconds or milliseconds, by its size.
enum class time_unit { seconds, milliseconds, either };

/// Refers to the document and to the notes; both outlive it.
class node {
 public:
  node() = default;
  node(const protocols::json::value* value, std::string path, notes& out);

  /// There, and not null.
  explicit operator bool() const { return value_ != nullptr; }
  const protocols::json::value* value() const { return value_; }
  const std::string& path() const { return path_; }
  bool is_text() const { return value_ && value_->IsString(); }
  bool is_object() const { return value_ && value_->IsObject(); }

  /// A member of whatever type.
  node member(std::string_view key) const;
  /// A member that has to be an object, or an array.
  node object(std::string_view key) const;
  node list(std::string_view key) const;
  /// The first `limit` elements of an array.
  std::vector<node> entries(std::size_t limit = max_entries) const;

  /// A member as text; empty when it is longer than `max_bytes`.
  std::string_view text(std::string_view key, std::size_t max_bytes = max_name_bytes) const;
  /// The same, for what may be a number as well.
  std::string text_or_number(std::string_view key, std::size_t max_bytes = max_name_bytes) const;
  /// The value itself as text, or empty.
  std::string_view own_text(std::size_t max_bytes = max_name_bytes) const;
  /// A whole number: a JSON number or a string of digits.
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  /// A time: a number, a string of digits, Long's {low, high}, or RFC 3339; from 1970 to 5000.
  std::optional<domain::instant> time(std::string_view key, time_unit unit) const;

  /// Notes that a member is left out.
  void remark(std::string_view key, std::string reason) const;
  void remark_self(std::string reason) const;
  problem missing(std::string_view key) const;
  problem wrong(std::string_view key, std::string reason) const;

 private:
  std::string path_of(std::string_view key) const;
  node typed(std::string_view key, bool (protocols::json::value::*is)() const,
             const char* what) const;

  const protocols::json::value* value_ = nullptr;
  std::string path_;
  notes* notes_ = nullptr;
};

/// A member without which there is no reading: text that is not empty.
tl::expected<std::string_view, problem> needed_text(const node& holder, std::string_view key,
                                                    std::size_t max_bytes = max_id_bytes);
tl::expected<node, problem> needed_object(const node& holder, std::string_view key);

/// UTC with milliseconds: `2026-11-21T01:25:14.013Z`.
std::string to_rfc3339_ms(domain::instant t);

}  // namespace fibrehub::channels::waha
