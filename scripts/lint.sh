#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shell scripts, man pages, spelling, and C that looks wrong.  TAP on stdout, findings behind "#".
# A tool that is missing is a skip.

cd "$(dirname "$0")/.." || exit 1

count=0
status=0

check() { # TOOL DESCRIPTION COMMAND...
	local tool=$1 what=$2 found
	shift 2
	count=$((count + 1))
	if ! command -v "$tool" >/dev/null; then
		echo "ok $count - $what # SKIP $tool is missing; scripts/setup.sh installs it"
		return
	fi
	if found=$("$@" 2>&1); then
		echo "ok $count - $what"
	else
		status=1
		echo "not ok $count - $what"
		echo "$found" | sed 's/^/# /'
	fi
}

listed() { git ls-files "$@" 2>/dev/null; }

mapfile -t shell < <(listed '*.sh' bootstrap scripts/demo scripts/test .ci/run)
mapfile -t pages < <(listed 'tools/man/*')
mapfile -t texts < <(listed '*.md' '*.[ch]' '*.am' '*.ac' '*.mk' NEWS 'tools/man/*' '*.sh')

long_functions() {
	# 60 lines need a reason, 100 are refused.
	# shellcheck disable=SC2046
	awk 'FNR == 1 { start = 0 }
		/^[a-zA-Z_].*\)$|^[ \t]+.*\)$/ { name = $0 }
		/^\{/ { start = FNR; head = name }
		/^\}/ { if (start && FNR - start > 100) {
			print FILENAME ":" start ": " FNR - start " lines: " head; bad = 1 }
			start = 0 }
		END { exit bad }' $(listed 'src/*.c' 'tools/*.c')
}

wide_lines() {
	local wide
	wide=$(for f in $(listed '*.[ch]'); do
		expand -t8 "$f" | LC_ALL=C.UTF-8 grep -nE '^.{101,}' | sed "s,^,$f:,"
	done)
	[ -z "$wide" ] || { echo "$wide"; return 1; }
}

licences() {
	local without
	without=$(listed '*.[ch]' '*.cc' '*.sh' '*.mk' '*.js' '*.jsx' '*.mjs' '*.css' '*.ac' '*.am' 'scripts/*' |
		xargs grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later')
	[ -z "$without" ] || { echo "no licence line: $without"; return 1; }
}

check shellcheck 'shell scripts' shellcheck -S warning -e SC2034,SC2044,SC2154 "${shell[@]}"
[ ${#pages[@]} -eq 0 ] || check mandoc 'man pages' mandoc -T lint -W warning "${pages[@]}"
check codespell 'spelling' codespell -L 'ba,fo,hist,inout,te,clas,nd,ot,isnt,reprot' "${texts[@]}"
check cppcheck 'C that looks wrong' cppcheck -q --error-exitcode=1 --enable=warning,portability \
	--inline-suppr --suppress=unknownMacro --suppress=syntaxError --suppress=uninitvar \
	--suppress=memleakOnRealloc -DPKGLIBDIR='""' -DPACKAGE_VERSION='""' \
	-Iinclude -Itools -Isrc src tools
check awk 'functions below 100 lines' long_functions
check expand 'lines of 100 columns at most' wide_lines
check grep 'licence lines' licences
echo "1..$count"
exit $status
