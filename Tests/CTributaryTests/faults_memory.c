/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that other channels shipped, about memory: who may read, write and free it. Each test is named after one. */
#include <limits.h>

#include "support/calls.h"
#include "support/messages.h"
#include "support/stop.h"

static struct fixture fixture;

struct run {
    struct ends ends;
    const struct call *call;
    uint64_t total;
};

/* crossbeam#1146: the payload does not go through the stack. */
enum { LARGE = 4 << 20, SMALL_STACK = 256 << 10 };

static void send_large_on_a_small_stack(void *context, size_t index) {
    struct run *run = context;
    unsigned char *message = malloc(LARGE);
    void *slots;
    (void)index;
    require(message != NULL);
    pattern_write(message, LARGE, 1, 0);
    require_equal(tributary_sender_send(run->ends.sender, message, LARGE), 0);
    require_equal(tributary_shared_sender_send(run->ends.shared, message, LARGE), 0);
    require_equal(tributary_sender_reserve(run->ends.sender, 1, &slots), 1);
    pattern_write(slots, LARGE, 1, 0);
    require_equal(tributary_sender_commit(run->ends.sender, 1), 0);
    free(message);
}

static void receive_large_on_a_small_stack(void *context, size_t index) {
    struct run *run = context;
    unsigned char *message = malloc(LARGE);
    void *borrowed;
    (void)index;
    require(message != NULL);
    require_equal(tributary_channel_receive(run->ends.channel, message, LARGE), 0);
    require_pattern(message, LARGE, 1, 0);
    require_equal(tributary_channel_receive_batch(run->ends.channel, message, 1, LARGE), 1);
    require_pattern(message, LARGE, 1, 0);
    require_equal(tributary_channel_borrow(run->ends.channel, &borrowed, 1), 1);
    require_pattern(borrowed, LARGE, 1, 0);
    require_equal(tributary_channel_release(run->ends.channel, 1), 0);
    free(message);
}

MATRIX_TEST(fault_11_large_messages_do_not_go_through_the_stack) {
    struct worker workers[2];
    struct run run;
    size_t n;
    memset(&run, 0, sizeof run);
    memset(workers, 0, sizeof workers);
    fixture_prepare(&fixture, configuration, LARGE, 8, 4);
    fixture_open(&fixture);
    ends_open(&run.ends, &fixture);
    for (n = 0; n < 2; n++) {
        workers[n].body = n == 0 ? send_large_on_a_small_stack : receive_large_on_a_small_stack;
        workers[n].context = &run;
        workers[n].stack_size = SMALL_STACK;
        worker_launch(&workers[n]);
    }
    worker_join(&workers[0]);
    worker_join(&workers[1]);
    ends_drop_senders(&run.ends);
    fixture_finish(&fixture);
}

/* crossbeam#1301: what overflows when it is multiplied or added is refused, not wrapped. */
MATRIX_TEST(fault_11_a_capacity_that_overflows_is_refused) {
    static const struct { size_t size, capacity; } refused[] = {
        {16, SIZE_MAX / 16 + 1}, {16, SIZE_MAX / 16 + 2}, {8, SIZE_MAX / 2}, {8, (size_t)PTRDIFF_MAX / 8 + 1},
        {LARGE, SIZE_MAX / LARGE + 1}, {(size_t)PTRDIFF_MAX / 8 + 1, 2}, {SIZE_MAX - 7, 1},
    };
    size_t n;
    for (n = 0; n < sizeof refused / sizeof refused[0]; n++) {
        fixture_prepare(&fixture, configuration, refused[n].size, 8, refused[n].capacity);
        fixture.channel = (void *)&fixture;
        require_equal(tributary_channel_create(&fixture.options, &fixture.channel), -EINVAL);
        require(fixture.channel == NULL);
        require_nothing_allocated(&fixture.memory);
    }
    /* The largest that does not overflow works, as long as nobody fills it. */
    fixture_open_words(&fixture, configuration, (size_t)PTRDIFF_MAX / 8);
    {
        struct ends ends;
        size_t s;
        ends_open(&ends, &fixture);
        for (s = 0; s < SENDING_CALLS; s++) {
            ends.word = s;
            require_equal(sending_calls[s].attempt(&ends), 1);
            require_word(fixture.channel, s);
        }
        require_equal(tributary_channel_capacity(fixture.channel), (size_t)PTRDIFF_MAX / 8);
        ends_drop_senders(&ends);
    }
    fixture_finish(&fixture);
}

