#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What pprof reads of an export: go tool pprof and google-pprof, against the report.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/readers.sh"
need_tool
need_victim templates
make_recordings

# go tool pprof keeps nothing, and asks nobody for names.
export HOME=$T PPROF_TMPDIR=$T GOFLAGS=-mod=mod GOTOOLCHAIN=local
pprof() { timeout -k 5 "$TIMEOUT" go tool pprof -symbolize=none "$@" 2>>"$T/pprof.err"; }
all=(-nodefraction=0 -edgefraction=0 -nodecount=1000000 -unit=B)

# own: "VALUE FUNCTION" of each function that has a value of its own, from what -top prints
own() {
	sed -nE 's/^ *(-?[0-9]+)B? +[^ ]+% +[^ ]+% +-?[0-9]+B? +[^ ]+%  (.*)$/\1 \2/p' |
		sed 's/ (inline)$//' | awk '$1 != 0' | LC_ALL=C sort
}

# flat FILE OPTION...
flat() {
	local file=$1
	shift
	pprof -top "${all[@]}" "$@" "$file" | own
}

if have go && go tool pprof -h 2>&1 | grep -q sample_index; then
	for name in "${recordings[@]}"; do
		write pprof "$name"
		while read -r type key; do
			wanted "$name" "$key" >"$T/wanted"
			flat "$T/$name.pprof" -sample_index="$type" >"$T/got"
			same "$T/wanted" "$T/got" "$name: $type of each function in go tool pprof"
		done <<-END
			peak_space at_peak_bytes
			inuse_space live_bytes
			inuse_objects live_blocks
			alloc_space total_bytes
			alloc_objects calls
		END
		flat "$T/$name.pprof" >"$T/got"
		wanted "$name" at_peak_bytes >"$T/wanted"
		same "$T/wanted" "$T/got" "$name: the peak is what it shows first"
		flat "$T/$name.pprof" -base "$T/$name.pprof" >"$T/got"
		is "$(wc -l <"$T/got")" 0 "$name: with itself as the base, nothing is left"
	done
	write pprof cxx -m total
	is "$(pprof -top "$T/cxx.pprof" | sed -n 's/^Type: //p')" alloc_space '--metric says what comes first'
	pprof -raw "$T/cxx.pprof" >"$T/raw"
	at_least "$(grep -c '(anonymous namespace)::innermost.*s=0$\|(anonymous namespace)::innermost' "$T/raw")" 1 \
		'inlined functions are there'
	is "$(grep -A1 '^Mappings' "$T/raw" | grep -c '/templates ')" 1 'the program is the first mapping'
	is "$(grep -A1 '^Mappings' "$T/raw" | grep -o '[0-9a-f]\{40\}')" \
		"$(file -L "$(victim templates)" | grep -o 'sha1\]=[0-9a-f]*' | cut -d= -f2)" \
		'with its build-id'
	pprof -tags -sample_index=alloc_space "$T/threads.pprof" >"$T/tags"
	at_least "$(grep -c ' threads8 ([0-9]*)$' "$T/tags")" 9 'threads and the process are labels'
	at_least "$(grep -c ' threads8.c:[0-9]* main$' "$T/tags")" 1 'and where threads were begun'
	# Addresses, mappings and build-ids alone lead the reader to the same names.
	write pprof file --no-symbols
	is "$(pprof -raw "$T/file.pprof" | grep -c '\[FN\]')" 0 '--no-symbols: the reader is to look names up'
	pprof -raw "$T/file.pprof" | awk '
		/^ *[0-9]+ .*[0-9]+: [0-9]+ / { value[++n] = $4; sub(/.*: /, ""); place[n] = $1 }
		/^ *[0-9]+: 0x[0-9a-f]+ M=1/ { address[$1 + 0] = $2 }
		/^1: 0x[0-9a-f]+\// { split($2, at, "/"); start = at[1] }
		END { for (i = 1; i <= n; i++) if (value[i]) print value[i], address[place[i]], start }' |
		while read -r value address start; do
			printf '%s %s\n' "$value" "$(addr2line -f -e "$(victim odd)" \
				"$(printf '0x%x' $((address - start)))" | head -1)"
		done | LC_ALL=C sort >"$T/got"
	wanted file live_bytes >"$T/wanted"
	same "$T/wanted" "$T/got" '--no-symbols: addresses and mappings lead to the names of the report'
else
	skip 'go tool pprof' 'go is not installed'
fi

# The text form: sums by go tool pprof, names by google-pprof, which asks nm.
for name in "${recordings[@]}"; do
	write heap "$name"
	is "$(sed -n '1s/heap profile: *\([0-9]*\): *\([0-9]*\) \[ *\([0-9]*\): *\([0-9]*\)\].*/\1 \2 \3 \4/p' \
		"$T/$name.heap")" "$(total "$name" live_blocks) $(total "$name" live_bytes) $(total "$name" calls) $(
			total "$name" total_bytes)" "$name: the sums of the heap profile"
	have go || continue
	is "$(pprof -raw "$T/$name.heap" |
		awk '/^Locations/ { exit }
			/^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+:/ { all += $2; live += $4; next }
			/^ *[0-9]+ +[0-9]+:/ { all += $2; live += $2 } # all of it is live
			END { printf "%.0f %.0f\n", all, live }')" \
		"$(total "$name" total_bytes) $(total "$name" live_bytes)" "$name: and of its lines, in go tool pprof"
done
if have google-pprof; then
	google-pprof --text --alloc_space --show_bytes "$(victim odd)" "$T/file.heap" 2>/dev/null |
		awk '$6 ~ /^odd_/ { print $1, $6 }' | LC_ALL=C sort >"$T/got"
	wanted file total_bytes >"$T/wanted"
	same "$T/wanted" "$T/got" 'bytes of each function in google-pprof'
	write heap threads -m peak
	is "$(sed -n '1s/heap profile: *[0-9]*: *\([0-9]*\) .*/\1/p' "$T/threads.heap")" \
		"$(total threads at_peak_bytes)" 'heap -m peak: what was held at the peak'
else
	skip 'google-pprof' 'google-pprof is not installed'
fi

done_testing
