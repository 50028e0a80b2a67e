/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "random.h"
#include "threads.h"

static const char *current_test = "(no test)";
static char current_note[128];

static unsigned alarm_seconds(void) {
    const char *text = getenv("TRIBUTARY_TEST_ALARM");
    long seconds = text != NULL ? strtol(text, NULL, 10) : 0;
    return seconds > 0 ? (unsigned)seconds : 120;
}

static void write_text(const char *text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(125);
}

/* Only async-signal-safe calls: the hung threads may hold any lock. */
static void report_hung_test(int signal_number) {
    (void)signal_number;
    write_text("HUNG: ");
    write_text(current_test);
    write_text(" ");
    write_text(current_note);
    write_text("\n");
    _exit(124);
}

void test_program_begin(void) {
    struct sigaction action;
    const char *only = getenv("TRIBUTARY_TEST_ONLY");
    memset(&action, 0, sizeof action);
    action.sa_handler = report_hung_test;
    sigaction(SIGALRM, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (only != NULL)
        cmocka_set_test_filter(only);
}

int test_setup(void **state) {
    current_test = *state;
    current_note[0] = '\0';
    random_restart(current_test);
    alarm(alarm_seconds());
    return 0;
}

int test_teardown(void **state) {
    (void)state;
    alarm(0);
    return workers_running() == 0 ? 0 : -1;
}

void test_goes_on(void) {
    alarm(alarm_seconds());
}

void test_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current_note, sizeof current_note, format, arguments);
    va_end(arguments);
}

void test_failed(const char *file, int line, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "FAILED: %s [%s] %s:%d: %s (TRIBUTARY_TEST_SEED=%llu)\n", current_test,
            current_note, file, line, text, (unsigned long long)random_seed());
    fflush(NULL);
    if (workers_running() == 0)
        _fail(file, line);
    _exit(1);
}

void test_require_equal(const char *file, int line, const char *text, intmax_t actual,
                        intmax_t expected) {
    if (actual != expected)
        test_failed(file, line, "%s is %jd, not %jd", text, actual, expected);
}

void test_require_at_most(const char *file, int line, const char *text, intmax_t actual,
                          intmax_t bound) {
    if (actual > bound)
        test_failed(file, line, "%s is %jd, more than %jd", text, actual, bound);
}

size_t scaled(size_t count) {
    static size_t percent;
    if (percent == 0) {
        const char *text = getenv("TRIBUTARY_TEST_SCALE");
        long value = text != NULL ? strtol(text, NULL, 10) : 0;
        percent = value > 0 ? (size_t)value : 100;
    }
    count = count * percent / 100;
    return count > 0 ? count : 1;
}

int64_t clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
