# SPDX-License-Identifier: Apache-2.0
"""The comparison on a terminal: medians; what could not be measured, with the reason; the bars."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from matrix import PRODUCERS, RENDEZVOUS, UNBOUNDED
from peers.catalog import BOUNDED, BY_NAME
from peers.comparison import FOOTPRINTS, OUR_NAMES, WAKE
from table import number


def table(heading, columns):
    made = Table(box=SIMPLE_HEAD, title=heading, title_justify="left", title_style="bold", pad_edge=False)
    made.add_column(no_wrap=True)
    for column in columns:
        made.add_column(column, justify="right", no_wrap=True)
    return made


def name_of(comparison, name):
    return Text(" ".join((BY_NAME[name].title, *(f"({one})" for one in comparison.origin(name)))),
                style="bold" if name in OUR_NAMES else "")


def cell(line, scale=1.0):
    return number(line["median"] * scale) if line else ""


def throughput(comparison, mode, payload_bytes):
    """Bounded beside unbounded."""
    rows = []
    for name in comparison.names("throughput", mode=mode, payload_bytes=payload_bytes):
        cells = [cell(comparison.line(name, producers=producers, capacity=capacity, mode=mode,
                                      payload_bytes=payload_bytes), 1e-6)
                 for capacity in (BOUNDED, UNBOUNDED) for producers in PRODUCERS]
        if any(cells):
            rows.append((name_of(comparison, name), *cells))
    if not rows:
        return None
    made = table(f"{mode}, {payload_bytes} bytes, million messages/s, by producers",
                 [f"{words}{producers}" for words in ("1024: ", "unbounded: ") for producers in PRODUCERS])
    for row in rows:
        made.add_row(*row)
    return made


def rendezvous(comparison):
    made = table("capacity 0 (ours: 1), million messages/s, by producers", [str(one) for one in PRODUCERS])
    for name in BY_NAME:
        capacity = comparison.room(name, RENDEZVOUS)
        cells = [cell(comparison.line(name, producers=producers, capacity=capacity), 1e-6)
                 for producers in PRODUCERS]
        if any(cells):
            made.add_row(name_of(comparison, name), *cells)
    return made if made.row_count else None


def latency(comparison, scenario, words):
    percentiles = ("p50", "p90", "p99", "p99.9", "max")
    made = table(f"{words}, ns", percentiles)
    for name in comparison.names(scenario):
        if scenario == WAKE and name in comparison.polls:
            made.add_row(name_of(comparison, name), "polls")
            continue
        capacity = next(line["capacity"] for line in comparison.lines
                        if line["scenario"] == scenario and line["impl"] == name)
        made.add_row(name_of(comparison, name), *(cell(comparison.line(name, scenario, percentile, capacity=capacity))
                                      for percentile in percentiles))
    return made if made.row_count else None


def memory(comparison):
    made = table("memory, bytes", [words for _, _, words in FOOTPRINTS])
    for name in comparison.names("footprint"):
        made.add_row(name_of(comparison, name), *(cell(line) for line in comparison.footprints(name)))
    return made if made.row_count else None


def failures(comparison):
    """A reason once for each peer, with how many cells it cost."""
    found = {}
    for line in comparison.failures:
        found.setdefault((line["impl"], line["failure"]), []).append(line)
    without = comparison.without()
    if not found and not without:
        return None
    made = table("not measured", ())
    for (name, reason), lines in found.items():
        where = ", ".join(sorted({line["scenario"] for line in lines}))
        made.add_row(f"{BY_NAME[name].title} ({where}; {len(lines)} cells): {reason}")
    for peer, scenario, reason in without:
        made.add_row(f"{peer.title} ({scenario}): {reason}")
    return made


def bars(judged):
    made = table("bars", ("figure", "bar", "", "over"))
    made.columns[-1].justify = "left"
    for bar in judged:
        verdict = {None: Text("not measured", style="dim"), True: Text("met", style="green"),
                   False: Text("NOT met", style="bold red")}[bar.met]
        value = "" if bar.value is None else f"{bar.value:.2f}"
        made.add_row(bar.figure, value, f"{bar.comparison} {bar.bound:g}{bar.unit}", verdict, *bar.notes)
    return made


def show(comparison, judged):
    parts = [throughput(comparison, mode, payload_bytes)
             for payload_bytes in (8, 64, 256) for mode in ("single", "batch", "batch-receive")]
    parts += [rendezvous(comparison), latency(comparison, "one-way-latency", "one-way at 1 M/s"),
              latency(comparison, WAKE, "wake of a receiver that sleeps"), memory(comparison),
              failures(comparison), bars(judged)]
    parts = [part for part in parts if part]
    # A narrow window wraps lines; a table that shrinks would leave figures out.
    console = Console()
    wide = console.options.update(width=1000)
    console = Console(width=max(console.width, *(Measurement.get(console, wide, part).maximum for part in parts)))
    for part in parts:
        console.print(part)
    met = sum(bar.met is True for bar in judged)
    missed = sum(bar.met is False for bar in judged)
    console.print(f"bars: {met} met, {missed} not met, {len(judged) - met - missed} not measured")
