// SPDX-License-Identifier: Apache-2.0

import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.MpscUnboundedArrayQueue;

/** JCTools' queues have no waits: who finds nothing looks some times more, then gives way. */
final class JCToolsPeer implements Peer {
    private static final int CHUNK = 1024;

    private final MessagePassingQueue<long[]> queue;

    JCToolsPeer(MessagePassingQueue<long[]> queue) {
        this.queue = queue;
    }

    static MessagePassingQueue<long[]> bounded(Cell cell) {
        if (cell.capacity == 0) Report.fail("MpscArrayQueue is bounded");
        return new MpscArrayQueue<>(cell.capacity);
    }

    static MessagePassingQueue<long[]> unbounded(Cell cell) {
        if (cell.capacity != 0) Report.fail("MpscUnboundedArrayQueue is unbounded");
        return new MpscUnboundedArrayQueue<>(CHUNK);
    }

    private static int backOff(int looks) {
        if (looks < 64) Thread.onSpinWait();
        else Thread.yield();
        return looks + 1;
    }

    @Override
    public void send(long[] message) {
        for (int looks = 0; !queue.relaxedOffer(message);) looks = backOff(looks);
    }

    @Override
    public long[] receive() {
        long[] message;
        for (int looks = 0; (message = queue.relaxedPoll()) == null;) looks = backOff(looks);
        return message;
    }

    @Override
    public int receiveSome(Checker checker, int maximum) {
        int count;
        for (int looks = 0; (count = queue.drain(checker::check, maximum)) == 0;) looks = backOff(looks);
        return count;
    }

    @Override
    public boolean sleeps() {
        return false;
    }
}
