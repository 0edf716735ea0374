#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What has broken heap profilers before, one by one.  The numbers in the descriptions are those of
# the functions below; each fails when its cure is taken out.
#
# shellcheck disable=SC2317 # it takes the functions for unreachable

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/books.sh"
need_tool
need_victim forks

# lines FILE PREFIX: calls total live blocks of each function, as victims print them
short_books() { books "$1" "$2" | grep "^$2_" | cut -d' ' -f1-5; }

# The books of functions PREFIX_ as printed and as recorded: same_books NAME PREFIX DESCRIPTION
same_books() {
	grep "^$2_" "$T/$1.out" | sort >"$T/$1.truth"
	short_books "$recording" "$2" | sort >"$T/$1.recorded"
	same "$T/$1.truth" "$T/$1.recorded" "$3"
}

# own_recording NAME PID: the recording of this process
own_recording() {
	local file
	for file in "$T/$1.d"/*."$2".tide; do
		[ -e "$file" ] && printf '%s' "$file"
	done
}

live_is() { # FILE BYTES BLOCKS DESCRIPTION
	is "$(q "$1" '"\(.totals.live_bytes) \(.totals.live_blocks)"')" "$2 $3" "$4"
}

hazard_01_threaded_fork() {
	record h01 "$(victim forks)" threaded
	is "$(value finished "$T/h01.out")" 40 "01 all 40 children of a threaded, allocating program end"
	# the parent's, and thirty children's: those that leave at once allocate nothing
	at_least "$(find "$T/h01.d" -name '*.tide' | wc -l)" 31 "01 and those that allocate are recorded"
	is "$(hazard_01_children)" "30 3000 300" "01 each child has its own blocks in its books"
}

# How many children there are with so many bytes and blocks in child_keeps; nothing may be lost
hazard_01_children() {
	local file parent
	parent=$(first_recording "$T/h01.d")
	for file in "$T"/h01.d/*.tide; do
		[ "$file" = "$parent" ] && continue
		[ "$(q "$file" '.drops | .no_memory + .no_space + .blocks_full + .missed_free')" = 0 ] ||
			echo "lost $(lost "$file")"
		short_books "$file" child | awk '$1 == "child_keeps" { print $4, $5 }'
	done | sort | uniq -c | sed 's/^ *//'
}

hazard_02_realloc_order() {
	local i bad=0
	for ((i = 0; i < 3; i++)); do
		record h02 MALLOC_ARENA_MAX=1 GLIBC_TUNABLES=glibc.malloc.tcache_count=0 \
			"$(victim reallocs)" order
		[ "$status" = 0 ] || bad=$((bad + 1))
		cmp -s <(cat "$T/h02.out") <(short_books "$recording" keep) || bad=$((bad + 1))
		[ "$(lost "$recording")" = 0 ] || bad=$((bad + 1))
	done
	is "$bad" 0 "02 an address given on by realloc to another thread is never lost"
}

hazard_03_realloc_zero() {
	record h03 "$(victim reallocs)" zero
	same_books h03 keep "03 realloc(p, 0) frees, and is no allocation"
	record h03f "$(victim reallocs)" fail
	same_books h03f keep "03 a realloc that fails leaves its block and is no allocation"
}

hazard_04_bootstrap() {
	record h04 "$(victim boot)"
	is "$status $(cat "$T/h04.out")" "0 done=1" "04 blocks of the start can be resized and freed"
	live_is "$recording" 0 0 "04 and none of them stays in the books"
	TIDEMARK_LIBRARY="$VICTIMS/libslow_dlsym.so:$TIDEMARK_LIBRARY" record h04s "$(victim boot)"
	is "$status $(cat "$T/h04s.out")" "0 done=1" "04 and so can those made while symbols are sought"
}

hazard_05_descriptors() {
	local mode
	for mode in each closefrom reuse; do
		mkdir "$T/files"
		record "h05$mode" "$(victim descriptors)" "$mode" "$T/files"
		is "$status $(value wrong_files "$T/h05$mode.out")" "0 0" \
			"05 files opened after closing all ($mode) hold what was written"
		is "$(q "$recording" .totals.live_blocks)" "$(value live_blocks "$T/h05$mode.out")" \
			"05 and every block is recorded ($mode)"
		rm -r "$T/files"
	done
	bare h05b "$(victim descriptors)" list
	record h05l "$(victim descriptors)" list
	same "$T/h05b.out" "$T/h05l.out" "05 the program finds no descriptor that is not its own"
}

# The program works on until the file "go" appears
hazard_06_recording_lost() {
	local how
	for how in truncated deleted; do
		rm -rf "$T/h06.d" "$T/h06.log"
		mkdir "$T/h06.d"
		TIDEMARK_OUTPUT="$T/h06.d/r.tide" preload "$(victim killed)" "$T/h06.log" 2 \
			>/dev/null 2>&1 &
		local child=$!
		await test -s "$T/h06.log"
		sleep 0.3
		if [ "$how" = truncated ]; then
			truncate -s 0 "$T/h06.d/r.tide"
		else
			rm "$T/h06.d/r.tide"
		fi
		sleep 0.5
		if kill -0 "$child" 2>/dev/null; then
			pass "06 the program goes on when its recording is $how"
		else
			wait "$child"
			fail "06 the program goes on when its recording is $how" "status $?"
		fi
		kill -TERM "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	done
}

