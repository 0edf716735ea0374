#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Recording begins in the middle of a script, with other layers on the allocator of objects: every
# one is called once, and each object counts once.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python

script=$PYTHON_TESTS/begins.py

# The blocks of a thousand bytes and more that a line still holds.
held() { # LINE
	jq --arg line "$1" '. as $r | [.sites[] | select(.live_blocks > 0 and
		.live_bytes / .live_blocks >= 1000) | select([.stack[] | $r.frames[.] |
		select(.python)] | .[0].line == ($line | tonumber)) | .live_blocks] | add' "$T/report"
}

line_of() { sed -n "/# $1\$/=" "$script"; }

begins() { # NAME PYTHON [OPTION...] -- [before] [after]
	local name=$1 command=() line
	shift
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	rm -f "$T/begins.tide"
	timeout -k 5 "$TIMEOUT" "$TIDEMARK" run -q --start-after 0.15 -o "$T/begins.tide" -- \
		"${command[@]}" "$script" "$TIDEMARK" "${@:2}" >"$T/out" 2>"$T/err"
	is "$? $(cat "$T/err")" '0 ' "$name: the script ends as it should"
	"$TIDEMARK" report --no-symbols --all-frames --format json --limit 4294967295 \
		"$T/begins.tide" >"$T/report"
	for line in kept again; do
		near "$(held "$(line_of "$line")")" 2000 20 "$name: each object counts once ($line)"
	done
}

while read -r python; do
	version=$(version_of "$python")
	begins "$version" "$python" --
	begins "$version, tracemalloc before" "$python" -- before
	begins "$version, tracemalloc after" "$python" -- after
	begins "$version, tracemalloc from the start" "$python" -X tracemalloc --
	PYTHONMALLOC=debug begins "$version, PYTHONMALLOC=debug" "$python" --
	begins "$version, -X dev" "$python" -X dev --
	begins "$version, -X dev, tracemalloc after" "$python" -X dev -- after
done < <(pythons)
done_testing
