#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The report's advice: for every kind a program that wastes memory in just this way, where the advice
# must name the line, and one that does the same work without, where it must not.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/python.sh"
need_tool
need_victim wastes
need_victim wastes_cxx

# advice RECORDING: a line for each piece: kind, language, function, and one more for whom
advice() {
	qs "$1" '.advice[] | "\(.kind) \(.language) \(.function, .caller // empty | sub("\\(.*"; ""))"'
}

# told NAME LINE DESCRIPTION COMMAND...: recorded, this is among the advice
told() {
	local name=$1 line=$2 what=$3
	shift 3
	record "$name" "$@"
	if advice "$recording" | grep -qxF -- "$line"; then
		pass "$what"
	else
		fail "$what" "no \"$line\" in:" "$(advice "$recording")"
	fi
}

# not_told NAME KIND DESCRIPTION COMMAND...: no advice of this kind
not_told() {
	local name=$1 kind=$2 what=$3
	shift 3
	record "$name" "$@"
	is "$status" 0 "$what: the program ends as it should"
	if advice "$recording" | grep -q "^$kind "; then
		fail "$what" "$(advice "$recording")" "$(qs "$recording" '.advice[].evidence')"
	else
		pass "$what"
	fi
}

# both VICTIM LANGUAGE KIND FUNCTION [WORD]
both() {
	local victim=$1 language=$2 kind=$3 function=$4 word=${5:-$4}
	told "$victim-$word-bad" "$kind $language $function" "$language: $word is told" \
		"$(victim "$victim")" "$word" bad
	not_told "$victim-$word-good" "$kind" "$language: without it, $word is not" \
		"$(victim "$victim")" "$word" good
}

both wastes C copy copy
both wastes C growth growth
both wastes C churn churn
both wastes C churn churn_large
both wastes C held read_input held
both wastes C untouched untouched
both wastes C untouched untouched_left
both wastes C grows grows
for kind in copy churn held untouched grows; do
	both wastes_cxx C++ "$kind" "$kind"
done

# python KIND WORD [FUNCTION]
python() {
	local kind=$1 word=$2 function=${3:-$2}
	told "python-$word-bad" "$kind Python $function" "Python: $word is told" \
		/usr/bin/python3 "$srcdir/tests/python/wastes.py" "$word" bad
	not_told "python-$word-good" "$kind" "Python: without it, $word is not" \
		/usr/bin/python3 "$srcdir/tests/python/wastes.py" "$word" good
}

if [ -x /usr/bin/python3 ]; then
	python copy copy_bytes
	python copy copy_list
	python growth growth
	python held held
	python grows grows
else
	skip 'Python' 'python3 is not installed'
fi
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	python copy copy_array
	python churn churn_array
	python untouched untouched
else
	skip 'numpy' 'python3-numpy is not installed'
fi

# The words, and how they are switched off.
record words "$(victim wastes)" copy bad
"$TIDEMARK" report "$recording" >"$T/text"
is "$(grep -c '^Advice' "$T/text")" 1 'the report has a section of advice'
is "$(grep -A1 '^Advice' "$T/text" | grep -c 'wastes.c:')" 1 'which names the line'
is "$(grep -c 'made by strdup' "$T/text")" 1 'and the call that copies'
is "$(grep -c 'by pointer' "$T/text")" 1 'in the words of its language'
is "$("$TIDEMARK" report --no-advice "$recording" | grep -c '^Advice')" 0 '--no-advice leaves it out'
is "$("$TIDEMARK" report --no-advice --format json "$recording" | jq '.advice | length')" 0 \
	'of JSON, too'
json "$recording" named
valid report "$recording.named.json" 'JSON with advice keeps to its schema'

done_testing
