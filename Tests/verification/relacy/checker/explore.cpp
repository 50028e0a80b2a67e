/* SPDX-License-Identifier: Apache-2.0 */
/* Which thread takes the next step, and which store a load reads: replays the decisions so far, makes the first new ones, and after the
 * execution turns to the last decision that has something left. */
#include "explore.h"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>

std::vector<Node> nodes;
size_t depth;
std::vector<Event> events;
Options options;

namespace {

std::mt19937_64 dice;
uint64_t execution, steps;
int preemptions, last_node;
bool complete;
double stay;
timespec began;

/* Bounded: words that more than one thread has touched, in any execution so far. Between steps on others no thread is changed. */
enum { WORDS = 1 << 16 };
uint8_t touched[WORDS];
bool learnt;

size_t word_of(const void *object) { return ((uintptr_t)object * 0x9E3779B97F4A7C15u) >> 48; }

bool is_private(const Step &step) {
    switch (step.kind) {
    case Kind::load:
    case Kind::store:
    case Kind::update: break;
    default: return false;
    }
    uint8_t mask = touched[word_of(step.object)];
    return (mask & (mask - 1)) == 0;
}

void touch(const Step &step) {
    if (step.object == nullptr) return;
    uint8_t &mask = touched[word_of(step.object)], before = mask;
    mask |= (uint8_t)(1u << step.thread);
    if (mask != before && (mask & (mask - 1)) != 0) learnt = true;
}

double seconds() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)(time.tv_sec - began.tv_sec) + (double)(time.tv_nsec - began.tv_nsec) / 1e9;
}

int lowest(unsigned mask) { return __builtin_ctz(mask); }

unsigned unyielded(unsigned runnable, unsigned sleeping) {
    if (runnable != 0 || sleeping != 0) return runnable;
    unsigned yielding = 0;
    for (int i = 0; i < thread_count; i++)
        if (threads[i].alive && threads[i].pending.kind == Kind::yield) yielding |= 1u << i;
    return yielding;
}

int soonest(unsigned sleeping) {
    int first = NOBODY;
    for (int i = 0; i < thread_count; i++)
        if ((sleeping & 1u << i) && (first == NOBODY || threads[i].deadline < threads[first].deadline)) first = i;
    return first;
}

/* The order in which threads are tried. */
int preferred(unsigned candidates, unsigned runnable) {
    if (current != NOBODY && (candidates & runnable & 1u << current)) return current;
    if (candidates & runnable) return lowest(candidates & runnable);
    return soonest(candidates);
}

int choose_reduced(unsigned runnable, unsigned sleeping) {
    if (depth == nodes.size()) {
        Node node = {};
        node.threads = true;
        node.enabled = runnable | sleeping;
        if (last_node >= 0) {
            const Node &parent = nodes[(size_t)last_node];
            node.asleep = reduction_asleep(parent, events.back().step);
        }
        for (int i = 0; i < thread_count; i++) node.pending[i] = threads[i].pending;
        unsigned candidates = node.enabled & ~node.asleep;
        if (candidates == 0) threads_abandon();
        node.chosen = preferred(candidates, runnable);
        node.wanted = 1u << node.chosen;
        nodes.push_back(node);
    }
    last_node = (int)depth;
    return nodes[depth++].chosen;
}

int choose_bounded(unsigned runnable, unsigned sleeping) {
    bool going = current != NOBODY && (runnable & 1u << current);
    if (going && is_private(threads[current].pending)) return current;
    int order[THREADS], count = 0;
    unsigned all = runnable | sleeping;
    int first = preferred(all, runnable);
    order[count++] = first;
    bool more = preemptions < options.preemptions;
    for (int i = 0; i < thread_count; i++) {
        if (i == first || !(all & 1u << i)) continue;
        bool costs = going || (runnable != 0 && !(runnable & 1u << i));
        if (!costs || more) order[count++] = i;
    }
    int chosen = order[explore_value(count)];
    if ((going && chosen != current) || (runnable != 0 && !(runnable & 1u << chosen))) preemptions++;
    return chosen;
}

