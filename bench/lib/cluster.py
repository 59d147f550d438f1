"""A temporary PostgreSQL cluster and what a benchmark needs to know about it."""

import os
import subprocess
import tempfile

from . import processes

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRIPT = os.path.join(BENCH, "postgres.sh")


class Cluster:
    """Started on entry, stopped and removed on exit."""

    def __init__(self, parent=None):
        # PostgreSQL's own user must be able to enter the folder above its data.
        self._parent = tempfile.mkdtemp(prefix="fibrehub-bench-", dir=parent)
        os.chmod(self._parent, 0o755)
        self.folder = os.path.join(self._parent, "pg")

    def __enter__(self):
        subprocess.run([SCRIPT, "start", self.folder], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(self.folder, "data", "postmaster.pid"), encoding="utf-8") as f:
            self._postmaster = int(f.readline())
        return self

    def __exit__(self, *_):
        subprocess.run([SCRIPT, "stop", self.folder], check=False)
        try:
            os.rmdir(self._parent)
        except OSError:
            pass  # whatever is left there says what went wrong

    def url(self, database):
        return f"host={self.folder} user=bench dbname={database}"

    def uri(self, database):
        return f"postgresql://bench@/{database}?host={self.folder}"

    def sql(self, database, statement):
        """Runs statements; answers the rows, columns separated by |."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url(database)],
            input=statement, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"SQL failed in {database}: {done.stderr.strip()}")
        return done.stdout.strip()

    def number(self, database, query):
        return int(self.sql(database, query) or 0)

    def has_table(self, database, name):
        return self.sql(database, f"SELECT to_regclass('{name}') IS NOT NULL") == "t"

    def fresh_database(self, name):
        """An empty database; what earlier ones left to be written is written first."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.sql("postgres", "CHECKPOINT")
        self.sql("postgres", f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name):
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def cpu_s(self):
        """CPU used by the server and everything it ever started, in seconds."""
        return processes.cpu_s(self._postmaster)

    def version(self):
        return self.sql("postgres", "SHOW server_version").split()[0]
