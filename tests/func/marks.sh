#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Marks and the functions of tidemark.h, against what the program knows itself.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim marks

bare alone "$(victim marks)" books
is "$status" 0 'a program with marks runs alone'
is "$(grep -c 'live=0 peak=0' "$T/alone.out")" 5 'alone, it is told 0'

record books "$(victim marks)" books
is "$status" 0 'and recorded'
is "$(grep -c 'live=1 peak=1' "$T/books.out")" 5 'live and peak are what the program knows'
sed -n 's/^mark=//p' "$T/books.out" >"$T/wanted"
q "$recording" '.marks[] | "\(.text) \(.live_bytes)"' >"$T/got"
same "$T/wanted" "$T/got" 'each mark has its text and what was live'
is "$(q "$recording" '.marks | map(.live_bytes - (.sites | map(.bytes) | add)) | unique | tojson')" \
	'[0]' 'the sites of a mark add up to it'
at_least "$(q "$recording" .totals.peak_bytes)" 8000000 'setting the peak back leaves the recording its own'

# What a mark says of the sites is what the report says of the same moment.
mkdir "$T/stopped"
LD_PRELOAD=$TIDEMARK_LIBRARY TIDEMARK_OUTPUT=$T/stopped/x.tide "$(victim marks)" books stop >/dev/null &
pid=$!
await grep -q '^State:.T' /proc/$pid/status
cp "$T/stopped/x.tide" "$T/stopped.tide"
kill -CONT $pid
wait $pid
is "$(q "$T/stopped.tide" '[.marks[-1].sites[] | "\(.site) \(.bytes)"] | sort | tojson')" \
	"$(q "$T/stopped.tide" '[.sites[] | select(.live_bytes != 0) | "\(.id) \(.live_bytes)"] | sort | tojson')" \
	'the sites of a mark are those of a snapshot taken there, to the byte'

bare below "$TIDEMARK" run -q -o "$T/below.tide" -- "$(victim marks)" below
is "$status" 0 'a call that stays below 10 MiB passes'
bare above "$TIDEMARK" run -q -o "$T/above.tide" -- "$(victim marks)" above
is "$status" 1 'a call that does not, fails'

record threads "$(victim marks)" threads
is "$(q "$recording" '[(.marks | length), .marks_dropped] | tojson')" '[1023,177]' \
	'four threads mark at once; what finds no room is counted'
is "$(q "$recording" '[.marks[].text] | unique | tojson')" '["one","three","two","zero"]' \
	'no text is torn'

# From outside.
mark() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" mark "$@" >"$T/out" 2>"$T/err"; status=$?; }
LD_PRELOAD=$TIDEMARK_LIBRARY TIDEMARK_OUTPUT=$T/loop.tide "$(victim marks)" loop &
pid=$!
await_recording "$T/loop.tide"
mark $pid 'from afar'
is "$status" 0 'a mark from outside'
mark $pid 'once more'
mark $pid
is "$status" 2 'a mark without a text is refused'
is "$(grep -c 'needs a text' "$T/err")" 1 'with the reason'
kill -9 $pid
wait $pid 2>/dev/null
is "$(q "$T/loop.tide" '[.marks[] | .text, .outside] | tojson')" \
	'["from afar",true,"once more",true]' 'it is in the recording, though the program was killed'

report() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" report "$@" >"$T/out" 2>"$T/err"; status=$?; }
report --at 'ten blocks' "$recording"
is "$status" 2 'a moment that there was not: the status'
is "$(grep -c 'neither a time' "$T/err")" 1 'a moment that there was not: the message'
report --at 'ten blocks' "$T"/books.d/*.tide
is "$(grep -c 'At .* ten blocks' "$T/out")" 1 '--at a mark'
is "$(awk '/^At /{ getline; print $2, $3; exit }' "$T/out")" '976.6 KiB' 'with who held it'
report --at 1h "$T"/books.d/*.tide
is "$status,$(grep -c 'past the end: the recording is .* long' "$T/err")" 2,1 '--at past the end'
report --at 0 "$T"/books.d/*.tide
is "$status" 0 '--at a time'
# What grew, the other way round: the same sites, the same bytes.
moment() { # OPTION...
	"$TIDEMARK" report --no-symbols --format json "$@" "$recording" |
		jq -c '.moment | [.live_bytes - .since.live_bytes, (.sites | map([.site, .bytes]))]'
}
record shrinks "$(victim marks)" shrinks
is "$(moment --since full --at gone)" "$(moment --since empty --at full | jq -c '[-.[0], (.[1] | map([.[0], -.[1]]))]')" \
	'--since: what shrank is what grew, turned round'
is "$(moment --since full --at gone | jq '.[1][0][1]')" -3000000 '--since: with the site that shrank'
report --no-symbols --since full --at gone "$recording"
is "$(sed -n '/^At /,$p' "$T/out" | head -2 | grep -c 'what has shrunk by 2.9 MiB\|-2.9 MiB  *100.0 %')" 2 \
	'--since: and says shrunk'
is "$(grep -n '^At \|^Peak  ' "$T/out" | sed 's/^[0-9]*:\([A-Z][a-z]*\).*/\1/' | head -1)" At \
	'what was asked for stands before the tables'

python=/usr/bin/python3
if have $python; then
	record python $python -c '
import ctypes
t = ctypes.CDLL(None)
t.tidemark_peak.restype = ctypes.c_uint64
t.tidemark_live.restype = ctypes.c_uint64
t.tidemark_mark(b"from Python")
t.tidemark_peak_reset()
before = t.tidemark_live()
x = bytes(5000000)
assert 5000000 <= t.tidemark_live() - before < 5100000
del x
assert 5000000 <= t.tidemark_peak() - before < 5100000'
	is "$status" 0 'Python can ask by way of ctypes'
	is "$(q "$recording" '.marks[0].text')" 'from Python' 'and set a mark'
fi
done_testing