hazard_07_static() {
	[ -s "$VICTIMS/hello_static" ] || {
		skip "07 a static program" "no static C library here"
		return
	}
	bare h07 "$TIDEMARK" run -o "$T/h07.tide" -- "$VICTIMS/hello_static"
	is "$status" 2 "07 a static program is refused with status 2"
	is "$(grep -ci static "$T/h07.err")" 1 "07 and the reason is given, once"
	is "$(cat "$T/h07.out")" "" "07 and it was not started"
	record h07l "$VICTIMS/hello_static"
	is "$status" 0 "07 preloading alone does it no harm"
}

hazard_08_optional_symbols() {
	record h08 "$(victim optional)"
	is "$status $(tail -1 "$T/h08.out")" "0 unexpected=0" \
		"08 no symbol of another allocator or unwinder appears"
}

hazard_09_bare_forks() {
	local mode child
	for mode in fork _Fork clone; do
		record "h09$mode" "$(victim forks)" "$mode"
		live_is "$recording" 500000 500 "09 the parent's books are its own ($mode)"
		child=$(own_recording "h09$mode" "$(value child_pid "$T/h09$mode.out")")
		live_is "$child" 403000 700 "09 and the child's, with what it inherited ($mode)"
		is "$(q "$child" '"\(.totals.inherited_bytes) \(.totals.inherited_blocks)"')" \
			"500000 500" "09 and it says how much that was ($mode)"
		is "$(q "$child" '"\(.totals.peak_bytes) \(.totals.at_peak_bytes)"')" "500000 500000" \
			"09 whose peak begins with it ($mode)"
		is "$(q "$child" .recording.forked_from)" "$(value parent_pid "$T/h09$mode.out")" \
			"09 and from whom ($mode)"
	done
	record h09n "$(victim forks)" nested
	is "$(find "$T/h09n.d" -name '*.tide' | wc -l)" 4 "09 four generations make four recordings"
}

hazard_10_vfork() {
	record h10 "$(victim forks)" vfork
	live_is "$recording" 502500 750 "10 what a vfork child allocates is its parent's"
	is "$(q "$recording" .recording.state)" running "10 and its _exit does not end the recording"
	record h10x "$(victim forks)" vforkexec
	live_is "$recording" 502500 750 "10 the same with exec"
	is "$(q "$recording" .recording.state)" running "10 and its exec does not end the recording"
}

hazard_11_handler_in_hook() {
	local mode
	for mode in "" alt threads; do
		# shellcheck disable=SC2086
		TIDEMARK_LIBRARY="$TIDEMARK_LIBRARY:$VICTIMS/libbump.so" record "h11$mode" \
			"$(victim signals)" 700 $mode
		is "$status" 0 "11 a program under a storm of signals ends well ${mode:-}"
		diag "$(tr '\n' ' ' <"$T/h11$mode.out")"
		hazard_11_books "h11$mode" "${mode:-plain}"
	done
}

# A handler that leaves the hook by siglongjmp: the event interrupted may be lost, no other
hazard_11_jump() {
	local calls jumps
	TIDEMARK_LIBRARY="$TIDEMARK_LIBRARY:$VICTIMS/libbump.so" record h11j "$(victim signals)" 700 jump
	is "$status" 0 "11 a program whose handler jumps out of malloc ends well"
	jumps=$(value jumps "$T/h11j.out")
	at_least "$jumps" 100 "11 and it did jump"
	calls=$(short_books "$recording" storm | awk '{ n += $2 } END { print n + 0 }')
	near "$((calls + $(q "$recording" '.drops | .reentrant')))" \
		"$(awk '/^storm_/ { n += $2 } END { print n }' "$T/h11j.out")" "$jumps" \
		"11 and no more allocations are missing than were left in the middle"
	at_most "$(q "$recording" .drops.reentrant)" "$jumps" "11 nor is a jump the end of recording"
}

# Every event is in the books, or counted as missing
hazard_11_books() {
	local missing wanted got
	missing=$(q "$recording" .drops.reentrant)
	wanted=$(awk '/^storm_/ { n += $2 } END { print n }' "$T/$1.out")
	got=$(short_books "$recording" storm | awk '{ n += $2 } END { print n + 0 }')
	is "$((got + missing))" "$wanted" "11 allocations recorded and counted as missing ($2)"
	is "$missing" 0 "11 none is missing ($2)"
	same_books "$1" storm "11 calls, bytes and live of handler and program ($2)"
}

