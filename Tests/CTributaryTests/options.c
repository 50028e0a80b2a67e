/* SPDX-License-Identifier: Apache-2.0 */
/* What a channel may be created with, and what is refused. */
#ifdef __linux__
#include <sched.h>
#endif

#include "support/fixture.h"

static struct fixture fixture;

static void prepare(void) {
    fixture_prepare(&fixture, NULL, 8, 8, 4);
}

/* Refused, nothing allocated, the caller's pointer not made to point at something. */
static void require_refused(void) {
    tributary_channel *channel = NULL;
    require_equal(tributary_channel_create(&fixture.options, &channel), -EINVAL);
    require(channel == NULL);
    require_nothing_allocated(&fixture.memory);
}

static void the_initialiser_sets_every_option(void **state) {
    tributary_options options;
    (void)state;
    memset(&options, 0xff, sizeof options);
    tributary_options_initialize(&options, 24, 8, 100);
    require_equal(options.structure_size, sizeof options);
    require_equal(options.message_size, 24);
    require_equal(options.message_alignment, 8);
    require_equal(options.capacity, 100);
    require_equal(options.overflow, TRIBUTARY_OVERFLOW_WAIT);
    require(options.destroy_message == NULL);
    require(options.destroy_context == NULL);
    require(options.allocator.allocate == NULL);
    require(options.allocator.deallocate == NULL);
    require_equal(options.parker, TRIBUTARY_PARKER_DEFAULT);
    require_equal(options.fence, TRIBUTARY_FENCE_DEFAULT);
    tributary_options_initialize(NULL, 24, 8, 100); /* defined: nothing happens */
}

