/* SPDX-License-Identifier: Apache-2.0 */
/* Plain accesses. The core is compiled with the compiler's instrumentation for ThreadSanitizer, and linked with this instead of
 * ThreadSanitizer: two accesses that nothing orders, one of them a write and one of them not atomic, are a race. */
#include "checker.h"

#include <cstdint>
#include <cstring>

namespace {

enum { TABLE = 1 << 16 };

struct Cell { /* four bytes of memory */
    uintptr_t granule;
    uint64_t execution;
    uint16_t written; /* clock of the last plain write */
    int8_t writer;
    uint16_t reads[THREADS], atomic_reads[THREADS], atomic_writes[THREADS];
    uint32_t bytes; /* that any plain write has touched */
};

Cell cells[TABLE];
uint64_t execution;

Cell &find(uintptr_t granule) {
    size_t slot = (granule * 0x9E3779B97F4A7C15u) >> 48;
    while (cells[slot].execution == execution && cells[slot].granule != granule) slot = (slot + 1) % TABLE;
    Cell &cell = cells[slot];
    if (cell.execution != execution) {
        memset(&cell, 0, sizeof cell);
        cell.granule = granule;
        cell.execution = execution;
        cell.writer = NOBODY;
    }
    return cell;
}

const char *const names[] = {"read", "write", "atomic read", "atomic write"};

[[noreturn]] void race(const Cell &cell, Access access, const char *before, int other) {
    size_t offset = 0, size = 0;
    int block = heap_block((const void *)(cell.granule * 4), &offset, &size);
    checker_fail("data race: %s by thread %d, not ordered after %s by thread %d (block %d of %zu bytes, at +%zu)",
                 names[(int)access], current, before, other, block, size, offset);
}

void check(const Cell &cell, const uint16_t *clocks, Access access, const char *before) {
    for (int i = 0; i < thread_count; i++)
        if (i != current && clocks[i] > threads[current].current.clock[i]) race(cell, access, before, i);
}

} // namespace

void races_reset() { execution++; }

void races_note(const void *address, size_t size, Access access) {
    if (current == NOBODY) return;
    bool heap = heap_contains(address);
    if (!heap && thread_stack_owner(address) == nullptr) return;
    if (heap) heap_check(address, size, names[(int)access]);
    uint16_t clock = threads[current].current.clock[current];
    uintptr_t first = (uintptr_t)address / 4, last = ((uintptr_t)address + size - 1) / 4;
    for (uintptr_t granule = first; granule <= last; granule++) {
        Cell &cell = find(granule);
        if (cell.writer != NOBODY && cell.writer != current &&
            cell.written > threads[current].current.clock[cell.writer])
            race(cell, access, "a write", cell.writer);
        if (access == Access::write || access == Access::atomic_write) check(cell, cell.reads, access, "a read");
        if (access == Access::read || access == Access::write)
            check(cell, cell.atomic_writes, access, "an atomic write");
        if (access == Access::write) check(cell, cell.atomic_reads, access, "an atomic read");
        switch (access) {
        case Access::read: cell.reads[current] = clock; break;
        case Access::atomic_read: cell.atomic_reads[current] = clock; break;
        case Access::atomic_write: cell.atomic_writes[current] = clock; break;
        case Access::write:
            cell.written = clock;
            cell.writer = (int8_t)current;
            break;
        }
    }
}

/* ---- The instrumentation's calls ---- */

extern "C" {

#define ACCESS(size)                                                                             \
    void __tsan_read##size(void *address) { races_note(address, size, Access::read); }           \
    void __tsan_write##size(void *address) { races_note(address, size, Access::write); }         \
    void __tsan_unaligned_read##size(void *address) { races_note(address, size, Access::read); } \
    void __tsan_unaligned_write##size(void *address) { races_note(address, size, Access::write); }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
void __tsan_read_range(void *address, size_t size) { if (size != 0) races_note(address, size, Access::read); }
void __tsan_write_range(void *address, size_t size) { if (size != 0) races_note(address, size, Access::write); }

void *__wrap_memcpy(void *to, const void *from, size_t size) {
    __tsan_read_range(const_cast<void *>(from), size);
    __tsan_write_range(to, size);
    return memcpy(to, from, size);
}
void *__wrap_memset(void *to, int byte, size_t size) {
    __tsan_write_range(to, size);
    return memset(to, byte, size);
}
void *__tsan_memcpy(void *to, const void *from, size_t size) { return __wrap_memcpy(to, from, size); }
void *__tsan_memset(void *to, int byte, size_t size) { return __wrap_memset(to, byte, size); }
}
