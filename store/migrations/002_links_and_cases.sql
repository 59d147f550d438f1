-- A message that names several drops is read with each of their tickets: it belongs to the first and
-- is linked to the others.
CREATE TABLE message_links (
  ticket_id  bigint NOT NULL,
  message_id bigint NOT NULL,
  PRIMARY KEY (ticket_id, message_id)
);

-- A case keeps its number when it moves to another queue, and with it its ticket.
DROP INDEX tickets_reference;
CREATE UNIQUE INDEX tickets_reference ON tickets (source, source_reference) WHERE source_reference IS NOT NULL;
