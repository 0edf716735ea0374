#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Test suites of others pass under recording as they pass without: a part of Python's own, and that
# of googletest.  Takes minutes, so only in the long form.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/real.sh"
need_tool
[ -n "$LONG" ] || skip_all "takes minutes; set TIDEMARK_TEST_LONG=1"
TIMEOUT=1200
export HOME=$T
mkdir "$T/template"

# What the suite says of each test, in order of name, without times
verdicts() { grep -aE "$1" | sed -E 's/ ?\(?[0-9.]+ (ms|s|sec)( total)?\)?//g; s/in [0-9.]+s//' | sort; }

# suite NAME PATTERN COMMAND
suite() {
	local name=$1 pattern=$2 command=$3
	real_bare "$name" "$command"
	diag "$name, bare: $(tail -1 "$T/$name-bare.out")"
	real_recorded "$name" "$command"
	is "$status" "$bare_status" "$name: same status"
	verdicts "$pattern" <"$T/$name-bare.out" >"$T/$name.want"
	verdicts "$pattern" <"$T/$name.out" >"$T/$name.got"
	at_least "$(grep -c . "$T/$name.got")" 10 "$name: there are verdicts"
	same "$T/$name.want" "$T/$name.got" "$name: same verdicts"
	is "$(missing_in "$T/$name.d")" 0 "$name: nothing is missing from the books"
	rm -rf "$T/$name.d"
}

python=
for candidate in /usr/bin/python3 python3; do
	"$candidate" -c 'import test.test_list' 2>/dev/null && python=$candidate && break
done
if [ -n "$python" ]; then
	suite python-tests '\.\.\. (ok|FAIL|ERROR|skipped)' "'$python' -m test -v test_list test_dict \
		test_set test_json test_re test_unicode test_bytes test_threading test_subprocess \
		test_generators test_exceptions test_gc test_weakref test_ctypes test_struct \
		test_itertools test_functools test_collections test_queue test_zlib test_sqlite3 \
		test_fork1 test_posix test_os test_mmap test_pickle test_xml_etree 2>&1"
else
	skip python-tests "Python's own tests are not installed (libpython3-testsuite)"
fi

sources=/usr/src/googletest
if [ -d "$sources" ] && have cmake && have g++; then
	cmake -S "$sources" -B "$T/gtest" -Dgtest_build_tests=ON -DCMAKE_BUILD_TYPE=Debug \
		>"$T/cmake.log" 2>&1 && make -C "$T/gtest" -j2 >>"$T/cmake.log" 2>&1
	suite googletest 'Test +#|tests passed' "cd '$T/gtest' && ctest -E py 2>&1"
else
	skip googletest "its sources are not installed (googletest, cmake)"
fi

cd / || exit
done_testing
