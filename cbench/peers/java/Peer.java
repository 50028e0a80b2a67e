// SPDX-License-Identifier: Apache-2.0

/** A queue of messages. A process runs one kind of it only, so that its calls are compiled without dispatch. */
interface Peer {
    /** Waits for room. */
    void send(long[] message);

    /** Waits for a message. */
    long[] receive();

    /** Waits for the first, and takes up to {@code maximum} of those that are there; how many. */
    int receiveSome(Checker checker, int maximum);

    /** Whether a waiting receiver sleeps. */
    boolean sleeps();

    static Peer open(Cell cell) {
        switch (cell.implementation) {
            case "jctools-mpsc-array": return new JCToolsPeer(JCToolsPeer.bounded(cell));
            case "jctools-mpsc-unbounded": return new JCToolsPeer(JCToolsPeer.unbounded(cell));
            case "array-blocking-queue": return new BlockingPeer(BlockingPeer.bounded(cell));
            case "linked-blocking-queue": return new BlockingPeer(BlockingPeer.linked(cell));
            default:
                Report.fail("there is no implementation " + cell.implementation);
                throw new IllegalStateException();
        }
    }
}
