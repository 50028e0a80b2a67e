// SPDX-License-Identifier: Apache-2.0

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** N threads send, the program's first thread receives. */
final class Scenarios {
    private static final int RECEIVE_BYTES = 8192;
    private static final int BATCH = 64;
    private static final int BURST = 1_000_000;

    private Scenarios() {}

    /** Producers poll at it, so that opening it costs no wake-ups. */
    private static final class Gate {
        private final AtomicInteger arrived = new AtomicInteger();
        private volatile boolean open;

        void pass() {
            arrived.incrementAndGet();
            while (!open) Thread.yield();
        }

        boolean hasArrived(int threads) {
            return arrived.get() >= threads;
        }

        long open(int threads) {
            while (!hasArrived(threads)) Thread.yield();
            long start = System.nanoTime();
            open = true;
            return start;
        }
    }

    static Thread start(Runnable body) {
        Thread thread = new Thread(body);
        thread.start();
        return thread;
    }

    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Report.fail("interrupted");
        }
    }

    /** Nanoseconds from the moment the producers were let go until the last message was received. */
    static long deliver(Cell cell) {
        Peer peer = Peer.open(cell);
        Gate gate = new Gate();
        ArrayList<Thread> producers = new ArrayList<>();
        for (int index = 0; index < cell.producers; index++) {
            int producer = index;
            producers.add(start(() -> {
                gate.pass();
                long first = Checker.firstWord(producer);
                if (cell.mode.equals("batch")) produceBatches(peer, first, cell.share(producer), cell.words());
                else produce(peer, first, cell.share(producer), cell.words());
            }));
        }
        Checker checker = new Checker(cell.producers);
        long start = gate.open(cell.producers);
        switch (cell.mode) {
            case "single": consume(peer, checker, cell.count); break;
            case "batch":
            case "batch-receive": consumeSome(peer, checker, cell.count, RECEIVE_BYTES / cell.payloadBytes); break;
            default: Report.fail("there is no mode " + cell.mode);
        }
        long nanoseconds = System.nanoTime() - start;
        checker.finish(cell);
        producers.forEach(Scenarios::join);
        return nanoseconds;
    }

    private static void produce(Peer peer, long word, int share, int words) {
        for (long end = word + share; word != end; word++) peer.send(word, words);
    }

    private static void produceBatches(Peer peer, long word, int share, int words) {
        for (long end = word + share; word != end;) {
            int count = (int) Math.min(BATCH, end - word);
            peer.sendBatch(word, count, words);
            word += count;
        }
    }

    private static void consume(Peer peer, Checker checker, int count) {
        for (int remaining = count; remaining > 0; remaining--) checker.check(peer.receive());
    }

    private static void consumeSome(Peer peer, Checker checker, int count, int maximum) {
        for (int remaining = count; remaining > 0;) remaining -= peer.receiveSome(checker, maximum);
    }

    /** Open loop: a message is the time at which it was to be sent; a producer that is late sends at once. */
    static long oneWayLatency(Cell cell, long[] samples) {
        Peer peer = Peer.open(cell);
        Gate gate = new Gate();
        long base = System.nanoTime();
        double interval = 1e9 / cell.rate;
        Thread producer = start(() -> {
            gate.pass();
            double next = System.nanoTime() - base + interval;
            for (int index = 0; index < samples.length; index++, next += interval) {
                long intended = (long) next;
                while (System.nanoTime() - base < intended) {}
                peer.send(intended, 1);
            }
        });
        long start = gate.open(1);
        long previous = 0;
        for (int index = 0; index < samples.length; index++) {
            long intended = peer.receive()[0];
            samples[index] = System.nanoTime() - base - intended;
            if (intended <= previous) Report.fail("a message is not the successor of the one before");
            previous = intended;
        }
        long nanoseconds = System.nanoTime() - start;
        join(producer);
        return nanoseconds;
    }

    /** Bytes of the heap that an idle channel keeps alive, and one that had a burst. */
    static void footprint(Cell cell, Report report) {
        Peer[] peers = new Peer[cell.count];
        Peer.open(cell);
        double before = heap();
        for (int index = 0; index < peers.length; index++) peers[index] = Peer.open(cell);
        double idle = (heap() - before) / peers.length;
        Reference.reachabilityFence(peers);
        report.add("idle-channel", "bytes", idle);
        if (cell.capacity != 0) return;

        Arrays.fill(peers, null);
        before = heap();
        Peer peer = Peer.open(cell);
        Gate sent = new Gate();
        Thread producer = start(() -> {
            produce(peer, Checker.firstWord(0), BURST, 1);
            sent.pass();
        });
        while (!sent.hasArrived(1)) Thread.yield();
        double full = heap();
        consume(peer, new Checker(1), BURST);
        double drained = heap();
        sent.open(1);
        join(producer);
        Reference.reachabilityFence(peer);
        report.add("burst", "bytes", full - before).add("left-after-burst", "bytes", drained - before);
    }

    /** The least of some readings: not everything that is dead goes with the first collection. */
    private static double heap() {
        double least = Double.MAX_VALUE;
        for (int reading = 0; reading < 4; reading++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
