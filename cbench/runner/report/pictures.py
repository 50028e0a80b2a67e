# SPDX-License-Identifier: Apache-2.0
"""The pictures. Each takes a comparison and a theme and returns a figure, or None if nothing of it was measured."""

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from matrix import PRODUCERS, UNBOUNDED
from peers.catalog import BOUNDED, BY_NAME, PROGRAMS
from peers.comparison import OUR_NAMES
from peers.ratios import KINDS, rows as ratio_rows
from report.theme import WIDTH

matplotlib.use("Agg")

HIGHLIGHTED = 6
PERCENTILES = (("p10", 10), ("p25", 25), ("p50", 50), ("p75", 75), ("p90", 90), ("p99", 99), ("p99.9", 99.9),
               ("p99.99", 99.99))
MODE_WORDS = {"single": "", "batch": ", batches of 64", "batch-receive": ", receiver takes what is there"}


def axes(height, title):
    figure = Figure(figsize=(WIDTH, height))
    # Above the names of the rows too, which may take half of the width.
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure, figure.add_subplot()


def colour(name, theme):
    if name in OUR_NAMES:
        return theme.ours[OUR_NAMES.index(name)]
    return theme.languages[PROGRAMS[BY_NAME[name].program].language]


def title(name):
    return BY_NAME[name].title


def words(capacity):
    return "unbounded" if capacity == UNBOUNDED else f"capacity {capacity}"


def plain(value, _position=None):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def duration(value, _position=None):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g} ns"


def size(value, _position=None):
    for unit, scale in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.0f} B"


def languages_legend(made, theme, names):
    present = dict.fromkeys(PROGRAMS[BY_NAME[name].program].language for name in names if name not in OUR_NAMES)
    handles = [Line2D([], [], marker="o", linestyle="none", color=paint, label=words) for words, paint in (
        ("Tributary", theme.ours[0]), *((language.capitalize(), theme.languages[language]) for language in present))]
    above(made, handles=handles)


def above(made, **parameters):
    """A legend between the title and the axes: there is no room beside them on a telephone. It ends where they do, and
    has the names of the rows to grow over."""
    made.legend(loc="lower right", bbox_to_anchor=(1, 1), ncol=4, handletextpad=0.4, columnspacing=1,
                borderaxespad=0.2, handlelength=1.2, **parameters)


def dots(made, theme, rows, label):
    """rows: (words, name, line, scale), drawn from the top. The axis is logarithmic, where the length of a bar would
    say nothing."""
    for place, (text, name, line, scale) in enumerate(reversed(rows)):
        median = line["median"] * scale
        made.plot([line["min"] * scale, line["max"] * scale], [place, place], color=colour(name, theme),
                  linewidth=2.2, alpha=0.55, solid_capstyle="butt")
        made.plot(median, place, "o", color=colour(name, theme), markersize=6.5 if name in OUR_NAMES else 5)
        made.annotate(label(median), (max(median, line["max"] * scale), place), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=7.5)
    made.set_yticks(range(len(rows)), [text for text, *_ in reversed(rows)])
    for tick, (_, name, *_) in zip(made.get_yticklabels(), reversed(rows)):
        if name in OUR_NAMES:
            tick.set_fontweight("bold")
    made.tick_params(axis="y", length=0)
    made.spines["left"].set_visible(False)
    made.set_xscale("log")
    low, high = made.get_xlim()
    made.set_xlim(low, high * (high / low) ** 0.16)  # room for the numbers
    made.set_ylim(-0.6, len(rows) - 0.4)
    made.xaxis.set_minor_formatter(NullFormatter())


def throughput_dots(comparison, theme, producers=2, capacity=BOUNDED, payload_bytes=8, modes=("single",)):
    found = []
    for name in BY_NAME:
        for mode in modes:
            line = comparison.line(name, producers=producers, capacity=capacity, payload_bytes=payload_bytes,
                                   mode=mode)
            if line:
                suffix = " (drain)" if mode == "batch-receive" else ""
                found.append((title(name) + suffix, name, line, 1e-6))
    if not found:
        return None
    found.sort(key=lambda row: -row[2]["median"])
    batch = modes != ("single",)
    figure, made = axes(0.9 + 0.21 * len(found),
                        f"{'Batches' if batch else 'Single sends'}, {producers} producers, {words(capacity)}"
                        f"{'' if payload_bytes == 8 else f', {payload_bytes} bytes'}")
    dots(made, theme, found, lambda value: f"{value:.3g}")
    made.set_xlabel(f"million messages of {payload_bytes} bytes a second")
    made.xaxis.set_major_formatter(FuncFormatter(plain))
    languages_legend(made, theme, [row[1] for row in found])
    return figure


