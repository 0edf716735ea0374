# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How to add a test, one line each:
#   tests/unit/test_X.c   a Check program; its name into CORE_UNIT_TESTS when it looks into src/,
#                         into TOOL_UNIT_TESTS when it looks into tools/
#   tests/func/X.sh       a TAP script, into FUNC_TESTS
#   tests/victims/X.c     a program to be recorded, into VICTIMS

CORE_UNIT_TESTS =

TOOL_UNIT_TESTS =

FUNC_TESTS =

VICTIMS =

BENCHES =

# Files that tests read: expected output and shell libraries.
EXTRA_DIST +=

##
## No change below for a new test
##
UNIT_TESTS =
if HAVE_CHECK
UNIT_TESTS += $(TOOL_UNIT_TESTS)
if HAVE_SHIM
UNIT_TESTS += $(CORE_UNIT_TESTS)
endif
endif

# A program without a line of its own is made of its own .c file with these.  The archives give
# only what a test asks for, so that a test of the library does not meet the command's symbols.
LDADD = tools/libtide.a $(TESTCORE) $(CHECK_LIBS) $(TOOL_LIBS)

check_PROGRAMS     += $(UNIT_TESTS) $(VICTIMS) $(BENCHES)
dist_check_SCRIPTS += $(FUNC_TESTS)
TESTS              += $(UNIT_TESTS) $(FUNC_TESTS)

TEST_EXTENSIONS = .sh
LOG_DRIVER      = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/scripts/build-aux/tap-driver.sh
SH_LOG_DRIVER   = $(LOG_DRIVER)
AM_LOG_DRIVER_FLAGS    = --merge --comments
AM_SH_LOG_DRIVER_FLAGS = --merge --comments
SH_LOG_COMPILER        = bash

# CK_TAP_LOG_FILE_NAME makes every case of a Check program a line of TAP.
AM_TESTS_ENVIRONMENT = \
	CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
	TIDEMARK='$(abs_top_builddir)/tidemark'; export TIDEMARK; \
	TIDE_LIBRARY='$(abs_top_builddir)/src/.libs/libtidemark.so'; export TIDE_LIBRARY; \
	TIDE_VICTIMS='$(abs_top_builddir)/tests/victims'; export TIDE_VICTIMS; \
	TIDE_TESTS='$(abs_top_srcdir)/tests'; export TIDE_TESTS; \
	TIDE_SRCDIR='$(abs_top_srcdir)'; export TIDE_SRCDIR; \
	TIDE_BUILDDIR='$(abs_top_builddir)'; export TIDE_BUILDDIR; \
	TIDE_SANITIZER='$(SANITIZER)'; export TIDE_SANITIZER;

fuzz:
	@echo 'no fuzzer yet'; exit 1
