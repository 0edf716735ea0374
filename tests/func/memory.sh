#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a live block costs: the process's own memory with and without the library, at several numbers
# of blocks, while they grow and after churn.  The fixed cost is that of a run with one block.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim blocks
TIMEOUT=300

steady_limit=32
growing_limit=48
fixed_limit=8192 # KiB
pages_limit=16   # by which two runs of one thing may differ
counts=(10000 100000 300000 1000000)
[ -z "$LONG" ] || counts+=(3000000 10000000)

run_both() {
	bare "bare-$1" "$(victim blocks)" "$1"
	record "with-$1" "$(victim blocks)" "$1"
}

bytes_per_block() { # WITH BARE FIXED BLOCKS, all but blocks in KiB; in hundredths
	printf '%d' $(((($1 - $2 - $3) * 102400) / $4))
}

# The worst of all samples taken while it grew
growing() { # COUNT
	paste -d' ' <(grep ^growing= "$T/with-$1.out") <(grep ^growing= "$T/bare-$1.out") |
		awk -v fixed="$fixed" '{ split($1, w, "="); cost = ($2 - $4 - fixed) * 102400 / w[2]
			if (cost > worst) worst = cost } END { printf "%d", worst }'
}

# LIMIT COUNT: in hundredths of a byte a block
limit() { echo $(($1 * 100 + pages_limit * 409600 / $2)); }

per_block() { # COUNT
	run_both "$1"
	is "$status" 0 "$1 blocks: the program ends as it should"
	at_most "$(bytes_per_block "$(value steady "$T/with-$1.out")" "$(value steady "$T/bare-$1.out")" \
		"$fixed" "$1")" "$(limit $steady_limit "$1")" "$1 blocks: hundredths of a byte a block, steady"
	at_most "$(growing "$1")" "$(limit $growing_limit "$1")" \
		"$1 blocks: hundredths of a byte a block, growing"
	is "$(q "$recording" '.totals.live_blocks')" "$1" "$1 blocks: all are in the books"
}

run_both 1
fixed=$(($(value steady "$T/with-1.out") - $(value steady "$T/bare-1.out")))
at_most "$fixed" "$fixed_limit" "fixed cost in KiB"
for count in "${counts[@]}"; do
	per_block "$count"
done

done_testing
