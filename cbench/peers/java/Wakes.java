// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** Wake-ups, and which of them found the receiver asleep: cbench/scenarios/announced_wake.h says why that is looked at. */
final class Wakes {
    private static final long PAUSE = 200_000; // nanoseconds
    private static final long LIMIT = 5_000_000;
    /** After that many in vain the receiver is taken to be one that polls, and not waited for any more. */
    private static final int PATIENCE = 10;

    private final long[] samples;
    private final boolean[] asleep;
    private int foundAsleep = 0;

    private Wakes(int count) {
        samples = new long[count];
        asleep = new boolean[count];
    }

    /** The calling thread receives. */
    static Wakes run(Cell cell, int count) {
        Wakes wakes = new Wakes(count);
        Peer peer = Peer.open(cell);
        AtomicLong announced = new AtomicLong();
        Path state = stateOfThisThread();
        long base = System.nanoTime();
        Thread producer = Scenarios.start(() -> {
            for (int index = 0; index < count; index++) {
                while (announced.get() != index + 1) Thread.onSpinWait();
                wakes.waitUntilAsleep(state, index);
                peer.send(System.nanoTime() - base, 1);
            }
        });
        for (int index = 0; index < count; index++) {
            announced.set(index + 1);
            long sent = peer.receive()[0];
            wakes.samples[index] = System.nanoTime() - base - sent;
        }
        Scenarios.join(producer);
        return wakes;
    }

    private void waitUntilAsleep(Path state, int index) {
        long start = System.nanoTime();
        long limit = index >= PATIENCE && foundAsleep == 0 ? 0 : LIMIT;
        while (System.nanoTime() - start < PAUSE) {}
        boolean sleeps;
        do sleeps = isAsleep(state);
        while (!sleeps && System.nanoTime() - start < limit);
        asleep[index] = sleeps;
        if (sleeps) foundAsleep++;
    }

    /** The link says which thread of the process this is. */
    private static Path stateOfThisThread() {
        try {
            return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self"))).resolve("stat");
        } catch (IOException | UnsupportedOperationException exception) {
            Report.fail("the state of a thread cannot be read");
            throw new IllegalStateException(exception);
        }
    }

    /** The state follows the name, which is in brackets and may contain any character. */
    private static boolean isAsleep(Path state) {
        try {
            String text = Files.readString(state);
            return text.startsWith(" S", text.lastIndexOf(')') + 1);
        } catch (IOException exception) {
            Report.fail("the state of a thread could not be read");
            throw new IllegalStateException(exception);
        }
    }

    /** The share that was asleep, and the distribution of those if they are at least half. */
    Report report(Report report) {
        long[] kept = new long[samples.length];
        int count = 0;
        for (int index = 0; index < samples.length; index++) if (asleep[index]) kept[count++] = samples[index];
        report.add("asleep", "per wake", (double) count / samples.length);
        return count * 2 >= samples.length ? report.addDistribution(Arrays.copyOf(kept, count)) : report;
    }
}
