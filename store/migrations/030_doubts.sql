-- What may have left and has no name to ask by is looked for each time anything is sent: these few are read, nothing else.
CREATE INDEX wa_sends_nameless_doubt ON wa_sends (channel, id) WHERE in_doubt AND stanza IS NULL AND state = 'queued';

-- Who was written to first, and what is known of numbers, is forgotten when its time has come.
CREATE INDEX wa_first_contacts_age ON wa_first_contacts (at);
CREATE INDEX wa_numbers_age ON wa_numbers (checked_at);
