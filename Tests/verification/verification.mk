# SPDX-License-Identifier: Apache-2.0
# What is proved rather than hoped, by searching all states, and that the tests would notice.
#
#   make verify             all of it, with a summary
#   make verify-models      the models of the protocols, and their mutants; a line for each
#   make verify-relacy      the core's sources over a model checker, and their mutants: Tests/verification/relacy
#   make verify-chaos       the core with threads delayed and stopped between any two accesses, by a seed: Tests/verification/chaos
#   make verify-planted     twelve bugs planted in the core, one at a time: each has to be caught; BUG=03 for one
#   make verify-faults      the faults that other channels shipped, put into this one: each has to fail the tests named after it; BUG=;
#                           EACH=1 for which of those tests fail, each alone
#   make verify-real-time   what a streaming send compiles to, and clang's real-time sanitizer where there is one
#   make verify-sequences   sequences of calls against a reference: SEQUENCES=, SEED=, and FUZZ_SECONDS= with clang's libFuzzer
#   make verify-histories   histories of shared senders, each checked to be a queue's: HISTORIES=, HISTORIES_SECONDS=, SEED=
#   make verify-soak        a minute of `make soak`
#   make verify-coverage    that every line and outcome of the core is reached, or says why not: Tests/verification/coverage
#   make verify-memcheck    the C tests that are about memory under Valgrind, where there is one
#   make verify-aarch64     the C tests under qemu-user, where the cross compiler and its liburcu can be had
#   make test-models        the models, briefly: a part of `make test`
#   make test-patches       whether each planted bug, fault and mutant still applies to the sources: a part of `make test`

VERIFICATION := Tests/verification
# A suite's line in the table at the end, if it runs in one: $(call summarise,WHAT WAS CHECKED)
summarise = [ -z "$$SUITE_SUMMARY" ] || echo "$(1)" >"$$SUITE_SUMMARY"
VERIFY_SUITES := verify-models verify-relacy verify-chaos verify-planted verify-faults verify-real-time verify-sequences \
    verify-histories verify-soak verify-coverage verify-memcheck verify-aarch64

.PHONY: verify setup-verify test-models test-patches $(VERIFY_SUITES)
setup-verify: setup-test
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup verify

verify: setup-verify
	@+TEST_LIMIT=$${TEST_LIMIT:-3600} scripts/run-suites '$(MAKE)' $(VERIFY_SUITES)

# The programs whose matter is memory: what is left waits more than it allocates. `test-memcheck` has all.
MEMCHECK_TESTS ?= allocation_failure batch callbacks close drop executors_allocation_failure faults_ends faults_memory faults_permits \
    faults_threads faults_waiters faults_wakers in_place memory options overflow request_close shared shared_first stopped_enqueuer thread_exit
verify-memcheck: | setup-test
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup memcheck >/dev/null 2>&1 || true
	@if command -v valgrind >/dev/null; then \
	    TRIBUTARY_TEST_SCALE=$${TRIBUTARY_TEST_SCALE:-2} $(MAKE) --no-print-directory test-memcheck TEST='$(MEMCHECK_TESTS)'; \
	else \
	    echo '$@: left out: no valgrind'; $(call summarise,left out: no valgrind); \
	fi

verify-models: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/models' CC='$(CC)' $(VERIFICATION)/models/run $(MODEL)

test-models: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/models' CC='$(CC)' $(VERIFICATION)/models/run --brief

test-patches: | setup-verify
	@$(VERIFICATION)/planted/check $(VERIFICATION)/planted $(VERIFICATION)/faults
	@$(VERIFICATION)/relacy/check-mutants

# EACH=1: every test that a patch names, alone, and which of them do not notice.
verify-planted: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/planted' CC='$(CC)' MAKE='$(MAKE)' $(VERIFICATION)/planted/run $(if $(EACH),--each) $(BUG)

verify-faults: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/faults' CC='$(CC)' MAKE='$(MAKE)' $(VERIFICATION)/planted/run $(if $(EACH),--each) --in $(VERIFICATION)/faults $(BUG)

# ---- Real-time safety ----------------------------------------------------------------------

REALTIME := $(BUILD)/verification/realtime
# The clang of a Swift toolchain stands beside `swift`.
clang_with = $(shell $(VERIFICATION)/clang-with $(1) '$(CC)' clang "$$(dirname "$$(command -v swift)")/clang")
REALTIME_CC = $(eval REALTIME_CC := $(call clang_with,realtime))$(REALTIME_CC)

$(REALTIME)/%.o: $(VERIFICATION)/realtime/%.c $(BUILD)/release/command
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMPILE_FLAGS) $(FLAGS_release) -MMD -MP -c $< -o $@

