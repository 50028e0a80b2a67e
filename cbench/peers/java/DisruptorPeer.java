// SPDX-License-Identifier: Apache-2.0

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;

/**
 * LMAX's Disruptor with many producers and one consumer, which is written as its BatchEventProcessor is: it waits for what
 * is published and takes all of it. Events are made once and written in place, which is the point of it; a batch is claimed
 * and published as one.
 */
final class DisruptorPeer implements Peer {
    private final RingBuffer<long[]> ring;
    private final SequenceBarrier barrier;
    private final Sequence consumed = new Sequence();
    private long available = consumed.get();
    private long next = available + 1;

    private DisruptorPeer(Cell cell, WaitStrategy strategy) {
        if (cell.capacity == 0) Report.fail("the Disruptor is bounded");
        int words = cell.words();
        ring = RingBuffer.createMultiProducer(() -> new long[words], cell.capacity, strategy);
        barrier = ring.newBarrier();
        ring.addGatingSequences(consumed);
    }

    static Peer yielding(Cell cell) {
        return new DisruptorPeer(cell, new YieldingWaitStrategy());
    }

    static Peer blocking(Cell cell) {
        return new DisruptorPeer(cell, new BlockingWaitStrategy());
    }

    @Override
    public void send(long word, int words) {
        long sequence = ring.next();
        Checker.write(ring.get(sequence), word);
        ring.publish(sequence);
    }

    @Override
    public void sendBatch(long word, int count, int words) {
        long last = ring.next(count);
        long first = last - count + 1;
        for (long sequence = first; sequence <= last; sequence++) {
            Checker.write(ring.get(sequence), word + (sequence - first));
        }
        ring.publish(first, last);
    }

    private void await() {
        try {
            while (available < next) available = barrier.waitFor(next);
        } catch (AlertException | InterruptedException | TimeoutException exception) {
            Report.fail("the barrier: " + exception);
        }
    }

    /** The slot of the message before is given back here, where nobody looks at it any more. */
    @Override
    public long[] receive() {
        consumed.set(next - 1);
        await();
        return ring.get(next++);
    }

    @Override
    public int receiveSome(Checker checker, int maximum) {
        await();
        long first = next;
        while (next <= available) checker.check(ring.get(next++));
        consumed.set(available);
        return (int) (next - first);
    }
}
