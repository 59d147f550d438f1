-- What a repair of a calendar puts into the past is dated at the repair, whenever a clock is looked at after it.
ALTER TABLE sla_calendars
  ADD COLUMN repaired_in integer NOT NULL DEFAULT 0,  -- the version that repaired the past last
  ADD COLUMN repaired_at timestamptz;
