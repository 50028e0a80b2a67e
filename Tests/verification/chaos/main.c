/* SPDX-License-Identifier: Apache-2.0 */
/* The core under chaos:
 *
 *     chaos [--seed N] [--runs N] [--seconds N] [--scenario PART-OF-A-NAME] [--patience SECONDS] [--points] [--list]
 *
 * Runs one scenario after another, each with the next seed, until so many runs or seconds are over. The first that fails ends it, with its
 * scenario and its seed. --scenario and --seed with --runs 1 make the same decisions again; what the threads do to one another between
 * the points is the machine's, so that a failure comes back often, not always. --points says which points were
 * reached; --list names the scenarios. */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

static const char *scenario_name = "none";
static uint64_t run_seed;
static uint64_t runs_begun;
static unsigned patience = 30; /* seconds in which something gets done */
enum { LONGEST_RUN = 60 }; /* seconds: a run takes some 20 milliseconds beside five others */

void chaos_name_run(const char *scenario, uint64_t seed) {
    scenario_name = scenario;
    run_seed = seed;
    __atomic_fetch_add(&runs_begun, 1, __ATOMIC_RELAXED);
}

static void print_run(void) {
    fprintf(stderr, "\n  chaos --scenario '%s' --seed %llu --runs 1\n", scenario_name, (unsigned long long)run_seed);
    chaos_print_threads();
}

void chaos_fail(const char *format, ...) {
    static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
    va_list arguments;
    chaos_leave();
    pthread_mutex_lock(&first);
    fprintf(stderr, "FAILED: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    print_run();
    fflush(NULL);
    _exit(1);
}

/* A crash: says which run it was, and crashes. */
static void crashed(int number) {
    signal(number, SIG_DFL);
    fprintf(stderr, "FAILED: signal %d", number);
    print_run();
    raise(number);
}

/* AddressSanitizer's. */
void __asan_on_error(void);
void __asan_on_error(void) { print_run(); }

static void *watch(void *unused) {
    (void)unused;
    uint64_t steps = 0, runs = 0;
    for (unsigned quiet = 0, age = 0;; quiet++, age++) {
        sleep(1);
        uint64_t steps_now = chaos_steps(), runs_now = __atomic_load_n(&runs_begun, __ATOMIC_RELAXED);
        if (steps_now != steps || runs_now != runs) quiet = 0;
        if (runs_now != runs) age = 0;
        if (quiet >= patience) chaos_fail("nothing was sent, received or ended for %u seconds", patience);
        if (age >= LONGEST_RUN) chaos_fail("a run goes on for %d seconds", (int)LONGEST_RUN);
        steps = steps_now;
        runs = runs_now;
    }
    return NULL;
}

static int64_t seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

struct request {
    uint64_t seed, runs;
    int64_t seconds;
    const char *scenario;
    bool points;
};

static struct request read_arguments(char **arguments) {
    struct request request = {.seed = 1, .runs = UINT64_MAX, .seconds = INT64_MAX, .scenario = ""};
    for (char **argument = arguments + 1; *argument != NULL; argument++) {
        const char *value = argument[1];
        if (strcmp(*argument, "--list") == 0) {
            for (size_t i = 0; i < scenario_count; i++) puts(scenarios[i].name);
            exit(0);
        } else if (strcmp(*argument, "--points") == 0) {
            request.points = true;
            continue;
        }
        if (value == NULL) value = "";
        if (strcmp(*argument, "--seed") == 0) request.seed = strtoull(value, NULL, 0);
        else if (strcmp(*argument, "--runs") == 0) request.runs = strtoull(value, NULL, 0);
        else if (strcmp(*argument, "--seconds") == 0) request.seconds = strtoll(value, NULL, 0);
        else if (strcmp(*argument, "--patience") == 0) patience = (unsigned)strtoul(value, NULL, 0);
        else if (strcmp(*argument, "--scenario") == 0) request.scenario = value;
        else fprintf(stderr, "chaos: what is %s?\n", *argument), exit(2);
        argument++;
    }
    if (request.runs == UINT64_MAX && request.seconds == INT64_MAX) request.seconds = 10;
    return request;
}

/* Each scenario in turn, with the next seed. */
static uint64_t run_all(const struct request *request) {
    int64_t until = request->seconds == INT64_MAX ? INT64_MAX : seconds_now() + request->seconds;
    uint64_t runs = 0;
    for (size_t i = 0; runs < request->runs && seconds_now() < until; i = (i + 1) % scenario_count) {
        if (strstr(scenarios[i].name, request->scenario) != NULL) run_scenario(&scenarios[i], request->seed + runs++);
        if (i == scenario_count - 1 && runs == 0) break;
    }
    return runs;
}

int main(int count, char **arguments) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    (void)count;
    struct request request = read_arguments(arguments);
    pthread_t watch_dog;
    for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++) signal(crashes[i], crashed);
    chaos_prepare();
    if (pthread_create(&watch_dog, NULL, watch, NULL) != 0) return 2;
    uint64_t runs = run_all(&request);
    if (request.points) chaos_print_points();
    printf("%llu runs\n", (unsigned long long)runs);
    return runs > 0 ? 0 : 2;
}
