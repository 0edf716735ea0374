#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Forty children of a threaded, allocating, forking program: all of them end, every time.  The long
# form does so a thousand times; `fork_loop.sh N` N times.

. "$(dirname "$0")/../lib/tap.sh"
need_library
need_victim forks

rounds=${1:-5}
[ -z "$LONG" ] || rounds=${1:-1000}
whole=0

for ((i = 0; i < rounds; i++)); do
	rm -rf "$T/o"
	mkdir "$T/o"
	TIDEMARK_OUTPUT="$T/o/%n.%p.tide" preload "$(victim forks)" threaded \
		>"$T/out" 2>"$T/err" </dev/null
	status=$?
	if [ "$status" = 0 ] && [ "$(value finished "$T/out")" = 40 ]; then
		whole=$((whole + 1))
	else
		diag "round $i: status $status, $(tr '\n' ' ' <"$T/out")"
	fi
done
is "$whole" "$rounds" "40 of 40 children end, $rounds times in a row"
is "$(cat "$T/err")" "" "and nothing is said on stderr"

done_testing