def line_style(name, best, theme):
    """Ours stand out, those in C unbroken; the best of the others have colours and names, the rest is one crowd."""
    if name in OUR_NAMES:
        return dict(color=colour(name, theme), linewidth=2.6, zorder=4, label=title(name),
                    linestyle="-" if PROGRAMS[BY_NAME[name].program].language == "c" else (0, (3, 1)))
    if name in best:
        return dict(color=theme.lines[best.index(name)], linewidth=1.5, zorder=3, label=title(name))
    return dict(color=theme.faint, linewidth=0.9, zorder=2)


def throughput_lines(comparison, theme, capacity=BOUNDED, mode="single"):
    found = {name: [(producers, comparison.line(name, producers=producers, capacity=capacity, mode=mode))
                    for producers in PRODUCERS] for name in BY_NAME}
    found = {name: [(producers, line) for producers, line in points if line] for name, points in found.items()}
    found = {name: points for name, points in found.items() if points}
    if not found:
        return None
    figure, made = axes(4.4, f"Throughput against producers, {words(capacity)}{MODE_WORDS[mode]}")
    best = sorted((name for name in found if name not in OUR_NAMES),
                  key=lambda name: -max(line["median"] for _, line in found[name]))[:HIGHLIGHTED]
    for name, points in found.items():
        style = line_style(name, best, theme)
        xs = [producers for producers, _ in points]
        made.plot(xs, [line["median"] / 1e6 for _, line in points], marker="o", markersize=3.5, **style)
        if "label" in style:
            made.fill_between(xs, [line["min"] / 1e6 for _, line in points],
                              [line["max"] / 1e6 for _, line in points], color=style["color"], alpha=0.13,
                              linewidth=0)
    if len(found) > len(best) + len(OUR_NAMES):
        made.plot([], [], color=theme.faint, label="the others")
    made.set_xscale("log", base=2)
    made.set_yscale("log")
    made.set_xticks(PRODUCERS, [str(one) for one in PRODUCERS])
    made.yaxis.set_major_formatter(FuncFormatter(plain))
    made.yaxis.set_minor_formatter(NullFormatter())
    made.set_xlabel("producers")
    made.set_ylabel("million messages a second")
    made.legend(loc="upper center", bbox_to_anchor=(0.45, -0.14), ncol=2)
    return figure


def percentile_lines(comparison, theme, scenario, heading):
    """The x axis is stretched towards the rare cases, each further nine as far as the one before."""
    found = {}
    for name in comparison.names(scenario):
        lines = {line["metric"]: line for line in comparison.lines
                 if line["scenario"] == scenario and line["impl"] == name}
        found[name] = [(share, lines[metric]["median"]) for metric, share in PERCENTILES if metric in lines]
    found = {name: points for name, points in found.items() if points}
    if not found:
        return None
    figure, made = axes(4.6, heading)

    def at_median(name):
        return min(value for share, value in found[name] if share == 50)
    best = sorted((name for name in found if name not in OUR_NAMES), key=at_median)[:HIGHLIGHTED]
    for name, points in found.items():
        style = line_style(name, best, theme)
        made.plot([1 / (1 - share / 100) for share, _ in points], [max(value, 1) for _, value in points],
                  marker="o", markersize=3, **style)
    if len(found) > len(best) + len(OUR_NAMES):
        made.plot([], [], color=theme.faint, label="the others")
    made.set_xscale("log")
    made.set_yscale("log")
    shown = [(share, metric) for metric, share in PERCENTILES if share not in (10, 25, 75)]
    made.set_xticks([1 / (1 - share / 100) for share, _ in shown], [metric for _, metric in shown])
    made.xaxis.set_minor_formatter(NullFormatter())
    made.minorticks_off()
    made.yaxis.set_major_formatter(FuncFormatter(duration))
    made.set_xlabel("percentile")
    made.legend(loc="upper center", bbox_to_anchor=(0.45, -0.12), ncol=2)
    return figure


