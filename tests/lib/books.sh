# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# Compares a recording with the books that a victim kept itself.

# The recording's sites as lines, summed by the function whose name begins with PREFIX_; columns
# as exact.c prints them.  books FILE PREFIX
books() {
	qs "$1" "$BOOKS_JQ"' by_function("'"$2"'")[]
		| "\(.name) \(.calls) \(.total) \(.live) \(.blocks) \(.at_peak) \(.temporaries) \(.histogram|tojson)"'
}

# own_NN PEAK for each function reached by one stack only
books_own() {
	qs "$1" "$BOOKS_JQ"' by_function("'"$2"'")[] | select(.sites == 1)
		| "own_\(.name | split("_")[1]) \(.own_peak)"'
}

# shellcheck disable=SC2016
BOOKS_JQ='
def named(prefix): [frames[] | .function // "" | select(startswith(prefix + "_"))][0] // "other";
def by_function(prefix):
	[.sites[] | . + {name: named(prefix)}] | group_by(.name) | map({
		name: .[0].name,
		sites: length,
		calls: (map(.calls) | add),
		total: (map(.total_bytes) | add),
		live: (map(.live_bytes) | add),
		blocks: (map(.live_blocks) | add),
		at_peak: (map(.at_peak_bytes) | add),
		own_peak: (map(.own_peak_bytes) | add),
		temporaries: (map(.temporaries) | add),
		histogram: ([map(.histogram)[]] | transpose | map(add))
	});
'

# Each total that the victim printed as KEY=VALUE against the recording's: check_totals FILE OUT KEY...
check_totals() {
	local file=$1 out=$2 key
	shift 2
	for key; do
		is "$(q "$file" ".totals.$key")" "$(value "$key" "$out")" "$key, to the byte"
	done
}

# Site by site, to the byte: check_sites FILE OUT PREFIX
check_sites() {
	grep "^$3_" "$2" | sort >"$2.sites"
	books "$1" "$3" | grep "^$3_" | sort >"$2.recorded"
	same "$2.sites" "$2.recorded" \
		"each of $(grep -c . "$2.sites") functions has its calls, bytes, peak share and sizes"
}
