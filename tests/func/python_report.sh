#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a reader sees of a Python program: the script's own lines first, source files with what each
# line holds, one function as memory_profiler shows it.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python
python=$(pythons | head -1)

cat >"$T/shop.py" <<'END'
import json
import os


def load():
    text = '["x"' + ', "%s"' % ("y" * 5000) * 400 + "]"
    stock = json.loads(text)
    del text
    return stock


class Shelf:
    def fill(self, count):
        # One block each.
        self.boxes = [None] * count
        for i in range(count):
            self.boxes[i] = bytearray(100000)
        return self


stock = load()
shelf = Shelf().fill(100)
os._exit(0)
END
# pin: the file is older than the recording
touch -d '1 hour ago' "$T/shop.py"
cd "$T" || exit 99
record shop "$python" -S "$T/shop.py"
report() { "$TIDEMARK" report --no-symbols "$@" "$recording"; }
table() { report "$@" | sed -n '/^Peak/,/^$/p'; }

row() { # OPTIONS PATTERN
	table "$1" | grep -m1 -E -- "$2" | sed 's/^ *//'
}

like() { # GOT PATTERN DESCRIPTION
	if [[ $1 =~ $2 ]]; then pass "$3"; else fail "$3" "got:    $1" "wanted: $2"; fi
}

like "$(row '--by=line' 'shop.py:17')" '^9\.5 MiB .* 200 .*shop\.py:17  Shelf\.fill' \
	'--by line: buffers and their objects are at their line'
like "$(row '--by=line' 'shop.py:7 ')" '^1\.9 MiB .* 40[0-9] .*shop\.py:7  load' \
	'--by line: what the standard library makes is at the line that called it'
like "$(row '--by=function' 'Shelf.fill')" '^9\.5 MiB .*Shelf\.fill' '--by function: a method'
like "$(row '--by=file' 'shop.py')" '^1[12]\.[0-9] MiB' '--by file: the script'
like "$(row '--by=module' 'shop.py')" '^1[12]\.[0-9] MiB' '--by module: the script, too'
is "$("$TIDEMARK" report "$recording" | grep -c 'places have no name')" 0 \
	'nobody is told that the interpreter is stripped'
is "$(table | grep -c 'decoder.py')" 0 'no frame of the standard library is shown'
at_least "$(table --all-frames | grep -c 'decoder.py')" 1 'but with --all-frames they are'
is "$(report --filter 'func:*raw_decode' --format json | jq '.sites | length > 0')" true \
	'and a filter finds them'

report --source >"$T/source"
like "$(grep -m1 'bytearray(100000)' "$T/source")" \
	'^ +17 +9\.5 MiB +(-|9\.5 MiB) +9\.5 MiB +200    +self\.boxes\[i\] = bytearray' \
	'--source: a line and what it holds'
like "$(grep -m1 'stock = json.loads' "$T/source")" '^ +7 +1\.9 MiB' '--source: another'
is "$(grep -c 'One block each' "$T/source")" 1 '--source: lines between are shown'
is "$(grep -c 'changed since' "$T/source")" 0 '--source: the file is as it was'
touch -d '1 hour' "$T/shop.py"
report --source >"$T/source"
at_least "$(grep -c 'changed since' "$T/source")" 1 '--source: a file that has changed is said to'

# An iterator and the like is of the version of Python.
report --profile-function shop.Shelf.fill | sed '7,8s/ [0-9]   / N   /' >"$T/function"
cat >"$T/wanted" <<END
Filename: $T/shop.py

Line #    Mem usage    Increment  Occurrences   Line Contents
=============================================================
    13                                             def fill(self, count):
    14                                                 # One block each.
    15    0.001 MiB    0.001 MiB           N           self.boxes = [None] * count
    16    0.001 MiB    0.000 MiB           N           for i in range(count):
    17    9.543 MiB    9.542 MiB         200               self.boxes[i] = bytearray(100000)
    18                                                 return self


END
same "$T/function" "$T/wanted" "--profile-function: memory_profiler's very layout"
report --profile-function load >"$T/function"
like "$(grep json.loads "$T/function")" '^ +7 +[0-9.]+ MiB +[0-9.]+ MiB +[0-9]+ +stock = json' \
	'--profile-function: a line has what the functions it calls hold'
report --profile-function nothing >"$T/function" 2>"$T/said"
is "$(cat "$T/function")" '' '--profile-function: nothing of a function that is not there'
is "$(grep -c "no allocation in a function 'nothing'" "$T/said")" 1 '--profile-function: and why'
report --source --format json >"$T/out" 2>"$T/said"
is "$?" 2 '--source with --format is wrong usage'

record exact "$(victim exact)" 2000 5
"$TIDEMARK" report --source "$recording" >"$T/source"
at_least "$(grep -cE '^ +[0-9]+ .*(malloc|calloc|realloc)\(' "$T/source")" 1 \
	'--source: lines of C as well'
done_testing