def memory_dots(comparison, theme, metric="idle-channel", capacity=BOUNDED, heading=""):
    found = [(title(name), name, line, 1) for name in comparison.names("footprint")
             for line in [comparison.line(name, "footprint", metric, capacity=capacity)]
             if line and line["median"] > 0]
    if not found:
        return None
    found.sort(key=lambda row: row[2]["median"])
    figure, made = axes(0.9 + 0.21 * len(found), heading)
    dots(made, theme, found, size)
    made.xaxis.set_major_locator(LogLocator(base=16))
    made.xaxis.set_minor_locator(LogLocator(base=2))
    made.xaxis.set_major_formatter(FuncFormatter(size))
    made.set_xlabel("allocated, or live on the heap")
    languages_legend(made, theme, [row[1] for row in found])
    return figure


def ratios(comparison, theme, kind, ours):
    """Ours over each peer: a mark for each column, with the least and the greatest round."""
    of = KINDS[kind]
    rows = ratio_rows(comparison, of, ours)
    if not rows:
        return None
    rows.sort(key=lambda row: -min(one.median for one in row[1] if one))
    figure, made = axes(1.3 + 0.27 * len(rows), f"{title(ours)} over each peer:\n{of.words}")
    markers = "osD^"
    used = [index for index in range(len(of.columns)) if any(found[index] for _, found in rows)]
    for place, (name, found) in enumerate(rows):
        for index in used:
            if found[index]:
                height = place + ((len(of.columns) - 1) / 2 - index) * 0.17
                made.plot([found[index].low, found[index].high], [height, height], color=colour(name, theme), linewidth=0.9)
                made.plot(found[index].median, height, markers[index], color=colour(name, theme), markersize=3.4)
    for index in used:
        made.plot([], [], markers[index], color=theme.text, markersize=3.4, linestyle="none", label=of.columns[index].words)
    made.axvline(1, color=theme.text, linewidth=1)
    made.set_xscale("log")
    made.set_yticks(range(len(rows)), [title(name) for name, _ in rows])
    made.tick_params(axis="y", length=0)
    made.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}k×" if value >= 1000 else f"{value:g}×"))
    made.minorticks_off()
    made.set_ylim(-0.6, len(rows) - 0.4)
    made.set_xlabel("times better")
    above(made)
    return figure


# name: (drawing, its parameters, what it shows in words)
PICTURES = {
    "throughput-bounded": (throughput_dots, {}, "a row for each peer: messages a second with two producers and capacity 1024"),
    "throughput-unbounded": (throughput_dots, {"capacity": UNBOUNDED},
                             "a row for each peer: messages a second with two producers, unbounded"),
    "producers-bounded": (throughput_lines, {}, "lines of messages a second with 1, 2, 4 and 8 producers, bounded"),
    "producers-unbounded": (throughput_lines, {"capacity": UNBOUNDED},
                            "lines of messages a second with 1, 2, 4 and 8 producers, unbounded"),
    "batches-bounded": (throughput_dots, {"modes": ("batch", "batch-receive")},
                        "a row for each peer: messages a second in batches, two producers, capacity 1024"),
    "batches-unbounded": (throughput_dots, {"modes": ("batch", "batch-receive"), "capacity": UNBOUNDED},
                          "a row for each peer: messages a second in batches, two producers, unbounded"),
    "one-way-latency": (percentile_lines, {"scenario": "one-way-latency", "heading": "One-way latency at a million a second"},
                        "percentiles of the time from intended sending to receiving"),
    "wake-latency": (percentile_lines, {"scenario": "announced-wake", "heading": "Waking a receiver that waits"},
                     "percentiles of the time from a send to a waiting receiver having the message"),
    "large-messages": (throughput_dots, {"payload_bytes": 256}, "a row for each peer: 256-byte messages a second, bounded"),
    "large-messages-unbounded": (throughput_dots, {"payload_bytes": 256, "capacity": UNBOUNDED},
                                 "a row for each peer: 256-byte messages a second, unbounded"),
    "memory-idle-bounded": (memory_dots, {"heading": "An idle channel with a sender, capacity 1024"},
                            "a row for each peer: bytes of an idle bounded channel"),
    "memory-idle-unbounded": (memory_dots, {"heading": "An idle channel with a sender, unbounded",
                                            "capacity": UNBOUNDED}, "a row for each peer: bytes of an idle unbounded channel"),
    "memory-after-burst": (memory_dots, {"heading": "Left after a burst of a million messages",
                                         "metric": "left-after-burst", "capacity": UNBOUNDED},
                           "a row for each peer: bytes that a channel keeps after a burst was drained"),
}
PICTURES |= {f"{kind}-{ours}": (ratios, {"kind": kind, "ours": ours}, f"{title(ours)}: times better than each peer, {of.words}")
             for kind, of in KINDS.items() for ours in of.ours}