static void a_channel_reports_what_it_was_created_with(void **state) {
    tributary_sender *sender;
    tributary_shared_sender *shared;
    (void)state;
    fixture_prepare(&fixture, NULL, 24, 8, 100);
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    shared = fixture_shared_sender(&fixture);
    require_equal(tributary_channel_capacity(fixture.channel), 100);
    require_equal(tributary_channel_message_size(fixture.channel), 24);
    require_equal(tributary_sender_capacity(sender), 100);
    require_equal(tributary_sender_message_size(sender), 24);
    require_equal(tributary_shared_sender_capacity(shared), 100);
    require_equal(tributary_shared_sender_message_size(shared), 24);
    tributary_sender_destroy(sender);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

static void null_options_or_no_place_for_the_channel_are_refused(void **state) {
    tributary_channel *channel = NULL;
    (void)state;
    prepare();
    require_equal(tributary_channel_create(NULL, &channel), -EINVAL);
    require(channel == NULL);
    require_equal(tributary_channel_create(&fixture.options, NULL), -EINVAL);
    require_equal(tributary_channel_create(NULL, NULL), -EINVAL);
    require_nothing_allocated(&fixture.memory);
}

static void a_message_size_of_zero_is_refused(void **state) {
    (void)state;
    prepare();
    fixture.options.message_size = 0;
    require_refused();
}

static void an_alignment_that_is_not_a_power_of_two_is_refused(void **state) {
    static const size_t wrong[] = {0, 3, 5, 6, 7, 9, 12, 24, 100, 4095, SIZE_MAX, SIZE_MAX - 1};
    size_t n;
    (void)state;
    for (n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        prepare();
        fixture.options.message_alignment = wrong[n];
        /* A multiple of the alignment where that can be, so that this is not the reason. */
        fixture.options.message_size = wrong[n] == 0 || wrong[n] > 5000 ? 8 : wrong[n];
        require_refused();
    }
}

static void a_size_that_is_no_multiple_of_the_alignment_is_refused(void **state) {
    static const size_t wrong[][2] = {{1, 2}, {12, 8}, {8, 16}, {4095, 4096}, {113, 2}};
    size_t n;
    (void)state;
    for (n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        prepare();
        fixture.options.message_size = wrong[n][0];
        fixture.options.message_alignment = wrong[n][1];
        require_refused();
    }
}

static void a_capacity_of_zero_is_refused(void **state) {
    (void)state;
    prepare();
    fixture.options.capacity = 0;
    require_refused();
}

static void values_outside_an_enumeration_are_refused(void **state) {
    (void)state;
    prepare();
    fixture.options.overflow = (tributary_overflow)99;
    require_refused();
    prepare();
    fixture.options.parker = (tributary_parker)99;
    require_refused();
    prepare();
    fixture.options.fence = (tributary_fence)99;
    require_refused();
}

static void options_of_an_unknown_structure_size_are_refused(void **state) {
    static const size_t wrong[] = {0, 1, 8, sizeof(size_t) * 2};
    size_t n;
    (void)state;
    for (n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        prepare();
        fixture.options.structure_size = wrong[n];
        require_refused();
    }
}

static void half_an_allocator_is_refused(void **state) {
    (void)state;
    prepare();
    fixture.options.allocator.allocate = NULL;
    require_refused();
    prepare();
    fixture.options.allocator.deallocate = NULL;
    require_refused();
}

/* Sizes whose products overflow, or that no machine has: refused at creation, or the send reports
 * that there is no memory. Nothing in between, and nothing leaks. */
static void absurd_sizes_are_a_defined_error(void **state) {
    static const size_t absurd[][2] = {
        {SIZE_MAX, 1},         {SIZE_MAX, 1000},          {SIZE_MAX - 7, 4},
        {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 2 + 1, 3},     {SIZE_MAX / 4 + 1, 4},
        {SIZE_MAX / 16, 17},   {(size_t)PTRDIFF_MAX, 1},  {(size_t)PTRDIFF_MAX - 64, 1},
        {SIZE_MAX - 4096, 1},  {SIZE_MAX - 4096, SIZE_MAX - 1},
    };
    size_t n;
    (void)state;
    for (n = 0; n < sizeof absurd / sizeof *absurd; n++) {
        int error;
        fixture_prepare(&fixture, NULL, absurd[n][0], 1, absurd[n][1]);
        error = tributary_channel_create(&fixture.options, &fixture.channel);
        if (error == 0) {
            tributary_sender *sender = fixture_sender(&fixture);
            tributary_shared_sender *shared = fixture_shared_sender(&fixture);
            void *slots;
            /* The allocation fails before a byte of the message is read. */
            require_equal(tributary_sender_try_reserve(sender, 1, &slots), -ENOMEM);
            require_equal(tributary_sender_try_send(sender, &error, absurd[n][0]), -ENOMEM);
            require_equal(tributary_shared_sender_try_send(shared, &error, absurd[n][0]), -ENOMEM);
            require_equal(tributary_channel_length(fixture.channel), 0);
            tributary_sender_destroy(sender);
            tributary_shared_sender_destroy(shared);
        } else {
            require_equal(error, -EINVAL);
            fixture.channel = NULL;
        }
        fixture_finish(&fixture);
    }
}

static void absurd_capacities_bound_nothing_but_work(void **state) {
    static const size_t absurd[] = {SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 8, SIZE_MAX / 8 + 1,
                                    (size_t)UINT32_MAX, (size_t)UINT32_MAX + 1};
    size_t n;
    (void)state;
    for (n = 0; n < sizeof absurd / sizeof *absurd; n++) {
        tributary_channel *channel = NULL;
        int error;
        fixture_prepare(&fixture, NULL, 8, 8, absurd[n]);
        error = tributary_channel_create(&fixture.options, &channel);
        if (error == 0) {
            tributary_sender *sender;
            tributary_shared_sender *shared;
            uint64_t word;
            fixture.channel = channel;
            sender = fixture_sender(&fixture);
            shared = fixture_shared_sender(&fixture);
            require_equal(tributary_channel_capacity(channel), absurd[n]);
            for (word = 0; word < 1000; word++) {
                require_equal(send_word(sender, word), 0);
                require_equal(send_word_shared(shared, word), 0);
            }
            require_equal(tributary_channel_length(channel), 2000);
            tributary_sender_destroy(sender);
            tributary_shared_sender_destroy(shared);
        } else {
            require_equal(error, -EINVAL);
        }
        fixture_finish(&fixture);
    }
}

static void alignments_up_to_a_page_and_beyond_are_kept(void **state) {
    size_t alignment;
    (void)state;
    for (alignment = 1; alignment <= 65536; alignment *= 2) {
        tributary_sender *sender;
        void *slots;
        fixture_prepare(&fixture, NULL, alignment, alignment, 5);
        fixture_open(&fixture);
        sender = fixture_sender(&fixture);
        require(tributary_sender_try_reserve(sender, 5, &slots) >= 1);
        require_equal((uintptr_t)slots % alignment, 0);
        tributary_sender_destroy(sender);
        fixture_finish(&fixture);
    }
}

static void a_descriptor_exists_for_the_eventfd_parker_only(void **state) {
    static const tributary_parker parkers[] = {TRIBUTARY_PARKER_DEFAULT, TRIBUTARY_PARKER_FUTEX,
                                               TRIBUTARY_PARKER_CONDITION};
    size_t n;
    (void)state;
    for (n = 0; n < sizeof parkers / sizeof *parkers; n++) {
        if (!parker_available(parkers[n]))
            continue;
        prepare();
        fixture.options.parker = parkers[n];
        fixture_open(&fixture);
        require_equal(tributary_channel_file_descriptor(fixture.channel), -EINVAL);
        fixture_finish(&fixture);
    }
    require_equal(tributary_channel_file_descriptor(NULL), -EINVAL);
}

static void no_allocator_means_the_c_library(void **state) {
    tributary_options options;
    tributary_channel *channel;
    tributary_sender *sender;
    uint64_t word;
    (void)state;
    tributary_options_initialize(&options, 8, 8, TRIBUTARY_UNBOUNDED);
    require_equal(tributary_channel_create(&options, &channel), 0);
    require_equal(tributary_channel_open_sender(channel, &sender), 0);
    for (word = 0; word < 10000; word++)
        require_equal(send_word(sender, word), 0);
    for (word = 0; word < 5000; word++)
        require_word(channel, word);
    tributary_sender_destroy(sender);
    tributary_channel_destroy(channel); /* LeakSanitizer sees the rest */
}

static void what_an_address_space_does_not_hold_is_refused(void **state) {
    (void)state;
    prepare();
    fixture.options.message_alignment = SIZE_MAX / 2 + 1;
    fixture.options.message_size = SIZE_MAX / 2 + 1;
    require_refused();
    /* A lane that drops its oldest keeps a table of its segments. */
    prepare();
    fixture.options.overflow = TRIBUTARY_OVERFLOW_DROP_OLDEST;
    fixture.options.capacity = PTRDIFF_MAX / 8;
    require_refused();
}

/* Polling is bounded, so that a limit still ends it. */
static void any_number_of_looks_may_be_asked_for(void **state) {
    tributary_sender *sender;
    uint64_t word = 1;
    (void)state;
    prepare();
    fixture.options.receiver_wait = (tributary_wait_policy){.spin = UINT32_MAX, .yield = UINT32_MAX};
    fixture.options.sender_wait = fixture.options.receiver_wait;
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    require_equal(tributary_channel_receive_timeout(fixture.channel, &word, sizeof word, MILLISECOND), -ETIMEDOUT);
    while (send_word(sender, word) == 0) {
    }
    require_equal(tributary_sender_send_timeout(sender, &word, sizeof word, MILLISECOND), -ETIMEDOUT);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

#ifdef __linux__
/* Who polls keeps the only processor from whom it waits for. */
static void on_one_processor_nobody_polls(void **state) {
    cpu_set_t before, one;
    tributary_options options;
    int processor = 0;
    (void)state;
    require_equal(sched_getaffinity(0, sizeof before, &before), 0);
    while (!CPU_ISSET(processor, &before))
        processor++;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    require_equal(sched_setaffinity(0, sizeof one, &one), 0);
    tributary_options_initialize(&options, 8, 8, 4);
    require_equal(sched_setaffinity(0, sizeof before, &before), 0);
    require_equal(options.receiver_wait.spin, 0);
    require_equal(options.sender_wait.spin, 0);
}
#endif

TEST_MAIN(scenario(what_an_address_space_does_not_hold_is_refused), scenario(any_number_of_looks_may_be_asked_for),
#ifdef __linux__
          scenario(on_one_processor_nobody_polls),
#endif
          scenario(the_initialiser_sets_every_option),
          scenario(a_channel_reports_what_it_was_created_with),
          scenario(null_options_or_no_place_for_the_channel_are_refused),
          scenario(a_message_size_of_zero_is_refused),
          scenario(an_alignment_that_is_not_a_power_of_two_is_refused),
          scenario(a_size_that_is_no_multiple_of_the_alignment_is_refused),
          scenario(a_capacity_of_zero_is_refused),
          scenario(values_outside_an_enumeration_are_refused),
          scenario(options_of_an_unknown_structure_size_are_refused),
          scenario(half_an_allocator_is_refused),
          scenario(absurd_sizes_are_a_defined_error),
          scenario(absurd_capacities_bound_nothing_but_work),
          scenario(alignments_up_to_a_page_and_beyond_are_kept),
          scenario(a_descriptor_exists_for_the_eventfd_parker_only),
          scenario(no_allocator_means_the_c_library))
