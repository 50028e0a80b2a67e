/* SPDX-License-Identifier: Apache-2.0 */
/* The C half of TributaryExecutors: queues, schedulers and sleep. The Swift half runs the jobs. Not an interface for
 * others; jobs are Swift's. */
#ifndef TRIBUTARY_EXECUTORS_H
#define TRIBUTARY_EXECUTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* ---- A mailbox that a thread of its own, or an event loop, empties (thread_mailbox.c) ---------------------------- */

struct tributary_thread_mailbox;

/* With a reference for the caller. An eventfd makes it one for event loops. NULL and a negative errno. */
struct tributary_thread_mailbox *tributary_thread_mailbox_create(bool eventfd, int *error);
void tributary_thread_mailbox_retain(struct tributary_thread_mailbox *mailbox);
void tributary_thread_mailbox_release(struct tributary_thread_mailbox *mailbox);

/* From any thread, wait-free but for the wake of a sleeper. False: it has stopped. */
bool tributary_thread_mailbox_enqueue(struct tributary_thread_mailbox *mailbox, void *job);
/* The calling thread empties the mailbox from now on, until `leave` with what this returned: the mailbox that it was
 * emptying before, when one event loop runs inside of another's job, or NULL. */
struct tributary_thread_mailbox *tributary_thread_mailbox_enter(
    struct tributary_thread_mailbox *mailbox);
void tributary_thread_mailbox_leave(struct tributary_thread_mailbox *outer);
/* A job of this mailbox is below on the calling thread's stack, whatever runs on top of it. */
bool tributary_thread_mailbox_is_entered(const struct tributary_thread_mailbox *mailbox);
bool tributary_thread_mailbox_is_current(const struct tributary_thread_mailbox *mailbox);
/* The next job, which is waited for; NULL when the mailbox has been told to stop and has no job left. */
void *tributary_thread_mailbox_wait(struct tributary_thread_mailbox *mailbox);
/* The next job, if there is one. */
void *tributary_thread_mailbox_take(struct tributary_thread_mailbox *mailbox);
/* Jobs enqueued from now on still run, until there is none. */
void tributary_thread_mailbox_stop(struct tributary_thread_mailbox *mailbox);
/* An event loop's: true, and refuses jobs from now on, when it was told to stop and there is no job. */
bool tributary_thread_mailbox_finish(struct tributary_thread_mailbox *mailbox);
bool tributary_thread_mailbox_has_finished(const struct tributary_thread_mailbox *mailbox);

int tributary_thread_mailbox_file_descriptor(const struct tributary_thread_mailbox *mailbox);
/* True: there is no job, and the next one makes the descriptor readable. */
bool tributary_thread_mailbox_arm(struct tributary_thread_mailbox *mailbox);

/* ---- Workers that steal (scheduler.c, worker.c) ------------------------------------------------------------------ */

struct tributary_scheduler;
struct tributary_worker;

/* With a reference for the caller. NULL without memory. */
struct tributary_scheduler *tributary_scheduler_create(size_t workers);
void tributary_scheduler_retain(struct tributary_scheduler *scheduler);
void tributary_scheduler_release(struct tributary_scheduler *scheduler);

/* From any thread. False: it has stopped. */
bool tributary_scheduler_enqueue(struct tributary_scheduler *scheduler, void *job);
/* Jobs enqueued from now on still run, until no worker has any. */
void tributary_scheduler_stop(struct tributary_scheduler *scheduler);
bool tributary_scheduler_has_finished(const struct tributary_scheduler *scheduler);
bool tributary_scheduler_is_current(const struct tributary_scheduler *scheduler);
/* The calling thread's index, or -1. */
ptrdiff_t tributary_scheduler_current_worker(const struct tributary_scheduler *scheduler);

/* The calling thread becomes the worker of that index, until `leave`. */
struct tributary_worker *tributary_worker_enter(struct tributary_scheduler *scheduler, size_t index);
/* True: it was the last. */
bool tributary_worker_leave(struct tributary_worker *worker);
/* The next job or mailbox, which is waited for; NULL: the scheduler has stopped. */
void *tributary_worker_wait(struct tributary_worker *worker);

/* ---- Serial mailboxes that workers empty (serial_mailbox.c) ------------------------------------------------------ */

struct tributary_serial_mailbox;

/* What `tributary_worker_wait` returned is a mailbox. */
bool tributary_is_serial_mailbox(const void *job);

/* The scheduler outlives it. NULL without memory. */
struct tributary_serial_mailbox *tributary_serial_mailbox_create(
    struct tributary_scheduler *scheduler);
/* No job is enqueued from now on. A worker that is emptying it frees it. */
void tributary_serial_mailbox_release(struct tributary_serial_mailbox *mailbox);
/* From any thread. False: the scheduler has stopped. */
bool tributary_serial_mailbox_enqueue(struct tributary_serial_mailbox *mailbox, void *job);
bool tributary_serial_mailbox_is_current(const struct tributary_serial_mailbox *mailbox);
/* Room for the executor's two words: Swift's unowned reference to it. */
void *tributary_serial_mailbox_executor(struct tributary_serial_mailbox *mailbox);

/* The worker's, from the moment that it got the mailbox: the next job; NULL when there is none or the budget is used up, and
 * the mailbox is not to be touched any more. */
void *tributary_serial_mailbox_take(struct tributary_serial_mailbox *mailbox,
                                    struct tributary_worker *worker);

/* ---- Jobs (job.c) ------------------------------------------------------------------------------------------------ */

/* The job is that of a task that was started with a preference for a task executor, or a child of one. A hint. */
bool tributary_job_prefers_executor(const void *job);

/* ---- Threads (placement.c) ---------------------------------------------------------------------------------------- */

/* The calling thread's. False: there is no such processor for this process. True without effect where the system does
 * not let one choose. */
bool tributary_thread_set_processor(size_t processor);
/* The core's (processors.h): that this process may run on; at least 1. */
size_t tributary_processor_count(void);
/* Swift's priority, of which a lower one makes the thread give way to others. */
void tributary_thread_set_priority(unsigned priority);

#pragma GCC visibility pop

#endif
