#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the program maps itself: to the byte what it knows, beside the heap, and in the peak on request.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim maps
maps=$(victim maps)

# books FILE: "KIND FUNCTION BYTES RANGES" of what is left, by function
books() {
	qs "$1" '[.mappings.list[] | select(.live_bytes != 0) | {k: .kind, f: frames[0].function,
		b: .live_bytes, n: .live_blocks}] | group_by([.k, .f])[]
		| "\(.[0].k) \(.[0].f) \(map(.b) | add) \(map(.n) | add)"' | sort
}

# exact NAME DESCRIPTION: the recording of that name has what the program printed
exact() {
	sort "$T/$1.out" >"$T/$1.wanted"
	books "$recording" >"$T/$1.got"
	same "$T/$1.wanted" "$T/$1.got" "$2"
}

bare alone "$maps" alone
is "$status" 0 "the program's books are the kernel's"
bare plain "$maps"
record plain "$maps"
is "$status" 0 'the program ends as alone'
same "$T/plain.out" <("$maps") 'and says the same'
exact plain 'every site and kind has what is left, to the byte'
is "$(lost "$recording")" 0 'nothing is missing'
is "$(q "$recording" '.mappings.counted')" false 'mappings are beside the heap'
at_most "$(q "$recording" .totals.peak_bytes)" 100000 'the peak is the heap alone'
is "$(q "$recording" '[.sites[] | select(.mapping != null)] | length')" 0 'and so are all tables'
is "$(qs "$recording" '[.mappings.list[] | select(frames[0].function == "map_thread") | .live_bytes] | add')" 0 \
	'four threads leave nothing behind'
is "$(qs "$recording" '[.mappings.list[] | select(frames[0].function == "map_thread") | .calls] | add')" 2000 \
	'and every call of theirs counts'
is "$(q "$recording" '[.mappings.list[] | select(.kind == "reserved") | .own_peak_bytes] | max')" \
	1099511627776 'a TiB of addresses is reserved'

# In the peak: 20 pages become 200 before they shrink to 50, and that is the largest moment but for
# what is opened after it.
record counted TIDEMARK_MMAP=1 "$maps"
exact counted 'counted, the books are the same'
is "$(q "$recording" '[.mappings.list[] | select(.kind == "anonymous") | .live_bytes] | add')" \
	"$(q "$recording" '[.sites[] | select(.mapping != null) | .live_bytes] | add')" \
	'anonymous mappings are sites as well'
is "$(q "$recording" '[.sites[].mapping] | unique - [null, "anonymous"] | length')" 0 \
	'and no other kind is'
peak=$((4096 * (100 + 63 + 20 + 10 + 200)))
near "$(q "$recording" .totals.peak_bytes)" "$peak" 20000 'the peak has them'
is "$(q "$recording" '[.sites[].at_peak_bytes] | add')" "$(q "$recording" .totals.at_peak_bytes)" \
	'the rows add up to it'
near "$(q "$recording" .totals.at_peak_bytes)" "$(q "$recording" .totals.peak_bytes)" \
	"$(q "$recording" .totals.peak_error_bytes)" 'within the bound for threads'
near "$(q "$recording" '.timeline.rows | map(.[1]) | max')" "$peak" 700000 'and the timeline'
"$TIDEMARK" report --by thread "$recording" >"$T/threads.txt"
at_least "$(grep -c '^.*mappings  of any thread' "$T/threads.txt")" 1 'by thread they have a row of their own'
"$TIDEMARK" report --format json "$recording" >"$T/report.json"
valid report "$T/report.json" 'JSON is as promised'
"$TIDEMARK" report "$recording" >"$T/report.txt"
is "$(grep -c '(anonymous mapping)' "$T/report.txt")" "$(grep -c '(anonymous mapping)$' "$T/report.txt")" \
	'rows of mappings say so'
is "$(grep -c '^Mappings' "$T/report.txt")" 1 'and there is a table'

