#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The leak scan as such: amid threads that allocate while the process ends, switched off, on demand,
# with the holders of what is reachable.  What it must find is in tests/leaks.  The long form ends a
# threaded program 1000 times.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim exit_storm
need_victim leaky_service
need_victim tangle

# run NAME OPTION... PROGRAM: $status, $T/NAME.tide
run() {
	local name=$1
	shift
	rm -f "$T/$name".tide*
	timeout "$TIMEOUT" "$TIDEMARK" run -q -o "$T/$name.tide" "$@" >"$T/$name.out" 2>"$T/$name.err"
	status=$?
}
told() { "$TIDEMARK" report --no-symbols --format json "$1" | jq -c "$2"; }

# Each must end with its own status, and with the one leak that it has.
storm() { # TIMES
	local good=0 last=
	for ((i = 0; i < $1; i++)); do
		run storm "$(victim exit_storm)"
		last="$status $(told "$T/storm.tide" '[.scan.state, .leaks.definite.bytes, .leaks.indirect.bytes]')"
		[ "$last" = '7 ["done",1000,0]' ] && good=$((good + 1)) || diag "run $i: $last"
	done
	is "$good" "$1" "$1 times a program ends amid its threads' work"
}
[ -n "$LONG" ] && storm 1000 || storm 25
is "$(cat "$T/storm.out" "$T/storm.err")" "" "and nothing is printed"

# The copy that scans is stopped while it is at work, most of a second: it will never be done.
# Without a process of its own for each look, so that it cannot be missed.
hold_up() {
	local program copy=
	"$TIDEMARK" run -q --leaks-time 1 -o "$T/late.tide" "$(victim tangle)" 1500000 >"$T/late.out" 2>&1 &
	runner=$!
	await pgrep -P "$runner" -x tangle
	program=$(pgrep -P "$runner" -x tangle)
	while kill -0 "$program" 2>/dev/null; do
		read -r copy <"/proc/$program/task/$program/children"
		[ -n "$copy" ] && kill -STOP $copy && break
	done 2>/dev/null
	wait "$runner"
	status=$?
}
hold_up
is "$status $(told "$T/late.tide" .scan.state)" '5 "timed_out"' "--leaks-time: a scan that takes longer is given up"
is "$(told "$T/late.tide" '.scan.took_us | . >= 1000000 and . < 60000000')" true "when that has passed"
is "$(cat "$T/late.out")" "" "the program does not notice"
"$TIDEMARK" report --no-symbols "$T/late.tide" >"$T/late.report"
grep -q 'took too long' "$T/late.report" && pass "and the report tells why there are no leaks" ||
	fail "and the report tells why there are no leaks" "$(cat "$T/late.report")"

run off --no-leaks "$(victim exit_storm)"
is "$(told "$T/off.tide" '[.scan.state, .leaks]')" '["off",null]' "--no-leaks looks for none"
"$TIDEMARK" report --no-symbols "$T/off.tide" >"$T/off.report"
grep -q 'not looked for: recorded with --no-leaks' "$T/off.report" &&
	pass "and the report says so" || fail "and the report says so" "$(cat "$T/off.report")"

run holders --holders "$(victim exit_storm)"
# The threads' lists hang from a variable of the program; chains end at a root and are not endless.
is "$(told "$T/holders.tide" '[.leak_blocks[] | select(.class == "reachable") | .holders | last.kind] |
	unique - ["data", "stack", "register", "mapping", "tls", "loader"]')" '[]' \
	"--holders: every chain ends at a root"
is "$(told "$T/holders.tide" '[.leak_blocks[] | select(.bytes == 50) | .holders[0] |
	.kind, (.module | split("/") | last)]')" '["data","exit_storm"]' "a variable of the program is told"
is "$("$TIDEMARK" report --format json "$T/holders.tide" | jq -c '[.leak_blocks[] |
	select(.bytes == 50) | .holders[0].symbol] | unique')" '["anchor"]' "by its name"
"$TIDEMARK" report --show-reachable "$T/holders.tide" >"$T/holders.report"
grep -q 'held by' "$T/holders.report" && pass "and the report tells them" ||
	fail "and the report tells them" "$(cat "$T/holders.report")"

mkfifo "$T/in" "$T/out"
"$TIDEMARK" run -q -o "$T/service.tide" "$(victim leaky_service)" <"$T/in" >"$T/out" 2>"$T/service.err" &
runner=$!
exec 7>"$T/in" 8<"$T/out"
read -r -t "$TIMEOUT" -u 8 answer
is "$answer" ready "a service runs"
pid=$(pgrep -P "$runner" -f leaky_service)
"$TIDEMARK" snapshot -o "$T/snap.tide" "$pid" >/dev/null 2>&1
sleep 0.1
echo >&7
read -r -t "$TIMEOUT" -u 8 answer
timeout "$TIMEOUT" "$TIDEMARK" leaks "$pid" >"$T/leaks.out" 2>"$T/leaks.err"
is "$?" 0 "leaks are looked for while it runs"
grep -q 'Leaks: definite' "$T/leaks.out" && pass "some are found" || fail "some are found" "$(cat "$T/leaks.out")"
grep -q '500 B definite in 4 blocks' "$T/leaks.out" && pass "as many as there are" ||
	fail "as many as there are" "$(cat "$T/leaks.out")"
