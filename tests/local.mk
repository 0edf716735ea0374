# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How to add a test, one line each:
#   tests/unit/test_X.c   a Check program; its name into CORE_UNIT_TESTS when it looks into src/,
#                         into TOOL_UNIT_TESTS when it looks into tools/
#   tests/func/X.sh       a TAP script, into FUNC_TESTS
#   tests/victims/X.c     a program to be recorded, into victims/local.mk
#   tests/leaks/cases/    what a leak scan must say, see tests/leaks/README.md

CORE_UNIT_TESTS = \
	tests/unit/test_blocks \
	tests/unit/test_config \
	tests/unit/test_history \
	tests/unit/test_index \
	tests/unit/test_peak \
	tests/unit/test_profile \
	tests/unit/test_python \
	tests/unit/test_ranges \
	tests/unit/test_sample \
	tests/unit/test_sites

TOOL_UNIT_TESTS = \
	tests/unit/test_compare \
	tests/unit/test_export \
	tests/unit/test_filter \
	tests/unit/test_limits \
	tests/unit/test_suppress \
	tests/unit/test_json \
	tests/unit/test_judge \
	tests/unit/test_model \
	tests/unit/test_reader \
	tests/unit/test_advice \
	tests/unit/test_areas \
	tests/unit/test_source \
	tests/unit/test_symbolize \
	tests/unit/test_text \
	tests/unit/test_tree \
	tests/unit/test_util \
	tests/unit/test_opt \
	tests/unit/test_target \
	tests/unit/test_watch

FUNC_TESTS = \
	tests/func/elf.sh \
	tests/func/control.sh tests/func/leaks_scan.sh \
	tests/func/run_refusals.sh \
	tests/func/run_status.sh \
	tests/func/run_places.sh \
	tests/func/run_processes.sh \
	tests/func/exact.sh \
	tests/func/check.sh \
	tests/func/check_reports.sh \
	tests/func/check_recipes.sh \
	tests/func/report.sh \
	tests/html/page.sh \
	tests/func/ps.sh \
	tests/func/diff.sh \
	tests/func/snapshot.sh \
	tests/func/top.sh \
	tests/func/export.sh \
	tests/func/mappings.sh \
	tests/func/marks.sh \
	tests/func/timeline.sh \
	tests/func/plot.sh \
	tests/func/export_pprof.sh \
	tests/func/export_tools.sh \
	tests/func/export_valgrind.sh \
	tests/func/process.sh \
	tests/func/advice.sh \
	tests/func/threads8.sh \
	tests/func/spawns.sh \
	tests/func/hazards.sh \
	tests/func/manners.sh \
	tests/func/environment.sh \
	tests/func/stacks.sh \
	tests/func/memory.sh \
	tests/func/fork_loop.sh \
	tests/func/kill9.sh \
	tests/func/python_beside.sh \
	tests/func/python_frames.sh \
	tests/func/python_grows.sh \
	tests/func/python_objects.sh \
	tests/func/python_report.sh \
	tests/func/python_begins.sh \
	tests/func/python_robust.sh \
	tests/func/python_stacks.sh \
	tests/leaks/corpus.sh \
	tests/leaks/robust.sh \
	tests/real/leaks.sh \
	tests/real/programs.sh \
	tests/real/sample.sh \
	tests/real/servers.sh \
	tests/real/suites.sh

# Those that have a long form, for `make check-real`.
LONG_TESTS = tests/func/python_beside.sh tests/func/python_robust.sh tests/func/python_stacks.sh tests/func/stacks.sh tests/func/memory.sh tests/func/fork_loop.sh tests/func/kill9.sh tests/func/export_tools.sh \
	tests/leaks/corpus.sh tests/leaks/robust.sh tests/real/leaks.sh \
	tests/real/programs.sh tests/real/servers.sh tests/real/suites.sh

# Files that tests read, and libraries of shell and C.
EXTRA_DIST += tests/README.md tests/mutants.sh tests/lib/tap.sh tests/lib/terminal.py tests/lib/books.sh tests/lib/real.sh \
	tests/lib/readers.sh tests/lib/dh_view.js \
	tests/lib/psutil_same.py
EXTRA_DIST += tests/python/lines.py tests/python/paths.py tests/python/starts.py tests/python/truth.py \
	tests/python/stacks.py tests/python/spawns.py tests/python/frames.py tests/python/README.md tests/python/beside.py \
	$(addprefix tests/python/beside/,rows.py texts.py cache.py arrays.py frames.py) tests/lib/python.sh
EXTRA_DIST += tests/python/wastes.py tests/python/service.py

