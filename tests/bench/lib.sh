# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# What all parts of the benchmark use: the scratch directory, the programs, the variants.
#
# A variant is a way of running a program: bare, or with one profiler preloaded.  `settings` holds
# its environment as options of cpu, and `flavour` which build of our own programs it needs.

complain() {
	echo "bench: $*" >&2
	exit 1
}

note() {
	echo "bench: $*" >&2
}

prepare() {
	local srcdir
	srcdir=$(cd "$BENCH/../.." && pwd)
	BUILD=$(cd "${TIDE_BUILDDIR:-$srcdir}" && pwd) || exit 1
	LIBRARY=${TIDE_LIBRARY:-$BUILD/src/.libs/libtidemark.so}
	[ -e "$LIBRARY" ] || complain "no $LIBRARY: run make first"
	WORK=$(mktemp -d "${BENCH_TMP:-${TMPDIR:-/tmp}}/tidemark-bench.XXXXXX") || exit 1
	RECORDINGS=$(mktemp -d /dev/shm/tidemark-bench.XXXXXX 2>/dev/null) ||
		RECORDINGS=$WORK/recordings
	mkdir -p "$RECORDINGS"
	trap 'rm -rf "$WORK" "$RECORDINGS"' EXIT
	trap 'exit 1' INT TERM HUP
	read -ra CPUS <<<"${BENCH_CPUS:-$(allowed_cpus)}"
	: >"$WORK/results"
	unset LD_PRELOAD PYTHONMALLOC MALLOC_ARENA_MAX GLIBC_TUNABLES "${!TIDEMARK_@}"
	build
}

# The CPUs that this shell may use, eight at most
allowed_cpus() {
	awk '/^Cpus_allowed_list/ {
		n = split($2, range, ",")
		for (i = 1; i <= n; i++) {
			split(range[i] "-" range[i], end, "-")
			for (cpu = end[1]; cpu <= end[2] && used < 8; used++)
				printf "%d ", cpu++
		}
	}' /proc/self/status
}

build() {
	local cc=${CC:-cc}
	local flags='-std=gnu11 -O2 -g -pthread -fno-builtin -fno-optimize-sibling-calls'
	local frames='-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer'

	compile() { # OUTPUT SOURCE FLAGS...
		local output=$1 source=$2
		shift 2
		# shellcheck disable=SC2086
		$cc $flags "$@" -o "$WORK/$output" "$BENCH/$source"
	}
	if ! compile cpu cpu.c || ! compile held held.c -fomit-frame-pointer ||
		! compile pairs pairs.c -fomit-frame-pointer || ! compile graph graph.c; then
		complain "cannot build with $cc"
	fi
	# shellcheck disable=SC2086
	compile pairs_frames pairs.c $frames && compile frames.so frames.c $frames -shared -fPIC
	# shellcheck disable=SC2086
	compile pairs_lsan pairs.c $frames -fsanitize=leak 2>/dev/null || rm -f "$WORK/pairs_lsan"
}

first_file() {
	local file
	for file; do
		[ -e "$file" ] && echo "$file" && return
	done
	return 1
}

is_here() { # VARIANT
	case $1 in
	tidemark) ;;
	heaptrack) [ -n "$HEAPTRACK" ] || missing 'heaptrack; on Debian: apt install heaptrack' ;;
	memusage) [ -n "$MEMUSAGE" ] || missing 'memusage; on Debian: apt install libc-devtools' ;;
	frames) [ -e "$WORK/frames.so" ] || missing 'frame-pointer walker: it could not be built' ;;
	lsan) [ -e "$WORK/pairs_lsan" ] || missing 'LeakSanitizer with this compiler' ;;
	*) complain "BENCH_VARIANTS: unknown $1" ;;
	esac
}

missing() {
	note "no $*"
	return 1
}

