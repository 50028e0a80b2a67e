/* SPDX-License-Identifier: Apache-2.0 */
/* Many senders at full speed, every message checked for order, loss, duplication and content. */
#include "support/fixture.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

enum kind { EXCLUSIVE, SHARED, MIXED, KINDS };
enum method { SINGLE, BATCH, IN_PLACE, ANY, METHODS };
enum { LARGEST = 128, PORTION = 40 };

static const char *const kind_names[] = {"exclusive", "shared", "mixed"};
static const char *const method_names[] = {"single", "batch", "in place", "any"};

static struct stress {
    struct fixture fixture;
    size_t senders, each, size;
    enum method method;
    enum kind kind;
    tributary_sender *exclusive[LEDGER_SENDERS];
    tributary_shared_sender *shared[LEDGER_SENDERS];
    struct ledger ledger;
} stress;

/* Where a call may try, wait, or wait with a limit, each does all of them. */
enum patience { TRY, WAIT, TIMED, PATIENCES };

static enum patience any_patience(struct random_source *source) {
    return (enum patience)random_below(source, PATIENCES);
}

static ptrdiff_t as_count(ptrdiff_t result) {
    return result == 0 ? 1 : result;
}

static ptrdiff_t send_exclusive(tributary_sender *sender, enum method method,
                                enum patience patience, unsigned char *messages, size_t count,
                                size_t index, uint64_t sequence) {
    size_t size = stress.size, n;
    void *slots;
    ptrdiff_t got;
    if (method == IN_PLACE) {
        got = patience == TRY    ? tributary_sender_try_reserve(sender, count, &slots)
              : patience == WAIT ? tributary_sender_reserve(sender, count, &slots)
                                 : tributary_sender_reserve_timeout(sender, count, &slots,
                                                                    100 * MICROSECOND);
        if (got < 0)
            return got;
        /* Sometimes one less than was reserved. */
        if (got > 1 && sequence % 5 == 0)
            got--;
        for (n = 0; n < (size_t)got; n++)
            stamp_write((unsigned char *)slots + n * size, size, index, sequence + n);
        require_equal(tributary_sender_commit(sender, (size_t)got), 0);
        return got;
    }
    if (method == BATCH)
        return patience == TRY ? tributary_sender_try_send_batch(sender, messages, count, size)
               : patience == WAIT
                   ? tributary_sender_send_batch(sender, messages, count, size)
                   : tributary_sender_send_batch_timeout(sender, messages, count, size,
                                                         100 * MICROSECOND);
    return as_count(patience == TRY    ? tributary_sender_try_send(sender, messages, size)
                    : patience == WAIT ? tributary_sender_send(sender, messages, size)
                                       : tributary_sender_send_timeout(sender, messages, size,
                                                                       100 * MICROSECOND));
}

static ptrdiff_t send_shared(tributary_shared_sender *sender, enum method method,
                             enum patience patience, unsigned char *messages, size_t count) {
    size_t size = stress.size;
    if (method == BATCH)
        return patience == TRY
                   ? tributary_shared_sender_try_send_batch(sender, messages, count, size)
               : patience == WAIT
                   ? tributary_shared_sender_send_batch(sender, messages, count, size)
                   : tributary_shared_sender_send_batch_timeout(sender, messages, count, size,
                                                                100 * MICROSECOND);
    return as_count(patience == TRY    ? tributary_shared_sender_try_send(sender, messages, size)
                    : patience == WAIT ? tributary_shared_sender_send(sender, messages, size)
                                       : tributary_shared_sender_send_timeout(
                                             sender, messages, size, 100 * MICROSECOND));
}

static void send_everything(void *context, size_t index) {
    struct random_source source = random_for(index);
    unsigned char messages[PORTION * LARGEST];
    uint64_t sequence = 0;
    (void)context;
    while (sequence < stress.each) {
        enum method method = stress.method == ANY ? (enum method)random_below(&source, ANY)
                                                  : stress.method;
        enum patience patience = any_patience(&source);
        size_t count = method == SINGLE ? 1 : 1 + random_below(&source, PORTION), n;
        ptrdiff_t sent;
        if (count > stress.each - sequence)
            count = stress.each - sequence;
        for (n = 0; n < count; n++)
            stamp_write(messages + n * stress.size, stress.size, index, sequence + n);
        if (stress.exclusive[index] != NULL)
            sent = send_exclusive(stress.exclusive[index], method, patience, messages, count,
                                  index, sequence);
        else
            sent = send_shared(stress.shared[index], method, patience, messages, count);
        if (sent == -EAGAIN || sent == -ETIMEDOUT) {
            require(patience == (sent == -EAGAIN ? TRY : TIMED));
            give_way();
            continue;
        }
        require(sent >= 1 && sent <= (ptrdiff_t)count);
        sequence += (uint64_t)sent;
    }
    tributary_sender_destroy(stress.exclusive[index]);
    tributary_shared_sender_destroy(stress.shared[index]);
}

static void accept(const unsigned char *messages, ptrdiff_t count) {
    ptrdiff_t n;
    for (n = 0; n < count; n++) {
        struct stamp stamp = stamp_read(messages + (size_t)n * stress.size, stress.size);
        ledger_accept(&stress.ledger, stamp.sender, stamp.sequence);
    }
}

