/* SPDX-License-Identifier: Apache-2.0 */
/* Ends closed and dropped at random from all sides: sent = received + returned + destroyed, for each
 * message by name, in each round. */
#include "support/fixture.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

/* What became of a message. Everything but OFFERED is final. */
enum fate { OFFERED, RECEIVED, RETURNED, DESTROYED };
enum { ACTORS = 5, MOST = 4000, DESCENDANTS = 4 };

static struct play {
    struct fixture fixture;
    atomic_uchar fates[ACTORS][MOST];
    atomic_size_t received, returned, destroyed;
    atomic_size_t offered;
    tributary_sender *exclusive[ACTORS];
    tributary_shared_sender *shared[ACTORS];
    size_t most, round;
} play;

static void settle(uint64_t word, enum fate fate) {
    require(word_sender(word) < ACTORS && word_sequence(word) < MOST);
    require_equal(atomic_exchange(&play.fates[word_sender(word)][word_sequence(word)],
                                  (unsigned char)fate), OFFERED);
    atomic_fetch_add(fate == RECEIVED   ? &play.received
                     : fate == RETURNED ? &play.returned
                                        : &play.destroyed, 1);
}

static void destroy(void *context, void *message) {
    uint64_t word;
    (void)context;
    memcpy(&word, message, sizeof word);
    settle(word, DESTROYED);
}

/* An actor holds some ends, opens and drops others, sends, and at some point leaves them. */
struct holder {
    tributary_sender *exclusive[DESCENDANTS];
    tributary_shared_sender *shared[DESCENDANTS];
    uint64_t next;
    size_t index;
    struct random_source source;
};

static void open_another(struct holder *holder) {
    size_t from = random_below(&holder->source, DESCENDANTS);
    size_t to = random_below(&holder->source, DESCENDANTS);
    int error = 0;
    switch (random_below(&holder->source, 4)) {
    case 0:
        if (holder->exclusive[from] != NULL && holder->exclusive[to] == NULL)
            error = tributary_sender_clone(holder->exclusive[from], &holder->exclusive[to]);
        break;
    case 1:
        if (holder->exclusive[from] != NULL && holder->shared[to] == NULL)
            error = tributary_sender_open_shared_sender(holder->exclusive[from],
                                                        &holder->shared[to]);
        break;
    case 2:
        if (holder->shared[from] != NULL && holder->shared[to] == NULL)
            error = tributary_shared_sender_clone(holder->shared[from], &holder->shared[to]);
        break;
    default:
        if (holder->shared[from] != NULL && holder->exclusive[to] == NULL)
            error = tributary_shared_sender_open_sender(holder->shared[from],
                                                        &holder->exclusive[to]);
    }
    require(error == 0 || error == -EPIPE);
}

static void drop_one(struct holder *holder) {
    size_t which = random_below(&holder->source, DESCENDANTS);
    if (random_one_in(&holder->source, 2)) {
        tributary_sender_destroy(holder->exclusive[which]);
        holder->exclusive[which] = NULL;
    } else {
        tributary_shared_sender_destroy(holder->shared[which]);
        holder->shared[which] = NULL;
    }
}

/* Sends one or a batch by some sender; what does not go in is returned and never offered again. */
static void send_some(struct holder *holder) {
    size_t which = random_below(&holder->source, DESCENDANTS), n;
    size_t count = 1 + random_below(&holder->source, random_one_in(&holder->source, 4) ? 20 : 1);
    uint64_t words[20];
    ptrdiff_t sent = -EINVAL;
    bool waiting = random_one_in(&holder->source, 3);
    void *slots;
    if (holder->exclusive[which] == NULL && holder->shared[which] == NULL)
        return;
    if (count > play.most - holder->next)
        count = play.most - holder->next;
    for (n = 0; n < count; n++)
        words[n] = word_of(holder->index, holder->next++);
    atomic_fetch_add(&play.offered, count);
    if (holder->exclusive[which] != NULL && random_one_in(&holder->source, 3)) {
        sent = tributary_sender_reserve_timeout(holder->exclusive[which], count, &slots,
                                                waiting ? 50 * MICROSECOND : 0);
        if (sent > 0) {
            memcpy(slots, words, (size_t)sent * sizeof *words);
            if (tributary_sender_commit(holder->exclusive[which], (size_t)sent) != 0)
                sent = -EPIPE;
        }
    } else if (holder->exclusive[which] != NULL) {
        sent = waiting ? tributary_sender_send_batch_timeout(holder->exclusive[which], words, count,
                                                             8, 50 * MICROSECOND)
                       : tributary_sender_try_send_batch(holder->exclusive[which], words, count, 8);
    } else {
        sent = waiting ? tributary_shared_sender_send_batch_timeout(holder->shared[which], words,
                                                                    count, 8, 50 * MICROSECOND)
                       : tributary_shared_sender_try_send_batch(holder->shared[which], words, count,
                                                                8);
    }
    require(sent > 0 || sent == -EAGAIN || sent == -ETIMEDOUT || sent == -EPIPE);
    require(sent <= (ptrdiff_t)count);
    for (n = sent > 0 ? (size_t)sent : 0; n < count; n++)
        settle(words[n], RETURNED);
}

