-- What the upkeep looks for: what is owed and was not delivered in time, and what nobody needs any
-- more.

-- When a dead row was last made ready again by hand: its time to be delivered begins anew.
ALTER TABLE outbox ADD COLUMN retried_at timestamptz;
CREATE INDEX outbox_age ON outbox ((coalesce(retried_at, created_at))) WHERE state = 'ready';
-- What is said once in a ticket's life stays: its key is what remembers that it was said.
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE state IN ('done', 'dead')
  AND key NOT LIKE 'client:%:received' AND key NOT LIKE 'client:%:started';
CREATE INDEX notifications_read ON notifications (read_at) WHERE read_at IS NOT NULL;
CREATE INDEX digest_items_sent ON digest_items (due_at) WHERE sent_in IS NOT NULL;
