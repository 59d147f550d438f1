// A message's file as the API tells of it: what the bridge said of it, and how far the hub got.
// Where WAHA keeps it is nobody's business outside.
#pragma once

#include <string>

/// SQL: JSON text of the file of message row `m`, '' when it has none. A file whose attachment is
/// not to be seen, or was deleted, has no attachment_id.
#define FIBREHUB_MEDIA_JSON(m)                                                                     \
  "CASE WHEN " m ".media IS NULL THEN '' WHEN " m ".inbox_id = 0 THEN " m ".media ELSE ((" m       \
  ".media::jsonb - 'id' - 'url') || coalesce((SELECT jsonb_strip_nulls(jsonb_build_object('state'" \
  ", CASE WHEN w.state = 'fetching' THEN 'due' ELSE w.state END, 'size_bytes', w.size_bytes,"      \
  " 'content_type', w.content_type, 'name', w.name, 'reason', nullif(w.reason, ''),"               \
  " 'attachment_id', (SELECT a.id::text FROM attachments a WHERE a.id = w.attachment_id AND"       \
  " a.deleted_at IS NULL))) FROM wa_media w WHERE w.message_id = " m                               \
  ".id), jsonb_build_object('state', 'unknown')))::text END"

namespace fibrehub::store {

/// The same without what the bridge or the hub says went wrong: no business of clients.
std::string media_json_for_clients(const std::string& media_json);

}  // namespace fibrehub::store
