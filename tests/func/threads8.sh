#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Eight threads against the replay of their one log: totals and live to the byte, the peak and its
# composition within the bound that the recording states, or 64 KiB.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/books.sh"
need_tool
need_victim threads8

# The ten largest at the peak: the farthest from the replay
farthest_site() {
	join <(sort "$1" | cut -d' ' -f1,6) <(books "$2" site | sort | cut -d' ' -f1,6) |
		sort -k2,2nr | head -10 |
		awk '{ d = $2 - $3; if (d < 0) d = -d; if (d > max) max = d }
			END { if (NR == 10) print max + 0; else print "sites:", NR }'
}

one_run() {
	local name=$1 bound others peak
	record "$name" "$(victim threads8)" "$2"
	is "$status" 0 "$name: the program ends as it should"
	grep ^site_ "$T/$name.out" | cut -d' ' -f1-5 >"$T/sites"
	books "$recording" site | grep ^site_ | cut -d' ' -f1-5 >"$T/recorded"
	same "$T/sites" "$T/recorded" "$name: calls, bytes and live of each function, to the byte"

	bound=$(q "$recording" .totals.peak_error_bytes)
	diag "stated bound: $bound"
	[ "${bound:-0}" -gt 65536 ] || bound=65536
	# what the C library allocated for the threads is alive all the time
	others=$(books "$recording" site | awk '/^other/ { print $6 }')
	peak=$(value peak_bytes "$T/$name.out")
	peak=$((peak + ${others:-0}))
	near "$(q "$recording" .totals.peak_bytes)" "$peak" "$bound" "$name: the peak"
	near "$(q "$recording" .totals.at_peak_bytes)" "$peak" "$bound" "$name: the sum at the peak"
	grep ^site_ "$T/$name.out" >"$T/truth"
	at_most "$(farthest_site "$T/truth" "$recording")" "$bound" "$name: the ten largest sites"
	is "$(lost "$recording")" 0 "$name: nothing is missing from the books"
	at_least "$(q "$recording" .recording.threads_most)" 8 "$name: all threads were seen"
}

for run in 1 2 3; do
	one_run "run-$run" $((2000 * run))
done

done_testing
