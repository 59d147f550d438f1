// Finding the UIDs of tickets in what people write, in whatever format they are configured. What is
// found only looks like one: whether there is such a ticket, and whose it is, is another question.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "domain/uid.hpp"

namespace fibrehub::domain {

struct found_uid {
  std::string uid;               // its letters as the format spells them
  std::size_t at = 0, size = 0;  // the bytes of the text
};

/// A message that names more than this is a list; the first ones count.
inline constexpr std::size_t max_uids_per_message = 5;

class uid_finder {
 public:
  explicit uid_finder(const uid_templates& templates);

  /// The words of `text` that fit a format, whatever the case of their letters, in order of
  /// appearance and without repeats. A peer's own number counts only with a digit in it.
  std::vector<found_uid> find(std::string_view text) const;
  /// The same for one word: its UID, or empty.
  std::string uid_of(std::string_view word) const;

 private:
  struct piece {
    enum class kind { literal, reference, digits } what = kind::literal;
    std::string text;          // of a literal
    std::size_t at_least = 1;  // digits
    bool exactly = false;      // as many and no more
  };
  using form = std::vector<piece>;

  static form parse(const std::string& text);
  static bool fits(const form& f, std::size_t piece, std::string_view rest, std::string& out);
  bool is_part(char c) const { return parts_[static_cast<unsigned char>(c)]; }

  std::vector<form> forms_;
  std::array<bool, 256> parts_{};   // bytes a UID may consist of
  std::array<bool, 256> begins_{};  // … and begin with
};

}  // namespace fibrehub::domain
