-- People of a client do not see files of messages that are said among staff or were taken back, nor
-- find internal messages by their words. Under row security a message they may not see is not there
-- for them, so what they may see is said, not what they may not.
ALTER POLICY attachments_seen ON attachments
  USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id)
         AND (current_setting('fibrehub.role', true) <> 'client' OR message_id IS NULL
              OR EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id AND NOT m.internal
                         AND m.revoked_at IS NULL)));
ALTER POLICY message_words_seen ON message_words
  USING ((EXISTS (SELECT 1 FROM tickets t WHERE t.id = message_words.ticket_id)
          OR EXISTS (SELECT 1 FROM message_links l JOIN tickets t ON t.id = l.ticket_id
                     WHERE l.message_id = message_words.message_id))
         AND (current_setting('fibrehub.role', true) <> 'client'
              OR EXISTS (SELECT 1 FROM messages m WHERE m.id = message_words.message_id
                         AND NOT m.internal AND m.revoked_at IS NULL)));
