/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a debug build's program: two calls at once on one sender. It is seen in a child. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../Sources/CTributary/core.h"
#include "support/fixture.h"

static struct fixture fixture;

static void two_calls_at_once_on_one_sender_end_the_program(void **state) {
    tributary_sender *sender;
    int status;
    pid_t child;
    (void)state;
    fixture_open_words(&fixture, NULL, 4);
    sender = fixture_sender(&fixture);
    child = fork();
    require(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        /* Another thread stands in the middle of a call. */
        sender->hot.producer.busy = 1;
        (void)send_word(sender, 1);
        _exit(0);
    }
    require_equal(waitpid(child, &status, 0), child);
#ifdef TRIBUTARY_DEBUG
    require(WIFSIGNALED(status));
    require_equal(WTERMSIG(status), SIGABRT);
#else
    require(WIFEXITED(status));
    require_equal(WEXITSTATUS(status), 0);
#endif
    require_equal(send_word(sender, 1), 0);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(two_calls_at_once_on_one_sender_end_the_program))
