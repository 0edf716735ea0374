#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What tidemark run sees of processes from outside, and what of it is in the recordings.

. "$(dirname "$0")/../lib/tap.sh"
need_tool

run() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" run -q "$@" >"$T/out" 2>"$T/err"; status=$?; }

# 60 MB that are touched, then given back: RSS must show both, as the program itself sees it.
python=/usr/bin/python3
steps='
import time
def rss():
	with open("/proc/self/statm") as f:
		print(int(f.read().split()[1]) * 4096, flush=True)
	time.sleep(1)
rss()
x = b"x" * 60000000
rss()
del x
rss()'
run --interval 20 -o "$T/steps.tide" -- $python -c "$steps"
is "$status" 0 'a program is sampled'
samples='.processes[0].samples'
at_least "$(q "$T/steps.tide" "$samples | length")" 25 'every 20 ms or so'
steps=$(jq -sc . "$T/out")
near "$(jq '.[1] - .[0]' <<<"$steps")" 60000000 3000000 'a program that rises by what it writes'
# in turn: somewhere behind the sample that was near the last step, one that is near the next
is "$(q "$T/steps.tide" "[${samples}[][1]] as \$rss | reduce ($steps)[] as \$want ({from: 0, all: true};
	.from as \$from | ([range(\$from; \$rss | length)
		| select(\$rss[.] - \$want | fabs < 3000000)][0]) as \$at
	| {from: (\$at // \$from), all: (.all and \$at != null)}) | .all")" true \
	'RSS rises and falls as it says'
near "$(q "$T/steps.tide" "[${samples}[][1]] | max")" "$(jq '.[1]' <<<"$steps")" 3000000 'and is never more'
is "$(q "$T/steps.tide" "[${samples}[] | .[3] <= .[1]] | all")" true 'PSS is no more than RSS'
at_least "$(q "$T/steps.tide" "[${samples}[] | select(.[3] > 0)] | length")" 2 'PSS is asked for now and then'
is "$(q "$T/steps.tide" "[${samples}[][0]] | . == sort")" true 'time goes on'
is "$(q "$T/steps.tide" '.account | .heap_bytes + .free_bytes + .file_bytes + .stack_bytes
	+ .mapped_bytes + .recorder_bytes == .rss_bytes')" true 'the account adds up to the RSS'
near "$(q "$T/steps.tide" .account.heap_bytes)" "$(q "$T/steps.tide" .account.live_bytes)" 6000000 \
	'and has the heap in it'

# Of a heap that is written to, in arenas of several threads, all is resident.
run --interval 10 -o "$T/threads.tide" -- "$(victim weighs)" threads
is "$status" 0 'threads that keep 10 MB'
near "$(q "$T/threads.tide" .account.heap_bytes)" 10000000 100000 'all of which is in memory'
is "$(q "$T/threads.tide" .account.absent_bytes)" 0 'and nothing is said not to be'
at_least 3500000 "$(q "$T/threads.tide" .account.recorder_bytes)" \
	'the tables of the recording are what is touched of them'

# A tree: each process in its own recording, the sum in the first one's.
# They wait for one another.
both="
import os, sys, time
x = b'x' * 30000000
open(sys.argv[1], 'w').close()
while not os.path.exists(sys.argv[2]):
	time.sleep(0.01)
time.sleep(1)"
run -o "$T/tree.tide" -- bash -c "$python -c \"$both\" '$T/1' '$T/2' & $python -c \"$both\" '$T/2' '$T/1'; wait"
is "$status" 0 'a tree is sampled'
root=$(recording_of "$T/tree" bash)
at_least "$(q "$root" '[.processes[] | select(.pid == 0)][0].samples | map(.[7]) | max')" 3 \
	'the sum counts the processes'
at_least "$(q "$root" '[.processes[] | select(.pid == 0)][0].rss_peak_bytes')" 60000000 \
	'and adds them up'
at_least "$(q "$(recording_of "$T/tree" python3.11)" '.processes[0].rss_peak_bytes // 30000000')" \
	30000000 'each process has its own'

run --no-children -o "$T/alone.tide" -- bash -c 'sleep 0.3; true'
is "$(q "$(ls "$T"/alone*.tide "$T"/alone/bash*.tide 2>/dev/null | head -1)" \
	'[.processes[] | select(.pid == 0)] | length')" 0 '--no-children looks at the program alone'

# Killed in the middle: the series is there all the same.
run --interval 10 -o "$T/killed.tide" -- $python -c '
import os, time
x = b"x" * 20000000
time.sleep(1)
os.kill(os.getpid(), 9)'
is "$status" 137 'a program that is killed'
at_least "$(q "$T/killed.tide" "$samples | length")" 5 'has its series'
at_least "$(q "$T/killed.tide" '.processes[0].rss_peak_bytes')" 20000000 'with its peak'

# Short ones too: the first looks come sooner than the interval.
run --interval 1000 -o "$T/short.tide" -- $python -c 'import time; time.sleep(0.6)'
at_least "$(q "$T/short.tide" "$samples | length")" 2 'a run shorter than the interval has samples'

# A machine that stands still makes a tick late, and that is written down.
mkfifo "$T/end"
"$TIDEMARK" run -q --interval 20 -o "$T/late.tide" -- cat "$T/end" &
pid=$!
exec 7>"$T/end"
for _ in 1 2 3; do
	sleep 0.5
	kill -STOP $pid
	sleep 0.5
	kill -CONT $pid
done
sleep 0.5
exec 7>&-
wait $pid
late=$(ls "$T"/late*.tide | head -1)
at_least "$(q "$late" '.processes[0].late // 0')" 1 'a late tick is counted'
at_least "$(q "$late" '.processes[0].longest_ms // 0')" 300 'and how late'
at_least "$(q "$late" '[.processes[0].samples[] | select(.[8] == 1)] | length')" 1 'and marked'
# A time in which the program only frees has rows of the timeline too.
run --interval 20 -o "$T/frees.tide" -- "$(victim weighs)" frees
is "$status" 0 'a program that only frees for two seconds'
rows='(.timeline.rows | map(.[1]) | index(max)) as $top
	| [.timeline.rows[$top:][] | select(.[1] > 500000 and .[1] < 19500000)]'
at_least "$(q "$T/frees.tide" "$rows | length")" 10 'has rows then'
is "$(q "$T/frees.tide" "$rows | map(.[1]) | . == (sort | reverse)")" true 'that tell how it falls'
is "$(q "$T/frees.tide" "$rows | map(.[1] % 20000) | add")" 0 'by whole blocks'

# Where the heap explains little of what was resident, the report says what the rest is.
weighs() {
	local tide=$T/weighs.$1${*:2}.tide
	run --interval 10 "${@:2}" -o "$tide" -- "$(victim weighs)" "$1" "$T/file"
	is "$status" 0 "100 MB from $1 ${*:2}"
	q "$tide" '[.warnings[] | select(contains("the heap seen here is"))][]' >"$T/warning"
}
says() {
	is "$(grep -c "$1" "$T/warning")" 1 "$2"
	sed 's/^/# /' "$T/warning"
}
weighs heap
is "$(cat "$T/warning")" '' 'are the heap: no doubt'
weighs mmap
says '9[45]\.[0-9] MiB mapped with mmap: the table of mappings' 'are mapped, it says, and what to do'
weighs mmap --mmap
is "$(cat "$T/warning")" '' 'and done so, there is no doubt'
weighs brk
says '9[4-9]\.[0-9] MiB taken from the system without malloc or mmap: most likely an allocator' \
	'are from an allocator that nobody knows'
weighs file
says '9[0-9]\.[0-9] MiB mapped files: tidemark ps --maps' 'are a file'

done_testing
