/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel that refuses heavy fences: from the beginning, or from the middle of a stream on, as a seccomp filter does. Filters cannot be
 * taken back, so that each test runs in a program of its own: this one again, which knows by an environment variable that it is it. */
#include <errno.h>

#include "support/fixture.h"
#include "support/threads.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fixture fixture;

static void refuse(struct sock_filter *instructions, size_t count) {
    struct sock_fprog program = {(unsigned short)count, instructions};
    require_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    /* For the threads that run already too. */
    require_equal(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program), 0);
}

/* It can be registered for, and not be had. */
static void refuse_the_fence_itself(void) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1 << 3 /* MEMBARRIER_CMD_PRIVATE_EXPEDITED */, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    refuse(instructions, sizeof instructions / sizeof *instructions);
    require_equal(syscall(SYS_membarrier, 1 << 3, 0, 0), -1);
    require_equal(errno, EPERM);
}

static void refuse_membarrier(void) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    refuse(instructions, sizeof instructions / sizeof *instructions);
    require_equal(syscall(SYS_membarrier, 0, 0, 0), -1);
    require_equal(errno, EPERM);
}

/* Runs the test of that name in a new program, and requires that it passes there. */
static void run_alone(const char *test, void (*before)(void)) {
    int status;
    pid_t child = fork();
    require(child >= 0);
    if (child == 0) {
        setenv("TRIBUTARY_TEST_ONLY", test, 1);
        setenv("TRIBUTARY_TEST_ALONE", "1", 1);
        if (before != NULL)
            before();
        execl("/proc/self/exe", "system_membarrier", (char *)NULL);
        _exit(126);
    }
    require_equal(waitpid(child, &status, 0), child);
    require(WIFEXITED(status));
    require_equal(WEXITSTATUS(status), 0);
}

static bool is_alone(void) {
    return getenv("TRIBUTARY_TEST_ALONE") != NULL;
}

struct stream {
    tributary_sender *sender;
    uint64_t total;
};

static void send_all(void *context, size_t index) {
    struct stream *stream = context;
    (void)index;
    for (uint64_t n = 0; n < stream->total; n++)
        require_equal(tributary_sender_send(stream->sender, &n, sizeof n), 0);
}

static void receive(tributary_channel *channel, uint64_t expected) {
    uint64_t word;
    require_equal(tributary_channel_receive(channel, &word, sizeof word), 0);
    require_equal(word, expected);
}

/* All messages arrive, in order, with a refusal in the middle where there is to be one. */
static void stream_through(tributary_channel *channel, uint64_t total, uint64_t refuse_at) {
    struct stream stream = {.total = total};
    struct worker worker;
    uint64_t n;
    require_equal(tributary_channel_open_sender(channel, &stream.sender), 0);
    worker_start(&worker, send_all, &stream, 0);
    for (n = 0; n < total; n++) {
        if (n == refuse_at)
            refuse_membarrier();
        receive(channel, n);
        /* Until it has nothing, and sleeps: a streaming lane is taken back. */
        if (n % 1000 == 0)
            while (n + 1 < total && n + 1 != refuse_at && tributary_channel_length(channel) > 0)
                receive(channel, ++n);
    }
    worker_join(&worker);
    tributary_sender_destroy(stream.sender);
}

static void refused_from_the_beginning_all_is_fenced_locally(void **state) {
    (void)state;
    if (!is_alone()) {
        run_alone("refused_from_the_beginning*", refuse_membarrier);
        return;
    }
    require_equal(syscall(SYS_membarrier, 0, 0, 0), -1);
    fixture_open_words(&fixture, NULL, TRIBUTARY_UNBOUNDED);
    stream_through(fixture.channel, scaled(40000), UINT64_MAX);
    require_equal(fixture_statistics(&fixture).heavy_fences, 0);
    fixture_finish(&fixture);
}

static void refused_after_its_registration_all_is_fenced_locally(void **state) {
    (void)state;
    if (!is_alone()) {
        run_alone("refused_after_its_registration*", refuse_the_fence_itself);
        return;
    }
    require_equal(syscall(SYS_membarrier, 1 << 3, 0, 0), -1);
    fixture_open_words(&fixture, NULL, TRIBUTARY_UNBOUNDED);
    stream_through(fixture.channel, scaled(40000), UINT64_MAX);
    require_equal(fixture_statistics(&fixture).heavy_fences, 0);
    fixture_finish(&fixture);
}

static void call_nobody(void *context) { (void)context; }

/* A sender that waits for any room at all runs a heavy fence, where those are to be had. */
static uint64_t fences_of_a_wait(struct fixture *of) {
    tributary_sender *sender = fixture_sender(of);
    require_equal(send_word(sender, 1), 0);
    require_equal(tributary_sender_notify(sender, call_nobody, NULL), 0);
    tributary_sender_destroy(sender);
    return fixture_statistics(of).heavy_fences;
}

static void refused_in_the_middle_nothing_is_lost(void **state) {
    static const size_t capacities[] = {TRIBUTARY_UNBOUNDED, 16};
    static struct fixture earlier, quiet;
    tributary_sender *sender;
    (void)state;
    if (!is_alone()) {
        if (heavy_fences_available())
            run_alone("refused_in_the_middle*", NULL);
        return;
    }
    fixture_open_words(&earlier, NULL, 1);
    fixture_open_words(&quiet, NULL, TRIBUTARY_UNBOUNDED);
    for (size_t c = 0; c < 2; c++) {
        fixture_open_words(&fixture, NULL, capacities[c]);
        stream_through(fixture.channel, scaled(60000), c == 0 ? scaled(30000) : UINT64_MAX);
        fixture_finish(&fixture);
    }
    /* The first that is refused says so to all: what is created since does without. */
    require_equal(fences_of_a_wait(&earlier), 1);
    fixture_open_words(&fixture, NULL, 1);
    require_equal(fences_of_a_wait(&fixture), 0);
    fixture_finish(&fixture);
    fixture_finish(&earlier);
    /* Nor does a lane of earlier begin to stream, which would take one. */
    sender = fixture_sender(&quiet);
    for (uint64_t n = 0; n < 3000; n++) {
        require_equal(send_word(sender, n), 0);
        require_word(quiet.channel, n);
    }
    require_equal(fixture_statistics(&quiet).heavy_fences, 0);
    tributary_sender_destroy(sender);
    fixture_finish(&quiet);
}

TEST_MAIN(scenario(refused_after_its_registration_all_is_fenced_locally), scenario(refused_from_the_beginning_all_is_fenced_locally),
          scenario(refused_in_the_middle_nothing_is_lost))
#else
static void there_is_no_membarrier_to_refuse(void **state) {
    (void)state;
    require(!heavy_fences_available());
}

TEST_MAIN(scenario(there_is_no_membarrier_to_refuse))
#endif
