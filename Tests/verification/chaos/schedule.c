/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"

enum {
    MOST_POINTS = 4096,
    CERTAIN = 1 << 16,
    QUIET_LOOKS = 4, /* without a point passed by anybody else, 50 microseconds and more each */
    LOOK_NANOSECONDS = 50000
};

struct chaos_thread chaos_threads[CHAOS_THREADS];
static _Thread_local struct chaos_thread *self;

extern struct chaos_point *const __start_chaos_points[];
extern struct chaos_point *const __stop_chaos_points[];
static struct chaos_point *points[MOST_POINTS]; /* one of each */
static size_t point_count;

static struct { /* of this run */
    uint32_t chance;          /* of 65536, at any point */
    uint32_t favoured_chance; /* at some points that the run has chosen */
    uint32_t stops, yields;   /* of 16 actions; the rest are delays */
    uint32_t longest;         /* stop: 2 to the power of that many points of others */
    uint32_t most_stops;      /* of a thread: they take as long as thousands of points, and a few in the right places are enough */
} schedule;

/* ---- The points ---- */

static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++) hash = mix(hash ^ (unsigned char)*text);
    return hash;
}

static uint64_t hash_of(const struct chaos_point *point) {
    uint64_t hash = hash_text(hash_text(0, point->function), point->what);
    return mix(hash_text(hash, point->operand) + point->number);
}

static int compare(const struct chaos_point *a, const struct chaos_point *b) {
    int order = strcmp(a->file, b->file);
    if (order == 0) order = strcmp(a->function, b->function);
    if (order == 0) order = strcmp(a->what, b->what);
    if (order == 0) order = strcmp(a->operand, b->operand);
    if (order == 0) order = a->line - b->line;
    return order;
}

static int compare_places(const void *a, const void *b) {
    return compare(*(struct chaos_point *const *)a, *(struct chaos_point *const *)b);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

void chaos_prepare(void) {
    size_t all = (size_t)(__stop_chaos_points - __start_chaos_points);
    struct chaos_point **sorted = malloc(all * sizeof(*sorted));
    memcpy(sorted, __start_chaos_points, all * sizeof(*sorted));
    qsort(sorted, all, sizeof(*sorted), compare_places);
    for (size_t i = 0; i < all; i++) {
        struct chaos_point *point = sorted[i], *before = i > 0 ? sorted[i - 1]->first : NULL;
        if (before != NULL && compare(before, point) == 0) {
            point->first = before;
            continue;
        }
        if (point_count == MOST_POINTS) abort();
        bool alike = before != NULL && strcmp(before->file, point->file) == 0 &&
                     strcmp(before->function, point->function) == 0 &&
                     strcmp(before->what, point->what) == 0 &&
                     strcmp(before->operand, point->operand) == 0;
        point->number = alike ? (unsigned char)(before->number + 1) : 0;
        point->hash = hash_of(point);
        points[point_count++] = point;
    }
    free(sorted);
}

void chaos_print_points(void) {
    for (size_t i = 0; i < point_count; i++)
        printf("%s %s:%d %s: %s %s\n", points[i]->reached ? "reached" : "never", base_name(points[i]->file), points[i]->line,
               points[i]->function, points[i]->what, points[i]->operand);
}

/* ---- A run ---- */

/* Some points; or all of some functions, since what has to meet is often two places in two of them. */
static void choose_favoured(struct random *random, const char *name) {
    bool functions = one_in(random, 2);
    uint64_t of_all = random_below(random, functions ? 24 : 8);
    uint64_t salt = random_next(random);
    for (size_t i = 0; i < point_count; i++) {
        uint64_t hash = functions ? hash_text(0, points[i]->function) : points[i]->hash;
        points[i]->favoured = name != NULL ? strstr(points[i]->function, name) != NULL
                                           : mix(salt ^ hash) % point_count < of_all;
    }
}

void chaos_begin_run(uint64_t seed, const char *favoured) {
    static const uint64_t chances[] = {0, 8, 64, 512, 4096};
    static const uint64_t favoured_chances[] = {512, 4096, 16384, 49152};
    static const uint64_t most_stops[] = {1, 2, 4, 16, 48};
    struct random random = random_stream(seed, UINT64_C(1) << 32);
    schedule.chance = (uint32_t)pick(&random, chances, 5);
    schedule.favoured_chance = (uint32_t)pick(&random, favoured_chances, 4);
    schedule.stops = 1 + (uint32_t)random_below(&random, 15);
    schedule.yields = (uint32_t)random_below(&random, 4);
    schedule.longest = 3 + (uint32_t)random_below(&random, 13);
    schedule.most_stops = (uint32_t)pick(&random, most_stops, 5);
    choose_favoured(&random, favoured);
    memset(chaos_threads, 0, sizeof(chaos_threads));
    for (uint64_t i = 0; i < CHAOS_THREADS; i++) chaos_threads[i].random = random_stream(seed, i).state;
}

struct chaos_thread *chaos_enter(unsigned number, const char *role) {
    if (number >= CHAOS_THREADS) abort();
    self = &chaos_threads[number];
    self->role = role;
    return self;
}

void chaos_leave(void) { self = NULL; }

static uint64_t passed_by_others(const struct chaos_thread *thread) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CHAOS_THREADS; i++)
        if (&chaos_threads[i] != thread) sum += __atomic_load_n(&chaos_threads[i].passed, __ATOMIC_RELAXED);
    return sum;
}