hazard_12_ends() {
	local mode want state
	while read -r mode want state; do
		record "h12$mode" "$(victim ends)" "$mode"
		is "$status" "$want" "12 $mode: the program's own status"
		is "$(q "$recording" '"\(.totals.calls) \(.totals.live_blocks) \(.totals.live_bytes)"')" \
			"$(hazard_12_wanted "$mode")" "12 $mode: the last event is in the books"
		is "$(q "$recording" .recording.state)" "$state" "12 $mode: the state"
	done <<-END
		return 3 exited
		exit 5 exited
		_exit 6 exited
		quick_exit 8 exited
		exit_group 4 running
		abort 134 running
		segv 139 running
		kill 137 running
		term 143 running
		exec 0 execed
		execfail 3 exited
		handler 7 exited
	END
}

hazard_12_wanted() {
	case $1 in
	execfail) echo 1011 711 71100 ;;
	handler) echo 1006 706 70600 ;;
	*) echo 1001 701 70100 ;;
	esac
}

hazard_13_dlsym_allocates() {
	TIDEMARK_LIBRARY="$VICTIMS/libslow_dlsym.so:$TIDEMARK_LIBRARY" record h13 "$(victim ends)" return
	is "$status" 3 "13 a lookup of symbols that allocates does not lock the program up"
	# the lookup's own allocations may be among them
	at_least "$(q "$recording" .totals.calls)" 1001 "13 and the program is recorded"
}

# A file system's short writes and busy locks cannot matter to a recording that is mapped.
hazard_14_16_no_writes() {
	have strace || {
		skip "14 16 the library writes and locks nothing" "strace is not installed"
		return
	}
	timeout "$TIMEOUT" strace -f -qq -e trace=write,pwrite64,writev,flock,fcntl -o "$T/h14.trace" \
		-E LD_PRELOAD="$TIDEMARK_LIBRARY" -E TIDEMARK_OUTPUT="$T/h14.tide" \
		"$(victim ends)" return >/dev/null 2>&1
	is "$(q "$T/h14.tide" .totals.calls)" 1001 "14 16 a program recorded under strace"
	is "$(grep -cE 'write|flock|F_SETLK' "$T/h14.trace")" 0 \
		"14 16 the library writes and locks nothing"
}

hazard_15_children_off() {
	record h15 TIDEMARK_CHILDREN=0 "$(victim forks)" fork
	is "$(find "$T/h15.d" -name '*.tide' | wc -l)" 1 "15 children are left alone when so wished"
	live_is "$recording" 500000 500 "15 and the parent's books stay its own"
	record h15t TIDEMARK_CHILDREN=0 "$(victim forks)" threaded
	is "$(value finished "$T/h15t.out")" 40 "15 and all of 40 children of threads end"
}

hazard_17_thread_storage() {
	is "$(nm -D "$TIDEMARK_LIBRARY" | grep -c __tls_get_addr)" 0 \
		"17 thread storage needs no function that may allocate"
}

hazard_18_unwinder() {
	bare h18b "$(victim throwing)" 2000
	record h18 "$(victim throwing)" 2000
	is "$status" 0 "18 a program that throws ends well"
	same "$T/h18b.out" "$T/h18.out" "18 and throws by the unwinder it had"
	is "$(value unwinder "$T/h18.out")" libgcc_s.so.1 "18 which is libgcc's"
	is "$(readelf -d "$TIDEMARK_LIBRARY" | grep NEEDED | sed 's/.*\[\(.*\)\]/\1/' | tr '\n' ' ')" \
		"libc.so.6 " "18 the library needs the C library and nothing else"
}

hazard_19_deep_recursion() {
	record h19 "$(victim deep)" 400
	is "$(q "$recording" .totals.calls)" 800 "19 every allocation of a deep recursion is in the books"
	is "$(q "$recording" '[.sites[] | select(.cut) | frames | length] | unique | tojson')" "[128]" \
		"19 stacks cut short are marked, and have as many frames as asked for"
	at_least "$(q "$recording" .drops.stack_cut)" 1 "19 and are counted"
	is "$(q "$recording" '[.sites[] | select(.cut | not) | frames | length > 128] | any')" false \
		"19 and no others"
	record h19d TIDEMARK_DEPTH=1024 "$(victim deep)" 400
	is "$(q "$recording" '[.sites[] | select(.cut)] | length')" 0 "19 a greater depth cuts none"
	is "$(qs "$recording" '[.sites[] | select([frames[].function // ""] | any(. == "deep_left"))
		| .total_bytes] | add')" 4000 "19 and tells the two callers apart"
	record h19s TIDEMARK_DEPTH=3 "$(victim deep)" 400
	is "$(q "$recording" '[.sites[]|frames | length] | max')" 3 "19 a depth of three keeps three"
}

# HAZARDS='hazard_02_realloc_order …' runs these alone; see tests/mutants.sh
all='hazard_01_threaded_fork hazard_02_realloc_order hazard_03_realloc_zero hazard_04_bootstrap
	hazard_05_descriptors hazard_06_recording_lost hazard_07_static hazard_08_optional_symbols
	hazard_09_bare_forks hazard_10_vfork hazard_11_handler_in_hook hazard_11_jump
	hazard_12_ends hazard_13_dlsym_allocates hazard_14_16_no_writes hazard_15_children_off
	hazard_17_thread_storage hazard_18_unwinder hazard_19_deep_recursion'
for hazard in ${HAZARDS:-$all}; do
	"$hazard"
done

done_testing
