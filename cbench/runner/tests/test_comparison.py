# SPDX-License-Identifier: Apache-2.0
"""The runner of the comparison from asking to drawing, with a program that takes no time. No peer is needed."""

import importlib.util
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import results
from matrix import RENDEZVOUS, UNBOUNDED
from peers import bars, catalog, matrix
from peers.build import reason
from peers.comparison import SUITE, Comparison
from peers.workers import Workers
from schedule import Schedule


def present(module):
    return importlib.util.find_spec(module) is not None


class ComparisonTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "results.jsonl")
        peers = [peer for peer in catalog.chosen(["rust", "go"]) if peer.name != "tokio-tasks"]
        command = [sys.executable, os.path.join(HERE, "fake_worker.py")]
        workers = Workers({"cbench": command, "rust": command}, {"go": "not built: go: not found"}, None)
        figures, cls.failures = results.Results(), []

        def failed(scenario, series, error):
            cls.failures.append({"suite": SUITE, "scenario": scenario, "impl": series.implementation,
                                 "failure": str(error)})
            workers.end(series)

        mode = matrix.Mode(1, 2, (2,), False, 5)
        try:
            Schedule(workers.of, figures, 0.5, 2, failed).run(matrix.groups(peers, mode), lambda *_: None)
        finally:
            workers.close()
        results.replace(cls.path, None, [{"scenario": "throughput", "impl": "kept"}])
        results.replace(cls.path, SUITE, [
            {"suite": SUITE, "environment": {"date": "2026-01-01", "machine": {}, "versions": {"Go": "1"}}},
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
        self.assertIn("lost a message", reasons["flume"])
        self.assertIn("ended with 3", reasons["std-mpsc"])
        self.assertIn("go: not found", reasons["go-channel"])
        for name in ("flume", "std-mpsc", "go-channel"):
            self.assertIsNone(self.comparison.line(name))

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
        for words in ("crossbeam-channel", "lost a message", "capacity 0", "left after it", "bars:"):
            self.assertIn(words, output.getvalue())

    @unittest.skipUnless(present("matplotlib"), "needs matplotlib")
    def test_the_page_needs_no_network(self):
        from report.page import page
        made = page(self.comparison, bars.judge(self.comparison))
        self.assertIn("data:image/svg+xml;base64,", made)
        self.assertIn("lost a message", made)
        for forbidden in ("http://", "https://", "<script", "<link"):
            self.assertNotIn(forbidden, made)

    @unittest.skipUnless(present("matplotlib"), "needs matplotlib")
    def test_a_picture_is_the_same_twice(self):
        from report.svg import both
        self.assertEqual(both(self.comparison, "throughput-bounded"), both(self.comparison, "throughput-bounded"))


if __name__ == "__main__":
    unittest.main()
