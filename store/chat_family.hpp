// Two chats that turned out to be one person's became one; their messages and tickets keep the ids
// they had. What is asked of a chat is asked of all of them.
#pragma once

/// The ids of a chat that stayed (an SQL expression, twice), its own first.
#define FIBREHUB_CHAT_FAMILY(kept)                                         \
  "SELECT " kept                                                           \
  " UNION ALL SELECT family.id FROM chats family WHERE family.merged_into" \
  " = " kept

/// The chat that stayed of any chat's id (an SQL expression).
#define FIBREHUB_CHAT_KEPT(id) \
  "(SELECT coalesce(family.merged_into, family.id) FROM chats family WHERE family.id = " id ")"
