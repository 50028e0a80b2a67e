# SPDX-License-Identifier: Apache-2.0
"""The result tables of docs/benchmarks.md, as Markdown."""

from matrix import PRODUCERS, RENDEZVOUS
from peers.catalog import BY_NAME
from peers.comparison import CAPACITIES, FOOTPRINTS, OUR_NAMES, WAKE
from peers.ratios import TABLES, rows as ratio_rows


def number(value):
    """Three digits, and k or M for what is long."""
    for least, scale, letter in ((999_500, 1e6, "M"), (10_000, 1e3, "k")):
        if value >= least:
            return f"{value / scale:.3g}{letter}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def spread(line, scale=1.0):
    if not line:
        return "–"
    return f"{number(line['median'] * scale)} ({number(line['min'] * scale)}–{number(line['max'] * scale)})"


def title(name):
    words = BY_NAME[name].title
    return f"**{words}**" if name in OUR_NAMES else words


def table(head, rows):
    """Nothing without rows."""
    if not rows:
        return []
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def throughput(comparison, payload_bytes, modes, producers=(2, 8)):
    rows = []
    for name in BY_NAME:
        for mode in modes:
            lines = [comparison.line(name, producers=count, capacity=capacity, mode=mode, payload_bytes=payload_bytes)
                     for capacity, _ in CAPACITIES for count in producers]
            if any(lines):
                suffix = {"single": "", "batch": ", batches", "batch-receive": ", drained"}[mode]
                notes = "".join(f" ({one})" for one in comparison.notes(name))
                rows.append((title(name) + suffix + notes, *(spread(line, 1e-6) for line in lines)))
    return table((f"million messages/s, {payload_bytes} bytes: median (minimum–maximum)",
                  *(f"{words}, {count}" for _, words in CAPACITIES for count in producers)), rows)


def rendezvous(comparison):
    rows = []
    for name in BY_NAME:
        lines = [comparison.line(name, producers=count, capacity=comparison.room(name, RENDEZVOUS))
                 for count in PRODUCERS]
        if any(lines):
            rows.append((title(name), *(spread(line, 1e-6) for line in lines)))
    return table(("capacity 0 (ours: 1), million messages/s, by producers", *map(str, PRODUCERS)), rows)


def bars(judged):
    rows = []
    for bar in judged:
        verdict = {None: "not measured", True: "met", False: "**missed**"}[bar.met]
        best, _, rounds = bar.notes[0].partition("; rounds ") if bar.notes else ("", "", "")
        value = "–" if bar.value is None else f"{bar.value:.2f}"
        if rounds:
            value += f" ({rounds.replace(' to ', '–')})"
        sign = {">=": "≥", "<=": "≤"}[bar.comparison]
        rows.append((bar.figure, value, f"{sign} {bar.bound:g}", best, verdict))
    return table(("figure, ours over the best", "median (rounds)", "bar", "the best", ""), rows)


def latency(comparison, scenario, heading):
    percentiles = ("p50", "p90", "p99")
    rows = []
    for name in comparison.names(scenario):
        if scenario == WAKE and name in comparison.polls:
            continue
        lines = {line["metric"]: line for line in comparison.lines
                 if line["scenario"] == scenario and line["impl"] == name}
        rows.append((title(name), *(spread(lines.get(one)) for one in percentiles)))
    rows.sort(key=lambda row: row[0] in {title(name) for name in OUR_NAMES}, reverse=True)
    made = table((f"{heading}, ns: median (minimum–maximum)", *percentiles), rows)
    if scenario == WAKE and comparison.polls:
        made += ["Polling, and so without a wake-up: " +
                 ", ".join(BY_NAME[name].title for name in BY_NAME if name in comparison.polls) + ".", ""]
    return made


def memory(comparison):
    rows = []
    for name in comparison.names("footprint"):
        rows.append((title(name), *(number(line["median"]) if line else "–" for line in comparison.footprints(name))))
    return table(("memory, bytes", *(words for _, _, words in FOOTPRINTS)), rows)


def times(ratio):
    return f"{number(ratio.median)} ({number(ratio.low)}–{number(ratio.high)})" if ratio else "–"


def ratios(comparison, kind):
    """Of each of ours a table."""
    made = []
    for ours in kind.ours:
        made += table((f"{BY_NAME[ours].title}, times better: {kind.words}", *(column.words for column in kind.columns)),
                      [(title(name), *map(times, found)) for name, found in ratio_rows(comparison, kind, ours)])
    return made


def environment(comparison):
    known = comparison.environment
    machine = known.get("machine", {})
    versions = ", ".join(f"{what}: {version}" for what, version in known.get("versions", {}).items())
    return [f"{str(known.get('date'))[:10]}, {machine.get('processor')}, {machine.get('processors')} processors, kernel "
            f"{machine.get('kernel')}, one run of `{comparison.command}` "
            f"({known.get('measured_seconds')} s, {known.get('rounds')} rounds), commit {known.get('commit')}. "
            f"{versions}.", "",
            *table(("program", "compiled, run with"), [(name, f"`{words}`".replace("|", "/"))
                                                       for name, words in flags_of(known).items()])]


def flags_of(known):
    """By program; what was measured before these were written down has those of C only."""
    flags = known.get("flags", {})
    return {**({"c": flags} if isinstance(flags, str) else flags),
            **known.get("variables", {})}


def failures(comparison):
    found = {}
    for line in comparison.failures:
        found.setdefault((line["impl"], line["failure"]), []).append(line)
    return table(("not measured", "cells", "why"),
                 [(BY_NAME[name].title, str(len(lines)), reason.replace("|", "/"))
                  for (name, reason), lines in found.items()])


def tables(comparison, judged):
    parts = [environment(comparison), throughput(comparison, 8, ("single",)),
             throughput(comparison, 8, ("batch", "batch-receive"))]
    for payload_bytes in (64, 256):
        parts.append(throughput(comparison, payload_bytes, ("single",), (2,)))
    parts += [rendezvous(comparison), latency(comparison, "one-way-latency", "one-way at a million a second"),
              latency(comparison, WAKE, "waking a receiver that sleeps"), memory(comparison), bars(judged),
              *(ratios(comparison, kind) for kind in TABLES),
              failures(comparison)]
    return "\n".join(line for part in parts for line in part)
