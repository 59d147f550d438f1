-- What statistics and reports look for: tickets by when they were made, resolved and closed, and
-- those that went back to work.

-- Lists by age look for the same.
CREATE INDEX IF NOT EXISTS tickets_created ON tickets (created_at, id);
CREATE INDEX tickets_resolved ON tickets (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX tickets_closed ON tickets (closed_at) WHERE closed_at IS NOT NULL;
-- The end of the work: resolved, or closed without having been resolved (merged).
CREATE INDEX tickets_ended ON tickets ((coalesce(resolved_at, closed_at)))
  WHERE coalesce(resolved_at, closed_at) IS NOT NULL;

-- Few rows of a large table: a ticket that was done and is not any more.
CREATE INDEX ticket_history_reopened ON ticket_history (ticket_id, at)
  WHERE field = 'status' AND old_value IN ('resolved', 'closed') AND new_value NOT IN ('resolved', 'closed');
