#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Python as others run it: with threads and forks and an end in the middle of work, again and again;
# embedded, with its symbols hidden; and (long form) its own test modules, as without the library.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_python
need_victim embed

rounds=3
[ -z "$LONG" ] || rounds=1000

starts() { # PYTHON
	local version bad=0 round
	version=$(version_of "$1")
	for ((round = 0; round < rounds; round++)); do
		record starts "$1" -W ignore "$PYTHON_TESTS/starts.py"
		[ "$status $(cat "$T/starts.out")" = '0 done' ] || bad=$((bad + 1))
	done
	is "$bad" 0 "$version: $rounds starts with threads and forks end well"
	is "$("$TIDEMARK" report --no-symbols "$recording" 2>&1 | grep -c 'process')" 1 \
		"$version: and can be read"
}

embedded() { # LIBRARY HOME
	local name
	name=embedded-$(basename "$1")
	record "$name" ${2:+PYTHONHOME="$2"} "$(victim embed)" "$1" \
		'def f(n):
    return [bytes(500) for i in range(n)]
import threading
t = threading.Thread(target=f, args=(1000,))
t.start()
t.join()
x = f(5000)
print(len(x))'
	is "$status $(tr '\n' ' ' <"$T/$name.out")" '0 5000 5000 ' "$name: it runs twice"
	at_least "$("$TIDEMARK" report --no-symbols --by line "$recording" |
		sed -n '/^Peak/,/^$/{/<string>:2/s/,//gp}' | awk '{ sum += $5 } END { print sum }')" \
		5000 "$name: and its objects are at their line"
}

# What the interpreter leaves behind is no leak; what an extension loses is one, at its line.
leaks() { # PYTHON
	local name said
	name=$(version_of "$1")
	record "$name" "$1" -S -c 'import json, threading; x = [{} for i in range(1000)]'
	said=$("$TIDEMARK" report --no-symbols --format json "$recording")
	is "$(jq '.leaks.definite.bytes' <<<"$said")" 0 "$name: leftovers are no leaks"
	cat >"$T/loses.py" <<'END'
import ctypes
malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
def lose():
    malloc(5000)
for i in range(20):
    lose()
END
	record "$name" "$1" -S "$T/loses.py"
	at_least "$("$TIDEMARK" report --no-symbols --sort definite --by line "$recording" |
		grep -c 'loses.py:5  lose')" 1 "$name: a leak is at its line of Python"
}

own_tests() { # PYTHON
	local name modules='test_generators test_coroutines test_frame test_gc test_fork1 test_threading'
	name=$(version_of "$1")
	"$1" -c 'import test.test_gc' 2>/dev/null || return
	TIMEOUT=400
	# shellcheck disable=SC2086
	bare "$name-bare" "$1" -m test $modules
	local alone=$status
	# shellcheck disable=SC2086
	record "$name-recorded" "$1" -m test $modules
	is "$status" "$alone" "$name: its own tests end as without the library"
}

while read -r python; do
	starts "$python"
	leaks "$python"
	[ -z "$LONG" ] || own_tests "$python"
done < <(pythons)
for library in /usr/lib/*/libpython3.*.so.1.0; do
	[ ! -e "$library" ] || embedded "$library"
done
for library in "$HOME"/.pyenv/versions/3.{8,9,1[0-3]}*/lib/libpython3.*.so.1.0; do
	[ ! -e "$library" ] || embedded "$library" "${library%/lib/*}"
done
done_testing
