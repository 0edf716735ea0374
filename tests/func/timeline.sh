#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each row of the timeline and of the history, against what the program says it held then.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim ramp

record ramp "$(victim ramp)"
is "$status" 0 'a program that grows and shrinks by known steps'
start=$(q "$recording" '.marks[-1].us')

# The mark lies a little behind the program's look at the clock: a step or two is allowed.  Steps that
# may have been taken, but need not, are in [at, may].
compare() { # ROWS: lines of time and live
	awk -v start="$start" -v allowed=20000 '
		FNR == NR { before[++n] = $1; after[n] = $2; live[n] = $3; next }
		$1 > start + after[1] && $1 < start + before[n] {
			while (at < n && after[at + 1] <= $1 - start)
				at++
			for (may = at; may < n && before[may + 1] <= $1 - start; may++)
				;
			off = -1
			for (i = at; i <= may; i++) {
				d = $2 < live[i] ? live[i] - $2 : $2 - live[i]
				if (off < 0 || d < off)
					off = d
			}
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
