#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The layout of C files as .clang-format has it.  Prints a diff; with --fix, writes it.  Tables that
# are aligned by hand stand between "clang-format off" and "on".
#
#   scripts/format.sh [--fix] [FILE...]

set -u
cd "$(dirname "$0")/.." || exit 1

if ! command -v clang-format >/dev/null; then
	echo 'format: clang-format is missing; scripts/setup.sh installs it' >&2
	exit 2
fi

fix=no
if [ "${1:-}" = --fix ]; then
	fix=yes
	shift
fi
[ $# -gt 0 ] || mapfile -t files < <(git ls-files '*.c' '*.h')
[ $# -eq 0 ] || files=("$@")

status=0
for file in "${files[@]}"; do
	if [ $fix = yes ]; then
		clang-format -i "$file"
	else
		diff -u --label "$file" --label "$file, formatted" "$file" <(clang-format "$file") ||
			status=1
	fi
done
exit $status
