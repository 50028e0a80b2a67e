/* SPDX-License-Identifier: Apache-2.0 */
/* model-checker LIBRARY [--option value]... [scenario]...
 *
 * One line for each scenario and fence mode. Without --search a scenario is searched in full first; where that does not end in the
 * time it has, up to a number of preemptions, then at random for what is left. */
#include "checker.h"
#include "../scenarios/scenario.h"

#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <unistd.h>

namespace {

const scenario *running;
bool failed;
char failure[512];
struct {
    bool chosen;
    Search search;
    const char *fence;
    bool list;
} wanted;

double seconds() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

jmp_buf whole;

void execute() {
    if (_setjmp(whole) != 0) return;
    heap_reset();
    memory_reset();
    races_reset();
    threads_reset();
    system_reset();
    explore_execution_begin();
    running->set_up();
    int count = 0;
    while (count < SCENARIO_THREADS && running->threads[count] != nullptr) count++;
    if (!threads_run(count, running->threads) || failed) return;
    running->finish();
    size_t bytes;
    int live = heap_live(&bytes);
    if (live != 0) checker_fail("%d blocks leaked, %zu bytes", live, bytes);
}

struct Outcome {
    uint64_t executions, steps;
    bool complete;
};

Outcome search(Search how, uint64_t executions, double time) {
    Options before = options;
    options.search = how;
    options.executions = executions;
    options.seconds = time;
    explore_begin();
    Outcome outcome = {0, 0, false};
    bool again = true;
    while (again) {
        execute();
        outcome.executions++;
        if (failed) break;
        again = explore_execution_end();
    }
    outcome.steps = explore_steps();
    outcome.complete = explore_complete();
    if (!failed) options = before;
    return outcome;
}

const char *name_of(Search how) {
    static const char *const names[] = {"full", "bounded", "random"};
    return names[(int)how];
}

bool check(const scenario *scenario, const char *fence) {
    running = scenario;
    double began = seconds(), limit = options.seconds;
    uint64_t executions = 0;
    char result[160];
    Outcome outcome;
    auto left = [&] { return limit - (seconds() - began); };
    Options given = options;
    if (wanted.chosen) {
        outcome = search(wanted.search, options.executions, limit);
        executions = outcome.executions;
        snprintf(result, sizeof result, "%s%s", name_of(wanted.search),
                 wanted.search == Search::random ? "" : outcome.complete ? ", complete" : ", cut off");
    } else if (scenario->at_random) {
        outcome = search(Search::random, options.executions, limit);
        executions = outcome.executions;
        snprintf(result, sizeof result, "random");
    } else {
        outcome = search(Search::full, options.executions, limit / 2);
        executions = outcome.executions;
        snprintf(result, sizeof result, "full");
        if (!failed && !outcome.complete) {
            int bound = 0;
            for (options.preemptions = 1; !failed && left() > limit / 4; options.preemptions++) {
                outcome = search(Search::bounded, given.executions, left() - limit / 4);
                executions += outcome.executions;
                if (!outcome.complete) break;
                bound = options.preemptions;
            }
            if (!failed) {
                options.preemptions = given.preemptions;
                outcome = search(Search::random, given.executions, left());
                executions += outcome.executions;
            }
            if (bound > 0)
                snprintf(result, sizeof result, "all of %d preemptions, then random", bound);
            else
                snprintf(result, sizeof result, "cut off, then random");
        }
    }
    if (options.trace && !failed && options.executions == 1) explore_print_trace();
    if (options.trace) printf("  %.1f steps an execution\n", (double)outcome.steps / (double)outcome.executions);
    printf("%-34s %-9s %10llu  %-38s %s %6.1f s\n", scenario->name, fence, (unsigned long long)executions, result,
           failed ? "FAILED" : "passed", seconds() - began);
    if (failed) {
        printf("  %s\n  search %s, seed %llu, execution %llu%s\n", failure, name_of(options.search),
               (unsigned long long)options.seed, (unsigned long long)outcome.executions,
               options.trace ? "" : "; --trace 1 shows the steps");
        if (options.search == Search::random)
            printf("  the same again: --fence %s --search random --seed %llu --executions 1 %s\n", fence,
                   (unsigned long long)(options.seed + outcome.executions - 1), scenario->name);
        if (options.trace) explore_print_trace();
    }
    fflush(stdout);
    bool passed = !failed;
    failed = false;
    options = given;
    return passed;
}

void parse(const char *name, const char *value) {
    if (strcmp(name, "--search") == 0) {
        wanted.chosen = true;
        wanted.search = strcmp(value, "full") == 0      ? Search::full
                        : strcmp(value, "bounded") == 0 ? Search::bounded
                                                        : Search::random;
    } else if (strcmp(name, "--preemptions") == 0) {
        options.preemptions = atoi(value);
    } else if (strcmp(name, "--executions") == 0) {
        options.executions = strtoull(value, nullptr, 10);
    } else if (strcmp(name, "--seconds") == 0) {
        options.seconds = atof(value);
    } else if (strcmp(name, "--seed") == 0) {
        options.seed = strtoull(value, nullptr, 10);
    } else if (strcmp(name, "--fence") == 0) {
        wanted.fence = value;
    } else if (strcmp(name, "--trace") == 0) {
        options.trace = atoi(value) != 0;
    } else {
        fprintf(stderr, "model-checker: unknown option %s\n", name);
        exit(2);
    }
}

/* The core has gone astray, which no check has seen before. */
void crashed(int) {
    printf("%-34s FAILED\n  the core crashed\n0 passed, 1 failed\n", running != nullptr ? running->name : "");
    fflush(stdout);
    _exit(1);
}

void catch_crashes() {
    static char stack[1 << 16];
    stack_t place = {};
    place.ss_sp = stack;
    place.ss_size = sizeof stack;
    sigaltstack(&place, nullptr);
    struct sigaction action = {};
    action.sa_handler = crashed;
    action.sa_flags = SA_ONSTACK;
    for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(number, &action, nullptr);
}

} // namespace

