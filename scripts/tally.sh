#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Adds up what make check left in a build directory: names the tests that failed, says why tests
# were skipped, and ends with "N passed, N failed".  Fails when a test did, or when none ran.
#
#   scripts/tally.sh BUILD-DIRECTORY...

set -eu
passed=0
failed=0

# Lines of a .trs file are ":test-result: PASS the name", a test case each.
while IFS= read -r trs; do
	log=${trs%.trs}.log
	while read -r _ result name; do
		case $result in
		PASS | XFAIL) passed=$((passed + 1)) ;;
		FAIL | XPASS | ERROR)
			failed=$((failed + 1))
			echo "failed: ${log##*/tests/}: $name"
			;;
		SKIP) echo "skipped: ${log##*/tests/}: ${name:-$(sed -n 's/^1\.\.0 *# *//p' "$log")}" ;;
		esac
	done < <(grep '^:test-result:' "$trs")
done < <(find "$@" -name '*.trs' | sort)

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
