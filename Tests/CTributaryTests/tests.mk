# SPDX-License-Identifier: Apache-2.0
# The C tests: one program a topic, built and run in each variant of the library.
#
#   make test-c                             everything, about six minutes on two cores
#   make test-c VARIANT=tsan TEST=close     one program in one variant
#   make test-memcheck                      under Valgrind; not a part of `make test`

TEST_DIRECTORY := Tests/CTributaryTests
TEST_PROGRAMS := $(sort $(basename $(notdir $(wildcard $(TEST_DIRECTORY)/*.c))))
TEST_SUPPORT := $(sort $(basename $(notdir $(wildcard $(TEST_DIRECTORY)/support/*.c))))

# debug has the library's own checks and calls into it; release and tsan compile the inline path.
TEST_VARIANTS := debug release asan tsan
TEST_INLINE_release := -DTRIBUTARY_TEST_INLINE
TEST_INLINE_tsan := -DTRIBUTARY_TEST_INLINE

# Percent of the rounds, so that all of it ends in time; TRIBUTARY_TEST_SCALE overrides them.
TEST_SCALE_debug := 100
TEST_SCALE_release := 100
TEST_SCALE_asan := 40
TEST_SCALE_tsan := 25
TEST_SCALE_memcheck := 4

# cmocka takes the signals of faults for itself; the sanitizers report them better.
TEST_ENVIRONMENT_asan := ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:allocator_may_return_null=1 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
TEST_ENVIRONMENT_tsan := TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:handle_segv=2:handle_sigbus=2:allocator_may_return_null=1

VARIANT ?= $(TEST_VARIANTS)
TEST ?= $(TEST_PROGRAMS)

CMOCKA_CFLAGS = $(eval CMOCKA_CFLAGS := $(shell $(PKG_CONFIG) --cflags cmocka))$(CMOCKA_CFLAGS)
CMOCKA_LIBS = $(eval CMOCKA_LIBS := $(shell $(PKG_CONFIG) --libs cmocka))$(CMOCKA_LIBS)
TEST_FLAGS = $(BASE_FLAGS) $(URCU_CFLAGS) -D_GNU_SOURCE $(CPPFLAGS) $(CMOCKA_CFLAGS) -pthread

# The programs called executors_* test the C half of TributaryExecutors, which is no part of the library: its objects
# are linked to them.
EXECUTORS := Sources/CTributaryExecutors
EXECUTORS_SOURCES := $(sort $(wildcard $(EXECUTORS)/*.c))
EXECUTORS_PROGRAMS := $(filter executors_%,$(TEST_PROGRAMS))
TEST_FLAGS += -I$(EXECUTORS)/include

define test_variant_rules
TEST_OBJECTS_$(1) := $$(TEST_SUPPORT:%=$(BUILD)/$(1)/tests/support/%.o)
TEST_BINARIES_$(1) := $$(TEST_PROGRAMS:%=$(BUILD)/$(1)/tests/%)

$(BUILD)/$(1)/tests/%.o: $(TEST_DIRECTORY)/%.c $(BUILD)/$(1)/command $(TEST_DIRECTORY)/tests.mk | setup-test
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(TEST_FLAGS) $$(FLAGS_$(1)) $$(TEST_INLINE) -MMD -MP -c $$< -o $$@

# The inline path does not check a message's size: its misuse is tested on the library's calls.
$(BUILD)/$(1)/tests/%.o: TEST_INLINE = $$(TEST_INLINE_$(1))
$(BUILD)/$(1)/tests/bad_input.o: TEST_INLINE =

$$(TEST_BINARIES_$(1)): $(BUILD)/$(1)/tests/%: $(BUILD)/$(1)/tests/%.o $$(TEST_OBJECTS_$(1)) $$(LIBRARY_$(1))
	$$(CC_$(1)) $$(FLAGS_$(1)) $$(LDFLAGS) $$(filter %.o,$$^) $$(filter %.a,$$^) $$(URCU_LIBS) $$(CMOCKA_LIBS) \
	    -pthread -o $$@

EXECUTORS_OBJECTS_$(1) := $$(EXECUTORS_SOURCES:$(EXECUTORS)/%.c=$(BUILD)/$(1)/executors/%.o)

$$(EXECUTORS_OBJECTS_$(1)): $(BUILD)/$(1)/executors/%.o: $(EXECUTORS)/%.c $(BUILD)/$(1)/command | setup-build
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(COMPILE_FLAGS) -I$(EXECUTORS)/include $$(FLAGS_$(1)) -MMD -MP -c $$< -o $$@

$$(EXECUTORS_PROGRAMS:%=$(BUILD)/$(1)/tests/%): $$(EXECUTORS_OBJECTS_$(1))

.PHONY: test-c-$(1)
test-c-$(1): $$(TEST:%=$(BUILD)/$(1)/tests/%)
	@$$(TEST_ENVIRONMENT_$(1)) TRIBUTARY_TEST_SCALE=$$$${TRIBUTARY_TEST_SCALE:-$$(TEST_SCALE_$(1))} \
	    $(TEST_DIRECTORY)/run-programs $$(if $$(TEST_WRAPPER),--wrapper '$$(TEST_WRAPPER)') $(BUILD)/$(1)/tests $$(TEST)

-include $$(wildcard $(BUILD)/$(1)/tests/*.d $(BUILD)/$(1)/tests/support/*.d $(BUILD)/$(1)/executors/*.d)
endef
$(foreach variant,$(TEST_VARIANTS),$(eval $(call test_variant_rules,$(variant))))

.PHONY: test-c test-c-headers test-memcheck
test-c: test-c-headers $(VARIANT:%=test-c-%)

# The headers are C11 and C++17, each on its own, and clean under stricter warnings than ours.
test-c-headers: | setup-test
	@$(TEST_DIRECTORY)/check-headers '$(CC)' '$(CXX)'

test-memcheck: $(TEST:%=$(BUILD)/debug/tests/%)
	@TRIBUTARY_TEST_SCALE=$${TRIBUTARY_TEST_SCALE:-$(TEST_SCALE_memcheck)} TRIBUTARY_TEST_ALARM=600 \
	    $(TEST_DIRECTORY)/run-programs --wrapper 'valgrind --quiet --error-exitcode=9 --leak-check=full --fair-sched=yes' \
	    $(BUILD)/debug/tests $(TEST)
