// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashSet;

/**
 * Java's queues under the work of cbench: reads cells, one a line on standard input or one an argument, and answers
 * each with one line of JSON. docs/benchmarks.md has the protocol.
 */
final class Peers {
    private static final long WARM_UP = 1_000_000_000L; // nanoseconds
    private static final int WARM_UP_MESSAGES = 200_000;
    private static final int WARM_UP_LATENCIES = 50_000;

    private static final HashSet<String> warm = new HashSet<>();
    private static double warmUpSeconds = 0;

    private Peers() {}

    /** The first cell of a kind is preceded by runs of it, until the compiler has had a second. */
    private static void warmUp(Cell cell, Runnable run) {
        if (!warm.add(cell.scenario + cell.mode + cell.payloadBytes)) return;
        long start = System.nanoTime();
        do run.run();
        while (System.nanoTime() - start < WARM_UP);
        warmUpSeconds += (System.nanoTime() - start) / 1e9;
    }

    private static void run(String request) {
        Cell cell = new Cell(request);
        Cell small = new Cell(request);
        small.count = WARM_UP_MESSAGES;
        Report report = new Report();
        long start = System.nanoTime();
        switch (cell.scenario) {
            case "throughput": {
                warmUp(cell, () -> Scenarios.deliver(small));
                long nanoseconds = Scenarios.deliver(cell);
                report.add("throughput", "messages/s", cell.count * 1e9 / nanoseconds);
                report.add("warm-up", "s", warmUpSeconds).write(nanoseconds);
                break;
            }
            case "one-way-latency": {
                warmUp(cell, () -> Scenarios.oneWayLatency(cell, new long[WARM_UP_LATENCIES]));
                long[] samples = new long[cell.count];
                long nanoseconds = Scenarios.oneWayLatency(cell, samples);
                report.addDistribution(samples).write(nanoseconds);
                break;
            }
            case "announced-wake": {
                warmUp(cell, () -> Wakes.run(cell, 100));
                Wakes.run(cell, cell.count).report(report).write(System.nanoTime() - start);
                break;
            }
            case "footprint":
                Scenarios.footprint(cell, report);
                report.write(System.nanoTime() - start);
                break;
            default:
                Report.fail("there is no " + cell.scenario);
        }
    }

    public static void main(String[] requests) throws IOException {
        for (String request : requests) run(request);
        if (requests.length > 0) return;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null;) run(line);
    }
}
