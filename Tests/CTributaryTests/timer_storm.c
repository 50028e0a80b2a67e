/* SPDX-License-Identifier: Apache-2.0 */
/* Timers that interrupt both ends thousands of times a second, in every blocking call: each message arrives once, in its order. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "support/calls.h"
#include "support/messages.h"
#include "support/threads.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static struct fixture fixture;
static atomic_size_t ticks[2]; /* of the receiver, and of the sender */
static _Thread_local size_t own;

static void count_tick(int signal_number) {
    (void)signal_number;
    atomic_fetch_add(&ticks[own], 1);
}

/* Interrupts the calling thread, and no other one, `rate` times a second. */
static timer_t start_timer(size_t end, long rate) {
    struct itimerspec interval = {.it_interval = {0, 1000000000 / rate}, .it_value = {0, 1000000000 / rate}};
    struct sigevent event;
    timer_t timer;
    own = end;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    require_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    require_equal(timer_settime(timer, 0, &interval, NULL), 0);
    return timer;
}

enum { TIME = 300 * MICROSECOND };

/* Waits with a time, or without. A time that is over was over. */
static ptrdiff_t call(const struct call *call, struct ends *ends, bool timed) {
    int64_t begin = clock_now();
    ptrdiff_t result = timed ? call->with_timeout(ends, TIME) : call->wait(ends);
    if (timed && result == -ETIMEDOUT)
        require_at_most(begin + TIME, clock_now());
    else
        require_equal(result, 1);
    return result;
}

struct storm {
    struct ends ends;
    const struct call *sending;
    long rate;
    atomic_bool over;
    uint64_t sent;
};

static void send_in_a_storm(void *context, size_t index) {
    struct storm *storm = context;
    timer_t timer = start_timer(1, storm->rate);
    (void)index;
    while (!atomic_load(&storm->over)) {
        storm->ends.word = storm->sent;
        while (call(storm->sending, &storm->ends, storm->sent % 2 != 0) != 1) {
        }
        storm->sent++;
    }
    require_equal(timer_delete(timer), 0);
}

/* Both ends have been interrupted so often since then. */
static bool was_interrupted(const size_t *before, size_t times) {
    return atomic_load(&ticks[0]) >= before[0] + times && atomic_load(&ticks[1]) >= before[1] + times;
}

static void run(const struct configuration *configuration, const struct call *sending, const struct call *receiving, long rate) {
    struct storm storm;
    struct worker sender;
    struct ends ends;
    timer_t timer;
    uint64_t received = 0;
    size_t before[2] = {atomic_load(&ticks[0]), atomic_load(&ticks[1])};
    memset(&storm, 0, sizeof storm);
    test_note("%s, %s, %ld a second", sending->name, receiving->name, rate);
    fixture_prepare(&fixture, configuration, 8, 8, 4);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    ends_open(&ends, &fixture);
    storm.ends = ends;
    storm.sending = sending;
    storm.rate = rate;
    worker_start(&sender, send_in_a_storm, &storm, 0);
    timer = start_timer(0, rate);
    for (;;) {
        bool finished = atomic_load(&sender.finished);
        ptrdiff_t result;
        if (received >= scaled(200) && was_interrupted(before, scaled(40)))
            atomic_store(&storm.over, true);
        result = finished ? receiving->attempt(&ends) : call(receiving, &ends, atomic_load(&storm.over) || received % 2 == 0);
        if (result == 1) {
            require_equal(ends.word, received++);
        } else if (finished) {
            require_equal(result, -EAGAIN);
            break;
        }
    }
    require_equal(timer_delete(timer), 0);
    worker_join(&sender);
    require_equal(received, storm.sent);
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_storm_of_timers_loses_no_message) {
    static const long rates[] = {1000, 5000};
    struct sigaction action;
    size_t s;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_tick; /* without SA_RESTART: every sleeping system call returns EINTR */
    require_equal(sigaction(SIGUSR1, &action, NULL), 0);
    for (s = 0; s < SENDING_CALLS; s++) {
        size_t r;
        for (r = 0; r < RECEIVING_CALLS; r++)
            run(configuration, &sending_calls[s], &receiving_calls[r], rates[(s + r) % 2]);
    }
}

TEST_MAIN(scenario(a_storm_of_timers_loses_no_message))
#else
static void timers_of_a_thread_are_linux_only(void **state) {
    (void)state;
    skip();
}
TEST_MAIN(scenario(timers_of_a_thread_are_linux_only))
#endif
