// SPDX-License-Identifier: Apache-2.0

import java.util.concurrent.ConcurrentLinkedQueue;

/** The JDK's queue of Michael and Scott. It has no waits and no batches. */
final class ConcurrentPeer implements Peer {
    private final ConcurrentLinkedQueue<long[]> queue = new ConcurrentLinkedQueue<>();

    @Override
    public void send(long word, int words) {
        queue.add(Checker.message(word, words));
    }

    @Override
    public long[] receive() {
        long[] message;
        for (int looks = 0; (message = queue.poll()) == null;) looks = JCToolsPeer.backOff(looks);
        return message;
    }

    @Override
    public int receiveSome(Checker checker, int maximum) {
        checker.check(receive());
        int count = 1;
        for (long[] message; count < maximum && (message = queue.poll()) != null; count++) checker.check(message);
        return count;
    }
}
