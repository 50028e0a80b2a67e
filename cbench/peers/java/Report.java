// SPDX-License-Identifier: Apache-2.0

import java.util.Arrays;
import java.util.Locale;

/** The answer to one request: one line of JSON. */
final class Report {
    private static final String[] NAMES = {
        "p10", "p25", "p50", "p75", "p90", "p99", "p99.9", "p99.99", "max"
    };
    private static final int[] PER_TEN_THOUSAND = {1000, 2500, 5000, 7500, 9000, 9900, 9990, 9999, 10000};

    private final StringBuilder metrics = new StringBuilder();

    Report add(String metric, String unit, double value) {
        if (metrics.length() > 0) metrics.append(", ");
        metrics.append(String.format(
            Locale.ROOT, "{\"metric\": \"%s\", \"unit\": \"%s\", \"value\": %f}", metric, unit, value));
        return this;
    }

    /** Exact percentiles (nearest rank) of nanoseconds; sorts the samples. */
    Report addDistribution(long[] samples) {
        Arrays.sort(samples);
        for (int index = 0; index < NAMES.length; index++) {
            int rank = (int) (((long) samples.length * PER_TEN_THOUSAND[index] + 9999) / 10000);
            add(NAMES[index], "ns", samples[rank - 1]);
        }
        return this;
    }

    void write(long nanoseconds) {
        System.out.printf(Locale.ROOT, "{\"metrics\": [%s], \"seconds\": %.9f}%n", metrics, nanoseconds / 1e9);
        System.out.flush();
    }

    /** A benchmark that lost a message has no figure. From any thread. */
    static void fail(String reason) {
        System.out.println("\n{\"error\": \"" + reason.replace('"', '\'') + "\"}");
        System.out.flush();
        Runtime.getRuntime().halt(1);
    }
}
