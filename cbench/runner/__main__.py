# SPDX-License-Identifier: Apache-2.0
"""Runs the C and the Swift benchmark program side by side, prints one table, and writes
bench-results.jsonl. `make bench` calls it; docs/benchmarks.md says what is measured and how."""

import argparse
import sys
import time

try:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
except ImportError:
    sys.exit("bench: the Python package 'rich' is missing: python3-rich (Debian, Ubuntu), "
             "or: python3 -m pip install rich")

import bars
import matrix
import table
from results import Results
from schedule import Schedule
from worker import Worker, WorkerError


def arguments():
    parser = argparse.ArgumentParser(prog="make bench BENCH_ARGS=...", description=__doc__)
    parser.add_argument("--c", required=True, metavar="PROGRAM", help="the C program")
    parser.add_argument("--swift", metavar="PROGRAM", help="the Swift program; without: C alone")
    parser.add_argument("--output", default="bench-results.jsonl", metavar="FILE")
    parser.add_argument("--only", action="append", default=[], metavar="SCENARIO",
                        help="only this scenario, or cells whose line of progress contains it; "
                             "may be given more than once")
    parser.add_argument("--implementation", action="append", default=[], metavar="NAME",
                        help="only this implementation; may be given more than once")
    parser.add_argument("--seconds", type=float, default=165, help="for all of it (165)")
    parser.add_argument("--runs", type=int, default=5, help="of each cell (5)")
    parser.add_argument("--list", action="store_true", help="print the cells, run nothing")
    parser.add_argument("--strict", action="store_true", help="fail if a bar is not met")
    options = parser.parse_args()
    if options.runs < 1 or options.seconds <= 0:
        parser.error("--runs and --seconds are above zero")
    return options


def chosen(options):
    groups = []
    for group in matrix.groups():
        group.series = [series for series in group.series
                        if (options.swift or series.language == "c")
                        and (not options.implementation
                             or series.implementation in options.implementation)]
        if group.series and (not options.only
                             or any(only in group.label for only in options.only)):
            groups.append(group)
    return groups


def measure(options, groups, console):
    results = Results()
    workers = {}
    try:
        workers["c"] = Worker("c", [options.c])
        if options.swift:
            workers["swift"] = Worker("swift", [options.swift])
        schedule = Schedule(lambda series: workers[series.language], results, options.seconds,
                            options.runs)
        columns = (BarColumn(30), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn(),
                   TextColumn("{task.description}"))
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("", total=1.0)
            scenarios = set()

            def show(group, done):
                label = group.label if group else ""
                progress.update(task, completed=done, description=label)
                # A log has no line that changes: one line a scenario.
                if group and not console.is_terminal and group.scenario not in scenarios:
                    scenarios.add(group.scenario)
                    print(f"{done:4.0%}  {group.scenario}", file=sys.stderr, flush=True)

            schedule.run(groups, show)
    finally:
        for worker in workers.values():
            worker.close()
    return results


def main():
    options = arguments()
    groups = chosen(options)
    if options.list:
        for group in groups:
            for series in group.series:
                print(f"{series.language:6} {series.request(group.scenario, group.count or '...')}")
        return 0
    if not groups:
        sys.exit("bench: no such scenario or implementation")
    start = time.monotonic()
    try:
        results = measure(options, groups, Console(stderr=True))
    except WorkerError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted; nothing was written")
    results.write(options.output)
    judged = bars.judge(results)
    table.show(results, judged)
    print(f"{time.monotonic() - start:.0f} s, {options.runs} runs of each cell; "
          f"medians, minima and maxima: {options.output}")
    return 1 if options.strict and any(bar.met is False for bar in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
