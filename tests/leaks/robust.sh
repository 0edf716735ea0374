#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The leak scan where such things fail: again and again with threads that come and go, under debuggers,
# in containers, without the system calls that it would like.  The long form repeats more often.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/runs.sh"
need_tool
have python3 || skip_all 'python3 is not installed'

LEAKS=$top_builddir/tests/leaks/O2
[ -x "$LEAKS/shapes" ] || bail "$LEAKS is not built; make leak-programs"
list_cases "$T/all"
repeats=5
[ -z "$LONG" ] || repeats=125

# cases PATTERN...: the lines of those cases, PROGRAM/CASE
cases() {
	local pattern
	for pattern; do
		awk -F'\t' -v p="$pattern" '$1 "/" $2 == p' "$T/all"
	done
}

threaded=(threads/busy threads/storm threads/handed_around threads/detached stacks/sleepers_registers
	stacks/sleepers_stack stacks/spinner signals/real_time signals/alarms)
single=(shapes/chain shapes/cycle_3 shapes/kept pointers/interior places/pool_beside_block
	ends/exits ends/exits_at_once ends/returns_5 stacks/main_stack)

judge() { # NAME: $T/NAME.list was run in $T/NAME; what is wrong, one line a case
	python3 -B "$srcdir/tests/leaks/judge.py" tidemark "$T/$1.list" "$T/$1" | grep -v $'\tright\t'
}

# again NAME TIMES CASE...: each so many times
again() {
	local name=$1 times=$2 i bad=
	shift 2
	cases "$@" >"$T/$name.list"
	for ((i = 0; i < times; i++)); do
		rm -rf "${T:?}/$name"
		mkdir -p "$T/$name"
		run_cases tidemark "$T/$name.list" "$T/$name"
		bad+=$(judge "$name")
	done
	is "$bad" '' "$name: $((times * $#)) runs, each right"
}

# within NAME 'COMMAND' CASE...: each once, started by the command
within() {
	local name=$1 bad
	LEAK_WRAP=$2
	shift 2
	cases "$@" >"$T/$name.list"
	mkdir -p "$T/$name" "$T/$name-bare"
	export LEAK_WRAP
	run_cases bare "$T/$name.list" "$T/$name-bare"
	run_cases tidemark "$T/$name.list" "$T/$name"
	with_bare "$T/$name-bare" "$T/$name"
	LEAK_WRAP=
	bad=$(judge "$name")
	is "$bad" '' "$name: $# cases, each right"
}

usable() { # COMMAND...: can it start a case?
	"$@" "$LEAKS/shapes" kept >/dev/null 2>&1
}

# possibly NAME 'COMMAND' CASE...: where the command can be had
possibly() {
	# shellcheck disable=SC2086
	if usable $2; then
		within "$@"
	else
		skip "$1" "'$2' is not to be had here"
	fi
}

again repeated "$repeats" "${threaded[@]}"
possibly strace 'strace -f -o /dev/null' "${threaded[@]}" "${single[@]}"
possibly gdb 'gdb -batch -nx -return-child-result -ex run -args' "${single[@]}" threads/busy stacks/sleepers_registers
possibly no-ptrace "$LEAKS/forbid ptrace" "${threaded[@]}" "${single[@]}"
possibly no-clone "$LEAKS/forbid clone" "${single[@]}"
possibly namespaces 'unshare -rmpf --mount-proc' "${threaded[@]}" "${single[@]}"
possibly other-proc 'unshare -rmpf' "${single[@]}"
possibly little-memory 'prlimit --as=300000000' "${single[@]}"
possibly no-processes 'setpriv --reuid=65534 prlimit --nproc=1' "${single[@]}"

done_testing
