#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What recording costs: `make bench`.  README.md here says how it is measured.
#
#   BENCH_ONLY='micro macro memory scan python'   which parts
#   BENCH_QUICK=1                     a couple of minutes: fewer rounds and cases, smaller inputs
#   BENCH_ROUNDS=15                   how often each sample is taken
#   BENCH_CASES=, BENCH_PROGRAMS=     extended regular expressions: of micro and scan, of macro and python only these
#   BENCH_VARIANTS=                   of tidemark heaptrack memusage frames lsan only these
#   BENCH_COUNT=no                    leave callgrind out; `macro`: count instructions there too
#   BENCH_CPUS='0 1'                  CPUs to run on; one-threaded programs take them in turn
#   BENCH_TMP=                        where the scratch directory is made (TMPDIR, /tmp)
#   BENCH_HEAPTRACK=                  libheaptrack_preload.so, where it lies in an unusual place
#   BENCH_PYTHON=                     the interpreter of the part python
#   TIDE_LIBRARY= TIDE_BUILDDIR=      the library to measure, the build tree

set -u
export LC_ALL=C

BENCH=$(cd "$(dirname "$0")" && pwd)
. "$BENCH/lib.sh"
. "$BENCH/micro.sh"
. "$BENCH/inputs.sh"
. "$BENCH/macro.sh"
. "$BENCH/memory.sh"
. "$BENCH/scan.sh"
. "$BENCH/python.sh"

ONLY=${BENCH_ONLY:-micro macro memory scan python}
QUICK=${BENCH_QUICK:-}
[ "$QUICK" = 0 ] && QUICK=
ROUNDS=${BENCH_ROUNDS:-$([ -n "$QUICK" ] && echo 5 || echo 15)}
COUNT=${BENCH_COUNT:-micro}

prepare
find_variants
describe_machine
for part in $ONLY; do
	case $part in
	micro | macro | memory | scan | python) "bench_$part" ;;
	*) complain "BENCH_ONLY knows micro, macro, memory, scan and python, not $part" ;;
	esac
done
tables text <"$WORK/results"
tables markdown <"$WORK/results" >"$BUILD/bench.md"
awk -f "$BENCH/json.awk" "$WORK/machine" "$WORK/results" >"$BUILD/bench.json"
echo "also in $BUILD/bench.json and $BUILD/bench.md"
