#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The leak corpus: each case's blocks have the classes that the case says, and recording changes no
# status.  The long form runs the programs built without optimisation as well.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/runs.sh"
need_tool
have python3 || skip_all 'python3 is not installed'

# What is known to be wrong, and why.  When one of these turns out right, the line goes.
known() {
	cat <<-'END'
	END
}

# wrong DESCRIPTION PROGRAM/CASE WHAT
wrong() {
	local reason
	reason=$(known | awk -F'\t' -v c="$2" '$1 == c { print $2 }')
	if [ -n "$reason" ]; then
		tap_count=$((tap_count + 1))
		printf 'not ok %d - %s # TODO %s\n' "$tap_count" "$1" "$reason"
		diag "$3"
	else
		fail "$1" "$3"
	fi
}

# right DESCRIPTION PROGRAM/CASE
right() {
	if known | cut -f1 | grep -qxF "$2"; then
		fail "$1" 'is right now; take it off the list of what is known'
	else
		pass "$1"
	fi
}

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
		right) right "$1: $program $case" "$program/$case" ;;
		skipped) skip "$1: $program $case" "$what" ;;
		*) wrong "$1: $program $case" "$program/$case" "$what" ;;
		esac
	done <"$T/verdicts"
}

one_level O2
[ -z "$LONG" ] || one_level O0

done_testing
