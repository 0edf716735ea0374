#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each row of the timeline and of the history, against what the program says it held then.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim ramp

record ramp "$(victim ramp)"
is "$status" 0 'a program that grows and shrinks by known steps'
start=$(q "$recording" '.marks[0].us')

# The mark lies before the program's own first look at the clock: a step or two is allowed.
compare() { # ROWS: lines of time and live
	awk -v start="$start" -v allowed=20000 '
		FNR == NR { us[++n] = $1; live[n] = $2; next }
		$1 > start + us[1] && $1 < start + us[n] {
			while (at < n && us[at + 1] <= $1 - start)
				at++
			off = $2 - live[at]
			off = off < 0 ? -off : off
			if (off > worst)
				worst = off
			rows++
		}
		END { print rows + 0, (worst > allowed ? worst : "fits") }' "$T/ramp.out" -
}
for series in timeline history; do
	read -r rows worst < <(q "$recording" ".$series.rows[] | \"\(.[0]) \(.[1])\"" | compare)
	at_least "$rows" 50 "the $series has rows"
	is "$worst" fits "and each of them holds what the program held, but for two steps"
done
is "$(q "$recording" '[.history.rows[] | .[1] == (.[2:] | add)] | all')" true \
	'the columns of each row add up to it, there being few sites'
done_testing
