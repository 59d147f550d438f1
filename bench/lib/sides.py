"""The two sides of a comparison: the hub, and the same work in Fastify and node-postgres.

A side knows how to start on a fresh database, where its webhook is and how to count what it stored.
Whatever changes in how the hub is started belongs into Hub and nowhere else.
"""

import os
import subprocess

from . import processes
from .cluster import BENCH

KEY = "bench-key-5f1c3f0e-9a1d4c7b2e8f60d3"
ROOT = os.path.dirname(BENCH)
DROPS = 1000  # as many as fibrehub-load uses by default, from DR1700000


class Running:
    def __init__(self, server, url, database):
        self.server = server
        self.url = url
        self.database = database


class Hub:
    """FibreHub itself."""

    name = "FibreHub"

    def __init__(self, binary):
        self.binary = binary

    def missing(self):
        if os.access(self.binary, os.X_OK):
            return None
        return f"{self.binary} is not there; build it first (cmake --build --preset release)"

    def start(self, cluster, folder, fresh=True, database="bench_hub", port=None, bridge=""):
        """`bridge`: more lines of [waha.main]."""
        if fresh:
            cluster.fresh_database(database)
        port = port or processes.free_port()
        config = os.path.join(folder, "fibrehub.toml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(self._config(folder, port, cluster.url(database)) + bridge)
        base = f"http://127.0.0.1:{port}"
        server = processes.Server(
            [self.binary, "serve", "--config", config],
            {"FIBREHUB_WAHA_KEY": KEY}, f"{base}/health/ready", os.path.join(folder, "hub.log"))
        if fresh:
            self._add_drops(cluster, database)
        return Running(server, f"{base}/api/v1/wa-bridge/webhook/main", database)

    @staticmethod
    def _config(folder, port, database_url):
        return (f'[hub]\ndata_dir = "{os.path.join(folder, "data")}"\n\n'
                f'[web]\naddress = "127.0.0.1"\nport = {port}\n'
                # One token and one address stand for many people.
                'requests_per_caller = 0\nrequests_per_address = 0\nreads_per_caller = 1000\n\n'
                f'[store]\nurl = "{database_url}"\n\n'
                '[waha.main]\nhmac_keys = ["env:FIBREHUB_WAHA_KEY"]\n')

    @staticmethod
    def _add_drops(cluster, database):
        """Makes the drops known, once there is reference data: an unknown drop is a review item."""
        if cluster.has_table(database, "drops"):
            cluster.sql(database, "INSERT INTO drops (code, zone, address) SELECT 1700000 + n, "
                                  "'Zone ' || n % 12, n || ' Main Road' "
                                  f"FROM generate_series(0, {DROPS - 1}) n ON CONFLICT DO NOTHING")

    def token(self, folder):
        """A token that may write tickets."""
        done = subprocess.run(
            [self.binary, "token", "create", "--config", os.path.join(folder, "fibrehub.toml"),
             "--name", "bench", "--scope", "write"],
            env={**os.environ, "FIBREHUB_WAHA_KEY": KEY}, capture_output=True, text=True,
            check=True)
        return done.stdout.strip()

    @staticmethod
    def stored(cluster, database):
        return cluster.number(database, "SELECT count(*) FROM inbox")

    @staticmethod
    def history_gaps(cluster, database):
        return cluster.number(database, """
            SELECT count(*) FROM (SELECT FROM ticket_history GROUP BY ticket_id
                                  HAVING max(seq) <> count(*) OR min(seq) <> 1) g""")


class Peer:
    """The comparison service in one of its modes."""

    def __init__(self, mode):
        self.mode = mode
        self.name = f"Fastify {mode}"

    @staticmethod
    def missing():
        if os.path.isdir(os.path.join(BENCH, "peers", "node_modules", "fastify")):
            return None
        return "the comparison service is not installed; run: (cd bench/peers && npm ci)"

    def start(self, cluster, folder, fresh=True, database="bench_peer"):
        if fresh:
            cluster.fresh_database(database)
            with open(os.path.join(BENCH, "peers", "schema.sql"), encoding="utf-8") as f:
                cluster.sql(database, f.read())
        port = processes.free_port()
        server = processes.Server(
            ["node", "server.js"],
            {"PEER_MODE": self.mode, "PEER_PORT": str(port), "PEER_HMAC_KEY": KEY,
             "PEER_DATABASE": cluster.uri(database), "NODE_ENV": "production"},
            f"http://127.0.0.1:{port}/health/ready", os.path.join(folder, "peer.log"),
            cwd=os.path.join(BENCH, "peers"))
        return Running(server, f"http://127.0.0.1:{port}/webhook", database)

    @staticmethod
    def stored(cluster, database):
        return cluster.number(database, "SELECT count(*) FROM inbox")

    @staticmethod
    def history_gaps(cluster, database):
        return cluster.number(database, """
            SELECT count(*) FROM (SELECT FROM history GROUP BY ticket_id
                                  HAVING max(seq) <> count(*) OR min(seq) <> 1) g""")
