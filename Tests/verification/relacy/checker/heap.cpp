/* SPDX-License-Identifier: Apache-2.0 */
/* The core's memory: one arena, emptied after each execution. Nothing is given out twice, so that whatever touches freed memory
 * is found, and whatever was not freed. */
#include "checker.h"

#include <cstring>

namespace {

enum { LINE = 64, BYTES = 1 << 20 };

struct Block {
    size_t start, size;
    bool freed;
};

alignas(4096) unsigned char arena[BYTES];
uint16_t block_of_line[BYTES / LINE]; /* 0: nothing; else 1 + the block's number */
std::vector<Block> blocks;
size_t top;

} // namespace

void heap_reset() {
    memset(block_of_line, 0, (top / LINE + 1) * sizeof block_of_line[0]);
    blocks.clear();
    top = 0;
}

void *heap_allocate(size_t size, size_t alignment) {
    if (alignment < LINE) alignment = LINE;
    top = (top + alignment - 1) & ~(alignment - 1);
    if (size + LINE > BYTES - top) checker_fail("out of the arena's memory");
    size_t start = top, lines = (size + LINE - 1) / LINE;
    top += lines * LINE + LINE; /* a line between blocks, which nobody may touch */
    blocks.push_back({start, size, false});
    for (size_t i = 0; i < lines; i++) block_of_line[start / LINE + i] = (uint16_t)blocks.size();
    memset(arena + start, 0xA5, size);
    return arena + start;
}

bool heap_contains(const void *address) {
    return (const unsigned char *)address >= arena && (const unsigned char *)address < arena + BYTES;
}

int heap_block(const void *address, size_t *offset, size_t *size) {
    if (!heap_contains(address)) return -1;
    size_t at = (size_t)((const unsigned char *)address - arena);
    int number = block_of_line[at / LINE] - 1;
    if (number < 0) return -1;
    *offset = at - blocks[(size_t)number].start;
    *size = blocks[(size_t)number].size;
    return number;
}

void heap_check(const void *address, size_t size, const char *what) {
    size_t offset, bytes;
    int number = heap_block(address, &offset, &bytes);
    if (number < 0 || offset + size > bytes) checker_fail("%s outside of any allocation", what);
    if (blocks[(size_t)number].freed) checker_fail("%s after block %d was freed", what, number);
}

void heap_free(void *memory) {
    if (memory == nullptr) return;
    size_t offset, size;
    int number = heap_block(memory, &offset, &size);
    if (number < 0 || offset != 0) checker_fail("free of what was not allocated");
    if (blocks[(size_t)number].freed) checker_fail("block %d freed twice", number);
    /* Whoever has used it must have done so before. */
    if (current != NOBODY) races_note(memory, size, Access::write);
    blocks[(size_t)number].freed = true;
    memset(memory, 0x5A, size);
}

int heap_live(size_t *bytes) {
    int live = 0;
    *bytes = 0;
    for (const Block &block : blocks) {
        if (block.freed) continue;
        live++;
        *bytes += block.size;
    }
    return live;
}
