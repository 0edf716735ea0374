#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark plot: pictures that are what they claim to be and say what the recording says; files of
# mprof both ways.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim marks

plot() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" plot "$@" >"$T/out" 2>"$T/err"; status=$?; }

says() { # FILE WORDS DESCRIPTION
	if grep -qF -- "$2" "$1"; then pass "$3"; else fail "$3" "no \"$2\" in:" "$(head -30 "$1")"; fi
}

timeout "$TIMEOUT" "$TIDEMARK" run -q -o "$T/one.tide" -- "$(victim marks)" books >/dev/null
one=$T/one.tide

plot "$one"
is "$status" 0 'in the terminal'
says "$T/out" 'marks books' 'it has the program'
says "$T/out" "live, at most $(q "$one" '.totals.peak_bytes / 1048576 * 10 | round / 10')" 'and the peak'
says "$T/out" 'twenty less one' 'and the marks'
at_least "$(grep -c '|' "$T/out")" 16 'and rows'

for kind in svg png pdf; do
	plot -o "$T/one.$kind" "$one"
	is "$status" 0 "a $kind"
done
is "$(head -c 8 "$T/one.png" | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a 'the PNG is one'
is "$(head -c 5 "$T/one.pdf")" '%PDF-' 'the PDF is one'
if have xmllint; then
	xmllint --noout "$T/one.svg" 2>/dev/null
	is $? 0 'the SVG is well-formed'
fi
# The two functions of the victim and the rest: a layer each, filled in its colour.
at_least "$(grep -c 'fill="rgb(16%\|fill="rgb(97%\|fill:rgb(16%\|fill:rgb(97%' "$T/one.svg")" 2 \
	'the SVG has a layer for each function'
at_least "$(grep -c 'stroke-dasharray' "$T/one.svg")" 3 'and a dotted line for each mark'
if have pdftotext; then
	pdftotext -layout "$T/one.pdf" "$T/one.txt"
	for words in 'marks books' mark_01 mark_02 'all other sites' live peak 'end'; do
		says "$T/one.txt" "$words" "the picture says $words"
	done
fi
plot -o "$T/small.png" --width 500 --height 300 "$one"
is "$(od -An -tu1 -j16 -N8 "$T/small.png" | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }')" '1000 600' \
	'a PNG has the size asked for, twice as fine'
plot --format svg -o - "$one"
is "$(head -c 5 "$T/out")" '<?xml' '-o - writes to standard output'

plot -o "$T/one.gif" "$one"
is "$status" 2 'a kind that there is not: the status'
says "$T/err" '.svg, .png or .pdf' 'a kind that there is not: the message'
echo nonsense >"$T/nonsense"
plot "$T/nonsense"
is "$status" 3 'neither a recording nor of mprof: the status'
plot -o /nowhere/x.svg "$one"
is "$status" 2 'a place that there is not'

# Several: a tree, and runs side by side.
timeout "$TIMEOUT" "$TIDEMARK" run -q -o "$T/tree.tide" -- bash -c \
	"$(victim marks) books >/dev/null & $(victim marks) books >/dev/null; wait"
plot "$T/tree"
says "$T/out" 'processes of one run' 'a directory is one run'
plot "$one" "$T/tree/"marks.*.tide
says "$T/out" 'each from its own start' 'others are laid one upon the other'
plot -o "$T/tree.pdf" "$T/tree"
is "$status" 0 'a picture of a tree'

# mprof reads what is exported, and what it has written is drawn.
timeout "$TIMEOUT" "$TIDEMARK" run -q --interval 20 -o "$T/py.tide" -- /usr/bin/python3 -c '
import ctypes, subprocess, time
mark = getattr(ctypes.CDLL(None), "tidemark_mark", print)
mark(b"first part")
x = b"x" * 40000000
child = subprocess.Popen(["sleep", "0.3"])
time.sleep(0.3)
mark(b"second")
child.wait()' >/dev/null
py=$T/py.tide
[ -d "$T/py" ] && py=$(recording_of "$T/py" python3.11) || true
timeout "$TIMEOUT" "$TIDEMARK" export --format mprof -o "$T/py.dat" "$py" >/dev/null 2>"$T/err"
is $? 0 'export --format mprof'
at_least "$(grep -c '^MEM ' "$T/py.dat")" 5 'it has samples'
at_least "$(grep -c '^CHLD ' "$T/py.dat")" 2 'and the child'
is "$(grep -c '^FUNC first_part \|^FUNC second ' "$T/py.dat")" 2 'and the time from mark to mark'
if have python3-mprof; then
	(cd "$T" && timeout "$TIMEOUT" python3-mprof peak py.dat) >"$T/out" 2>"$T/err"
	peak=$(awk '/^MEM/ && $2 > m { m = $2 } END { printf "%.3f", m }' "$T/py.dat")
	says "$T/out" "$peak MiB" 'mprof peak finds the peak in it'
	says "$T/out" 'Child' 'and the child'
	near "$("$TIDEMARK" report --format json "$py" | jq '[.processes[0].samples[][1]] | max')" \
		"$(awk -v mib="$peak" 'BEGIN { printf "%.0f", mib * 1048576 }')" 1024 \
		'which is that of the report'
else
	skip 'mprof peak' 'python3-memory-profiler is missing; scripts/setup.sh installs it'
fi
# Its own plot, as text that can be read: the marks, the child, and axes that reach the peak.
if have python3-mprof && /usr/bin/python3 -c 'import matplotlib' 2>/dev/null && have pdftotext; then
	for kind in png pdf; do
		(cd "$T" && MPLBACKEND=Agg timeout "$TIMEOUT" python3-mprof plot -o mprof.$kind py.dat) \
			>"$T/out" 2>"$T/err"
		is $? 0 "mprof plot draws a $kind of it"
	done
	is "$(head -c 8 "$T/mprof.png" | od -An -tx1 | tr -d ' ')" 89504e470d0a1a0a 'that is a PNG'
	pdftotext -layout "$T/mprof.pdf" "$T/mprof.txt"
	for word in 'first_part [0-9.]*s' 'second [0-9.]*s' 'child [0-9]' 'memory used (in MiB)'; do
		at_least "$(grep -c "$word" "$T/mprof.txt")" 1 "with ${word%%[ 0]*} in it"
	done
else
	skip 'mprof plot' 'python3-matplotlib or poppler-utils is missing; scripts/setup.sh installs them'
fi
mkdir "$T/here"
(cd "$T/here" && timeout "$TIMEOUT" "$TIDEMARK" run -q --mprof -- sleep 0.2)
is "$(find "$T/here" | grep -c '/mprofile_[0-9]\{14\}\.dat$')" 1 'run --mprof leaves a file named as mprof names it'
is "$(grep -c '^CMDLINE sleep 0.2$' "$T"/here/mprofile_*.dat)" 1 'with the command'
plot "$T/py.dat"
is "$status" 0 'plot draws a file of mprof'
says "$T/out" 'RSS as mprof saw it' 'and says so'
says "$T/out" first_part 'with its functions'
plot -o "$T/py.svg" "$T/py.dat"
is "$status" 0 'as a picture too'
done_testing
