/* SPDX-License-Identifier: Apache-2.0 */
/* How large a lane's segments are, and what a sender does before it asks for one. */
#include <pthread.h>
#include <sched.h>

#include "../../Sources/CTributary/core.h"
#include "support/fixture.h"
#include "support/threads.h"

enum { KIBIBYTE = 1024, MEBIBYTE = 1024 * KIBIBYTE };

static struct fixture fixture;
static atomic_size_t yields;

/* The library's, too: it is linked to this program. */
int sched_yield(void) {
    atomic_fetch_add(&yields, 1);
    return 0;
}

static size_t live(void) {
    return atomic_load(&fixture.memory.live_bytes);
}

static void send_large(tributary_sender *sender, tributary_shared_sender *shared, const void *message) {
    size_t size = fixture.options.message_size;
    if (sender != NULL)
        require_equal(tributary_sender_send(sender, message, size), 0);
    else
        require_equal(tributary_shared_sender_send(shared, message, size), 0);
}

/* All of it in the first, small segments: the receiver stands. Messages of 344 bytes took 544 each, those of 520 bytes 1088. */
MATRIX_TEST(a_long_backlog_takes_little_more_than_its_messages) {
    static const size_t sizes[] = {64, 200, 344, 512, 520, 680, 1000, 1024, 1360, 2040};
    static unsigned char message[2040];
    size_t n, k, burst = 600, empty;
    for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        bool shared;
        for (shared = false;; shared = true) {
            tributary_sender *sender = NULL;
            tributary_shared_sender *shared_sender = NULL;
            test_note("%zu bytes, %s", sizes[k], shared ? "shared" : "exclusive");
            fixture_prepare(&fixture, configuration, sizes[k], 8, TRIBUTARY_UNBOUNDED);
            fixture_open(&fixture);
            if (shared)
                shared_sender = fixture_shared_sender(&fixture);
            else
                sender = fixture_sender(&fixture);
            empty = live();
            for (n = 0; n < burst; n++)
                send_large(sender, shared_sender, message);
            /* A quarter for headers, stamps and what is left at a segment's end, and the segment that is in use. Segments of
             * shared messages grow all the same. */
            require_at_most(live() - empty, burst * sizes[k] * 5 / 4 + (shared ? 17 : 5) * KIBIBYTE);
            if (shared)
                tributary_shared_sender_destroy(shared_sender);
            else
                tributary_sender_destroy(sender);
            fixture_finish(&fixture);
            if (shared) break;
        }
    }
}

/* Sends and receives in turn; how often the allocator was asked. */
static size_t allocations_of_rounds(tributary_sender *sender, unsigned char *message, size_t rounds) {
    size_t n, before = atomic_load(&fixture.memory.calls);
    for (n = 0; n < rounds; n++) {
        send_large(sender, NULL, message);
        require_equal(tributary_channel_try_receive(fixture.channel, message, fixture.options.message_size), 0);
    }
    return atomic_load(&fixture.memory.calls) - before;
}

/* Of whatever size the messages are: one that is larger than a time slice's worth of them is no backlog. */
MATRIX_TEST(a_receiver_that_keeps_up_has_segments_grow_and_used_again) {
    static unsigned char message[3 * MEBIBYTE];
    static const size_t sizes[] = {8 * KIBIBYTE + 8, 256 * KIBIBYTE, sizeof message};
    size_t k;
    for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        tributary_sender *sender;
        test_note("%zu bytes", sizes[k]);
        fixture_prepare(&fixture, configuration, sizes[k], 8, TRIBUTARY_UNBOUNDED);
        fixture_open(&fixture);
        sender = fixture_sender(&fixture);
        require_at_most(allocations_of_rounds(sender, message, 20), 4);
        tributary_sender_destroy(sender);
        fixture_finish(&fixture);
    }
}

static void a_sender_gives_its_processor_away_only_where_the_receiver_stands(void **state) {
    static unsigned char message[256 * KIBIBYTE];
    static const size_t sizes[] = {8 * KIBIBYTE + 8, 128 * KIBIBYTE, 128 * KIBIBYTE + 8, sizeof message};
    size_t k, n;
    (void)state;
    for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        tributary_sender *sender;
        test_note("%zu bytes", sizes[k]);
        fixture_prepare(&fixture, NULL, sizes[k], 8, TRIBUTARY_UNBOUNDED);
        fixture.options.sender_wait.yield = 1;
        fixture_open(&fixture);
        sender = fixture_sender(&fixture);
        atomic_store(&yields, 0);
        allocations_of_rounds(sender, message, 20);
        require_equal(atomic_load(&yields), 0);
        for (n = 0; n < 20 || n * sizes[k] < MEBIBYTE; n++)
            send_large(sender, NULL, message);
        require(atomic_load(&yields) > 0);
        tributary_sender_destroy(sender);
        fixture_finish(&fixture);
    }
}

/* ---- Shared senders, single messages ---- */

