// How the texts of tickets are spelled in SQL: the same in the tables of words, in what looks
// through the newest, and in conditions.
#pragma once

// Longer texts are not looked through beyond this: a list of words holds a megabyte at most.
#define FIBREHUB_SQL_WORDS(text) "to_tsvector('simple', left(" text ", 200000))"

#define FIBREHUB_SQL_TICKET_WORDS FIBREHUB_SQL_WORDS("t.title || ' ' || t.description")

// The words that stand beside each other in a text whose list of words is at hand. None for a long
// one: twice its words would be more than a list can hold.
#define FIBREHUB_SQL_PAIRS(text, words) \
  "CASE WHEN length(" text ") <= 50000 THEN word_pairs(" words ") END"

// A phone number is looked for by its digits, however it was typed.
#define FIBREHUB_SQL_PHONE "regexp_replace(coalesce(t.contact_phone, ''), '\\D', '', 'g')"

#define FIBREHUB_SQL_TICKET_PARTS                                                                \
  "lower(t.uid || E'\\n' || coalesce(t.drop_number, '') || E'\\n' || coalesce(t.address, '') ||" \
  " E'\\n' || coalesce(t.contact_name, '') || E'\\n' || " FIBREHUB_SQL_PHONE                     \
  " || E'\\n' || coalesce(t.contact_email, ''))"

// What is not indexed yet is looked through if it is little, as it is unless work floods in: a
// ticket's own texts where message_id is null, else a message.
#define FIBREHUB_SQL_NEWEST "(SELECT s.ticket_id, s.message_id FROM search_due s LIMIT 300)"

// What is found of a message: nothing when it was taken back.
#define FIBREHUB_SQL_MESSAGE_TEXT "CASE WHEN m.revoked_at IS NULL THEN m.body ELSE '' END"

// Fills the tables of words from what follows FROM: tickets t, messages m.
#define FIBREHUB_SQL_INDEX_TICKETS(from) \
  "INSERT INTO ticket_words (ticket_id, words, pairs, parts) SELECT x.id, x.words,"              \
  " " FIBREHUB_SQL_PAIRS("x.body", "x.words") ", x.parts FROM (SELECT t.id, t.title || ' ' ||"   \
  " t.description AS body, " FIBREHUB_SQL_TICKET_WORDS " AS words, " FIBREHUB_SQL_TICKET_PARTS   \
  " AS parts FROM " from " OFFSET 0) AS x"
#define FIBREHUB_SQL_INDEX_MESSAGES(from) \
  "INSERT INTO message_words (message_id, ticket_id, words, pairs) SELECT x.id, x.ticket_id,"    \
  " x.words, " FIBREHUB_SQL_PAIRS("x.body", "x.words") " FROM (SELECT m.id, m.ticket_id," \
  " " FIBREHUB_SQL_MESSAGE_TEXT " AS body, " FIBREHUB_SQL_WORDS(FIBREHUB_SQL_MESSAGE_TEXT) " AS words FROM " from " OFFSET 0) AS x"
