# SPDX-License-Identifier: Apache-2.0
"""The runner of the comparison from asking to drawing, with a program that takes no time. No peer is needed."""

import html
import importlib.util
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import results
from matrix import RENDEZVOUS, UNBOUNDED
from peers import bars, catalog, environment, flags, matrix, ratios
from peers.build import reason
from peers.comparison import SUITE, Comparison, failure_line
from peers.workers import Workers
from schedule import Schedule


def present(module):
    return importlib.util.find_spec(module) is not None


class ComparisonTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "results.jsonl")
        peers = [peer for peer in catalog.chosen(["rust", "go", "tbb"]) if peer.name != "tokio-tasks"]
        command = [sys.executable, os.path.join(HERE, "fake_worker.py")]
        workers = Workers({"cbench": command, "rust": command, "tbb": command, "swift": command}, {"go": "not built: go: not found"}, None)
        figures, cls.failures = results.Results(), []

        def failed(scenario, series, error):
            cls.failures.append(failure_line(scenario, series, str(error)))
            workers.end(series)

        mode = matrix.Mode(1, 2, (2,), False, 5, 1)
        try:
            Schedule(workers.of, figures, 0.5, 2, failed).run(matrix.groups([*catalog.OURS, *peers], mode), lambda *_: None)
        finally:
            workers.close()
        results.replace(cls.path, None, [{"scenario": "throughput", "impl": "kept"}])
        results.replace(cls.path, SUITE, [
            {"suite": SUITE, "environment": {"date": "2026-01-01", "machine": {},
                                              "versions": {"Go": "1", "rustc": "rustc 1.2.3 (of a day)"},
                                              "flags": {"c": "cc -O9"}, "variables": {"GOGC": "off"}}},
            *({"suite": SUITE, **one, "values": values} for one, values in figures.objects(with_values=True)),
            *cls.failures])
        cls.comparison = Comparison(results.read(cls.path))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_benchmarks_own_lines_stay_in_the_file(self):
        self.assertIn({"scenario": "throughput", "impl": "kept"}, results.read(self.path))

    def test_another_run_takes_the_place_of_the_one_before(self):
        path = self.path + ".again"
        for value in (1, 2):
            results.replace(path, SUITE, [{"suite": SUITE, "value": value}])
        self.assertEqual(results.read(path), [{"suite": SUITE, "value": 2}])

    def test_a_peer_is_measured_beside_ours(self):
        line = self.comparison.line("crossbeam", producers=8, capacity=UNBOUNDED)
        self.assertEqual((line["median"], line["runs"], line["values"]), (111, 2, [111, 111]))
        self.assertIsNotNone(self.comparison.line("crossbeam", producers=2, capacity=RENDEZVOUS))
        self.assertIsNotNone(self.comparison.line("crossbeam", producers=2, payload_bytes=256))
        ratio = self.comparison.against_best("tributary-sender", 4, 1024)
        self.assertEqual((ratio.median, ratio.low, ratio.high), (2, 2, 2))

    def test_a_failed_peer_has_a_reason_and_no_figure(self):
        reasons = {line["impl"]: line["failure"] for line in self.failures}
        self.assertEqual(reasons["flume"], "lost a message")
        self.assertEqual(reasons["std-mpsc"], "the program ended with 3")
        self.assertEqual(reasons["go-channel"], "not built: go: not found")
        for name in ("flume", "std-mpsc", "go-channel"):
            self.assertIsNone(self.comparison.line(name))

    def test_who_polls_has_no_wake_up(self):
        self.assertEqual(self.comparison.polls, {"array-queue": 0.1})
        self.assertIsNone(self.comparison.line("array-queue", "announced-wake", "p50"))
        self.assertIn("array-queue", self.comparison.names("announced-wake"))
        ratio = self.comparison.against_least("tributary-sender", "announced-wake", "p50")
        self.assertEqual((ratio.theirs, ratio.median), (111, 1))

    def test_a_group_may_have_fewer_rounds(self):
        self.assertEqual(self.comparison.line("crossbeam", "footprint", "idle-channel")["runs"], 1)

    def test_what_cannot_be_asked_has_a_reason(self):
        self.assertEqual([(peer.name, scenario) for peer, scenario, _ in self.comparison.without()],
                         [("tbb-queue", "footprint"), ("tbb-bounded-queue", "footprint")])
        self.assertEqual(self.comparison.names("footprint", impl="tbb-queue"), [])

    def test_every_cell_that_is_asked_for_is_in_the_full_mode(self):
        cells = {(one.implementation, group.scenario, one.producers, one.capacity, one.payload_bytes, one.mode)
                 for group in matrix.groups([*catalog.OURS, *catalog.PEERS], matrix.MODES["full"]) for one in group.series}
        for peer in (*catalog.OURS, *catalog.PEERS):
            for producers in (1, 2, 4, 8):
                for capacity in peer.capacities:
                    for payload_bytes in peer.payloads:
                        for mode in peer.modes:
                            if capacity == RENDEZVOUS and mode != "single":
                                continue
                            self.assertIn((peer.name, "throughput", producers, capacity, payload_bytes, mode), cells)
            for scenario in ("one-way-latency", "announced-wake"):
                if not peer.lacks(scenario):
                    self.assertIn((peer.name, scenario), {cell[:2] for cell in cells})

    def test_ratios_say_how_many_times_better(self):
        made = {kind: {ours: dict(ratios.rows(self.comparison, one, ours)) for ours in one.ours}
                for kind, one in ratios.KINDS.items()}
        # The program of the tests says 222 for ours of everything, wakes excepted, and 111 for the peers.
        self.assertEqual([one and one.median for one in made["ratios-batches-bounded"]["tributary-sender"]["crossbeam"]],
                         [2, 2, 2, 2])
        latency = made["ratios-latency"]["tributary-shared"]
        self.assertEqual([(one.median, one.low, one.high) for one in latency["crossbeam"]],
                         [(0.5, 0.5, 0.5), (0.5, 0.5, 0.5), (1, 1, 1)])
        self.assertIsNone(latency["array-queue"][2])  # it polls
        self.assertEqual([one and one.median for one in made["ratios-memory"]["tributary-sender"]["crossbeam"]], [0.5] * 4)
        self.assertEqual(set(made["ratios-tasks-bounded"]["tributary-tasks"]), {"async-channel-tasks", "futures-mpsc"})
        self.assertNotIn("array-queue", made["ratios-batches-bounded"]["tributary-sender"])
        self.assertNotIn("flume", made["ratios-bounded"]["tributary-sender"])

    def test_the_spread_of_a_ratio_is_of_single_rounds(self):
        def line(metric, *values):
            return {"impl": "x", "metric": metric, "values": values, "median": sorted(values)[len(values) // 2]}
        one = ratios.better(line("throughput", 10, 20, 30), line("throughput", 10, 5, 10))
        self.assertEqual((one.median, one.low, one.high), (2, 1, 4))
        one = ratios.better(line("p50", 10, 20, 30), line("p50", 40, 20, 30))
        self.assertEqual((one.median, one.low, one.high), (1.5, 1, 4))
        self.assertIsNone(ratios.better(line("left-after-burst", 0), line("left-after-burst", 8)))

    def test_ours_in_tasks_are_no_peers(self):
        self.assertEqual(self.comparison.line("tributary-tasks", producers=2)["median"], 222)
        self.assertEqual(self.comparison.against_best("tributary-sender", 2, 1024).theirs, 111)
        chosen = [[one.name for one in catalog.ours(words)] for words in (["go"], ["go", "tasks"], ["swift"], [])]
        self.assertEqual([("tributary-tasks" in names, "tributary-sender" in names) for names in chosen],
                         [(False, True), (True, True), (True, True), (True, True)])
        self.assertEqual([peer.name for peer in catalog.chosen(["tasks"])], [])

    def test_the_memory_of_a_rendezvous(self):
        self.assertEqual([line and line["median"] for line in self.comparison.footprints("crossbeam")], [111] * 5)
        self.assertEqual([line and line["median"] for line in self.comparison.footprints("tributary-sender")], [222] * 5)
        self.assertIsNone(self.comparison.footprints("async-channel-threads")[2])

    def test_a_part_of_a_language_has_its_version(self):
        self.assertEqual(self.comparison.notes("std-mpsc"), ["of rustc 1.2.3"])
        self.assertEqual(self.comparison.notes("crossbeam"), [])

    def test_what_was_built_with_what(self):
        def file(name, text):
            with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as made:
                made.write(text)
            return made.name
        self.assertEqual(flags.cargo_profile(file("Cargo.toml", "[a]\nx = 1\n[profile.release]\nlto = 'fat' # so\n\n[b]\ny = 2")),
                         "profile.release: lto = 'fat'")
        self.assertEqual(flags.swift_build(file("release.yaml", '''
    args: ["swiftc","-module-name","Other","-c","-Onone"]
    args: ["swiftc","-module-name","TributaryBenchmark","-c","-O","-I","-Ox","-DX","-swift-version","6"]
    args: ["clang","-O2","-fmodule-map-file=a","-c","/x/Sources/CTributary/a.c"]
''')), "swiftc -O -Ox -DX -swift-version 6; clang, of the core -O2")
        self.assertEqual(environment.resolved(file("Package.resolved", '{"pins": [{"identity": "swift-nio", "state": '
                                                   '{"version": "2.1.0", "revision": "0123456789"}}]}')),
                         {"swift-nio": "2.1.0 (0123456)"})
        self.assertEqual(environment.resolved("nowhere"), {})

        class Options:
            flags = ["library=cc -O2", "java=javac", "tbb=c++ -O3"]
            build = swift = self.folder.name
        programs = {name: catalog.PROGRAMS[name] for name in ("java", "tbb")}
        made = flags.flags(programs, Options)
        self.assertEqual(made["tbb"], "c++ -O3")
        self.assertEqual(made["library"], "cc -O2")
        self.assertTrue(made["java"].startswith("javac; java -XX:+UseParallelGC"), made["java"])
        self.assertNotIn("jctools", made["java"])

    def test_every_bar_has_a_verdict(self):
        judged = bars.judge(self.comparison)
        self.assertEqual(len(judged), 9 + 8 + 6 + 3 + 3)
        verdicts = {bar.figure: bar.met for bar in judged}
        self.assertFalse(verdicts["sender, single, 1024, 1 producer"])
        self.assertTrue(verdicts["sender, batches, 1024, 1 producer"])
        self.assertFalse(verdicts["one-way p50, over the lowest"])

    def test_a_bar_of_nothing_is_not_measured(self):
        self.assertEqual({bar.met for bar in bars.judge(Comparison([]))}, {None})

    def test_the_reason_of_a_build_is_the_line_that_tells(self):
        self.assertEqual(reason("c++ -O3 x.cpp\nx.cpp:1: fatal error: ck.h: No such file\nmake: *** [x] Error 1"),
                         "x.cpp:1: fatal error: ck.h: No such file")

    def test_an_unknown_peer_is_refused(self):
        with self.assertRaises(ValueError):
            catalog.chosen(["gopher"])

    @unittest.skipUnless(present("rich"), "needs rich")
    def test_the_table_shows_all_of_it(self):
        import contextlib
        import io
        from peers import table
        with contextlib.redirect_stdout(io.StringIO()) as output:
            table.show(self.comparison, bars.judge(self.comparison))
        for words in ("crossbeam-channel", "lost a message", "capacity 0", "left after it", "bars:", "polls",
                      "its allocator does not say"):
            self.assertIn(words, output.getvalue())

    @unittest.skipUnless(present("matplotlib"), "needs matplotlib")
    def test_the_page_needs_no_network(self):
        from report.page import order, page
        made = page(self.comparison, bars.judge(self.comparison))
        self.assertIn("data:image/svg+xml;base64,", made)
        self.assertIn("lost a message", made)
        for words in ("go: not found", "its allocator does not say", "polls", catalog.LEFT_OUT[0][1], "cc -O9", "GOGC",
                      "Tributary tasks, times better", "idle, 0 (ours: 1)"):
            self.assertTrue(html.escape(words) in made, words)
        self.assertEqual(order(self.comparison, "std-mpsc"), "exact FIFO; of rustc 1.2.3")
        for forbidden in ("http://", "https://", "<script", "<link"):
            self.assertFalse(forbidden in made, forbidden)

    def test_the_tables_have_what_was_measured(self):
        from report.markdown import number, tables
        self.assertEqual([number(value) for value in (0.123456, 12.34, 9999.4, 10_000, 999_499, 999_600, 3_164_000)],
                         ["0.123", "12.3", "9,999", "10k", "999k", "1M", "3.16M"])
        made = tables(self.comparison, bars.judge(self.comparison))
        for words in ("| crossbeam-channel | 0.000111 (0.000111–0.000111) |", "Polling, and so without a wake-up: crossbeam ArrayQueue.",
                      "| **Tributary sender**, batches |", "| crossbeam ArrayQueue (polls) |", "| flume | ", "lost a message",
                      "| c | `cc -O9` |", "| Tributary sender, times better: latency | one-way p50 | one-way p99 | wake p50 |",
                      "| crossbeam-channel | 0.5 (0.5–0.5) | 0.5 (0.5–0.5) | 1 (1–1) |"):
            self.assertIn(words, made)
        self.assertNotIn("| crossbeam ArrayQueue | – | – | – |", made)
        for line in made.splitlines():
            if line.startswith("|"):
                self.assertGreaterEqual(line.count("|"), 3, line)

    @unittest.skipUnless(present("matplotlib"), "needs matplotlib")
    def test_a_picture_is_the_same_twice(self):
        from report.svg import both
        self.assertEqual(both(self.comparison, "throughput-bounded"), both(self.comparison, "throughput-bounded"))


if __name__ == "__main__":
    unittest.main()
