// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The Swift benchmark program: runs the cells it is asked for and answers each with one line of
/// JSON. The runner (cbench/runner) keeps it and the C program running side by side and asks them
/// in turn.
@main
struct TributaryBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tributary-benchmark",
        abstract: "Runs cells of the benchmark and prints one line of JSON for each.",
        discussion: """
            A cell is a scenario and its parameters:

              throughput implementation=tributary-sender producers=2 capacity=1024 count=1000000

            Without arguments, cells are read from standard input, one a line.
            """)

    @Argument(help: "The cells to run.")
    var cells: [String] = []

    func run() {
        Timer.shared.measure()
        if !cells.isEmpty {
            for cell in cells { answer(cell) }
            return
        }
        while let line = readLine() { answer(line) }
    }

    private func answer(_ request: String) {
        let cell = Cell(request)
        var report = Report()
        guard let scenario = Scenario.named(cell.scenario) else {
            fail("there is no scenario \(cell.scenario)")
        }
        scenario(cell, &report)
        report.write()
    }
}