void checker_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure, sizeof failure, format, arguments);
    va_end(arguments);
    failed = true;
    if (current == NOBODY) _longjmp(whole, 1);
    threads_abandon();
}

extern "C" void checker_fence(const char *file, int line);

extern "C" void checker_fence_multiple_copies(const char *file, int line) {
    if (!running->one_copy) checker_fence(file, line);
}

extern "C" void checker_expect(bool holds, const char *what) {
    if (!holds) checker_fail("not so: %s", what);
}

int main(int count, char **arguments) {
    catch_crashes();
    options = {Search::full, 2, UINT64_MAX, 10, 1, false};
    if (count < 2) return 2;
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        fprintf(stderr, "model-checker: %s\n", dlerror());
        return 2;
    }
    auto *local = static_cast<bool *>(dlsym(library, "scenario_local_fences"));
    auto *scenarios = static_cast<const scenario *const *>(dlsym(library, "scenarios"));
    std::vector<const char *> names;
    for (int i = 2; i < count; i++) {
        if (strncmp(arguments[i], "--", 2) != 0)
            names.push_back(arguments[i]);
        else if (i + 1 < count)
            parse(arguments[i], arguments[i + 1]), i++;
    }
    int passed = 0, others = 0;
    for (; *scenarios != nullptr; scenarios++) {
        bool named = names.empty();
        for (const char *name : names) named = named || strcmp(name, (*scenarios)->name) == 0;
        if (!named) continue;
        for (const char *fence : {"streaming", "local"}) {
            if (wanted.fence != nullptr && strcmp(fence, wanted.fence) != 0) continue;
            *local = strcmp(fence, "local") == 0;
            if (*local && (*scenarios)->streaming_only) continue;
            if (check(*scenarios, fence))
                passed++;
            else
                others++;
        }
    }
    printf("%d passed, %d failed\n", passed, others);
    /* Nothing that ran is no failure that a mutant was found by. */
    return others > 0 ? 1 : passed > 0 ? 0 : 3;
}
