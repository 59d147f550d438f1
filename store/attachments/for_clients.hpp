// Which files of a ticket people of its client see: not those of messages that are said among
// staff, nor of those that were taken back. Said once, for everything that shows files.
#pragma once

/// An SQL condition on `attachments a`. The policy `attachments_seen` says the same; this form
/// holds under it too, where internal messages cannot be seen at all.
#define FIBREHUB_FILE_FOR_CLIENTS                                                             \
  "(a.message_id IS NULL OR EXISTS (SELECT 1 FROM messages said WHERE said.id = a.message_id" \
  " AND NOT said.internal AND said.revoked_at IS NULL))"
