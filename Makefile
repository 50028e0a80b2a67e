# SPDX-License-Identifier: Apache-2.0
# Builds, tests, measures and installs Tributary. `make help` lists the targets.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- What a user may set: make CC=clang PREFIX=/opt/tributary install ----------------------

CFLAGS ?= -O2 -g
CPPFLAGS ?=
LDFLAGS ?=
WERROR ?= -Werror
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=
PKG_CONFIG ?= pkg-config
SWIFT ?= swift
INSTALL ?= install
# 1: liburcu's queue functions are compiled into the library instead of called (README, Licence).
LGPL_INLINE ?= 0
# 1: trust that everything is there; install and check nothing.
SKIP_SETUP ?= 0
# 1: `make test` leaves the Swift tests out instead of failing where there is no Swift.
SKIP_SWIFT ?= 0

export PKG_CONFIG

# 1: shows every command in full.
V ?= 0

# ---- Names and versions --------------------------------------------------------------------

BUILD := build
PLATFORM := $(shell uname -s)
version_macro = $(shell sed -n 's/^.define TRIBUTARY_VERSION_$(1) //p' include/tributary/version.h)
VERSION_MAJOR := $(call version_macro,MAJOR)
VERSION_MINOR := $(call version_macro,MINOR)
VERSION := $(VERSION_MAJOR).$(VERSION_MINOR).$(call version_macro,PATCH)
# inline.h compiles the layout into its users, so before 1.0 every minor version is another ABI.
ABI_VERSION := $(if $(filter 0,$(VERSION_MAJOR)),0.$(VERSION_MINOR),$(VERSION_MAJOR))

ifeq ($(PLATFORM),Darwin)
SHARED_LINK := libtributary.dylib
SHARED_ABI := libtributary.$(ABI_VERSION).dylib
SHARED_FILE := libtributary.$(VERSION).dylib
SHARED_LDFLAGS = -dynamiclib -install_name $(LIBDIR)/$(SHARED_ABI) \
    -compatibility_version $(ABI_VERSION) -current_version $(VERSION)
else
SHARED_LINK := libtributary.so
SHARED_ABI := libtributary.so.$(ABI_VERSION)
SHARED_FILE := libtributary.so.$(VERSION)
# nodelete: an exiting thread gives its lanes up through a function of the library.
SHARED_LDFLAGS = -shared -Wl,-soname,$(SHARED_ABI) -Wl,--no-undefined -Wl,-z,nodelete \
    -Wl,--version-script,packaging/tributary.map
SHARED_EXPORTS := packaging/tributary.map
PIC_CFLAGS := -fPIC -fno-semantic-interposition
endif

