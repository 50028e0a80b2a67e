# SPDX-License-Identifier: Apache-2.0
"""The one table: throughput, then latencies, then the rest, then the bars. Medians; where C and
Swift have the same row, both stand in it."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from matrix import PAYLOADS, PRODUCERS, Series

COLUMNS = 6
PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")


def number(value):
    if value is None:
        return "-"
    if value >= 1e6:
        return f"{value / 1e6:,.1f}M"
    if value >= 1e5:
        return f"{value / 1e3:,.0f}k"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.3g}"


class Rows:
    def __init__(self, results):
        self.results = results
        self.table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
        self.table.add_column(no_wrap=True)
        for _ in range(COLUMNS - 1):
            self.table.add_column(justify="right", no_wrap=True)

    def heading(self, *cells):
        self.table.add_section()
        self.table.add_row(*(Text(cell, style="bold") for cell in cells))

    def row(self, *cells):
        self.table.add_row(*cells)

    def pair(self, scenario, series, metric, scale=1.0):
        """C / Swift, or the one that there is."""
        cells = []
        for language in ("c", "swift"):
            value = self.results.median(scenario, Series(**{**vars(series), "language": language}),
                                        metric)
            if value is not None:
                cells.append(number(value * scale))
        return " / ".join(cells) or "-"


def distinct(series):
    """Without the language, in order."""
    return list(dict.fromkeys(Series(**{**vars(one), "language": ""}) for one in series))


def throughput(rows):
    measured = distinct(rows.results.of("throughput"))
    if not measured:
        return
    rows.heading("throughput, million messages/s (C / Swift)",
                 *(f"{producers} producer{'s' * (producers > 1)}" for producers in PRODUCERS), "")
    kinds = dict.fromkeys((one.implementation, one.mode) for one in measured)
    for implementation, mode in kinds:
        for payload_bytes in PAYLOADS:
            for capacity in dict.fromkeys(one.capacity for one in measured):
                cells = [rows.pair("throughput", Series("", implementation, producers, capacity,
                                                        payload_bytes, mode), "throughput", 1e-6)
                         for producers in PRODUCERS]
                if any(cell != "-" for cell in cells):
                    rows.row(f"{implementation}, {mode}, {payload_bytes} bytes, "
                             f"{capacity or 'unbounded'}", *cells)


def asynchronous(rows):
    measured = distinct(rows.results.of("async-throughput"))
    if measured:
        rows.heading("tasks, million messages/s (C threads / Swift)", "2 senders", "8", "", "", "")
    for implementation, mode in dict.fromkeys((one.implementation, one.mode) for one in measured):
        rows.row(f"{implementation}, {mode}, 8 bytes, 1024",
                 *(rows.pair("async-throughput", Series("", implementation, producers, 1024, 8, mode),
                             "throughput", 1e-6) for producers in (2, 8)))
    measured = distinct(rows.results.of("async-allocations"))
    for one in measured:
        rows.row(f"allocations a message, {one.implementation}",
                 rows.pair("async-allocations", one, "allocations"))
    measured = distinct(rows.results.of("async-wake"))
    if measured:
        rows.heading("wake of a suspended task, ns", *PERCENTILES)
    for one in measured:
        rows.row(one.implementation,
                 *(rows.pair("async-wake", one, percentile) for percentile in PERCENTILES))


def actors(rows):
    measured = distinct(rows.results.of("actors-fan-in") + rows.results.of("actors-tell"))
    if measured:
        rows.heading("actors, million calls/s", "2 tasks", "8", "64", "", "")
    for implementation in dict.fromkeys(one.implementation for one in measured):
        scenario = "actors-tell" if implementation == "mailbox" else "actors-fan-in"
        beside = scenario if implementation == "mailbox" else ""
        name = "Mailbox.tell, messages" if beside else implementation
        rows.row(name, *(rows.pair(scenario, Series("", implementation, producers, scenario=beside),
                                   "throughput", 1e-6) for producers in (2, 8, 64)))
    measured = distinct(rows.results.of("actors-ping-pong") + rows.results.of("actors-ring") +
                        rows.results.of("actors-spawn"))
    if measured:
        rows.heading("actors, million/s", "ping-pong", "ring", "tasks started", "", "")
    for one in measured:
        rows.row(one.implementation,
                 *(rows.pair(scenario, one, "throughput", 1e-6)
                   for scenario in ("actors-ping-pong", "actors-ring", "actors-spawn")))
    measured = distinct(rows.results.of("actors-enqueue"))
    if measured:
        rows.heading("enqueue to a busy mailbox, ns", *PERCENTILES)
    for one in measured:
        rows.row(one.implementation,
                 *(rows.pair("actors-enqueue", one, percentile) for percentile in PERCENTILES))
    measured = distinct(rows.results.of("actors-idle"))
    if measured:
        rows.heading("idle", "% of a processor", "", "", "", "")
    for one in measured:
        rows.row(one.implementation, rows.pair("actors-idle", one, "processor-time", 100))


def bounds(rows):
    measured = distinct(rows.results.of("limit") + rows.results.of("floor"))
    if measured:
        rows.heading("the machine itself (C / Swift)", "", "", "", "", "")
    for one in measured:
        if one.implementation == "cache-line":
            rows.row("floor: a cache line handed over, ns", rows.pair("floor", one, "hand-over"))
        else:
            rows.row(f"limit: {one.implementation}, million words/s",
                     rows.pair("limit", one, "throughput", 1e-6))


def latency(rows):
    names = ("send-latency", "pair-latency", "one-way-latency", "round-trip",
             "wake-latency")
    if any(rows.results.of(scenario) for scenario in names):
        rows.heading("latency, ns (C / Swift)", *PERCENTILES)
    for scenario in names:
        for one in distinct(rows.results.of(scenario)):
            words = [scenario.removesuffix("-latency"), one.implementation]
            if scenario == "send-latency":
                words += [f"{one.producers} producers",
                          f"{one.rate / 1e6:g} M/s" if one.rate else "saturated"]
            rows.row(", ".join(words),
                     *(rows.pair(scenario, one, percentile) for percentile in PERCENTILES))
    for one in distinct(rows.results.of("wake-latency")):
        rows.row(f"wake, {one.implementation}: % of them on the waker's processor",
                 rows.pair("wake-latency", one, "same-processor", 100))
    timer = distinct(rows.results.of("pair-latency"))
    if timer:
        rows.row("the timer: its cost (subtracted), its resolution",
                 rows.pair("pair-latency", timer[0], "timer-cost"),
                 rows.pair("pair-latency", timer[0], "timer-resolution"))


def accounting(rows):
    measured = distinct(rows.results.of("contention"))
    if measured:
        rows.heading("contention, per cent of the sends (C / Swift)", "retries", "slow paths",
                     "found full", "heavy fences", "")
    for one in measured:
        rows.row(f"{one.implementation}, {one.producers} producers, capacity {one.capacity}",
                 *(rows.pair("contention", one, metric, 100)
                   for metric in ("retries", "slow-paths", "found-full", "heavy-fences")))
    measured = distinct(rows.results.of("idle-senders"))
    if measured:
        rows.heading("beside idle senders (C / Swift)", "ns/message", "", "", "", "")
    for one in measured:
        rows.row(f"{one.idle_senders:,} idle senders", rows.pair("idle-senders", one, "cost"))
    measured = distinct(rows.results.of("memory"))
    if measured:
        rows.heading("memory, bytes (C / Swift)", "idle channel", "idle sender", "in the burst",
                     "left after", "")
    for one in measured:
        rows.row(one.implementation,
                 *(rows.pair("memory", one, metric)
                   for metric in ("idle-channel", "idle-sender", "burst", "left-after-burst")))


def bar_rows(rows, judged):
    rows.heading("bars", "figure", "bar", "", "", "")
    for bar in judged:
        verdict = {None: Text("not measured", style="dim"), True: Text("met", style="green"),
                   False: Text("NOT met", style="bold red")}[bar.met]
        space = "" if bar.unit in ("×", "%") else " "
        rows.row(bar.figure, number(bar.value) if bar.value is None or bar.value >= 0
                 else f"-{number(-bar.value)}",
                 f"{bar.comparison} {bar.bound:,g}{space}{bar.unit}", verdict)
        for line in bar.notes:
            rows.row(Text(f"  {line}", style="dim"))


def show(results, judged):
    rows = Rows(results)
    bounds(rows)
    throughput(rows)
    asynchronous(rows)
    actors(rows)
    latency(rows)
    accounting(rows)
    bar_rows(rows, judged)
    console = Console()
    # A narrow window wraps lines; a table that shrinks would leave figures out.
    needed = Measurement.get(console, console.options.update(width=1000), rows.table).maximum
    console = Console(width=max(console.width, needed))
    console.print(rows.table)
    met = sum(bar.met is True for bar in judged)
    missed = sum(bar.met is False for bar in judged)
    console.print(f"bars: {met} met, {missed} not met, {len(judged) - met - missed} not measured")