# A forked child has what its parent had; one of vfork acts for its parent.
record fork "$maps" fork
is "$status" 0 'a program that forks'
exact fork 'the parent keeps its books'
child=$(for f in "$T"/fork.d/*.tide; do [ "$f" = "$recording" ] || echo "$f"; done)
is "$(books "$child" | awk '/map_kept/ { print $3, $4 } /map_child/ { print $3, $4 }' | tr '\n' ' ')" \
	"$((3 * 4096)) 1 $((109 * 4096)) 3 " 'the child has them less what it unmapped'
is "$(books "$child" | grep -v 'map_kept\|map_child')" "$(grep -v map_kept "$T/fork.wanted")" \
	'and all the others'
record vfork "$maps" vfork
is "$(books "$recording" | awk '/map_kept/ { print $3, $4 } /map_child/ { print $3, $4 }' | tr '\n' ' ')" \
	"$((3 * 4096)) 1 $((109 * 4096)) 3 " 'a vfork child maps for its parent'

record signals TIDEMARK_MMAP=1 "$maps" signals
is "$status" 0 'a handler that maps while the program does'
exact signals 'is in the books'
is "$(lost "$recording")" 0 'without a loss'

record locked "$maps" locked
is "$status" 0 'after seccomp the library makes no call of its own'
exact locked 'and mappings are still counted'

# Other allocators map through the same functions.
for name in jemalloc.so.2 tcmalloc.so.4 mimalloc.so.2; do
	library=/usr/lib/x86_64-linux-gnu/lib$name
	if [ ! -e "$library" ]; then
		skip "$name" 'not installed'
		continue
	fi
	rm -rf "$T/other.d" && mkdir "$T/other.d"
	timeout "$TIMEOUT" env LD_PRELOAD="$TIDEMARK_LIBRARY:$library" TIDEMARK_MMAP=1 \
		TIDEMARK_OUTPUT="$T/other.d/%n.%p.tide" "$maps" >"$T/other.out" 2>&1
	is "$?" 0 "$name: the program ends as alone"
	recording=$(first_recording "$T/other.d")
	sort "$T/other.out" >"$T/other.wanted"
	books "$recording" | grep -v '^allocator\| null ' >"$T/other.got"
	same "$T/other.wanted" "$T/other.got" "$name: its own mappings are kept apart"
	at_most "$(q "$recording" .totals.peak_bytes)" $((peak + 100000)) "$name: and not in the peak"
done

# Python: arenas are of their own kind, mappings end in the script's line.
if have /usr/bin/python3; then
	script='
import mmap
keep = [str(i) * 10 for i in range(100000)]
m = mmap.mmap(-1, 5 << 20, flags=mmap.MAP_PRIVATE)
s = mmap.mmap(-1, 7 << 20)'
	record python /usr/bin/python3 -c "$script"
	is "$status" 0 'a Python script'
	is "$(qs "$recording" '.mappings.list[] | select(.live_bytes == 5242880 or .own_peak_bytes == 5242880)
		| "\(.kind) \(first(frames[] | select(.python)) | .line)"')" 'anonymous 4' 'maps in line 4'
	is "$(qs "$recording" '.mappings.list[] | select(.own_peak_bytes == 7340032) | .kind')" shared \
		'shared memory is known as such'
	at_least "$(q "$recording" '[.mappings.list[] | select(.kind == "arena") | .own_peak_bytes] | add')" \
		5000000 'arenas have a kind'
	record python2 TIDEMARK_MMAP=1 /usr/bin/python3 -c "$script"
	counted=$(q "$recording" .totals.peak_bytes)
	record python3 /usr/bin/python3 -c "$script"
	near "$counted" "$(($(q "$recording" .totals.peak_bytes) + (5 << 20)))" 1500000 \
		'counted, the peak grows by what the script mapped and not by arenas'
else
	skip python 'not installed'
fi

# What is resident of them, page by page.
timeout "$TIMEOUT" "$TIDEMARK" run -q --interval 10 -o "$T/account.tide" -- /usr/bin/python3 -c '
import mmap, time
m = mmap.mmap(-1, 400 << 20, flags=mmap.MAP_PRIVATE)
for at in range(0, 60 << 20, 4096):
	m[at] = 1
# so long that the command looks at its pages once more: it does so in a hundredth of the time
before = time.thread_time()
open("/proc/self/smaps").read()
time.sleep(1.5 + 500 * (time.thread_time() - before))'
near "$(q "$T/account.tide" .account.mapped_bytes)" $((60 << 20)) 100000 \
	'the account has the touched part of a mapping'
is "$(q "$T/account.tide" '.account | .heap_bytes + .free_bytes + .mapped_bytes + .file_bytes
	+ .stack_bytes + .recorder_bytes == .rss_bytes')" true 'and adds up to the RSS'

done_testing
