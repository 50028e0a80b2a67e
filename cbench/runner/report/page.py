# SPDX-License-Identifier: Apache-2.0
"""The page: one file, no network, light and dark, on a telephone and on paper."""

import base64
from html import escape

from matrix import PRODUCERS, RENDEZVOUS, UNBOUNDED
from peers.catalog import BOUNDED, BY_NAME, LEFT_OUT
from peers.comparison import FOOTPRINTS, OUR_NAMES, WAKE
from peers.ratios import KINDS, rows as ratio_rows
from report.markdown import flags_of
from report.pictures import PICTURES, duration, size
from report.svg import both

RATIOS = tuple(f"{kind}-{ours}" for kind, one in KINDS.items() for ours in one.ours)

SECTIONS = (
    ("Throughput", "Single sends and single receives, every message checked on arrival. Dots: medians; lines: from the least to the greatest run.",
     ("throughput-bounded", "throughput-unbounded", "producers-bounded", "producers-unbounded", "large-messages",
      "large-messages-unbounded")),
    ("Batches", "Those that have them: 64 messages in one call, or a receiver that takes what is there. Go: slices.",
     ("batches-bounded", "batches-unbounded")),
    ("Ratios", "How many times better we are than each peer: of the medians of one run; the lines go from the least to the greatest of "
     "the single rounds. Right of the line at 1 we are faster, or need less time or memory. The sender promises no order between "
     "producers, as moodycamel, TBB; the shared sender is an exact FIFO, as the others. Batches: theirs are the better of both ends "
     "in batches and of a receiver that takes what is there.", RATIOS),
    ("Latency", "Less is better. One-way: open loop, a delay of the sender counts. Wake: "
     "the kernel had the receiver asleep, it had waited for 200 µs at least; who polls has none and is not in it.",
     ("one-way-latency", "wake-latency")),
    ("Memory", "Less is better.", ("memory-idle-bounded", "memory-idle-unbounded", "memory-after-burst")),
)

MODES = {"single": "single", "batch": "batches at both ends", "batch-receive": "single sends, batches received"}

STYLE = """
:root { color-scheme: light dark; --back: #ffffff; --text: #1f2328; --faint: #d0d7de; --soft: #f3f5f7; --good: #1a7f37;
  --bad: #b42318; }
@media screen and (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --faint: #3d444d;
  --soft: #161b22; --good: #56d364; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--faint); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem;
  align-items: start; }
figure { margin: 0; break-inside: avoid; } img { width: 100%; height: auto; display: block; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--faint); text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; } thead th { border-bottom-width: 2px; }
td small { display: block; opacity: .75; white-space: nowrap; }
.ours td { font-weight: 600; background: var(--soft); }
.words td:nth-child(n+2), .words th:nth-child(n+2) { text-align: left; }
.met { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
pre, code { font-size: .8rem; } pre { overflow-x: auto; background: var(--soft); padding: .6rem; }
summary { cursor: pointer; margin: .6rem 0; }
@media print { body { max-width: none; font-size: 9pt; padding: 0; } .pictures { grid-template-columns: 1fr 1fr; } .table { overflow: visible; } table { font-size: 7pt; }
  td small { white-space: normal; } pre { white-space: pre-wrap; } h2, h3, h2 + p { break-after: avoid; } tr { break-inside: avoid; } }
@media screen and (max-width: 40rem) { .words thead { display: none; } .words tr { display: block; padding: .4rem 0;
  border-bottom: 1px solid var(--faint); } .words td { display: block; border: 0; padding: 0; text-align: left; }
  .words.bars td:nth-child(n+2) { display: inline-block; margin-right: .8rem; } .words td:first-child { font-weight: 600; } .words td small { white-space: normal; } }
"""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def row(cells, ours=False, head=False):
    tag = "th" if head else "td"
    return f"<tr{' class=ours' if ours else ''}>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def table(head, rows, kind=""):
    named = f' class="{kind}"' if kind else ""
    return (f"<div class=table><table{named}><thead>{row(head, head=True)}</thead><tbody>" + "".join(rows) +
            "</tbody></table></div>")


def cell(line, scale=1.0, show=number):
    if not line:
        return ""
    return (f"{show(line['median'] * scale)}<small>{show(line['min'] * scale)}–{show(line['max'] * scale)}</small>")


