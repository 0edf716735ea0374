#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The leak corpus: each case's blocks have the classes that the case says, and recording changes no
# status.  The long form runs the programs built without optimisation as well.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/runs.sh"
need_tool
have python3 || skip_all 'python3 is not installed'

one_level() { # O2 or O0
	local program case verdict what
	LEAKS=$top_builddir/tests/leaks/$1
	[ -x "$LEAKS/shapes" ] || bail "$LEAKS is not built; make leak-programs"
	list_cases "$T/list"
	mkdir -p "$T/bare-$1" "$T/runs-$1"
	run_cases bare "$T/list" "$T/bare-$1"
	run_cases tidemark "$T/list" "$T/runs-$1"
	with_bare "$T/bare-$1" "$T/runs-$1"
	python3 -B "$srcdir/tests/leaks/judge.py" tidemark "$T/list" "$T/runs-$1" >"$T/verdicts" ||
		bail 'the judge fails'
	is "$(wc -l <"$T/verdicts")" "$(wc -l <"$T/list")" "$1: every case has a verdict"
	while IFS=$'\t' read -r program case verdict what; do
		case $verdict in
		right) pass "$1: $program $case" ;;
		skipped) skip "$1: $program $case" "$what" ;;
		*) fail "$1: $program $case" "$what" ;;
		esac
	done <"$T/verdicts"
}

one_level O2
[ -z "$LONG" ] || one_level O0

done_testing
