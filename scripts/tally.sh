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

# A .trs file has a line ":test-result: PASS" for each test case; the log beside it has the names.
while IFS= read -r trs; do
	log=${trs%.trs}.log
	while read -r _ result _; do
		case $result in
		PASS | XFAIL) passed=$((passed + 1)) ;;
		FAIL | XPASS | ERROR) failed=$((failed + 1)) ;;
		esac
	done < <(grep '^:test-result:' "$trs")
	sed -n 's/^\(FAIL\|XPASS\|ERROR\): /failed: /p; s/^SKIP: /skipped: /p' "$log"
done < <(find "$@" -name '*.trs' | sort)

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