def picture(comparison, name):
    made = both(comparison, name)
    if not made:
        return ""
    data = {theme: "data:image/svg+xml;base64," + base64.b64encode(content).decode()
            for theme, content in made.items()}
    return (f'<figure id="{name}"><picture><source media="screen and (prefers-color-scheme: dark)" '
            f'srcset="{data["dark"]}"><img alt="{escape(PICTURES[name][2])}" src="{data["light"]}"></picture></figure>')


def bars_table(judged):
    rows = []
    for bar in judged:
        verdict = {None: "not measured", True: '<span class=met>met</span>',
                   False: '<span class=missed>not met</span>'}[bar.met]
        value = "" if bar.value is None else f"{bar.value:.2f} ×"
        note = f"<small>{escape(bar.notes[0])}</small>" if bar.notes else ""
        rows.append(row((escape(bar.figure) + note, value, f"{escape(bar.comparison)} {bar.bound:g} ×", verdict)))
    return table(("figure", "value", "bar", ""), rows, "words bars")


def order(comparison, name):
    return "; ".join((BY_NAME[name].order, *comparison.notes(name)))


def throughput_tables(comparison):
    for payload_bytes in (8, 64, 256):
        for mode in ("single", "batch", "batch-receive"):
            rows = []
            for name in BY_NAME:
                cells = [cell(comparison.line(name, producers=producers, capacity=capacity, mode=mode,
                                              payload_bytes=payload_bytes), 1e-6)
                         for capacity in (BOUNDED, UNBOUNDED) for producers in PRODUCERS]
                if any(cells):
                    rows.append((name, cells))
            if rows:
                # The quick mode has the longer messages with two producers only.
                used = [index for index in range(2 * len(PRODUCERS)) if any(cells[index] for _, cells in rows)]
                head = [f"{words} {producers}" for words in ("1024:", "unbounded:") for producers in PRODUCERS]
                yield (f"<h3>{MODES[mode]}, {payload_bytes} bytes, million messages/s, by producers</h3>" + table(
                    ("", "order", *(head[index] for index in used)),
                    [row((escape(BY_NAME[name].title), order(comparison, name), *(cells[index] for index in used)),
                         name in OUR_NAMES) for name, cells in rows]))
    rows = []
    for name in BY_NAME:
        cells = [cell(comparison.line(name, producers=producers, capacity=comparison.room(name, RENDEZVOUS)),
                      1e-6) for producers in PRODUCERS]
        if any(cells):
            rows.append(row((escape(BY_NAME[name].title), *cells), name in OUR_NAMES))
    if rows:
        yield ("<h3>capacity 0 (ours: 1), million messages/s, by producers</h3>" +
               table(("", *PRODUCERS), rows))


def other_tables(comparison):
    percentiles = ("p50", "p90", "p99", "p99.9", "max")
    for scenario, heading in (("one-way-latency", "one-way latency"), (WAKE, "wake")):
        rows = []
        head = ("", *percentiles, *(("asleep",) if scenario == WAKE else ()))
        for name in comparison.names(scenario):
            lines = {line["metric"]: line for line in comparison.lines
                     if line["scenario"] == scenario and line["impl"] == name}
            if scenario == WAKE and name in comparison.polls:
                cells = ["polls", *[""] * (len(percentiles) - 1)]
            else:
                cells = [cell(lines.get(one), 1, lambda value: duration(float(f"{value:.3g}"))) for one in percentiles]
            if scenario == WAKE:
                cells.append(f"{lines['asleep']['median']:.0%}" if "asleep" in lines else "")
            rows.append(row((escape(BY_NAME[name].title), *cells), name in OUR_NAMES))
        if rows:
            yield f"<h3>{heading}</h3>" + table(head, rows)
    rows = []
    for name in comparison.names("footprint"):
        rows.append(row((escape(BY_NAME[name].title), *(
            cell(line, 1, size) for line in comparison.footprints(name))), name in OUR_NAMES))
    if rows:
        yield "<h3>memory</h3>" + table(("", *(words for _, _, words in FOOTPRINTS)), rows)


def ratio_cell(one):
    return f"{number(one.median)}<small>{number(one.low)}–{number(one.high)}</small>" if one else ""