$(REALTIME)/streaming_send: $(REALTIME)/streaming_send.o $(LIBRARY_STATIC)
	$(call say,LD)$(CC) $(FLAGS_release) $^ $(URCU_LIBS) -pthread -o $@

# Compiled and linked at once, by another compiler than the library.
$(REALTIME)/nonblocking: $(VERIFICATION)/realtime/nonblocking.c $(LIBRARY_STATIC)
	@mkdir -p $(@D)
	$(call say,CC)$(REALTIME_CC) -std=c11 $(WARNINGS) -Iinclude -O2 -g -fsanitize=realtime $^ $(URCU_LIBS) -pthread -o $@

.PHONY: verify-streaming-send verify-nonblocking
verify-real-time: verify-streaming-send verify-nonblocking

ifeq ($(PLATFORM)-$(shell uname -m),Linux-x86_64)
verify-streaming-send: $(REALTIME)/streaming_send
	@$< >$<.out; status=$$?; cat $<.out; \
	$(call summarise,$$(awk '$$1 == "streaming" { print $$2 " instructions of a send" }' $<.out)); exit $$status
else
verify-streaming-send:
	@echo '$@: left out: it reads instructions of x86-64 Linux'
endif

verify-nonblocking: | setup-build
	@if [ -z '$(REALTIME_CC)' ]; then \
	    echo '$@: left out: no clang with -fsanitize=realtime'; \
	else \
	    $(MAKE) --no-print-directory $(REALTIME)/nonblocking && $(REALTIME)/nonblocking && \
	    echo 'a send from a nonblocking function: nothing found' && \
	    if $(REALTIME)/nonblocking control >$(REALTIME)/control.log 2>&1; then \
	        echo 'the first send allocates, and nobody said so'; exit 1; \
	    else \
	        grep -q 'unsafe-library-call\|intercepted-call\|RealtimeSanitizer' $(REALTIME)/control.log && \
	        echo 'the first send, which allocates: stopped, as it has to be'; \
	    fi; \
	fi

# ---- Histories of shared senders -----------------------------------------------------------

# As many as told, or until the time is over; then some with ThreadSanitizer, and some over the core with points (chaos.mk), where threads
# are stopped in the middle of their calls.

