/* SPDX-License-Identifier: Apache-2.0 */
/* Overflow policies: who is dropped, in which order, and that every drop is counted once. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static const size_t capacities[] = {1, 2, 3, 7, 64, 1000};
enum { CAPACITIES = sizeof capacities / sizeof *capacities, MOST = 40000 };

static struct fixture fixture;
static struct ends ends;

/* The destroyed messages, in the order of their destruction. */
static uint64_t destroyed[MOST];
static size_t destroyed_count;

static void record_destroyed(void *context, void *message) {
    (void)context;
    require(destroyed_count < MOST);
    memcpy(&destroyed[destroyed_count++], message, sizeof(uint64_t));
}

static void open_policy(const struct configuration *configuration, tributary_overflow overflow,
                        size_t capacity) {
    destroyed_count = 0;
    fixture_prepare(&fixture, configuration, 8, 8, capacity);
    fixture.options.overflow = overflow;
    fixture.options.destroy_message = record_destroyed;
    fixture_open(&fixture);
    ends_open(&ends, &fixture);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

enum way { SINGLE, WAITING, BATCH, WAITING_BATCH, TIMED, WAYS };

/* Sends `total` numbered messages; all succeed, whatever the channel holds. */
static void send_all(enum way way, bool shared, size_t total) {
    static uint64_t words[MOST];
    ptrdiff_t sent = 0;
    size_t n;
    for (n = 0; n < total; n++)
        words[n] = n;
    if (way == BATCH) {
        sent = shared ? tributary_shared_sender_try_send_batch(ends.shared, words, total, 8)
                      : tributary_sender_try_send_batch(ends.sender, words, total, 8);
        require_equal(sent, total);
    } else if (way == WAITING_BATCH) {
        sent = shared ? tributary_shared_sender_send_batch(ends.shared, words, total, 8)
                      : tributary_sender_send_batch(ends.sender, words, total, 8);
        require_equal(sent, total);
    } else {
        const struct call *call = &sending_calls[shared ? 3 : 0];
        for (n = 0; n < total; n++) {
            ends.word = n;
            require_equal(way == SINGLE    ? call->attempt(&ends)
                          : way == WAITING ? call->wait(&ends)
                                           : call->with_timeout(&ends, 0), 1);
        }
    }
}

MATRIX_TEST(dropping_the_newest_keeps_the_first_n) {
    size_t c, shared, n;
    int way;
    for (c = 0; c < CAPACITIES; c++)
        for (way = 0; way < WAYS; way++)
            for (shared = 0; shared < 2; shared++) {
                size_t capacity = capacities[c], total = 3 * capacity + 5;
                open_policy(configuration, TRIBUTARY_OVERFLOW_DROP_NEWEST, capacity);
                send_all((enum way)way, shared, total);
                require_equal(destroyed_count, total - capacity);
                for (n = 0; n < destroyed_count; n++)
                    require_equal(destroyed[n], capacity + n);
                require_equal(fixture_statistics(&fixture).dropped, total - capacity);
                require_equal(tributary_channel_length(fixture.channel), capacity);
                for (n = 0; n < capacity; n++)
                    require_word(fixture.channel, n);
                require_equal(tributary_channel_try_receive(fixture.channel, &n, 8), -EAGAIN);
                finish();
                require_equal(destroyed_count, total - capacity);
            }
}

MATRIX_TEST(dropping_the_oldest_keeps_the_last_n) {
    size_t c, shared, n;
    int way;
    for (c = 0; c < CAPACITIES; c++)
        for (way = 0; way < WAYS; way++)
            for (shared = 0; shared < 2; shared++) {
                size_t capacity = capacities[c], total = 3 * capacity + 5000;
                open_policy(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST, capacity);
                send_all((enum way)way, shared, total);
                require_equal(destroyed_count, total - capacity);
                for (n = 0; n < destroyed_count; n++)
                    require_equal(destroyed[n], n);
                require_equal(fixture_statistics(&fixture).dropped, total - capacity);
                require_equal(tributary_channel_length(fixture.channel), capacity);
                for (n = 0; n < capacity; n++)
                    require_word(fixture.channel, total - capacity + n);
                require_equal(tributary_channel_try_receive(fixture.channel, &n, 8), -EAGAIN);
                finish();
                require_equal(destroyed_count, total - capacity);
            }
}

/* Sending and receiving in turn: the model is a queue of n that forgets at its front. */
MATRIX_TEST(dropping_the_oldest_agrees_with_a_simple_queue) {
    size_t c, shared;
    for (c = 0; c < CAPACITIES; c++)
        for (shared = 0; shared < 2; shared++) {
            struct random_source source = random_for(c);
            uint64_t front = 0, sent = 0;
            size_t step;
            open_policy(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST, capacities[c]);
            for (step = 0; step < scaled(8000); step++) {
                if (random_below(&source, 5) < 3) {
                    ends.word = sent++;
                    require_equal(sending_calls[shared ? 3 : 0].attempt(&ends), 1);
                    if (sent - front > capacities[c])
                        front++;
                } else {
                    ptrdiff_t result = receiving_calls[step % RECEIVING_CALLS].attempt(&ends);
                    require_equal(result, front < sent ? 1 : -EAGAIN);
                    if (result == 1)
                        require_equal(ends.word, front++);
                }
                require_equal(tributary_channel_length(fixture.channel), sent - front);
            }
            finish();
        }
}

/* What is borrowed is neither dropped nor overwritten, however much is sent meanwhile. */
MATRIX_TEST(borrowed_messages_are_not_dropped) {
    size_t c, shared, n;
    for (c = 0; c < CAPACITIES; c++)
        for (shared = 0; shared < 2; shared++) {
            size_t capacity = capacities[c], half = (capacity + 1) / 2, held;
            uint64_t first, last, word, seen = 0;
            const uint64_t *messages;
            ptrdiff_t count;
            open_policy(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST, capacity);
            send_all(SINGLE, shared, capacity);
            count = tributary_channel_try_borrow(fixture.channel, (void **)&messages, half);
            require(count >= 1 && (size_t)count <= half);
            held = (size_t)count;
            first = capacity;
            for (n = 0; n < 4 * capacity + 9000; n++) {
                ends.word = first + n;
                require_equal(sending_calls[shared ? 3 : 0].attempt(&ends), 1);
            }
            last = first + n;
            for (n = 0; n < held; n++)
                require_equal(messages[n], n);
            for (n = 0; n < destroyed_count; n++)
                require(destroyed[n] >= held);
            require_equal(tributary_channel_release(fixture.channel, held), 0);
            /* Nothing but the newest is left, in order, and nothing is missing from the count. */
            for (first = 0; tributary_channel_try_receive(fixture.channel, &word, 8) == 0; seen++) {
                if (first != 0)
                    require_equal(word, first + 1);
                first = word;
            }
            require_equal(first, last - 1);
            require_at_most(seen, capacity);
            require_equal(held + seen + destroyed_count, last);
            finish();
        }
}

/* They cannot be dropped any more, and so do not count any more. */
MATRIX_TEST(borrowing_from_a_channel_that_drops_its_oldest_is_receiving) {
    const uint64_t *messages;
    open_policy(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST, 8);
    send_all(SINGLE, false, 8);
    require_equal(tributary_channel_try_borrow(fixture.channel, (void **)&messages, 3), 3);
    require_equal(tributary_channel_length(fixture.channel), 5);
    require_equal(fixture_statistics(&fixture).received, 3);
    require_equal(tributary_channel_release(fixture.channel, 3), 0);
    require_equal(tributary_channel_length(fixture.channel), 5);
    require_equal(fixture_statistics(&fixture).received, 3);
    finish();
    require_equal(destroyed_count, 5);
}

/* There is no message yet that could be the one that is dropped. */
MATRIX_TEST(reserving_in_a_full_channel_that_drops_its_newest_reports_full) {
    const struct call *reserving = &sending_calls[2];
    open_policy(configuration, TRIBUTARY_OVERFLOW_DROP_NEWEST, 3);
    send_all(SINGLE, false, 3);
    require_equal(reserving->attempt(&ends), -EAGAIN);
    require_equal(reserving->wait(&ends), -EAGAIN);
    require_equal(reserving->with_timeout(&ends, TRIBUTARY_FOREVER), -EAGAIN);
    require_equal(destroyed_count, 0);
    require_word(fixture.channel, 0);
    require_equal(reserving->wait(&ends), 1);
    finish();
}

/* Senders overrun a receiver that keeps taking: received or destroyed, each message once, and what
 * is received of one sender is in order. */
enum { RUNNERS = 4 };
struct overrun {
    struct ends ends[RUNNERS];
    size_t each;
};
static atomic_uchar fates[RUNNERS][MOST];

static void mark_fate(uint64_t word) {
    require(word_sender(word) < RUNNERS && word_sequence(word) < MOST);
    require_equal(atomic_fetch_add(&fates[word_sender(word)][word_sequence(word)], 1), 0);
}

static void mark_destroyed(void *context, void *message) {
    uint64_t word;
    memcpy(&word, message, sizeof word);
    mark_fate(word);
    atomic_fetch_add((atomic_size_t *)context, 1);
}

static void overrun_the_channel(void *context, size_t index) {
    struct overrun *overrun = context;
    struct ends *own = &overrun->ends[index];
    size_t n;
    for (n = 0; n < overrun->each; n++) {
        own->word = word_of(index, n);
        require_equal(own->shared != NULL ? sending_calls[3 + n % 2].wait(own)
                                          : sending_calls[n % 2].wait(own), 1);
    }
    ends_drop_senders(own);
}

static void check_overrun(const struct configuration *configuration, tributary_overflow overflow,
                          size_t capacity, size_t kind) {
    static struct overrun overrun;
    uint64_t next[RUNNERS] = {0}, words[32];
    size_t received = 0, n;
    struct team team;
    ptrdiff_t count;
    overrun.each = scaled(8000);
    memset(fates, 0, sizeof fates);
    fixture_prepare(&fixture, configuration, 8, 8, capacity);
    fixture.options.overflow = overflow;
    fixture.options.destroy_message = mark_destroyed;
    fixture.options.destroy_context = &fixture.destroyed;
    fixture_open(&fixture);
    for (n = 0; n < RUNNERS; n++)
        ends_open_for(&overrun.ends[n], &fixture,
                      &sending_calls[kind == 2 ? (n % 2 ? 0 : 3) : kind == 1 ? 3 : 0]);
    team_start(&team, RUNNERS, overrun_the_channel, &overrun);
    for (;;) {
        const uint64_t *messages = words;
        bool borrowed = received % 2 == 1;
        count = borrowed ? tributary_channel_borrow(fixture.channel, (void **)&messages, 32)
                         : tributary_channel_receive_batch(fixture.channel, words, 32, 8);
        if (count < 0)
            break;
        for (n = 0; n < (size_t)count; n++) {
            uint64_t sender = word_sender(messages[n]), sequence = word_sequence(messages[n]);
            mark_fate(messages[n]);
            require(sequence >= next[sender]);
            next[sender] = sequence + 1;
        }
        if (borrowed)
            require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
        received += (size_t)count;
    }
    require_equal(count, -EPIPE);
    team_join(&team);
    require_equal(received + fixture.destroyed, RUNNERS * overrun.each);
    require_equal(fixture_statistics(&fixture).dropped, fixture.destroyed);
    require_equal(fixture_statistics(&fixture).received, received);
    /* The last message of each sender is never the one that oldest drops. */
    if (overflow == TRIBUTARY_OVERFLOW_DROP_OLDEST && kind == 0)
        for (n = 0; n < RUNNERS; n++)
            require_equal(next[n], overrun.each);
    fixture_finish(&fixture);
}

MATRIX_TEST(messages_overrunning_the_receiver_are_received_or_destroyed_once) {
    size_t c, kind;
    for (c = 0; c < CAPACITIES; c++)
        for (kind = 0; kind < 3; kind++) {
            test_note("fence %s, parker %s, capacity %zu, kind %zu", configuration->fence_name,
                      configuration->parker_name, capacities[c], kind);
            check_overrun(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST, capacities[c], kind);
            check_overrun(configuration, TRIBUTARY_OVERFLOW_DROP_NEWEST, capacities[c], kind);
        }
}

MATRIX_TEST(a_closed_channel_drops_nothing_but_refuses) {
    static const tributary_overflow policies[] = {TRIBUTARY_OVERFLOW_DROP_NEWEST,
                                                  TRIBUTARY_OVERFLOW_DROP_OLDEST};
    size_t p, s, n;
    for (p = 0; p < 2; p++) {
        open_policy(configuration, policies[p], 3);
        for (n = 0; n < 3; n++) {
            require_equal(send_word(ends.sender, n), 0);
            require_equal(send_word_shared(ends.shared, n), 0);
        }
        require_equal(tributary_channel_close(fixture.channel), 0);
        for (s = 0; s < SENDING_CALLS; s++) {
            require_equal(sending_calls[s].attempt(&ends), -EPIPE);
            require_equal(sending_calls[s].wait(&ends), -EPIPE);
        }
        require_equal(destroyed_count, 0);
        require_equal(tributary_channel_length(fixture.channel), 6);
        finish();
        require_equal(destroyed_count, 6);
    }
}

/* Into the very channel that is full, which drops another one. */
static size_t depth;

static void send_from_destructor(void *context, void *message) {
    (void)context;
    (void)message;
    destroyed_count++;
    if (depth == 0 && ends.sender != NULL) {
        depth = 1;
        require_equal(send_word_shared(ends.shared, 5), 0);
        depth = 0;
    }
}

MATRIX_TEST(the_destructor_of_a_dropped_message_may_send) {
    size_t policy, n;
    for (policy = 0; policy < 2; policy++) {
        fixture_prepare(&fixture, configuration, 8, 8, 4);
        fixture.options.overflow =
            policy ? TRIBUTARY_OVERFLOW_DROP_OLDEST : TRIBUTARY_OVERFLOW_DROP_NEWEST;
        fixture.options.destroy_message = send_from_destructor;
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        destroyed_count = 0;
        for (n = 0; n < 20; n++) {
            require_equal(send_word(ends.sender, n), 0);
            require_equal(send_word_shared(ends.shared, n), 0);
        }
        require_equal(tributary_channel_length(fixture.channel), 8);
        require_equal(fixture_statistics(&fixture).dropped, destroyed_count);
        depth = 1;
        finish();
        depth = 0;
    }
}

static void call_nothing(void *context) {
    (void)context;
}

/* An event loop arms before it has received anything: that claims no message it was not asked for. */
MATRIX_TEST(arming_first_takes_no_message) {
    size_t n;
    fixture_prepare(&fixture, configuration, 8, 8, 4);
    fixture.options.overflow = TRIBUTARY_OVERFLOW_DROP_OLDEST;
    fixture_open(&fixture);
    ends_open(&ends, &fixture);
    require_equal(tributary_channel_notify(fixture.channel, call_nothing, NULL), 0);
    require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
    for (n = 0; n < 3; n++)
        require_equal(send_word(ends.sender, n), 0);
    require_equal(tributary_channel_notify(fixture.channel, call_nothing, NULL), -EALREADY);
    for (n = 0; n < 3; n++)
        require_word(fixture.channel, n);
    require_equal(tributary_channel_length(fixture.channel), 0);
    finish();
    require_equal(fixture.destroyed, 0);
}

/* Where the receiver stands in a segment the sender goes round it, in another one: that is used again when the receiver has gone on. */
MATRIX_TEST(a_segment_that_was_set_aside_is_used_again) {
    enum { PAGE = 4096, CAPACITY = 16, ROUNDS = 12 };
    static uint64_t page[PAGE / 8];
    tributary_sender *sender;
    size_t round, n, blocks = 0;
    uint64_t sent = 0, received = 0;
    fixture_prepare(&fixture, configuration, PAGE, 8, CAPACITY);
    fixture.options.overflow = TRIBUTARY_OVERFLOW_DROP_OLDEST;
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    for (round = 0; round < ROUNDS; round++) {
        uint64_t *front;
        for (n = 0; n < 4 * CAPACITY; n++) {
            page[0] = sent++;
            require_equal(tributary_sender_try_send(sender, page, PAGE), 0);
        }
        require_equal(tributary_channel_try_borrow(fixture.channel, (void **)&front, 1), 1);
        require(front[0] >= received);
        received = front[0];
        /* It is not written to while it is borrowed. */
        for (n = 0; n < 4 * CAPACITY; n++) {
            page[0] = sent++;
            require_equal(tributary_sender_try_send(sender, page, PAGE), 0);
            require_equal(front[0], received);
        }
        require_equal(tributary_channel_release(fixture.channel, 1), 0);
        if (round == 2)
            blocks = atomic_load(&fixture.memory.live_blocks);
        if (round > 2)
            require_at_most(atomic_load(&fixture.memory.live_blocks), blocks);
    }
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

/* A shared sender moves what it drops out of the queue, to destroy it after its lock. */
MATRIX_TEST(dropped_shared_messages_of_any_size_and_alignment_are_destroyed) {
    static const struct {
        size_t size, alignment;
    } shapes[] = {{8, 8}, {256, 64}, {256, 256}, {264, 8}, {4096, 8}};
    size_t s, n;
    for (s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        _Alignas(256) static unsigned char message[4096];
        tributary_shared_sender *sender;
        fixture_prepare(&fixture, configuration, shapes[s].size, shapes[s].alignment, 4);
        fixture.options.overflow = TRIBUTARY_OVERFLOW_DROP_OLDEST;
        fixture_open(&fixture);
        sender = fixture_shared_sender(&fixture);
        for (n = 0; n < 10; n++)
            require_equal(tributary_shared_sender_try_send(sender, message, shapes[s].size), 0);
        require_equal(fixture.destroyed, 6);
        if (shapes[s].size > 256) {
            /* What is to be dropped needs a place for a moment: without one nothing is sent or dropped. */
            counting_allocator_fail_at(&fixture.memory, 1);
            require_equal(tributary_shared_sender_try_send(sender, message, shapes[s].size), -ENOMEM);
            require_equal(fixture.destroyed, 6);
            require_equal(tributary_channel_length(fixture.channel), 4);
        }
        tributary_shared_sender_destroy(sender);
        fixture_finish(&fixture);
    }
}

/* There is room for every message: no sender waits for it, nor is it called for it. */
MATRIX_TEST(who_drops_waits_for_no_room) {
    tributary_shared_waiter waiter;
    size_t policy;
    for (policy = 0; policy < 2; policy++) {
        memset(&waiter, 0, sizeof waiter);
        waiter.notify = call_nothing;
        fixture_prepare(&fixture, configuration, 8, 8, 1);
        fixture.options.overflow = policy ? TRIBUTARY_OVERFLOW_DROP_OLDEST : TRIBUTARY_OVERFLOW_DROP_NEWEST;
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        require_equal(send_word(ends.sender, 1), 0);
        require_equal(send_word_shared(ends.shared, 1), 0);
        require_equal(tributary_sender_notify(ends.sender, call_nothing, NULL), -EALREADY);
        require_equal(tributary_shared_sender_notify(ends.shared, &waiter), -EALREADY);
        finish();
    }
}

TEST_MAIN(scenario(a_segment_that_was_set_aside_is_used_again), scenario(who_drops_waits_for_no_room),
          scenario(dropped_shared_messages_of_any_size_and_alignment_are_destroyed), scenario(arming_first_takes_no_message),
          scenario(dropping_the_newest_keeps_the_first_n),
          scenario(dropping_the_oldest_keeps_the_last_n),
          scenario(dropping_the_oldest_agrees_with_a_simple_queue),
          scenario(borrowed_messages_are_not_dropped),
          scenario(borrowing_from_a_channel_that_drops_its_oldest_is_receiving),
          scenario(reserving_in_a_full_channel_that_drops_its_newest_reports_full),
          scenario(messages_overrunning_the_receiver_are_received_or_destroyed_once),
          scenario(a_closed_channel_drops_nothing_but_refuses),
          scenario(the_destructor_of_a_dropped_message_may_send))
