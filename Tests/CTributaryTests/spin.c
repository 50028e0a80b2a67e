/* SPDX-License-Identifier: Apache-2.0 */
/* How long a thread polls the next time, by whether it paid the last one: the rule alone. */
#include "../../Sources/CTributary/spin.h"
#include "support/test.h"

enum { AT_REST = 0 /* nothing learnt yet */ };

static const uint32_t mosts[] = {0, 1, 7, 8, 9, 63, 64, 65, 128, 512, 10000, UINT32_MAX / 2};

static uint32_t eighth(uint32_t most) { return most / 8 + (most % 8 != 0); }

static void it_never_polls_longer_than_the_policy_says(void **state) {
    size_t k, n;
    (void)state;
    for (k = 0; k < sizeof mosts / sizeof *mosts; k++) {
        uint32_t learnt = AT_REST;
        for (n = 0; n < 64; n++) {
            learnt = tributary_spin_learn(learnt, mosts[k], n % 3 != 0);
            require_at_most(learnt, mosts[k]);
        }
        require_equal(tributary_spin_looks(UINT32_MAX, mosts[k]), mosts[k]);
    }
}

static void what_pays_becomes_the_longest(void **state) {
    size_t k, n;
    (void)state;
    for (k = 0; k < sizeof mosts / sizeof *mosts; k++) {
        uint32_t learnt = AT_REST, before;
        for (n = 0; learnt < mosts[k]; n++) {
            before = learnt;
            learnt = tributary_spin_learn(learnt, mosts[k], true);
            require_at_most(before + 1, learnt);
        }
        require_at_most(n, 5); /* an eighth, then twice as long each time */
        require_equal(tributary_spin_learn(learnt, mosts[k], true), mosts[k]);
    }
}

/* Half as long each time, down to a 64th; then again from an eighth, so that a change is noticed. */
static void what_does_not_pay_becomes_short_and_is_tried_again(void **state) {
    size_t k;
    (void)state;
    for (k = 0; k < sizeof mosts / sizeof *mosts; k++) {
        uint32_t most = mosts[k], learnt = most, next;
        int halved = 0;
        for (; (next = tributary_spin_learn(learnt, most, false)) < learnt; learnt = next, halved++)
            require_equal(next, learnt / 2);
        require_equal(next, eighth(most));
        if (most >= 64) {
            require_at_most(5, halved); /* what is left over each time may make it one less */
            require_at_most(halved, 6);
        }
        require_at_most(learnt, eighth(most));
        require_at_most(eighth(eighth(most)), learnt);
    }
}

/* Never so short that nothing could be noticed, unless the policy allows no polling at all. */
static void it_polls_at_all(void **state) {
    size_t k, n;
    (void)state;
    for (k = 1; k < sizeof mosts / sizeof *mosts; k++) {
        uint32_t learnt = AT_REST;
        for (n = 0; n < 64; n++) {
            learnt = tributary_spin_learn(learnt, mosts[k], false);
            require_at_most(1, learnt);
        }
    }
}

/* What was learnt under a longer policy holds under a shorter one. */
static void a_shorter_policy_is_kept_at_once(void **state) {
    (void)state;
    require_equal(tributary_spin_looks(512, 128), 128);
    require_equal(tributary_spin_learn(512, 128, true), 128);
    require_equal(tributary_spin_learn(512, 128, false), 128);
    require_equal(tributary_spin_learn(512, 0, false), 0);
    require_equal(tributary_spin_learn(512, 0, true), 0);
}

TEST_MAIN(scenario(it_never_polls_longer_than_the_policy_says), scenario(what_pays_becomes_the_longest),
          scenario(what_does_not_pay_becomes_short_and_is_tried_again), scenario(it_polls_at_all),
          scenario(a_shorter_policy_is_kept_at_once))
