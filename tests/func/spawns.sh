#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where threads were begun: by every way to begin one, and by none that comes to nothing; nothing of
# the program changes by it.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_victim spawns

# The function or script line that began the threads which made blocks of so many bytes each.
origins() { # REPORT FILTER-OF-LABEL
	"$TIDEMARK" report --format json --limit 4294967295 "$recording" >"$T/report.json"
	jq -r '. as $r | [.threads[] | .spawned // empty |
		[$r.frames[.stack[]] | select(.function != null)]] as $all | $all[] |
		[.[] | select(.file != null and (.file | test("spawns")))][0] |
		"\(.function):\(.line)"' "$T/report.json" | sort -u
}

bare spawns "$(victim spawns)"
is "$status $(cat "$T/spawns.out")" '0 kept=9' 'alone: the program ends as it should'
record spawns "$(victim spawns)"
is "$status $(cat "$T/spawns.out" "$T/spawns.err")" '0 kept=9' 'recorded: it ends the same'
is "$(origins | sed 's/:.*//' | sort | tr '\n' ' ')" \
	'cancelled detached failing joined knowing middle nested small_stack standard ' \
	'each thread was begun by the function that did it'
is "$(jq '.threads | length' "$T/report.json")" 10 'and each has a place of its own'
is "$(jq '[.threads[] | select(.spawned == null)] | length' "$T/report.json")" 1 \
	'but the first one, which nobody began'
valid report "$T/report.json" 'the report keeps to its schema'
is "$(jq '[.sites[] | select(.calls == 0 and .live_blocks == 0)] | length' "$T/report.json")" 0 \
	'beginning a thread is no allocation'
is "$(jq '[.frames[] | select(.module) | . as $f | .module] | map(select(. != null)) | length > 0' \
	"$T/report.json")" true 'frames have their modules'
is "$("$TIDEMARK" report --all-frames "$recording" | grep -c libtidemark)" 0 \
	'the library itself is in no stack'
# What a thread was given is held by it, though only libc's record of the thread knew.
is "$(jq '.leaks.definite.bytes' "$T/report.json")" 0 'what a thread was given is no leak'
"$TIDEMARK" report --by thread "$recording" >"$T/table"
at_least "$(grep -c 'spawned at .*spawns.c:[0-9]*  nested' "$T/table")" 1 '--by thread tells it'
"$TIDEMARK" report "$recording" >"$T/text"
at_least "$(grep -c '^  *thread spawns, spawned at .*spawns.c:[0-9]*  knowing' "$T/text")" 1 \
	'and so do the stacks'

record burst "$(victim spawns)" burst
is "$status" 0 'a thousand at once: it ends well'
at_least "$(value begun "$T/burst.out")" 100 'a thousand at once: they have run'
is "$(origins | sed 's/:.*//')" burst 'a thousand at once: all begun at one place'

record names "$(victim spawns)" names
"$TIDEMARK" report "$recording" >"$T/text"
said=$(sed -n 's/^  *4 threads: \(.*\), spawned at .*spawns.c:[0-9]*  names$/\1/p' "$T/text" | head -1)
is "$(printf '%s\n' "$said" | tr -d ' ' | tr , '\n' | sort | tr '\n' ' ')" 'loader other worker ' \
	'several threads at one site: all names are told'

record verified TIDEMARK_VERIFY=1 "$(victim spawns_cxx)"
is "$status" 0 'verified: it ends well'
is "$(q "$recording" .verify.differences)" 0 'verified: stacks are as libunwind sees them'

record cxx "$(victim spawns_cxx)"
is "$status" 0 'C++: it ends well'
is "$(origins | sed 's/(.*//; s/:.*//' | tr '\n' ' ')" 'by_async by_thread ' \
	'C++: by the user, not by its library'

if [ -x "$(victim spawns_omp)" ] && "$(victim spawns_omp)"; then
	record omp "$(victim spawns_omp)"
	is "$status" 0 'OpenMP: it ends well'
	is "$(origins | sed 's/:.*//')" parallel_part 'OpenMP: by the function with the parallel part'
	at_least "$("$TIDEMARK" report --by thread "$recording" |
		grep -c 'spawned at .*spawns_omp.c:[0-9]*  parallel_part')" 3 'OpenMP: each says so'
fi

record many "$(victim threads10k)"
is "$status" 0 'ten thousand in turn: it ends well'
at_most "$(q "$recording" '.threads | length')" 250 'ten thousand in turn: in few places'
is "$(q "$recording" '[.threads[] | select(.spawned == null)] | length')" 1 \
	'ten thousand in turn: all of known origin'

line_of() { grep -n "# $1\$" "$PYTHON_TESTS/spawns.py" | cut -d: -f1; }

# Buffers of some size and where their threads were begun, by the text of the report.
python_threads() { # PYTHON
	local name wanted size
	name=$(version_of "$1")
	record "$name" "$1" "$PYTHON_TESTS/spawns.py"
	is "$status $(cat "$T/$name.err")" '0 ' "$name: it ends well"
	"$TIDEMARK" report --no-symbols "$recording" >"$T/text"
	for size in 500000 600000; do
		wanted=$(line_of $size)
		at_least "$(grep -c "spawned at .*spawns.py:$wanted  by_" "$T/text")" 1 \
			"$name: a thread of $size bytes was begun at line $wanted"
	done
	at_least "$(grep -c "spawned at .*spawns.py:$(line_of 700000)  by_pool" "$T/text")" 1 \
		"$name: those of a pool by the user of the pool"
	"$1" -c 'import numpy' 2>/dev/null || return
	at_least "$(grep -c "spawned at .*spawns.py:$(line_of 800000)  by_numpy" "$T/text")" 1 \
		"$name: within numpy as well"
}

while read -r python; do
	python_threads "$python"
done < <(pythons)
done_testing
