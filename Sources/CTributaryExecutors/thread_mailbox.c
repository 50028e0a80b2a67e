/* SPDX-License-Identifier: Apache-2.0 */
/* A mailbox with one taker, a thread of its own or an event loop.
 *
 *   enqueuer                                 taker, before it sleeps
 *     announce: exchange the tail (fence)      parker: prepare
 *     parker EMPTY?                   (F3)     full fence                      (F3)
 *     state FINISHED? then refuse     (F4)     tail moved? then do not sleep
 *     link
 *     the parker was not EMPTY: wake
 *
 *   taker, when it is told to stop and finds no job
 *     state = FINISHED
 *     full fence                      (F4)
 *     tail moved? then state = STOPPING again, and go on
 *
 * By F4 a job that came too late is either seen by the taker, which then runs it, or its enqueuer sees FINISHED and
 * says so. (Both may happen: the enqueuer traps all the same, as the executor was shut down under it.) */
#define _GNU_SOURCE
#include <errno.h>
#include <stdalign.h>

#include <CTributaryExecutors.h>
#include "../CTributary/allocator.h"
#include "../CTributary/clock.h"
#include "../CTributary/parker.h"
#include "../CTributary/spin.h"
#include "job_queue.h"

enum { RUNNING, STOPPING, FINISHED };

enum {
    MOST_LOOKS = 256, /* some 26 microseconds: about as long as a wake-up takes on another processor */
};

struct tributary_thread_mailbox {
    /* Enqueuers write the tail, which begins the queue; the taker's part follows in the same line. */
    alignas(64) struct tributary_job_queue queue;
    /* Written on transitions, read by every enqueuer. */
    alignas(64) struct tributary_parker_state parker;
    uint32_t state;
    uint32_t references;
    struct tributary_spin spin; /* the taker's */
    struct tributary_thread_mailbox *outer; /* the taker's: see enter */
};

static _Thread_local struct tributary_thread_mailbox *current;

struct tributary_thread_mailbox *tributary_thread_mailbox_create(bool eventfd, int *error) {
    struct tributary_thread_mailbox *mailbox =
        tributary_allocate(&tributary_default_allocator, sizeof *mailbox, alignof(struct tributary_thread_mailbox));
    *error = -ENOMEM;
    if (mailbox == NULL) return NULL;
    tributary_job_queue_initialize(&mailbox->queue);
    mailbox->state = RUNNING;
    mailbox->references = 1;
    mailbox->spin = tributary_spin_begin(MOST_LOOKS);
    *error = tributary_parker_initialize(
        &mailbox->parker, eventfd ? TRIBUTARY_PARKER_EVENTFD : TRIBUTARY_PARKER_DEFAULT,
        &tributary_default_allocator);
    if (*error == 0) return mailbox;
    tributary_deallocate(&tributary_default_allocator, mailbox, sizeof *mailbox,
                         alignof(struct tributary_thread_mailbox));
    return NULL;
}

void tributary_thread_mailbox_retain(struct tributary_thread_mailbox *mailbox) {
    tributary_fetch_add_relaxed(&mailbox->references, 1);
}

void tributary_thread_mailbox_release(struct tributary_thread_mailbox *mailbox) {
    if (tributary_fetch_sub_acquire_release(&mailbox->references, 1) != 1) return;
    tributary_parker_finish(&mailbox->parker, &tributary_default_allocator);
    tributary_deallocate(&tributary_default_allocator, mailbox, sizeof *mailbox,
                         alignof(struct tributary_thread_mailbox));
}

bool tributary_thread_mailbox_enqueue(struct tributary_thread_mailbox *mailbox, void *job) {
    struct cds_wfcq_node *previous = tributary_job_queue_announce(&mailbox->queue, job);
    tributary_fence_after_read_modify_write(); /* F3, F4 */
    bool finished = tributary_load_relaxed(&mailbox->state) == FINISHED;
    if (tributary_likely(tributary_load_relaxed(&mailbox->parker.word) == TRIBUTARY_PARKER_EMPTY)) {
        tributary_job_queue_link(previous, job);
        return !finished;
    }
    /* Once linked the job may run, and end the mailbox, before the wake is done. */
    tributary_thread_mailbox_retain(mailbox);
    tributary_job_queue_link(previous, job);
    tributary_parker_wake(&mailbox->parker);
    tributary_thread_mailbox_release(mailbox);
    return !finished;
}