static ptrdiff_t receive_some(struct random_source *source, unsigned char *messages) {
    tributary_channel *channel = stress.fixture.channel;
    enum method method =
        stress.method == ANY ? (enum method)random_below(source, ANY) : stress.method;
    enum patience patience = any_patience(source);
    size_t count = 1 + random_below(source, PORTION), size = stress.size;
    unsigned char *received = messages;
    ptrdiff_t got;
    if (method == IN_PLACE)
        got = patience == TRY ? tributary_channel_try_borrow(channel, (void **)&received, count)
              : patience == WAIT
                  ? tributary_channel_borrow(channel, (void **)&received, count)
                  : tributary_channel_borrow_timeout(channel, (void **)&received, count,
                                                     100 * MICROSECOND);
    else if (method == BATCH)
        got = patience == TRY
                  ? tributary_channel_try_receive_batch(channel, messages, count, size)
              : patience == WAIT
                  ? tributary_channel_receive_batch(channel, messages, count, size)
                  : tributary_channel_receive_batch_timeout(channel, messages, count, size,
                                                            100 * MICROSECOND);
    else
        got = as_count(patience == TRY ? tributary_channel_try_receive(channel, messages, size)
                       : patience == WAIT
                           ? tributary_channel_receive(channel, messages, size)
                           : tributary_channel_receive_timeout(channel, messages, size,
                                                               100 * MICROSECOND));
    if (got < 0) {
        require(got == -EPIPE || got == (patience == TRY ? -EAGAIN : -ETIMEDOUT));
        require(got == -EPIPE || patience != WAIT);
        return got;
    }
    require(got >= 1 && (method == SINGLE ? got == 1 : got <= (ptrdiff_t)count));
    accept(received, got);
    if (method == IN_PLACE)
        require_equal(tributary_channel_release(channel, (size_t)got), 0);
    return got;
}

static void check_stress(size_t number, size_t senders, enum kind kind, enum method method,
                         size_t capacity) {
    static const size_t sizes[] = {24, 32, 64, 104, 128};
    const struct configuration *configuration = matrix_pick(number);
    struct random_source source = random_for(1000 + number);
    unsigned char messages[PORTION * LARGEST];
    struct team team;
    size_t n;
    ptrdiff_t got;
    memset(&stress, 0, sizeof stress);
    stress.senders = senders;
    stress.kind = kind;
    stress.method = method;
    stress.size = sizes[random_below(&source, sizeof sizes / sizeof *sizes)];
    stress.each = scaled(capacity == 1 ? 4000 : 24000) / senders + 1;
    test_note("%zu %s senders, %s, capacity %zd, size %zu, fence %s, parker %s", senders,
              kind_names[kind], method_names[method], (ptrdiff_t)capacity, stress.size,
              configuration->fence_name, configuration->parker_name);
    fixture_prepare(&stress.fixture, configuration, stress.size, 8, capacity);
    if (random_one_in(&source, 2))
        fixture_sleep_at_once(&stress.fixture);
    if (random_one_in(&source, 2))
        stress.fixture.options.pacing = !stress.fixture.options.pacing;
    fixture_open(&stress.fixture);
    for (n = 0; n < senders; n++) {
        if (kind == EXCLUSIVE || (kind == MIXED && n % 2 == 0))
            stress.exclusive[n] = fixture_sender(&stress.fixture);
        else
            stress.shared[n] = fixture_shared_sender(&stress.fixture);
    }
    team_start(&team, senders, send_everything, NULL);
    do {
        got = receive_some(&source, messages);
        if (capacity != TRIBUTARY_UNBOUNDED)
            require_at_most(tributary_channel_length(stress.fixture.channel), capacity * senders);
    } while (got != -EPIPE);
    team_join(&team);
    for (n = 0; n < senders; n++)
        require_equal(stress.ledger.next[n], stress.each);
    require_equal(fixture_statistics(&stress.fixture).sent, senders * stress.each);
    require_equal(fixture_statistics(&stress.fixture).received, senders * stress.each);
    fixture_finish(&stress.fixture);
    require_equal(stress.fixture.destroyed, 0);
}

/* All kinds, methods and capacities for that many senders, one configuration after another. */
static void check_senders(size_t senders) {
    static const size_t capacities[] = {1, 16, 1024, TRIBUTARY_UNBOUNDED};
    size_t number = senders, c;
    int kind, method;
    for (c = 0; c < 4; c++)
        for (kind = 0; kind < KINDS; kind++)
            for (method = 0; method < METHODS; method++) {
                if (senders == 1 && kind == MIXED)
                    continue;
                check_stress(number++, senders, (enum kind)kind, (enum method)method,
                             capacities[c]);
            }
}

static void one_sender_at_full_speed(void **state) {
    (void)state;
    check_senders(1);
}

static void two_senders_at_full_speed(void **state) {
    (void)state;
    check_senders(2);
}

static void eight_senders_at_full_speed(void **state) {
    (void)state;
    check_senders(8);
}

static void thirty_two_senders_at_full_speed(void **state) {
    (void)state;
    check_senders(32);
}

TEST_MAIN(scenario(one_sender_at_full_speed), scenario(two_senders_at_full_speed),
          scenario(eight_senders_at_full_speed), scenario(thirty_two_senders_at_full_speed))
