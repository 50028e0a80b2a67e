/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void report_begin(struct report *report) {
    report->first = true;
    printf("{\"metrics\": [");
}

void report_metric(struct report *report, const char *metric, const char *unit, double value) {
    printf("%s{\"metric\": \"%s\", \"unit\": \"%s\", \"value\": %.17g}",
           report->first ? "" : ", ", metric, unit, value);
    report->first = false;
}

void report_end(struct report *report, double seconds) {
    (void)report;
    printf("], \"seconds\": %.9f}\n", seconds);
    fflush(stdout);
}

void fail(const char *format, ...) {
    va_list arguments;
    char message[400];
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    /* The other threads still run: no exit handlers, and no second message of theirs. */
    char line[512];
    int length = snprintf(line, sizeof line, "\n{\"error\": \"%s\"}\n", message);
    ssize_t written = write(STDOUT_FILENO, line, (size_t)length);
    _exit(written == length ? 1 : 2);
}
