# SPDX-License-Identifier: Apache-2.0
# The programs of `make bench-peers`, one for each library that has to be there. Each is built on its own and may fail on
# its own: the runner (cbench/runner/peers) asks for them, and says in its table which could not be built, and why.

PEERS_BUILD := $(BUILD)/peers
PEERS_SUPPORT := $(addprefix $(BUILD)/cbench/support/,cell.o distribution.o report.o wakes.o)
# The compilers with their flags: what the recipes run, and what stands in the results (PEERS_FLAGS).
# Aligned as cbench, so that where a loop comes to lie is nobody's luck.
PEERS_CXX = $(CXX) -std=c++17 -O3 $(BENCH_ALIGNMENT) -g -DNDEBUG -D_GNU_SOURCE -pthread -Wall
PEERS_JAVAC = javac -Xlint:all
PEERS_GO = GOFLAGS=-mod=mod GOPROXY=off go build
PEERS_CARGO = cargo build --quiet --release --offline
PEERS_NIM = nim c --hints:off --threads:on --gc:orc -d:danger -d:useMalloc --passC:'-O3 -D_GNU_SOURCE $(BENCH_ALIGNMENT)'
PEERS_SWIFTC = TRIBUTARY_PEERS=1 $(SWIFT_COMMAND) build -c release

$(PEERS_BUILD)/moodycamel $(PEERS_BUILD)/boost $(PEERS_BUILD)/tbb: \
    $(PEERS_BUILD)/%: cbench/peers/cpp/%.cpp $(wildcard cbench/peers/cpp/*.hpp) $(PEERS_SUPPORT)
	@mkdir -p $(@D)
	$(PEERS_CXX) $< $(PEERS_SUPPORT) $(PEERS_LIBRARIES) -o $@

$(PEERS_BUILD)/tbb: PEERS_LIBRARIES := -ltbb

PEERS_C_SOURCES := $(sort $(wildcard cbench/peers/c/*.c))
PEERS_C_LIBRARIES = $$($(PKG_CONFIG) --libs liburcu-bp liburcu-cds)

$(PEERS_BUILD)/c: $(PEERS_C_SOURCES) $(wildcard cbench/peers/*.h cbench/peers/c/*.h cbench/scenarios/*.h cbench/support/*.h) \
    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release)
	@mkdir -p $(@D)
	$(BENCH_COMPILE) $(PEERS_C_SOURCES) \
	    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release) $(PEERS_C_LIBRARIES) $(URCU_LIBS) -o $@

$(PEERS_BUILD)/glib: cbench/peers/glib/glib.c $(wildcard cbench/scenarios/*.h cbench/support/*.h) \
    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release)
	@mkdir -p $(@D)
	$(BENCH_COMPILE) $$($(PKG_CONFIG) --cflags glib-2.0) $< \
	    $(filter $(BUILD)/cbench/support/%,$(BENCH_OBJECTS)) $(LIBRARY_release) $$($(PKG_CONFIG) --libs glib-2.0) \
	    $(URCU_LIBS) -o $@

PEERS_JAVA_CLASSPATH := /usr/share/java/jctools-core.jar:/usr/share/java/disruptor.jar
$(PEERS_BUILD)/java/Peers.class: $(wildcard cbench/peers/java/*.java)
	@mkdir -p $(@D)
	$(PEERS_JAVAC) -cp $(PEERS_JAVA_CLASSPATH) -d $(@D) $^

$(PEERS_BUILD)/go: $(wildcard cbench/peers/go/*)
	@mkdir -p $(@D)
	cd cbench/peers/go && $(PEERS_GO) -o $(abspath $@) .

$(PEERS_BUILD)/rust/release/peers: $(wildcard cbench/peers/rust/* cbench/peers/rust/.cargo/* cbench/peers/rust/src/*)
	cd cbench/peers/rust && $(PEERS_CARGO) --target-dir $(abspath $(PEERS_BUILD)/rust)
	@touch $@

$(PEERS_BUILD)/nim: $(wildcard cbench/peers/nim/*.nim)
	@mkdir -p $(@D)
	$(PEERS_NIM) \
	    --passC:-I$(abspath cbench/support) --nimcache:$(PEERS_BUILD)/nimcache \
	    --out:$(abspath $@) cbench/peers/nim/peers.nim

# Of each program, as --flags NAME=WORDS. What the languages' tools know besides, the runner asks them.
peers_flags = --flags $(call quote,$(1)=$(2))
PEERS_FLAGS = $(call peers_flags,library,$(CC_release) $(COMPILE_FLAGS) $(FLAGS_release)) \
    $(foreach name,cbench c glib,$(call peers_flags,$(name),$(BENCH_COMPILE))) \
    $(foreach name,moodycamel boost tbb,$(call peers_flags,$(name),$(PEERS_CXX))) \
    $(call peers_flags,java,$(PEERS_JAVAC)) $(call peers_flags,go,$(PEERS_GO)) $(call peers_flags,rust,$(PEERS_CARGO)) \
    $(call peers_flags,nim,$(PEERS_NIM)) $(call peers_flags,swift,$(PEERS_SWIFTC))

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
	    $(PEERS_FLAGS) --peers '$(PEERS)' --mode $(MODE) $(PEERS_SWIFT) $(PEERS_ARGS)

# ---- Swift: the benchmark's own package, with more in it --------------------------------------------

PEERS_SWIFT_FOLDER := Benchmarks/.build-peers
PEERS_SWIFT_PROGRAM := $(PEERS_SWIFT_FOLDER)/release/tributary-benchmark
ifneq ($(SKIP_SWIFT),1)
PEERS_SWIFT := --swift $(PEERS_SWIFT_PROGRAM)
endif

# Always asked: the package manager knows what has changed.
$(PEERS_BUILD)/swift: FORCE
	@scripts/require-swift '$(SWIFT)'
	$(PEERS_SWIFTC) --package-path Benchmarks --scratch-path $(PEERS_SWIFT_FOLDER) \
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
