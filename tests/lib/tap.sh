# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# For the shell tests: Test Anything Protocol, a scratch directory, recording a program.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#
# From the environment, with defaults for a plain tree:
#   TIDEMARK                 the command
#   TIDE_BUILDDIR            where the build lies (or top_builddir)
#   TIDE_LIBRARY             the library to preload (or TIDEMARK_LIBRARY)
#   TIDE_VICTIMS             the directory of the built test programs (or VICTIMS)
#   TIDEMARK_TEST_LONG=1     the long form of tests that have one
#   TIDEMARK_TEST_KEEP=1     keep the scratch directory and say where it is
#
# A test prints one line per assertion and ends with `done_testing`.

set -u

TAP_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
srcdir=$(cd "$TAP_HERE/../.." && pwd)
top_builddir=${top_builddir:-${TIDE_BUILDDIR:-$srcdir}}
top_builddir=$(cd "$top_builddir" && pwd)
TIDEMARK_LIBRARY=${TIDEMARK_LIBRARY:-${TIDE_LIBRARY:-$top_builddir/src/.libs/libtidemark.so}}
TIDEMARK=${TIDEMARK:-$top_builddir/tidemark}
VICTIMS=${VICTIMS:-${TIDE_VICTIMS:-$top_builddir/tests/victims}}
LONG=${TIDEMARK_TEST_LONG:-}
[ "$LONG" = 0 ] && LONG=

# Nothing of the caller's settings may reach the programs recorded here.
unset TIDEMARK_OUTPUT TIDEMARK_DEPTH TIDEMARK_VERIFY TIDEMARK_MAX_SIZE TIDEMARK_CHILDREN
unset TIDEMARK_FRAME_POINTERS TIDEMARK_PYTHON_STACKS TIDEMARK_PYTHON_OBJECTS PYTHONMALLOC TIDEMARK_SAMPLE TIDEMARK_MMAP TIDEMARK_START_AFTER LD_PRELOAD MALLOC_ARENA_MAX GLIBC_TUNABLES
export LC_ALL=C NO_COLOR=1
export TIDEMARK TIDEMARK_LIBRARY VICTIMS

tap_count=0
tap_failed=0

T=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-test.XXXXXX") || exit 99
chmod 755 "$T"
export XDG_CACHE_HOME=$T/cache

tap_cleanup() {
	if [ -n "${TIDEMARK_TEST_KEEP:-}" ]; then
		printf '# kept: %s\n' "$T"
	else
		rm -rf "$T"
	fi
}
trap tap_cleanup EXIT
trap 'exit 130' INT TERM

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

# fail DESCRIPTION [DETAIL...]
fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	shift
	local line
	for line; do diag "$line"; done
}

# skip DESCRIPTION REASON
skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}

bail() {
	printf 'Bail out! %s\n' "$1"
	exit 99
}

# is GOT WANTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "got:    ${1:-(nothing)}" "wanted: ${2:-(nothing)}"
	fi
}

# isnt GOT UNWANTED DESCRIPTION
isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3" "got: ${1:-(nothing)}, which is just what it must not be"
	fi
}

is_number() { [[ $1 =~ ^-?[0-9]+$ ]]; }

# at_most GOT LIMIT DESCRIPTION
at_most() {
	if is_number "$1" && [ "$1" -le "$2" ]; then
		pass "$3 ($1 <= $2)"
	else
		fail "$3" "got: ${1:-(nothing)}, at most: $2"
	fi
}

# at_least GOT LIMIT DESCRIPTION
at_least() {
	if is_number "$1" && [ "$1" -ge "$2" ]; then
		pass "$3 ($1 >= $2)"
	else
		fail "$3" "got: ${1:-(nothing)}, at least: $2"
	fi
}

# near GOT WANTED TOLERANCE DESCRIPTION
near() {
	local off=-1
	is_number "$1" && is_number "$2" && off=$(($1 > $2 ? $1 - $2 : $2 - $1))
	if [ "$off" -ge 0 ] && [ "$off" -le "$3" ]; then
		pass "$4 (off by $off, allowed $3)"
	else
		fail "$4" "got: ${1:-(nothing)}, wanted: $2, allowed: $3"
	fi
}

# same FILE FILE DESCRIPTION
same() {
	if cmp -s "$1" "$2"; then
		pass "$3"
	else
		fail "$3" "$(diff -a "$1" "$2" 2>&1 | head -12 | cut -c1-200)"
	fi
}

have() { command -v "$1" >/dev/null 2>&1; }

# What a test cannot do without.
need_victim() { [ -x "$VICTIMS/$1" ] || skip_all "test program $1 is not built"; }

need_library() {
	[ -e "$TIDEMARK_LIBRARY" ] || skip_all "$TIDEMARK_LIBRARY is not built"
}

need_tool() {
	need_library
	[ -x "$TIDEMARK" ] || skip_all "$TIDEMARK is not built"
	have jq || skip_all "jq is not installed"
}

# The victim's name without the directory; libtool or a plain build make no difference.
victim() { printf '%s/%s' "$VICTIMS" "$1"; }

