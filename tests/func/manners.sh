#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a program can see of its own world is the same with and without recording: errno, limits,
# system calls by number, exit handlers, signals, small stacks, the exec family.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim manners

alike() { # NAME COMMAND...
	local name=$1
	shift
	bare "$name-bare" "$@"
	local wanted=$status
	record "$name" "$@"
	is "$status" "$wanted" "$name: same status"
	same "$T/$name-bare.out" "$T/$name.out" "$name: same output"
	same "$T/$name-bare.err" "$T/$name.err" "$name: same messages"
}

for mode in errno limits syscall order quick bus bushandler mask stack; do
	alike "$mode" "$(victim manners)" "$mode"
done

for function in execl execlp execle execv execve execvp execvpe fexecve syscall; do
	alike "$function" "$(victim execs)" "$function"
done
record execv "$(victim execs)" execv
is "$(q "$recording" '"\(.recording.state) \(.totals.live_bytes >= 1234)"')" "execed true" \
	"execv: the recording of the first program says how it ended"
is "$(find "$T/execv.d" -name '*.tide' | wc -l)" 2 "execv: and the second has one of its own"
for function in execl execv execvp execvpe execle; do
	alike "fail-$function" "$(victim execs)" "fail-$function"
	is "$(q "$recording" .recording.state)" exited "fail-$function: the recording goes on to the end"
done

done_testing
