/* SPDX-License-Identifier: Apache-2.0 */
#include "cell_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <tributary/internal/atomics.h>

#include "allocator.h"

enum { SLAB_BYTES = 16 * 1024, SLAB_HEADER = 128, SLABS_BUSY = 64, SLABS_IDLE = 1 };

struct tributary_cell_slab {
    size_t outstanding; /* C1 */
    int cell_class;
    struct tributary_cell_slab *next; /* in the pool's list, under its mutex */
    unsigned char padding[SLAB_HEADER - 2 * sizeof(size_t) - sizeof(void *)];
};

/* The rest of one slab, one thread's alone. cursor == end: no slab. */
struct thread_cells {
    unsigned char *cursor, *end;
};

static const size_t cell_bytes[TRIBUTARY_CELL_CLASSES] = {32, 64, 128};

static _Thread_local struct thread_cells thread_cells[TRIBUTARY_CELL_CLASSES];

/* Taken once per slab. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    struct tributary_cell_slab *free_slabs;
    size_t free_count;
} pool[TRIBUTARY_CELL_CLASSES];
static size_t slab_count; /* all there are */
static tributary_allocator pool_allocator;
static bool pool_allocator_set;

static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;

static size_t cells_of_slab(int cell_class) {
    return (SLAB_BYTES - SLAB_HEADER) / cell_bytes[cell_class];
}

static const tributary_allocator *allocator(void) {
    return pool_allocator_set ? &pool_allocator : &tributary_default_allocator;
}

static struct tributary_cell_slab *slab_of(struct tributary_cell *cell) {
    return (struct tributary_cell_slab *)((uintptr_t)cell & ~(uintptr_t)(SLAB_BYTES - 1));
}

/* Under the mutex. */
static void slab_delete(struct tributary_cell_slab *slab) {
    slab_count--;
    tributary_deallocate(allocator(), slab, SLAB_BYTES, SLAB_BYTES);
}

/* Under the mutex: free slabs of the class, down to `kept`. */
static void delete_free_slabs(int cell_class, size_t kept) {
    while (pool[cell_class].free_count > kept) {
        struct tributary_cell_slab *slab = pool[cell_class].free_slabs;
        pool[cell_class].free_slabs = slab->next;
        pool[cell_class].free_count--;
        slab_delete(slab);
    }
}

static void slab_subtract(struct tributary_cell_slab *slab, size_t count) {
    if (tributary_fetch_sub_acquire_release(&slab->outstanding, count) != count) return; /* C1 */
    int cell_class = slab->cell_class;
    pthread_mutex_lock(&mutex);
    /* While it is busy the pool keeps as many free slabs as are in use, and a few more, so that a queue which fills and
     * drains allocates nothing; a burst is given back while it is drained. */
    size_t in_use = slab_count - pool[cell_class].free_count - 1;
    slab->next = pool[cell_class].free_slabs;
    pool[cell_class].free_slabs = slab;
    pool[cell_class].free_count++;
    delete_free_slabs(cell_class, in_use > SLABS_BUSY ? in_use : SLABS_BUSY);
    pthread_mutex_unlock(&mutex);
}

void tributary_cell_pool_idle(void) {
    /* Another thread's turn at the pool is reason enough to leave it as it is. */
    if (pthread_mutex_trylock(&mutex) != 0) return;
    for (int i = 0; i < TRIBUTARY_CELL_CLASSES; i++) delete_free_slabs(i, SLABS_IDLE);
    pthread_mutex_unlock(&mutex);
}

/* What a thread has not handed out is free when it exits. */
static void thread_cells_give_back(void) {
    for (int i = 0; i < TRIBUTARY_CELL_CLASSES; i++) {
        struct thread_cells *cells = &thread_cells[i];
        if (cells->cursor == cells->end) continue;
        size_t count = (size_t)(cells->end - cells->cursor) / cell_bytes[i];
        struct tributary_cell_slab *slab = slab_of((struct tributary_cell *)(void *)cells->cursor);
        *cells = (struct thread_cells){NULL, NULL};
        slab_subtract(slab, count);
    }
}

static void at_thread_exit(void *value) {
    (void)value;
    thread_cells_give_back();
}

static void exit_key_create(void) { pthread_key_create(&exit_key, at_thread_exit); }

