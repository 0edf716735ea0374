# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The preloaded library.  CORE is all of it but the symbols it puts in front of the program's own;
# the white-box tests link that part, built with every assertion and with the sanitizers.

SHIM_SNAKE = \
	src/python/codes.c src/python/elf.c src/python/join.c src/python/layout.c src/python/leaf.c src/python/lines.c src/python/objects.c \
	src/python/python.c src/python/quick.c src/python/selftest.c src/python/stack.c src/python/text.c

SHIM_SNAKE_H = src/hooks_python.h \
	src/python/chain.h src/python/codes.h src/python/elf.h src/python/join.h src/python/layout.h src/python/leaf.h src/python/lines.h src/python/objects.h \
	src/python/python.h src/python/quick.h src/python/selftest.h src/python/stack.h src/python/text.h

SHIM_CORE = $(SHIM_SNAKE) src/mappings/mappings.c src/mappings/ranges.c \
	src/arena.c src/blocks.c src/capture.c src/cfi.c src/cfi_step.c src/config.c src/control.c src/dense.c src/fork.c src/frames.c src/history.c \
	src/index.c src/lock.c src/marks.c src/memo.c src/mirror.c src/modules.c src/naming.c src/next.c src/nodes.c src/owned.c src/peak.c \
	src/profile.c src/profile_file.c src/record.c src/record_object.c src/resident.c src/rules.c src/sample.c src/sites.c src/spawn.c src/sys.c src/thread.c src/timeline.c \
	src/twins.c src/verify.c src/walk.c src/waste.c

SHIM_SCAN = \
	src/scan/areas.c src/scan/copy.c src/scan/crew.c src/scan/cuts.c src/scan/demand.c src/scan/flood.c src/scan/heap.c src/scan/heap_find.c src/scan/heuristics.c src/scan/kept_stacks.c src/scan/lost.c \
	src/scan/malloc_memory.c src/scan/mark.c src/scan/pages.c src/scan/park.c src/scan/pending.c \
	src/scan/results.c src/scan/roots.c src/scan/scan.c src/scan/stack.c src/scan/status.c \
	src/scan/withheld.c src/scan/worker.c

SHIM_SCAN_H = \
	src/scan/areas.h src/scan/copy.h src/scan/crew.h src/scan/cuts.h src/scan/demand.h src/scan/heap.h src/scan/heuristics.h src/scan/job.h \
	src/scan/flood.h src/scan/kept_stacks.h src/scan/lost.h src/scan/malloc_memory.h src/scan/mark.h src/scan/pages.h src/scan/park.h src/scan/pending.h \
	src/scan/results.h src/scan/roots.h src/scan/scan.h src/scan/stack.h src/scan/status.h \
	src/scan/withheld.h src/scan/worker.h

SHIM_HOOKS = \
	src/api.c src/bus.c src/hooks.c src/hooks_cxx.c src/hooks_mmap.c src/hooks_proc.c src/hooks_python.c src/hooks_thread.c src/start.c

SHIM_H = $(SHIM_SNAKE_H) src/mappings/mappings.h src/mappings/ranges.h \
	include/tidemark/profile.h src/arena.h src/blocks.h src/bus.h src/capture.h src/cfi.h src/config.h src/control.h src/dense.h \
	src/fork.h src/frames.h src/history.h src/hooks.h src/hooks_cxx.h src/index.h src/leb.h src/lock.h src/marks.h src/memo.h src/mirror.h \
	src/modules.h src/naming.h src/next.h src/nodes.h src/owned.h src/peak.h src/profile.h src/profile_state.h src/record.h src/record_hot.h src/record_object.h src/rules.h \
	src/resident.h src/sample.h src/sites.h src/spawn.h src/start.h src/sys.h src/thread.h src/timeline.h src/twins.h src/verify.h \
	src/walk.h src/waste.h

SHIM_CPPFLAGS = $(BASE_CPPFLAGS) -I$(top_srcdir)/src

pkglib_LTLIBRARIES += src/libtidemark.la
src_libtidemark_la_SOURCES  = $(SHIM_CORE) $(SHIM_SCAN) $(SHIM_HOOKS) $(SHIM_H) $(SHIM_SCAN_H)
src_libtidemark_la_CPPFLAGS = $(SHIM_CPPFLAGS)
# What the hooks define is declared by the C library under conditions, or in no header at all.
src_libtidemark_la_CFLAGS   = -std=gnu11 $(WARN_CFLAGS) -Wno-missing-prototypes $(SHIM_CFLAGS)
src_libtidemark_la_LDFLAGS  = -module -avoid-version -shared -no-undefined -Wl,-z,now \
	-Wl,-z,nodelete -Wl,-z,noexecstack -Wl,--as-needed \
	-Wl,--version-script=$(top_srcdir)/src/preload.map
EXTRA_src_libtidemark_la_DEPENDENCIES = src/preload.map

check_LTLIBRARIES += src/libtestcore.la
src_libtestcore_la_SOURCES  = $(SHIM_CORE) $(SHIM_SCAN) $(SHIM_H) $(SHIM_SCAN_H)
src_libtestcore_la_CPPFLAGS = $(SHIM_CPPFLAGS) -DTIDEMARK_CHECKS=1
src_libtestcore_la_CFLAGS   = $(AM_CFLAGS) -fno-omit-frame-pointer

EXTRA_DIST += src/preload.map src/README.md

# For programs that want it: tidemark(3).
tideincludedir = $(includedir)/tidemark
tideinclude_HEADERS = include/tidemark/tidemark.h include/tidemark/profile.h
