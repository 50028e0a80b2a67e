/* SPDX-License-Identifier: Apache-2.0 */
/* Partial-order reduction: of executions that differ only in the order of independent steps one is enough. Source sets and sleep sets,
 * after Abdulla, Aronis, Jonsson and Sagonas (POPL 2014).
 *
 * A load after a store may still read an older one, but not for ever (memory.cpp): so the two depend on each other in either order. */
#include "explore.h"

#include <algorithm>
#include <cstring>

namespace {

uint16_t past[THREADS][THREADS];

bool is_fence(const Step &step) { return step.kind == Kind::fence || step.kind == Kind::heavy; }

bool fences_meet(const Step &a, const Step &b) {
    return (is_fence(a) && is_fence(b)) || (a.kind == Kind::heavy && a.target == b.thread) ||
           (b.kind == Kind::heavy && b.target == a.thread);
}

bool depend(const Step &a, const Step &b) {
    if (fences_meet(a, b)) return true;
    return a.object != nullptr && a.object == b.object && (a.kind != Kind::load || b.kind != Kind::load);
}

bool is_before(size_t earlier, const uint16_t *clock) {
    return clock[events[earlier].step.thread] >= earlier + 1;
}

void join(uint16_t *into, const uint16_t *from) {
    for (int i = 0; i < THREADS; i++) into[i] = std::max(into[i], from[i]);
}

/* Wants an execution in which the step comes before the event: some thread that can begin what has to come before. */
void turn_round(size_t earlier, const Step &step, const uint16_t *clock) {
    Node &node = nodes[(size_t)events[earlier].node];
    uint8_t thread = events[earlier].step.thread;
    size_t begin[THREADS]; /* of each thread, its first event that does not need the earlier one */
    unsigned seen = 0, first = 0;
    auto needs_none = [&](uint8_t own, const uint16_t *its_past) {
        for (uint8_t t = 0; t < THREADS; t++)
            if (t != own && (seen & 1u << t) && its_past[t] >= begin[t] + 1) return false;
        return true;
    };
    for (size_t i = earlier + 1; i < events.size(); i++) {
        uint8_t own = events[i].step.thread;
        if ((seen & 1u << own) || events[i].past[thread] >= earlier + 1) continue;
        if (needs_none(own, events[i].past)) first |= 1u << own;
        seen |= 1u << own;
        begin[own] = i;
    }
    if (!(seen & 1u << step.thread) && needs_none(step.thread, clock)) first |= 1u << step.thread;
    if (first & (node.wanted | node.done)) return;
    first &= node.enabled;
    if (first == 0)
        node.wanted |= node.enabled;
    else if (first & 1u << step.thread)
        node.wanted |= 1u << step.thread;
    else
        node.wanted |= first & -first;
}

bool may_turn(const Step &step) {
    return step.kind != Kind::resume || threads[step.thread].deadline != FOREVER;
}

} // namespace

void reduction_begin() { memset(past, 0, sizeof past); }

void reduction_step(Event &event) {
    const Step &step = event.step;
    uint16_t *clock = past[step.thread];
    for (size_t i = events.size(); i-- > 0;) {
        const Step &other = events[i].step;
        if (is_before(i, clock)) {
            size_t known = SIZE_MAX;
            for (int t = 0; t < thread_count; t++) known = std::min(known, (size_t)clock[t]);
            if (i < known) break;
            continue;
        }
        if (other.thread == step.thread) continue;
        if (!depend(other, step)) continue;
        if (step.kind == Kind::lock && other.kind == Kind::unlock) {
            /* The lock before that unlock is what this one competes with. */
            for (size_t k = i; k-- > 0;) {
                if (events[k].step.object != step.object || events[k].step.thread != other.thread ||
                    events[k].step.kind == Kind::unlock)
                    continue;
                if (!is_before(k, clock)) turn_round(k, step, clock);
                break;
            }
        } else if (may_turn(step)) {
            turn_round(i, step, clock);
        }
        join(clock, events[i].past);
    }
    clock[step.thread] = (uint16_t)(events.size() + 1);
    memcpy(event.past, clock, sizeof event.past);
}

unsigned reduction_asleep(const Node &node, const Step &taken) {
    unsigned asleep = (node.asleep | node.done) & ~(1u << taken.thread);
    for (int i = 0; i < thread_count; i++) {
        if (!(asleep & 1u << i)) continue;
        const Step &step = node.pending[i];
        bool wakes = depend(step, taken);
        if (step.kind == Kind::yield && taken.kind != Kind::load) wakes = true;
        if (wakes) asleep &= ~(1u << i);
    }
    return asleep;
}
