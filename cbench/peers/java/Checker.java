// SPDX-License-Identifier: Apache-2.0

/**
 * The messages of cbench/support/message.h, as arrays: word 0 has the producer in its upper 16 bits and the sequence
 * number in the lower 48, the other words are derived from it. Every message is a new object, as messages in Java are, but
 * for those that are written in place.
 */
final class Checker {
    private static final int SEQUENCE_BITS = 48;
    private static final long DERIVATION = 0x9e3779b97f4a7c15L;

    private final long[] expected;
    private long current; // the next word of the producer that is being received from

    Checker(int producers) {
        expected = new long[producers];
        for (int producer = 0; producer < producers; producer++) expected[producer] = firstWord(producer);
        current = expected[0];
    }

    static long firstWord(int producer) {
        return (long) producer << SEQUENCE_BITS;
    }

    static long[] message(long word, int words) {
        long[] message = new long[words];
        write(message, word);
        return message;
    }

    static void write(long[] message, long word) {
        for (int index = 0; index < message.length; index++) message[index] = word + index * DERIVATION;
    }

    void check(long[] message) {
        if (message[0] != current) change(message[0]);
        long difference = 0;
        for (int index = 1; index < message.length; index++) {
            difference |= message[index] ^ (current + index * DERIVATION);
        }
        if (difference != 0) Report.fail("message " + current + " is torn");
        current++;
    }

    private void change(long word) {
        expected[(int) (current >>> SEQUENCE_BITS)] = current;
        int producer = (int) (word >>> SEQUENCE_BITS);
        if (producer >= expected.length || expected[producer] != word) {
            Report.fail("received " + word + " where " + current + " was next: lost, repeated or reordered");
        }
        current = word;
    }

    void finish(Cell cell) {
        expected[(int) (current >>> SEQUENCE_BITS)] = current;
        for (int producer = 0; producer < expected.length; producer++) {
            if (expected[producer] != firstWord(producer) + cell.share(producer)) {
                Report.fail("producer " + producer + ": the next one received would be " + expected[producer]);
            }
        }
    }
}
