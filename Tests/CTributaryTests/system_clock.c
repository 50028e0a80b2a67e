/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that jumps ahead, or stands still. The library's calls find this program's clock_gettime before the C library's; the kernel,
 * which ends the sleeps, keeps its own time. */
#include <errno.h>
#include <time.h>

#include "support/calls.h"
#include "support/threads.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

static struct fixture fixture;
static _Atomic int64_t ahead;    /* nanoseconds beyond the kernel's clock */
static _Atomic int64_t stalled;  /* the time that it is, or 0 */
static atomic_size_t looks;

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    int64_t now = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + atomic_load(&ahead);
    int64_t stands = atomic_load(&stalled);
    if (stands != 0) now = stands;
    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
    atomic_fetch_add(&looks, 1);
    return result;
}

struct wait {
    struct worker worker;
    const struct call *call;
    struct ends ends;
    int64_t time;
    ptrdiff_t result;
};

static void wait_for(void *context, size_t index) {
    struct wait *wait = context;
    (void)index;
    wait->result = wait->call->with_timeout(&wait->ends, wait->time);
}

/* Each waiting call in turn, on a channel in which it has to wait. */
static void start(const struct configuration *configuration, struct wait *wait, struct ends *ends, size_t which,
                  int64_t time) {
    atomic_store(&ahead, 0);
    atomic_store(&stalled, 0);
    memset(wait, 0, sizeof *wait);
    fixture_prepare(&fixture, configuration, 8, 8, 1);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    ends_open(ends, &fixture);
    wait->call = which < RECEIVING_CALLS ? &receiving_calls[which] : &sending_calls[which - RECEIVING_CALLS];
    if (which >= RECEIVING_CALLS)
        require_equal(ends_fill(ends, wait->call, 5), 1);
    ends->word = 6;
    wait->ends = *ends;
    wait->time = time;
    size_t before = atomic_load(&looks);
    worker_start(&wait->worker, wait_for, wait, 0);
    /* Its first look, from which it reckons the end. The wait may be over by now, too. */
    await(atomic_load(&looks) > before);
}

/* Room for a sender, or a message for the receiver. */
static void satisfy(struct ends *ends, size_t which) {
    if (which >= RECEIVING_CALLS)
        require_word(ends->channel, 5);
    else
        require_equal(send_word(ends->sender, 6), 0);
}

static void finish(struct wait *wait, struct ends *ends) {
    atomic_store(&stalled, 0);
    worker_join(&wait->worker);
    ends_drop_senders(ends);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_clock_that_jumps_ahead_ends_the_wait) {
    for (size_t which = 0; which < RECEIVING_CALLS + SENDING_CALLS; which++) {
        struct wait wait;
        struct ends ends;
        start(configuration, &wait, &ends, which, 20 * MILLISECOND);
        atomic_store(&ahead, INT64_C(3600000000000));
        finish(&wait, &ends);
        require_equal(wait.result, -ETIMEDOUT);
    }
}

/* Sleeps end by the kernel's clock; the call looks at its own, and goes on waiting until that moves. */
MATRIX_TEST(a_clock_that_stands_still_delays_the_end_and_loses_nothing) {
    for (size_t which = 0; which < RECEIVING_CALLS + SENDING_CALLS; which++)
        for (int comes = 0; comes < 2; comes++) {
            struct wait wait;
            struct ends ends;
            size_t before;
            start(configuration, &wait, &ends, which, 2 * MILLISECOND);
            atomic_store(&stalled, clock_now());
            before = atomic_load(&looks);
            await(atomic_load(&wait.worker.finished) || atomic_load(&looks) > before + 20);
            if (comes && !atomic_load(&wait.worker.finished))
                satisfy(&ends, which);
            finish(&wait, &ends);
            require(wait.result == -ETIMEDOUT || (comes && wait.result == 1));
            /* What was sent and not received is there still. */
            if (which < RECEIVING_CALLS && comes && wait.result == 1)
                require_equal(wait.ends.word, 6);
        }
}

TEST_MAIN(scenario(a_clock_that_jumps_ahead_ends_the_wait),
          scenario(a_clock_that_stands_still_delays_the_end_and_loses_nothing))
#else
static void there_is_no_clock_to_stand_in_for(void **state) {
    (void)state;
    require(clock_now() > 0);
}

TEST_MAIN(scenario(there_is_no_clock_to_stand_in_for))
#endif
