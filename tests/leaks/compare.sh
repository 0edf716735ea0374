#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The leak corpus under tidemark, LeakSanitizer and Memcheck: who is right, case by case.  Prints the
# table and, when asked, puts it beside this script.  Takes three minutes.
#
#   make leak-table                        prints it
#   make leak-table LEAK_TABLE=TABLE.md    writes it where it is kept

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/runs.sh"

LEAKS=${LEAKS:-$top_builddir/tests/leaks/O2}
LSAN_LIBRARY=${LSAN_LIBRARY:-$(gcc -print-file-name=liblsan.so.0 2>/dev/null)}
[ -e "$LSAN_LIBRARY" ] || LSAN_LIBRARY=$(ldconfig -p | sed -n 's/.*liblsan.*=> //p' | head -n 1)

usable() {
	case $1 in
	lsan) [ -e "$LSAN_LIBRARY" ] ;;
	memcheck) have valgrind ;;
	esac
}

judged() { # TOOL: $T/TOOL.tsv
	if ! usable "$1" && [ "$1" != tidemark ]; then
		echo "leak-table: $1 is missing; scripts/setup.sh installs it" >&2
		exit 2
	fi
	mkdir -p "$T/$1"
	run_cases "$1" "$T/list" "$T/$1"
	with_bare "$T/bare" "$T/$1"
	python3 -B "$srcdir/tests/leaks/judge.py" "$1" "$T/list" "$T/$1" >"$T/$1.tsv"
}

count() { awk -F'\t' -v v="$2" '$3 == v { n++ } END { print n + 0 }' "$T/$1.tsv"; }

# The loader's vector of thread-local blocks, held by its middle: one cause for many cases.
only_loader() {
	awk -F'\t' '$3 == "wrong" && $4 ~ /^(child: )?of the libraries: [0-9]+ possible of [0-9]+$/ { n++ }
		END { print n + 0 }' "$T/$1.tsv"
}

summary() {
	local tool
	echo '| tool | right | wrong | not run |'
	echo '|---|---|---|---|'
	for tool in tidemark lsan memcheck; do
		echo "| $tool | $(count "$tool" right) | $(count "$tool" wrong) | $(count "$tool" skipped) |"
	done
	printf '\nOf what Memcheck has wrong, %s cases are wrong in one thing only: the memory that the loader keeps\n' \
		"$(only_loader memcheck)"
	echo 'for the thread-local variables of threads and libraries is "possibly lost".'
}

table() {
	awk -F'\t' -v OFS=' | ' '
		FNR == 1 { file++ }
		file < 4 { said[file, $1 "/" $2] = $3 == "wrong" ? "**wrong**: " $4 : $3; next }
		$1 != program { program = $1
			print "\n## " program "\n\n| case | what it is | expected | tidemark | LSan | Memcheck |"
			print "|---|---|---|---|---|---|" }
		{ id = $1 "/" $2; gsub(/\|/, "\\|", $4); gsub(/\*/, "any", $3); gsub(/\+/, "some", $3)
			print "| " $2, $4, $3 == "" ? "nothing" : $3, said[1, id], said[2, id], said[3, id] " |" }
		' "$T/tidemark.tsv" "$T/lsan.tsv" "$T/memcheck.tsv" "$T/list"
}

versions() {
	echo "$("$TIDEMARK" --version | head -n 1), LeakSanitizer of GCC $(gcc -dumpfullversion)" \
		"(preloaded), $(valgrind --version), glibc $(ldd --version | sed -n '1s/.* //p')."
}

whole() {
	echo '# What leak detectors say about the corpus'
	echo
	echo 'Written by `make leak-table LEAK_TABLE=TABLE.md`; [README.md](README.md) says how to read it.'
	versions
	echo
	summary
	table
}

list_cases "$T/list"
mkdir -p "$T/bare"
run_cases bare "$T/list" "$T/bare"
judged tidemark
judged lsan
judged memcheck
whole >"$T/table.md"
if [ -n "${LEAK_TABLE:-}" ]; then
	cp "$T/table.md" "$srcdir/tests/leaks/$LEAK_TABLE"
	summary
else
	cat "$T/table.md"
fi
