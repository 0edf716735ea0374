# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Runs the cases of the leak corpus under a tool, two at a time, and has them judged.
#
#   LEAKS       the directory of the built programs
#   LEAK_WRAP   a command that starts them, none by default
#   list_cases FILE              all cases of all programs, as judge.py wants them
#   run_cases TOOL LIST RUNS     runs them all; TOOL is bare, tidemark, memcheck or lsan

LEAK_PROGRAMS='shapes pointers places stacks threads signals ends forks calls modules objects'
LEAK_JOBS=${LEAK_JOBS:-2}
LEAK_WRAP=${LEAK_WRAP:-}

list_cases() {
	local program
	for program in $LEAK_PROGRAMS; do
		[ ! -x "$LEAKS/$program" ] || "$LEAKS/$program" --list
	done >"$1"
}

# One case, in its own process: the tool's own variables are set inside, so that only the case has them.
# one_case TOOL RUNS PROGRAM CASE
one_case() {
	local tool=$1 place=$2/$3.$4 limit=${LEAK_TIMEOUT:-180}
	local command=("$LEAKS/$3" "$4")
	mkdir -p "$place"
	chmod 777 "$place" # the case may be run as somebody else
	case $tool in
	tidemark)
		command=(LD_PRELOAD="$TIDEMARK_LIBRARY" TIDEMARK_OUTPUT="$place/%n.%p.tide" "${command[@]}")
		;;
	memcheck)
		limit=300
		command=(valgrind --leak-check=full --show-leak-kinds=all --trace-children=yes
			--child-silent-after-fork=no --num-callers=40 --keep-debuginfo=yes --run-libc-freeres=no
			--run-cxx-freeres=no --xml=yes
			--xml-file="$place/%p.xml" "${command[@]}")
		;;
	lsan)
		command=(LD_PRELOAD="$LSAN_LIBRARY" LSAN_OPTIONS="log_path=$place/lsan:exitcode=0:fast_unwind_on_malloc=0"
			"${command[@]}")
		;;
	esac
	# shellcheck disable=SC2016
	timeout -k 5 "$limit" sh -c 'echo $$ >"$0/pid"; exec $LEAK_WRAP env "$@"' "$place" "${command[@]}" \
		>"$place/out" 2>"$place/err" </dev/null
	echo $? >"$place/status"
	[ "$tool" != tidemark ] || json_of "$place"
}

json_of() {
	local file
	for file in "$1"/*.tide; do
		[ ! -e "$file" ] || timeout -k 5 180 "$TIDEMARK" report --format json --limit 4294967295 \
			"$file" >"${file%.tide}.json" 2>>"$1/err"
	done
}

# shellcheck disable=SC2016
run_cases() {
	local program case rest
	export -f one_case json_of
	export LEAKS LEAK_WRAP TIDEMARK TIDEMARK_LIBRARY LSAN_LIBRARY LEAK_TIMEOUT
	while IFS=$'\t' read -r program case rest; do
		printf '%s\0%s\0' "$program" "$case"
	done <"$2" |
		xargs -0 -n 2 -P "$LEAK_JOBS" bash -c 'one_case "$0" "$1" "$2" "$3"' "$1" "$3" 2>/dev/null
}

# What a program returns by itself is what it must return recorded.  with_bare BARE RUNS
with_bare() {
	local place
	for place in "$2"/*/; do
		cp "$1/$(basename "$place")/status" "$place/bare_status"
	done
}