# Far more than anything takes: it is there for what hangs.
TIMEOUT=${TIDEMARK_TEST_TIMEOUT:-180}

# await COMMAND...: asks again until it succeeds; fails when it never does
await() {
	local tries
	for ((tries = 0; tries < 1500; tries++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.04
	done
	return 1
}

# await_recording FILE: until it has been begun, and can be found and read
await_recording() { await grep -q ^TIDEMARK "$1"; }

# bare NAME COMMAND...: runs it alone; $T/NAME.out, $T/NAME.err; the status is in $status
bare() {
	local name=$1
	shift
	timeout -k 5 "$TIMEOUT" "$@" >"$T/$name.out" 2>"$T/$name.err" </dev/null
	status=$?
}

# preload COMMAND...: runs it recorded; TIDEMARK_OUTPUT and other variables are the caller's
preload() {
	timeout -k 5 "$TIMEOUT" env LD_PRELOAD="$TIDEMARK_LIBRARY" "$@"
}

# record NAME [VAR=VALUE...] COMMAND...: as bare, recorded; the recordings are in $T/NAME.d, the
# largest of the first process is $recording (the file named by the pid of the first to start).
record() {
	local name=$1
	shift
	rm -rf "$T/$name.d"
	mkdir -m 777 "$T/$name.d"
	timeout -k 5 "$TIMEOUT" env LD_PRELOAD="$TIDEMARK_LIBRARY" \
		TIDEMARK_OUTPUT="$T/$name.d/%n.%p.tide" "$@" >"$T/$name.out" 2>"$T/$name.err" </dev/null
	status=$?
	recording=$(first_recording "$T/$name.d")
}

# The recording that was made first; of those made within one tick of the clock, the lowest pid's.
first_recording() {
	stat -c '%.W %n' "$1"/*.tide 2>/dev/null | sort -k1,1n -k2V | head -1 | cut -d' ' -f2-
}

# recording_of DIRECTORY PROGRAM: the recording of a program by its name
recording_of() {
	local file
	for file in "$1/$2".*.tide; do
		[ -e "$file" ] || continue
		printf '%s' "$file"
		return
	done
}

# json FILE KIND: writes FILE.KIND.json once: all sites with names (named), without (plain), or
# hardly any, for what is asked of the whole (facts)
json() {
	[ -n "$1" ] || return 1 # no recording
	local out=$1.$2.json options=(--limit 4294967295)
	[ "$2" = named ] || options+=(--no-symbols)
	[ "$2" = facts ] && options+=(--limit 1)
	[ -e "$out" ] && return
	timeout -k 5 "$TIMEOUT" "$TIDEMARK" report --format json "${options[@]}" "$1" \
		>"$out" 2>"$out.err" && return
	diag "report of $1 fails: $(head -3 "$out.err")" >&2
	return 1
}

# In every filter below `frames` gives the frames of a site, innermost first, each with the path and
# the build-id of its module.
# shellcheck disable=SC2016
FRAMES_JQ='. as $report
	| [.frames[] | (if .module == null then null else $report.modules[.module] end) as $of
		| .module = $of.path | .build_id = $of.build_id] as $frames
	| def frames: [$frames[.stack[]]];
'

# ask JSON FILTER: of a report written by `tidemark report --format json`
ask() { jq -r "$FRAMES_JQ $2" "$1" 2>/dev/null; }

# q FILE FILTER: asks the report without names; qs: with names
q() {
	case $2 in
	*sites* | *mappings*)
		json "$1" plain || return
		ask "$1.plain.json" "$2"
		;;
	*)
		json "$1" facts || return
		ask "$1.facts.json" "$2"
		;;
	esac
}

qs() {
	json "$1" named || return
	ask "$1.named.json" "$2"
}

# valid NAME JSON DESCRIPTION: keeps to tools/schema/NAME.schema.json, as a second reader of it says
valid() {
	if ! python3 -c 'import jsonschema' 2>/dev/null; then
		skip "$3" 'python3-jsonschema is not installed'
		return
	fi
	python3 - "$srcdir/tools/schema/$1.schema.json" "$2" >"$T/schema.err" 2>&1 <<-'END'
		import json, sys, jsonschema
		schema, document = (json.load(open(name)) for name in sys.argv[1:])
		checker = jsonschema.Draft202012Validator
		checker.check_schema(schema)
		wrong = [e.json_path + ": " + e.message[:200] for e in checker(schema).iter_errors(document)]
		sys.exit("\n".join(wrong[:5]) if wrong else 0)
	END
	is "$?" 0 "$3"
	sed 's/^/# /' "$T/schema.err"
}

# value KEY FILE: of a line KEY=VALUE that a victim printed
value() { sed -n "s/^$1=//p" "$2" | head -1; }

# lost FILE: events missing from the books, in all, but for free()s of blocks never seen
lost() {
	q "$1" '[.drops | to_entries[] | select(.key != "unknown_free" and .key != "stack_cut")
		| .value] | add'
}
