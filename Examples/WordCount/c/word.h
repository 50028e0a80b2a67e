/* SPDX-License-Identifier: Apache-2.0 */
/* The message: one word, lower case, ASCII letters only.
 *
 * Nearly all words fit into the message itself, which is copied into the channel's memory and read
 * there. A longer one owns an allocation, which travels with the message: whoever holds the message
 * frees it, and the channel does so for what is never received. */
#ifndef WORD_COUNT_WORD_H
#define WORD_COUNT_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_INLINE_LENGTH = 24 }; /* makes the message 32 bytes, two in a cache line */

struct word {
    size_t length;
    union {
        char letters[WORD_INLINE_LENGTH]; /* length <= WORD_INLINE_LENGTH */
        char *allocated;                  /* longer */
    } text;
};

static inline bool word_is_allocated(const struct word *word) {
    return word->length > WORD_INLINE_LENGTH;
}

static inline const char *word_letters(const struct word *word) {
    return word_is_allocated(word) ? word->text.allocated : word->text.letters;
}

/* False when there is no memory; `word` is as good as uninitialised then. */
static inline bool word_initialize(struct word *word, const char *letters, size_t length) {
    char *target = word->text.letters;
    word->length = length;
    if (word_is_allocated(word)) {
        target = malloc(length);
        if (target == NULL)
            return false;
        word->text.allocated = target;
    }
    memcpy(target, letters, length);
    return true;
}

static inline void word_destroy(struct word *word) {
    if (word_is_allocated(word))
        free(word->text.allocated);
}

#endif
