#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A single-threaded program that keeps its own books: everything is equal to the byte.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/books.sh"
need_tool
need_victim exact

one_program() {
	local name=$1
	shift
	record "$name" "$(victim exact)" "$@"
	is "$status" 0 "$name: the program ends as it should"
	check_totals "$recording" "$T/$name.out" \
		peak_bytes live_bytes live_blocks total_bytes calls temporaries
	is "$(q "$recording" .totals.at_peak_bytes)" "$(value peak_bytes "$T/$name.out")" \
		"$name: the at-peak values add up to the peak"
	is "$(q "$recording" '[.sites[].at_peak_bytes] | add')" \
		"$(value peak_bytes "$T/$name.out")" "$name: and so they do site by site"
	is "$(q "$recording" .totals.peak_error_bytes)" 0 "$name: and the recording claims exactness"
	check_sites "$recording" "$T/$name.out" site
	grep ^own_ "$T/$name.out" | sort >"$T/$name.own"
	books_own "$recording" site | grep ^own_ | sort >"$T/$name.own.recorded"
	same "$T/$name.own" "$T/$name.own.recorded" "$name: functions with one stack have their own peak"
	is "$(lost "$recording")" 0 "$name: nothing is missing from the books"
	is "$(q "$recording" .drops.unknown_free)" 0 "$name: no unknown block was freed"
}

one_program first 120000
one_program second 150000 77
one_program short 2000 5

done_testing
