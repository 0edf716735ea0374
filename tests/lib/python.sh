# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For the tests with Python: the interpreters of this machine.

PYTHON_TESTS=$srcdir/tests/python

# Debian's own, then those of pyenv, a line each.
pythons() {
	local python
	for python in /usr/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.{8,9,1[0-4]}*/bin/python3; do
		[ -x "$python" ] && echo "$python"
	done
}

# 3.11.2
version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])'; }

need_python() { [ -n "$(pythons)" ] || skip_all "python3 is not installed"; }

# lines_are_right NAME RECORDING EXPECTED: every line of a script holds what it says of itself
lines_are_right() {
	"$TIDEMARK" report --no-symbols --all-frames --format json --limit 4294967295 \
		"$2" >"$T/$1.json"
	if python3 "$PYTHON_TESTS/lines.py" "$T/$1.json" "$3" >"$T/$1.said"; then
		pass "$1: every line holds what the script says: $(cat "$T/$1.said")"
	else
		fail "$1: every line holds what the script says" "$(head -20 "$T/$1.said")"
	fi
}