# Measured by `make bench`, which builds what it needs.
EXTRA_DIST += $(addprefix tests/bench/,README.md run.sh lib.sh micro.sh macro.sh memory.sh scan.sh inputs.sh \
	stats.awk micro.awk macro.awk memory.awk scan.awk json.awk tables.awk \
	python.py python.sh cpu.c frames.c graph.c held.c pairs.c stacks.h touched.h)

# The page of the HTML report in a browser.
EXTRA_DIST += tests/lib/annotations.py tests/lib/junit.xsd tests/npm/package.json \
	tests/npm/package-lock.json
EXTRA_DIST += $(addprefix examples/ci/,README.md github.yml $(addprefix words/,CMakeLists.txt \
	Makefile.am configure.ac meson.build test_count.c test_split.c test_words.py words.c words.h))
EXTRA_DIST += tests/html/page.mjs tests/html/lib.mjs
check_PROGRAMS += tests/html/sample
tests_html_sample_LDADD = tests/libtest.a tools/libtide.a $(TOOL_LIBS)

check-real:
	$(AM_V_at)TIDEMARK_TEST_LONG=1 $(MAKE) --no-print-directory check TESTS='$(LONG_TESTS)'
.PHONY: check-real

# What a test program is made of beside its own .c file.
TEST_LIBRARY = tests/lib/mkprofile.c tests/lib/mkprofile.h tests/lib/unit.h \
	tests/lib/story.c tests/lib/story.h tests/lib/core.h

# Damaged recordings, the same each time; `make fuzz` searches on.
check_PROGRAMS += tests/fuzz/fuzz_reader
tests_fuzz_fuzz_reader_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_MAIN
tests_fuzz_fuzz_reader_LDADD = tests/libtest.a tools/libtide.a $(TOOL_LIBS)

##
## No change below for a new test
##
check_DATA =
include tests/victims/local.mk
include tests/leaks/local.mk

UNIT_TESTS =
if HAVE_CHECK
UNIT_TESTS += $(TOOL_UNIT_TESTS) $(CORE_UNIT_TESTS)
endif

check_LIBRARIES += tests/libtest.a
tests_libtest_a_SOURCES = $(TEST_LIBRARY)

# A program without a line of its own is made of its own .c file with these.  The archives give
# only what a test asks for, so that a test of the library does not meet the command's symbols.
LDADD = tests/libtest.a tools/libtide.a src/libtestcore.la $(CHECK_LIBS) $(TOOL_LIBS)

check_PROGRAMS     += $(UNIT_TESTS)
dist_check_SCRIPTS += $(FUNC_TESTS)
TESTS              += $(UNIT_TESTS) tests/fuzz/fuzz_reader scripts/layers.sh $(FUNC_TESTS)

TEST_EXTENSIONS = .sh
LOG_DRIVER      = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/scripts/build-aux/tap-driver.sh
SH_LOG_DRIVER   = $(LOG_DRIVER)
AM_LOG_DRIVER_FLAGS    = --merge --comments
AM_SH_LOG_DRIVER_FLAGS = --merge --comments
SH_LOG_COMPILER        = bash

# CK_TAP_LOG_FILE_NAME makes every case of a Check program a line of TAP.
AM_TESTS_ENVIRONMENT = \
	CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
	CK_DEFAULT_TIMEOUT=300; export CK_DEFAULT_TIMEOUT; \
	TIDEMARK='$(abs_top_builddir)/tidemark'; export TIDEMARK; \
	TIDE_LIBRARY='$(abs_top_builddir)/src/.libs/libtidemark.so'; export TIDE_LIBRARY; \
	TIDE_VICTIMS='$(abs_top_builddir)/tests/victims'; export TIDE_VICTIMS; \
	TIDE_SRCDIR='$(abs_top_srcdir)'; export TIDE_SRCDIR; \
	TIDE_BUILDDIR='$(abs_top_builddir)'; export TIDE_BUILDDIR; \
	TIDE_SANITIZER='$(SANITIZER)'; export TIDE_SANITIZER;

# The reader against damaged recordings, with clang's fuzzer.
FUZZ_SECONDS = 60
FUZZ_FILES = tests/fuzz/fuzz_reader.c $(TOOL_BASE) $(TOOL_READER) $(TOOL_ANALYZE) $(TOOL_RENDER)

fuzz: $(HTML_C)
	@test -n '$(CLANG)' || { echo 'clang is missing; on Debian: apt install clang'; exit 1; }
	$(AM_V_at)$(MKDIR_P) tests/fuzz/corpus
	$(AM_V_GEN)$(CLANG) -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(AM_CPPFLAGS) \
		-o tests/fuzz/reader \
		$$(for f in $(filter %.c,$(FUZZ_FILES)); do echo $(top_srcdir)/$$f; done) $(HTML_C)
	$(AM_V_at)tests/fuzz/reader -max_total_time=$(FUZZ_SECONDS) -timeout=20 tests/fuzz/corpus