find_variants() {
	local wanted=${BENCH_VARIANTS:-tidemark heaptrack memusage frames lsan} variant
	HEAPTRACK=$(first_file ${BENCH_HEAPTRACK:+"$BENCH_HEAPTRACK"} \
		/usr{/local,}/{lib,lib64,lib/x86_64-linux-gnu}/heaptrack/libheaptrack_preload.so)
	MEMUSAGE=$(first_file {/usr,}/{lib/x86_64-linux-gnu,lib64,lib}/libmemusage.so)
	VARIANTS=()
	for variant in $wanted; do
		is_here "$variant" && VARIANTS+=("$variant")
	done
}

has_variant() {
	case " ${VARIANTS[*]} " in *" $1 "*) ;; *) return 1 ;; esac
}

use_variant() {
	settings=()
	flavour=
	case $1 in
	tidemark) settings=(-e "LD_PRELOAD=$LIBRARY" -e "TIDEMARK_OUTPUT=$RECORDINGS/%n.%p.tide") ;;
	heaptrack) settings=(-e "LD_PRELOAD=$HEAPTRACK" -e DUMP_HEAPTRACK_OUTPUT=/dev/null) ;;
	memusage) settings=(-e "LD_PRELOAD=$MEMUSAGE") ;;
	frames) settings=(-e "LD_PRELOAD=$WORK/frames.so") flavour=_frames ;;
	bare_frames) flavour=_frames ;;
	lsan) settings=(-e LSAN_OPTIONS=detect_leaks=0:malloc_context_size=128) flavour=_lsan ;;
	esac
}

# One run on these CPUs, comma-separated: measure CPUS OPTION... PROGRAM ARGUMENT...; the variant
# is that of the last use_variant.  Prints CPU and wall time in us and peak RSS in KiB.
measure() {
	local cpus=$1
	shift
	"$WORK/cpu" -p "$cpus" ${settings[@]+"${settings[@]}"} "$@"
	local status=$?
	rm -f "$RECORDINGS"/*
	return $status
}

# Instructions of one run.  The dynamic linker is told what to preload, and the environment is not:
# valgrind's launcher would be recorded too, and heaptrack keeps itself from a program's children.
count_instructions() { # PROGRAM ARGUMENT...
	local assignments=() setting linker=/lib64/ld-linux-x86-64.so.2 program
	program=$(command -v "$1")
	shift
	for setting in ${settings[@]+"${settings[@]}"}; do
		case $setting in
		-e) ;;
		LD_PRELOAD=*) linker="$linker --preload ${setting#*=}" ;;
		*) assignments+=("$setting") ;;
		esac
	done
	# shellcheck disable=SC2086
	env ${assignments[@]+"${assignments[@]}"} valgrind --tool=callgrind \
		--callgrind-out-file=/dev/null $linker "$program" "$@" 2>&1 >/dev/null |
		awk '/Collected :/ { count = $4 } END { print count + 0 }'
	rm -f "$RECORDINGS"/*
}

# The CPU for a round: in turn, so that a neighbour's load hits none of them for ever
cpu_of_round() {
	echo "${CPUS[$(($1 % ${#CPUS[@]}))]}"
}

# The words, beginning with the N-th: what runs first changes from round to round
rotate() {
	local by=$1
	shift
	by=$((by % $#))
	echo "${@:$((by + 1))}" "${@:1:$by}"
}

describe_machine() {
	{
		printf 'cpu\t%s\n' "$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)"
		printf 'cpus\t%s\n' "${#CPUS[@]}"
		printf 'kernel\t%s\n' "$(uname -r)"
		printf 'libc\t%s\n' "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
		printf 'tidemark\t%s\n' "$("${TIDEMARK:-$BUILD/tidemark}" --version | head -n 1)"
		printf 'heaptrack\t%s\n' "$(heaptrack --version 2>/dev/null | head -n 1)"
		printf 'rounds\t%s\n' "$ROUNDS"
		printf 'date\t%s\n' "$(date -u +%Y-%m-%d)"
	} >"$WORK/machine"
}

tables() {
	awk -v form="$1" -v rounds="$ROUNDS" -v cpus="${#CPUS[@]}" -v all="${VARIANTS[*]}" \
		-f "$BENCH/tables.awk"
}
