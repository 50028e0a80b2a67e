# SPDX-License-Identifier: Apache-2.0
# The examples: C ones built here, Swift ones as packages of their own; tested together.

EXAMPLES_BUILD := $(BUILD)/examples
EXAMPLE_FLAGS = $(BASE_FLAGS) $(CPPFLAGS) $(CFLAGS) -pthread
WORD_COUNT_OBJECTS := $(patsubst Examples/WordCount/c/%.c,$(EXAMPLES_BUILD)/wordcount-objects/%.o,\
    $(wildcard Examples/WordCount/c/*.c))

.PHONY: examples examples-swift
examples: $(EXAMPLES_BUILD)/wordcount $(EXAMPLES_BUILD)/quickstart $(EXAMPLES_BUILD)/tour

# uthash, which counts the words, is a requirement of the tests, not of the library.
$(EXAMPLES_BUILD)/wordcount-objects/%.o: Examples/WordCount/c/%.c $(BUILD)/release/command | setup-test
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(EXAMPLE_FLAGS) -MMD -MP -c $< -o $@

$(EXAMPLES_BUILD)/wordcount: $(WORD_COUNT_OBJECTS) $(LIBRARY_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(URCU_LIBS) -pthread -o $@

$(EXAMPLES_BUILD)/quickstart: Examples/QuickStart/main.c
$(EXAMPLES_BUILD)/tour: Examples/QuickStart/tour.c
$(EXAMPLES_BUILD)/quickstart $(EXAMPLES_BUILD)/tour: $(LIBRARY_STATIC) $(PUBLIC_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(EXAMPLE_FLAGS) $(LDFLAGS) $(filter %.c,$^) $(LIBRARY_STATIC) $(URCU_LIBS) -o $@

-include $(WORD_COUNT_OBJECTS:.o=.d)

SWIFT_EXAMPLE = $(SWIFT_COMMAND) build --configuration release --package-path

examples-swift: swift-present | setup-build
	$(SWIFT_EXAMPLE) Examples/WordCount --product wordcount
	$(SWIFT_EXAMPLE) Examples/QuickStart
	$(SWIFT_EXAMPLE) Examples/Patterns

.PHONY: test-examples test-examples-c test-examples-swift
test-examples: test-examples-c test-examples-swift

test-examples-c: examples
	scripts/check-readme
	Examples/QuickStart/test $(EXAMPLES_BUILD)/quickstart $(EXAMPLES_BUILD)/tour
	Examples/WordCount/test $(EXAMPLES_BUILD)/wordcount

ifeq ($(SKIP_SWIFT),1)
test-examples-swift:
	@echo '$@: skipped because of SKIP_SWIFT=1'
else
test-examples-swift: examples-swift
	Examples/QuickStart/test $(addprefix Examples/QuickStart/.build/release/,quickstart tour)
	Examples/WordCount/test Examples/WordCount/.build/release/wordcount
	Examples/Patterns/test Examples/Patterns/.build/release
endif
