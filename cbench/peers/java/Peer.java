// SPDX-License-Identifier: Apache-2.0

import java.util.concurrent.LinkedTransferQueue;

/** A queue of messages. A process runs one kind of it only, so that its calls are compiled without dispatch. */
interface Peer {
    /** Makes a message of so many words, and waits for room. */
    void send(long word, int words);

    /** As many messages, their first words one after another. */
    default void sendBatch(long word, int count, int words) {
        Report.fail("there is no batch");
    }

    /** Waits for a message. It is the receiver's until the next call. */
    long[] receive();

    /** Waits for the first, and takes up to {@code maximum} of those that are there; how many. */
    int receiveSome(Checker checker, int maximum);

    static Peer open(Cell cell) {
        boolean bounded = cell.capacity != 0;
        switch (cell.implementation) {
            case "jctools-mpsc-array": return JCToolsPeer.array(cell);
            case "jctools-mpsc-chunked": return JCToolsPeer.chunked(cell);
            case "jctools-mpsc-unbounded": return JCToolsPeer.unbounded(cell);
            case "jctools-mpsc-linked": return JCToolsPeer.linked(cell);
            case "array-blocking-queue": return new BlockingPeer(BlockingPeer.bounded(cell));
            case "linked-blocking-queue": return new BlockingPeer(BlockingPeer.linked(cell));
            case "linked-transfer-queue":
                if (bounded) Report.fail("LinkedTransferQueue is unbounded");
                return new BlockingPeer(new LinkedTransferQueue<>());
            case "concurrent-linked-queue":
                if (bounded) Report.fail("ConcurrentLinkedQueue is unbounded");
                return new ConcurrentPeer();
            case "disruptor": return DisruptorPeer.yielding(cell);
            case "disruptor-blocking": return DisruptorPeer.blocking(cell);
            default:
                Report.fail("there is no implementation " + cell.implementation);
                throw new IllegalStateException();
        }
    }
}
