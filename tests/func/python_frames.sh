#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What each line holds of numpy's arrays and pandas' frames, of copies and views, of lists, dicts,
# slices and closures: objects to the object, buffers to the byte.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python

while read -r python; do
	version=$(version_of "$python")
	record "$version" "$python" "$PYTHON_TESTS/frames.py" "$T/$version.expected"
	is "$status $(cat "$T/$version.err")" '0 ' "$version: the script ends as it should"
	lines_are_right "$version" "$recording" "$T/$version.expected"
done < <(pythons)

python=$(pythons | head -1)
if "$python" -c 'import pandas' 2>/dev/null; then
	at_least "$(jq length "$T/$(version_of "$python").expected")" 25 'pandas was among it'
else
	skip 'pandas was among it' 'python3-pandas is not installed'
fi
done_testing
