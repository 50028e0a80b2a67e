/* SPDX-License-Identifier: Apache-2.0 */
#include "counts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* uthash ends the process when it has no memory, unless told how to report that. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->count = 0)
#include <uthash.h>

struct entry {
    UT_hash_handle hh;
    uint64_t count;
    size_t length;
    char letters[];
};

struct counts {
    struct entry *entries;
};

struct counts *counts_create(void) {
    return calloc(1, sizeof(struct counts));
}

void counts_destroy(struct counts *counts) {
    struct entry *entry, *next;
    if (counts == NULL)
        return;
    HASH_ITER(hh, counts->entries, entry, next) {
        HASH_DEL(counts->entries, entry);
        free(entry);
    }
    free(counts);
}

bool counts_add(struct counts *counts, const char *letters, size_t length) {
    struct entry *entry;
    unsigned hash;
    HASH_VALUE(letters, length, hash);
    HASH_FIND_BYHASHVALUE(hh, counts->entries, letters, length, hash, entry);
    if (entry != NULL) {
        entry->count++;
        return true;
    }
    entry = malloc(sizeof *entry + length);
    if (entry == NULL)
        return false;
    entry->count = 1;
    entry->length = length;
    memcpy(entry->letters, letters, length);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, counts->entries, entry->letters, length, hash, entry);
    if (entry->count == 0) {
        free(entry);
        return false;
    }
    return true;
}

static int by_count_then_word(const void *left, const void *right) {
    const struct entry *a = *(struct entry *const *)left;
    const struct entry *b = *(struct entry *const *)right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = memcmp(a->letters, b->letters, a->length < b->length ? a->length : b->length);
    if (order != 0)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

bool counts_print(const struct counts *counts, size_t top, FILE *file) {
    size_t total = HASH_COUNT(counts->entries), filled = 0;
    struct entry **sorted = malloc((total ? total : 1) * sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (struct entry *entry = counts->entries; entry != NULL; entry = entry->hh.next)
        sorted[filled++] = entry;
    qsort(sorted, filled, sizeof *sorted, by_count_then_word);
    if (top == 0 || top > filled)
        top = filled;
    for (size_t i = 0; i < top; i++) {
        /* Not %.*s, whose precision is an int. */
        fprintf(file, "%7" PRIu64 " ", sorted[i]->count);
        fwrite(sorted[i]->letters, 1, sorted[i]->length, file);
        fputc('\n', file);
    }
    free(sorted);
    return fflush(file) == 0 && !ferror(file);
}
