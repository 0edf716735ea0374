#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may include whom.  Data goes one way: a stage sees the stage before it, never the one after.
# As a test (scripts/layers.sh --tap) it prints a line for each folder.

cd "$(dirname "$0")/.." || exit 1

# folder | what "…" may begin with | what <…> may not be
rules='
include/tidemark | tidemark/                                       | ^(?!stdint.h|stddef.h)
src              | ^[a-z_]+\.h$ mappings/mappings\.h$ python/[a-z]+\.h$ scan/scan\.h$ scan/demand\.h$ tidemark/ | ^(stdio|libunwind-|elfutils|libelf|gelf|uthash)
src/mappings     | ^[a-z_]+\.h$ mappings/ tidemark/           | ^(stdio|libunwind-|elfutils|libelf|gelf|uthash)
src/python       | ^[a-z_]+\.h$ python/[a-z]+\.h$ tidemark/          | ^(stdio|libunwind-|elfutils|libelf|gelf|uthash)
src/scan         | ^[a-z_]+\.h$ scan/ python/python\.h$ tidemark/     | ^(stdio|stdlib|libunwind|elfutils|libelf|gelf|uthash)
tools/base       | base/                                           | ^(elfutils|libelf|gelf)
tools/reader     | base/ reader/ tidemark/profile.h                | ^(elfutils|libelf|gelf)
tools/symbolize  | base/ symbolize/ reader/model.h reader/names.h  | ^tidemark
tools/analyze    | base/ analyze/ reader/model.h reader/names.h view.h | ^(elfutils|libelf|gelf|tidemark)
tools/analyze/advice | base/ analyze/ reader/model.h view.h     | ^(elfutils|libelf|gelf|tidemark)
tools/source     | base/ source/ view.h                            | ^(elfutils|libelf|gelf|tidemark)
tools/compare    | base/ compare/ analyze/ view.h view_diff.h      | ^(elfutils|libelf|gelf|tidemark)
tools/render     | base/ render/ view.h view_diff.h view_top.h                | ^(elfutils|libelf|gelf|tidemark)
tools/export     | base/ export/ tools/export/pprof.pb-c.h render/render.h view.h view_diff.h | ^(elfutils|libelf|gelf|tidemark)
tools/render/verdict | base/ render/render.h render/verdict/ verdict.h | ^(elfutils|libelf|gelf|tidemark)
tools/check      | base/ check/ view.h verdict.h analyze/arena.h analyze/fold.h | ^(elfutils|libelf|gelf|tidemark)
tools/plot       | base/ plot/ view.h                              | ^(elfutils|libelf|gelf|tidemark)
tools/proc       | base/ proc/                                     | ^(elfutils|libelf|gelf|tidemark)
tools/run        | base/ proc/ run/ tidemark/profile.h             | ^elfutils
tools/cmd        | base/ cmd/ reader/ symbolize/ analyze/ compare/ source/ render/ export/ check/ plot/ proc/ run/ view.h view_diff.h view_top.h verdict.h tidemark/profile.h | ^(elfutils|libelf|gelf)
tools/cmd/check  | base/ cmd/ reader/ symbolize/ analyze/ compare/ source/ render/ export/ check/ proc/ run/ view.h view_diff.h verdict.h tidemark/profile.h | ^(elfutils|libelf|gelf)
tools            | base/ cmd/ view.h                               | ^(elfutils|libelf|gelf)
'

# stdlib.h declares what the library replaces; these files must match its prototypes.
stdlib_allowed='^src/(hooks|hooks_cxx|hooks_proc|next|start)\.c:'

check_quoted() { # FOLDER ALLOWED...
	local folder=$1 pattern
	shift
	pattern=$(printf '|%s' "$@")
	pattern="^(${pattern:1})"
	grep -HnoP '^\s*#\s*include\s+"\K[^"]+' "$folder"/*.[ch] 2>/dev/null |
		while IFS=: read -r file line name; do
			echo "$name" | grep -qP "$pattern" ||
				echo "$file:$line: \"$name\" is not for $folder"
		done
}

check_system() { # FOLDER FORBIDDEN
	grep -HnoP '^\s*#\s*include\s+<\K[^>]+' "$1"/*.[ch] 2>/dev/null |
		while IFS=: read -r file line name; do
			case $1:$name in
			src:tidemark/profile.h | src:tidemark/tidemark.h) continue ;;
			esac
			! echo "$name" | grep -qP "$2" || echo "$file:$line: <$name> is not for $1"
		done
}

check_stdlib() {
	grep -Hn '^\s*#\s*include\s*<stdlib.h>' src/*.[ch] 2>/dev/null |
		grep -vE "$stdlib_allowed" | sed 's/:#.*/: <stdlib.h> is not for src/'
}

count=0
status=0

judge() { # NAME COMPLAINTS
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1 includes what it may"
		return
	fi
	status=1
	echo "not ok $count - $1 includes what it may"
	echo "$2" | sed 's/^/# /'
}

while IFS='|' read -r folder allowed forbidden; do
	folder=${folder// /}
	[ -n "$folder" ] || continue
	# shellcheck disable=SC2086
	judge "$folder" "$(check_quoted "$folder" $allowed; check_system "$folder" "${forbidden# }")"
done <<<"$rules"
judge 'src without stdlib.h' "$(check_stdlib)"
judge 'tidemark.h stays out of the command' "$(grep -rHn 'tidemark/tidemark\.h' tools --include='*.[ch]')"
echo "1..$count"
exit $status
