/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

static ptrdiff_t one(ptrdiff_t result) {
    return result == 0 ? 1 : result;
}

/* ---- Receiving ------------------------------------------------------------------------ */

#define RECEIVE(form, call, PARAMETERS, ...)                                                    \
    static ptrdiff_t receive_##form PARAMETERS {                                                \
        return one(tributary_channel_##call(ends->channel, &ends->word, sizeof(uint64_t)        \
                                            __VA_ARGS__));                                      \
    }
RECEIVE(attempt, try_receive, (struct ends * ends))
RECEIVE(wait, receive, (struct ends * ends))
RECEIVE(timeout, receive_timeout, (struct ends * ends, int64_t time), , time)
RECEIVE(deadline, receive_deadline, (struct ends * ends, int64_t time), , time)

#define RECEIVE_BATCH(form, call, PARAMETERS, ...)                                              \
    static ptrdiff_t batch_##form PARAMETERS {                                                  \
        return tributary_channel_##call(ends->channel, &ends->word, 1, sizeof(uint64_t)         \
                                        __VA_ARGS__);                                           \
    }
RECEIVE_BATCH(attempt, try_receive_batch, (struct ends * ends))
RECEIVE_BATCH(wait, receive_batch, (struct ends * ends))
RECEIVE_BATCH(timeout, receive_batch_timeout, (struct ends * ends, int64_t time), , time)
RECEIVE_BATCH(deadline, receive_batch_deadline, (struct ends * ends, int64_t time), , time)

static ptrdiff_t take_borrowed(struct ends *ends, ptrdiff_t count, const void *messages) {
    if (count > 0) {
        memcpy(&ends->word, messages, sizeof ends->word);
        require_equal(tributary_channel_release(ends->channel, 1), 0);
    }
    return count;
}

#define BORROW(form, call, PARAMETERS, ...)                                                     \
    static ptrdiff_t borrow_##form PARAMETERS {                                                 \
        void *messages = NULL;                                                                  \
        ptrdiff_t count = tributary_channel_##call(ends->channel, &messages, 1 __VA_ARGS__);    \
        return take_borrowed(ends, count, messages);                                            \
    }
BORROW(attempt, try_borrow, (struct ends * ends))
BORROW(wait, borrow, (struct ends * ends))
BORROW(timeout, borrow_timeout, (struct ends * ends, int64_t time), , time)
BORROW(deadline, borrow_deadline, (struct ends * ends, int64_t time), , time)

const struct call receiving_calls[RECEIVING_CALLS] = {
    {"receive", false, receive_attempt, receive_wait, receive_timeout, receive_deadline},
    {"receive_batch", false, batch_attempt, batch_wait, batch_timeout, batch_deadline},
    {"borrow", false, borrow_attempt, borrow_wait, borrow_timeout, borrow_deadline},
};

/* ---- Sending ---------------------------------------------------------------------------- */

#define SEND(kind, end, form, call, PARAMETERS, ...)                                            \
    static ptrdiff_t kind##_##form PARAMETERS {                                                 \
        return one(tributary_##call(ends->end, &ends->word, sizeof(uint64_t) __VA_ARGS__));     \
    }
SEND(send, sender, attempt, sender_try_send, (struct ends * ends))
SEND(send, sender, wait, sender_send, (struct ends * ends))
SEND(send, sender, timeout, sender_send_timeout, (struct ends * ends, int64_t time), , time)
SEND(send, sender, deadline, sender_send_deadline, (struct ends * ends, int64_t time), , time)
SEND(shared, shared, attempt, shared_sender_try_send, (struct ends * ends))
SEND(shared, shared, wait, shared_sender_send, (struct ends * ends))
SEND(shared, shared, timeout, shared_sender_send_timeout, (struct ends * ends, int64_t time), ,
     time)
SEND(shared, shared, deadline, shared_sender_send_deadline, (struct ends * ends, int64_t time), ,
     time)