static bool thread_cells_refill(int cell_class) {
    /* A destructor of this thread that sends after ours ran sets the key again, and ours runs again. */
    pthread_once(&exit_once, exit_key_create);
    if (pthread_getspecific(exit_key) == NULL && pthread_setspecific(exit_key, thread_cells) != 0)
        return false;
    pthread_mutex_lock(&mutex);
    struct tributary_cell_slab *slab = pool[cell_class].free_slabs;
    if (slab != NULL) {
        pool[cell_class].free_slabs = slab->next;
        pool[cell_class].free_count--;
    } else {
        slab = tributary_allocate(allocator(), SLAB_BYTES, SLAB_BYTES);
        if (slab != NULL) slab_count++;
    }
    pthread_mutex_unlock(&mutex);
    if (slab == NULL) return false;
    size_t count = cells_of_slab(cell_class);
    slab->cell_class = cell_class;
    /* Nobody else can reach the slab before a cell of it is enqueued. */
    tributary_store_relaxed(&slab->outstanding, count);
    thread_cells[cell_class].cursor = (unsigned char *)slab + SLAB_HEADER;
    thread_cells[cell_class].end =
        (unsigned char *)slab + SLAB_HEADER + count * cell_bytes[cell_class];
    return true;
}

int tributary_cell_class(size_t message_size, size_t message_alignment) {
    if (message_alignment > sizeof(struct tributary_cell)) return TRIBUTARY_CELL_BOXED;
    for (int i = 0; i < TRIBUTARY_CELL_CLASSES; i++)
        if (message_size <= cell_bytes[i] - sizeof(struct tributary_cell)) return i;
    return TRIBUTARY_CELL_BOXED;
}

struct tributary_cell *tributary_cell_take(int cell_class) {
    struct thread_cells *cells = &thread_cells[cell_class];
    if (tributary_unlikely(cells->cursor == cells->end) && !thread_cells_refill(cell_class))
        return NULL;
    unsigned char *cell = cells->cursor;
    cells->cursor += cell_bytes[cell_class];
    tributary_prefetch_write(cells->cursor + 4 * 64);
    return (struct tributary_cell *)(void *)cell;
}

void tributary_cell_untake(int cell_class, struct tributary_cell *cell) {
    /* cursor may be at the end: the slab is still this thread's while one of its cells was not enqueued. */
    struct thread_cells *cells = &thread_cells[cell_class];
    (void)cell;
    cells->cursor -= cell_bytes[cell_class];
}

void tributary_cell_return(struct tributary_cell_returns *returns, struct tributary_cell *cell) {
    struct tributary_cell_slab *slab = slab_of(cell);
    size_t index = ((uintptr_t)slab / SLAB_BYTES) % TRIBUTARY_CELL_RETURNS;
    if (returns->entries[index].slab == slab) {
        returns->entries[index].count++;
        return;
    }
    if (returns->entries[index].slab != NULL)
        slab_subtract(returns->entries[index].slab, returns->entries[index].count);
    returns->entries[index].slab = slab;
    returns->entries[index].count = 1;
}

void tributary_cell_returns_flush(struct tributary_cell_returns *returns) {
    for (int i = 0; i < TRIBUTARY_CELL_RETURNS; i++) {
        if (returns->entries[i].slab == NULL) continue;
        slab_subtract(returns->entries[i].slab, returns->entries[i].count);
        returns->entries[i].slab = NULL;
        returns->entries[i].count = 0;
    }
}

int tributary_cell_allocator_set(const tributary_allocator *hooks) {
    if (hooks != NULL && (hooks->allocate == NULL || hooks->deallocate == NULL)) return -EINVAL;
    int result = 0;
    pthread_mutex_lock(&mutex);
    if (slab_count != 0) {
        result = -EBUSY;
    } else {
        pool_allocator_set = hooks != NULL;
        if (hooks != NULL) pool_allocator = *hooks;
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

size_t tributary_cell_pool_trim(void) {
    thread_cells_give_back();
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < TRIBUTARY_CELL_CLASSES; i++) delete_free_slabs(i, 0);
    size_t bytes = slab_count * SLAB_BYTES;
    pthread_mutex_unlock(&mutex);
    return bytes;
}
