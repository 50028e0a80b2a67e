/* SPDX-License-Identifier: Apache-2.0 */
/* What the library says of itself in words and numbers: errors, its version; and when a thread of tasks is to be given away. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tributary/internal/thread_budget.h>

#include "support/test.h"

static const int errors[] = {0,      EAGAIN, EPIPE,    ETIMEDOUT, ENOMEM,
                             EINVAL, EBUSY,  EALREADY, EMFILE,    ENFILE};

static void every_error_has_words_of_its_own(void **state) {
    size_t n, other;
    (void)state;
    for (n = 0; n < sizeof errors / sizeof errors[0]; n++) {
        const char *words = tributary_error_string(-errors[n]);
        require_equal(strcmp(words, tributary_error_string(errors[n])), 0);
        require_equal(strcmp(words, "unknown error") != 0, 1);
        for (other = 0; other < n; other++)
            require_equal(strcmp(words, tributary_error_string(-errors[other])) != 0, 1);
    }
    require_equal(strcmp(tributary_error_string(-EXDEV), "unknown error"), 0);
    require_equal(strcmp(tributary_error_string(123456), "unknown error"), 0);
}

static void the_version_is_that_of_the_headers(void **state) {
    char text[32];
    (void)state;
    require_equal(tributary_version(), TRIBUTARY_VERSION);
    snprintf(text, sizeof text, "%u.%u.%u", tributary_version() / 10000, tributary_version() / 100 % 100,
             tributary_version() % 100);
    require_equal(strcmp(tributary_version_string(), text), 0);
}

/* The count is the thread's: a second thread begins anew. */
static void *spend_a_budget(void *context) {
    (void)context;
    require_equal(tributary_internal_thread_spend(4, 10), 0);
    require_equal(tributary_internal_thread_spend(5, 10), 0);
    require_equal(tributary_internal_thread_spend(1, 10), 1);
    require_equal(tributary_internal_thread_spend(9, 10), 0);
    require_equal(tributary_internal_thread_spend(5, 10), 1);
    require_equal(tributary_internal_thread_spend(9, 10), 0);
    return NULL;
}

static void each_thread_spends_a_budget_of_its_own(void **state) {
    int n;
    (void)state;
    for (n = 0; n < 2; n++) {
        pthread_t thread;
        require_equal(pthread_create(&thread, NULL, spend_a_budget, NULL), 0);
        require_equal(pthread_join(thread, NULL), 0);
    }
}

TEST_MAIN(scenario(every_error_has_words_of_its_own), scenario(the_version_is_that_of_the_headers),
          scenario(each_thread_spends_a_budget_of_its_own))
