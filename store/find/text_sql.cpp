#include "store/find/text_sql.hpp"

#include <fmt/format.h>

namespace fibrehub::store {
namespace {

// As the indexes spell it.
constexpr const char* parts_of_ticket =
    "lower(t.uid || E'\\n' || coalesce(t.drop_number, '') || E'\\n' || coalesce(t.address, '') ||"
    " E'\\n' || coalesce(t.contact_name, '') || E'\\n' || coalesce(t.contact_phone, '') || E'\\n' "
    "||"
    " coalesce(t.contact_email, ''))";

// Shorter parts have no trigram, so the index could not help.
constexpr std::size_t min_part_bytes = 3;

std::string parameter(std::string value, sql_params& params) {
  params.texts.push_back(std::move(value));
  return fmt::format("${}::text", params.texts.size());
}

bool sees_all(const domain::principal& by) {
  return by.as == domain::role::admin || by.as == domain::role::manager ||
         by.as == domain::role::viewer;
}

}  // namespace

std::string like_pattern(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

std::string part_of(std::string_view column, const std::string& text, sql_params& params) {
  const std::string pattern = parameter(like_pattern(text), params);
  const std::string exact = fmt::format("lower({}) LIKE lower({})", column, pattern);
  if (text.size() < min_part_bytes) return exact;
  return fmt::format("({} LIKE lower({}) AND {})", parts_of_ticket, pattern, exact);
}

std::string words_anywhere(const domain::query::value& text, const domain::principal& by,
                           sql_params& params) {
  // A text without any word in it (only punctuation) finds nothing among the words.
  const std::string words =
      fmt::format("phraseto_tsquery('simple', {})", parameter(text.text, params));
  const std::string wanted =
      text.phrase ? words : fmt::format("(nullif({}::text, '') || ':*')::tsquery", words);
  const char* notes_seen = by.as == domain::role::client ? " AND NOT n.internal" : "";
  const std::string in_ticket =
      fmt::format("to_tsvector('simple', t.title || ' ' || t.description) @@ {}", wanted);
  const std::string in_parts = text.text.size() < min_part_bytes
                                   ? std::string("false")
                                   : fmt::format("{} LIKE lower({})", parts_of_ticket,
                                                 parameter(like_pattern(text.text), params));
  if (!sees_all(by))
    // Few tickets are theirs: looked through one by one. Row security would keep the indexes of
    // words from being used anyway.
    return fmt::format(
        "({0} OR {1} OR EXISTS (SELECT 1 FROM ticket_notes n WHERE n.ticket_id = t.id{2} AND"
        " to_tsvector('simple', n.body) @@ {3}) OR EXISTS (SELECT 1 FROM messages m WHERE"
        " m.ticket_id = t.id AND to_tsvector('simple', m.body) @@ {3}))",
        in_ticket, in_parts, notes_seen, wanted);
  std::string found = fmt::format(
      "t.id IN (SELECT t.id FROM tickets t WHERE {0} UNION ALL SELECT n.ticket_id FROM ticket_notes"
      " n WHERE to_tsvector('simple', n.body) @@ {1} UNION ALL SELECT m.ticket_id FROM messages m"
      " WHERE m.ticket_id IS NOT NULL AND to_tsvector('simple', m.body) @@ {1}",
      in_ticket, wanted);
  if (in_parts != "false")
    found += fmt::format(" UNION ALL SELECT t.id FROM tickets t WHERE {}", in_parts);
  return found + ")";
}

}  // namespace fibrehub::store