LIBRARY_STATIC := $(BUILD)/lib/libtributary.a
LIBRARY_SHARED := $(BUILD)/lib/$(SHARED_FILE)
SOURCES := $(sort $(wildcard Sources/CTributary/*.c))
PUBLIC_HEADERS := $(sort $(wildcard include/tributary/*.h include/tributary/internal/*.h))

# Asked once, and not before a recipe needs it: `setup-build` may have to install pkg-config first.
URCU_CFLAGS = $(eval URCU_CFLAGS := $(shell $(PKG_CONFIG) --cflags liburcu-cds))$(URCU_CFLAGS)
URCU_LIBS = $(eval URCU_LIBS := $(shell $(PKG_CONFIG) --libs liburcu-cds))$(URCU_LIBS)

# ---- Variants ------------------------------------------------------------------------------
# Each has its compiler in CC_<variant>, its flags in FLAGS_<variant> (for compiling and for
# linking) and its static library in LIBRARY_<variant>. The test fragments use them too.

VARIANTS := release debug asan tsan

WARNINGS := -Wall -Wextra $(WERROR)
BASE_FLAGS := -std=c11 $(WARNINGS) -Iinclude
ifeq ($(LGPL_INLINE),1)
LICENCE_FLAGS := -D_LGPL_SOURCE
endif
COMPILE_FLAGS = $(BASE_FLAGS) $(LICENCE_FLAGS) $(PIC_CFLAGS) $(URCU_CFLAGS) $(CPPFLAGS)
# A recipe line that says what it makes, or with V=1 the command itself: $(call say,WHAT)COMMAND
say = $(if $(filter 1,$(V)),,@printf '%-4s %s\n' $(1) $@;)
quote = '$(subst ','\'',$(1))'

CC_release = $(CC)
FLAGS_release = $(CFLAGS)
LIBRARY_release := $(LIBRARY_STATIC)

CC_debug = $(CC)
FLAGS_debug = -O1 -g -DTRIBUTARY_DEBUG
LIBRARY_debug := $(BUILD)/debug/libtributary.a

CC_asan = $(CC)
FLAGS_asan = -O1 -g -DTRIBUTARY_DEBUG -fsanitize=address,undefined \
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LIBRARY_asan := $(BUILD)/asan/libtributary.a

# Not every compiler's ThreadSanitizer works on every machine: the first that does.
CC_tsan ?= $(eval CC_tsan := $(shell scripts/thread-sanitizer-compiler '$(CC)' gcc clang))$(CC_tsan)
FLAGS_tsan = -O1 -g -DTRIBUTARY_DEBUG -fsanitize=thread
LIBRARY_tsan := $(BUILD)/tsan/libtributary.a

# ---- The library ---------------------------------------------------------------------------

.PHONY: all library
all: library
library: $(LIBRARY_STATIC) $(BUILD)/lib/$(SHARED_LINK)

define variant_rules
OBJECTS_$(1) := $$(patsubst Sources/CTributary/%.c,$(BUILD)/$(1)/objects/%.o,$(SOURCES))

$$(OBJECTS_$(1)): $(BUILD)/$(1)/objects/%.o: Sources/CTributary/%.c $(BUILD)/$(1)/command | setup-build
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CC_$(1)) $$(COMPILE_FLAGS) $$(FLAGS_$(1)) -MMD -MP -c $$< -o $$@

$$(LIBRARY_$(1)): $$(OBJECTS_$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,AR)$$(AR) rcs $$@ $$^

# Rewritten only when the command changes, so that another CC or other flags rebuild.
$(BUILD)/$(1)/command: FORCE | setup-build
	@mkdir -p $$(@D)
	@printf '%s\n' $$(call quote,$$(CC_$(1)) $$(COMPILE_FLAGS) $$(FLAGS_$(1))) > $$@.new
	@if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi

-include $$(OBJECTS_$(1):.o=.d)
endef
$(foreach variant,$(VARIANTS),$(eval $(call variant_rules,$(variant))))

.PHONY: FORCE
FORCE:

$(LIBRARY_SHARED): $(OBJECTS_release) $(SHARED_EXPORTS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC_release) $(FLAGS_release) $(LDFLAGS) $(SHARED_LDFLAGS) $(OBJECTS_release) \
	    $(URCU_LIBS) -pthread -o $@

$(BUILD)/lib/$(SHARED_LINK): $(LIBRARY_SHARED)
	@ln -sf $(SHARED_FILE) $(BUILD)/lib/$(SHARED_ABI)
	@ln -sf $(SHARED_ABI) $@

# ---- What has to be on the machine ---------------------------------------------------------
# One script looks (milliseconds when all is there) and installs only what is missing.

.PHONY: setup setup-build setup-test setup-bench
setup: setup-build setup-test setup-verify setup-bench

setup-build:
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup build

setup-test: setup-build
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup test $(TEST_PACKAGES)

setup-bench: setup-build
	@[ '$(SKIP_SETUP)' = 1 ] || scripts/setup bench $(BENCH_PACKAGES)

# ---- The fragments of the tests, the examples and the benchmark ----------------------------

-include Tests/CTributaryTests/tests.mk
-include Tests/verification/verification.mk
-include Tests/verification/relacy/relacy.mk
-include Tests/verification/soak/soak.mk
-include Tests/verification/chaos/chaos.mk
-include Tests/verification/coverage/coverage.mk
-include cbench/cbench.mk
-include cbench/peers/peers.mk
include Examples/examples.mk
include packaging/install.mk

# ---- Tests ---------------------------------------------------------------------------------

# The package manager takes CC for its own C targets, and needs the toolchain's clang there.
SWIFT_COMMAND := env -u CC -u CXX -u CFLAGS $(SWIFT)
SWIFT_TEST := $(SWIFT_COMMAND) test $(SWIFT_TEST_FLAGS)
TEST_SUITES ?= test-patches test-c test-runner test-models test-chaos test-held test-swift test-swift-thread \
    test-swift-address test-async-algorithms test-examples test-install

.PHONY: test $(TEST_SUITES) swift-present
test: setup-test
	@+scripts/run-suites '$(MAKE)' $(TEST_SUITES)

swift-present:
	@scripts/require-swift '$(SWIFT)'

ifeq ($(SKIP_SWIFT),1)
test-swift test-swift-thread test-swift-address test-async-algorithms:
	@echo '$@: skipped because of SKIP_SWIFT=1'
else
test-swift: swift-present | setup-test
	$(SWIFT_TEST)

# -Xcc: the imported C inline functions are instrumented only if clang is told too.
test-swift-thread: swift-present | setup-test
	$(SWIFT_TEST) --scratch-path .build/thread --sanitize=thread -Xcc -fsanitize=thread

# The leak checker reports XCTest's own leaks; the tests count lifetimes instead.
test-swift-address: swift-present | setup-test
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT_TEST) --scratch-path .build/address --sanitize=address

# A package of its own: it fetches swift-async-algorithms, which the library does not need.
test-async-algorithms: swift-present | setup-test
	$(SWIFT_TEST) --package-path Tests/AsyncAlgorithmsTests --scratch-path .build/async-algorithms
endif

# ---- The rest ------------------------------------------------------------------------------

.PHONY: clean help
clean:
	rm -rf $(BUILD) .build .build-thread .build-address \
	    Examples/*/.build Benchmarks/.build Benchmarks/.build-peers

define HELP
make                 the C library, static and shared, in build/lib (WERROR= for no -Werror)
make test            everything that is tested; needs Swift, or SKIP_SWIFT=1; TEST_LIMIT=1200
                     seconds for each suite
make verify          models of the protocols, planted bugs, real-time safety, aarch64; a summary
make soak MINUTES=   every kind of channel under load, every message checked; adds to a total
make bench           the benchmark, one table, bench-results.jsonl
make bench-peers     other channels beside ours: PEERS="go tokio" for some, MODE=full for an hour
make report          draws what bench-peers measured: build/report/index.html, docs/pictures
make setup           installs what these need (each of them does it too; SKIP_SETUP=1 prevents it)
make install         PREFIX=/usr/local LIBDIR= INCLUDEDIR= DESTDIR=
make uninstall       the same variables
make examples        the C examples, in build/examples
make clean

test suites:         $(TEST_SUITES)
other builds:        $(foreach variant,$(VARIANTS),$(LIBRARY_$(variant)))
variables:           CC CXX CFLAGS CPPFLAGS LDFLAGS PKG_CONFIG SWIFT; V=1 shows the commands
LGPL_INLINE=1        compiles liburcu's LGPL functions into the library (README.md, Licence)
endef

help:
	$(info $(HELP))
	@:
