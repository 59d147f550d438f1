-- Lists by the time of resolving and closing go on page by page, so the id belongs to the order.
DROP INDEX tickets_resolved;
CREATE INDEX tickets_resolved ON tickets (resolved_at, id) WHERE resolved_at IS NOT NULL;
DROP INDEX tickets_closed;
CREATE INDEX tickets_closed ON tickets (closed_at, id) WHERE closed_at IS NOT NULL;
