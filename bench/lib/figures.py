"""The figures. Each function measures one and answers rows for the report."""

import os
import re
import tempfile
import time

from .measure import series


class Row:
    """One line of the result: what was measured, what it must reach, what stood beside it."""

    def __init__(self, figure, what, value, unit, target, met, peer="", peer_value=None,
                 ratio=None, spread_percent=None, notes=""):
        self.figure = figure
        self.what = what
        self.value = value
        self.unit = unit
        self.target = target
        self.met = met  # True, False, or None when there is nothing to compare
        self.peer = peer
        self.peer_value = peer_value
        self.ratio = ratio
        self.spread_percent = spread_percent
        self.notes = notes


def _costs(results):
    """CPU of the three that share the cores, what that makes at this rate, and who needs most."""
    cost_us = {"the service": series(results, "server_us").median,
               "PostgreSQL": series(results, "database_us").median,
               "the driver": series(results, "driver_cpu_us_per_request").median}
    busy = sum(cost_us.values()) * series(results, "rate").median / 1e6
    return ("CPU a message: " + ", ".join(f"{us:.0f} µs in {who}" for who, us in cost_us.items())
            + f" ({busy:.1f} of {os.cpu_count()} cores busy, most of it in "
            f"{max(cost_us, key=cost_us.get)}); {series(results, 'peak_rss_mb').median:.0f} MB")


def _spread(values):
    return "" if values.spread_percent is None else f"±{values.spread_percent:.0f} %, "


def _rounds(bench, hub, peer, rounds, label, **options):
    """Interleaved A B A B; the sides swap places every round, so that neither is always first."""
    mine, theirs = [], []
    for n in range(rounds):
        sides = [(hub, mine), (peer, theirs)] if hub else [(peer, theirs)]
        for side, results in (sides if n % 2 == 0 else sides[::-1]):
            result = bench.run(side, seed=n + 1, **options)
            results.append(result)
            bench.log(f"{label} round {n + 1}: {side.name}: {result['rate']:.0f}/s, "
                      f"p99 {result['p99_ms']:.1f} ms")
    return mine, theirs


