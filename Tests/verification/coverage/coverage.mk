# SPDX-License-Identifier: Apache-2.0
# Which lines and branches of the core the C tests reach: `make coverage`, by gcc's --coverage and gcovr.
# What cannot be reached is marked in the source (GCOVR_EXCL_...), with the reason.

COVERAGE := $(BUILD)/verification/coverage
COVERAGE_TEST ?= $(filter-out executors_%,$(TEST_PROGRAMS))

CC_coverage = $(CC)
# Without optimisation, so that a line is a line; atomic counters, since many threads count.
FLAGS_coverage = -O0 -g --coverage -fprofile-update=atomic -DTRIBUTARY_DEBUG
LIBRARY_coverage := $(BUILD)/coverage/libtributary.a
# Counting makes each message several times as slow.
TEST_SCALE_coverage := 20
$(eval $(call variant_rules,coverage))
$(eval $(call test_variant_rules,coverage))

.PHONY: coverage setup-coverage
setup-coverage: setup-test
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup coverage

coverage: | setup-coverage
	@find '$(BUILD)/coverage' -name '*.gcda' -delete 2>/dev/null; mkdir -p '$(COVERAGE)'
	@$(MAKE) --no-print-directory test-c-coverage TEST='$(COVERAGE_TEST)'
	@gcovr --root . --filter 'Sources/CTributary/' --exclude-unreachable-branches --html-details '$(COVERAGE)/index.html' \
	    --json '$(COVERAGE)/coverage.json' '$(BUILD)/coverage/objects' >/dev/null
	@gcovr --root . --add-tracefile '$(COVERAGE)/coverage.json' --sort-percentage
	@gcovr --root . --add-tracefile '$(COVERAGE)/coverage.json' --branches --sort-percentage | sed -n '/^File/,$$p'
