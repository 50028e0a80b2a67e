# SPDX-License-Identifier: Apache-2.0
# The core with a point before each of its accesses, at which a seeded schedule delays and stops threads.
#
#   make test-chaos                                every scenario for some seconds: a part of `make test`
#   make test-held                                 threads held at one point after another: a part of `make test`
#   make verify-chaos                              for minutes, with AddressSanitizer too, and which points were never reached
#   make verify-chaos CHAOS_SECONDS=600 SEED=7     longer, other seeds
#   build/verification/chaos/debug/chaos --list  the scenarios; --scenario and --seed for one run

CHAOS := $(VERIFICATION)/chaos
CHAOS_BUILD := $(BUILD)/verification/chaos
CHAOS_SECONDS ?= 60
CHAOS_TEST_SECONDS ?= 12
CHAOS_SCENARIO ?=
CHAOS_JOBS ?= 6
CHAOS_SOURCES := $(sort $(wildcard $(CHAOS)/*.c))

# The core's accesses pass through $(CHAOS)/include, liburcu's queue is the model checker's copy of it: its library's code has no points.
CHAOS_FLAGS = -std=c11 $(WARNINGS) -Wno-unused-value -D_GNU_SOURCE= -I$(CHAOS)/include -Iinclude -I$(RELACY)/include $(CPPFLAGS) -pthread
CHAOS_FLAGS_debug = -O1 -g -DTRIBUTARY_DEBUG
CHAOS_FLAGS_asan = $(FLAGS_asan)
CHAOS_FLAGS_coverage = $(FLAGS_coverage)
CHAOS_VARIANTS := debug asan coverage

define chaos_rules
CHAOS_OBJECTS_$(1) := $$(patsubst Sources/CTributary/%.c,$(CHAOS_BUILD)/$(1)/core/%.o,$(SOURCES)) \
    $$(patsubst $(CHAOS)/%.c,$(CHAOS_BUILD)/$(1)/%.o,$(CHAOS_SOURCES))

$(CHAOS_BUILD)/$(1)/core/%.o: Sources/CTributary/%.c $(CHAOS)/chaos.mk | setup-test
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CC) $$(CHAOS_FLAGS) $$(CHAOS_FLAGS_$(1)) -DCHAOS_IN_THE_CORE -include $(CHAOS)/points.h -MMD -MP -c $$< -o $$@

$(CHAOS_BUILD)/$(1)/%.o: $(CHAOS)/%.c $(CHAOS)/chaos.mk | setup-test
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CC) $$(CHAOS_FLAGS) $$(CHAOS_FLAGS_$(1)) -MMD -MP -c $$< -o $$@

$(CHAOS_BUILD)/$(1)/chaos: $$(CHAOS_OBJECTS_$(1))
	$$(call say,LD)$$(CC) $$(CHAOS_FLAGS_$(1)) $$(LDFLAGS) $$^ -pthread -o $$@

-include $$(CHAOS_OBJECTS_$(1):.o=.d)
endef
$(foreach variant,$(CHAOS_VARIANTS),$(eval $(call chaos_rules,$(variant))))

.PHONY: test-chaos verify-chaos
test-chaos: $(CHAOS_BUILD)/debug/chaos
	@$(CHAOS)/run $(CHAOS_JOBS) $(SEED) $< --seconds $(CHAOS_TEST_SECONDS) --scenario '$(CHAOS_SCENARIO)'

verify-chaos: $(CHAOS_BUILD)/debug/chaos $(CHAOS_BUILD)/asan/chaos
	@$(CHAOS)/run $(CHAOS_JOBS) $(SEED)00 $(CHAOS_BUILD)/asan/chaos --seconds $(CHAOS_SECONDS)
	@$(CHAOS)/run $(CHAOS_JOBS) $(SEED) $(CHAOS_BUILD)/debug/chaos --seconds $(CHAOS_SECONDS) --points

# ---- Threads held at one point after another -------------------------------------------------
# Tests as those in Tests/CTributaryTests, with their support, over the core with points.

HELD_SOURCES := $(sort $(wildcard $(CHAOS)/held/*.c))

define held_rules
HELD_OBJECTS_$(1) := $$(patsubst Sources/CTributary/%.c,$(CHAOS_BUILD)/$(1)/core/%.o,$(SOURCES)) \
    $$(HELD_SOURCES:$(CHAOS)/%.c=$(CHAOS_BUILD)/$(1)/%.o) \
    $$(TEST_SUPPORT:%=$(CHAOS_BUILD)/$(1)/support/%.o)

$(CHAOS_BUILD)/$(1)/held/%.o: CPPFLAGS += $$(CMOCKA_CFLAGS)
$(CHAOS_BUILD)/$(1)/support/%.o: $(TEST_DIRECTORY)/support/%.c $(CHAOS)/chaos.mk | setup-test
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CC) $$(CHAOS_FLAGS) $$(CMOCKA_CFLAGS) $$(CHAOS_FLAGS_$(1)) -MMD -MP -c $$< -o $$@

$(CHAOS_BUILD)/$(1)/held/held: $$(HELD_OBJECTS_$(1))
	$$(call say,LD)$$(CC) $$(CHAOS_FLAGS_$(1)) $$(LDFLAGS) $$^ $$(CMOCKA_LIBS) -pthread -o $$@

-include $$(HELD_OBJECTS_$(1):.o=.d)
endef
$(foreach variant,$(CHAOS_VARIANTS),$(eval $(call held_rules,$(variant))))

.PHONY: test-held
test-held: $(CHAOS_BUILD)/debug/held/held
	@$(TEST_DIRECTORY)/run-programs $(<D) $(<F)