HISTORIES ?= 1000000
HISTORIES_SECONDS ?= 150
HISTORIES_TSAN_SECONDS ?= 20
HISTORIES_CHAOS_SECONDS ?= 20
HISTORIES_GROUPS ?= 4
HISTORIES_DIRECTORY := $(BUILD)/verification/histories
HISTORIES_SOURCES := $(sort $(wildcard $(VERIFICATION)/histories/*.c))
HISTORIES_HEADERS := $(wildcard $(VERIFICATION)/histories/*.h) $(PUBLIC_HEADERS)

$(HISTORIES_DIRECTORY)/histories: $(HISTORIES_SOURCES) $(HISTORIES_HEADERS) $(LIBRARY_STATIC)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMPILE_FLAGS) $(FLAGS_release) $(filter %.c %.a,$^) $(URCU_LIBS) -pthread -o $@

$(HISTORIES_DIRECTORY)/tsan: $(HISTORIES_SOURCES) $(HISTORIES_HEADERS) $(LIBRARY_tsan)
	@mkdir -p $(@D)
	$(call say,CC)$(CC_tsan) $(COMPILE_FLAGS) $(FLAGS_tsan) $(filter %.c %.a,$^) $(URCU_LIBS) -pthread -o $@

HISTORIES_CHAOS_OBJECTS := $(SOURCES:Sources/CTributary/%.c=$(BUILD)/verification/chaos/debug/core/%.o) $(BUILD)/verification/chaos/debug/schedule.o
$(HISTORIES_DIRECTORY)/chaos: $(HISTORIES_SOURCES) $(HISTORIES_HEADERS) $(HISTORIES_CHAOS_OBJECTS)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CHAOS_FLAGS) $(CHAOS_FLAGS_debug) -DHISTORIES_CHAOS $(filter %.c %.o,$^) -pthread -o $@

verify-histories: $(HISTORIES_DIRECTORY)/histories $(HISTORIES_DIRECTORY)/tsan $(HISTORIES_DIRECTORY)/chaos
	@$< $(SEED) $(HISTORIES) $(HISTORIES_SECONDS) $(HISTORIES_GROUPS) >$<.out; status=$$?; cat $<.out; \
	$(call summarise,$$(sed -n '1s/,[^,]* times empty.*//p' $<.out)); exit $$status
	@$(HISTORIES_DIRECTORY)/tsan $(SEED)000000 $(HISTORIES) $(HISTORIES_TSAN_SECONDS) 2
	@$(HISTORIES_DIRECTORY)/chaos $(SEED)000000 $(HISTORIES) $(HISTORIES_CHAOS_SECONDS)

# ---- aarch64 -------------------------------------------------------------------------------
# The core and its C tests for aarch64, under qemu-user. qemu does not weaken the host's memory order: this shows that it
# compiles, that the inline assembly's replacements work, and nothing of what only a weaker processor shows.

AARCH64 := $(BUILD)/verification/aarch64
AARCH64_ROOT = $(abspath $(AARCH64))/packages/root/usr
AARCH64_LIBRARIES = $(AARCH64_ROOT)/lib/aarch64-linux-gnu
AARCH64_TESTS ?= order batch capacity close drop shared shared_room overflow blocking notify timeouts in_place memory

verify-aarch64: | setup-verify
	@if { [ '$(SKIP_SETUP)' = 1 ] || scripts/setup aarch64; } >/dev/null 2>&1 && command -v qemu-aarch64 >/dev/null && \
	    $(VERIFICATION)/aarch64/prepare '$(AARCH64)/packages' >/dev/null 2>&1; then \
	    QEMU_LD_PREFIX=/usr/aarch64-linux-gnu TRIBUTARY_TEST_SCALE=$${TRIBUTARY_TEST_SCALE:-5} TRIBUTARY_TEST_ALARM=300 \
	    $(MAKE) --no-print-directory test-c-debug BUILD='$(AARCH64)' CC=aarch64-linux-gnu-gcc SKIP_SETUP=1 \
	        CPPFLAGS='-isystem $(AARCH64_ROOT)/include -isystem $(AARCH64_ROOT)/include/aarch64-linux-gnu' \
	        LDFLAGS='-L$(AARCH64_LIBRARIES) -Wl,-rpath,$(AARCH64_LIBRARIES)' URCU_CFLAGS= CMOCKA_CFLAGS= URCU_LIBS='-lurcu-cds -lurcu-common' CMOCKA_LIBS=-lcmocka \
	        TEST_WRAPPER=qemu-aarch64 TEST='$(AARCH64_TESTS)'; \
	else \
	    echo '$@: left out: no cross compiler, no qemu-user, or no packages for aarch64'; $(call summarise,left out: no compiler or packages); \
	fi

# ---- Sequences of calls --------------------------------------------------------------------

SEQUENCES ?= 200000
SEED ?= 1
FUZZ_SECONDS ?= 30
FUZZ := $(BUILD)/verification/fuzz
FUZZ_CC = $(eval FUZZ_CC := $(call clang_with,fuzzer))$(FUZZ_CC)

$(FUZZ)/sequences: $(VERIFICATION)/fuzz/sequences.c $(LIBRARY_asan)
	@mkdir -p $(@D)
	$(call say,CC)$(CC_asan) $(COMPILE_FLAGS) $(FLAGS_asan) $^ $(URCU_LIBS) -pthread -o $@

# The core once more, with the coverage that libFuzzer goes by.
$(FUZZ)/fuzzer: $(VERIFICATION)/fuzz/sequences.c $(SOURCES)
	@mkdir -p $(@D)
	$(call say,CC)$(FUZZ_CC) $(COMPILE_FLAGS) -O1 -g -DTRIBUTARY_DEBUG -DTRIBUTARY_LIBFUZZER \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined $^ $(URCU_LIBS) -pthread -o $@

verify-sequences: $(FUZZ)/sequences
	@$< $(SEED) $(SEQUENCES) >$<.out; status=$$?; cat $<.out; $(call summarise,$$(sed 's/ sequences.*/ sequences/' $<.out)); exit $$status
	@if [ -z '$(FUZZ_CC)' ]; then \
	    echo '$@: no clang with libFuzzer: only sequences that were made up'; \
	else \
	    { $(MAKE) --no-print-directory $(FUZZ)/fuzzer >$(FUZZ)/build.log 2>&1 || { cat $(FUZZ)/build.log; exit 1; }; } && mkdir -p $(FUZZ)/corpus && \
	    ASAN_OPTIONS=detect_leaks=0 $(FUZZ)/fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=1500 -print_final_stats=1 \
	        -artifact_prefix=$(FUZZ)/ $(FUZZ)/corpus 2>$(FUZZ)/log || { tail -n 60 $(FUZZ)/log; exit 1; }; \
	    grep number_of_executed_units $(FUZZ)/log; \
	fi