struct holders {
    tributary_shared_sender *sender;
    atomic_size_t there;
    pthread_mutex_t over; /* held by the test until they may go: they would count as yields if they polled */
};

/* A thread that has a message there, and stays. */
static void send_one_and_stay(void *context, size_t index) {
    struct holders *holders = context;
    require_equal(send_word_shared(holders->sender, index), 0);
    atomic_fetch_add(&holders->there, 1);
    require_equal(pthread_mutex_lock(&holders->over), 0);
    require_equal(pthread_mutex_unlock(&holders->over), 0);
}

static size_t yields_of(tributary_shared_sender *sender, size_t count) {
    uint64_t word;
    atomic_store(&yields, 0);
    for (word = 0; word < count; word++)
        require_equal(tributary_shared_sender_send(sender, &word, sizeof word), 0);
    return atomic_load(&yields);
}

/* While the receiver stands: who yields gives the turn away, and that pays only where they cannot all run. */
static void a_shared_sender_gives_its_processor_away_only_where_more_send_than_there_are_processors(void **state) {
    enum { MANY = MEBIBYTE / 8, PROCESSORS = 3 };
    struct holders holders = {.over = PTHREAD_MUTEX_INITIALIZER};
    static struct team team;
    struct worker one_more;
    uint64_t word;
    size_t n;
    (void)state;
    fixture_prepare(&fixture, NULL, sizeof(uint64_t), _Alignof(uint64_t), TRIBUTARY_UNBOUNDED);
    fixture.options.sender_wait.yield = 1;
    fixture.options.pacing = true;
    fixture_open(&fixture);
    holders.sender = fixture_shared_sender(&fixture);
    require(fixture.channel->shared->processors >= 1);
    fixture.channel->shared->processors = PROCESSORS;
    require_equal(yields_of(holders.sender, MANY), 0);
    require_equal(pthread_mutex_lock(&holders.over), 0);
    team_start(&team, PROCESSORS, send_one_and_stay, &holders);
    await(atomic_load(&holders.there) == PROCESSORS);
    require(yields_of(holders.sender, MANY) > 0);
    /* One more than has to be counted. */
    worker_start(&one_more, send_one_and_stay, &holders, PROCESSORS);
    await(atomic_load(&holders.there) == PROCESSORS + 1);
    require(yields_of(holders.sender, MANY) > 0);
    /* What does not wait does not yield. */
    atomic_store(&yields, 0);
    for (n = 0; n < MANY; n++)
        require_equal(send_word_shared(holders.sender, n), 0);
    require_equal(atomic_load(&yields), 0);
    while (tributary_channel_try_receive(fixture.channel, &word, sizeof word) == 0) {
    }
    /* Theirs were received: this thread's alone are left. */
    require_equal(yields_of(holders.sender, MANY), 0);
    require_equal(pthread_mutex_unlock(&holders.over), 0);
    team_join(&team);
    worker_join(&one_more);
    tributary_shared_sender_destroy(holders.sender);
    fixture_finish(&fixture);
}

static void *send_many_shared(void *sender) {
    size_t n;
    for (n = 0; n < 200000; n++)
        require_equal(send_word_shared(sender, n), 0);
    return NULL;
}

/* In a thread of its own, whose lane the next one takes over: how often the allocator was asked. */
static size_t allocations_of_many(tributary_shared_sender *sender) {
    size_t before = atomic_load(&fixture.memory.calls);
    pthread_t thread;
    require_equal(pthread_create(&thread, NULL, send_many_shared, sender), 0);
    require_equal(pthread_join(thread, NULL), 0);
    return atomic_load(&fixture.memory.calls) - before;
}

/* A lane of shared messages moves only when its messages are the oldest: while others' are received it is no backlog. */
static void shared_messages_have_large_segments_until_nothing_was_looked_at_for_long(void **state) {
    enum { LARGE = 200000 * 16 / (15 * KIBIBYTE) + 10 };
    tributary_shared_sender *sender;
    (void)state;
    fixture_open_words(&fixture, NULL, TRIBUTARY_UNBOUNDED);
    sender = fixture_shared_sender(&fixture);
    require_equal(send_word_shared(sender, 1), 0);
    require_equal(send_word_shared(sender, 2), 0);
    require_at_most(allocations_of_many(sender), LARGE);
    require_word(fixture.channel, 1);
    require_at_most(allocations_of_many(sender), LARGE);
    require(allocations_of_many(sender) > 2 * LARGE);
    tributary_shared_sender_destroy(sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_long_backlog_takes_little_more_than_its_messages),
          scenario(a_receiver_that_keeps_up_has_segments_grow_and_used_again),
          scenario(a_sender_gives_its_processor_away_only_where_the_receiver_stands),
          scenario(a_shared_sender_gives_its_processor_away_only_where_more_send_than_there_are_processors),
          scenario(shared_messages_have_large_segments_until_nothing_was_looked_at_for_long))