/* moodycamel#404: memory that is handed over and reused must be seen to be. The message leads to
 * plain memory that each side writes in turn; ThreadSanitizer sees an order that is missing. */
struct baton {
    uint64_t *place;
};

static void pass_batons(void *context, size_t index) {
    struct run *run = context;
    uint64_t places[64] = {0}, n;
    (void)index;
    for (n = 0; n < run->total; n++) {
        struct baton baton = {malloc(sizeof(uint64_t))};
        *baton.place = n;
        places[n % 64] = n;
        if (run->call->shared)
            require_equal(tributary_shared_sender_send(run->ends.shared, &baton, sizeof baton), 0);
        else
            require_equal(tributary_sender_send(run->ends.sender, &baton, sizeof baton), 0);
    }
    require_equal(places[(n - 1) % 64], n - 1);
}

MATRIX_TEST(fault_12_what_a_message_leads_to_is_seen_with_it) {
    static const size_t capacities[] = {1, 5, 200, TRIBUTARY_UNBOUNDED};
    size_t c, s;
    for (c = 0; c < 4; c++)
        for (s = 0; s < SENDING_CALLS; s += 3) {
            struct run run;
            struct worker worker;
            uint64_t n;
            memset(&run, 0, sizeof run);
            fixture_prepare(&fixture, configuration, sizeof(struct baton),
                            _Alignof(struct baton), capacities[c]);
            fixture_open(&fixture);
            run.call = &sending_calls[s];
            run.total = scaled(8000);
            ends_open_for(&run.ends, &fixture, run.call);
            worker_start(&worker, pass_batons, &run, 0);
            for (n = 0; n < run.total; n++) {
                struct baton baton, *borrowed;
                if (n % 2 == 0) {
                    require_equal(tributary_channel_borrow(fixture.channel, (void **)&borrowed, 1),
                                  1);
                    baton = *borrowed;
                    memset(borrowed, 0xff, sizeof *borrowed); /* the receiver may write it too */
                    require_equal(tributary_channel_release(fixture.channel, 1), 0);
                } else {
                    require_equal(tributary_channel_receive(fixture.channel, &baton, sizeof baton),
                                  0);
                }
                require_equal(*baton.place, n);
                *baton.place = 0;
                free(baton.place);
            }
            worker_join(&worker);
            ends_drop_senders(&run.ends);
            fixture_finish(&fixture);
        }
}

/* JCTools#241: the allocation fails in the middle of a send, with a backlog and a receiver that is
 * at work; the message is the caller's, the next send works, the receiver noticed nothing. */
static void send_with_failures(struct run *run, uint64_t from, uint64_t until) {
    uint64_t n;
    for (n = from; n < until; n++) {
        ptrdiff_t result;
        run->ends.word = n;
        if (n % 100 == 0)
            counting_allocator_fail_at(&fixture.memory, 1);
        while ((result = run->call->attempt(&run->ends)) == -ENOMEM) {
        }
        require_equal(result, 1);
    }
    counting_allocator_succeed(&fixture.memory);
}

enum { BACKLOG = 4000 }; /* some segments, also of the largest */

static void send_the_rest_with_failures(void *context, size_t index) {
    struct run *run = context;
    (void)index;
    send_with_failures(run, BACKLOG, run->total);
}

