/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to one request: one line of JSON with any number of metrics. */
#ifndef CBENCH_REPORT_H
#define CBENCH_REPORT_H

#include <stdbool.h>

struct report {
    bool first;
};

void report_begin(struct report *report);
void report_metric(struct report *report, const char *metric, const char *unit, double value);
/* `seconds` is what the measured part took: the runner sizes the next runs by it. */
void report_end(struct report *report, double seconds);

/* Answers {"error": ...} and ends the program: a benchmark that lost a message has no figure.
 * From any thread. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* The result of a call of the library that must not fail. */
#define check(result, call)                                                          \
    do {                                                                             \
        if (__builtin_expect((result) < 0, 0))                                       \
            fail("%s: %s", (call), tributary_error_string((int)(result)));           \
    } while (0)

#endif
