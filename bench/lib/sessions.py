"""B4, its WhatsApp half: thousands of sessions of one bridge, their messages, restarts of both sides."""

import http.client
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from . import processes
from .figures import Row
from .sides import KEY

NAME = "bench"  # bench0, bench1 …
CHECK_S = 5


class Waha:
    """The simulated WAHA server with so many paired sessions, each with one chat."""

    def __init__(self, binary, count, folder, webhook):
        self._process = subprocess.Popen(  # ended in stop()
            [binary, "--rate", "0", "--case-rate", "0", "--burst-every-s", "0",
             "--hub-webhook", webhook, "--hmac-key", KEY, "--api-key", KEY,
             "--sessions", *(f"{NAME}{n}" for n in range(count))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=open(os.path.join(folder, "waha.log"), "w", encoding="utf-8"))
        ready = json.loads(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{ready['waha_port']}"
        self._control = http.client.HTTPConnection("127.0.0.1", ready["control_port"], timeout=60)

    def control(self, path, **body):
        self._control.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._control.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{path}: {answer.status} {text[:200]}")

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _look(base, token):
    """The bridge's sessions and pulls, out of the metrics."""
    request = urllib.request.Request(base + "/metrics",
                                     headers={"Authorization": "Bearer " + token})
    lines = []
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                lines = answer.read().decode().splitlines()
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)  # thousands of sessions tell their states at once: no place is left
    found = {}
    for line in lines:
        if line.startswith("fibrehub_wa_"):
            key, _, value = line.rpartition(" ")
            found[key] = float(value)
    def one(name, label=""):
        return sum(v for k, v in found.items() if k.split("{")[0] == name and label in k)
    return {"working": one("fibrehub_wa_sessions", 'state="WORKING"'),
            "known": one("fibrehub_wa_sessions"),
            "pulled": one("fibrehub_wa_catch_ups", 'outcome="done"'),
            "failed": one("fibrehub_wa_catch_ups", 'outcome="failed"'),
            "waiting": one("fibrehub_wa_catch_ups_waiting"),
            "looked_at": one("fibrehub_wa_catch_up_messages"),
            "found": one("fibrehub_wa_catch_up_found")}


def _wait(base, token, reached, what, within_s=300):
    """Seconds until the look satisfies, and the look."""
    began = time.monotonic()
    while True:
        look = _look(base, token)
        if reached(look):
            return time.monotonic() - began, look
        if time.monotonic() - began > within_s:
            raise RuntimeError(f"not within {within_s} s: {what}; {look}")
        time.sleep(0.1)


def _bridge(waha):
    # Nothing is typed or announced: what is measured is the sessions.
    return (f'url = "{waha.url}"\napi_key = "env:FIBREHUB_WAHA_KEY"\nsession_check = "{CHECK_S}s"\n'
            'typing = false\noffline_after = false\ncatch_up_every = "1h"\n')


def _memory(bench, hub, binary, count, folder):
    """Resident MB with so many sessions that were all pulled once and are at rest."""
    port = processes.free_port()
    waha = Waha(binary, count, folder, f"http://127.0.0.1:{port}/api/v1/wa-bridge/webhook/main")
    try:
        running = hub.start(bench.cluster, folder, port=port, bridge=_bridge(waha))
        try:
            token, base = hub.token(folder), running.url.split("/api/")[0]
            _wait(base, token, lambda l: l["working"] == count and l["pulled"] >= count,
                  "all sessions seen and pulled")
            time.sleep(3)
            return running.server.rss_mb()
        finally:
            running.server.stop()
            bench.cluster.drop_database(running.database)
    finally:
        waha.stop()


def sessions(bench, hub, binary, count):
    """All sessions known and caught up after a start of the hub, and after one of the bridge."""
    with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
        few_mb = _memory(bench, hub, binary, 1, folder)
        port = processes.free_port()
        waha = Waha(binary, count, folder,
                    f"http://127.0.0.1:{port}/api/v1/wa-bridge/webhook/main")
        running = None
        try:
            running = hub.start(bench.cluster, folder, port=port, bridge=_bridge(waha))
            token, base = hub.token(folder), running.url.split("/api/")[0]
            _wait(base, token, lambda l: l["working"] == count and l["pulled"] >= count,
                  "all sessions seen and pulled")
            for n in range(count):
                waha.control("/send", session=f"{NAME}{n}", chat=f"2784{n:07}@c.us",
                             text=f"Line {n} is down since this morning")
            # Everything known once more, from what the database and the bridge have.
            running.server.stop()
            began = time.monotonic()
            running = hub.start(bench.cluster, folder, fresh=False, port=port,
                                bridge=_bridge(waha))
            _wait(base, token, lambda l: l["working"] == count, "all sessions known")
            known_s = time.monotonic() - began
            _wait(base, token, lambda l: l["pulled"] >= count, "all sessions pulled")
            start_s = time.monotonic() - began
            time.sleep(3)
            many_mb = running.server.rss_mb()
            load = bench.load(running.url, session=NAME, sessions=count, chats=count, seed=5,
                              rate=200, warmup="2s", duration="15s")
            before = _look(base, token)
            began = time.monotonic()
            waha.control("/restart", down_ms=1000)
            _wait(base, token, lambda l: l["working"] == count
                  and l["pulled"] >= before["pulled"] + count, "all sessions pulled again")
            restart_s = time.monotonic() - began
            time.sleep(3)
            after, loaded_mb = _look(base, token), running.server.rss_mb()
        finally:
            if running:
                running.server.stop()
                bench.cluster.drop_database(running.database)
            waha.stop()
    bad = {code: n for code, n in load["status"].items() if not code.startswith("2")}
    if bad or load["lost"] or load["unanswered"]:
        raise RuntimeError(f"not every message was acknowledged: {load}")
    each_kb = (many_mb - few_mb) * 1024 / count
    bench.log(f"B4: {count} sessions: known {known_s:.1f} s and caught up {start_s:.1f} s after a "
              f"start, {restart_s:.1f} s after the bridge's; {each_kb:.1f} KB each ({few_mb:.0f} "
              f"to {many_mb:.0f} MB); p99 of a message {load['p99_ms']:.1f} ms; {after}")
    return [
        Row("B4", f"{count:,} WhatsApp sessions: start of the hub to all known and caught up",
            start_s, "s", "≤ 30 s", start_s <= 30 and after["working"] == count,
            notes=f"all known after {known_s:.1f} s"),
        Row("B4", f"restart of the bridge to its {count:,} sessions working and caught up",
            restart_s, "s", "≤ 30 s", restart_s <= 30,
            notes=f"looked at every {CHECK_S} s; {after['failed']:.0f} pulls failed meanwhile"),
        Row("B4", "memory of a session", each_kb, "KB", "≤ 60 KB", each_kb <= 60,
            notes=f"{few_mb:.0f} MB with one session, {many_mb:.0f} MB with all, {loaded_mb:.0f} MB "
                  "after messages and the restart"),
        Row("B4", f"p99 of a message, 200/s offered through {count:,} sessions", load["p99_ms"],
            "ms", "≤ 50 ms", load["p99_ms"] <= 50)]
