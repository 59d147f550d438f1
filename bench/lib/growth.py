"""Whether one more costs the same however many there are: bench-growth, as rows of the report."""

import os
import re
import subprocess

from .figures import Row


def growth(bench, program):
    """Runs it; each of its lines becomes a row. It fails when a ratio is above 2.5."""
    if not os.access(program, os.X_OK):
        raise RuntimeError(f"{program} is not there; build it first")
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    rows = []
    for line in done.stdout.splitlines():
        found = re.match(r"(.+?)\s+(\d+):\s+(\d+) ns .*?(\d+):\s+(\d+) ns\s+ratio ([\d.]+)", line)
        if not found:
            raise RuntimeError(f"bench-growth says what is not understood: {line}")
        what, few, of_few, many, of_many, ratio = found.groups()
        rows.append(Row("growth", f"{what}: CPU for one of {int(many):,}", float(of_many), "ns",
                        "≤ 2.5 × of few", float(ratio) <= 2.5, peer=f"one of {int(few):,}",
                        peer_value=float(of_few), ratio=float(ratio)))
        bench.log(line)
    if len(rows) != 3 or done.returncode not in (0, 1):
        raise RuntimeError(f"bench-growth failed ({done.returncode}): {done.stderr.strip()}")
    return rows
