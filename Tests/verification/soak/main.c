/* SPDX-License-Identifier: Apache-2.0 */
/* All scenarios in turn, in every fence mode and with every way to wait:
 *
 *     soak MINUTES TOTALS [SEED]     adds to the file TOTALS
 *
 * The scenarios that carry most get most of the time. A run shorter than one round of all shortens every part. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak.h"

const char *const kind_names[] = {"exclusive", "shared", "both"};
const char *const method_names[] = {"singles", "batches", "in place", "any"};
const char *const course_names[] = {"", "timeouts", "come and go", "closed"};
const char *const waiting_names[] = {"futex", "condition", "eventfd", "event-loop", "callback"};
const char *const fence_names[] = {"membarrier", "local"};

/* Milliseconds of a scenario in a round, with one fence and one way to wait; and seconds in which a run counts as hung. */
enum { LONG = 1200, SHORT = 80, MOST_SCENARIOS = KINDS * (METHODS * 5 + (COURSES - 1) * 3), PATIENCE = 300 };

static const size_t capacities[] = {1, 2, 1024, 16384, TRIBUTARY_UNBOUNDED};

static struct row {
    struct scenario scenario;
    double weight;
    uint64_t messages;
    double seconds;
    struct verdict verdict;
} rows[MOST_SCENARIOS];
static size_t row_count;

static void add_row(enum kind kind, enum method method, enum course course, size_t capacity) {
    bool carries_much = course == PLAIN && method != SINGLES && capacity > 2;
    rows[row_count].scenario = (struct scenario){kind, method, course, capacity};
    rows[row_count++].weight = carries_much ? LONG : SHORT;
}

static void make_rows(void) {
    for (int k = 0; k < KINDS; k++) {
        for (int m = 0; m < METHODS; m++)
            for (size_t c = 0; c < sizeof capacities / sizeof capacities[0]; c++)
                add_row((enum kind)k, (enum method)m, PLAIN, capacities[c]);
        for (int course = TIMEOUTS; course < COURSES; course++) {
            add_row((enum kind)k, METHODS, (enum course)course, capacities[(k + course) % 2]);
            add_row((enum kind)k, METHODS, (enum course)course, 1024);
            add_row((enum kind)k, METHODS, (enum course)course, TRIBUTARY_UNBOUNDED);
        }
    }
}

static void print_row(const struct row *row) {
    char capacity[24] = "unbounded";
    if (row->scenario.capacity != TRIBUTARY_UNBOUNDED) snprintf(capacity, sizeof capacity, "%zu", row->scenario.capacity);
    printf("%-10s %-9s %-10s %-12s %16llu %8.1f %6llu %7llu %9llu %9llu\n", kind_names[row->scenario.kind],
           method_names[row->scenario.method], capacity, course_names[row->scenario.course], (unsigned long long)row->messages,
           row->seconds, (unsigned long long)row->verdict.lost, (unsigned long long)row->verdict.doubled,
           (unsigned long long)row->verdict.reordered, (unsigned long long)row->verdict.corrupted);
}

static void add_verdict(struct verdict *sum, const struct verdict *more) {
    sum->lost += more->lost;
    sum->doubled += more->doubled;
    sum->reordered += more->reordered;
    sum->corrupted += more->corrupted;
}

static char present[256]; /* the part that runs, for the message of one that hangs */

static void hung(int signal_number) {
    (void)signal_number;
    ssize_t ignored = write(STDERR_FILENO, present, strlen(present));
    (void)ignored;
    abort();
}

/* One part: a scenario with one fence and one way to wait. False: something was wrong. */
static bool run_part(struct row *row, enum fence fence, enum waiting waiting, uint64_t seed, double milliseconds,
                     struct totals *run) {
    int64_t begin = clock_now();
    uint64_t messages = 0;
    struct verdict verdict = {0, 0, 0, 0};
    const struct scenario *scenario = &row->scenario;
    snprintf(present, sizeof present, "soak: no end of it: %s %s, capacity %zd, %s, fence %s, waiting by %s, seed %llu\n",
             kind_names[scenario->kind], method_names[scenario->method], (ssize_t)scenario->capacity,
             course_names[scenario->course], fence_names[fence], waiting_names[waiting], (unsigned long long)seed);
    alarm(PATIENCE);
    bool clean = run_lives(&row->scenario, fence, waiting, seed, begin + (int64_t)(milliseconds * 1e6), &messages, &verdict);
    double seconds = (double)(clock_now() - begin) / 1e9;
    row->messages += messages;
    row->seconds += seconds;
    add_verdict(&row->verdict, &verdict);
    run->messages[fence][waiting] += messages;
    run->seconds[fence][waiting] += seconds;
    add_verdict(&run->verdict, &verdict);
    if (!clean) fprintf(stderr, "soak: in the scenario below, fence %s, waiting by %s\n", fence_names[fence], waiting_names[waiting]);
    return clean;
}

int main(int count, char **arguments) {
    double minutes = count > 1 ? atof(arguments[1]) : 0;
    if (count < 3 || minutes <= 0) return fprintf(stderr, "usage: soak MINUTES TOTALS [SEED]\n"), 2;
    if (!checker_works()) return fprintf(stderr, "soak: the check does not find what it is given\n"), 1;
    int64_t end = clock_now() + (int64_t)(minutes * 60e9);
    uint64_t seed = count > 3 ? strtoull(arguments[3], NULL, 10) : (uint64_t)clock_now();
    static struct totals run, all;
    make_rows();
    signal(SIGALRM, hung);
    double round = 0;
    for (size_t i = 0; i < row_count; i++) round += rows[i].weight * FENCES * WAITINGS;
    double scale = minutes * 60e3 < round ? minutes * 60e3 / round : 1;
    printf("soak: %.1f minutes, seed %llu; a round of all is %.1f\n", minutes, (unsigned long long)seed, round * scale / 60e3);
    bool clean = true;
    uint64_t part = 0, messages = 0;
    /* Every run is one round at least, however slow the machine. */
    while (clean && (clock_now() < end || part < row_count * FENCES * WAITINGS)) {
        /* The modes change fastest, so that a run that ends early has all of them. */
        struct row *row = &rows[part / (FENCES * WAITINGS) % row_count];
        clean = run_part(row, (enum fence)(part % FENCES), (enum waiting)(part / FENCES % WAITINGS), seed + part, row->weight * scale, &run);
        part++;
        if (!clean) print_row(row);
        if (!clean || part % (FENCES * WAITINGS) == 0) totals_add(arguments[2], &run);
    }
    alarm(0);
    totals_add(arguments[2], &run);
    printf("\n%-10s %-9s %-10s %-12s %16s %8s %6s %7s %9s %9s\n", "senders", "messages", "capacity", "", "messages", "seconds", "lost",
           "doubled", "reordered", "corrupted");
    for (size_t i = 0; i < row_count; i++) {
        print_row(&rows[i]);
        messages += rows[i].messages;
    }
    totals_read(&all, arguments[2]);
    printf("\nall runs up to now\n");
    totals_print(&all);
    printf("\n%llu messages in %llu parts: %s\n", (unsigned long long)messages, (unsigned long long)part,
           clean ? "each arrived once, in order, unchanged" : "NOT as they were sent");
    return clean && messages > 0 ? 0 : 1;
}
