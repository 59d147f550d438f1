"""The results as a table on the screen and as bench/RESULTS.md."""

import os
import platform
import subprocess


def _number(value):
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


def _cells(row):
    verdict = {True: "met", False: "**missed**", None: ""}[row.met]
    return [
        row.figure, row.what, f"{_number(row.value)} {row.unit}",
        f"{row.peer} {_number(row.peer_value)} {row.unit}" if row.peer else "",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.spread_percent is None else f"±{row.spread_percent:.0f} %",
        row.target, verdict,
    ]


HEAD = ["figure", "what", "measured", "beside it", "ratio", "spread", "must reach", ""]


def table(rows):
    lines = [HEAD] + [_cells(r) for r in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip() for line in lines)


def _first_line(path, key):
    try:
        with open(path, encoding="utf-8") as f:
            for line in f:
                if line.startswith(key):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return "unknown"


def machine(postgres_version):
    """What ran where, without names."""
    memory_kb = _first_line("/proc/meminfo", "MemTotal").split()[0]
    memory = f"{int(memory_kb) / 1024 / 1024:.0f} GB" if memory_kb.isdigit() else "unknown"
    node = subprocess.run(["node", "--version"], capture_output=True, text=True,
                          check=False).stdout.strip()
    return [
        f"{os.cpu_count()} cores ({_first_line('/proc/cpuinfo', 'model name')}), {memory} memory, "
        f"Linux {platform.release().split('-')[0]}",
        f"PostgreSQL {postgres_version}, fsync and synchronous_commit on, shared_buffers 256MB; "
        f"Node {node}",
        "services, PostgreSQL and the load driver share the cores",
    ]


def limits(rows):
    """Which of the three holds the throughput down, from the CPU they took."""
    return [f"{r.figure}, beside {r.peer or 'nothing'}: {r.notes}" for r in rows if r.notes]


def markdown(rows, facts, settings, load_average):
    lines = ["# Benchmark results", "",
             "Written by `bench/run.py`; see [README](README.md) for what is measured and how to "
             "read it. Machines differ and are shared: the **ratio** counts, not the figure.", "",
             "Machine: " + "; ".join(facts) + f". Load average at the start: {load_average:.1f}.",
             "", f"Run: {settings}.", "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(_cells(r)) + " |" for r in rows]
    lines += ["", "## What limits it", ""]
    lines += [f"* {line}" for line in limits(rows)]
    return "\n".join(lines) + "\n"
