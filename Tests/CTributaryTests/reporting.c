/* SPDX-License-Identifier: Apache-2.0 */
/* What the library says about itself: its version, and its errors in words. */
#include <errno.h>
#include <limits.h>
#include <tributary/error.h>
#include <tributary/version.h>

#include "support/test.h"

static void every_error_has_words_of_its_own(void **state) {
    static const int errors[] = {0, EAGAIN, EPIPE, ETIMEDOUT, ENOMEM, EINVAL, EBUSY, EALREADY, EMFILE, ENFILE, 9999};
    enum { COUNT = sizeof errors / sizeof errors[0] };
    size_t n, other;
    (void)state;
    for (n = 0; n < COUNT; n++) {
        require(strcmp(tributary_error_string(errors[n]), tributary_error_string(-errors[n])) == 0);
        require(strlen(tributary_error_string(errors[n])) > 0);
        for (other = 0; other < n; other++)
            require(strcmp(tributary_error_string(errors[n]), tributary_error_string(errors[other])) != 0);
    }
    require(strcmp(tributary_error_string(9999), "unknown error") == 0);
    require(strcmp(tributary_error_string(INT_MAX), "unknown error") == 0);
}

static void the_version_is_that_of_the_headers(void **state) {
    char expected[64];
    (void)state;
    require_equal(tributary_version(), TRIBUTARY_VERSION);
    snprintf(expected, sizeof expected, "%d.%d.%d", TRIBUTARY_VERSION_MAJOR, TRIBUTARY_VERSION_MINOR, TRIBUTARY_VERSION_PATCH);
    require(strcmp(tributary_version_string(), expected) == 0);
}

TEST_MAIN(scenario(every_error_has_words_of_its_own), scenario(the_version_is_that_of_the_headers))
