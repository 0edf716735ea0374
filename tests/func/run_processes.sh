#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Several processes and program images: all recordings come home, each with its own end.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim hello
need_victim exact
cd "$T" || bail 'no scratch directory'
program=$(victim hello)

in_new() { mkdir "$T/$1" && cd "$T/$1" || bail 'no directory'; }
state() { od -An -tu4 -j24 -N4 "$1" | tr -d ' '; } # of the header
end_status() { od -An -td4 -j28 -N4 "$1" | tr -d ' '; }
exited=2 execed=3 died=4

in_new several
bare run "$TIDEMARK" run -- sh -c "$program; $program; exit 5"
is "$status" 5 'the status is the first program'\''s'
is "$(find . -name '*.tide' | grep -cv '^\./tidemark\.sh\.[0-9]*/')" 0 'all are in tidemark.PROGRAM.PID/'
is "$(find . -name 'hello.*.tide' | wc -l)" 2 'one for each child'
at_least "$(find . -name '*.tide' | wc -l)" 3 'and one for the shell'
for file in tidemark.sh.*/hello.*.tide; do
	is "$(state "$file")" $exited "$(basename "$file" | sed 's/[0-9][0-9]*/N/'): has its end"
done
is "$(grep -c '^  recordings ' "$T/run.err")" 1 'the summary tells of several'

in_new image
bare run "$TIDEMARK" run -q -- sh -c "exec $program"
sh=$(find . \( -name 'dash.*.tide' -o -name 'bash.*.tide' -o -name 'sh.*.tide' \))
if [ -n "$sh" ]; then
	is "$(state "$sh")" $execed 'a program that became another says so'
	is "$(find . -name 'hello.*.tide' | wc -l)" 1 'and the other has its own recording'
else
	skip 'a program that became another says so' 'the shell allocated nothing before'
fi

in_new named
bare run "$TIDEMARK" run -q -o all.tide -- sh -c "$program; $program; :"
is "$(find . -name '*.tide' -path './all/*' | wc -l)" "$(find . -name '*.tide' | wc -l)" \
	'-o NAME.tide with several is a directory NAME'
bare run "$TIDEMARK" run -q -o 'each.%n.%p.tide' -- sh -c "$program; $program; :"
is "$(find . -maxdepth 1 -name 'each.hello.*.tide' | wc -l)" 2 '-o with %p names each'

in_new killed
bare run "$TIDEMARK" run -- sh -c 'kill -9 $$'
file=$(find . -name '*.tide' | head -1)
is "$(state "$file")" $died 'a killed program: its recording says so'
is "$(end_status "$file")" 9 'and by which signal'

in_new child
bare run "$TIDEMARK" run -q -- bash -c 'bash -c "kill -9 \$\$"; exit 0'
is "$(for file in $(find . -name '*.tide'); do state "$file"; done | grep -c $died)" 1 \
	'a killed child: its recording says so'

in_new daemon
bare run "$TIDEMARK" run -- bash -c 'sleep 600 >/dev/null 2>&1 & echo $!; sleep 0.5'
daemon=$(cat "$T/run.out")
is "$(kill -0 "$daemon" 2>/dev/null && echo alive)" alive 'a process that goes on is left alone'
place=$(sed -n 's/^  still running  *process [0-9]* goes on, recorded in //p' "$T/run.err" | head -1)
if [ -n "$place" ]; then
	is "$([ -e "$place" ] && echo there)" there 'its recording stays where it is, and is named'
else
	fail 'its recording stays where it is, and is named' "$(cat "$T/run.err")"
fi
kill "$daemon" 2>/dev/null
[ -n "$place" ] && rm -rf "$(dirname "$place")"

in_new rss
bare run "$TIDEMARK" run -q -o x.tide -- sleep 0.5
# The first row may come before the first look.
is "$(state x.tide)" $exited 'a sleeping program ends by itself'
at_least "$(q x.tide .totals.rss_peak_bytes)" 500000 \
	'its peak RSS is known'

# What a large parent had before the exec is none of the child's.
in_new inherits
bare run "$TIDEMARK" run -q -- /usr/bin/python3 -c '
import os, subprocess
x = b"x" * 60000000
subprocess.run(["/bin/sleep", "0.05"], check=True)
pid = os.fork()
if not pid:
	os.execv("/bin/sleep", ["sleep", "0.3"])
os.waitpid(pid, 0)'
for file in $(find . -name 'sleep*.tide'); do
	at_least 20000000 "$(q "$file" .totals.rss_peak_bytes)" "a child's peak is its own"
	at_least 20000000 "$(q "$file" '[.processes[].rss_peak_bytes] | max // 0')" 'and that of its series'
done
is "$(find . -name 'sleep*.tide' | wc -l)" 2 'of both children'

in_new crowd
bare run "$TIDEMARK" run -q -- bash -c "for i in \$(seq 40); do $program & done; wait"
is "$(find . -name 'hello.*.tide' | wc -l)" 40 'forty at a time'
is "$(for file in $(find . -name 'hello.*.tide'); do state "$file"; done | sort -u)" $exited 'each with its end'

in_new gone
mkdir live
bare run "$TIDEMARK" run -q --live-dir live -- sh -c "$program; exit 0"
is "$(ls live)" '' 'the live directory is gone'

# Without a name a command takes what the summary named under "next".
next_named() { sed -n 's/^  next  *tidemark report //p' "$T/run.err"; }
takes_next() {
	isnt "$(next_named)" '' "$1: the summary names a recording"
	is "$("$TIDEMARK" report --format json --limit 1 2>&1 | jq -r .recording.path)" "$(next_named)" \
		"$1: a report without a name is of it"
	"$TIDEMARK" export -f folded -o "$T/default.folded" 2>"$T/export.err"
	"$TIDEMARK" export -f folded -o "$T/next.folded" "$(next_named)" 2>>"$T/export.err"
	same "$T/default.folded" "$T/next.folded" "$1: and so is an export"
}
in_new newest
printf '#!/bin/sh\n%s 2000 5\n%s\n%s 20 5 &\nwait\n' "$(victim exact)" "$program" "$(victim exact)" >job.sh
chmod +x job.sh
bare run "$TIDEMARK" run -- ./job.sh
takes_next 'a script that ends with a small program'
touch -d '1 hour ago' "$(next_named)"
takes_next 'and it was touched last'
if have make; then
	printf 'all: a b\na:\n\t%s 900 5\nb:\n\t%s; %s 3000 5; %s\n' \
		"$(victim exact)" "$program" "$(victim exact)" "$program" >Makefile
	bare run "$TIDEMARK" run -- make -j2
	takes_next 'make'
else
	skip 'make: a report without a name' 'make is not installed'
fi
bare run "$TIDEMARK" run -o '%n.%p.tide' -- ./job.sh
takes_next 'a file for each process'
bare run "$TIDEMARK" run -- "$program"
takes_next 'a later run of one small program'
bare run "$TIDEMARK" run -o named.tide -- ./job.sh
is "$(find named -name '*.tide' | wc -l) $(find . -name named.tide)" '5 ' \
	'several processes under one name: a directory of that name'
takes_next 'in it'
bare run "$TIDEMARK" run -o named/later.tide -- "$program"
takes_next 'a later run beside them'

done_testing
