-- Whether the assignment rules have looked at a new ticket. Ids are given out in blocks, one for each program that makes
-- tickets, so that the greatest id seen says nothing of the smaller ones.
ALTER TABLE tickets ADD COLUMN rules_passed boolean NOT NULL DEFAULT false;
UPDATE tickets SET rules_passed = true
WHERE status = 'new' AND assigned_to IS NULL AND assigned_team IS NULL
  AND id <= (SELECT p.last_ticket_id FROM assignment_progress p);
CREATE INDEX tickets_for_rules ON tickets (id)
  WHERE status = 'new' AND assigned_to IS NULL AND assigned_team IS NULL AND deleted_at IS NULL AND NOT rules_passed;
DROP TABLE assignment_progress;

-- The chat of a ticket that was merged goes on in the ticket it was merged into.
CREATE INDEX tickets_merged_chat ON tickets (chat_id) WHERE chat_id IS NOT NULL AND merged_into IS NOT NULL;

-- Drops that nobody has imported are looked for, as somebody may have mistyped them.
CREATE INDEX tickets_unknown_drop ON tickets (id) WHERE drop_known IS FALSE;
