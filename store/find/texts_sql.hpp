// How the texts of tickets are spelled in SQL: the same in the tables of words, in what looks
// through the newest, and in conditions.
#pragma once

// Longer texts are not looked through beyond this: a list of words holds a megabyte at most.
#define FIBREHUB_SQL_WORDS(text) "to_tsvector('simple', left(" text ", 200000))"

#define FIBREHUB_SQL_TICKET_WORDS FIBREHUB_SQL_WORDS("t.title || ' ' || t.description")

// A phone number is looked for by its digits, however it was typed.
#define FIBREHUB_SQL_PHONE "regexp_replace(coalesce(t.contact_phone, ''), '\\D', '', 'g')"

#define FIBREHUB_SQL_TICKET_PARTS                                                                \
  "lower(t.uid || E'\\n' || coalesce(t.drop_number, '') || E'\\n' || coalesce(t.address, '') ||" \
  " E'\\n' || coalesce(t.contact_name, '') || E'\\n' || " FIBREHUB_SQL_PHONE                     \
  " || E'\\n' || coalesce(t.contact_email, ''))"

// What is not indexed yet is looked through if it is little, as it is unless work floods in: a
// ticket's own texts where message_id is null, else a message.
#define FIBREHUB_SQL_NEWEST "(SELECT s.ticket_id, s.message_id FROM search_due s LIMIT 300)"
