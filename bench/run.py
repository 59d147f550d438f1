#!/usr/bin/env python3
"""Measures FibreHub beside a service that does the same work, and writes bench/RESULTS.md.

Everything must be built: the hub and fibrehub-load (cmake --build --preset release), and the
comparison service (cd bench/peers && npm ci).
"""

import argparse
import os
import shutil
import sys

BENCH = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, BENCH)

from lib import clocks, figures, growth, report, sessions  # noqa: E402  (the path comes first)
from lib.cluster import Cluster  # noqa: E402
from lib.measure import Bench  # noqa: E402
from lib.sides import Hub, Peer  # noqa: E402

FIGURES = ["b1", "b2", "b3", "b4", "b5", "b8", "b9", "b10", "b11", "b12", "growth"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="about two minutes: one short round beside the batching peer only")
    parser.add_argument("--only", default=",".join(FIGURES),
                        help=f"figures to measure, comma separated (default: {','.join(FIGURES)})")
    parser.add_argument("--rounds", type=int, help="rounds of each pair (default 5, quick 1)")
    parser.add_argument("--duration", type=int, help="seconds of each round (default 10, quick 4)")
    parser.add_argument("--peers", default="batch,cte,usual",
                        help="modes of the comparison service (default: batch,cte,usual)")
    parser.add_argument("--peers-only", action="store_true",
                        help="measure the comparison service alone")
    parser.add_argument("--clocks", type=lambda t: tuple(int(n) for n in t.split(",")),
                        help="B5 with TICKETS,WITHIN_10_S,AT_ONE_INSTANT instead of "
                             "1000000,10000,100000")
    parser.add_argument("--build", default=os.path.join(os.path.dirname(BENCH), "build", "release"),
                        help="folder with fibrehub and fibrehub-load (default: build/release)")
    parser.add_argument("--out", help="where to write the results (default: bench/RESULTS.md; "
                                      "nowhere with --quick, --only or --peers-only)")
    options = parser.parse_args()
    options.only = [f.strip().lower() for f in options.only.split(",") if f.strip()]
    unknown = sorted(set(options.only) - set(FIGURES))
    if unknown:
        parser.error(f"unknown figure {unknown[0]}; known: {', '.join(FIGURES)}")
    options.peers = [m.strip() for m in options.peers.split(",") if m.strip()]
    if not set(options.peers) <= {"batch", "cte", "usual"} or not options.peers:
        parser.error("--peers: batch, cte and usual are known")
    if options.quick:
        options.peers = options.peers[:1]
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.duration = options.duration or (4 if options.quick else 10)
    whole = not (options.quick or options.peers_only or set(options.only) != set(FIGURES))
    options.out = options.out or (os.path.join(BENCH, "RESULTS.md") if whole else None)
    return options


def missing_parts(hub, peers, driver):
    missing = [side.missing() for side in ([hub] if hub else []) + peers[:1]]
    if not os.access(driver, os.X_OK):
        missing.append(f"{driver} is not there; build it first (cmake --build --preset release)")
    missing += [f"{tool} is not installed" for tool in ("psql", "node") if not shutil.which(tool)]
    return [m for m in missing if m]


def measure(bench, hub, peers, options):
    rows = []
    if "b1" in options.only:
        rows += figures.throughput(bench, hub, peers, options.rounds)
    if "b2" in options.only:
        rows += figures.offered(bench, hub, peers[:1], options.rounds)
    if "b3" in options.only and hub:
        rows += figures.storm(bench, hub, options.rounds)
    if "b4" in options.only and hub:
        rows += sessions.sessions(bench, hub, os.path.join(options.build, "fibrehub-peers"),
                                  200 if options.quick else 5000)
    if "b5" in options.only and hub:
        size = (20_000, 2_000, 5_000) if options.quick else (1_000_000, 10_000, 100_000)
        rows += clocks.clocks(bench, hub, *(options.clocks or size))
    if "b8" in options.only and hub:
        size = (20_000, 100_000) if options.quick else (1_000_000, 5_000_000)
        rows += figures.reads(bench, hub, *size)
    if "b9" in options.only and hub:
        rows += figures.tickets(bench, hub, options.rounds)
    if "b10" in options.only:
        rows += figures.idle_memory(bench, hub, peers, 3 if options.quick else 10)
    if "b11" in options.only and hub:
        rows += figures.start_and_stop(bench, hub, 2_000 if options.quick else 10_000)
    if "b12" in options.only and hub:
        size = (20_000, 100_000) if options.quick else (1_000_000, 5_000_000)
        rows += figures.growth(bench, hub, max(1, options.rounds // 2), *size)
    if "growth" in options.only and hub:
        rows += growth.growth(bench, os.path.join(options.build, "bench-growth"))
    return rows


def main():
    options = arguments()
    hub = None if options.peers_only else Hub(os.path.join(options.build, "fibrehub"))
    peers = [Peer(mode) for mode in options.peers]
    driver = os.path.join(options.build, "fibrehub-load")
    missing = missing_parts(hub, peers, driver)
    if missing:
        print("\n".join(missing), file=sys.stderr)
        return 2

    load_average = os.getloadavg()[0]
    with Cluster() as cluster:
        facts = report.machine(cluster.version())
        bench = Bench(cluster, driver, options.duration, 2,
                      lambda line: print(line, file=sys.stderr, flush=True))
        rows = measure(bench, hub, peers, options)
    print(report.table(rows))
    if options.out:
        settings = (f"{options.rounds} interleaved rounds of {options.duration} s beside the "
                    "batching peer, half as many beside the others; medians")
        with open(options.out, "w", encoding="utf-8") as f:
            f.write(report.markdown(rows, facts, settings, load_average))
        print(f"\nwritten to {options.out}")
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
