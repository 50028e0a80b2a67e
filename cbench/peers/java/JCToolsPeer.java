// SPDX-License-Identifier: Apache-2.0

import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.MpscChunkedArrayQueue;
import org.jctools.queues.MpscLinkedQueue;
import org.jctools.queues.MpscUnboundedArrayQueue;

/**
 * JCTools' queues have no waits: who finds nothing looks some times more, then gives way. Batches are {@code fill}'s, of the
 * array queue only: the chunked and unbounded ones' of 2.0 takes the producers' index back when it has read the
 * limit before another producer moved both (JCTools issue 196), and then messages are lost. MpscCompoundQueue is not here: it
 * does not keep one producer's order, who finds its part of the queue full puts the message into another.
 */
final class JCToolsPeer implements Peer {
    private static final int CHUNK = 1024;

    private final MessagePassingQueue<long[]> queue;

    private JCToolsPeer(MessagePassingQueue<long[]> queue) {
        this.queue = queue;
    }

    private static int capacity(Cell cell) {
        if (cell.capacity == 0) Report.fail("it is bounded");
        return cell.capacity;
    }

    private static void noCapacity(Cell cell) {
        if (cell.capacity != 0) Report.fail("it is unbounded");
    }

    static Peer array(Cell cell) {
        return new JCToolsPeer(new MpscArrayQueue<>(capacity(cell)));
    }

    /** It begins small, and grows up to its capacity. */
    static Peer chunked(Cell cell) {
        return new JCToolsPeer(new MpscChunkedArrayQueue<>(capacity(cell) / 8, capacity(cell)));
    }

    static Peer unbounded(Cell cell) {
        noCapacity(cell);
        return new JCToolsPeer(new MpscUnboundedArrayQueue<>(CHUNK));
    }

    static Peer linked(Cell cell) {
        noCapacity(cell);
        return new JCToolsPeer(MpscLinkedQueue.newMpscLinkedQueue());
    }

    static int backOff(int looks) {
        if (looks < 64) Thread.onSpinWait();
        else Thread.yield();
        return looks + 1;
    }

    @Override
    public void send(long word, int words) {
        long[] message = Checker.message(word, words);
        for (int looks = 0; !queue.relaxedOffer(message);) looks = backOff(looks);
    }

    /** The messages of a batch, as fill asks for them. */
    private static final class Batch implements MessagePassingQueue.Supplier<long[]> {
        private final int words;
        private long word;

        Batch(long word, int words) {
            this.word = word;
            this.words = words;
        }

        @Override
        public long[] get() {
            return Checker.message(word++, words);
        }
    }

    @Override
    public void sendBatch(long word, int count, int words) {
        if (!(queue instanceof MpscArrayQueue)) Report.fail("there is no batch that can be relied on");
        Batch batch = new Batch(word, words);
        int left = count;
        for (int looks = 0; left > 0;) {
            int sent = queue.fill(batch, left);
            left -= sent;
            looks = sent > 0 ? 0 : backOff(looks);
        }
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
}
