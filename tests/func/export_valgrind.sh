#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Valgrind's programs read of an export: ms_print, callgrind_annotate and DHAT's viewer, against
# the report.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/readers.sh"
need_tool
need_victim templates
make_recordings

# Each reads "VALUE NAME" lines and adds up those of one name.
add_up() {
	awk '{ value = $1; sub(/^[^ ]* /, ""); sum[$0] += value }
		END { for (name in sum) if (sum[name]) printf "%.0f %s\n", sum[name], name }' |
		LC_ALL=C sort
}

# "VALUE 0xADDRESS: FUNCTION (file:line)" or "(in module)"
drop_place() { sed -E 's/^([0-9]+) 0x[0-9A-F]+: /\1 /; s,\?\?\? \(in .*/([^/]*)\)$,\1,; s/ \([^()]*\)$//'; }

# tree FILE NUMBER: the first level of a snapshot's tree
tree() {
	awk -v want="$2" '/^ *[0-9]+ +[0-9,]+ +[0-9,]+ / { now = $1 + 0 }
		now == want && /^->/ { sub(/^->[0-9.]+% \(/, ""); sub(/B\)/, ""); print }' "$1" |
		sed -E ':a; s/^([0-9]+),([0-9])/\1\2/; ta' | drop_place | add_up
}

if have ms_print; then
	for name in "${recordings[@]}"; do
		write massif "$name"
		ms_print --threshold=0 "$T/$name.massif" >"$T/printed" 2>"$T/err"
		is "$?,$(wc -c <"$T/err")" 0,0 "$name: ms_print reads it without a word"
		peak=$(sed -nE 's/^ Detailed snapshots: .*[[ ]([0-9]+) \(peak\).*/\1/p' "$T/printed")
		wanted "$name" at_peak_bytes '#' '@' >"$T/wanted"
		tree "$T/printed" "$peak" >"$T/got"
		same "$T/wanted" "$T/got" "$name: bytes of each function at the peak in ms_print"
		last=$(sed -nE 's/^Number of snapshots: ([0-9]+)/\1/p' "$T/printed")
		wanted "$name" live_bytes '#' '@' >"$T/wanted"
		tree "$T/printed" $((last - 1)) >"$T/got"
		same "$T/wanted" "$T/got" "$name: and at the end"
		is "$(sed -n 's/^mem_heap_B=//p' "$T/$name.massif" | sort -n | tail -n 1)" \
			"$(total "$name" at_peak_bytes)" "$name: no snapshot is above the peak"
	done
else
	skip 'ms_print' 'valgrind is not installed'
fi

# annotated FILE EVENT OPTION...: "VALUE FUNCTION"
annotated() {
	local file=$1 event=$2
	shift 2
	callgrind_annotate --threshold=100 --show-percs=no --auto=no --show="$event" --sort="$event" \
		"$@" "$file" 2>>"$T/err" |
		sed -nE '/file:function$/,$ s/^ *([0-9,]+)  [^:]*:(.*) \[[^[]*\]$/\1 \2/p' |
		sed -E ':a; s/^([0-9]+),([0-9])/\1\2/; ta' | add_up
}

# What each function has with all that it calls; one that is on a stack twice counts once.
inclusive() { # NAME KEY
	jq -r "$name_filter"' [.sites[] | {value: .'"$2"', on: ([.stack[] | [name, $frames[.].file, $frames[.].module]] | unique)}
		| .value as $value | .on[] | {name: .[0], value: $value}]
		| group_by(.name)[] | "\(map(.value) | add) \(.[0].name)"' "$(of "$1").named.json" |
		tr '#' '@' | awk '$1 != 0' | LC_ALL=C sort
}

if have callgrind_annotate; then
	for name in "${recordings[@]}"; do
		write callgrind "$name"
		: >"$T/err"
		while read -r event key; do
			wanted "$name" "$key" '#' '@' >"$T/wanted"
			annotated "$T/$name.callgrind" "$event" >"$T/got"
			same "$T/wanted" "$T/got" "$name: $event of each function in callgrind_annotate"
		done <<-END
			peakB at_peak_bytes
			peakBk at_peak_blocks
			curB live_bytes
			curBk live_blocks
			totB total_bytes
			totBk calls
			tmpBk temporaries
		END
		inclusive "$name" total_bytes >"$T/wanted"
		annotated "$T/$name.callgrind" totB --inclusive=yes >"$T/got"
		same "$T/wanted" "$T/got" "$name: totB of each function and all that it calls"
		callgrind_annotate "$T/$name.callgrind" >"$T/printed" 2>>"$T/err"
		is "$(wc -c <"$T/err")" 0 "$name: callgrind_annotate reads it without a word"
	done
else
	skip 'callgrind_annotate' 'valgrind is not installed'
fi

viewer=$(find /usr/libexec/valgrind /usr/lib/valgrind /usr/lib/*/valgrind -name dh_view.js 2>/dev/null | head -n 1)
if have node && [ -n "$viewer" ]; then
	for name in "${recordings[@]}"; do
		write dhat "$name"
		node "$srcdir/tests/lib/dh_view.js" "$viewer" "$T/$name.dhat" >"$T/viewed" 2>"$T/err"
		is "$?,$(cat "$T/err")" 0, "$name: DHAT's viewer shows it"
		while read -r field key; do
			is "$(awk -v field="$field" '$1 == field { print $2 }' "$T/viewed")" "$(total "$name" "$key")" \
				"$name: $field of the whole"
		done <<-END
			tb total_bytes
			tbk calls
			gb at_peak_bytes
			gbk at_peak_blocks
			eb live_bytes
			ebk live_blocks
		END
		while read -r column key; do
			wanted "$name" "$key" >"$T/wanted"
			awk -v column="$column" '/^[0-9]/ { value = $column
				for (i = 0; i < 7; i++) sub(/^[0-9]+ /, "")
				print value, $0 }' "$T/viewed" | drop_place | add_up >"$T/got"
			same "$T/wanted" "$T/got" "$name: $key of each function in DHAT's viewer"
		done <<-END
			1 total_bytes
			4 at_peak_bytes
			6 live_bytes
		END
		# A stack's own peak is known best where it is alone: each site's is in the list.
		is "$(awk '/^[0-9]/ && ($3 < $4 || $3 < $6 || $3 > $1)' "$T/viewed" | wc -l)" 0 \
			"$name: no stack had less than at the peak or the end, or more than in all"
	done
else
	skip "DHAT's viewer" 'node or valgrind is not installed'
fi

done_testing
