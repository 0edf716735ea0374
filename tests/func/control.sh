#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Recording switched off and on from outside and by --start-after: what is in the books stays right.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim told

# A program that does as it is told: `tell LETTERS` returns when it has.
start() { # OPTION...
	rm -f "$T"/in "$T"/out "$T"/told*.tide*
	mkfifo "$T/in" "$T/out"
	"$TIDEMARK" run -q -o "$T/told.%p.tide" "$@" -- "$(victim told)" <"$T/in" >"$T/out" 2>"$T/run.err" &
	runner=$!
	exec 7>"$T/in" 8<"$T/out"
	pid=
	tell t
	pid=$(pgrep -P "$runner" -f told)
}
tell() {
	local answer
	printf '%s' "$1" >&7
	IFS= read -r -N ${#1} -t "$TIMEOUT" -u 8 answer
	[ "$answer" = "$1" ] || bail "the program did not answer '$1'"
}
finish() {
	exec 7>&- 8<&-
	wait "$runner"
}
# Asks, and lets the program come by until there is an answer.
request() {
	"$TIDEMARK" "$@" >"$T/ask.out" 2>"$T/ask.err" &
	local asker=$!
	while kill -0 "$asker" 2>/dev/null; do
		sleep 0.05
		tell t
	done
	wait "$asker"
	asked=$?
}
# of FUNCTION FIELD: from the report by function
of() {
	"$TIDEMARK" report --by function --format json "$T/told.$pid.tide" |
		jq "[.groups[] | select(.label == \"$1\") | .$2] | add // 0"
}
calls() { q "$T/told.$pid.tide" .totals.calls; }

start
tell ab
request off "$pid"
is "$asked" 0 "off is served at the next call"
is "$(cat "$T/ask.err")" "" "without a word of complaint"
grep -q "recording is off" "$T/ask.out" && pass "and says so" || fail "and says so" "$(cat "$T/ask.out")"
tell Aab
request on "$pid"
is "$asked" 0 "on is served at the next call"
tell Aa
finish
is "$(of from_a live_blocks)" 1000 "the blocks from after the pause are live"
is "$(of from_a calls)" 2000 "those of the pause are not in the books"
is "$(of from_a live_bytes)" 100000 "and the frees of those from before were seen in it"
is "$(of from_b live_blocks)" 1000 "a site of the pause has what it had before"
is "$(q "$T/told.$pid.tide" '.drops.unknown_free')" 0 "frees of blocks from the pause are no surprise"
is "$(q "$T/told.$pid.tide" '.recording.flags | index("paused") != null')" true \
	"the recording knows of its pause"
is "$(q "$T/told.$pid.tide" '[.marks[].text] | @csv')" '"recording off","recording on"' "and when it was"
is "$(q "$T/told.$pid.tide" '[(.recording.pauses | length), .recording.pauses[0].us == .marks[0].us,
	.recording.pauses[0].until_us == .marks[1].us] | @csv')" "1,true,true" "from the one mark to the other"
"$TIDEMARK" plot "$T/told.$pid.tide" >"$T/plot.txt"
grep -q "x  recording was off from" "$T/plot.txt" && pass "a plot says so" || fail "a plot says so"
grep -q -- '-xx*[-x]*$' "$T/plot.txt" && pass "and marks it below the curve" || fail "and marks it below the curve"
"$TIDEMARK" report --html -o "$T/plot.html" "$T/told.$pid.tide" 2>/dev/null &&
	is "$(tr -d ' \n' <"$T/plot.html" | grep -c '"pauses":\[{"us":')" 1 "so does the page"
"$TIDEMARK" report "$T/told.$pid.tide" | grep -q "not recorded" && pass "and the report says so" ||
	fail "and the report says so"

start --start-after 3
tell a
sleep 3.1
tell b
finish
is "$(of from_a calls)" 0 "--start-after: nothing before"
is "$(q "$T/told.$pid.tide" '.recording.pauses | [length, .[0].us, .[0].until_us >= 500000] | @csv')" "1,0,true" \
	"--start-after: the pause was at the start"
near "$(of from_b live_blocks)" 1000 32 "--start-after: everything after, but for a few before the clock is read"

start --start-after 600
tell af
request on "$pid"
tell b
finish
is "$(of from_a calls),$(of from_b calls)" 0,1000 "on ends the wait of --start-after"
child=$(find "$T" -name 'told*.tide' ! -name "told.$pid.tide" | head -1)
is "$(q "${child:-none}" '[.totals.calls, (.recording.flags | index("paused") != null)] | @csv' 2>/dev/null)" \
	"0,true" "a child of the pause is paused too"

start
"$TIDEMARK" off --timeout 1 "$pid" >"$T/ask.out" 2>"$T/ask.err"
is $? 2 "a program that makes no call is not waited for longer than asked"
grep -q "taken back" "$T/ask.err" && pass "the request is taken back" || fail "the request is taken back"
tell a
finish
is "$(of from_a calls)" 1000 "and does nothing later"

"$TIDEMARK" off $$ 2>"$T/ask.err"
is $? 2 "a process that is not recorded is refused"
grep -q "is not being recorded" "$T/ask.err" && pass "and it is said why" || fail "and it is said why"
"$TIDEMARK" on nonsense 2>/dev/null
is $? 2 "so is what is no process number"
"$TIDEMARK" run --start-after soon -- true 2>/dev/null
is $? 2 "and what is no number of seconds"

done_testing
