#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs that change the world they run in: limits, another root, another user, seccomp, libraries
# loaded in odd ways, early and late code, many threads, other allocators.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/books.sh"
need_tool
need_victim limits

am_root() { [ "$(id -u)" = 0 ]; }

short_books() { books "$1" "$2" | grep "^$2_" | cut -d' ' -f1-5; }

# live_of NAME: what the victim printed against the recording
live_of() {
	is "$(q "$recording" '"\(.totals.live_bytes) \(.totals.live_blocks)"')" \
		"$(value live_bytes "$T/$1.out") $(value live_blocks "$T/$1.out")" "$1: every block is recorded"
}

unharmed() { # NAME [WANTED STATUS]
	is "$status" "${2:-0}" "$1: the program ends as it should"
}

file_size_limit() {
	# from the start, and halfway; the output of the victim itself is within the limit
	record fsize-within "$(victim limits)" fsize 65536
	unharmed fsize-within
	is "$(value signals "$T/fsize-within.out")" 0 "fsize-within: no SIGXFSZ"
	live_of fsize-within
	record fsize-before bash -c "ulimit -f 64; exec '$(victim limits)' none"
	unharmed fsize-before
	is "$(value live_blocks "$T/fsize-before.out")" 16384 "fsize-before: the program does its work"
	record fsize-zero bash -c "(ulimit -f 0; exec '$(victim limits)' none) | cat"
	unharmed fsize-zero
	is "$(value live_blocks "$T/fsize-zero.out")" 16384 "fsize-zero: the program does its work"
}

address_space_limit() {
	record as-within "$(victim limits)" as
	unharmed as-within
	live_of as-within
	record as-before bash -c "ulimit -v 131072; exec '$(victim limits)' none"
	unharmed as-before
	recording=$(recording_of "$T/as-before.d" limits)
	live_of as-before
}

descriptor_limit() {
	record nofile-within "$(victim limits)" nofile
	unharmed nofile-within
	live_of nofile-within
	record nofile-before bash -c "exec 3>&- 4>&- 5>&-; ulimit -n 4; exec '$(victim limits)' none 2>&1"
	unharmed nofile-before
	is "$(value live_blocks "$T/nofile-before.out")" 16384 "nofile-before: the program does its work"
}

locked_memory() {
	local bare_kb
	bare mlockall-bare "$(victim limits)" mlockall
	[ "$status" = 0 ] || {
		skip "mlockall" "not allowed here"
		return
	}
	bare_kb=$(value rss_kb "$T/mlockall-bare.out")
	record mlockall "$(victim limits)" mlockall
	unharmed mlockall
	live_of mlockall
	at_most "$(($(value rss_kb "$T/mlockall.out") - bare_kb))" 32768 \
		"mlockall: memory locked beyond the program's own, in KiB"
}

other_root() {
	am_root || {
		skip "chroot and another user" "not root"
		return
	}
	mkdir -p "$T/root"
	record chroot "$(victim limits)" chroot "$T/root"
	unharmed chroot
	live_of chroot
	is "$(find "$T/root" -mindepth 1 | wc -l)" 0 "chroot: nothing is written below the new root"
	record other-user "$(victim limits)" drop
	unharmed other-user
	live_of other-user
}

full_disk() {
	if ! am_root || ! mkdir "$T/small" || ! mount -t tmpfs -o size=512k none "$T/small" 2>/dev/null; then
		skip "full-disk" "cannot mount"
		return
	fi
	TIDEMARK_OUTPUT="$T/small/r.tide" preload "$(victim limits)" none >"$T/full.out" 2>"$T/full.err"
	status=$?
	unharmed full-disk
	is "$(value live_blocks "$T/full.out")" 16384 "full-disk: the program does its work"
	recording=$T/full.tide
	cp "$T/small/r.tide" "$recording"
	umount "$T/small"
	at_least "$(q "$recording" '.drops.no_space + .drops.file_full')" 1 "full-disk: what is missing is counted"
	at_least "$(q "$recording" .totals.calls)" 100 "full-disk: what had room is there"
}