static void act(void *context, size_t index) {
    struct holder holder;
    size_t n;
    (void)context;
    memset(&holder, 0, sizeof holder);
    holder.index = index;
    holder.source = random_for(play.round * ACTORS + index);
    holder.exclusive[0] = play.exclusive[index];
    holder.shared[0] = play.shared[index];
    while (holder.next < play.most) {
        uint64_t choice = random_below(&holder.source, 40);
        if (choice == 0)
            drop_one(&holder);
        else if (choice < 3)
            open_another(&holder);
        else
            send_some(&holder);
        /* One that has dropped all its ends is done; so is, sooner or later, every other. */
        for (n = 0; n < DESCENDANTS; n++)
            if (holder.exclusive[n] != NULL || holder.shared[n] != NULL)
                break;
        if (n == DESCENDANTS)
            break;
    }
    for (n = 0; n < DESCENDANTS; n++) {
        tributary_sender_destroy(holder.exclusive[n]);
        tributary_shared_sender_destroy(holder.shared[n]);
    }
}

static void take_some(struct random_source *source, bool *finished) {
    uint64_t words[50];
    const uint64_t *messages = words;
    size_t count = 1 + random_below(source, 50), n;
    bool borrowed = random_one_in(source, 2);
    ptrdiff_t got;
    if (borrowed)
        got = tributary_channel_borrow_timeout(play.fixture.channel, (void **)&messages, count,
                                               random_one_in(source, 2) ? 20 * MICROSECOND : 0);
    else
        got = tributary_channel_receive_batch_timeout(play.fixture.channel, words, count, 8,
                                                      random_one_in(source, 2) ? 20 * MICROSECOND
                                                                               : 0);
    *finished = got == -EPIPE;
    if (got < 0) {
        require(got == -EPIPE || got == -ETIMEDOUT);
        return;
    }
    /* Of what is borrowed, some is left for the next call, or for the destructor. */
    if (borrowed)
        got -= (ptrdiff_t)random_below(source, (uint64_t)got + 1);
    for (n = 0; n < (size_t)got; n++)
        settle(messages[n], RECEIVED);
    if (borrowed)
        require_equal(tributary_channel_release(play.fixture.channel, (size_t)got), 0);
}

static void check_round(size_t round, tributary_overflow overflow) {
    static const size_t capacities[] = {1, 3, 16, 1000, TRIBUTARY_UNBOUNDED};
    struct random_source source = random_for(round + 1000000);
    const struct configuration *configuration = matrix_pick(round);
    size_t capacity = capacities[random_below(&source, 5)], n, taken;
    size_t patience = random_below(&source, 200);
    bool finished = false, closed = false;
    struct team team;
    memset(&play, 0, sizeof play);
    play.round = round;
    play.most = 50 + random_below(&source, 600);
    test_note("round %zu, capacity %zd, overflow %d, fence %s, parker %s", round,
              (ptrdiff_t)capacity, (int)overflow, configuration->fence_name,
              configuration->parker_name);
    fixture_prepare(&play.fixture, configuration, 8, 8, capacity);
    play.fixture.options.overflow = overflow;
    play.fixture.options.destroy_message = destroy;
    if (random_one_in(&source, 2))
        fixture_sleep_at_once(&play.fixture);
    fixture_open(&play.fixture);
    for (n = 0; n < ACTORS; n++) {
        if (random_one_in(&source, 3))
            play.shared[n] = fixture_shared_sender(&play.fixture);
        else
            play.exclusive[n] = fixture_sender(&play.fixture);
    }
    team_start(&team, ACTORS, act, NULL);
    for (taken = 0; !finished && taken < patience; taken++) {
        take_some(&source, &finished);
        if (!closed && random_one_in(&source, 100)) {
            require_equal(tributary_channel_close(play.fixture.channel), 0);
            closed = true;
        }
    }
    /* The receiver goes with whatever is under way, or stays to the end. */
    if (random_one_in(&source, 2)) {
        tributary_channel_destroy(play.fixture.channel);
        play.fixture.channel = NULL;
        team_join(&team);
    } else {
        while (!finished)
            take_some(&source, &finished);
        team_join(&team);
    }
    fixture_finish(&play.fixture);
    require_equal(play.offered, play.received + play.returned + play.destroyed);
}

static void every_message_is_received_returned_or_destroyed_exactly_once(void **state) {
    size_t round;
    (void)state;
    for (round = 0; round < scaled(600); round++)
        check_round(round, TRIBUTARY_OVERFLOW_WAIT);
}

static void the_same_holds_with_overflow_policies(void **state) {
    size_t round;
    (void)state;
    for (round = 0; round < scaled(300); round++) {
        check_round(10000 + round, TRIBUTARY_OVERFLOW_DROP_NEWEST);
        check_round(20000 + round, TRIBUTARY_OVERFLOW_DROP_OLDEST);
    }
}

TEST_MAIN(scenario(every_message_is_received_returned_or_destroyed_exactly_once),
          scenario(the_same_holds_with_overflow_policies))
