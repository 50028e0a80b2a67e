# SPDX-License-Identifier: Apache-2.0
"""Draws the comparison that `make bench-peers` has measured: a page, and the pictures of the README. `make report`
calls it."""

import argparse
import os
import sys

try:
    import matplotlib  # noqa: F401  (said here, before the modules that draw)
except ImportError:
    sys.exit("report: the Python package 'matplotlib' is missing: python3-matplotlib (Debian, Ubuntu), "
             "or: python3 -m pip install matplotlib")

import results
from peers import bars
from peers.comparison import Comparison
from report.markdown import tables
from report.page import page
from report.svg import both

README_PICTURES = ("throughput-bounded", "one-way-latency")


def write(path, content):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path + ".new", "wb") as file:
        file.write(content)
    os.replace(path + ".new", path)


def caption(comparison):
    known = comparison.environment
    machine = known.get("machine", {})
    return (f"{str(known.get('date'))[:10]}, {machine.get('processor')}, {machine.get('processors')} processors; "
            f"{comparison.command}")


def main():
    parser = argparse.ArgumentParser(prog="make report", description=__doc__)
    parser.add_argument("--input", default="bench-results.jsonl", metavar="FILE")
    parser.add_argument("--page", required=True, metavar="FILE")
    parser.add_argument("--pictures", metavar="FOLDER", help="for the README's; without it, none")
    parser.add_argument("--tables", metavar="FILE", help="the result tables of docs/benchmarks.md, as Markdown")
    options = parser.parse_args()
    comparison = Comparison(results.read(options.input))
    if not comparison.lines:
        sys.exit(f"report: no comparison in {options.input}: make bench-peers")
    judged = bars.judge(comparison)
    write(options.page, page(comparison, judged).encode())
    print(options.page)
    if options.tables:
        write(options.tables, tables(comparison, judged).encode())
        print(options.tables)
    pictures = options.pictures
    if pictures and not comparison.environment.get("complete", True):
        print(f"{pictures}: left as they are, since only some channels were measured")
        pictures = None
    for name in README_PICTURES if pictures else ():
        made = both(comparison, name, caption(comparison))
        for theme, content in (made or {}).items():
            path = os.path.join(pictures, f"{name}{'-dark' if theme == 'dark' else ''}.svg")
            write(path, content)
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
