# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# Micro: added CPU time and instructions per malloc+free pair.
#
# A case is the slope between two lengths of a run of pairs.c; cases of the same run share samples.

# label | run | mode | threads | depth | size | short | long | lengths for callgrind
micro_cases() {
	cat <<-'END'
		at once, depth 5|l5|local|1|5|64|200000|1200000|3000 13000
		at once, depth 20|l20|local|1|20|64|100000|600000|3000 13000
		at once, depth 50|l50|local|1|50|64|100000|500000|3000 13000
		at once, depth 100|l100|local|1|100|64|50000|250000|3000 13000
		at once, 16 bytes|s16|local|1|20|16|100000|600000|
		at once, 4 KiB|s4k|local|1|20|4096|100000|600000|
		at once, 64 KiB|s64k|local|1|20|65536|100000|600000|
		random, depth 5|r5|random|1|5|0|200000|1200000|20000 30000
		random, depth 20|r20|random|1|20|0|100000|600000|20000 30000
		random, depth 50|r50|random|1|50|0|100000|500000|20000 30000
		random, depth 100|r100|random|1|100|0|50000|250000|20000 30000
		64 callers apart, depth 20|f20|far|1|20|0|100000|500000|20000 30000
		64 callers apart, depth 50|f50|far|1|50|0|50000|250000|20000 30000
		263,000 stacks in a tree, seen|tree|tree|1|0|0|295462|886386|295462 361000
		263,000 stacks in a tree, new|tree|tree|1|0|0|0|295462|0 295462
		248,000 stacks at random, seen|jump|jump|1|0|0|262144|786432|262144 327680
		248,000 stacks at random, new|jump|jump|1|0|0|0|262144|0 262144
		2 threads, depth 20|t2|random|2|20|0|100000|900000|
		4 threads, depth 20|t4|random|4|20|0|100000|900000|
		8 threads, depth 20|t8|random|8|20|0|100000|900000|
		2 threads, one frees|h2|handoff|2|20|64|102400|921600|
		8 threads, four free|h8|handoff|8|20|64|102400|921600|
	END
}

# In a quick run, what the targets are about
chosen_cases() {
	micro_cases | awk -F'|' -v quick="$QUICK" -v wanted="${BENCH_CASES:-.}" '
		quick && $1 ~ /100|KiB|16 bytes|[48] threads|, new/ { next }
		$1 ~ wanted'
}

# Each distinct run and length once
micro_samples() {
	chosen_cases | awk -F'|' '{
		for (i = 7; i <= 8; i++)
			if (!seen[$2, $i]++)
				print $2, $i, $3, $4, $5, $6
	}'
}

cpus_for() { # THREADS ROUND
	if [ "$1" = 1 ]; then
		cpu_of_round "$2"
	else
		local IFS=,
		echo "${CPUS[*]:0:$1}"
	fi
}

micro_variants() {
	echo bare "${VARIANTS[@]}"
	has_variant frames && echo bare_frames
}

micro_round() { # ROUND
	local round=$1 run length mode threads depth size variant cpus
	# shellcheck disable=SC2046
	while read -r run length mode threads depth size; do
		cpus=$(cpus_for "$threads" "$round")
		for variant in $(rotate "$round" $(micro_variants)); do
			use_variant "$variant"
			echo "$run $variant $length $round" "$(measure "$cpus" \
				"$WORK/pairs$flavour" "$mode" "$length" "$threads" \
				"$depth" "$size")"
		done
	done <"$WORK/samples" >>"$WORK/micro"
}

# Two lengths of each run that has some, for the variants whose instructions are of interest
micro_counts() {
	local label run mode threads depth size lengths length variant done=
	while IFS='|' read -r label run mode threads depth size _ _ lengths; do
		[ -n "$lengths" ] || continue
		[ -n "$QUICK" ] && [ "${#lengths}" -gt 11 ] && continue
		note "instructions: $label"
		for variant in bare tidemark heaptrack; do
			[ $variant = bare ] || has_variant $variant || continue
			use_variant $variant
			for length in $lengths; do
				case " $done " in *" $run/$variant/$length "*) continue ;; esac
				done="$done $run/$variant/$length"
				echo "$run $variant $length" "$(count_instructions "$WORK/pairs" \
					"$mode" "$length" "$threads" "$depth" "$size" </dev/null)"
			done
		done >>"$WORK/counts"
	done < <(chosen_cases)
}

bench_micro() {
	local round
	micro_samples >"$WORK/samples"
	: >"$WORK/micro"
	: >"$WORK/counts"
	for ((round = 1; round <= ROUNDS; round++)); do
		note "micro: round $round of $ROUNDS"
		micro_round "$round"
	done
	if [ "$COUNT" != no ]; then
		if command -v valgrind >/dev/null; then
			micro_counts
		else
			note 'no valgrind here, so no instructions; on Debian: apt install valgrind'
		fi
	fi
	chosen_cases >"$WORK/cases"
	awk -v variants="$(micro_variants | tr '\n' ' ')" \
		-f "$BENCH/stats.awk" -f "$BENCH/micro.awk" \
		"$WORK/cases" "$WORK/micro" "$WORK/counts" >>"$WORK/results"
}
