#include "store/find/text_sql.hpp"

#include <fmt/format.h>

#include "store/find/texts_sql.hpp"

namespace fibrehub::store {
namespace {

std::string parameter(std::string value, sql_params& params, const char* type = "text") {
  params.texts.push_back(std::move(value));
  return fmt::format("${}::{}", params.texts.size(), type);
}

std::string one_of(const text_place& place, sql_params& params) {
  return fmt::format("t.id = ANY ({})", parameter(place.tickets, params, "bigint[]"));
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

std::string_view drop_digits(std::string_view text) {
  if (text.size() > 2 && (text[0] | 0x20) == 'd' && (text[1] | 0x20) == 'r') text.remove_prefix(2);
  return text;
}

std::string phone_tail(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  return digits.starts_with('0') ? digits.substr(1) : digits;
}

std::string words_query(bool phrase, std::string_view parameter) {
  // A text without any word in it (only punctuation) finds nothing among the words.
  const std::string words = fmt::format("phraseto_tsquery('simple', {})", parameter);
  return phrase ? words : fmt::format("(nullif({}::text, '') || ':*')::tsquery", words);
}

std::string part_of(std::string_view column, const std::string& text, const text_place& place,
                    sql_params& params) {
  const std::string exact =
      fmt::format("lower({}) LIKE lower({})", column, parameter(like_pattern(text), params));
  if (place.many) return exact;
  return fmt::format("({} AND {})", one_of(place, params), exact);
}

std::string words_anywhere(const domain::query::value& text, const domain::principal& by,
                           const text_place& place, text_search how, sql_params& params) {
  if (!place.many) return one_of(place, params);
  const std::string wanted = words_query(text.phrase, parameter(text.text, params));
  const char* notes_seen = by.as == domain::role::client ? " AND NOT n.internal" : "";
  std::string part = "false", pattern;
  if (text.text.size() >= min_part_bytes) {
    pattern = parameter(like_pattern(text.text), params);
    part = fmt::format("w.parts LIKE lower({})", pattern);
  }
  const std::string newest = fmt::format(
      "t.id IN (SELECT t.id FROM tickets t WHERE t.id IN (SELECT d.ticket_id FROM"
      " " FIBREHUB_SQL_NEWEST " AS d WHERE d.message_id IS NULL) AND (" FIBREHUB_SQL_TICKET_WORDS
      " @@ {0} OR {1}) UNION ALL SELECT m.ticket_id FROM messages m WHERE m.id IN (SELECT"
      " d.message_id FROM " FIBREHUB_SQL_NEWEST " AS d) AND " FIBREHUB_SQL_WORDS(FIBREHUB_SQL_MESSAGE_TEXT)
      " @@ {0} UNION ALL SELECT l.ticket_id FROM message_links l JOIN messages m ON m.id ="
      " l.message_id WHERE m.id IN (SELECT d.message_id FROM " FIBREHUB_SQL_NEWEST
      " AS d) AND " FIBREHUB_SQL_WORDS(FIBREHUB_SQL_MESSAGE_TEXT) " @@ {0})",
      wanted, part == "false" ? part : FIBREHUB_SQL_TICKET_PARTS " LIKE lower(" + pattern + ")");
  if (how == text_search::set)
    return fmt::format(
        "(t.id IN (SELECT w.ticket_id FROM ticket_words w WHERE w.words @@ {0} OR {1} UNION ALL"
        " SELECT w.ticket_id FROM message_words w WHERE w.words @@ {0} UNION ALL SELECT"
        " l.ticket_id FROM message_links l JOIN message_words w ON w.message_id = l.message_id"
        " WHERE w.words @@ {0} UNION ALL SELECT"
        " n.ticket_id FROM ticket_notes n WHERE to_tsvector('simple', n.body) @@ {0}{2}) OR {3})",
        wanted, part, notes_seen, newest);
  // LIMIT keeps the server from gathering all matches of a subquery before the first ticket.
  return fmt::format(
      "((SELECT true FROM ticket_words w WHERE w.ticket_id = t.id AND (w.words @@ {0} OR {1})"
      " LIMIT 1) IS TRUE OR (SELECT true FROM message_words w WHERE w.ticket_id = t.id AND w.words"
      " @@ {0} LIMIT 1) IS TRUE OR (SELECT true FROM"
      " message_links l JOIN message_words w ON w.message_id = l.message_id WHERE l.ticket_id ="
      " t.id AND w.words @@ {0} LIMIT 1) IS TRUE OR (SELECT true FROM"
      " ticket_notes n WHERE n.ticket_id = t.id AND to_tsvector('simple', n.body) @@ {0}{2}"
      " LIMIT 1) IS TRUE OR {3})",
      wanted, part, notes_seen, newest);
}

}  // namespace fibrehub::store