struct tributary_thread_mailbox *tributary_thread_mailbox_enter(
    struct tributary_thread_mailbox *mailbox) {
    struct tributary_thread_mailbox *outer = current;
    mailbox->outer = outer;
    current = mailbox;
    return outer;
}

void tributary_thread_mailbox_leave(struct tributary_thread_mailbox *outer) { current = outer; }

bool tributary_thread_mailbox_is_entered(const struct tributary_thread_mailbox *mailbox) {
    for (const struct tributary_thread_mailbox *one = current; one != NULL; one = one->outer)
        if (one == mailbox) return true;
    return false;
}

bool tributary_thread_mailbox_is_current(const struct tributary_thread_mailbox *mailbox) {
    return current == mailbox;
}

void *tributary_thread_mailbox_take(struct tributary_thread_mailbox *mailbox) {
    return tributary_job_queue_take(&mailbox->queue);
}

bool tributary_thread_mailbox_finish(struct tributary_thread_mailbox *mailbox) {
    uint32_t state = tributary_load_acquire(&mailbox->state);
    if (state == FINISHED) return true;
    if (state != STOPPING || !tributary_job_queue_is_empty(&mailbox->queue)) return false;
    tributary_store_release(&mailbox->state, FINISHED);
    tributary_fence_full(); /* F4 */
    if (tributary_job_queue_inbox_is_empty(&mailbox->queue)) return true;
    tributary_store_release(&mailbox->state, STOPPING);
    return false;
}

bool tributary_thread_mailbox_has_finished(const struct tributary_thread_mailbox *mailbox) {
    return tributary_load_acquire(&mailbox->state) == FINISHED;
}

/* Sleeps unless there is something to do. */
static void sleep_while_idle(struct tributary_thread_mailbox *mailbox) {
    tributary_parker_prepare(&mailbox->parker);
    tributary_fence_full(); /* F3 */
    bool held_up = !tributary_job_queue_inbox_is_empty(&mailbox->queue);
    if (tributary_load_acquire(&mailbox->state) != RUNNING ||
        (held_up && tributary_job_queue_has_job(&mailbox->queue))) {
        tributary_parker_cancel(&mailbox->parker);
        return;
    }
    tributary_parker_sleep(&mailbox->parker, held_up ? tributary_clock_deadline(TRIBUTARY_HELD_UP_NANOSECONDS)
                                                     : TRIBUTARY_FOREVER);
}

void *tributary_thread_mailbox_wait(struct tributary_thread_mailbox *mailbox) {
    for (uint32_t look = 0;; look++) {
        struct tributary_job *job = tributary_job_queue_take(&mailbox->queue);
        if (job != NULL) {
            if (look > 0 && look <= tributary_spin_looks(mailbox->spin, MOST_LOOKS))
                tributary_spin_learn(&mailbox->spin, MOST_LOOKS, TRIBUTARY_SPIN_KEPT_BY_THREAD, true);
            return job;
        }
        if (look < tributary_spin_looks(mailbox->spin, MOST_LOOKS)) {
            for (int i = 0; i < TRIBUTARY_PAUSES_PER_LOOK; i++) tributary_pause();
        } else {
            if (tributary_thread_mailbox_finish(mailbox)) return NULL;
            tributary_spin_learn(&mailbox->spin, MOST_LOOKS, TRIBUTARY_SPIN_KEPT_BY_THREAD, false);
            sleep_while_idle(mailbox);
            look = UINT32_MAX; /* from the beginning */
        }
    }
}

void tributary_thread_mailbox_stop(struct tributary_thread_mailbox *mailbox) {
    uint32_t running = RUNNING;
    tributary_compare_exchange_acquire_release(&mailbox->state, &running, STOPPING);
    tributary_fence_full(); /* F3 */
    tributary_parker_wake(&mailbox->parker);
}

int tributary_thread_mailbox_file_descriptor(const struct tributary_thread_mailbox *mailbox) {
    return mailbox->parker.kind == TRIBUTARY_PARKER_EVENTFD ? mailbox->parker.descriptor : -1;
}

bool tributary_thread_mailbox_arm(struct tributary_thread_mailbox *mailbox) {
    tributary_parker_clear(&mailbox->parker);
    tributary_parker_arm(&mailbox->parker);
    tributary_fence_full(); /* F3 */
    if (tributary_job_queue_is_empty(&mailbox->queue) &&
        tributary_load_acquire(&mailbox->state) == RUNNING)
        return true;
    tributary_parker_disarm(&mailbox->parker);
    return false;
}
