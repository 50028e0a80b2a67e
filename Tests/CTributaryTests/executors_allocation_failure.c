/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation of the executors' C half fails, for every n: nothing is created, nothing leaked, and what exists goes on. Jobs
 * need no memory at all.
 *
 * The executors take memory from the C library. This program has the library's allocator in its place, and no futexes: the linker takes
 * neither from the library then. Without futexes, as on macOS, each worker and each mailbox sleeps on a condition, which is allocated. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../Sources/CTributary/allocator.h"
#include "../../Sources/CTributary/futex.h"
#include "support/allocator.h"
#include "support/workers.h"

#if defined(__linux__)
#include <sys/resource.h>
#endif

static struct counting_allocator memory;

static void *allocate(void *context, size_t size, size_t alignment) {
    tributary_allocator hooks = counting_allocator_hooks(context);
    return hooks.allocate(context, size, alignment);
}

static void deallocate(void *context, void *block, size_t size, size_t alignment) {
    tributary_allocator hooks = counting_allocator_hooks(context);
    hooks.deallocate(context, block, size, alignment);
}

const tributary_allocator tributary_default_allocator = {allocate, deallocate, &memory};

bool tributary_futex_supported(void) { return false; }

void tributary_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
    (void)word;
    (void)expected;
    (void)deadline;
    require(!"reached");
}

void tributary_futex_wake(uint32_t *word, int count) {
    (void)word;
    (void)count;
    require(!"reached");
}

static size_t calls(void) { return atomic_load(&memory.calls); }
static size_t refused(void) { return atomic_load(&memory.refused); }

static void allocation_fails(size_t n, bool alone) {
    test_note("allocation %zu fails%s", n, alone ? "" : " and all after it");
    if (alone)
        counting_allocator_fail_at(&memory, n);
    else
        counting_allocator_fail_from(&memory, n);
}

/* ---- Jobs ----------------------------------------------------------------------------------------------------------- */

enum { JOBS = 2000, BOXES = 3 };
static struct crew crew;
static struct test_job jobs[JOBS];
static struct tributary_serial_mailbox *boxes[BOXES];
static atomic_size_t runs;

static void count_run(struct test_job *job) {
    require_equal(++job->times_run, 1);
    atomic_fetch_add(&runs, 1);
}

static void prepare(void) {
    for (size_t i = 0; i < JOBS; i++) {
        job_prepare(&jobs[i], i % 3 == 0 ? PRIORITY_BACKGROUND : PRIORITY_MEDIUM, 0, i);
        jobs[i].run = count_run;
    }
    atomic_store(&runs, 0);
}

/* Every other job to a mailbox, where there are any. With pauses, workers sleep and have to be woken. */
static void enqueue_all(bool pauses) {
    for (size_t i = 1; i < JOBS; i++) {
        if (boxes[0] != NULL && i % 2 == 0)
            require(tributary_serial_mailbox_enqueue(boxes[i % BOXES], &jobs[i]));
        else
            require(tributary_scheduler_enqueue(crew.scheduler, &jobs[i]));
        if (pauses && i % 100 == 0) await(atomic_load(&runs) == i + 1);
    }
}

/* More than its worker's run queue holds. */
static void spawn_all(struct test_job *job) {
    count_run(job);
    enqueue_all(false);
}

/* From outside, then from a worker: all jobs run once, and nobody asks for memory meanwhile. */
static void run_jobs(void) {
    size_t before = calls();
    for (int spawned = 0; spawned < 2; spawned++) {
        prepare();
        if (spawned) jobs[0].run = spawn_all;
        require(tributary_scheduler_enqueue(crew.scheduler, &jobs[0]));
        if (!spawned) enqueue_all(true);
        await(atomic_load(&runs) == JOBS);
    }
    require_equal(calls(), before);
}

/* ---- Workers that steal ----------------------------------------------------------------------------------------------- */

static void check_scheduler(size_t workers, bool alone) {
    struct tributary_scheduler *scheduler = NULL;
    size_t n = 0;
    while (scheduler == NULL) {
        size_t refused_before = refused(), calls_before = calls();
        allocation_fails(++n, alone);
        scheduler = tributary_scheduler_create(workers);
        require_equal(refused() > refused_before, scheduler == NULL);
        if (scheduler == NULL) {
            /* It gives up: the workers and what they have seen are asked for together. */
            require_at_most(calls() - calls_before, n < 3 ? 3 : n);
            require_nothing_allocated(&memory);
        }
    }
    counting_allocator_succeed(&memory);
    /* Itself, the workers, what they have seen, and each worker's condition: each of them has failed once. */
    require_equal(n, 3 + workers + 1);
    tributary_scheduler_release(scheduler);
    require_nothing_allocated(&memory);
}

static void no_scheduler_without_memory(void **state) {
    static const size_t workers[] = {1, 2, 7, 64};
    (void)state;
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        check_scheduler(workers[i], true);
        check_scheduler(workers[i], false);
    }
}

static void a_scheduler_after_one_that_failed_works(void **state) {
    (void)state;
    for (size_t n = 1; n <= 5; n++) {
        allocation_fails(n, true);
        require(tributary_scheduler_create(2) == NULL);
        counting_allocator_succeed(&memory);
        crew_start(&crew, 2);
        run_jobs();
        crew_finish(&crew);
        require_nothing_allocated(&memory);
    }
}

/* ---- Serial mailboxes --------------------------------------------------------------------------------------------------- */

