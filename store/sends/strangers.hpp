// Who is a stranger to a session: whoever never wrote to it directly, whatever they wrote in
// groups. WhatsApp forbids new chats, and the first one-to-one with a member of a group is one. For
// .cpp files of this folder only.
#pragma once

/// True if this person wrote in a chat of two, under whatever name (SQL expressions; $1 is the
/// channel). Looked up one by one: EXISTS would read everybody a session knows.
#define FIBREHUB_WROTE(session_name, person)                                                       \
  "((SELECT true FROM contact_aliases a JOIN contact_aliases b ON b.contact_id = a.contact_id "    \
  "JOIN"                                                                                           \
  " chats t ON t.channel = b.channel AND t.session = b.session AND t.ext_id = b.ext_id AND t.kind" \
  " = 'direct' CROSS JOIN LATERAL (SELECT true FROM messages m WHERE m.chat_id = t.id AND NOT"     \
  " m.outbound ORDER BY m.sent_at, m.id LIMIT 1) said WHERE a.channel = $1 AND a.session "         \
  "= " session_name " AND a.ext_id = " person                                                      \
  " AND b.channel = a.channel AND b.session = a.session LIMIT 1) IS NOT NULL)"
