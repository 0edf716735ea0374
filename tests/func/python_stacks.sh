#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Python frames of stacks, against what the program sees of itself: every function, file and
# line of thousands of random call paths (100,000 on each version in the long form), and every byte.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python

count=500
[ -z "$LONG" ] || count=100000
TIMEOUT=300

# report RECORDING: all sites, no look-up of machine code
report() {
	"$TIDEMARK" report --no-symbols --all-frames --format json --limit 4294967295 "$1"
}

compare() { # NAME PYTHON COUNT THREADS [VAR=VALUE...]
	local name=$1 python=$2 count=$3 threads=$4
	shift 4
	record "$name" TIDEMARK_PYTHON_OBJECTS=no TIDEMARK_DEPTH=1024 "$@" "$python" "$PYTHON_TESTS/paths.py" "$count" \
		"$RANDOM" "$threads" "$T/$name.expected"
	is "$status" 0 "$name: the program ends as it should"
	report "$recording" >"$T/$name.json"
	if python3 "$PYTHON_TESTS/stacks.py" "$T/$name.json" "$T/$name.expected" >"$T/$name.said"; then
		pass "$name: $(cat "$T/$name.said")"
	else
		fail "$name: its stacks are as the program saw them" "$(head -40 "$T/$name.said")"
	fi
}

misfit() { # NAME PYTHON LAYOUT
	record "$1" TIDEMARK_PYTHON_LAYOUT="$3" "$2" -c 'print(sum(len(bytes(i)) for i in range(3000)))'
	is "$status $(cat "$T/$1.out")" '0 4498500' "$1: the program does not notice"
	is "$(cat "$T/$1.err")" '' "$1: and nothing is said to it"
	is "$("$TIDEMARK" report --no-symbols "$recording" | grep -c 'no line of the script is known')" 1 \
		"$1: the report says once that there is machine code alone"
	is "$(report "$recording" | jq '[.frames[] | select(.python)] | length')" 0 \
		"$1: no frame of Python is made up"
}

while read -r python; do
	version=$(version_of "$python")
	compare "$version" "$python" "$count" 1
	compare "$version-threads" "$python" "$count" 4
	for layout in 3.8 3.10 3.11 3.12 3.13; do
		case $version:$layout in
		"${layout}".* | 3.8*:3.10 | 3.9*:3.8 | 3.10*:3.8) continue ;; # but for the position the same
		3.13*:* | *:3.12 | *:3.8) misfit "$version-as-$layout" "$python" "$layout" ;;
		esac
	done
done < <(pythons)

python=$(pythons | head -1)
compare merged "$python" "$count" 2 TIDEMARK_PYTHON_STACKS=merged
compare verified "$python" 300 1 TIDEMARK_VERIFY=1
is "$(report "$recording" | jq .verify.differences)" 0 \
	'verified: the machine code is as libunwind sees it'
at_least "$(report "$recording" | jq .verify.compared)" 1000 'verified: it was asked'

cat >"$T/leaf.py" <<'END'
import json
import os


def load(text):
    return json.loads(text)


def other(text):
    return json.loads(text)


stock = [work('["x"' + ', "%s"' % ("y" * 5000) * 100 + "]") for work in (load, other) * 4]
os._exit(0)
END
while read -r python; do
	version=$(version_of "$python")
	record leaf TIDEMARK_PYTHON_STACKS=leaf "$python" -S "$T/leaf.py"
	for line in load:6 other:10; do
		at_least "$(report "$recording" | jq --arg line $line '. as $r | [.sites[] |
			select([.stack[] | $r.frames[.] | select(.python) | "\(.function):\(.line)"] ==
			[$line]) | .live_blocks] | add')" 400 \
			"leaf: $version: what the standard library makes is at the line that called it, $line"
	done
done < <(pythons)

python=$(pythons | head -1)
record leaf TIDEMARK_PYTHON_STACKS=leaf "$python" -c 'f = lambda: bytearray(100000)
f()'
is "$(report "$recording" | jq -c '. as $r | [.sites[] | [.stack[] | $r.frames[.] |
	select(.python)] | length] | unique')" '[0,1]' 'leaf: one frame of Python at most'
record native TIDEMARK_PYTHON_STACKS=no "$python" -c 'bytearray(100000)'
is "$(report "$recording" | jq '[.frames[] | select(.python)] | length')" 0 \
	'no: no frame of Python'
is "$("$TIDEMARK" report --no-symbols "$recording" | grep -c 'no line of the script')" 0 \
	'no: and no complaint about it'
done_testing
