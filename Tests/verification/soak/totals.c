/* SPDX-License-Identifier: Apache-2.0 */
/* What all runs together have carried, by fence and way to wait, in a file of one line each. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "soak.h"

static void add(struct totals *totals, const struct totals *more) {
    for (int f = 0; f < FENCES; f++)
        for (int w = 0; w < WAITINGS; w++) {
            totals->messages[f][w] += more->messages[f][w];
            totals->seconds[f][w] += more->seconds[f][w];
        }
    totals->verdict.lost += more->verdict.lost;
    totals->verdict.doubled += more->verdict.doubled;
    totals->verdict.reordered += more->verdict.reordered;
    totals->verdict.corrupted += more->verdict.corrupted;
}

static int find(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

void totals_read(struct totals *totals, const char *path) {
    char fence[32], waiting[32];
    unsigned long long messages, wrong[4];
    double seconds;
    FILE *file = fopen(path, "r");
    memset(totals, 0, sizeof *totals);
    if (file == NULL) return;
    while (fscanf(file, "%31s %31s %llu %lf", fence, waiting, &messages, &seconds) == 4) {
        int f = find(fence_names, FENCES, fence), w = find(waiting_names, WAITINGS, waiting);
        if (f < 0 || w < 0) break;
        totals->messages[f][w] = messages;
        totals->seconds[f][w] = seconds;
    }
    if (fscanf(file, " lost %llu doubled %llu reordered %llu corrupted %llu", &wrong[0], &wrong[1], &wrong[2], &wrong[3]) == 4)
        totals->verdict = (struct verdict){wrong[0], wrong[1], wrong[2], wrong[3]};
    fclose(file);
}

static void write_to(FILE *file, const struct totals *totals) {
    for (int f = 0; f < FENCES; f++)
        for (int w = 0; w < WAITINGS; w++)
            fprintf(file, "%s %s %llu %.3f\n", fence_names[f], waiting_names[w], (unsigned long long)totals->messages[f][w],
                    totals->seconds[f][w]);
    fprintf(file, "lost %llu doubled %llu reordered %llu corrupted %llu\n", (unsigned long long)totals->verdict.lost,
            (unsigned long long)totals->verdict.doubled, (unsigned long long)totals->verdict.reordered,
            (unsigned long long)totals->verdict.corrupted);
}

void totals_add(const char *path, struct totals *run) {
    struct totals sum;
    char beside[4096];
    /* Two runs at once add one after the other. */
    snprintf(beside, sizeof beside, "%s.lock", path);
    int lock = open(beside, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) perror(beside), exit(2);
    totals_read(&sum, path);
    add(&sum, run);
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *file = fopen(beside, "w");
    if (file == NULL) perror(beside), exit(2);
    write_to(file, &sum);
    if (fclose(file) != 0 || rename(beside, path) != 0) perror(path), exit(2);
    close(lock);
    memset(run, 0, sizeof *run);
}

void totals_print(const struct totals *totals) {
    uint64_t all = 0;
    for (int f = 0; f < FENCES; f++)
        for (int w = 0; w < WAITINGS; w++) all += totals->messages[f][w];
    printf("%-12s %-12s %18s %8s %10s\n", "fence", "waits by", "messages", "share", "seconds");
    for (int f = 0; f < FENCES; f++)
        for (int w = 0; w < WAITINGS; w++)
            printf("%-12s %-12s %18llu %7.1f%% %10.0f\n", fence_names[f], waiting_names[w],
                   (unsigned long long)totals->messages[f][w], all == 0 ? 0 : 100.0 * (double)totals->messages[f][w] / (double)all,
                   totals->seconds[f][w]);
    printf("%-25s %18llu   lost %llu, doubled %llu, reordered %llu, corrupted %llu\n", "all", (unsigned long long)all,
           (unsigned long long)totals->verdict.lost, (unsigned long long)totals->verdict.doubled,
           (unsigned long long)totals->verdict.reordered, (unsigned long long)totals->verdict.corrupted);
}
