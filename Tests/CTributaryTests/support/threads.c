/* SPDX-License-Identifier: Apache-2.0 */
#include "threads.h"

#include <sched.h>
#include <string.h>

#include "test.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#ifdef __APPLE__
#include <mach/mach.h>
#endif

static _Thread_local struct worker *this_worker;
static atomic_size_t running;

void give_way(void) {
    sched_yield();
}

size_t workers_running(void) {
    return atomic_load(&running);
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    this_worker = worker;
#ifdef __linux__
    atomic_store(&worker->kernel_id, syscall(SYS_gettid));
#endif
    if (worker->gate != NULL) {
        atomic_fetch_sub(worker->gate, 1);
        await(atomic_load(worker->gate) == 0);
    }
    worker->body(worker->context, worker->index);
    atomic_store(&worker->finished, true);
    return NULL;
}

void worker_launch(struct worker *worker) {
    pthread_attr_t attributes;
    atomic_init(&worker->kernel_id, 0);
    atomic_init(&worker->about_to_sleep, false);
    atomic_init(&worker->finished, false);
    pthread_attr_init(&attributes);
    if (worker->stack_size != 0)
        require_equal(pthread_attr_setstacksize(&attributes, worker->stack_size), 0);
    atomic_fetch_add(&running, 1);
    require_equal(pthread_create(&worker->thread, &attributes, worker_main, worker), 0);
    pthread_attr_destroy(&attributes);
}

void worker_start(struct worker *worker, void (*body)(void *context, size_t index), void *context,
                  size_t index) {
    memset(worker, 0, sizeof *worker);
    worker->body = body;
    worker->context = context;
    worker->index = index;
    worker_launch(worker);
}

void worker_join(struct worker *worker) {
    require_equal(pthread_join(worker->thread, NULL), 0);
    atomic_fetch_sub(&running, 1);
}

void worker_announces_sleep(void) {
    atomic_store(&this_worker->about_to_sleep, true);
}

#ifdef __linux__
/* Whether the thread sleeps, and how often it has given up its processor so far: a sleep for
 * something else on the way ends, and the next look sees another count. */
static bool thread_sleeps(struct worker *worker, long *switches) {
    char path[64], text[4096];
    const char *state, *count;
    size_t length;
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%ld/status", atomic_load(&worker->kernel_id));
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    state = strstr(text, "State:\t");
    count = strstr(text, "\nvoluntary_ctxt_switches:");
    if (state == NULL || count == NULL)
        return false;
    *switches = strtol(count + strlen("\nvoluntary_ctxt_switches:"), NULL, 10);
    return state[strlen("State:\t")] == 'S';
}
#elif defined(__APPLE__)
static bool thread_sleeps(struct worker *worker, long *switches) {
    thread_basic_info_data_t information;
    mach_msg_type_number_t size = THREAD_BASIC_INFO_COUNT;
    *switches = 0;
    return thread_info(pthread_mach_thread_np(worker->thread), THREAD_BASIC_INFO,
                       (thread_info_t)&information, &size) == KERN_SUCCESS &&
           information.run_state == TH_STATE_WAITING;
}
#else
#error "how a sleeping thread is recognised on this system has to be written here"
#endif

bool worker_is_asleep(struct worker *worker) {
    enum { LOOKS = 4 };
    long first = 0, switches = 0;
    int looks;
    for (looks = 0; looks < LOOKS; looks++) {
        if (!thread_sleeps(worker, &switches) || (looks > 0 && switches != first))
            return false;
        first = switches;
        give_way();
    }
    return true;
}

void worker_await_sleep(struct worker *worker) {
    await(atomic_load(&worker->about_to_sleep));
    while (!worker_is_asleep(worker)) {
        /* It came back without sleeping: a wrong answer, not something to wait for. */
        require(!atomic_load(&worker->finished));
        give_way();
    }
}

void team_start(struct team *team, size_t count, void (*body)(void *context, size_t index),
                void *context) {
    size_t index;
    require(count <= TEAM_MAXIMUM);
    memset(team, 0, sizeof *team);
    team->count = count;
    atomic_init(&team->gate, count);
    for (index = 0; index < count; index++) {
        struct worker *worker = &team->workers[index];
        worker->body = body;
        worker->context = context;
        worker->index = index;
        worker->gate = &team->gate;
        worker_launch(worker);
    }
}

void team_join(struct team *team) {
    size_t index;
    for (index = 0; index < team->count; index++)
        worker_join(&team->workers[index]);
}

void team_run(size_t count, void (*body)(void *context, size_t index), void *context) {
    struct team team;
    team_start(&team, count, body, context);
    team_join(&team);
}