def ratio_tables(comparison):
    for kind in KINDS.values():
        for ours in kind.ours:
            rows = [row((escape(BY_NAME[name].title), *map(ratio_cell, found)))
                    for name, found in ratio_rows(comparison, kind, ours)]
            if rows:
                yield (f"<h3>{escape(BY_NAME[ours].title)}, times better: {escape(kind.words)}</h3>" +
                       table(("", *(column.words for column in kind.columns)), rows))


def failures(comparison):
    found = {}
    for line in comparison.failures:
        found.setdefault((line["impl"], line["failure"]), []).append(line)
    rows = [row((escape(BY_NAME[name].title), cells_of(comparison, name, lines), f"<span class=missed>{escape(reason)}</span>"))
            for (name, reason), lines in found.items()]
    rows += [row((escape(peer.title), scenario, escape(reason))) for peer, scenario, reason in comparison.without()]
    rows += [row((escape(what), "all", escape(reason))) for what, reason in LEFT_OUT]
    words = "Red: it was asked, and failed." if found else "Everything that was asked for was measured."
    return f"<p>{words}</p>" + table(("", "where", "why"), rows, "words")


def cells_of(comparison, name, lines):
    """The scenarios, and of throughput in which cells, if they are few."""
    if not any(line["impl"] == name for line in comparison.lines):
        return "everything"
    scenarios = sorted({line["scenario"] for line in lines})
    if scenarios != ["throughput"] or len(lines) > 6:
        return f"{', '.join(scenarios)}: {len(lines)} cells"
    return "; ".join(f"{line['mode']}, {line['producers']} × {line['payload_bytes']} bytes, "
                     f"{line['capacity'] or 'unbounded'}" for line in lines)


def environment(comparison):
    known = comparison.environment
    machine = known.get("machine", {})
    rows = [row((escape(what), escape(str(value)))) for what, value in (
        ("date", known.get("date")), ("commit", known.get("commit")),
        ("processor", f"{machine.get('processor')}, {machine.get('processors')} processors, "
                      f"{machine.get('architecture')}"),
        ("memory", f"{machine.get('memory_gib')} GiB"),
        ("system", f"{machine.get('system')}, Linux {machine.get('kernel')}"),
        ("runs of each cell", known.get("rounds")), ("measured for", f"{known.get('measured_seconds')} s"),
        *known.get("versions", {}).items(),
        *((f"{name}: compiled, run with", words) for name, words in flags_of(known).items()))]
    commands = "\n".join(f"{name}: {command}" for name, command in known.get("commands", {}).items())
    return (table(("", ""), rows, "words") + "<h3>Commands</h3><pre>" +
            escape(f"{comparison.command}\nmake report\n\n{commands}") + "</pre>")


def page(comparison, judged):
    known = comparison.environment
    machine = known.get("machine", {})
    met = sum(bar.met is True for bar in judged)
    missed = sum(bar.met is False for bar in judged)
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        f"<title>Tributary beside other channels</title><style>{STYLE}</style></head><body>",
        "<h1>Tributary beside other channels</h1>",
        f"<p>{escape(str(known.get('date', ''))[:10])}; {escape(str(machine.get('processor')))}, "
        f"{machine.get('processors')} processors, {escape(str(machine.get('system')))}. One run of "
        f"<code>{escape(comparison.command)}</code>: the programs were asked in turn, "
        f"{known.get('rounds')} rounds; medians, with the least and the greatest run. "
        f"Of the bars that the project set itself {met} are met and {missed} are not.</p>",
    ]
    for heading, words, names in SECTIONS:
        pictures = "".join(picture(comparison, name) for name in names)
        if pictures:
            parts.append(f"<h2>{heading}</h2><p>{escape(words)}</p><div class=pictures>{pictures}</div>")
    parts += ["<h2>Bars</h2><p>Ratios of medians; ours over the best peer of the same cell.</p>", bars_table(judged),
              "<h2>Not measured</h2>", failures(comparison),
              "<h2>All figures</h2><p>Median, and the least and the greatest run below it.</p>",
              *throughput_tables(comparison), *other_tables(comparison), *ratio_tables(comparison),
              "<h2>Machine, versions, commands</h2>", environment(comparison), "</body></html>"]
    return "\n".join(parts)
