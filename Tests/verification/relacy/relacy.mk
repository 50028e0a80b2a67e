# SPDX-License-Identifier: Apache-2.0
# The core under the model checker: README.md beside this.
#
#   make verify-relacy                          every scenario, then every mutant; about ten minutes
#   make verify-relacy RELACY_SECONDS=60        more for each scenario whose search does not end
#   make verify-relacy RELACY_SCENARIO='full lane' RELACY_MUTANTS=0 RELACY_OPTIONS='--trace 1'

RELACY := Tests/verification/relacy
RELACY_BUILD := $(BUILD)/verification/relacy
RELACY_SECONDS ?= 3
RELACY_SCENARIO ?=
RELACY_OPTIONS ?=
RELACY_MUTANTS ?= 1

RELACY_CHECKER := $(patsubst $(RELACY)/checker/%.cpp,$(RELACY_BUILD)/checker/%.o,$(wildcard $(RELACY)/checker/*.cpp))
RELACY_CORE := $(patsubst Sources/CTributary/%.c,$(RELACY_BUILD)/core/%.o,$(SOURCES))
RELACY_SCENARIOS := $(patsubst $(RELACY)/scenarios/%.c,$(RELACY_BUILD)/scenarios/%.o,$(wildcard $(RELACY)/scenarios/*.c))

# Fibers are left by long jumps, which the hardened ones of the C library take for attacks, and about which the compiler guesses wrong.
RELACY_CHECKER_FLAGS = -std=c++17 -O2 -g $(WARNINGS) -Wno-maybe-uninitialized -U_FORTIFY_SOURCE

# -fsanitize=thread makes every plain access a call; the checker has the functions called. Thread-local variables are asked for, not
# found at a fixed place, so that each fiber has its own. Relative to the directory, so that mutants compile likewise.
RELACY_CORE_FLAGS = -std=c11 -O1 -g -fPIC -ftls-model=global-dynamic -fsanitize=thread -Wno-unused-value -U_FORTIFY_SOURCE

# What the core asks of the operating system, and of the C library, is asked of the checker.
RELACY_WRAPPED := memcpy memset malloc free posix_memalign syscall eventfd close read write ppoll clock_gettime nanosleep sched_yield \
    $(addprefix pthread_mutex_,init destroy lock trylock unlock) \
    $(addprefix pthread_cond_,init destroy wait timedwait broadcast) \
    pthread_key_create pthread_getspecific pthread_setspecific __tls_get_addr
RELACY_LINK_FLAGS = -shared -Wl,-Bsymbolic $(addprefix -Wl$(comma)--wrap=,$(RELACY_WRAPPED))
comma := ,

$(RELACY_BUILD)/checker/%.o: $(RELACY)/checker/%.cpp $(RELACY)/relacy.mk | setup-test
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) $(RELACY_CHECKER_FLAGS) -MMD -MP -c $< -o $@

$(RELACY_BUILD)/core/%.o: Sources/CTributary/%.c $(RELACY)/relacy.mk | setup-test
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(RELACY_CORE_FLAGS) -I$(RELACY)/include -Iinclude -MMD -MP -c $< -o $@

$(RELACY_BUILD)/scenarios/%.o: $(RELACY)/scenarios/%.c $(RELACY)/relacy.mk | setup-test
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(RELACY_CORE_FLAGS) -I$(RELACY)/include -Iinclude -ISources/CTributary -MMD -MP -c $< -o $@

$(RELACY_BUILD)/model-checker: $(RELACY_CHECKER)
	$(call say,LD)$(CXX) -rdynamic $^ -ldl -o $@

$(RELACY_BUILD)/core.so: $(RELACY_CORE) $(RELACY_SCENARIOS)
	$(call say,LD)$(CC) $(RELACY_LINK_FLAGS) $^ -o $@

-include $(RELACY_CHECKER:.o=.d) $(RELACY_CORE:.o=.d) $(RELACY_SCENARIOS:.o=.d)

RELACY_ENVIRONMENT = COMPILE='$(CC) $(RELACY_CORE_FLAGS)' LINK='$(CC) $(RELACY_LINK_FLAGS)' BUILD='$(RELACY_BUILD)'

# The second runs mutants alone: RELACY_MUTANT is a part of their description.
.PHONY: verify-relacy verify-relacy-mutants
verify-relacy verify-relacy-mutants: $(RELACY_BUILD)/model-checker $(RELACY_BUILD)/core.so

verify-relacy-mutants:
	@$(RELACY_ENVIRONMENT) $(RELACY)/run-mutants $(if $(RELACY_MUTANT),'$(subst ','\'',$(RELACY_MUTANT))')

verify-relacy:
	@$(RELACY_ENVIRONMENT) SCENARIO='$(subst ','\'',$(RELACY_SCENARIO))' MUTANTS='$(RELACY_MUTANTS)' \
	    $(RELACY)/verify --seconds $(RELACY_SECONDS) $(RELACY_OPTIONS)