#define SEND_BATCH(kind, end, form, call, PARAMETERS, ...)                                      \
    static ptrdiff_t kind##_batch_##form PARAMETERS {                                           \
        return tributary_##call(ends->end, &ends->word, 1, sizeof(uint64_t) __VA_ARGS__);       \
    }
SEND_BATCH(send, sender, attempt, sender_try_send_batch, (struct ends * ends))
SEND_BATCH(send, sender, wait, sender_send_batch, (struct ends * ends))
SEND_BATCH(send, sender, timeout, sender_send_batch_timeout, (struct ends * ends, int64_t time), ,
           time)
SEND_BATCH(send, sender, deadline, sender_send_batch_deadline,
           (struct ends * ends, int64_t time), , time)
SEND_BATCH(shared, shared, attempt, shared_sender_try_send_batch, (struct ends * ends))
SEND_BATCH(shared, shared, wait, shared_sender_send_batch, (struct ends * ends))
SEND_BATCH(shared, shared, timeout, shared_sender_send_batch_timeout,
           (struct ends * ends, int64_t time), , time)
SEND_BATCH(shared, shared, deadline, shared_sender_send_batch_deadline,
           (struct ends * ends, int64_t time), , time)

static ptrdiff_t fill_reserved(struct ends *ends, ptrdiff_t count, void *slots) {
    if (count > 0) {
        memcpy(slots, &ends->word, sizeof ends->word);
        return one(tributary_sender_commit(ends->sender, 1));
    }
    return count;
}

#define RESERVE(form, call, PARAMETERS, ...)                                                    \
    static ptrdiff_t reserve_##form PARAMETERS {                                                \
        void *slots = NULL;                                                                     \
        ptrdiff_t count = tributary_sender_##call(ends->sender, 1, &slots __VA_ARGS__);         \
        return fill_reserved(ends, count, slots);                                               \
    }
RESERVE(attempt, try_reserve, (struct ends * ends))
RESERVE(wait, reserve, (struct ends * ends))
RESERVE(timeout, reserve_timeout, (struct ends * ends, int64_t time), , time)
RESERVE(deadline, reserve_deadline, (struct ends * ends, int64_t time), , time)

const struct call sending_calls[SENDING_CALLS] = {
    {"send", false, send_attempt, send_wait, send_timeout, send_deadline},
    {"send_batch", false, send_batch_attempt, send_batch_wait, send_batch_timeout,
     send_batch_deadline},
    {"reserve", false, reserve_attempt, reserve_wait, reserve_timeout, reserve_deadline},
    {"shared send", true, shared_attempt, shared_wait, shared_timeout, shared_deadline},
    {"shared send_batch", true, shared_batch_attempt, shared_batch_wait, shared_batch_timeout,
     shared_batch_deadline},
};

/* ---- Ends --------------------------------------------------------------------------------- */

void ends_open(struct ends *ends, struct fixture *fixture) {
    memset(ends, 0, sizeof *ends);
    ends->channel = fixture->channel;
    ends->sender = fixture_sender(fixture);
    ends->shared = fixture_shared_sender(fixture);
}

void ends_open_for(struct ends *ends, struct fixture *fixture, const struct call *call) {
    memset(ends, 0, sizeof *ends);
    ends->channel = fixture->channel;
    if (call->shared)
        ends->shared = fixture_shared_sender(fixture);
    else
        ends->sender = fixture_sender(fixture);
}

void ends_drop_senders(struct ends *ends) {
    tributary_sender_destroy(ends->sender);
    tributary_shared_sender_destroy(ends->shared);
    ends->sender = NULL;
    ends->shared = NULL;
}

size_t ends_fill(struct ends *ends, const struct call *call, uint64_t first_word) {
    size_t count = 0;
    ptrdiff_t result;
    while (ends->word = first_word + count, (result = call->attempt(ends)) == 1)
        count++;
    require_equal(result, -EAGAIN);
    return count;
}
