/* SPDX-License-Identifier: Apache-2.0 */
/* The hot path as inline functions under the names of tributary.h: a send or a receive that needs
 * no transition costs a copy, one release store and one load. Programs that include this header
 * must be recompiled when the library is updated, and gain most when `size` is a constant.
 *
 * Argument checks are those of the library for NULL; a `size` that is not the channel's message
 * size is undetected here unless TRIBUTARY_DEBUG is defined. */
#ifndef TRIBUTARY_INLINE_H
#define TRIBUTARY_INLINE_H

#include <string.h>
#include <tributary/internal/atomics.h>
#include <tributary/internal/layout.h>
#include <tributary/internal/lines.h>
#include <tributary/internal/thread_budget.h>
#include <tributary/tributary.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Building blocks, also for other languages' bindings ---------------------------- */

/* The slow half of publishing: wakes or enqueues as needed, in any fence mode. 0, or -EPIPE: the channel closed
 * before, the messages that were just published are still the sender's. */
int tributary_internal_sender_published(tributary_sender *sender);

/* The slow half of releasing: ends the run when it is used up, wakes a waiting sender. */
void tributary_internal_channel_settle(tributary_channel *channel);

/* Whether the overflow policy is TRIBUTARY_OVERFLOW_DROP_NEWEST. */
bool tributary_internal_sender_drops_newest(const tributary_sender *sender);

/* Messages that the inline path is about to take. */
static inline size_t tributary_internal_channel_at_hand(const tributary_channel *channel) {
    const struct tributary_internal_channel *head =
        (const struct tributary_internal_channel *)(const void *)channel;
    return (size_t)(head->run.end - head->run.consumed);
}

/* A free slot to write the next message into, or NULL when the slow path has to look for one. `size` is the bytes
 * of a message. */
static inline void *tributary_internal_sender_slot(tributary_sender *sender, size_t size) {
    struct tributary_internal_lane *lane = (struct tributary_internal_lane *)(void *)sender;
    uint64_t number = tributary_load_relaxed(&lane->forward.published);
    if (tributary_unlikely(number == lane->producer.end)) return NULL;
    return (void *)(lane->producer.base + (uintptr_t)number * size);
}

/* How many messages this sender has published: for bindings that give their thread away now and then. */
static inline uint64_t tributary_internal_sender_sent(tributary_sender *sender) {
    struct tributary_internal_lane *lane = (struct tributary_internal_lane *)(void *)sender;
    return tributary_load_relaxed(&lane->forward.published);
}

/* Publishes `count` messages that were written from the slot on. */
static inline int tributary_internal_sender_publish(tributary_sender *sender, size_t count,
                                                    size_t size) {
    struct tributary_internal_lane *lane = (struct tributary_internal_lane *)(void *)sender;
    uint64_t published = tributary_load_relaxed(&lane->forward.published) + count;
    tributary_prefetch_write(lane->producer.base + (uintptr_t)published * size +
                             TRIBUTARY_PREFETCH_DISTANCE);
    /* L1: the receiver's acquire of `published` sees the slots, and a new segment's link. */
    tributary_store_release(&lane->forward.published, published);
    /* F1: publish before looking at state. Only a compiler fence: a lane that reads as streaming
     * here has the receiver's promise to run a heavy fence before it relies on that order. */
    tributary_fence_compiler();
    if (tributary_likely(tributary_load_relaxed(&lane->transition.state) ==
                         (TRIBUTARY_LANE_READY | TRIBUTARY_LANE_STREAMING)))
        return 0;
    return tributary_internal_sender_published(sender);
}

/* The next message in place, or NULL when the slow path has to look for one. */
static inline void *tributary_internal_channel_front(tributary_channel *channel, size_t size) {
    struct tributary_internal_channel *head = (struct tributary_internal_channel *)(void *)channel;
    uint64_t number = head->run.consumed;
    if (tributary_unlikely(number == head->run.end)) return NULL;
    return (void *)(head->run.base + (uintptr_t)number * size);
}

