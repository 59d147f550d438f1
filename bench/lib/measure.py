"""One measurement of one side, and the statistics over several."""

import json
import statistics
import subprocess
import tempfile

from .sides import KEY


# The warm-up is written by other people, so the measured messages make their tickets as well.
OTHER_CHATS = 10_000_000


class Bench:
    """What every figure needs: the cluster, the load driver, how long to measure."""

    def __init__(self, cluster, driver, duration_s, warmup_s, log):
        self.cluster = cluster
        self.driver = driver
        self.duration_s = duration_s
        self.warmup_s = warmup_s
        self.log = log

    def load(self, url, **options):
        """Runs the driver; answers its result."""
        with self.start_load(url, **options) as process:
            out, err = process.communicate()
        return self.read_load(process.returncode, out, err)

    def start_load(self, url, **options):
        given = {"duration": f"{self.duration_s}s", "warmup": f"{self.warmup_s}s", **options}
        command = [self.driver, "webhooks", "--url", url, "--hmac-key", KEY, "--json"]
        for name, value in given.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def load_tickets(self, base, token, **options):
        """Makes tickets through the API; answers the driver's result."""
        given = {"duration": f"{self.duration_s}s", "warmup": f"{self.warmup_s}s", **options}
        command = [self.driver, "tickets", "--url", base + "/api/v1/tickets", "--token", token,
                   "--json"]
        for name, value in given.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return self.read_load(done.returncode, done.stdout, done.stderr)

    def read(self, base, token, paths, **options):
        """Reads those paths with 50 connections; answers the driver's result."""
        given = {"duration": f"{self.duration_s}s", "warmup": "1s", "connections": 50, **options}
        with tempfile.NamedTemporaryFile("w", suffix=".paths") as f:
            f.write("\n".join(paths) + "\n")
            f.flush()
            command = [self.driver, "reads", "--url", base, "--token", token, "--paths", f.name,
                       "--json"]
            for name, value in given.items():
                command += ["--" + name.replace("_", "-"), str(value)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        return self.read_load(done.returncode, done.stdout, done.stderr)

    def seed(self, database, tickets, messages, *more):
        """Years of work in the hub's database."""
        subprocess.run([self.driver, "seed", "--database", self.cluster.url(database), "--tickets",
                        str(tickets), "--messages", str(messages), *more], check=True)

    @staticmethod
    def read_load(code, out, err):
        if code != 0:
            raise RuntimeError(f"the load driver failed ({code}): {err.strip()} {out.strip()}")
        return json.loads(out)

    def run(self, side, **options):
        """Fresh database, start, warm up, analyse, measure, check what was stored, stop."""
        with tempfile.TemporaryDirectory(prefix="fibrehub-bench-side-") as folder:
            running = side.start(self.cluster, folder)
            try:
                # Both sides prepare their statements while the tables are empty; a database in
                # service has statistics, so it gets them before anything is measured.
                first = self.load(running.url, **{**options, "seed": 1000, "warmup": "1s",
                                                  "duration": "1s", "first_chat": OTHER_CHATS})
                self.cluster.sql(running.database, "ANALYZE")
                result = self._measured_load(running, options)
                self._check(side, running, first, result)
                return result
            finally:
                running.server.stop()
                self.cluster.drop_database(running.database)

    def _measured_load(self, running, options):
        server_cpu, database_cpu = running.server.cpu_s(), self.cluster.cpu_s()
        result = self.load(running.url, **options)
        per_message = 1e6 / max(result["acknowledged_total"], 1)
        result["server_cpu_s"] = running.server.cpu_s() - server_cpu
        result["database_cpu_s"] = self.cluster.cpu_s() - database_cpu
        result["server_us"] = result["server_cpu_s"] * per_message
        result["database_us"] = result["database_cpu_s"] * per_message
        result["peak_rss_mb"] = running.server.peak_rss_mb()
        return result

    def _check(self, side, running, *loads):
        """A fast wrong answer is no figure."""
        for load in loads:
            bad = {code: n for code, n in load["status"].items() if not code.startswith("2")}
            if bad or load["lost"] or load["bad_answers"] or load["unanswered"]:
                raise RuntimeError(f"{side.name} did not acknowledge everything: {load}")
        expected = sum(load["distinct_acknowledged"] for load in loads)
        stored = side.stored(self.cluster, running.database)
        if stored != expected:
            raise RuntimeError(f"{side.name} acknowledged {expected} messages but stored {stored}")
        gaps = side.history_gaps(self.cluster, running.database)
        if gaps:
            raise RuntimeError(f"{side.name}: the history of {gaps} tickets has gaps")


class Series:
    """The same figure measured several times."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def spread_percent(self):
        """Half the distance between the extremes, in percent of the median; None of one value."""
        if len(self.values) < 2:
            return None
        return 50 * (max(self.values) - min(self.values)) / self.median if self.median else 0


def series(results, key):
    return Series([r[key] for r in results])
