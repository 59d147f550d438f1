"""B5: SLA clocks of a million open tickets: to arm them, to fire in time, and many at once."""

import tempfile
import time
import urllib.request

from .figures import Row

TARGET_S = 40 * 86_400  # of all seeded clocks; their first level is at three quarters


def _metrics(base, token):
    request = urllib.request.Request(base + "/metrics",
                                     headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#") and " " in line)
    return {p[0]: float(p[1]) for p in pairs if len(p) == 2}


def _set_level(cluster, database, first, count, instant_sql):
    """So many resolution clocks, from this one on, reach 75 % at `instant_sql` (of i, from 0)."""
    cluster.sql(database, f"""
        CREATE TEMP TABLE chosen AS SELECT ticket_id, {instant_sql} AS level_at FROM
          (SELECT ticket_id, row_number() OVER (ORDER BY ticket_id) - 1 AS i FROM
            (SELECT ticket_id FROM sla_clocks WHERE clock = 'resolution' ORDER BY ticket_id
             OFFSET {first} LIMIT {count}) part) numbered;
        UPDATE sla_clocks c SET wake_at = level_at,
          start_at = level_at - {TARGET_S * 3 // 4} * interval '1 second',
          due_at = level_at + {TARGET_S // 4} * interval '1 second'
          FROM chosen s WHERE s.ticket_id = c.ticket_id AND c.clock = 'resolution';
        UPDATE tickets t SET due_at = level_at + {TARGET_S // 4} * interval '1 second'
          FROM chosen s WHERE s.ticket_id = t.id;
        DROP TABLE chosen""")


def _lateness(cluster, database, condition):
    """Of the events: how many, and from when they were crossed to the commit of it, in ms."""
    found = cluster.sql(database, f"""
        SELECT count(*), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY late), 0),
          coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY late), 0), coalesce(max(late), 0)
        FROM (SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - at) * 1000 AS late
              FROM sla_events WHERE {condition}) e""").split("|")
    return int(found[0]), *(float(f) for f in found[1:])


def _wait_for_events(cluster, database, count, within_s):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if cluster.number(database, "SELECT count(*) FROM sla_events") >= count:
            return
        time.sleep(0.5)


def clocks(bench, hub, tickets, spread, burst):
    """`spread` clocks are due within ten seconds, and `burst` at one instant after that."""
    cluster = bench.cluster
    with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
        running = hub.start(cluster, folder)
        database = running.database
        try:
            token = hub.token(folder)
            bench.seed(database, tickets, 0, "--open", "100", "--clocks")
            running.server.stop()
            # Both lie far enough ahead for the hub to start and become quiet before.
            begin = cluster.sql(database, "SELECT date_trunc('second', clock_timestamp()) + "
                                          f"{20 + tickets // 25_000} * interval '1 second'")
            at = f"timestamptz '{begin}'"
            _set_level(cluster, database, 0, spread, f"{at} + i * interval '10 s' / {spread}")
            _set_level(cluster, database, spread, burst, f"{at} + interval '25 s' + 0 * i *"
                                                         " interval '1 s'")
            cluster.sql(database, "VACUUM ANALYZE sla_clocks; VACUUM ANALYZE tickets; CHECKPOINT")
            began = time.monotonic()
            running = hub.start(cluster, folder, fresh=False)
            base = running.url.split("/api/")[0]
            while _metrics(base, token)["fibrehub_clocks_loaded"] < 1:
                time.sleep(0.05)
            armed_s = time.monotonic() - began
            ahead_s = float(cluster.sql(database, f"SELECT extract(epoch FROM {at} - "
                                                  "clock_timestamp())"))
            if ahead_s < 1:
                raise RuntimeError("the first clocks were due before all of them were armed")
            armed = _metrics(base, token)["fibrehub_clocks_armed"]
            memory_mb = running.server.rss_mb()
            cpu, database_cpu = running.server.cpu_s(), cluster.cpu_s()
            _wait_for_events(cluster, database, spread + burst, ahead_s + 25 + 120)
            cpu = running.server.cpu_s() - cpu
            database_cpu = cluster.cpu_s() - database_cpu
            memory_mb = max(memory_mb, running.server.peak_rss_mb())
            instant = f"at = {at} + interval '25 s'"
            few = _lateness(cluster, database, f"NOT ({instant})")
            many = _lateness(cluster, database, instant)
            told = cluster.number(database, "SELECT count(*) FROM notifications")
        finally:
            running.server.stop()
            cluster.drop_database(database)
    bench.log(f"B5: {armed:.0f} clocks armed after {armed_s:.1f} s, {memory_mb:.0f} MB; "
              f"{few[0]} within 10 s: p50 {few[1]:.1f} ms, p99 {few[2]:.1f} ms, last {few[3]:.0f} "
              f"ms; {many[0]} at one instant: last {many[3]:.0f} ms after")
    return [
        Row("B5", f"start to {armed:,.0f} clocks armed", armed_s, "s", "≤ 20 s",
            armed_s <= 20 and armed >= 2 * tickets - spread - burst),
        Row("B5", f"memory with {tickets:,} open tickets", memory_mb, "MB", "≤ 2 GB",
            memory_mb <= 2048),
        Row("B5", f"{spread:,} clocks due within 10 s: to the commit of the event, p99", few[2],
            "ms", "≤ 50 ms", few[2] <= 50 and few[0] == spread,
            notes=f"{few[0]} events, p50 {few[1]:.1f} ms, last {few[3]:.0f} ms"),
        Row("B5", f"{burst:,} clocks due at one instant: to the commit of the last", many[3] / 1000,
            "s", "≤ 2 s", many[3] <= 2000 and many[0] == burst,
            notes=f"{many[0]} events, p50 {many[1] / 1000:.2f} s; {told} notifications in all; "
                  f"{cpu:.1f} s of CPU in the service, {database_cpu:.1f} s in PostgreSQL"),
    ]
