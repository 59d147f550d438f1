-- Whether a session may write to people who never wrote is also WhatsApp's own word, told with the session's state. Words
-- may arrive out of order; one that ends a restriction leaves its row, so that an older one does not begin it again.
ALTER TABLE wa_restrictions ADD COLUMN told_at timestamptz;

-- New files before those that were asked for already, which wait while their session does not work.
DROP INDEX wa_media_due;
CREATE INDEX wa_media_due ON wa_media (channel, least(attempts, 1), next_at, message_id) WHERE state = 'due';