def throughput(bench, hub, peers, rounds):
    """B1: how many webhooks a second, beside the comparison service in each of its modes."""
    wanted = {"batch": 1.5, "cte": 3.0}
    rows, of_hub = [], []
    for peer in peers:
        n = rounds if peer.mode == "batch" else max(1, rounds // 2)
        mine, theirs = _rounds(bench, hub, peer, n, "B1")
        of_hub += mine
        rows.append(_throughput_row(mine, theirs, peer, wanted.get(peer.mode)))
    if of_hub:
        p99 = series(of_hub, "p99_ms")
        rows.append(Row("B1", "p99 at full load, 64 connections", p99.median, "ms", "≤ 15 ms",
                        p99.median <= 15, spread_percent=p99.spread_percent))
    return rows


def _throughput_row(mine, theirs, peer, wanted):
    beside = series(theirs, "rate")
    peer_notes = (f"{peer.name}: p99 {series(theirs, 'p99_ms').median:.1f} ms, "
                  f"{_spread(beside)}{_costs(theirs)}")
    target = f"≥ {wanted} ×" if wanted else ""
    if not mine:
        return Row("B1", "webhooks committed", None, "/s", target, None, peer.name, beside.median,
                   notes=peer_notes)
    own = series(mine, "rate")
    ratio = own.median / beside.median
    met = None if wanted is None else ratio >= wanted
    return Row("B1", "webhooks committed", own.median, "/s", target, met, peer.name, beside.median,
               ratio, own.spread_percent, f"FibreHub: {_costs(mine)}. {peer_notes}")


def offered(bench, hub, peers, rounds):
    """B2: latency when 1 000 a second are offered, timed from the intended send time."""
    rows = []
    for peer in peers:
        mine, theirs = _rounds(bench, hub, peer, max(1, rounds // 2), "B2", rate=1000)
        beside = series(theirs, "p99_ms")
        if not mine:
            rows.append(Row("B2", "p99 at 1 000/s offered", None, "ms", "≤ 10 ms", None, peer.name,
                            beside.median, notes=_costs(theirs)))
            continue
        own = series(mine, "p99_ms")
        rows.append(Row("B2", "p99 at 1 000/s offered", own.median, "ms", "≤ 10 ms",
                        own.median <= 10, peer.name, beside.median, own.median / beside.median,
                        own.spread_percent, f"FibreHub: {_costs(mine)}. Peer: {_costs(theirs)}"))
    return rows


def storm(bench, hub, rounds):
    """B3: repeats and disorder, beside the hub's own orderly traffic."""
    orderly, stormy = [], []
    for n in range(max(1, rounds // 2)):
        orderly.append(bench.run(hub, seed=n + 1, chats=10000))
        stormy.append(bench.run(hub, seed=n + 1, chats=10000, duplicates=30, out_of_order=20))
        bench.log(f"B3 round {n + 1}: {orderly[-1]['rate']:.0f}/s orderly, "
                  f"{stormy[-1]['rate']:.0f}/s in the storm")
    own, beside = series(stormy, "rate"), series(orderly, "rate")
    ratio = own.median / beside.median
    return [Row("B3", "30 % repeats, 20 % out of order, 10 000 chats", own.median, "/s",
                "≥ 0.8 × orderly", ratio >= 0.8, f"{hub.name}, orderly", beside.median, ratio,
                own.spread_percent, "no repeat was stored twice; " + _costs(stormy))]


def idle_memory(bench, hub, peers, settle_s=10):
    """B10: memory of a service that has just started and does nothing."""
    rows, own = [], None
    for side in ([hub] if hub else []) + peers[:1]:
        with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
            running = side.start(bench.cluster, folder)
            try:
                time.sleep(settle_s)
                rss = running.server.rss_mb()
            finally:
                running.server.stop()
                bench.cluster.drop_database(running.database)
        bench.log(f"B10: {side.name}: {rss:.1f} MB")
        if side is hub:
            own = rss
        else:
            rows.append(Row("B10", "resident memory when idle", own, "MB", "≤ 60 MB",
                            None if own is None else own <= 60, side.name, rss,
                            None if own is None else own / rss))
    return rows


def _make_tickets(bench, hub, running, folder, rounds):
    """Tickets through the API, checked afterwards: each once, histories without gaps."""
    base, token = running.url.split("/api/")[0], hub.token(folder)
    bench.load_tickets(base, token, seed=900, warmup="1s", duration="1s")
    bench.cluster.sql(running.database, "ANALYZE")
    results = []
    for n in range(rounds):
        before = bench.cluster.number(running.database,
                                      "SELECT count(*) FROM tickets WHERE source = 'ff_internal'")
        cpu, database_cpu = running.server.cpu_s(), bench.cluster.cpu_s()
        result = bench.load_tickets(base, token, seed=n + 1)
        per = 1e6 / max(result["acknowledged_total"], 1)
        result["server_us"] = (running.server.cpu_s() - cpu) * per
        result["database_us"] = (bench.cluster.cpu_s() - database_cpu) * per
        result["peak_rss_mb"] = running.server.peak_rss_mb()
        made = bench.cluster.number(
            running.database,
            "SELECT count(*) FROM tickets WHERE source = 'ff_internal'") - before
        bad = {c: k for c, k in result["status"].items() if not c.startswith("2")}
        if bad or made != result["distinct_acknowledged"]:
            raise RuntimeError(f"{result['distinct_acknowledged']} tickets were acknowledged and "
                               f"{made} made; other answers: {bad}")
        bench.log(f"B9 round {n + 1}: {result['rate']:.0f}/s, p99 {result['p99_ms']:.1f} ms")
        results.append(result)
    if hub.history_gaps(bench.cluster, running.database):
        raise RuntimeError("a ticket's history has gaps")
    return results


def tickets(bench, hub, rounds):
    """B9: making tickets through the API."""
    with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
        running = hub.start(bench.cluster, folder)
        try:
            results = _make_tickets(bench, hub, running, folder, rounds)
        finally:
            running.server.stop()
            bench.cluster.drop_database(running.database)
    rate, p99 = series(results, "rate"), series(results, "p99_ms")
    return [
        Row("B9", "tickets made through the API, 64 connections", rate.median, "/s", "≥ 5 000/s",
            rate.median >= 5000, spread_percent=rate.spread_percent, notes=_costs(results)),
        Row("B9", "p99", p99.median, "ms", "≤ 30 ms", p99.median <= 30,
            spread_percent=p99.spread_percent)]


def growth(bench, hub, rounds, count, messages):
    """B12: the same work beside an empty database and one with years in it."""
    rates = {"webhooks": [], "tickets": []}
    for full in (False, True):
        with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
            running = hub.start(bench.cluster, folder)
            try:
                if full:
                    bench.seed(running.database, count, messages)
                    bench.cluster.sql("postgres", "CHECKPOINT")
                bench.load(running.url, seed=1000, warmup="1s", duration="1s")
                hooks = [bench.load(running.url, seed=n + 1) for n in range(rounds)]
                rates["webhooks"].append(series(hooks, "rate").median)
                made = _make_tickets(bench, hub, running, folder, rounds)
                rates["tickets"].append(series(made, "rate").median)
            finally:
                running.server.stop()
                bench.cluster.drop_database(running.database)
        bench.log(f"B12 {'full' if full else 'empty'}: {rates['webhooks'][-1]:.0f} webhooks/s, "
                  f"{rates['tickets'][-1]:.0f} tickets/s")
    rows = []
    for what, (empty, full) in rates.items():
        rows.append(Row("B12", f"{what} with {count:,} tickets, {messages:,} messages there", full,
                        "/s", "≥ 0.85 × empty", full >= 0.85 * empty, "FibreHub, empty", empty,
                        full / empty))
    return rows


def _pairs(text):
    """Words beside each other in a sentence, as somebody remembers them."""
    for sentence in re.split(r"[.,;!?]", text.lower()):
        words = re.findall(r"\w+", sentence)
        yield from zip(words, words[1:])


def _paths(cluster, database):
    """What people look for: the question, what it must take at most, and its addresses."""
    def ask(sql):
        return cluster.sql(database, sql).splitlines()
    drops = ask("SELECT drop_number FROM tickets WHERE drop_number IS NOT NULL"
                " ORDER BY id * 7919 % 1000003 LIMIT 500")
    uids = ask("SELECT uid FROM tickets ORDER BY id * 7919 % 1000003 LIMIT 500")
    pairs = sorted({pair for text in ask("SELECT body FROM messages ORDER BY id DESC LIMIT 300")
                    for pair in _pairs(text)})
    words = sorted({word for pair in pairs for word in pair if len(word) > 4})
    find = "/api/v1/tickets?limit=50&q="
    states = ("new", "assigned", "in_progress", "blocked")
    levels = ("critical", "high", "medium", "low")
    return [
        ("list", 30, ["/api/v1/tickets?limit=50"] +
         [f"/api/v1/tickets?limit=50&status={s}" for s in states]),
        ("filter", 50, [find + f"status:{s}+priority:{p}" for s in states for p in levels] +
         [find + "drop:" + d for d in drops]),
        ("search", 100, [find + f"%22{a}+{b}%22" for a, b in pairs] +
         [find + f"{w}+status:open" for w in words] + [find + d for d in drops]),
        ("detail", 20, ["/api/v1/tickets/" + u for u in uids]),
    ]


def _read(bench, base, token, what, paths, **options):
    result = bench.read(base, token, paths, **options)
    bad = {c: k for c, k in result["status"].items() if not c.startswith("2")}
    if bad:
        raise RuntimeError(f"{what}: not everything was answered: {bad}")
    return result


def reads(bench, hub, count, messages):
    """B8: what 50 people at a time wait for in a database with years in it."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
        running = hub.start(bench.cluster, folder)
        try:
            bench.seed(running.database, count, messages)
            bench.cluster.sql(running.database, "VACUUM ANALYZE")
            base, token = running.url.split("/api/")[0], hub.token(folder)
            for what, wanted_ms, paths in _paths(bench.cluster, running.database):
                # Fifty people who each ask once a second; an answer that is late is timed from
                # when it was wanted. Beside it, how much there is room for.
                asked = _read(bench, base + "/", token, what, paths, rate=50, duration="20s")
                full = _read(bench, base + "/", token, what, paths)
                bench.log(f"B8 {what}: p50 {asked['p50_ms']:.1f} ms, p99 {asked['p99_ms']:.1f} ms; "
                          f"without a pause {full['rate']:.0f}/s, p99 {full['p99_ms']:.1f} ms")
                rows.append(Row("B8", f"{what}, 50 people, {count:,} tickets: p99",
                                asked["p99_ms"], "ms", f"≤ {wanted_ms} ms",
                                asked["p99_ms"] <= wanted_ms,
                                notes=f"p50 {asked['p50_ms']:.1f} ms; 50 connections that ask "
                                      f"without a pause: {full['rate']:.0f} answers a second, p50 "
                                      f"{full['p50_ms']:.1f} ms, p99 {full['p99_ms']:.1f} ms"))
        finally:
            running.server.stop()
            bench.cluster.drop_database(running.database)
    return rows


def start_and_stop(bench, side, tickets):
    """B11: from start to ready with so many tickets, and from SIGTERM to exit under load."""
    with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
        running = side.start(bench.cluster, folder)
        try:
            # Every chat is a ticket; chats are chosen at random, and six draws each miss few.
            made = bench.load(running.url, chats=tickets, count=tickets * 6, duration="120s")
            running.server.stop()
            running = side.start(bench.cluster, folder, fresh=False)
            ready_s = running.server.ready_after_s
            stop_s, code, load = _stop_under_load(bench, running)
            lost = (made["distinct_acknowledged"] + load["distinct_acknowledged"]
                    - side.stored(bench.cluster, running.database))
        finally:
            running.server.stop()
            bench.cluster.drop_database(running.database)
    bench.log(f"B11: {side.name}: ready after {ready_s:.2f} s, gone {stop_s:.2f} s after SIGTERM "
              f"(exit code {code}), {max(lost, 0)} acknowledged messages lost")
    return [
        Row("B11", f"start to ready with {tickets} tickets", ready_s, "s", "≤ 1 s", ready_s <= 1),
        Row("B11", "SIGTERM to exit under load", stop_s, "s", "≤ 10 s, exit code 0, nothing lost",
            stop_s <= 10 and code == 0 and lost <= 0,
            notes=f"exit code {code}, {max(lost, 0)} acknowledged messages lost"),
    ]


def _stop_under_load(bench, running):
    # The driver makes its deliveries first, then loads; the signal must fall into the loading.
    with bench.start_load(running.url, seed=77, duration="60s", warmup="0s",
                          prepare=100_000) as driver:
        cpu = running.server.cpu_s()
        deadline = time.monotonic() + 30
        while running.server.cpu_s() - cpu < 0.5 and time.monotonic() < deadline:
            time.sleep(0.02)
        stop_s, code = running.server.stop()
        driver.terminate()
        out, err = driver.communicate()
    return stop_s, code, bench.read_load(driver.returncode, out, err)