MATRIX_TEST(fault_15_an_allocation_fails_in_the_middle_of_a_send) {
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct run run;
        struct worker worker;
        struct ends ends = {0};
        uint64_t n;
        size_t refused;
        memset(&run, 0, sizeof run);
        fixture_prepare(&fixture, configuration, 8, 8, TRIBUTARY_UNBOUNDED);
        fixture_open(&fixture);
        run.call = &sending_calls[s];
        run.total = BACKLOG + scaled(20000);
        ends_open_for(&run.ends, &fixture, run.call);
        ends.channel = fixture.channel;
        /* The very first allocation is not in the middle of anything; and nothing is recycled while nobody receives, so that
         * each segment of the backlog is an allocation, which fails once. */
        send_with_failures(&run, 0, 1);
        refused = atomic_load(&fixture.memory.refused);
        send_with_failures(&run, 1, BACKLOG);
        require(atomic_load(&fixture.memory.refused) >= refused + 3);
        require_equal(tributary_channel_length(fixture.channel), BACKLOG);
        worker_start(&worker, send_the_rest_with_failures, &run, 0);
        for (n = 0; n < run.total; n++) {
            require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
            require_equal(ends.word, n);
        }
        worker_join(&worker);
        ends_drop_senders(&run.ends);
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
        fixture_finish(&fixture);
    }
}

/* A message is dropped for another only once there is memory for that one. */
MATRIX_TEST(fault_15_nothing_is_dropped_for_a_message_that_finds_no_memory) {
    enum { CAPACITY = 3, SIZE = 512 };
    tributary_sender *sender;
    uint64_t words[SIZE / 8] = {0}, sent = 0, received = 0, failed = 0;
    size_t n;
    fixture_prepare(&fixture, configuration, SIZE, 8, CAPACITY);
    fixture.options.overflow = TRIBUTARY_OVERFLOW_DROP_OLDEST;
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    for (n = 0; n < 200; n++) {
        size_t destroyed = fixture.destroyed, length = tributary_sender_length(sender);
        int error;
        counting_allocator_fail_from(&fixture.memory, 1);
        words[0] = n;
        error = tributary_sender_try_send(sender, words, SIZE);
        counting_allocator_succeed(&fixture.memory);
        if (error == -ENOMEM) {
            failed++;
            require_equal(fixture.destroyed, destroyed);
            require_equal(tributary_sender_length(sender), length);
            require_equal(tributary_sender_try_send(sender, words, SIZE), 0);
        } else {
            require_equal(error, 0);
        }
        sent++;
        if (n % 7 == 6) {
            require_equal(tributary_channel_try_receive(fixture.channel, words, SIZE), 0);
            received++;
        }
        require_equal(fixture.destroyed + received + tributary_sender_length(sender), sent);
    }
    require(failed > 0);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
    require_equal(fixture.destroyed + received, sent);
}

/* A message is read where it lies, and a later one is written to the same place: ThreadSanitizer sees it when nothing but luck
 * orders the two. */
enum { WORDS = 40 };

static void write_in_place(void *context, size_t index) {
    struct run *run = context;
    uint64_t n;
    (void)index;
    for (n = 0; n < run->total; n++) {
        uint64_t words[WORDS];
        void *slots;
        size_t w;
        for (w = 0; w < WORDS; w++)
            words[w] = n * WORDS + w;
        if (run->call->shared) {
            require_equal(tributary_shared_sender_send(run->ends.shared, words, sizeof words), 0);
            continue;
        }
        require_equal(tributary_sender_reserve(run->ends.sender, 1, &slots), 1);
        memcpy(slots, words, sizeof words);
        require_equal(tributary_sender_commit(run->ends.sender, 1), 0);
    }
}

