#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What each line of a script holds, to the object and to the byte, by each way to count objects.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python

lines() { # NAME [VAR=VALUE...] PYTHON [OPTION...]
	local name=$1
	shift
	record "$name" "$@" "$PYTHON_TESTS/truth.py" "$T/$name.expected"
	is "$status $(cat "$T/$name.err")" '0 ' "$name: the script ends as it should"
	lines_are_right "$name" "$recording" "$T/$name.expected"
}

while read -r python; do
	version=$(version_of "$python")
	lines "$version" "$python" -S
	is "$(jq '.drops | del(.stack_cut) | add' "$T/$version.json")" 0 "$version: nothing is missing"
done < <(pythons)

python=$(pythons | head -1)
lines malloc PYTHONMALLOC=malloc "$python"
is "$(jq -r .python.objects "$T/malloc.json")" malloc 'malloc: the facts say so'
lines pymalloc PYTHONMALLOC=pymalloc "$python" -S
# Without numpy, whose own blocks are larger then.
lines debug PYTHONMALLOC=debug "$python" -S
lines devmode "$python" -S -X dev
is "$(jq -r .python.objects "$T/devmode.json")" later 'devmode: the facts say so'
record traced "$python" -X tracemalloc=3 "$PYTHON_TESTS/paths.py" 50 1 2 "$T/traced.expected"
is "$status $(cat "$T/traced.err")" '0 ' 'tracemalloc: the script ends as it should'

# What the command sets, and that it sets nothing else.
says='import os; print(os.environ.get("PYTHONMALLOC"))'
is "$("$TIDEMARK" run --python-objects=malloc -o "$T/run.tide" -- "$python" -S -c "$says" 2>"$T/err")" \
	malloc '--python-objects=malloc: the interpreter is told'
is "$("$TIDEMARK" report --no-symbols --format json "$T/run.tide" | jq -r .python.objects)" malloc \
	'--python-objects=malloc: and does so'
is "$("$TIDEMARK" run -o "$T/run2.tide" -- "$python" -S -c "$says" 2>"$T/err")" None \
	'by default its environment is left alone'
is "$(PYTHONMALLOC=debug "$TIDEMARK" run -o "$T/run3.tide" -- "$python" -S -c "$says" 2>"$T/err")" \
	debug 'PYTHONMALLOC is respected'

# The arenas in place of the objects in them.
cat >"$T/many.py" <<'END'
import os
keep = [object() for _ in range(200000)]
os._exit(0)
END
record arenas TIDEMARK_PYTHON_OBJECTS=no "$python" -S "$T/many.py"
at_least "$(q "$recording" '[.sites[] | select(.histogram[5:7] | add > 0) | .live_bytes] | add')" \
	3200000 'no: arenas stand for the objects'
at_most "$(q "$recording" .totals.live_blocks)" 8000 'no: and objects do not count'
is "$(q "$recording" '.python.objects')" arenas 'no: the facts say so'
"$TIDEMARK" report --no-symbols "$recording" >"$T/report"
is "$(grep -cE "^  Python +$(version_of "$python"); its arenas count" "$T/report")" 1 \
	'no: and name the version'
at_least "$(q "$recording" '[.sites[] | select(.arena) | .live_bytes] | add')" 3200000 \
	'no: arenas are marked as such'
is "$(q "$recording" '[.sites[] | select(.arena | not) | select(.live_bytes > 2000000)] | length')" 0 \
	'no: and nothing else is'
at_least "$(grep -c 'arenas of Python' "$T/report")" 1 'no: which the text says'
valid report "$T/arenas.d/"*.plain.json 'no: the report keeps to its schema'
# To the end, so that there is a leak scan.
sed -i '/_exit/d' "$T/many.py"
record arenas TIDEMARK_PYTHON_OBJECTS=no "$python" -S "$T/many.py"
is "$(q "$recording" '.leaks | .definite.bytes + .indirect.bytes + .possible.bytes')" 0 \
	'no: an arena is no leak'
echo 'os._exit(0)' >>"$T/many.py"
record objects "$python" -S "$T/many.py"
is "$(q "$recording" '.python.objects')" each 'yes: the facts say so'
at_least "$(q "$recording" .totals.live_blocks)" 200000 'yes: each object counts'
at_most "$(q "$recording" .totals.live_bytes)" 8000000 'yes: and the arenas do not count as well'

# A script that is killed keeps its lines.
cat >"$T/killed.py" <<'END'
import os, signal
keep = [bytes(100) for _ in range(10000)]
os.kill(os.getpid(), signal.SIGKILL)
END
record killed "$python" "$T/killed.py"
is "$status" 137 'kill -9: it dies'
is "$("$TIDEMARK" report --no-symbols --all-frames --format json --limit 4294967295 "$recording" |
	jq '. as $r | [.sites[] | select(.stack | length > 0) |
		select([.stack[] | $r.frames[.] | select(.python)] | .[0].line == 2) |
		select(.live_bytes / (.live_blocks + 1) > 120) | .live_bytes] | add >= 1330000')" true \
	'kill -9: and what its line held is known'
done_testing
