-- Clocks that came to a verdict, by when they stopped: what the report of a period counts.
CREATE INDEX sla_clocks_stopped ON sla_clocks (stopped_at) WHERE verdict IS NOT NULL;
