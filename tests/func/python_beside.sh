#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Beside memory_profiler on five scripts: the same line on top; in the long form, where enough lines
# are run to tell, twenty times as fast and more.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python
python=$(pythons | head -1)
"$python" -c 'import memory_profiler' 2>/dev/null || skip_all 'python3-memory-profiler is not installed'
scripts='rows texts cache'
"$python" -c 'import numpy' 2>/dev/null && scripts+=' arrays'
"$python" -c 'import pandas' 2>/dev/null && scripts+=' frames'

count=4000 faster=0
[ -z "$LONG" ] || count=200000 faster=20
# shellcheck disable=SC2086
"$python" "$PYTHON_TESTS/beside.py" "$TIDEMARK" "$TIDEMARK_LIBRARY" "$count" "$faster" $scripts \
	>"$T/table" 2>"$T/err"
is "$?" 0 "the same lines on top${LONG:+, and $faster times as fast}"
sed 's/^/# /' "$T/table" "$T/err"
is "$(grep -c '| yes |' "$T/table")" "$(wc -w <<<"$scripts")" 'all of the scripts ran'
done_testing
