/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a thread: whole characters only, and no more than the system takes. */
#include <pthread.h>
#include <tributary/internal/thread_name.h>

#include "support/test.h"

static const struct {
    const char *given, *expected;
} names[] = {
    {"", ""},
    {"sender", "sender"},
    {"fifteen letters", "fifteen letters"},
    {"fifteen letters and more", "fifteen letters"},
    /* Two bytes each: the eighth would need a sixteenth. */
    {"ääääääää", "äääääää"},
    {"fifteen letter\xc3\xa4", "fifteen letter"},
    {"fourteen byte\xc3\xa4", "fourteen byte\xc3\xa4"},
    /* Three and four bytes each. */
    {"€€€€€€", "€€€€€"},
    {"1€€€€€", "1€€€€"},
    {"🙂🙂🙂🙂", "🙂🙂🙂"},
    /* No UTF-8 at all: it must end somewhere all the same. */
    {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", ""},
};

static void *check(void *context) {
    size_t n;
    (void)context;
    for (n = 0; n < sizeof names / sizeof names[0]; n++) {
        char seen[32];
        tributary_internal_thread_set_name(names[n].given);
        require_equal(pthread_getname_np(pthread_self(), seen, sizeof seen), 0);
        if (strcmp(seen, names[n].expected) != 0)
            test_failed(__FILE__, __LINE__, "\"%s\" became \"%s\"", names[n].given, seen);
    }
    return NULL;
}

/* On a thread of its own, whose name nobody needs. */
static void a_name_is_cut_between_characters(void **state) {
    pthread_t thread;
    (void)state;
    require_equal(pthread_create(&thread, NULL, check, NULL), 0);
    require_equal(pthread_join(thread, NULL), 0);
}

TEST_MAIN(scenario(a_name_is_cut_between_characters))
