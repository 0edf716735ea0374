#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Which line of a service in Python keeps growing: between two copies of its recording, and between
# two marks that it sets itself.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python
python=$(pythons | head -1)
line=$(grep -n '# grows for ever' "$PYTHON_TESTS/service.py" | cut -d: -f1)

coproc SERVICE { timeout -k 5 "$TIMEOUT" env LD_PRELOAD="$TIDEMARK_LIBRARY" \
	TIDEMARK_OUTPUT="$T/service.tide" "$python" -S "$PYTHON_TESTS/service.py" 2>"$T/service.err"; }
ask() {
	local said
	echo >&"${SERVICE[1]}"
	read -r -t "$TIMEOUT" said <&"${SERVICE[0]}"
	printf '%s' "$said"
}

# The first thousand fill what is filled once.
is "$(ask)" 'served 1000' 'the service serves'
"$TIDEMARK" snapshot "$T/service.tide" -o "$T/old.tide" >"$T/out" 2>&1
is "$?" 0 'a copy of its recording'
for _ in 1 2 3 4 5; do last=$(ask); done
is "$last" 'served 6000' 'it serves five thousand more'
"$TIDEMARK" snapshot "$T/service.tide" -o "$T/new.tide" >"$T/out" 2>&1
is "$?" 0 'another copy'
eval "exec ${SERVICE[1]}>&-"
wait
is "$(cat "$T/service.err")" '' 'it ends well'

"$TIDEMARK" diff --no-symbols --by line "$T/old.tide" "$T/new.tide" >"$T/diff"
first=$(sed -n '/^Live/,/^$/p' "$T/diff" | grep -m1 'service.py:')
if [[ $first == *"service.py:$line"* ]]; then
	pass 'diff --by line: the line that keeps growing stands first'
else
	fail 'diff --by line: the line that keeps growing stands first' "$(cat "$T/diff")"
fi
# 5000 objects of 300 bytes, a head of 33 bytes each; and the lists that hold them.
"$TIDEMARK" diff --no-symbols --by line --format json "$T/old.tide" "$T/new.tide" >"$T/diff.json"
grown=$(jq --arg at "service.py:$line" '[.. | objects | select((.label? // "") | endswith($at)) |
	.new.live_bytes - .old.live_bytes] | max' "$T/diff.json")
near "$grown" $((5000 * 333)) 60000 'diff --by line: by what 5,000 requests leave'

for mark in 1000 6000; do
	"$TIDEMARK" report --no-symbols --at "served $mark" "$T/service.tide" >"$T/at.$mark"
	is "$(grep -c "who held the .* at: served $mark" "$T/at.$mark")" 1 "a mark of its own: served $mark"
done
at_least "$(grep -m1 -o "[0-9.]* MiB .*service.py:$line" "$T/at.6000" | cut -d. -f1)" 1 \
	'at the last mark the line holds megabytes'
"$TIDEMARK" report --no-symbols --since 'served 1000' --at 'served 6000' "$T/service.tide" >"$T/grown"
first=$(grep -A1 'what has grown by .* since .*: served 1000' "$T/grown" | tail -1)
if [[ $first == *"service.py:$line"* ]]; then
	pass '--since: between two marks the line that keeps growing stands first'
else
	fail '--since: between two marks the line that keeps growing stands first' "$first"
fi
"$TIDEMARK" report --no-symbols --since 'served 1000' --at 'served 6000' --format json \
	"$T/service.tide" >"$T/grown.json"
at_least "$(jq '.moment.sites[0].bytes' "$T/grown.json")" $((5000 * 333)) '--since: by so much'
valid report "$T/grown.json" '--since: the report keeps to its schema'
"$TIDEMARK" report --no-symbols --since 'served 1000' "$T/service.tide" >"$T/grown"
is "$(grep -c 'since .*: served 1000' "$T/grown")" 1 '--since alone: until the end'
"$TIDEMARK" report --since never "$T/service.tide" >"$T/grown" 2>&1
is "$?" 2 '--since: a moment that there was not'
done_testing
