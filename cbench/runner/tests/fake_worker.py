# SPDX-License-Identifier: Apache-2.0
"""A benchmark program of some lines, for the tests of the runner. Its figures are made up, and look so."""

import json
import sys

for line in sys.stdin:
    scenario, *words = line.split()
    cell = dict(word.split("=", 1) for word in words)
    if cell["implementation"] == "flume":
        print(json.dumps({"error": "lost a message"}), flush=True)
        sys.exit(1)
    if cell["implementation"] == "std-mpsc":
        sys.exit(3)
    names = {"throughput": ("throughput",), "footprint": ("idle-channel", "burst", "left-after-burst")}.get(
        scenario, ("p10", "p50", "p90", "p99", "p99.9", "max"))
    if scenario == "announced-wake":
        asleep = 0.1 if cell["implementation"] == "array-queue" else 1
        print(json.dumps({"metrics": [{"metric": "asleep", "unit": "per wake", "value": asleep},
                                      {"metric": "p50", "unit": "ns", "value": 1 if asleep < 1 else 111}],
                          "seconds": 0.01}), flush=True)
        continue
    value = 111 * (2 if cell["implementation"].startswith("tributary") else 1)
    print(json.dumps({"metrics": [{"metric": name, "unit": "of its own", "value": value} for name in names],
                      "seconds": 0.01}), flush=True)
