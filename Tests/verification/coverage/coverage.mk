# SPDX-License-Identifier: Apache-2.0
# Which lines and branches of the core, its headers' inline path included, the tests reach: `make coverage`, by gcc's --coverage and gcovr.
# Counted are the C tests, by calls and inline, and the threads that are held or delayed between two accesses (Tests/verification/chaos).
# What none of them reaches stands in `unreached`, with the reason; it fails when a line is missing there, or one too many.

COVERAGE := $(BUILD)/verification/coverage
COVERAGE_DIRECTORY := $(VERIFICATION)/coverage
COVERAGE_TEST ?= $(filter-out executors_%,$(TEST_PROGRAMS))
COVERAGE_CHAOS_SECONDS ?= 20

# Without optimisation, so that a line is a line; atomic counters, since many threads count.
FLAGS_coverage = -O0 -g --coverage -fprofile-update=atomic -DTRIBUTARY_DEBUG
FLAGS_coverage-inline = -O0 -g --coverage -fprofile-update=atomic
CC_coverage = $(CC)
CC_coverage-inline = $(CC)
LIBRARY_coverage := $(BUILD)/coverage/libtributary.a
LIBRARY_coverage-inline := $(BUILD)/coverage-inline/libtributary.a
TEST_INLINE_coverage-inline := -DTRIBUTARY_TEST_INLINE
# Counting makes each message several times as slow.
TEST_SCALE_coverage := 20
TEST_SCALE_coverage-inline := 20
$(foreach variant,coverage coverage-inline,$(eval $(call variant_rules,$(variant))))
$(foreach variant,coverage coverage-inline,$(eval $(call test_variant_rules,$(variant))))

# What was counted, by directory of objects: $(call counted,NAME,DIRECTORY)
counted = gcovr --root . --filter 'Sources/CTributary/' --filter 'include/tributary/' --exclude-unreachable-branches \
    --json '$(COVERAGE)/$(1).json' '$(2)' >/dev/null

.PHONY: coverage verify-coverage setup-coverage
setup-coverage: setup-test
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup coverage

coverage: $(CHAOS_BUILD)/coverage/chaos $(CHAOS_BUILD)/coverage/held/held | setup-coverage
	@find '$(BUILD)/coverage' '$(BUILD)/coverage-inline' '$(CHAOS_BUILD)/coverage' -name '*.gcda' -delete 2>/dev/null; mkdir -p '$(COVERAGE)'
	@$(MAKE) --no-print-directory -s test-c-coverage test-c-coverage-inline TEST='$(COVERAGE_TEST)'
	@TRIBUTARY_TEST_ALARM=600 $(TEST_DIRECTORY)/run-programs '$(CHAOS_BUILD)/coverage/held' held
	@$(CHAOS)/run $(CHAOS_JOBS) $(SEED) '$(CHAOS_BUILD)/coverage/chaos' --seconds $(COVERAGE_CHAOS_SECONDS)
	@$(call counted,calls,$(BUILD)/coverage)
	@$(call counted,inline,$(BUILD)/coverage-inline)
	@$(call counted,chaos,$(CHAOS_BUILD)/coverage)
	@$(COVERAGE_DIRECTORY)/check '$(COVERAGE_DIRECTORY)/unreached' $(addprefix $(COVERAGE)/,calls.json inline.json chaos.json) \
	    >'$(COVERAGE)/table'; status=$$?; cat '$(COVERAGE)/table'; $(call summarise,$$(tail -n 1 '$(COVERAGE)/table')); exit $$status

verify-coverage: coverage
