-- Few of many clocks: those that are late, and those that are about to be.
CREATE INDEX sla_clocks_breached ON sla_clocks (ticket_id) WHERE level_bp >= 10000;
CREATE INDEX sla_clocks_warned ON sla_clocks (ticket_id)
  WHERE level_bp BETWEEN 1 AND 9999 AND state IN ('running', 'paused');
CREATE INDEX sla_clocks_paused ON sla_clocks (ticket_id) WHERE state = 'paused';
