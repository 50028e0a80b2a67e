/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd that cannot be had, and one whose counter is full. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "support/fixture.h"
#include "support/threads.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>

static struct fixture fixture;

static void prepare(void) {
    fixture_prepare(&fixture, NULL, 8, 8, 4);
    fixture_sleep_at_once(&fixture);
    fixture.options.parker = TRIBUTARY_PARKER_EVENTFD;
}

static bool is_readable(tributary_channel *channel) {
    struct pollfd set = {tributary_channel_file_descriptor(channel), POLLIN, 0};
    return poll(&set, 1, 0) == 1;
}

/* The next signal finds no room in the counter. */
static void saturate(tributary_channel *channel) {
    uint64_t most = UINT64_MAX - 1;
    ssize_t written = write(tributary_channel_file_descriptor(channel), &most, sizeof most);
    require(written == sizeof most || errno == EAGAIN);
}

/* The library's calls come by here: the next ones are interrupted, as many as that. */
static atomic_int interrupted_writes, interrupted_reads;

ssize_t write(int descriptor, const void *bytes, size_t size) {
    if (atomic_load(&interrupted_writes) > 0) {
        atomic_fetch_sub(&interrupted_writes, 1);
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, size);
}

ssize_t read(int descriptor, void *bytes, size_t size) {
    if (atomic_load(&interrupted_reads) > 0) {
        atomic_fetch_sub(&interrupted_reads, 1);
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_read, descriptor, bytes, size);
}

static void a_signal_delays_the_descriptor_and_no_more(void **state) {
    tributary_sender *sender;
    (void)state;
    prepare();
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    atomic_store(&interrupted_writes, 3);
    require_equal(send_word(sender, 1), 0);
    require_equal(atomic_load(&interrupted_writes), 0);
    require(is_readable(fixture.channel));
    atomic_store(&interrupted_reads, 3);
    require_word(fixture.channel, 1);
    require_equal(atomic_load(&interrupted_reads), 0);
    require(!is_readable(fixture.channel));
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

static void without_a_descriptor_nothing_is_created(void **state) {
    struct rlimit before, none;
    (void)state;
    prepare();
    require_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    require_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int error = tributary_channel_create(&fixture.options, &fixture.channel);
    require_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    require_equal(error, -EMFILE);
    require(fixture.channel == NULL);
    require_nothing_allocated(&fixture.memory);
    fixture_open(&fixture);
    fixture_finish(&fixture);
}

static void a_full_counter_still_tells_of_messages(void **state) {
    tributary_sender *sender;
    uint64_t n, word;
    (void)state;
    prepare();
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    for (n = 0; n < 10; n++) {
        require_equal(tributary_channel_arm(fixture.channel), 0);
        require(!is_readable(fixture.channel));
        saturate(fixture.channel);
        require_equal(send_word(sender, n), 0);
        require(is_readable(fixture.channel));
        require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
        require_equal(word, n);
        require(!is_readable(fixture.channel));
    }
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

static void receive_all(void *context, size_t total) {
    tributary_channel *channel = context;
    for (uint64_t n = 0, word; n < total; n++) {
        require_equal(tributary_channel_receive(channel, &word, sizeof word), 0);
        require_equal(word, n);
    }
}

/* The receiver sleeps, is woken by the full counter for nothing, and by a message that finds it full again. */
static void a_sleeper_is_woken_through_a_full_counter(void **state) {
    tributary_sender *sender;
    struct worker worker;
    uint64_t n, total = scaled(3000);
    (void)state;
    prepare();
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    worker_start(&worker, receive_all, fixture.channel, total);
    for (n = 0; n < total; n++) {
        saturate(fixture.channel);
        require_equal(tributary_sender_send(sender, &n, sizeof n), 0);
        saturate(fixture.channel);
        if (n % 4 == 0)
            while (tributary_sender_length(sender) > 0)
                give_way();
    }
    worker_join(&worker);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_signal_delays_the_descriptor_and_no_more),
          scenario(without_a_descriptor_nothing_is_created), scenario(a_full_counter_still_tells_of_messages),
          scenario(a_sleeper_is_woken_through_a_full_counter))
#else
static void there_is_no_eventfd(void **state) {
    (void)state;
    require(!parker_available(TRIBUTARY_PARKER_EVENTFD));
}

TEST_MAIN(scenario(there_is_no_eventfd))
#endif
