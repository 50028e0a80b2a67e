# SPDX-License-Identifier: Apache-2.0
"""The figures of a run, by what they are of, and as lines of JSON."""

import json
import os
import statistics

from matrix import BATCH


class Results:
    def __init__(self):
        self.values = {}  # (scenario, series, metric): [value of each run]
        self.units = {}

    def add(self, scenario, series, metrics):
        for one in metrics:
            self.values.setdefault((scenario, series, one["metric"]), []).append(one["value"])
            self.units[one["metric"], scenario] = one["unit"]

    def median(self, scenario, series, metric):
        """None when it was not measured."""
        values = self.values.get((scenario, series, metric))
        return statistics.median(values) if values else None

    def of(self, scenario):
        """The series of a scenario, in the order measured."""
        return list(dict.fromkeys(key[1] for key in self.values if key[0] == scenario))

    def objects(self, with_values=False):
        """With their values: pairs of the object and the list of its runs, in their order."""
        for (scenario, series, metric), values in self.values.items():
            one = {
                "scenario": scenario,
                "impl": series.implementation,
                "language": series.language,
                "producers": series.producers,
                "capacity": series.capacity,
                "payload_bytes": series.payload_bytes,
                "batch": BATCH[series.mode],
                "metric": metric,
                "unit": self.units[metric, scenario],
                "median": statistics.median(values),
                "min": min(values),
                "max": max(values),
                "runs": len(values),
                "mode": series.mode,
            }
            if scenario in ("send-latency", "one-way-latency"):
                one["offered_rate"] = series.rate
            if scenario == "idle-senders":
                one["idle_senders"] = series.idle_senders
            yield (one, values) if with_values else one

    def write(self, path):
        replace(path, None, self.objects())


def read(path):
    """The objects of a file, one a line; none if there is no file."""
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]
    except FileNotFoundError:
        return []


def replace(path, suite, objects):
    """Puts the objects of one suite in the place of those that the file had; the benchmark's own have no suite. All or
    nothing: a run that is interrupted leaves the file of the one before."""
    kept = [one for one in read(path) if one.get("suite") != suite]
    with open(path + ".new", "w", encoding="utf-8") as file:
        for one in (*kept, *objects) if suite else (*objects, *kept):
            file.write(json.dumps(one) + "\n")
    os.replace(path + ".new", path)
