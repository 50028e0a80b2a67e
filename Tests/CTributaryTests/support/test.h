/* SPDX-License-Identifier: Apache-2.0 */
/* What every C test program includes: the API under test, cmocka, and the rules of this suite.
 *
 *   make test-c VARIANT=tsan TEST=close     one program in one variant
 *   TRIBUTARY_TEST_ONLY='pattern*'          only the tests of that name
 *   TRIBUTARY_TEST_SCALE=percent            more or fewer rounds (100)
 *   TRIBUTARY_TEST_SEED=number              other random choices; a failure prints the one it had
 *   TRIBUTARY_TEST_ALARM=seconds            when a test counts as hung (120) */
#ifndef TRIBUTARY_TESTS_TEST_H
#define TRIBUTARY_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The same tests check the calls into the library and, compiled with this set, the inline path. */
#ifdef TRIBUTARY_TEST_INLINE
#include <tributary/inline.h>
#endif
#include <tributary/tributary.h>

/* A failed requirement on the test's own thread fails the test. Where other threads still use its
 * stack there is no way back, so the program ends with the message and a failure. */
#define require(condition) \
    ((condition) ? (void)0 : test_failed(__FILE__, __LINE__, "%s does not hold", #condition))
#define require_equal(actual, expected) \
    test_require_equal(__FILE__, __LINE__, #actual, (intmax_t)(actual), (intmax_t)(expected))
#define require_at_most(actual, bound) \
    test_require_at_most(__FILE__, __LINE__, #actual, (intmax_t)(actual), (intmax_t)(bound))

void test_failed(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
void test_require_equal(const char *file, int line, const char *text, intmax_t actual,
                        intmax_t expected);
void test_require_at_most(const char *file, int line, const char *text, intmax_t actual,
                          intmax_t bound);

/* Each of a test's many runs has the alarm's whole time. */
void test_goes_on(void);

/* What a failure message names beside the test, such as the configuration under test. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `count` scaled by TRIBUTARY_TEST_SCALE, at least 1. */
size_t scaled(size_t count);

/* CLOCK_MONOTONIC in nanoseconds, the library's clock of deadlines. */
int64_t clock_now(void);

enum { MICROSECOND = 1000, MILLISECOND = 1000000 };

int test_setup(void **state);
int test_teardown(void **state);
void test_program_begin(void);

/* An entry of a program's table; the function's name is the test's sentence. */
#define scenario(function) \
    { #function, function, test_setup, test_teardown, (void *)#function }

#define TEST_MAIN(...)                                                         \
    int main(void) {                                                           \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                       \
        test_program_begin();                                                  \
        return cmocka_run_group_tests(tests, NULL, NULL) != 0;                 \
    }

#endif
