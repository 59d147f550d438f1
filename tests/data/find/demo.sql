-- What a dispatcher has on the desk on Wednesday, 18 November 2026, 08:00 UTC: docs/find.md shows
-- what the first queries find in it, and a test holds the two together.
INSERT INTO users (id, email, name, role) VALUES
  (1, 'thabo@fibreops.example', 'Thabo Radebe', 'technician'),
  (2, 'lerato@fibreops.example', 'Lerato Mokoena', 'technician');
INSERT INTO teams (id, name, zone) VALUES (10, 'North', 'Zone 3');
INSERT INTO contacts (id, channel, session, name, phone, created_at, updated_at) VALUES
  (7, 'main', 'default', 'Nomsa Dube', '27831234567', '2026-11-18T07:50Z', '2026-11-18T07:50Z');
INSERT INTO tickets (id, uid, title, description, source, type, priority, status, assigned_to, assigned_team, zone,
  drop_number, contact_phone, tags, created_at, due_at, history_seq, history_hash, updated_at) VALUES
  (1, 'DR1730654-02', 'Slow in the evenings', 'From eight to ten', 'wa_inbound', 'fault', 'medium', 'closed', 2, 10,
   'Zone 3', '1730654', NULL, '{}', '2026-10-02T09:00Z', NULL, 0, '', '2026-10-05T09:00Z'),
  (2, 'FF-0003', 'Pole leans after the wind', 'Corner of Vygie Crescent', 'ff_internal', 'infrastructure', 'high',
   'blocked', 2, 10, 'Zone 3', NULL, NULL, '{storm}', '2026-11-09T08:00Z', '2026-11-19T12:00Z', 0, '', now()),
  (3, 'EML-0001', 'Question about an invoice', 'Twice in one month', 'email', 'adhoc', 'low', 'resolved', 2, NULL,
   'Zone 1', NULL, NULL, '{}', '2026-11-10T08:00Z', NULL, 0, '', now()),
  (4, 'FF-0001', 'Splice loss too high', '0.9 dB at the joint', 'ff_internal', 'fault', 'high', 'assigned', 1, 10,
   'Zone 1', NULL, NULL, '{}', '2026-11-12T08:00Z', '2026-11-17T16:00Z', 0, '', now()),
  (5, 'FT2481907', 'No light, whole street', 'Reported by five houses', 'qcontact', 'fault', 'critical', 'closed', 1,
   10, 'Zone 3', '1731188', NULL, '{storm}', '2026-11-15T18:00Z', NULL, 0, '', now()),
  (6, 'FF-0002', 'Replace the lock of the cabinet', 'The key is lost', 'ff_internal', 'infrastructure', 'low', 'new',
   NULL, NULL, 'Zone 2', NULL, NULL, '{}', '2026-11-16T09:00Z', NULL, 0, '', now()),
  (7, 'TKT-2026-00001', 'Connect a new house', 'Drop is in place', 'fibertime', 'build', 'medium', 'scheduled', 1, 10,
   'Zone 1', '1731300', '083 123 4567', '{}', '2026-11-16T12:00Z', '2026-11-20T08:00Z', 0, '', now()),
  (8, 'DR1730654-01', 'No light at the ONT', 'Since the storm', 'wa_inbound', 'fault', 'high', 'new', NULL, NULL,
   'Zone 3', '1730654', NULL, '{storm}', '2026-11-17T07:10Z', '2026-11-18T11:00Z', 0, '', now()),
  (9, 'DR1731200-01', 'Cable down across the road', 'Traffic drives over it', 'wa_inbound', 'fault', 'critical',
   'in_progress', 1, 10, 'Zone 3', '1731200', NULL, '{storm}', '2026-11-18T06:30Z', '2026-11-18T09:30Z', 0, '', now()),
  (10, 'WA-0001', 'Photo of the modem', '', 'wa_inbound', 'fault', 'medium', 'new', NULL, NULL, NULL, NULL, NULL,
   '{}', '2026-11-18T07:50Z', NULL, 0, '', now());
INSERT INTO messages (id, ticket_id, chat_id, inbox_id, contact_id, outbound, by_api, ext_id, author_name, type, body,
  sent_at, received_at) VALUES
  (1, 10, 1, 1, 7, false, false, 'demo-1', 'Nomsa Dube', 'text', 'There is still no light here', '2026-11-18T07:50Z',
   '2026-11-18T07:50Z');
