# SPDX-License-Identifier: Apache-2.0
# The benchmark: a C and a Swift program of the same scenarios, and the runner that asks them in
# turn. `make bench BENCH_ARGS="--only throughput --seconds 30"` for a part (--help lists the rest).

# The runner's table. (python3 itself is checked by `make setup`.)
BENCH_PACKAGES := python3-rich

BENCH_ARGS ?=
BENCH_PROGRAM := $(BUILD)/cbench/cbench
BENCH_SWIFT_PROGRAM := Benchmarks/.build/release/tributary-benchmark
BENCH_SOURCES := $(sort $(wildcard cbench/*.c cbench/*/*.c))
BENCH_OBJECTS := $(BENCH_SOURCES:cbench/%.c=$(BUILD)/cbench/%.o)
# Aligned: without it two builds of one source that differed in nothing but where a loop came to lie were 30 % apart.
BENCH_ALIGNMENT := -falign-functions=64 -falign-loops=64
BENCH_FLAGS = $(FLAGS_release) -O3 $(BENCH_ALIGNMENT) -D_GNU_SOURCE -pthread
BENCH_COMPILE = $(CC_release) $(BASE_FLAGS) $(URCU_CFLAGS) $(CPPFLAGS) $(BENCH_FLAGS)

$(BENCH_OBJECTS): $(BUILD)/cbench/%.o: cbench/%.c $(BUILD)/release/command | setup-build
	@mkdir -p $(@D)
	$(BENCH_COMPILE) -MMD -MP -c $< -o $@

$(BENCH_PROGRAM): $(BENCH_OBJECTS) $(LIBRARY_release)
	$(CC_release) $(BENCH_FLAGS) $(LDFLAGS) $^ $(URCU_LIBS) -o $@

-include $(BENCH_OBJECTS:.o=.d)

# The first Python that has a library: Debian's packages belong to the system's, which need not be the first one in PATH.
python_with = $$(for python in python3 /usr/bin/python3; do \
    if $$python -c 'import $(1)' 2>/dev/null; then break; fi; done; echo $$python)
bench_python = PYTHONDONTWRITEBYTECODE=1 $(call python_with,rich)
bench_run = @$(bench_python) cbench/runner --c $(BENCH_PROGRAM)

.PHONY: bench bench-build bench-check
ifeq ($(SKIP_SWIFT),1)
bench-build: $(BENCH_PROGRAM)
bench: setup-bench bench-build
	$(bench_run) $(BENCH_ARGS)
else
bench-build: $(BENCH_PROGRAM) swift-present | setup-build
	$(SWIFT_COMMAND) build -c release --package-path Benchmarks --product tributary-benchmark

bench: setup-bench bench-build
	$(bench_run) --swift $(BENCH_SWIFT_PROGRAM) $(BENCH_ARGS)
endif

# Every cell of the C program once, as short as can be: does it still run? No figure of it counts.
bench-check: setup-bench $(BENCH_PROGRAM)
	$(bench_run) --runs 1 --seconds 5 --output $(BUILD)/bench-check.jsonl

# The runner of the comparison with peers, without any of them: seconds.
.PHONY: test-runner
test-runner: | setup-test
	PYTHONDONTWRITEBYTECODE=1 $(call python_with,rich) cbench/runner/tests/test_comparison.py
