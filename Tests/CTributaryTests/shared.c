/* SPDX-License-Identifier: Apache-2.0 */
/* Shared senders: one FIFO queue whose order agrees with real time, one capacity for all. */
#include "support/fixture.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;

/* A token goes round: whoever holds it sends the next number, then hands it to a thread that it
 * chooses. A send that has returned is before one that has not begun. */
struct turns {
    tributary_shared_sender *senders[8];
    atomic_uint turn;
    atomic_bool over;
    uint64_t next, total;
    struct random_source source;
    size_t members;
    bool in_batches;
};

static void send_when_it_is_my_turn(void *context, size_t index) {
    struct turns *turns = context;
    for (;;) {
        uint64_t words[3];
        size_t count = 0;
        await(atomic_load(&turns->turn) == index || atomic_load(&turns->over));
        if (atomic_load(&turns->over))
            return;
        do
            words[count++] = turns->next++;
        while (turns->in_batches && count < 3);
        if (count == 1)
            require_equal(tributary_shared_sender_send(turns->senders[index], words, 8), 0);
        else
            require_equal(
                tributary_shared_sender_send_batch(turns->senders[index], words, count, 8), count);
        if (turns->next >= turns->total)
            atomic_store(&turns->over, true);
        else
            atomic_store(&turns->turn,
                         (unsigned)random_below(&turns->source, turns->members));
    }
}

static void check_token_order(const struct configuration *configuration, size_t capacity,
                              size_t members, bool one_handle, bool in_batches) {
    static struct turns turns;
    struct team team;
    uint64_t expected;
    size_t n;
    memset(&turns, 0, sizeof turns);
    turns.members = members;
    turns.total = scaled(1200) / 3 * 3 + 3;
    turns.source = random_for(members);
    turns.in_batches = in_batches;
    fixture_open_words(&fixture, configuration, capacity);
    turns.senders[0] = fixture_shared_sender(&fixture);
    for (n = 1; n < members; n++) {
        if (one_handle)
            turns.senders[n] = turns.senders[0];
        else
            require_equal(tributary_shared_sender_clone(turns.senders[0], &turns.senders[n]), 0);
    }
    team_start(&team, members, send_when_it_is_my_turn, &turns);
    for (expected = 0; expected < turns.total; expected++) {
        uint64_t word;
        require_equal(tributary_channel_receive(fixture.channel, &word, 8), 0);
        require_equal(word, expected);
    }
    team_join(&team);
    for (n = 0; n < (one_handle ? 1 : members); n++)
        tributary_shared_sender_destroy(turns.senders[n]);
    fixture_finish(&fixture);
}

MATRIX_TEST(messages_arrive_in_the_order_in_which_the_sends_followed_each_other) {
    check_token_order(configuration, 1, 4, false, false);
    check_token_order(configuration, 16, 8, false, false);
    check_token_order(configuration, TRIBUTARY_UNBOUNDED, 8, false, false);
    check_token_order(configuration, TRIBUTARY_UNBOUNDED, 3, true, false);
    check_token_order(configuration, 2, 4, true, true);
    check_token_order(configuration, TRIBUTARY_UNBOUNDED, 4, false, true);
}

/* Nobody receives: whatever the interleaving, exactly the capacity is accepted. */
struct rush {
    tributary_shared_sender *senders[8];
    atomic_size_t accepted;
    uint64_t accepted_by[8];
    bool in_batches;
};

static void send_until_full(void *context, size_t index) {
    struct rush *rush = context;
    ptrdiff_t result = 0;
    while (result >= 0) {
        uint64_t words[3];
        size_t n;
        for (n = 0; n < 3; n++)
            words[n] = word_of(index, rush->accepted_by[index] + n);
        if (rush->in_batches) {
            result = tributary_shared_sender_try_send_batch(rush->senders[index], words, 3, 8);
        } else {
            result = tributary_shared_sender_try_send(rush->senders[index], words, 8);
            result = result == 0 ? 1 : result;
        }
        if (result > 0) {
            rush->accepted_by[index] += (uint64_t)result;
            atomic_fetch_add(&rush->accepted, (size_t)result);
        }
    }
    require_equal(result, -EAGAIN);
}

static void check_rush(const struct configuration *configuration, size_t capacity,
                       bool in_batches) {
    static struct rush rush;
    static struct ledger ledger;
    size_t round, n;
    memset(&rush, 0, sizeof rush);
    rush.in_batches = in_batches;
    fixture_open_words(&fixture, configuration, capacity);
    for (n = 0; n < 8; n++)
        rush.senders[n] = fixture_shared_sender(&fixture);
    for (round = 0; round < scaled(6); round++) {
        uint64_t word;
        memset(&ledger, 0, sizeof ledger);
        memset(rush.accepted_by, 0, sizeof rush.accepted_by);
        atomic_store(&rush.accepted, 0);
        team_run(8, send_until_full, &rush);
        require_equal(rush.accepted, capacity);
        require_equal(tributary_channel_length(fixture.channel), capacity);
        while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0)
            ledger_accept(&ledger, word_sender(word), word_sequence(word));
        require_equal(ledger.total, capacity);
        for (n = 0; n < 8; n++)
            require_equal(ledger.next[n], rush.accepted_by[n]);
    }
    for (n = 0; n < 8; n++)
        tributary_shared_sender_destroy(rush.senders[n]);
    fixture_finish(&fixture);
}

