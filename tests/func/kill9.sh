#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# SIGKILL at a random moment: the recording opens, and its totals differ from the program's own log
# by no more than the call in flight of each thread.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim killed

right=0
rounds=${1:-20}
[ -z "$LONG" ] || rounds=${1:-200}
RANDOM=4711

# kill_one THREADS MILLISECONDS WHEN: so long after its start, or after it has begun its log
kill_one() {
	rm -rf "$T/k"
	mkdir "$T/k"
	TIDEMARK_OUTPUT="$T/k/r.tide" LD_PRELOAD="$TIDEMARK_LIBRARY" "$(victim killed)" "$T/k/log" "$1" \
		>/dev/null 2>&1 </dev/null &
	[ "$3" = start ] || await test -s "$T/k/log"
	sleep "$(printf '0.%03d' "$2")"
	kill -KILL $! 2>/dev/null
	wait $! 2>/dev/null
	[ ! -s "$T/k/log" ] || "$(victim killed)" --print "$T/k/log" >"$T/k/books"
}

# Of the program's own functions; what the C library allocated for its threads is apart
books_agree() {
	local file=$T/k/r.tide
	qs "$file" '[.sites[] | select([frames[].function // ""] | any(. == "killed_allocates"))]
		| "calls=\(map(.calls) | add // 0)\ntotal=\(map(.total_bytes) | add // 0)\nlive=\(
			map(.live_bytes) | add // 0)"' >"$T/k/recorded"
	between "$(value calls "$T/k/recorded")" "$(value calls_done "$T/k/books")" \
		"$(value calls_begun "$T/k/books")" &&
		between "$(value total "$T/k/recorded")" "$(value bytes_done "$T/k/books")" \
			"$(value bytes_begun "$T/k/books")" && live_agrees
}

between() { is_number "$1" && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }

live_agrees() {
	local live flight
	live=$(value live_bytes "$T/k/books")
	flight=$(value in_flight "$T/k/books")
	between "$(value live "$T/k/recorded")" "$live" $((live + flight))
}

for ((i = 0; i < rounds; i++)); do
	threads=$((1 + i % 4))
	kill_one "$threads" $((30 + RANDOM % 400)) "$([ $((i % 5)) -eq 0 ] && echo start || echo log)"
	if ! [ -s "$T/k/books" ]; then
		diag "round $i: killed before it began"
		right=$((right + 1))
		continue
	fi
	if books_agree; then
		right=$((right + 1))
	else
		diag "round $i, $threads threads: $(tr '\n' ' ' <"$T/k/books")"
		diag "recorded: $(tr '\n' ' ' <"$T/k/recorded") $(head -1 "$T/k/r.tide.named.json.err")"
	fi
done
is "$right" "$rounds" "of $rounds programs killed at random, all recordings open and agree"

done_testing