static void stop(struct chaos_thread *thread, uint64_t points_of_others) {
    struct timespec look = {.tv_nsec = LOOK_NANOSECONDS};
    uint64_t last = passed_by_others(thread), until = last + points_of_others;
    __atomic_store_n(&thread->stopped, true, __ATOMIC_RELAXED);
    for (int quiet = 0; quiet < QUIET_LOOKS;) {
        if (points_of_others < 256)
            sched_yield();
        else
            nanosleep(&look, NULL);
        uint64_t passed = passed_by_others(thread);
        if (passed >= until) break;
        if (passed != last) {
            quiet = 0;
        } else {
            if (points_of_others < 256) nanosleep(&look, NULL);
            quiet++;
        }
        last = passed;
    }
    __atomic_store_n(&thread->stopped, false, __ATOMIC_RELAXED);
}

void chaos_stand_still(uint64_t points_of_others) {
    if (self != NULL) stop(self, points_of_others);
}

static void act(struct chaos_thread *thread, uint64_t random) {
    uint32_t kind = (uint32_t)(random & 15);
    uint64_t amount = random >> 16;
    if (kind < schedule.stops) {
        if (thread->stops++ >= schedule.most_stops) return;
        uint64_t most = UINT64_C(1) << (2 + (random >> 4 & 0xfff) % (schedule.longest - 2));
        stop(thread, 1 + amount % most);
    } else if (kind < schedule.stops + schedule.yields) {
        for (uint64_t times = 1 + amount % 4; times > 0; times--) sched_yield();
    } else {
        uint64_t turns = 1 + amount % (UINT64_C(1) << (1 + (random >> 4 & 0xfff) % 12));
        for (volatile uint64_t i = 0; i < turns; i++) {
        }
    }
}

/* No locked instruction and no fence of its own where nothing happens: they would take the place of one that the core lacks. */
void chaos_reach(struct chaos_point *copy) {
    struct chaos_thread *thread = self;
    if (thread == NULL) return;
    struct chaos_point *point = copy->first;
    __atomic_store_n(&thread->passed, thread->passed + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&thread->last, point, __ATOMIC_RELAXED);
    if (!__atomic_load_n(&point->reached, __ATOMIC_RELAXED))
        __atomic_store_n(&point->reached, 1, __ATOMIC_RELAXED);
    uint64_t random = mix(thread->random + thread->passed * UINT64_C(0x9e3779b97f4a7c15));
    uint32_t chance = point->favoured ? schedule.favoured_chance : schedule.chance;
    if ((random & (CERTAIN - 1)) < chance) act(thread, random >> 16);
}

/* ---- For the watch-dog ---- */

void chaos_step(void) {
    if (self != NULL) __atomic_store_n(&self->steps, self->steps + 1, __ATOMIC_RELAXED);
}

uint64_t chaos_steps(void) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CHAOS_THREADS; i++)
        sum += __atomic_load_n(&chaos_threads[i].steps, __ATOMIC_RELAXED);
    return sum;
}

void chaos_print_threads(void) {
    for (size_t i = 0; i < CHAOS_THREADS; i++) {
        const struct chaos_thread *thread = &chaos_threads[i];
        const struct chaos_point *last = __atomic_load_n(&thread->last, __ATOMIC_RELAXED);
        if (thread->role == NULL) continue;
        fprintf(stderr, "  thread %zu, %s: %llu points, %llu steps, %s", i, thread->role,
                (unsigned long long)thread->passed, (unsigned long long)thread->steps,
                thread->stopped ? "stopped at " : "last at ");
        if (last == NULL)
            fprintf(stderr, "none\n");
        else
            fprintf(stderr, "%s:%d %s: %s %s\n", base_name(last->file), last->line, last->function,
                    last->what, last->operand);
    }
}
