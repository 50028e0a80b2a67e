// SPDX-License-Identifier: Apache-2.0

import java.util.ArrayList;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The queues of the JDK. */
final class BlockingPeer implements Peer {
    private final BlockingQueue<long[]> queue;
    private final ArrayList<long[]> received = new ArrayList<>();

    BlockingPeer(BlockingQueue<long[]> queue) {
        this.queue = queue;
    }

    static BlockingQueue<long[]> bounded(Cell cell) {
        if (cell.capacity == 0) Report.fail("ArrayBlockingQueue is bounded");
        return new ArrayBlockingQueue<>(cell.capacity);
    }

    static BlockingQueue<long[]> linked(Cell cell) {
        return cell.capacity == 0 ? new LinkedBlockingQueue<>() : new LinkedBlockingQueue<>(cell.capacity);
    }

    @Override
    public void send(long word, int words) {
        try {
            queue.put(Checker.message(word, words));
        } catch (InterruptedException interrupted) {
            Report.fail("interrupted");
        }
    }

    @Override
    public long[] receive() {
        try {
            return queue.take();
        } catch (InterruptedException interrupted) {
            Report.fail("interrupted");
            throw new IllegalStateException();
        }
    }

    @Override
    public int receiveSome(Checker checker, int maximum) {
        received.clear();
        if (queue.drainTo(received, maximum) == 0) received.add(receive());
        received.forEach(checker::check);
        return received.size();
    }
}