no_such_directory() {
	TIDEMARK_OUTPUT="$T/nowhere/r.tide" preload "$(victim limits)" none >"$T/nowhere.out" 2>"$T/nowhere.err"
	status=$?
	unharmed no-directory
	is "$(value live_blocks "$T/nowhere.out")" 16384 "no-directory: the program does its work"
}

size_limit() {
	record max-size TIDEMARK_MAX_SIZE=1M "$(victim limits)" none
	unharmed max-size
	at_most "$(stat -c %s "$recording")" 1048576 "max-size: the recording keeps to its limit"
	at_least "$(q "$recording" .drops.file_full)" 1 "max-size: what found no place is counted"
	is "$(q "$recording" '"\(.totals.live_bytes) \(.totals.live_blocks) \(.totals.at_peak_bytes)"')" \
		"262144 16384 262144" "max-size: and its bytes are still in the totals"
}

seccomp() {
	local mode
	for mode in strict filter syscall late; do
		bare "seccomp-$mode-bare" "$(victim locked)" "$mode"
		[ "$status" = 0 ] || {
			skip "seccomp-$mode" "not to be had here"
			continue
		}
		record "seccomp-$mode" "$(victim locked)" "$mode"
		unharmed "seccomp-$mode"
		same "$T/seccomp-$mode-bare.out" "$T/seccomp-$mode.out" "seccomp-$mode: same output"
		is "$(q "$recording" '.recording.flags | index("locked_down") != null')" true \
			"seccomp-$mode: the recording says so"
		seccomp_books "$mode"
	done
}

# What needed a system call is missing, and counted
seccomp_books() {
	local blocks missing
	blocks=$(q "$recording" .totals.live_blocks)
	missing=$(q "$recording" '.drops | .locked_down + .no_memory + .no_space + .blocks_full')
	if [ "$missing" = 0 ]; then
		is "$blocks" "$(value live_blocks "$T/seccomp-$1.out")" "seccomp-$1: every block is recorded"
	else
		at_least "$((blocks + missing))" "$(value live_blocks "$T/seccomp-$1.out")" \
			"seccomp-$1: blocks recorded and counted as missing"
	fi
}

# A program that runs as another user than its caller may not be told what to load
set_user_id() {
	if ! am_root || ! have setpriv; then
		skip "set-user-id" "not root"
		return
	fi
	mkdir -m 755 "$T/suid"
	cp "$(victim hello)" "$T/suid/hello"
	chmod 4755 "$T/suid/hello"
	record set-user-id setpriv --reuid=65534 --clear-groups "$T/suid/hello"
	unharmed set-user-id
	is "$(value hello "$T/set-user-id.out")" 0 "set-user-id: it runs with the rights it has"
	is "$(recording_of "$T/set-user-id.d" hello)" "" "set-user-id: it leaves no recording"
}

loaded_libraries() {
	record swapped TIDEMARK_VERIFY=1 "$(victim plugins)" swap "$VICTIMS"
	unharmed swapped
	at_least "$(value same_address "$T/swapped.out")" 50 "swapped: libraries stood where others had been"
	is "$(q "$recording" .verify.differences)" 0 "swapped: no stack differs from libunwind's"
	grep ^plugin_inner "$T/swapped.out" | sort >"$T/swapped.truth"
	qs "$recording" "$BOOKS_JQ"' by_function("plugin_inner")[] | "\(.name) \(.calls) \(.total)"' |
		grep ^plugin_inner | sort >"$T/swapped.recorded"
	same "$T/swapped.truth" "$T/swapped.recorded" "swapped: each stack names the library it was in"
	record deepbind "$(victim plugins)" deepbind "$VICTIMS"
	unharmed deepbind
	is "$(q "$recording" .drops.unknown_free)" 50 \
		"deepbind: what such a library allocates goes past, and its frees are counted as unknown"
	record dlmopen "$(victim plugins)" dlmopen "$VICTIMS"
	unharmed dlmopen
}

early_and_late() {
	local line
	record early "$(victim early_main)"
	unharmed early
	while read -r line; do
		is "$(early_books "${line%% *}")" "$line" "early: books of ${line%% *}"
	done <"$T/early.out"
}

early_books() {
	qs "$recording" '[.sites[] | select([frames[].function // ""] | any(. == "'"$1"'"))]
		| "'"$1"' \(map(.calls) | add) \(map(.live_bytes) | add)"'
}

