# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The leak corpus.  To add a case: CASE(…) in one of the files below; a new file: its name here and in
# runs.sh.  Every program is built twice, since what the compiler leaves in registers and dead frames
# is what such tests stumble over.
LEAK_CASES_C = shapes pointers places stacks threads signals ends forks calls modules
LEAK_CASES_CXX = objects
LEAK_LEVELS = O2 O0

# Frame pointers are for LeakSanitizer.
LEAK_CFLAGS = -g -fno-builtin -fno-allocation-dce -fno-omit-frame-pointer -fno-optimize-sibling-calls -pthread \
	-Wall -Wextra -Wno-unused-but-set-variable

LEAK_BINARIES = $(foreach level,$(LEAK_LEVELS),$(LEAK_CASES_C:%=tests/leaks/$(level)/%) \
	tests/leaks/$(level)/module.so)
if HAVE_CXX
LEAK_BINARIES += $(foreach level,$(LEAK_LEVELS),$(LEAK_CASES_CXX:%=tests/leaks/$(level)/%))
endif
LEAK_BINARIES += tests/leaks/O2/forbid

check_DATA += $(LEAK_BINARIES)
CLEANFILES += $(LEAK_BINARIES) $(LEAK_LEVELS:%=tests/leaks/%/leak.o)
EXTRA_DIST += $(LEAK_CASES_C:%=tests/leaks/cases/%.c) $(LEAK_CASES_CXX:%=tests/leaks/cases/%.cc) \
	$(addprefix tests/leaks/,README.md TABLE.md leak.h leak.c module.c forbid.c runs.sh judge.py tools.py \
	sites.py compare.sh)

leak-programs: $(LEAK_BINARIES)

# What tidemark, LeakSanitizer and Memcheck say about each case, beside what is true.
leak-table: all leak-programs
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/tests/leaks/compare.sh
.PHONY: leak-programs leak-table

LEAK_LEVEL = $(word 3,$(subst /, ,$@))
LEAK_CC = $(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) -std=gnu11 -$(LEAK_LEVEL) $(LEAK_CFLAGS)
LEAK_CXX = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(CXX) -std=gnu++17 -$(LEAK_LEVEL) $(LEAK_CFLAGS)
LEAK_SRC = $(top_srcdir)/tests/leaks
LEAK_H = $(LEAK_SRC)/leak.h

$(LEAK_LEVELS:%=tests/leaks/%/leak.o): $(LEAK_SRC)/leak.c $(LEAK_H)
	$(LEAK_CC) -c -o $@ $(LEAK_SRC)/leak.c

$(LEAK_LEVELS:%=tests/leaks/%/module.so): $(LEAK_SRC)/module.c
	$(LEAK_CC) -fPIC -shared -o $@ $(LEAK_SRC)/module.c

tests/leaks/O2/forbid: $(LEAK_SRC)/forbid.c
	$(LEAK_CC) -o $@ $(LEAK_SRC)/forbid.c

tests/leaks/O2/%: $(LEAK_SRC)/cases/%.c tests/leaks/O2/leak.o $(LEAK_H)
	$(LEAK_CC) -o $@ $< $(@D)/leak.o

tests/leaks/O0/%: $(LEAK_SRC)/cases/%.c tests/leaks/O0/leak.o $(LEAK_H)
	$(LEAK_CC) -o $@ $< $(@D)/leak.o

tests/leaks/O2/%: $(LEAK_SRC)/cases/%.cc tests/leaks/O2/leak.o $(LEAK_H)
	$(LEAK_CXX) -o $@ $< $(@D)/leak.o

tests/leaks/O0/%: $(LEAK_SRC)/cases/%.cc tests/leaks/O0/leak.o $(LEAK_H)
	$(LEAK_CXX) -o $@ $< $(@D)/leak.o