int choose_at_random(unsigned runnable, unsigned sleeping) {
    std::uniform_real_distribution<double> part(0, 1);
    if (current != NOBODY && (runnable & 1u << current) && part(dice) < stay) return current;
    unsigned all = runnable == 0 || part(dice) < 0.05 ? runnable | sleeping : runnable;
    int skip = (int)(dice() % (uint64_t)__builtin_popcount(all));
    while (skip-- > 0) all &= all - 1;
    return lowest(all);
}

} // namespace

void explore_begin() {
    nodes.clear();
    execution = steps = 0;
    complete = false;
    memset(touched, 0, sizeof touched);
    clock_gettime(CLOCK_MONOTONIC, &began);
}

void explore_execution_begin() {
    depth = 0;
    events.clear();
    preemptions = 0;
    last_node = -1;
    learnt = false;
    reduction_begin();
    if (options.search == Search::random) {
        dice.seed(options.seed + execution);
        static const double often[] = {0.5, 0.75, 0.9, 0.95};
        stay = often[dice() % 4];
    }
}

bool explore_execution_end() {
    execution++;
    steps += events.size();
    bool again = execution < options.executions && seconds() < options.seconds;
    if (options.search == Search::random) return again;
    if (options.search == Search::bounded && learnt) {
        nodes.clear(); /* threads are to be changed in more places: from the beginning */
        return again;
    }
    while (!nodes.empty()) {
        Node &node = nodes.back();
        if (node.threads) {
            node.done |= 1u << node.chosen;
            unsigned rest = node.wanted & ~node.done & ~node.asleep;
            if (rest != 0) {
                node.chosen = lowest(rest);
                return again;
            }
        } else if (++node.chosen < node.count) {
            return again;
        }
        nodes.pop_back();
    }
    complete = true;
    return false;
}

int explore_thread() {
    unsigned sleeping = threads_sleeping_with_deadline();
    unsigned runnable = unyielded(threads_runnable(), sleeping);
    if ((runnable | sleeping) == 0) {
        for (int i = 0; i < thread_count; i++)
            if (threads[i].alive) checker_fail("nobody goes on: every thread waits, and no time will wake one");
        return NOBODY;
    }
    switch (options.search) {
    case Search::full: return choose_reduced(runnable, sleeping);
    case Search::bounded: return choose_bounded(runnable, sleeping);
    default: return choose_at_random(runnable, sleeping);
    }
}

int explore_value(int count) {
    if (count == 1) return 0;
    if (options.search == Search::random) {
        uint64_t number = dice();
        return number % 8 < 5 ? 0 : (int)((number >> 8) % (uint64_t)count);
    }
    if (depth == nodes.size()) {
        Node node = {};
        node.count = count;
        nodes.push_back(node);
    }
    return nodes[depth++].chosen;
}

void explore_step(const Step &step) {
    Event event = {};
    event.step = step;
    event.node = last_node;
    if (options.search == Search::full) reduction_step(event);
    if (options.search == Search::bounded) touch(step);
    events.push_back(event);
}

uint64_t explore_steps() { return steps; }

bool explore_complete() { return complete; }

void explore_print_trace() {
    static const char *const kinds[] = {"start", "load",   "store",  "update", "fence",
                                        "heavy", "lock", "unlock", "resume", "yield"};
    size_t number = 0;
    for (const Event &event : events) {
        const Step &step = event.step;
        const char *file = strrchr(step.file, '/');
        size_t offset = 0, size = 0;
        int block = heap_block(step.object, &offset, &size);
        printf("    %4zu %*s%d %-6s %s:%d", number++, 4 * step.thread, "", step.thread, kinds[(int)step.kind],
               file != nullptr ? file + 1 : step.file, step.line);
        if (block >= 0) printf("  block %d +%zu", block, offset);
        if (step.kind == Kind::heavy) printf("  for %d", step.target);
        printf("  %llx\n", (unsigned long long)step.value);
    }
}
