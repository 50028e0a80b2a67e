/* SPDX-License-Identifier: Apache-2.0 */
/* How long a thread polls the next time, by whether it paid the last ones: the rule alone. */
#include "../../Sources/CTributary/spin.h"
#include "support/test.h"

static const uint32_t mosts[] = {0, 1, 7, 8, 9, 63, 64, 65, 128, 512, 10000, TRIBUTARY_SPIN_MOST};

enum { MOSTS = sizeof mosts / sizeof *mosts, KEPT = TRIBUTARY_SPIN_KEPT_BY_THREAD };

/* A thread's. */
static void learn(struct tributary_spin *spin, uint32_t most, bool paid) { tributary_spin_learn(spin, most, KEPT, paid); }

static uint32_t divided(uint32_t most, uint32_t divisor) { return most / divisor + (most % divisor != 0); }

static void learn_times(struct tributary_spin *spin, uint32_t most, bool paid, size_t times) {
    size_t n;
    for (n = 0; n < times; n++)
        learn(spin, most, paid);
}

static void require_looks(struct tributary_spin spin, uint32_t most, uint32_t looks) {
    require_equal(tributary_spin_looks(spin, most), looks);
}

/* So that each further one in vain would be followed by the shortest. */
static struct tributary_spin at_its_shortest(uint32_t most) {
    struct tributary_spin spin = tributary_spin_begin(most);
    learn_times(&spin, most, false, TRIBUTARY_SPIN_TRIED_AGAIN - 1);
    require_looks(spin, most, divided(most, TRIBUTARY_SPIN_SHORTEST));
    return spin;
}

static void it_never_polls_longer_than_the_policy_says(void **state) {
    size_t k, n;
    (void)state;
    for (k = 0; k < MOSTS; k++) {
        struct tributary_spin spin = tributary_spin_begin(mosts[k]);
        for (n = 0; n < 1000; n++) {
            require_at_most(tributary_spin_looks(spin, mosts[k]), mosts[k]);
            if (mosts[k] > 0) require_at_most(1, tributary_spin_looks(spin, mosts[k]));
            learn(&spin, mosts[k], n % 100 > 50 && n % 3 == 0);
        }
    }
}

static void it_begins_with_the_longest_and_keeps_it_while_it_pays(void **state) {
    size_t k;
    (void)state;
    for (k = 0; k < MOSTS; k++) {
        struct tributary_spin spin = tributary_spin_begin(mosts[k]);
        require_looks(spin, mosts[k], mosts[k]);
        learn_times(&spin, mosts[k], true, 3);
        require_looks(spin, mosts[k], mosts[k]);
    }
}

static void a_few_in_vain_change_nothing(void **state) {
    struct tributary_spin spin = tributary_spin_begin(512);
    size_t round;
    (void)state;
    for (round = 0; round < 5; round++) { /* in a row */
        learn_times(&spin, 512, false, KEPT);
        require_looks(spin, 512, 512);
        learn(&spin, 512, true);
    }
    learn_times(&spin, 512, false, KEPT + 1);
    require_looks(spin, 512, 256);
    /* Of a task each does. */
    spin = tributary_spin_begin(512);
    tributary_spin_learn(&spin, 512, TRIBUTARY_SPIN_KEPT_BY_TASK, false);
    require_looks(spin, 512, 256);
}

static void more_in_vain_make_it_half_as_long_each_time(void **state) {
    size_t k;
    (void)state;
    for (k = 0; k < MOSTS; k++) {
        uint32_t most = mosts[k], looks = most, shortest = divided(most, TRIBUTARY_SPIN_SHORTEST);
        struct tributary_spin spin = tributary_spin_begin(most);
        learn_times(&spin, most, false, KEPT);
        while (spin.in_vain < TRIBUTARY_SPIN_TRIED_AGAIN - 1) {
            learn(&spin, most, false);
            looks = looks / 2 > shortest ? looks / 2 : shortest;
            require_looks(spin, most, looks);
        }
        require_equal(looks, shortest);
    }
}

/* After 16, 32, 64 of them, and then every 64: once each time. */
static void the_longest_is_tried_again(void **state) {
    size_t k, in_vain, next;
    (void)state;
    for (k = 0; k < MOSTS; k++) {
        uint32_t most = mosts[k], shortest = divided(most, TRIBUTARY_SPIN_SHORTEST);
        struct tributary_spin spin = at_its_shortest(most);
        next = TRIBUTARY_SPIN_TRIED_AGAIN;
        for (in_vain = spin.in_vain + 1; in_vain < 1000; in_vain++) {
            learn(&spin, most, false);
            require_looks(spin, most, in_vain == next ? most : shortest);
            if (in_vain == next) next += next < TRIBUTARY_SPIN_MOST_IN_VAIN ? next : TRIBUTARY_SPIN_MOST_IN_VAIN;
        }
    }
}

static void one_that_pays_is_believed(void **state) {
    struct tributary_spin spin = at_its_shortest(512);
    (void)state;
    learn(&spin, 512, false);
    learn(&spin, 512, true); /* the longest, when it was tried again */
    require_looks(spin, 512, 512);
    learn_times(&spin, 512, false, KEPT);
    require_looks(spin, 512, 512);
    /* A short one: an eighth, then twice as long each time. */
    spin = at_its_shortest(512);
    learn(&spin, 512, true);
    require_looks(spin, 512, 64);
    learn(&spin, 512, true);
    require_looks(spin, 512, 129);
    learn_times(&spin, 512, true, 2);
    require_looks(spin, 512, 512);
}

/* What was learnt with a longer policy holds with a shorter one, and the other way round. */
static void two_policies_may_take_turns(void **state) {
    struct tributary_spin spin = tributary_spin_begin(512);
    (void)state;
    require_looks(spin, 128, 128);
    learn(&spin, 128, true);
    require_looks(spin, 512, 128);
    learn(&spin, 512, true);
    require_looks(spin, 512, 257);
    learn_times(&spin, 0, false, 2);
    require_looks(spin, 512, 0);
    learn(&spin, 512, true);
    require_looks(spin, 512, 64);
}

TEST_MAIN(scenario(it_never_polls_longer_than_the_policy_says), scenario(it_begins_with_the_longest_and_keeps_it_while_it_pays),
          scenario(a_few_in_vain_change_nothing), scenario(more_in_vain_make_it_half_as_long_each_time),
          scenario(the_longest_is_tried_again), scenario(one_that_pays_is_believed), scenario(two_policies_may_take_turns))
