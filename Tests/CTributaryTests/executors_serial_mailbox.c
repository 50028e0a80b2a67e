/* SPDX-License-Identifier: Apache-2.0 */
/* Serial mailboxes on workers: one worker at a time, every job once and in order, and no mailbox in the way of others. */
#include "support/random.h"
#include "support/workers.h"

static struct crew crew;
static atomic_size_t runs;

/* A mailbox, and what its jobs share: plain words, as ThreadSanitizer checks that no two workers run them at once. */
enum { PRODUCERS = 4, CLASSES = 2 };
struct box {
    struct tributary_serial_mailbox *mailbox;
    bool occupied;
    size_t count;
    uint64_t least[CLASSES][PRODUCERS];
};
struct box_job {
    struct test_job job;
    struct box *box;
};

static void occupy(struct test_job *job) {
    struct box *box = ((struct box_job *)job)->box;
    unsigned class = tributary_job_class(&job->job);
    require(!box->occupied);
    box->occupied = true;
    require_equal(++job->times_run, 1);
    require(job->sequence >= box->least[class][job->producer]);
    box->least[class][job->producer] = job->sequence + 1;
    box->count++;
    box->occupied = false;
    atomic_fetch_add(&runs, 1);
}

static void prepare(struct box_job *job, struct box *box, unsigned priority, uint64_t producer,
                    uint64_t sequence, void (*run)(struct test_job *job)) {
    job_prepare(&job->job, priority, producer, sequence);
    job->job.run = run;
    job->box = box;
}

static void enqueue(struct box_job *job) {
    require(tributary_serial_mailbox_enqueue(job->box->mailbox, &job->job));
}

static void box_open(struct box *box) {
    memset(box, 0, sizeof *box);
    box->mailbox = tributary_serial_mailbox_create(crew.scheduler);
    require(box->mailbox != NULL);
    require(!tributary_serial_mailbox_is_current(box->mailbox));
}

static void begin(size_t workers) {
    test_note("%zu workers", workers);
    atomic_store(&runs, 0);
    crew_start(&crew, workers);
}

static void await_runs(size_t count) { await(atomic_load(&runs) == count); }

/* ---- One at a time, in order --------------------------------------------------------------------------------------- */

enum { BOXES = 7 };
static struct box boxes[BOXES];
static struct box_job *jobs;
static size_t each;

static void fill_boxes(void *context, size_t index) {
    struct random_source source = random_for(index);
    (void)context;
    for (size_t i = 0; i < each; i++) {
        struct box_job *job = &jobs[index * each + i];
        prepare(job, &boxes[random_below(&source, BOXES)],
                random_one_in(&source, 3) ? PRIORITY_BACKGROUND : PRIORITY_MEDIUM, index, i, occupy);
        enqueue(job);
        if (random_one_in(&source, 50))
            for (uint64_t pauses = random_below(&source, 2000); pauses > 0; pauses--) tributary_pause();
    }
}

static void one_worker_at_a_time_and_in_order(void **state) {
    static const size_t workers[] = {1, 2, 8};
    (void)state;
    each = scaled(50000);
    for (size_t w = 0; w < 3; w++) {
        size_t total = 0;
        jobs = calloc(PRODUCERS * each, sizeof *jobs);
        require(jobs != NULL);
        begin(workers[w]);
        for (size_t i = 0; i < BOXES; i++) box_open(&boxes[i]);
        team_run(PRODUCERS, fill_boxes, NULL);
        await_runs(PRODUCERS * each);
        for (size_t i = 0; i < BOXES; i++) tributary_serial_mailbox_release(boxes[i].mailbox);
        crew_finish(&crew);
        for (size_t i = 0; i < BOXES; i++) total += boxes[i].count;
        require_equal(total, PRODUCERS * each);
        for (size_t i = 0; i < PRODUCERS * each; i++) require_equal(jobs[i].job.times_run, 1);
        free(jobs);
    }
}

/* ---- Others' turn --------------------------------------------------------------------------------------------------- */

static atomic_bool gate;
static atomic_size_t waiting;

static void wait_at_the_gate(struct test_job *job) {
    (void)job;
    atomic_fetch_add(&waiting, 1);
    await(atomic_load(&gate));
}

/* Of one worker. */
static void note_position(struct test_job *job) {
    job->sequence = atomic_load(&runs);
    atomic_fetch_add(&runs, 1);
}

/* One worker, a mailbox with many jobs before another with one: it has its turn after 64 of them. */
static void a_busy_mailbox_lets_others_have_their_turn(void **state) {
    enum { BUSY = 1000, BUDGET = 64 };
    struct box busy, other;
    struct box_job *many = calloc(BUSY, sizeof *many), single;
    struct test_job blocking, task;
    (void)state;
    begin(1);
    box_open(&busy);
    box_open(&other);
    atomic_store(&gate, false);
    atomic_store(&waiting, 0);
    job_prepare(&blocking, 0, 0, 0);
    blocking.run = wait_at_the_gate;
    require(tributary_scheduler_enqueue(crew.scheduler, &blocking));
    await(atomic_load(&waiting) == 1);
    for (size_t i = 0; i < BUSY; i++) {
        prepare(&many[i], &busy, PRIORITY_MEDIUM, 0, 0, note_position);
        enqueue(&many[i]);
    }
    prepare(&single, &other, PRIORITY_MEDIUM, 0, 0, note_position);
    enqueue(&single);
    job_prepare(&task, 0, 0, 0);
    task.run = note_position;
    require(tributary_scheduler_enqueue(crew.scheduler, &task));
    atomic_store(&gate, true);
    await_runs(BUSY + 2);
    require_at_most(single.job.sequence, BUDGET + 1);
    require_at_most(task.sequence, BUDGET + 1);
    for (size_t i = 1; i < BUSY; i++) require(many[i].job.sequence > many[i - 1].job.sequence);
    tributary_serial_mailbox_release(busy.mailbox);
    tributary_serial_mailbox_release(other.mailbox);
    crew_finish(&crew);
    free(many);
}