static void open_boxes(void) {
    for (size_t i = 0; i < BOXES; i++) {
        boxes[i] = tributary_serial_mailbox_create(crew.scheduler);
        require(boxes[i] != NULL);
    }
}

static void release_boxes(void) {
    for (size_t i = 0; i < BOXES; i++) {
        tributary_serial_mailbox_release(boxes[i]);
        boxes[i] = NULL;
    }
}

static void no_serial_mailbox_without_memory_and_its_workers_go_on(void **state) {
    (void)state;
    crew_start(&crew, 3);
    size_t live = atomic_load(&memory.live_blocks), bytes = atomic_load(&memory.live_bytes);
    allocation_fails(1, true);
    require(tributary_serial_mailbox_create(crew.scheduler) == NULL);
    require_equal(refused(), 1);
    require_equal(atomic_load(&memory.live_blocks), live);
    require_equal(atomic_load(&memory.live_bytes), bytes);
    run_jobs();
    open_boxes();
    run_jobs();
    release_boxes();
    crew_finish(&crew);
    require_nothing_allocated(&memory);
}

/* From the moment that all exists: jobs, sleep, wake-ups and the end go without. */
static void jobs_and_the_end_need_no_memory(void **state) {
    (void)state;
    crew_start(&crew, 3);
    open_boxes();
    allocation_fails(1, false);
    run_jobs();
    release_boxes();
    crew_finish(&crew);
    require_equal(refused(), 0);
    require_nothing_allocated(&memory);
}

/* ---- Mailboxes of a thread or an event loop ------------------------------------------------------------------------------- */

static struct tributary_thread_mailbox *mailbox;

static void empty_as_thread(void *context, size_t index) {
    struct tributary_thread_mailbox *outer = tributary_thread_mailbox_enter(mailbox);
    struct test_job *job;
    (void)context;
    (void)index;
    while ((job = tributary_thread_mailbox_wait(mailbox)) != NULL) job->run(job);
    tributary_thread_mailbox_leave(outer);
}

/* The descriptor that would be had next. */
static int next_descriptor(void) {
    int descriptor = open("/dev/null", O_RDONLY);
    require(descriptor >= 0);
    require_equal(close(descriptor), 0);
    return descriptor;
}

static void require_no_mailbox(bool eventfd, int expected) {
    int error = 1, next = next_descriptor();
    size_t refused_before = refused();
    require(tributary_thread_mailbox_create(eventfd, &error) == NULL);
    require_equal(error, expected);
    require_equal(refused() - refused_before, 1);
    require_equal(next_descriptor(), next);
    require_nothing_allocated(&memory);
}

static void use_and_release(void) {
    struct worker taker;
    size_t before = calls();
    allocation_fails(1, false);
    prepare();
    worker_start(&taker, empty_as_thread, NULL, 0);
    for (size_t i = 0; i < JOBS; i++) {
        require(tributary_thread_mailbox_enqueue(mailbox, &jobs[i]));
        if (i % 100 == 0) await(atomic_load(&runs) == i + 1);
    }
    tributary_thread_mailbox_stop(mailbox);
    worker_join(&taker);
    require_equal(atomic_load(&runs), JOBS);
    require(tributary_thread_mailbox_has_finished(mailbox));
    tributary_thread_mailbox_release(mailbox);
    require_equal(calls(), before);
    counting_allocator_succeed(&memory);
    require_nothing_allocated(&memory);
}

static void no_mailbox_without_memory(void **state) {
    int error = 1;
    (void)state;
    for (size_t n = 1; n <= 2; n++) { /* itself and its condition */
        allocation_fails(n, true);
        require_no_mailbox(false, -ENOMEM);
        allocation_fails(n, false);
        require_no_mailbox(false, -ENOMEM);
    }
    allocation_fails(3, false);
    mailbox = tributary_thread_mailbox_create(false, &error);
    require(mailbox != NULL);
    require_equal(error, 0);
    require_equal(tributary_thread_mailbox_file_descriptor(mailbox), -1);
    use_and_release();
}

#if defined(__linux__)
static void no_mailbox_of_an_event_loop_without_memory_or_descriptors(void **state) {
    struct rlimit before, none;
    int error = 1, next = next_descriptor();
    (void)state;
    allocation_fails(1, true); /* it has no condition */
    require_no_mailbox(true, -ENOMEM);
    counting_allocator_succeed(&memory);

    require_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    require_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    mailbox = tributary_thread_mailbox_create(true, &error);
    require_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    require(mailbox == NULL);
    require_equal(error, -EMFILE);
    require_nothing_allocated(&memory);

    allocation_fails(2, false);
    mailbox = tributary_thread_mailbox_create(true, &error);
    require(mailbox != NULL);
    require_equal(error, 0);
    require_equal(tributary_thread_mailbox_file_descriptor(mailbox), next);
    use_and_release();
    require_equal(next_descriptor(), next);
}
#endif

static int setup(void **state) {
    counting_allocator_initialize(&memory);
    return test_setup(state);
}

#define failing(function) { #function, function, setup, test_teardown, (void *)#function }

int main(void) {
    const struct CMUnitTest tests[] = {
        failing(no_scheduler_without_memory), failing(a_scheduler_after_one_that_failed_works),
        failing(no_serial_mailbox_without_memory_and_its_workers_go_on), failing(jobs_and_the_end_need_no_memory),
        failing(no_mailbox_without_memory),
#if defined(__linux__)
        failing(no_mailbox_of_an_event_loop_without_memory_or_descriptors),
#endif
    };
    test_program_begin();
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
