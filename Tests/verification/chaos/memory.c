/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "schedule.h"

#if defined(__SANITIZE_ADDRESS__)
/* It keeps what was freed for longer, and sees reads too. */
enum { LYING = 0 };
#else
enum { LYING = 64 };
#endif
enum { HEAD = 128, FRESH = 0xa5, FREED = 0x5a };
#define MAGIC UINT64_C(0x7472696275746172)

/* Lies before each block. */
struct head {
    uint64_t magic;
    size_t size, alignment;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static size_t blocks;
static unsigned char *lying[LYING + 1];
static size_t next_lying;

static struct head *head_of(unsigned char *block) { return (struct head *)(void *)(block - HEAD); }

static void *allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    void *start;
    if (alignment > HEAD || posix_memalign(&start, HEAD, HEAD + size) != 0) return NULL;
    unsigned char *block = (unsigned char *)start + HEAD;
    *head_of(block) = (struct head){MAGIC, size, alignment};
    memset(block, FRESH, size);
    pthread_mutex_lock(&mutex);
    blocks++;
    pthread_mutex_unlock(&mutex);
    return block;
}

static void give_back(unsigned char *block) {
    if (block == NULL) return;
    for (size_t i = 0; i < head_of(block)->size; i++)
        if (block[i] != FREED)
            chaos_fail("byte %zu of a block of %zu was written after the block was freed", i, head_of(block)->size);
    free(block - HEAD);
}

static void deallocate(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    unsigned char *block = memory;
    struct head *head = head_of(block);
    if (head->magic != MAGIC || head->size != size || head->alignment != alignment)
        chaos_fail("freed twice, or not as it was allocated: %zu bytes", size);
    head->magic = 0;
    memset(block, FREED, size);
    pthread_mutex_lock(&mutex);
    blocks--;
    unsigned char *oldest = block;
    if (LYING > 0) {
        oldest = lying[next_lying];
        lying[next_lying] = block;
        next_lying = (next_lying + 1) % (LYING + !LYING);
    }
    pthread_mutex_unlock(&mutex);
    give_back(oldest);
}

tributary_allocator memory_hooks(void) {
    return (tributary_allocator){allocate, deallocate, NULL};
}

void memory_finish(void) {
    for (size_t i = 0; i < sizeof lying / sizeof *lying; i++) {
        give_back(lying[i]);
        lying[i] = NULL;
    }
    if (blocks != 0) chaos_fail("%zu blocks were never freed", blocks);
}
