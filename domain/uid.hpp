// Ticket UIDs: permanent names made from the source by a template and, where the template counts, a
// counter that belongs to everything else in the name. The counter's row is locked by whoever
// creates the ticket, so numbers have no gaps and are never given twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "domain/ticket.hpp"

namespace fibrehub::domain {

/// What a template may refer to.
struct uid_inputs {
  std::string reference;  // {ref}: the peer's own number
  std::string drop;       // {drop}: digits of the drop number
  int year = 0;           // {YYYY}: year of creation in the hub's zone
};

/// A template such as `DR{drop}-{nn}`: literals, `{ref}`, `{drop}`, `{YYYY}` and at most one
/// counter
/// `{n…}` whose number of letters is the least number of digits.
class uid_template {
 public:
  /// Refuses unknown placeholders, two counters, and a template that would name two tickets alike.
  static tl::expected<uid_template, std::string> parse(std::string_view text);

  bool counts() const { return counter_digits_ > 0; }
  const std::string& text() const { return text_; }
  /// Names the counter row: tickets with the same scope share one sequence of numbers.
  std::string scope(const uid_inputs& in) const;
  /// The UID; `number` is ignored when the template does not count.
  std::string render(const uid_inputs& in, std::int64_t number) const;

 private:
  std::string fill(const uid_inputs& in, std::string_view counter) const;
  std::string text_;
  std::size_t counter_digits_ = 0;
};

/// The template of each kind of ticket; WhatsApp has one with and one without a drop.
struct uid_templates {
  std::map<ticket_source, uid_template> by_source;
  uid_template chat_without_drop;
  static uid_templates defaults();
  const uid_template& select(ticket_source source, const uid_inputs& in) const;
};

}  // namespace fibrehub::domain