/* A task goes from one mailbox to another, as one job that enqueues itself, and right behind it a job comes to the first
 * that waits for the task: another worker has to take the second mailbox. */
static struct box from, to;
static struct box_job hop, blocking_job;
static atomic_bool hop_begun, hop_leaves, hop_arrived;

static void arrive(struct test_job *job) {
    (void)job;
    atomic_store(&hop_arrived, true);
    atomic_fetch_add(&runs, 1);
}

static void leave(struct test_job *job) {
    struct random_source source = random_for(job->sequence);
    atomic_store(&hop_begun, true);
    for (uint64_t pauses = random_below(&source, 40); pauses > 0; pauses--) tributary_pause();
    job->run = arrive;
    hop.box = &to;
    atomic_store(&hop_leaves, true);
    enqueue(&hop);
}

static void wait_for_arrival(struct test_job *job) {
    (void)job;
    if (atomic_load(&hop_leaves)) await(atomic_load(&hop_arrived));
    atomic_fetch_add(&runs, 1);
}

static void a_task_that_changes_its_mailbox_is_not_left_behind(void **state) {
    struct random_source source = random_for(0);
    (void)state;
    for (size_t workers = 2; workers <= 3; workers++) {
        begin(workers);
        box_open(&from);
        box_open(&to);
        for (size_t round = 0; round < scaled(30000); round++) {
            atomic_store(&hop_begun, false);
            atomic_store(&hop_leaves, false);
            atomic_store(&hop_arrived, false);
            prepare(&hop, &from, PRIORITY_MEDIUM, 0, round, leave);
            prepare(&blocking_job, &from, PRIORITY_MEDIUM, 0, 0, wait_for_arrival);
            enqueue(&hop);
            while (!atomic_load(&hop_begun)) tributary_pause();
            for (uint64_t pauses = random_below(&source, 40); pauses > 0; pauses--) tributary_pause();
            enqueue(&blocking_job);
            await_runs(2 * (round + 1));
            /* Sometimes long enough for all workers to sleep. */
            if (round % 2 == 0)
                for (uint64_t pauses = random_below(&source, 4000); pauses > 0; pauses--) tributary_pause();
        }
        tributary_serial_mailbox_release(from.mailbox);
        tributary_serial_mailbox_release(to.mailbox);
        crew_finish(&crew);
    }
}

/* ---- Released ------------------------------------------------------------------------------------------------------- */

/* The address sanitizer sees a mailbox that is used after it was freed, and one that is never freed. */
static void released_while_empty_queued_or_running(void **state) {
    enum { QUEUED = 100 };
    struct box_job *queued = calloc(QUEUED, sizeof *queued);
    (void)state;
    for (size_t rounds = scaled(2000); rounds > 0; rounds--) {
        struct box box, empty;
        struct test_job blocking;
        begin(1 + rounds % 2);
        box_open(&empty);
        tributary_serial_mailbox_release(empty.mailbox);
        box_open(&box);
        atomic_store(&gate, rounds % 3 == 0);
        atomic_store(&waiting, 0);
        job_prepare(&blocking, 0, 0, 0);
        blocking.run = wait_at_the_gate;
        require(tributary_scheduler_enqueue(crew.scheduler, &blocking));
        for (size_t i = 0; i < QUEUED; i++) {
            prepare(&queued[i], &box, PRIORITY_MEDIUM, 0, i, occupy);
            enqueue(&queued[i]);
        }
        tributary_serial_mailbox_release(box.mailbox);
        atomic_store(&gate, true);
        crew_finish(&crew);
        require_equal(box.count, QUEUED);
    }
    free(queued);
}

static void release_own(struct test_job *job) {
    tributary_serial_mailbox_release(((struct box_job *)job)->box->mailbox);
    atomic_fetch_add(&runs, 1);
}

static void released_by_its_own_last_job(void **state) {
    (void)state;
    begin(2);
    for (size_t round = 0; round < scaled(20000); round++) {
        struct box box;
        struct box_job first, last;
        box_open(&box);
        prepare(&first, &box, PRIORITY_MEDIUM, 0, 0, occupy);
        prepare(&last, &box, PRIORITY_MEDIUM, 0, 1, release_own);
        enqueue(&first);
        enqueue(&last);
        await_runs(2 * (round + 1));
    }
    crew_finish(&crew);
}

static void a_finished_scheduler_refuses(void **state) {
    struct box box;
    struct box_job job;
    (void)state;
    begin(2);
    box_open(&box);
    tributary_scheduler_retain(crew.scheduler);
    crew_finish(&crew);
    prepare(&job, &box, PRIORITY_MEDIUM, 0, 0, occupy);
    require(!tributary_serial_mailbox_enqueue(box.mailbox, &job.job));
    tributary_scheduler_release(crew.scheduler);
    free(box.mailbox); /* nothing runs its job, after which it would free itself */
    require_equal(atomic_load(&runs), 0);
}

TEST_MAIN(scenario(one_worker_at_a_time_and_in_order),
          scenario(a_busy_mailbox_lets_others_have_their_turn),
          scenario(a_task_that_changes_its_mailbox_is_not_left_behind),
          scenario(released_while_empty_queued_or_running), scenario(released_by_its_own_last_job),
          scenario(a_finished_scheduler_refuses))
