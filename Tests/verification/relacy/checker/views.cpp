/* SPDX-License-Identifier: Apache-2.0 */
#include "checker.h"

#include <algorithm>
#include <cstring>
#include <deque>

static std::deque<View> kept;
static size_t kept_used;

void view_clear(View &view) {
    view.locations = 0;
    memset(view.clock, 0, sizeof view.clock);
}

void view_join_seen(View &into, const View &from) {
    int both = std::min(into.locations, from.locations);
    for (int i = 0; i < both; i++) into.seen[i] = std::max(into.seen[i], from.seen[i]);
    if (from.locations <= into.locations) return;
    memcpy(into.seen + both, from.seen + both, sizeof from.seen[0] * (size_t)(from.locations - both));
    into.locations = from.locations;
}

void view_join(View &into, const View &from) {
    view_join_seen(into, from);
    for (int i = 0; i < THREADS; i++) into.clock[i] = std::max(into.clock[i], from.clock[i]);
}

void view_see(View &view, int location, int store) {
    while (view.locations <= location) view.seen[view.locations++] = 0;
    view.seen[location] = std::max(view.seen[location], (uint16_t)store);
}

View *view_keep(const View &view) {
    if (kept_used == kept.size()) kept.emplace_back();
    View *copy = &kept[kept_used++];
    copy->locations = view.locations;
    memcpy(copy->clock, view.clock, sizeof view.clock);
    memcpy(copy->seen, view.seen, sizeof view.seen[0] * (size_t)view.locations);
    return copy;
}

void views_reset() { kept_used = 0; }