MATRIX_TEST(concurrent_tries_together_accept_exactly_the_capacity) {
    static const size_t capacities[] = {1, 2, 7, 64, 1000};
    size_t c;
    for (c = 0; c < 5; c++) {
        check_rush(configuration, capacities[c], false);
        check_rush(configuration, capacities[c], true);
    }
}

/* A channel of one message, many that wait for it: nobody is forgotten. */
struct waiting {
    tributary_shared_sender *sender;
    size_t each, size;
    size_t way;
};

static void send_each_waiting(void *context, size_t index) {
    struct waiting *waiting = context;
    unsigned char *message = malloc(waiting->size);
    uint64_t sequence;
    for (sequence = 0; sequence < waiting->each; sequence++) {
        ptrdiff_t result;
        stamp_write(message, waiting->size, index, sequence);
        switch ((sequence + index) % 4) {
        case 0:
            result = tributary_shared_sender_send(waiting->sender, message, waiting->size);
            break;
        case 1:
            result = tributary_shared_sender_send_batch(waiting->sender, message, 1, waiting->size);
            result = result == 1 ? 0 : result;
            break;
        case 2:
            do
                result = tributary_shared_sender_send_timeout(waiting->sender, message,
                                                              waiting->size, 100 * MICROSECOND);
            while (result == -ETIMEDOUT);
            break;
        default:
            while ((result = tributary_shared_sender_try_send(waiting->sender, message,
                                                              waiting->size)) == -EAGAIN)
                give_way();
        }
        require_equal(result, 0);
    }
    free(message);
}

static void check_waiting(const struct configuration *configuration, size_t capacity, size_t size,
                          size_t members) {
    static struct ledger ledger;
    static unsigned char message[65536];
    struct waiting waiting = {NULL, scaled(size > 4096 ? 40 : 300), size, 0};
    struct team team;
    memset(&ledger, 0, sizeof ledger);
    test_note("size %zu, capacity %zd, %zu threads, parker %s", size, (ptrdiff_t)capacity, members,
              configuration->parker_name);
    fixture_prepare(&fixture, configuration, size, 8, capacity);
    fixture_open(&fixture);
    waiting.sender = fixture_shared_sender(&fixture);
    team_start(&team, members, send_each_waiting, &waiting);
    while (ledger.total < members * waiting.each) {
        struct stamp stamp;
        require_equal(tributary_channel_receive(fixture.channel, message, size), 0);
        stamp = stamp_read(message, size);
        ledger_accept(&ledger, stamp.sender, stamp.sequence);
    }
    team_join(&team);
    require_equal(tributary_channel_try_receive(fixture.channel, message, size), -EAGAIN);
    tributary_shared_sender_destroy(waiting.sender);
    fixture_finish(&fixture);
}

MATRIX_TEST(senders_that_wait_for_one_place_all_get_their_turn) {
    check_waiting(configuration, 1, 24, 2);
    check_waiting(configuration, 1, 24, 16);
    check_waiting(configuration, 2, 24, 5);
}

MATRIX_TEST(shared_messages_may_be_of_any_size) {
    static const size_t sizes[] = {104, 112, 120, 128, 4096, 65536};
    size_t n;
    for (n = 0; n < 6; n++) {
        check_waiting(configuration, n % 2 == 0 ? 1 : 16, sizes[n], 3);
        check_waiting(configuration, TRIBUTARY_UNBOUNDED, sizes[n], 2);
    }
}

/* Then a sender asks whether the receiver looks at all (ThreadSanitizer watches it). */
enum { BACKLOG = 3 << 20 /* bytes */, LARGE = 1024 };

struct backlog {
    tributary_shared_sender *sender;
    atomic_uint_fast64_t sent;
};

static void send_backlog(void *context, size_t index) {
    struct backlog *own = context;
    unsigned char message[LARGE];
    uint64_t n;
    for (n = 0; n < 2 * (BACKLOG / LARGE); n++) {
        stamp_write(message, LARGE, index, n);
        require_equal(tributary_shared_sender_send(own->sender, message, LARGE), 0);
        atomic_fetch_add(&own->sent, 1);
    }
}

MATRIX_TEST(a_long_backlog_is_received_while_it_grows) {
    struct backlog own = {0};
    static struct ledger ledger;
    struct worker worker;
    unsigned char message[LARGE];
    size_t n;
    fixture_prepare(&fixture, configuration, LARGE, 8, TRIBUTARY_UNBOUNDED);
    fixture_open(&fixture);
    own.sender = fixture_shared_sender(&fixture);
    memset(&ledger, 0, sizeof ledger);
    worker_start(&worker, send_backlog, &own, 0);
    await(atomic_load(&own.sent) >= BACKLOG / LARGE);
    for (n = 0; n < 2 * (BACKLOG / LARGE); n++) {
        struct stamp stamp;
        require_equal(tributary_channel_receive(fixture.channel, message, LARGE), 0);
        stamp = stamp_read(message, LARGE);
        ledger_accept(&ledger, stamp.sender, stamp.sequence);
    }
    worker_join(&worker);
    tributary_shared_sender_destroy(own.sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(messages_arrive_in_the_order_in_which_the_sends_followed_each_other),
          scenario(concurrent_tries_together_accept_exactly_the_capacity),
          scenario(senders_that_wait_for_one_place_all_get_their_turn),
          scenario(shared_messages_may_be_of_any_size), scenario(a_long_backlog_is_received_while_it_grows))
