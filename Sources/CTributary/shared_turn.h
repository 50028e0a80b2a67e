/* SPDX-License-Identifier: Apache-2.0 */
/* The turn: which thread may send shared messages without a read-modify-write, and how many.
 *
 * Unbounded, a thread takes the turn by an addition and keeps it until another one does.
 *
 * Bounded, it takes the turn by a compare-exchange, and with it a grant: a part of what is free, so that counting costs nothing
 * per message either. The exchange fails when the turn has changed since the free room was counted, and each grant changes it.
 * All that another lane was granted counts as used, until it is *settled* that it cannot use the rest. The words of a lane:
 *
 *   granted          its thread, before the compare-exchange: messages of the lane that are covered, in all
 *   begun            its thread, before it looks at the turn: what `published` will be after the send
 *   taken            its thread, before all of these: the turn that it attempts to take
 *   settled_through  any thread that has the turn: of older turns, no message beyond `begun` is to come
 *
 *   G1  granting thread: store taken, begun, granted; take the turn     next one: load the turn; look at granted; take it
 *       The exchange releases the grant, the next one's load of the turn acquires it.
 *   G2  sending thread: store begun; look at turn; publish     settling one: take the turn; heavy fence; look at begun
 *       The sender's fence is the compiler's. Whoever looked at the turn before it was taken has stored begun by then.
 *       The settling thread then stores settled_through (release): whoever acquires that reads begun after it.
 *   G3  attempting thread: publish; store taken; store begun, granted; attempt     another: look at begun, granted; taken; published
 *       An attempt is not a grant. Who sees words that were stored for one sees `taken` too: beyond the turn that it has seen itself, or one of
 *       its own turns. Then the lane has used what it has published, and will not use more before it has had a later turn.
 *
 *   invariant: sum over lanes of (settled ? begun : granted) - consumed <= capacity, attempts left out
 *
 * A heavy fence is due only when the room that is left is what others may still use of their grants. With local fences a grant
 * is what is sent at once, and nothing has to be settled. A failed exchange means that another thread has got its grant, or has settled
 * one: each grant sends a message at least and is settled once at most, so that somebody gets on.
 *
 *   full      what had been sent and not received at one moment of the call, and what other calls had begun meanwhile, took all places
 *
 * What a call has begun counts before it is decided whether it may send: the decision is an exchange, or a load of the turn, of which
 * others know nothing before the caller's next store. (To decide by a store of their own they would need a read-modify-write of the
 * sender's word, and so would it, for each message.) A call that may not takes it back with the next store. A thread that is stopped
 * between the two holds the places that it was about to send to, as many as its call still had to send; with none in the middle of its
 * call "full" means that the capacity was sent and not received. Tests/verification/chaos/held/full.c stops one at each point. */
#ifndef TRIBUTARY_SHARED_TURN_H
#define TRIBUTARY_SHARED_TURN_H

#include "core.h"

TRIBUTARY_PRIVATE_BEGIN

/* Begins to send up to `wanted` messages of the calling thread's lane, by its turn: how many, at least one, which then have to be
 * published; or -EAGAIN, -EPIPE, -ENOMEM, and nothing is begun. TRIBUTARY_PACED may spend a microsecond. */
ptrdiff_t tributary_shared_prepare(struct tributary_channel *channel, struct tributary_sender *lane,
                                   size_t wanted, enum tributary_patience patience);
/* Messages of all lanes that were published, and that were received, as of now or earlier. */
uint64_t tributary_shared_published(const struct tributary_channel *channel);
uint64_t tributary_shared_consumed(const struct tributary_channel *channel);
/* Whether as many are free, not counting what was granted and not sent. */
bool tributary_shared_has_room(const struct tributary_channel *channel, uint64_t wanted);
/* Whether more threads have messages there (or had, before they exited) than there are processors: they cannot all send while the receiver
 * receives. Linear in their number, up to that of processors. */
bool tributary_shared_is_crowded(const struct tributary_channel *channel);

TRIBUTARY_PRIVATE_END

static inline bool tributary_shared_is_bounded(const struct tributary_channel *channel) {
    return channel->options.capacity != TRIBUTARY_UNBOUNDED;
}

static inline bool tributary_shared_is_closed(const struct tributary_channel *channel) {
    return (tributary_load_acquire(&channel->shared_front.state) & TRIBUTARY_LANE_CLOSED) != 0;
}

/* Announces the next `count` messages, then: is the turn still the lane's? */
static inline bool tributary_shared_begin(struct tributary_channel *channel,
                                          struct tributary_sender *lane, size_t count) {
    if (tributary_shared_is_bounded(channel)) {
        tributary_store_release(&lane->hot.forward.begun,
                                tributary_load_relaxed(&lane->hot.forward.published) + count);
        tributary_fence_compiler(); /* G2 */
    }
    tributary_fence_multiple_copies(); /* M1: what was sent before is to be found by whoever sees a later turn */
    return tributary_load_acquire(&channel->shared_front.turn) == lane->thread->turn;
}

#endif
