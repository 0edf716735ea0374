# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs and libraries that are recorded in tests.  They are built with flags of their own, since
# they know which stacks they have; a sanitizer has no place in them.  To add one: its name into
# one of these lists.
VICTIMS_C = exact threads8 forks reallocs ends descriptors signals optional limits locked plugins \
	threads10k deep boot hello hostile many odd walk tail jit blocks killed execs manners coroutines \
	maps marks ramp weighs told leaky_service exit_storm tangle spawns
VICTIMS_CXX = newdelete throwing templates spawns_cxx
# What the report advises on.
VICTIMS_C += wastes
VICTIMS_CXX += wastes_cxx
VICTIMS_C += embed
VICTIMS_SHARED = libbump libslow_dlsym libplugin-a libplugin-b libearly
# What the gate is tried on.
VICTIMS_C += loses
VICTIMS_CXX += loses_cxx
# Built in a way of their own, below.
VICTIMS_OTHER = hello_static spawns_omp early_main walk_realign walk_frames versions_old versions_new loses_own loses_own2

VICTIM_CFLAGS = -std=gnu11 -O2 -g -fno-builtin -fno-allocation-dce -pthread -Wall -Wextra \
	-I$(top_srcdir)/include
VICTIM_CXXFLAGS = -std=gnu++17 -O2 -g -fno-builtin -fno-allocation-dce -pthread -Wall -Wextra

ALL_VICTIMS = $(VICTIMS_C:%=tests/victims/%) $(VICTIMS_CXX:%=tests/victims/%) \
	$(VICTIMS_OTHER:%=tests/victims/%) $(VICTIMS_SHARED:%=tests/victims/%.so)

check_DATA += $(ALL_VICTIMS)
CLEANFILES += $(ALL_VICTIMS)
EXTRA_DIST += $(VICTIMS_C:%=tests/victims/%.c) $(VICTIMS_CXX:%=tests/victims/%.cc) \
	tests/victims/victim.h tests/victims/bump.c tests/victims/slow_dlsym.c \
	tests/victims/plugin.c tests/victims/spawns_omp.c tests/victims/early.c tests/victims/early_main.c \
	tests/victims/versions.c

victims: $(ALL_VICTIMS)
.PHONY: victims

VICTIM_H = $(top_srcdir)/tests/victims/victim.h
VICTIM_C = $(AM_V_CC)$(MKDIR_P) tests/victims && $(CC) $(VICTIM_CFLAGS)
VICTIM_CXX = $(AM_V_CXX)$(MKDIR_P) tests/victims && $(CXX) $(VICTIM_CXXFLAGS)
VICTIM_SO = $(VICTIM_C) -shared -fPIC

$(VICTIMS_C:%=tests/victims/%): tests/victims/%: $(top_srcdir)/tests/victims/%.c $(VICTIM_H)
	$(VICTIM_C) -o $@ $<

$(VICTIMS_CXX:%=tests/victims/%): tests/victims/%: $(top_srcdir)/tests/victims/%.cc $(VICTIM_H)
	$(VICTIM_CXX) -o $@ $<

tests/victims/libbump.so: $(top_srcdir)/tests/victims/bump.c
	$(VICTIM_SO) -o $@ $(top_srcdir)/tests/victims/bump.c

tests/victims/libslow_dlsym.so: $(top_srcdir)/tests/victims/slow_dlsym.c
	$(VICTIM_SO) -o $@ $(top_srcdir)/tests/victims/slow_dlsym.c

tests/victims/libearly.so: $(top_srcdir)/tests/victims/early.c $(VICTIM_H)
	$(VICTIM_SO) -o $@ $(top_srcdir)/tests/victims/early.c

tests/victims/libplugin-a.so tests/victims/libplugin-b.so: $(top_srcdir)/tests/victims/plugin.c
	$(VICTIM_SO) -DPLUGIN=$(@:tests/victims/libplugin-%.so=%) -o $@ $(top_srcdir)/tests/victims/plugin.c

tests/victims/early_main: $(top_srcdir)/tests/victims/early_main.c tests/victims/libearly.so
	$(VICTIM_C) -o $@ $(top_srcdir)/tests/victims/early_main.c -Ltests/victims -learly \
		-Wl,-rpath,'$$ORIGIN'

# With suppressions of their own: those that a tool can read, and those that it cannot.
tests/victims/loses_own tests/victims/loses_own2: $(top_srcdir)/tests/victims/loses.c $(VICTIM_H)
	$(VICTIM_C) -DOWN=$(if $(filter %2,$@),2,1) -o $@ $(top_srcdir)/tests/victims/loses.c

# Without a static C library there is nothing to refuse, and the test says so.
tests/victims/hello_static: $(top_srcdir)/tests/victims/hello.c $(VICTIM_H)
	$(VICTIM_C) -static -o $@ $(top_srcdir)/tests/victims/hello.c || : > $@

tests/victims/spawns_omp: $(top_srcdir)/tests/victims/spawns_omp.c
	$(VICTIM_C) -fopenmp -o $@ $(top_srcdir)/tests/victims/spawns_omp.c

# The same walk with every frame re-aligned, and with frame pointers.
tests/victims/walk_realign: $(top_srcdir)/tests/victims/walk.c $(VICTIM_H)
	$(VICTIM_C) -mstackrealign -o $@ $(top_srcdir)/tests/victims/walk.c

tests/victims/walk_frames: $(top_srcdir)/tests/victims/walk.c $(VICTIM_H)
	$(VICTIM_C) -fno-omit-frame-pointer -o $@ $(top_srcdir)/tests/victims/walk.c

# Two versions of one program, built as differently as a release is from a trial build.
tests/victims/versions_old: $(top_srcdir)/tests/victims/versions.c $(VICTIM_H)
	$(VICTIM_C) -O0 -DVERSION=1 -o $@ $(top_srcdir)/tests/victims/versions.c

tests/victims/versions_new: $(top_srcdir)/tests/victims/versions.c $(VICTIM_H)
	$(VICTIM_C) -DVERSION=2 -o $@ $(top_srcdir)/tests/victims/versions.c
