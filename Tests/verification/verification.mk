# SPDX-License-Identifier: Apache-2.0
# What is proved rather than hoped, by searching all states, and that the tests would notice.
#
#   make verify             all of it, with a summary
#   make verify-models      the models of the protocols, and their mutants; a line for each
#   make verify-planted     ten bugs planted in the core, one at a time: each has to be caught
#   make verify-real-time   what a streaming send compiles to, and clang's real-time sanitizer where there is one
#   make verify-aarch64     the C tests under qemu-user, where the cross compiler and its liburcu can be had
#   make test-models        the models, briefly: a part of `make test`

VERIFICATION := Tests/verification
VERIFY_SUITES := verify-models verify-planted verify-real-time verify-aarch64

.PHONY: verify setup-verify test-models $(VERIFY_SUITES)
setup-verify: setup-test
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup verify

verify: setup-verify
	@+scripts/run-suites '$(MAKE)' $(VERIFY_SUITES)

verify-models: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/models' CC='$(CC)' $(VERIFICATION)/models/run $(MODEL)

test-models: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/models' CC='$(CC)' $(VERIFICATION)/models/run --brief

verify-planted: | setup-verify
	@VERIFY_WORK='$(abspath $(BUILD))/verification/planted' CC='$(CC)' MAKE='$(MAKE)' $(VERIFICATION)/planted/run $(BUG)

# ---- Real-time safety ----------------------------------------------------------------------

REALTIME := $(BUILD)/verification/realtime
# The clang of a Swift toolchain stands beside `swift`.
REALTIME_CC = $(eval REALTIME_CC := $(shell $(VERIFICATION)/realtime/compiler '$(CC)' clang "$$(dirname "$$(command -v swift)")/clang"))$(REALTIME_CC)

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
	@$<
else
verify-streaming-send:
	@echo '$@: left out: it reads instructions of x86-64 Linux'
endif

ifeq ($(SKIP_REALTIME_SANITIZER),1)
verify-nonblocking:
	@echo '$@: left out because of SKIP_REALTIME_SANITIZER=1'
else
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
endif
