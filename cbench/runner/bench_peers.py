# SPDX-License-Identifier: Apache-2.0
"""Runs other channels beside ours, prints one table, and adds to bench-results.jsonl. `make bench-peers` calls it;
docs/benchmarks.md says what is measured and how."""

import argparse
import os
import shlex
import sys
import time

try:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
except ImportError:
    sys.exit("bench-peers: the Python package 'rich' is missing: python3-rich (Debian, Ubuntu), "
             "or: python3 -m pip install rich")

import results
from peers import bars, catalog, environment, matrix, table
from peers.build import build
from peers.comparison import SUITE, Comparison, failure_line
from peers.workers import Workers
from schedule import Schedule


def arguments():
    parser = argparse.ArgumentParser(prog="make bench-peers PEERS_ARGS=...", description=__doc__)
    parser.add_argument("--c", required=True, metavar="PROGRAM", help="the C benchmark program")
    parser.add_argument("--swift", default="", metavar="PROGRAM", help="where the Swift one will be; without: none")
    parser.add_argument("--build", required=True, metavar="FOLDER", help="of the peers' programs")
    parser.add_argument("--make", default="make", metavar="COMMAND")
    parser.add_argument("--flags", action="append", default=[], metavar="NAME=WORDS",
                        help="what a program is compiled with, for the record")
    parser.add_argument("--output", metavar="FILE", help="bench-results.jsonl; where only some are measured "
                        "bench-results-part.jsonl, so that a whole comparison is not lost")
    parser.add_argument("--peers", default="", metavar="NAMES", help="only these, or of these families or languages")
    parser.add_argument("--mode", choices=matrix.MODES, default="quick")
    parser.add_argument("--seconds", type=float, help="for the measuring (quick: 480, full: 5400)")
    parser.add_argument("--runs", type=int, help="of each cell (quick: 5, full: 11)")
    parser.add_argument("--only", action="append", default=[], metavar="SCENARIO",
                        help="only cells whose line of progress contains it; may be given more than once")
    parser.add_argument("--strict", action="store_true", help="fail if a bar is not met")
    options = parser.parse_args()
    mode = matrix.MODES[options.mode]
    options.seconds = options.seconds or mode.seconds
    options.runs = options.runs or mode.rounds
    part = options.peers or options.only
    options.output = options.output or ("bench-results-part.jsonl" if part else "bench-results.jsonl")
    return options


def measure(options, groups, workers, console):
    figures = results.Results()
    failures = []

    def failed(scenario, series, error):
        failures.append(failure_line(scenario, series, str(error)))
        workers.end(series)

    schedule = Schedule(workers.of, figures, options.seconds, options.runs, failed)
    columns = (BarColumn(30), TextColumn("{task.percentage:>3.0f}%  {task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        last = [0.0]

        def show(group, done):
            left = max(schedule.end - time.monotonic(), 0)
            words = f"{left // 60:.0f}:{left % 60:02.0f} left  {group.label if group else ''}"
            progress.update(task, completed=done, description=words)
            # A log has no line that changes: one every 20 seconds.
            if not console.is_terminal and time.monotonic() - last[0] > 20:
                last[0] = time.monotonic()
                print(f"{done:4.0%}  {words}", file=sys.stderr, flush=True)

        schedule.run(groups, show)
    return figures, failures


def objects(figures, failures, described):
    yield {"suite": SUITE, "environment": described}
    for one, values in figures.objects(with_values=True):
        yield {"suite": SUITE, **one, "values": values}
    yield from failures


def main():
    options = arguments()
    console = Console(stderr=True)
    try:
        channels = catalog.ours(options.peers.split()) + catalog.chosen(options.peers.split())
    except ValueError as error:
        sys.exit(f"bench-peers: {error}")
    start = time.monotonic()
    programs = list(dict.fromkeys(one.program for one in channels))
    commands, unbuilt = build(programs, shlex.split(options.make), options,
                              lambda words: print(words, file=sys.stderr, flush=True))
    print(f"built in {time.monotonic() - start:.0f} s; measuring for {options.seconds:.0f} s", file=sys.stderr,
          flush=True)
    groups = [group for group in matrix.groups(channels, matrix.MODES[options.mode])
              if not options.only or any(only in group.label for only in options.only)]
    described = environment.describe(channels, options, commands)
    start = time.monotonic()
    with open(os.path.join(options.build, "stderr.log"), "wb") as log:
        workers = Workers(commands, unbuilt, log)
        try:
            figures, failures = measure(options, groups, workers, console)
        except KeyboardInterrupt:
            sys.exit("bench-peers: interrupted; nothing was written")
        finally:
            workers.close()
    described["measured_seconds"] = round(time.monotonic() - start)
    results.replace(options.output, SUITE, objects(figures, failures, described))
    comparison = Comparison(results.read(options.output))
    judged = bars.judge(comparison)
    table.show(comparison, judged)
    print(f"{described['measured_seconds']} s, {options.runs} runs of each cell; "
          f"medians, minima, maxima and each run: {options.output}")
    return 1 if options.strict and any(bar.met is False for bar in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