static void read_in_place(const struct configuration *configuration, size_t capacity, size_t total) {
    size_t s, form;
    for (s = 0; s < SENDING_CALLS; s += 3)
        for (form = 0; form < 2; form++) {
            struct run run;
            struct worker worker;
            uint64_t n, words[WORDS];
            memset(&run, 0, sizeof run);
            fixture_prepare(&fixture, configuration, sizeof words, 8, capacity);
            fixture_open(&fixture);
            run.call = &sending_calls[s];
            run.total = total;
            ends_open_for(&run.ends, &fixture, run.call);
            worker_start(&worker, write_in_place, &run, 0);
            for (n = 0; n < run.total; n++) {
                uint64_t *front = words;
                size_t w;
                if (form == 0)
                    require_equal(tributary_channel_borrow(fixture.channel, (void **)&front, 1), 1);
                else
                    require_equal(tributary_channel_receive(fixture.channel, words, sizeof words), 0);
                for (w = 0; w < WORDS; w++)
                    require_equal(front[w], n * WORDS + w);
                if (form == 0)
                    require_equal(tributary_channel_release(fixture.channel, 1), 0);
            }
            worker_join(&worker);
            ends_drop_senders(&run.ends);
            fixture_finish(&fixture);
        }
}

/* moodycamel#404 again: nothing but the hand-over of a drained segment orders these. */
MATRIX_TEST(fault_12_a_recycled_segment_is_seen_to_be_read) {
    read_in_place(configuration, TRIBUTARY_UNBOUNDED, scaled(6000));
}

/* The same without luck: the sender waits until a segment was drained, and needs it then. What the two tell one another so is relaxed, so
 * that ThreadSanitizer sees no order but the library's. */
struct turns {
    struct ends ends;
    const struct call *call;
    atomic_size_t may_send, has_sent;
};

enum { TURNS = 100, IN_A_TURN = 100 }; /* some segments of any size */

static void send_in_turns(void *context, size_t index) {
    struct turns *turns = context;
    size_t turn, n;
    (void)index;
    for (turn = 1; turn <= TURNS; turn++) {
        await(atomic_load_explicit(&turns->may_send, memory_order_relaxed) >= turn);
        for (n = 0; n < IN_A_TURN; n++) {
            turns->ends.word = turn;
            require_equal(turns->call->attempt(&turns->ends), 1);
        }
        atomic_store_explicit(&turns->has_sent, turn, memory_order_relaxed);
    }
}

MATRIX_TEST(fault_12_a_segment_that_was_drained_is_used_again) {
    size_t s, turn, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct turns turns = {.call = &sending_calls[s]};
        struct worker worker;
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        ends_open_for(&turns.ends, &fixture, turns.call);
        worker_start(&worker, send_in_turns, &turns, 0);
        for (turn = 1; turn <= TURNS; turn++) {
            atomic_store_explicit(&turns.may_send, turn, memory_order_relaxed);
            await(atomic_load_explicit(&turns.has_sent, memory_order_relaxed) >= turn);
            /* No look in vain, after which the lane is let go, with an order of its own. */
            for (n = 0; n < IN_A_TURN; n++)
                require_word(fixture.channel, turn);
        }
        worker_join(&worker);
        ends_drop_senders(&turns.ends);
        fixture_finish(&fixture);
    }
}

/* ck c7945fe: the consumer gives its slot back before its loads from it are over. */
MATRIX_TEST(fault_17_a_slot_is_read_before_it_is_given_back) {
    static const size_t capacities[] = {1, 2, 5};
    size_t c;
    for (c = 0; c < 3; c++)
        read_in_place(configuration, capacities[c], scaled(1500));
}

TEST_MAIN(scenario(fault_11_large_messages_do_not_go_through_the_stack),
          scenario(fault_11_a_capacity_that_overflows_is_refused),
          scenario(fault_12_what_a_message_leads_to_is_seen_with_it),
          scenario(fault_12_a_recycled_segment_is_seen_to_be_read),
          scenario(fault_12_a_segment_that_was_drained_is_used_again),
          scenario(fault_15_an_allocation_fails_in_the_middle_of_a_send),
          scenario(fault_15_nothing_is_dropped_for_a_message_that_finds_no_memory),
          scenario(fault_17_a_slot_is_read_before_it_is_given_back))