made_processes() {
	local child
	record daemon "$(victim forks)" daemon
	await grep -q ^child_live_blocks "$T/daemon.out"
	child=$T/daemon.d/forks.$(value child_pid "$T/daemon.out").tide
	is "$(q "$child" '"\(.totals.live_bytes) \(.totals.live_blocks)"')" "403000 700" \
		"daemon: the process that goes on is recorded"
	record spawn "$(victim forks)" spawn
	unharmed spawn
	child=$T/spawn.d/forks.$(value child_pid "$T/spawn.out").tide
	is "$(q "$child" '"\(.totals.live_bytes) \(.totals.live_blocks)"')" "3000 300" \
		"spawn: the program started is recorded, as itself"
	recording=$T/spawn.d/forks.$(value parent_pid "$T/spawn.out").tide
	is "$(q "$recording" '"\(.totals.live_bytes) \(.recording.state)"')" "500000 exited" \
		"spawn: and so is the one that started it"
}

many_threads() {
	local bare_kb
	bare threads-bare "$(victim threads10k)"
	bare_kb=$(value rss_kb "$T/threads-bare.out")
	record threads "$(victim threads10k)"
	unharmed threads
	is "$(short_books "$recording" thread)" "$(grep ^thread_ "$T/threads.out")" \
		"threads: the books of ten thousand threads are right"
	at_most "$(($(value rss_kb "$T/threads.out") - bare_kb))" 65536 "threads: memory beyond the bare run's, KiB"
	at_most "$(stat -c %s "$recording")" 16777216 "threads: and the recording stays small"
}

operators() { # NAME [LIBRARY]
	bare "$1-bare" env ${2:+LD_PRELOAD="$2"} "$(victim newdelete)"
	[ "$status" = 0 ] || {
		skip "$1" "this allocator does not throw"
		return
	}
	TIDEMARK_LIBRARY=$TIDEMARK_LIBRARY${2:+:$2} record "$1" "$(victim newdelete)"
	unharmed "$1"
	grep ^new_ "$T/$1.out" | sort >"$T/$1.truth"
	qs "$recording" '[.sites[] | . + {name: ([frames[].function // ""
			| capture("^(_ZL[0-9]+)?(?<n>new_[a-z_]+?)(v|\\(.*)?$").n][0] // "other")}]
		| group_by(.name)[] | "\(.[0].name) \(map(.calls) | add) \(map(.total_bytes) | add) \(
			map(.live_bytes) | add)"' | grep ^new_ | sort >"$T/$1.recorded"
	same "$T/$1.truth" "$T/$1.recorded" "$1: each operator new and delete is recorded, to the byte"
	is "$(value caught "$T/$1.out") $(value handled "$T/$1.out")" "11 3" \
		"$1: bad_alloc and the new handler are as ever"
	is "$(lost "$recording")" 0 "$1: nothing is missing from the books"
}

# other_allocator NAME FILE
other_allocator() {
	local library
	library=$(ldconfig -p | awk -v name="$2" '$1 == name { print $NF; exit }')
	[ -n "$library" ] || {
		skip "$1" "$2 is not installed"
		return
	}
	TIDEMARK_LIBRARY=$TIDEMARK_LIBRARY:$library record "$1" "$(victim exact)" 20000
	unharmed "$1"
	# these libraries are C++ themselves: the C++ library's pool is not the program's
	check_sites "$recording" "$T/$1.out" site
	is "$(lost "$recording")" 0 "$1: nothing is missing from the books"
	at_most "$(q "$recording" '.totals.rss_peak_bytes')" 268435456 "$1: memory"
	is "$(q "$recording" '.recording.flags | index("foreign_malloc") != null')" true \
		"$1: the recording says whose malloc it is"
	operators "$1-operators" "$library"
}

file_size_limit
address_space_limit
descriptor_limit
locked_memory
other_root
full_disk
no_such_directory
size_limit
seccomp
set_user_id
loaded_libraries
early_and_late
made_processes
many_threads
operators operators
other_allocator jemalloc libjemalloc.so.2
other_allocator tcmalloc libtcmalloc_minimal.so.4
other_allocator mimalloc libmimalloc.so.2

done_testing
