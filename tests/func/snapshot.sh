#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark snapshot: copies of recordings at rest and of running programs, and what grew between two.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim told
need_victim threads8

take() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" snapshot "$@" >"$T/out" 2>"$T/err"; status=$?; }
# all FILE: what the report says, but for the name of the file
all() {
	"$TIDEMARK" report --format json --limit 4294967295 "$1" |
		jq -S 'del(.recording.path, .recording.flags)'
}
says() { # FILE WORDS DESCRIPTION
	if grep -qF -- "$2" "$T/$1"; then pass "$3"; else fail "$3" "$(head -5 "$T/$1")"; fi
}

# At rest, the copy says the same, whatever is in it.
copies_alike() { # NAME
	take -o "$T/$1.copy.tide" "$recording"
	is "$status,$(cat "$T/out")" "0,$T/$1.copy.tide" "$1: a recording at rest is copied"
	all "$recording" >"$T/$1.json"
	all "$T/$1.copy.tide" >"$T/$1.copy.json"
	same "$T/$1.json" "$T/$1.copy.json" "$1: the copy says what the recording says"
	is "$(q "$T/$1.copy.tide" '.recording.flags | any(. == "snapshot")')" false \
		"$1: and is no picture of a running program"
	at_most "$(stat -c %s "$T/$1.copy.tide")" "$(stat -c %s "$recording")" "$1: it is no larger"
}
record threads "$(victim threads8)" 30
copies_alike threads
record python python3 -c 'import json; print(len(json.dumps(list(range(1000)))))'
[ "$status" -ne 0 ] || copies_alike python
record jq jq -n '[range(2000)] | add'
copies_alike jq

# A program that does as it is told.
mkfifo "$T/in" "$T/answers"
mkdir "$T/here"
"$TIDEMARK" run -q -o "$T/told.tide" -- "$(victim told)" <"$T/in" >"$T/answers" 2>"$T/run.err" &
runner=$!
exec 7>"$T/in" 8<"$T/answers"
tell() {
	local answer
	printf '%s' "$1" >&7
	IFS= read -r -N ${#1} -t "$TIMEOUT" -u 8 answer
	[ "$answer" = "$1" ] || bail "the program did not answer '$1'"
}
tell a
pid=$(pgrep -P "$runner" -f told)
(cd "$T/here" && timeout "$TIMEOUT" "$TIDEMARK" snapshot "$pid") >"$T/out" 2>"$T/err"
is "$?" 0 'a running process is found by its number'
first=$T/here/$(cat "$T/out")
is "$(basename "$first" | sed 's/-*[0-9]*-[0-9]*\.tide$//')" "tidemark.told.$pid." \
	'the copy is named by program, process and time'
says err 'live' 'what was live is told'
"$TIDEMARK" report --format json --limit 1 "$pid" >"$T/live.json" 2>"$T/err"
is "$?,$(jq -c '[.recording.pid, .recording.state]' "$T/live.json")" "0,[$pid,\"running\"]" \
	'a report finds a running process by its number'
mkdir "$T/bare"
(cd "$T/bare" && "$TIDEMARK" report) >"$T/out" 2>"$T/err"
is "$?,$(grep -c "being recorded now: .*$pid (told).*; tidemark report [0-9]* tells" "$T/err")" 2,1 \
	'where no recording is, it names what is being recorded'
"$TIDEMARK" report "$T/here/" >"$T/out" 2>"$T/err"
is "$?,$(grep -c '//' "$T/out")" 0,0 'a directory may end in a slash'
tell b
take -o "$T/second.tide" "$pid"
tell Bab
(cd "$T/here" && timeout "$TIMEOUT" "$TIDEMARK" snapshot "$pid") >"$T/out" 2>"$T/err"
third=$T/here/$(cat "$T/out")
isnt "$third" "$first" 'no copy replaces another'
is "$(q "$first" '.recording.flags | any(. == "snapshot")')" true 'the copy is marked as one'
is "$(q "$first" '.recording | "\(.state) \(.alive)"')" 'running null' 'of a running program'
"$TIDEMARK" report "$first" >"$T/out"
says out 'running when this was copied' 'the report says so'
says out 'Live then' 'and speaks of then'
of() { qs "$1" '[.sites[] | select([frames[].function] | any(. == "'"$2"'")) | .live_bytes] | add // 0'; }
is "$(of "$first" from_a) $(of "$first" from_b)" '100000 0' 'the first copy has what was live then'
is "$(of "$T/second.tide" from_a) $(of "$T/second.tide" from_b)" '100000 100000' 'and so has the second'

"$TIDEMARK" diff --format json "$first" "$T/second.tide" >"$T/diff.json"
is "$(jq -r '. as $d | [.rows[] | select(.new.live_bytes != (.old.live_bytes // 0))
	| "\($d.new.frames[.new.stack[]].function | select(. == "from_b")) \(.change) \(
		.new.live_bytes - (.old.live_bytes // 0))"] | join(" ")' "$T/diff.json")" 'from_b new 100000' \
	'between them grew what grew'
is "$(jq '.same_process, .totals.live.change' "$T/diff.json" | tr '\n' ' ')" 'true 100000 ' \
	'and that is all'
"$TIDEMARK" diff "$first" "$third" >"$T/out"
is "$(grep -n '^Live\|^Peak' "$T/out" | cut -d: -f2 | cut -d' ' -f1 | tr '\n' ' ')" 'Live Peak ' \
	'of one process what lives comes first'
tell AB
exec 7>&- 8<&-
wait "$runner"
is "$?" 0 'the program ends as ever'
take -o "$T/late.tide" "$pid"
is "$status" 2 'a process that is gone has no recording'
says err "process $pid" 'and the message says so'

# Under way: threads that allocate all the time, and peak again and again.
mkdir "$T/storm"
TIDEMARK_OUTPUT="$T/storm/storm.tide" LD_PRELOAD="$TIDEMARK_LIBRARY" \
	"$(victim threads8)" 60000 >/dev/null 2>&1 </dev/null &
storm=$!
whole=0
taken=0
await_recording "$T/storm/storm.tide"
for ((i = 0; i < 8; i++)); do
	take -o "$T/storm.$i.tide" "$storm"
	[ "$status" -eq 0 ] || break
	taken=$((taken + 1))
	# The first one may be older than the first allocation.
	[ "$(q "$T/storm.$i.tide" '([.sites[].calls] | add // 0) == .totals.calls')" = true ] &&
		whole=$((whole + 1))
	calls=$(q "$T/storm.$i.tide" .totals.calls)
done
kill "$storm" 2>/dev/null
wait "$storm" 2>/dev/null
at_least "$taken" 1 'a busy program can be copied'
is "$whole" "$taken" 'and each copy is whole'
at_least "${calls:-0}" 1 'and the last one has something in it'

take
is "$status" 2 'without a word: the status'
take "$T/none.tide"
is "$status" 2 'no such file: the status'
says err 'no such recording' 'and the message'
take -o "$T/none/x.tide" "$first"
is "$status" 2 'no such directory: the status'
says err 'cannot be written' 'and the message'
take -o "$T/x.tide" "$TIDEMARK"
is "$status,$([ -e "$T/x.tide" ]; echo $?)" 3,1 'another file: the status, and nothing written'
is "$(find "$T" -name '*.tide.??????' | wc -l)" 0 'no temporary file is left'

done_testing
