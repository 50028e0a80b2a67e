# SPDX-License-Identifier: Apache-2.0
# Channels of every kind under load for as long as told, every message checked: `make soak MINUTES=60`.
# The messages of all runs are added up in build/verification/soak/totals. SOAK_SEED= repeats a run's choices, though not
# its interleaving; SOAK_VARIANT=tsan takes another build of the library.

MINUTES ?= 1
SOAK_VARIANT ?= release
SOAK := $(BUILD)/verification/soak
SOAK_SOURCES := $(sort $(wildcard $(VERIFICATION)/soak/*.c))
SOAK_OBJECTS := $(SOAK_SOURCES:$(VERIFICATION)/soak/%.c=$(SOAK)/$(SOAK_VARIANT)/%.o)

# -O3: the comparisons are vectorised, or the check would be what is measured.
$(SOAK_OBJECTS): $(SOAK)/$(SOAK_VARIANT)/%.o: $(VERIFICATION)/soak/%.c $(BUILD)/$(SOAK_VARIANT)/command
	@mkdir -p $(@D)
	$(call say,CC)$(CC_$(SOAK_VARIANT)) $(COMPILE_FLAGS) $(FLAGS_$(SOAK_VARIANT)) -O3 -D_GNU_SOURCE -pthread -MMD -MP -c $< -o $@

$(SOAK)/$(SOAK_VARIANT)/soak: $(SOAK_OBJECTS) $(LIBRARY_$(SOAK_VARIANT))
	$(call say,LD)$(CC_$(SOAK_VARIANT)) $(FLAGS_$(SOAK_VARIANT)) $(LDFLAGS) $^ $(URCU_LIBS) -pthread -o $@

-include $(SOAK_OBJECTS:.o=.d)

.PHONY: soak verify-soak
verify-soak: $(SOAK)/$(SOAK_VARIANT)/soak
	@$< 1 $(SOAK)/totals >$(SOAK)/log; status=$$?; sed -n '/all runs/,$$p' $(SOAK)/log; \
	    $(call summarise,$$(sed -n 's/ in [0-9]* parts.*//p' $(SOAK)/log)); exit $$status

soak: $(SOAK)/$(SOAK_VARIANT)/soak
	@$(SOAK_ENVIRONMENT) $< $(MINUTES) $(SOAK)/totals$(if $(filter-out release,$(SOAK_VARIANT)),.$(SOAK_VARIANT)) $(SOAK_SEED)
