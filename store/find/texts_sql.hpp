// How the texts of tickets are spelled in SQL: the same in the tables of words, in what looks
// through the newest, and in conditions.
#pragma once

// Longer texts are not looked through beyond this: a list of words holds a megabyte at most.
#define FIBREHUB_SQL_WORDS(text) "to_tsvector('simple', left(" text ", 200000))"

#define FIBREHUB_SQL_TICKET_WORDS FIBREHUB_SQL_WORDS("t.title || ' ' || t.description")

#define FIBREHUB_SQL_TICKET_PARTS                                                              \
  "lower(t.uid || E'\\n' || coalesce(t.drop_number, '') || E'\\n' || coalesce(t.address, '') " \
  "|| E'\\n' || coalesce(t.contact_name, '') || E'\\n' || coalesce(t.contact_phone, '') || "   \
  "E'\\n' "                                                                                    \
  "|| coalesce(t.contact_email, ''))"

// What is not indexed yet is looked through if it is little, as it is unless work floods in.
#define FIBREHUB_SQL_NEWEST "(SELECT s.ticket_id FROM search_due s LIMIT 300)"
