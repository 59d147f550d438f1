"""Server processes: started, watched through /proc, ended by their own id."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        # The name may hold blanks, so count from its closing bracket.
        return f.read().rpartition(")")[2].split()


def _children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="utf-8") as f:
                found += [int(c) for c in f.read().split()]
    except OSError:
        pass
    return found


def tree(pid):
    out = [pid]
    for child in _children(pid):
        out += tree(child)
    return out


def cpu_s(pid):
    """User and system seconds of a process, its live descendants and those already gone."""
    ticks = 0
    for member in tree(pid):
        try:
            fields = _stat(member)
        except OSError:
            continue
        # utime, stime, and of children waited for: cutime, cstime
        ticks += sum(int(x) for x in fields[11:15])
    return ticks / TICKS_PER_S


def memory_mb(pid, field="VmRSS"):
    """VmRSS now, or VmHWM for the highest so far, of a process and its descendants."""
    total_kb = 0
    for member in tree(pid):
        try:
            with open(f"/proc/{member}/status", encoding="utf-8") as f:
                total_kb += sum(int(line.split()[1]) for line in f if line.startswith(field + ":"))
        except OSError:
            continue
    return total_kb / 1024


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One running server process."""

    def __init__(self, command, environment, ready_url, log_path, cwd=None, ready_within_s=60):
        self._log_path = log_path
        started = time.monotonic()
        with open(log_path, "wb") as log:
            self._process = subprocess.Popen(  # ended in stop()
                command, env={**os.environ, **environment}, cwd=cwd, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait_ready(ready_url, started + ready_within_s)
        except BaseException:
            self.stop()
            raise
        self.ready_after_s = time.monotonic() - started

    @property
    def pid(self):
        return self._process.pid

    def cpu_s(self):
        return cpu_s(self.pid)

    def rss_mb(self):
        return memory_mb(self.pid)

    def peak_rss_mb(self):
        return memory_mb(self.pid, "VmHWM")

    def stop(self, within_s=30):
        """SIGTERM; answers (seconds until it was gone, exit code). SIGKILL when it does not go."""
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return time.monotonic() - began, self._process.returncode

    def _wait_ready(self, url, deadline):
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended before it was ready:\n{self._last_log()}")
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server was not ready in time ({url}):\n{self._last_log()}")
            time.sleep(0.005)

    def _last_log(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-15:])