grep -q 'push' "$T/leaks.out" && fail "and no block on its way between threads" "$(cat "$T/leaks.out")" ||
	pass "and no block on its way between threads"
timeout "$TIMEOUT" "$TIDEMARK" leaks --since "$T/snap.tide" "$pid" >"$T/since.out" 2>&1
grep -q '200 B definite in 1 block' "$T/since.out" && pass "--since: it alone is newer than a snapshot" ||
	fail "--since: it alone is newer than a snapshot" "$(cat "$T/since.out")"
timeout "$TIMEOUT" "$TIDEMARK" leaks --since "$T/off.tide" "$pid" >"$T/other.out" 2>&1
is "$?" 2 "a recording of another run is refused"
timeout "$TIMEOUT" "$TIDEMARK" leaks 999999999 >/dev/null 2>&1
is "$?" 2 "and so is a process that is not there"
exec 7>&- 8<&-
wait "$runner"
is "$?" 0 "the service ends as it would"
is "$(told "$T/service.tide" '[.scan.state, (.scan.flags | index("on_demand")), .leaks.definite.bytes]')" \
	'["done",null,500]' "and at its end all that it lost is found"

# A search in the middle of a run says nothing of its end.
"$TIDEMARK" run -o "$T/late.tide" "$(victim leaky_service)" <"$T/in" >"$T/out" 2>"$T/late.err" &
runner=$!
exec 7>"$T/in" 8<"$T/out"
read -r -t "$TIMEOUT" -u 8 answer
pid=$(pgrep -P "$runner" -f leaky_service)
timeout "$TIMEOUT" "$TIDEMARK" leaks "$pid" >"$T/leaks.out" 2>"$T/leaks.err"
"$TIDEMARK" snapshot -o "$T/late1.tide" "$pid" >/dev/null 2>&1
echo >&7
read -r -t "$TIMEOUT" -u 8 answer
"$TIDEMARK" snapshot -o "$T/late2.tide" "$pid" >/dev/null 2>&1
kill -9 "$pid"
exec 7>&- 8<&-
wait "$runner"
is "$(told "$T/late.tide" '[.scan.state, (.scan.flags | index("on_demand"))]')" '["done",0]' \
	'a program is killed after a search on demand'
for how in '' '--max-definite=1G'; do
	# shellcheck disable=SC2086
	"$TIDEMARK" check $how "$T/late.tide" >"$T/check.out" 2>&1
	is "$?" 2 "the gate has nothing measured ${how:-}"
done
grep -q 'NOT MEASURED' "$T/check.out" && grep -q 'on demand' "$T/check.out" &&
	pass 'and says why' || fail 'and says why' "$(cat "$T/check.out")"
"$TIDEMARK" report "$T/late.tide" >"$T/late.report" 2>&1
for text in report err; do
	grep -q 'leaks *at .* (on demand): ' "$T/late.$text" && pass "the moment is told ($text)" ||
		fail "the moment is told ($text)" "$(head -20 "$T/late.$text")"
	grep -q 'not at the end' "$T/late.$text" && pass "and that it is not the end ($text)" ||
		fail "and that it is not the end ($text)" "$(head -20 "$T/late.$text")"
done
grep -q 'Live at the end' "$T/late.report" && pass 'what lives at the end is told, too' ||
	fail 'what lives at the end is told, too' "$(grep '^[A-Z]' "$T/late.report")"
"$TIDEMARK" diff "$T/late1.tide" "$T/late2.tide" >"$T/late.diff" 2>&1
grep -q 'one and the same search' "$T/late.diff" && ! grep -qi '^ *leaked' "$T/late.diff" &&
	pass 'one search is not compared with itself' ||
	fail 'one search is not compared with itself' "$(head -20 "$T/late.diff")"

# What ended before recording began was not searched, whatever the search says.
"$TIDEMARK" run --start-after 9 -o "$T/early.tide" "$(victim loses)" lose=5 >"$T/early.out" 2>"$T/early.err"
grep -q 'ended before recording began (--start-after 9)' "$T/early.err" &&
	pass '--start-after: a program that ends sooner is told so' ||
	fail '--start-after: a program that ends sooner is told so' "$(cat "$T/early.err")"
"$TIDEMARK" report "$T/early.tide" >"$T/early.report" 2>&1
grep -q 'leaks *not looked for: recording had not begun' "$T/early.report" &&
	pass 'and its report tells of no leaks' ||
	fail 'and its report tells of no leaks' "$(head "$T/early.report")"

done_testing
