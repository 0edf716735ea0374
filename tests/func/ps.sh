#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark ps tells what Python's psutil tells, field by field.

. "$(dirname "$0")/../lib/tap.sh"
need_tool

ps() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" ps "$@" >"$T/out" 2>"$T/err"; status=$?; }

children=()
end_all() {
	local pid
	for pid in "${children[@]}"; do
		"$TIDEMARK" ps --children "$pid" 2>/dev/null | awk 'NR > 1 && $1 > 1 { print $1 }'
	done | xargs -r kill -9 2>/dev/null
	wait 2>/dev/null
	tap_cleanup
}
trap end_all EXIT

ps 4194305
is "$status" 2 'a process that is not there: the status'
is "$(cat "$T/err")" 'tidemark: no process 4194305: it has ended, or never was' \
	'a process that is not there: the message'
ps tree
is "$status" 2 'a word that is no number: the status'
ps $$ 4194305
is "$status" 2 'one of two is not there: the status'
is "$(awk 'NR == 2 { print $1 }' "$T/out")" $$ 'one of two is not there: the other is printed'
ps
is "$status" 0 'without a number'
at_least "$(grep -c . "$T/out")" 2 'without a number there are rows'

# FILE: until somebody has written it
written() { await test -s "$1" || bail "nobody wrote $1"; }

# Another user's process: what anybody may see is shown, the rest is a dash.
if [ "$(id -u)" = 0 ] && have setpriv; then
	setpriv --reuid 65534 --clear-groups /proc/self/fd/9 ps $$ 9<"$TIDEMARK" \
		>"$T/out" 2>"$T/err"
	is $? 2 "another user's process: the status"
	is "$(awk 'NR == 2 { print $4 $5 }' "$T/out")" -- "another user's process: dashes"
	is "$(grep -c "another user's" "$T/err")" 1 "another user's process: the message"
else
	skip "another user's process" 'needs root and setpriv'
fi

python=/usr/bin/python3
$python -c 'import psutil' 2>/dev/null || {
	skip 'compared with psutil' 'python3-psutil is missing; scripts/setup.sh installs it'
	done_testing
}
same_as_psutil() { # rest|moving|tree PID DESCRIPTION
	local said
	# shellcheck disable=SC2154 # of tap.sh
	if said=$(timeout -k 5 "$TIMEOUT" $python "$srcdir/tests/lib/psutil_same.py" "$TIDEMARK" "$1" \
		"$2" 2>&1); then
		pass "$3 ($said)"
	else
		fail "$3" "$said"
	fi
}

$python -c '
import mmap, os, time
kept = [bytes(100000) for _ in range(300)]
shared = mmap.mmap(-1, 1 << 20)
shared.write(b"x" * 500000)
file = open("'"$T"'/gone", "w+b")
file.write(b"y" * 100000)
file.flush()
mapped = mmap.mmap(file.fileno(), 100000)
mapped.read()
os.unlink("'"$T"'/gone")
print("ready", flush=True)
time.sleep(600)' >"$T/ready" &
children+=($!)
disown
resting=$!
written "$T/ready"
same_as_psutil rest "$resting" 'a process at rest: fields and mappings are those of psutil'

$python -c '
import time
kept = [bytes(1000000) for _ in range(200)]
print("ready", flush=True)
while len(kept) < 600:
    kept.append(b"x" * 100000)
    time.sleep(0.005)
time.sleep(600)' >"$T/moving" &
children+=($!)
disown
written "$T/moving"
same_as_psutil moving "$!" 'a growing process: within 1 % of psutil'

# shellcheck disable=SC2016
bash -c 'bash -c "sleep 600 & sleep 600 & echo \$! >'"$T/tree"'; wait" & sleep 600 & wait' &
children+=($!)
disown
root=$!
written "$T/tree"
# Three that sleep below two shells, none of which is still a shell itself.
sleepers() { pstree_of "$root" | grep -c '^sleep$'; }
pstree_of() {
	local pid
	for pid in $(pgrep -P "$1"); do
		cat "/proc/$pid/comm"
		pstree_of "$pid"
	done
}
all_asleep() { [ "$(sleepers)" = 3 ]; }
await all_asleep
same_as_psutil tree "$root" 'a tree has the processes that psutil finds, with their numbers'
ps --children "$root"
is "$(grep -c " sleep 600$" "$T/out")" 3 'a tree has all that descend'
says=$(grep -c 'in all' "$T/out")
is "$says" 1 'a tree has a sum'
# A newline in an argument: one line for people, the truth for programs.
words=$':\nsleep 30; :'
sh -c "$words" &
lines=$!
await pgrep -P "$lines" -x sleep
ps "$lines"
is "$(wc -l <"$T/out"),$(grep -c ':\\nsleep 30' "$T/out")" 2,1 'a newline in an argument is written \n'
ps --format json "$lines"
is "$(jq -r '.processes[0].command' "$T/out")" "sh -c $words" 'in JSON it is itself'
pkill -P "$lines"
wait "$lines" 2>/dev/null

done_testing
