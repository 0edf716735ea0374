# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The leak scan, by graph.c: how long it takes, how long the program stands still, what it needs.

SCAN_SHAPES='pages random500 random100 objects'

scan_mib() {
	[ -n "$QUICK" ] && echo 256 || echo 1024
}

scan_settings() { # LEAKS: what graph runs with
	settings=(-e "LD_PRELOAD=$LIBRARY" -e "TIDEMARK_OUTPUT=$WORK/scan.tide" -e "TIDEMARK_LEAKS=$1"
		-e TIDEMARK_LEAKS_TIME=600)
}

scan_told() { # FILTER
	"${TIDEMARK:-$BUILD/tidemark}" report --no-symbols --format json "$WORK/scan.tide" | jq -r "$1"
}

all_cpus() {
	local IFS=,
	echo "${CPUS[*]}"
}

# us that the scan took, CPU us of the program with and without it
scan_once() { # SHAPE HOW
	local with without
	scan_settings 0
	rm -f "$WORK"/scan.tide*
	without=$(measure "$(all_cpus)" "$WORK/graph" "$1" "$(scan_mib)" "$2") || return
	scan_settings 1
	rm -f "$WORK"/scan.tide*
	with=$(measure "$(all_cpus)" -o "$WORK/graph.out" "$WORK/graph" "$1" "$(scan_mib)" "$2") || return
	[ "$(scan_told .scan.state)" = "done" ] || complain "no scan of $1: $(scan_told .scan.state)"
	echo "$1,$2 time $(scan_told .scan.took_us) ${with%% *} ${without%% *} $(cat "$WORK/graph.out")"
}

# The most that the copy has for itself, KiB, looked at while it is at work
scan_memory() { # SHAPE HOW
	local program copy kib most=0
	rm -f "$WORK"/scan.tide*
	LD_PRELOAD=$LIBRARY TIDEMARK_OUTPUT=$WORK/scan.tide "$WORK/graph" "$1" "$(scan_mib)" "$2" \
		>"$WORK/graph.out" &
	program=$!
	while kill -0 $program 2>/dev/null; do
		sleep 0.02
		copy=$(pgrep -P $program) || continue
		kib=$(awk '/^Private_Dirty:/ { print $2 }' "/proc/$copy/smaps_rollup" 2>/dev/null)
		[ "${kib:-0}" -gt $most ] && most=$kib
	done
	wait $program
	echo "$1,$2 memory $most $(cat "$WORK/graph.out")"
}

# us that the program stands still for a scan in the middle of its run
scan_pause() { # SHAPE
	local program
	rm -f "$WORK"/scan.tide* "$WORK"/graph.in "$WORK"/graph.out
	mkfifo "$WORK/graph.in"
	LD_PRELOAD=$LIBRARY TIDEMARK_OUTPUT=$WORK/scan.tide "$WORK/graph" "$1" "$(scan_mib)" serve \
		<"$WORK/graph.in" >"$WORK/graph.out" &
	program=$!
	exec 9>"$WORK/graph.in"
	while [ ! -s "$WORK/graph.out" ] && kill -0 $program 2>/dev/null; do
		sleep 0.05
	done
	timeout 100 "${TIDEMARK:-$BUILD/tidemark}" leaks "$program" >/dev/null
	echo "$1,held pause $(scan_told .scan.pause_us) $(cat "$WORK/graph.out")"
	exec 9>&-
	wait $program
}

bench_scan() {
	local shape round
	command -v jq >/dev/null || {
		note 'no jq: the leak scan is left out'
		return
	}
	for shape in $SCAN_SHAPES; do
		echo "$shape" | grep -qE "${BENCH_CASES:-.}" || continue
		note "scan: $shape"
		for ((round = 0; round < ROUNDS; round++)); do
			scan_once "$shape" held
			[ $((round % 5)) != 0 ] || scan_pause "$shape"
		done
		scan_once "$shape" lost
		scan_memory "$shape" held
		scan_memory "$shape" lost
	done >"$WORK/scan"
	awk -f "$BENCH/scan.awk" "$WORK/scan" >>"$WORK/results"
}
