# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Memory: RSS with a profiler minus RSS without, by held.c.

memory_counts() {
	echo 10000 100000 300000 1000000
	[ -n "$QUICK" ] || echo 3000000 10000000
}

memory_run() { # VARIANT WHAT COUNT
	use_variant "$1"
	measure "${CPUS[0]}" -o "$WORK/held.out" "$WORK/held" "$2" "$3" >/dev/null &&
		sed "s/^/$1 $2 $3 /" "$WORK/held.out"
}

bench_memory() {
	local variant count
	note memory
	# shellcheck disable=SC2046
	for variant in $(macro_variants); do
		for count in 1 $(memory_counts); do
			memory_run "$variant" blocks "$count"
		done
		for count in 20000 220000; do
			memory_run "$variant" sites "$count"
		done
	done >"$WORK/memory"
	awk -v counts="$(memory_counts | tr '\n' ' ')" -f "$BENCH/memory.awk" "$WORK/memory" \
		>>"$WORK/results"
}
