# SPDX-License-Identifier: Apache-2.0
# The programs of `make bench-peers`, one for each library that has to be there. Each is built on its own and may fail on
# its own: the runner (cbench/runner/peers) asks for them, and says in its table which could not be built, and why.

PEERS_BUILD := $(BUILD)/peers
PEERS_SUPPORT := $(addprefix $(BUILD)/cbench/support/,cell.o distribution.o report.o wakes.o)
# As cbench's, so that where a loop comes to lie is nobody's luck.
PEERS_CXXFLAGS = -std=c++17 -O3 $(BENCH_ALIGNMENT) -g -DNDEBUG -D_GNU_SOURCE -pthread -Wall

$(PEERS_BUILD)/moodycamel $(PEERS_BUILD)/boost $(PEERS_BUILD)/tbb: \
    $(PEERS_BUILD)/%: cbench/peers/cpp/%.cpp $(wildcard cbench/peers/cpp/*.hpp) $(PEERS_SUPPORT)
	@mkdir -p $(@D)
	$(CXX) $(PEERS_CXXFLAGS) $< $(PEERS_SUPPORT) $(PEERS_LIBRARIES) -o $@

$(PEERS_BUILD)/tbb: PEERS_LIBRARIES := -ltbb

PEERS_C_SOURCES := $(sort $(wildcard cbench/peers/c/*.c))
PEERS_C_LIBRARIES = $$($(PKG_CONFIG) --libs liburcu-bp liburcu-cds)

$(PEERS_BUILD)/c: $(PEERS_C_SOURCES) $(wildcard cbench/peers/*.h cbench/peers/c/*.h cbench/scenarios/*.h cbench/support/*.h) \
    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release)
	@mkdir -p $(@D)
	$(CC_release) $(BASE_FLAGS) $(URCU_CFLAGS) $(CPPFLAGS) $(BENCH_FLAGS) $(PEERS_C_SOURCES) \
	    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release) $(PEERS_C_LIBRARIES) $(URCU_LIBS) -o $@

$(PEERS_BUILD)/glib: cbench/peers/glib/glib.c $(wildcard cbench/scenarios/*.h cbench/support/*.h) \
    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release)
	@mkdir -p $(@D)
	$(CC_release) $(BASE_FLAGS) $(URCU_CFLAGS) $(CPPFLAGS) $(BENCH_FLAGS) $$($(PKG_CONFIG) --cflags glib-2.0) $< \
	    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release) $$($(PKG_CONFIG) --libs glib-2.0) \
	    $(URCU_LIBS) -o $@

PEERS_JAVA_CLASSPATH := /usr/share/java/jctools-core.jar:/usr/share/java/disruptor.jar
$(PEERS_BUILD)/java/Peers.class: $(wildcard cbench/peers/java/*.java)
	@mkdir -p $(@D)
	javac -Xlint:all -cp $(PEERS_JAVA_CLASSPATH) -d $(@D) $^

$(PEERS_BUILD)/go: $(wildcard cbench/peers/go/*)
	@mkdir -p $(@D)
	cd cbench/peers/go && GOFLAGS=-mod=mod GOPROXY=off go build -o $(abspath $@) .

$(PEERS_BUILD)/rust/release/peers: $(wildcard cbench/peers/rust/* cbench/peers/rust/.cargo/* cbench/peers/rust/src/*)
	cd cbench/peers/rust && cargo build --quiet --release --offline --target-dir $(abspath $(PEERS_BUILD)/rust)
	@touch $@

$(PEERS_BUILD)/nim: $(wildcard cbench/peers/nim/*.nim)
	@mkdir -p $(@D)
	nim c --hints:off --threads:on --gc:orc -d:danger -d:useMalloc --passC:'-O3 -D_GNU_SOURCE $(BENCH_ALIGNMENT)' \
	    --passC:-I$(abspath cbench/support) --nimcache:$(PEERS_BUILD)/nimcache \
	    --out:$(abspath $@) cbench/peers/nim/peers.nim

# ---- Asking them -----------------------------------------------------------------------------------

# PEERS="go tokio": only these (names, families or languages of cbench/runner/peers/catalog.py).
PEERS ?=
# quick (under ten minutes) or full (an hour and a half).
MODE ?= quick
PEERS_ARGS ?=

.PHONY: setup-peers bench-peers
setup-peers: setup-bench
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup peers $(PEERS)

bench-peers: setup-peers $(BENCH_PROGRAM)
	@mkdir -p $(PEERS_BUILD)
	@$(bench_python) cbench/runner/bench_peers.py --c $(BENCH_PROGRAM) --build $(PEERS_BUILD) --make '$(MAKE)' \
	    --flags '$(BASE_FLAGS) $(BENCH_FLAGS)' --peers '$(PEERS)' --mode $(MODE) $(PEERS_SWIFT) $(PEERS_ARGS)

# ---- Swift: the benchmark's own package, with more in it --------------------------------------------

PEERS_SWIFT_FOLDER := Benchmarks/.build-peers
PEERS_SWIFT_PROGRAM := $(PEERS_SWIFT_FOLDER)/release/tributary-benchmark
ifneq ($(SKIP_SWIFT),1)
PEERS_SWIFT := --swift $(PEERS_SWIFT_PROGRAM)
endif

# Always asked: the package manager knows what has changed.
$(PEERS_BUILD)/swift: FORCE
	@scripts/require-swift '$(SWIFT)'
	TRIBUTARY_PEERS=1 $(SWIFT_COMMAND) build -c release --package-path Benchmarks --scratch-path $(PEERS_SWIFT_FOLDER) \
	    --product tributary-benchmark

# ---- Drawing what was measured ----------------------------------------------------------------------

# The page, the pictures of the README and the tables of docs/benchmarks.md: bench-results.jsonl as it is.
REPORT_PAGE ?= $(BUILD)/report/index.html
REPORT_TABLES ?= $(BUILD)/report/tables.md
REPORT_ARGS ?= --pictures docs/pictures

.PHONY: report
report:
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup bench python3-matplotlib
	@PYTHONDONTWRITEBYTECODE=1 $(call python_with,matplotlib) cbench/runner/make_report.py --page $(REPORT_PAGE) \
	    --tables $(REPORT_TABLES) $(REPORT_ARGS)