/* Releases the message of `size` bytes that _front returned, and that was copied or moved out. */
static inline void tributary_internal_channel_pop(tributary_channel *channel, void *front,
                                                  size_t size) {
    struct tributary_internal_channel *head = (struct tributary_internal_channel *)(void *)channel;
    struct tributary_internal_lane *lane = head->run.lane;
    uint64_t consumed = head->run.consumed + 1;
    /* Once for each line that ends within this message. */
    uintptr_t next = (uintptr_t)front + size;
    for (uintptr_t line = (uintptr_t)front | (TRIBUTARY_LINE - 1); line < next;
         line += TRIBUTARY_LINE) {
        tributary_internal_disown_line(line);
        /* Never beyond the run: the sender is writing there. */
        if (line + TRIBUTARY_RECEIVE_AHEAD < head->run.base + (uintptr_t)head->run.end * size)
            tributary_prefetch_write((const char *)line + TRIBUTARY_RECEIVE_AHEAD);
    }
    head->run.consumed = consumed;
    /* L2: the sender's acquire of `consumed` sees that this message was read. */
    tributary_store_release(&lane->backward.consumed, consumed);
    tributary_fence_compiler(); /* F2: a sender that sleeps without limit runs a heavy fence */
    if (tributary_unlikely(consumed == head->run.end ||
                           consumed >= tributary_load_relaxed(&lane->transition.wake_at)))
        tributary_internal_channel_settle(channel);
}

/* ---- The functions of tributary.h --------------------------------------------------- */

#ifdef TRIBUTARY_DEBUG
#define TRIBUTARY_INLINE_CHECK(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define TRIBUTARY_INLINE_CHECK(condition) ((void)0)
#endif

/* Debug builds stop at two calls at once on one sender, which the types of C cannot rule out. */
void tributary_internal_sender_misused(void);

static inline void tributary_internal_sender_enter(tributary_sender *sender) {
#ifdef TRIBUTARY_DEBUG
    struct tributary_internal_lane *lane = (struct tributary_internal_lane *)(void *)sender;
    if (tributary_exchange_acquire_release(&lane->producer.busy, 1) != 0)
        tributary_internal_sender_misused();
#else
    (void)sender;
#endif
}

static inline void tributary_internal_sender_leave(tributary_sender *sender) {
#ifdef TRIBUTARY_DEBUG
    struct tributary_internal_lane *lane = (struct tributary_internal_lane *)(void *)sender;
    tributary_store_release(&lane->producer.busy, 0);
#else
    (void)sender;
#endif
}

#define TRIBUTARY_INLINE_SEND(variant, PARAMETERS, ARGUMENTS)                                 \
    static inline int tributary_inline_sender_##variant PARAMETERS {                          \
        if (tributary_likely(sender != NULL && message != NULL)) {                            \
            TRIBUTARY_INLINE_CHECK(size == tributary_sender_message_size(sender));            \
            tributary_internal_sender_enter(sender);                                          \
            void *slot = tributary_internal_sender_slot(sender, size);                        \
            if (tributary_likely(slot != NULL)) {                                             \
                memcpy(slot, message, size);                                                  \
                int error = tributary_internal_sender_publish(sender, 1, size);               \
                tributary_internal_sender_leave(sender);                                      \
                return error;                                                                 \
            }                                                                                 \
            tributary_internal_sender_leave(sender);                                          \
        }                                                                                     \
        return tributary_sender_##variant ARGUMENTS;                                          \
    }

TRIBUTARY_INLINE_SEND(try_send, (tributary_sender * sender, const void *message, size_t size),
                      (sender, message, size))
TRIBUTARY_INLINE_SEND(send, (tributary_sender * sender, const void *message, size_t size),
                      (sender, message, size))

#define TRIBUTARY_INLINE_RECEIVE(variant, PARAMETERS, ARGUMENTS)                              \
    static inline int tributary_inline_channel_##variant PARAMETERS {                         \
        void *front;                                                                          \
        if (tributary_likely(channel != NULL && message != NULL) &&                           \
            (front = tributary_internal_channel_front(channel, size)) != NULL) {                    \
            TRIBUTARY_INLINE_CHECK(size == tributary_channel_message_size(channel));          \
            memcpy(message, front, size);                                                     \
            tributary_internal_channel_pop(channel, front, size);                                    \
            return 0;                                                                         \
        }                                                                                     \
        return tributary_channel_##variant ARGUMENTS;                                         \
    }

TRIBUTARY_INLINE_RECEIVE(try_receive, (tributary_channel * channel, void *message, size_t size),
                         (channel, message, size))
TRIBUTARY_INLINE_RECEIVE(receive, (tributary_channel * channel, void *message, size_t size),
                         (channel, message, size))

#undef TRIBUTARY_INLINE_SEND
#undef TRIBUTARY_INLINE_RECEIVE

#ifndef TRIBUTARY_INLINE_NO_NAMES
#define tributary_sender_try_send tributary_inline_sender_try_send
#define tributary_sender_send tributary_inline_sender_send
#define tributary_channel_try_receive tributary_inline_channel_try_receive
#define tributary_channel_receive tributary_inline_channel_receive
#endif

#ifdef __cplusplus
}
#endif
#endif
