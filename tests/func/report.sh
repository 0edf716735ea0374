#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark report as its users meet it: tables that add up, messages that help, statuses to trust.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim exact

report() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" report "$@" >"$T/out" 2>"$T/err"; status=$?; }

# says FILE WORDS DESCRIPTION
says() {
	if grep -qF -- "$2" "$T/$1"; then
		pass "$3"
	else
		fail "$3" "no \"$2\" in:" "$(head -20 "$T/$1")"
	fi
}

# refuses STATUS WORDS DESCRIPTION OPTIONS...
refuses() {
	local want=$1 words=$2 what=$3
	shift 3
	report "$@"
	is "$status" "$want" "$what: the status"
	says err "$words" "$what: the message"
	is "$(wc -c <"$T/out")" 0 "$what: and no half a report"
}

record one "$(victim exact)" 2000 5
one=$recording

report "$one"
is "$status" 0 'a report succeeds'
says out 'exited with status 0' 'it tells how the program ended'
says out 'Peak  who held' 'it has the peak'
says out 'Churn' 'it has the churn'
says out 'in all' 'its tables have a sum'
is "$(grep -c $'\033' "$T/out")" 0 'no colour where there is no terminal'

for by in site function line file module thread; do
	report --by "$by" --format json "$one"
	jq . "$T/out" >/dev/null 2>&1
	is $? 0 "--by $by gives valid JSON"
	is "$(jq 'if .groups then ([.groups[].at_peak_bytes] | add) else .totals.at_peak_bytes end' \
		"$T/out")" "$(jq .totals.at_peak_bytes "$T/out")" "--by $by adds up to the peak"
done
for sort in peak live total calls temporary own-peak; do
	report --sort "$sort" "$one"
	is "$status" 0 "--sort $sort"
done
for tree in top-down bottom-up; do
	report --tree "$tree" "$one"
	says out "tree  bytes at the peak" "--tree $tree"
done
report --format json --limit 2 "$one"
is "$(jq '.sites | length' "$T/out")" 2 '--limit counts for JSON when given'
report --filter 'func:no_such_function_*' --sort peak "$one"
says out 'outside the filter' 'what a filter holds back stays in the sum'
report --format json --filter 'module:*exact*' "$one"
at_least "$(jq '.sites | length' "$T/out")" 1 'a filter by module lets sites through'
report --no-symbols --format json "$one"
is "$(jq '[.frames[] | select(.function != null)] | length' "$T/out")" 0 '--no-symbols'
report --no-cache -o "$T/written" "$one"
is "$status,$(wc -c <"$T/out")" 0,0 '-o leaves standard output alone'
at_least "$(wc -c <"$T/written")" 200 '-o writes the report'

# What is written is what the schema says, and no more: numbers of frames lead to frames.
for options in '' '--by function' '--tree top-down' '--no-symbols' '--limit 1'; do
	# shellcheck disable=SC2086
	report --format json $options "$one"
	valid report "$T/out" "JSON keeps to its schema${options:+ with $options}"
	is "$(jq '(.frames | length) as $frames | (.modules | length) as $modules
		| ([.sites[].stack[]] | unique) == [range($frames)]
		and ([.frames[].module | select(. != null)] | all(. >= 0 and . < $modules))
		and (.sites | all(.shown as [$from, $count] | $from + $count <= (.stack | length)))' \
		"$T/out")" true 'every frame is used, and every number leads to something'
	is "$(jq '[.frames[] | tojson] | length == (unique | length)' "$T/out")" true \
		'and no frame is there twice'
done
jq '.sites[0].stack[0] = "main"' "$T/out" >"$T/wrong" && mv "$T/wrong" "$T/out"
python3 -c 'import jsonschema' 2>/dev/null && is "$(valid report "$T/out" x | grep -c '^not ok')" 1 \
	'and what is wrong does not pass'

# The cache changes nothing but the time.
report --format json "$one"
cp "$T/out" "$T/first"
report --format json "$one"
same "$T/first" "$T/out" 'a report from the cache is the same'
for file in "$XDG_CACHE_HOME"/tidemark/*.sym; do echo rubbish >"$file"; done
report --format json "$one"
same "$T/first" "$T/out" 'a damaged cache is no cache'

# Where recordings are found.
mkdir "$T/here" "$T/here/tidemark.1" "$T/empty"
cp "$one" "$T/here/tidemark.1/a.tide"
(cd "$T/here" && "$TIDEMARK" report) >"$T/out" 2>"$T/err"
is $? 0 'without a name it takes the newest here'
says out tidemark.1/a.tide 'and says which'
cp "$one" "$T/here/tidemark.1/b.tide"
report --format json "$T/here/tidemark.1"
valid report "$T/out" 'several recordings keep to the schema'
is "$(jq '.recordings | length' "$T/out")" 2 'a directory is all in it, as JSON'
report "$T/here/tidemark.1"
says out '2 recordings' 'and as text a list first'

refuses 2 '--bogus' 'unknown option' --bogus "$one"
refuses 2 'no such recording' 'missing file' "$T/none.tide"
refuses 2 "'x'" 'bad value' --limit x "$one"
refuses 2 "'what'" 'bad word' --by what "$one"
refuses 2 "'nonsense'" 'bad filter' --filter nonsense "$one"
refuses 2 'no recording' 'empty directory' "$T/empty"
refuses 2 'cannot be written' 'unwritable output' -o "$T/none/x" "$one"
refuses 3 'not a tidemark recording' 'another file' "$TIDEMARK"
head -c 200000 "$one" >"$T/cut.tide"
refuses 3 'cut off' 'cut file' "$T/cut.tide"
refuses 3 'cut off' 'cut file as JSON' --format json "$T/cut.tide"
(cd "$T/empty" && "$TIDEMARK" report) >"$T/out" 2>"$T/err"
is $? 2 'nothing here: the status'
# by `tidemark run`, or of what is being recorded just now, which may be another test's
says err 'tidemark r' 'nothing here: what to do'
if [ -w /dev/full ]; then
	"$TIDEMARK" report "$one" >/dev/full 2>"$T/err"
	is $? 2 'a full disk is not success'
fi

# What is too wide for the terminal says so, and arguments can be typed again.
bare odd "$TIDEMARK" run -o "$T/odd.tide" -- sh -c $': "$(:)"\n:' 'two words'
grep -q 'live at the end .* in [0-9,]* blocks\{0,1\}$' "$T/odd.err"
is "$?" 0 'the summary counts blocks'
says odd.err 'next' 'the summary says what is next'
odd=$(find "$T" -name '*.tide' -path '*odd*' | head -1)
if [ -n "$odd" ]; then
	report "$odd"
	says out "sh -c \$': \"\$(:)\"\\n:' 'two words'" 'a newline in an argument is written as shells do'
	timeout "$TIMEOUT" "$TIDEMARK" top --once "$odd" >"$T/out"
	says out "'two words'" 'top quotes arguments too'
	timeout "$TIMEOUT" "$TIDEMARK" diff "$odd" "$odd" >"$T/out"
	says out "'two words'" 'and so does diff'
fi

# Files that there is no room for are not left behind in part, and it is said why.
full() {
	local name=$1
	shift
	# shellcheck disable=SC2069
	(trap '' XFSZ; ulimit -f 0; "$TIDEMARK" "$@" 2>&1 >/dev/null | cat; exit "${PIPESTATUS[0]}") |
		cat >"$T/full.err"
	is "${PIPESTATUS[0]},$(find "$T" -name 'full-*' | wc -l)" 2,0 "no room for $name: nothing is left there"
	grep -q "full-.*too large" "$T/full.err" && pass "and it is said of what and why ($name)" ||
		fail "and it is said of what and why ($name)" "$(cat "$T/full.err")"
}
full 'a report' report -o "$T/full-report" "$one"
full 'a difference' diff -o "$T/full-diff" "$one" "$one"
full 'a verdict' check --max-definite none --junit "$T/full-junit" "$one"
full 'a baseline' check --max-definite none --save-baseline "$T/full-baseline" "$one"
grep -q passed "$T/full.err" && fail 'and nothing has passed' "$(cat "$T/full.err")" || pass 'and nothing has passed'
if "$TIDEMARK" plot -o "$T/picture.png" "$one" 2>/dev/null; then
	full 'a picture' plot -o "$T/full-picture.png" "$one"
fi
if [ -w /dev/full ]; then
	for words in --help --version 'report --help'; do
		# shellcheck disable=SC2086
		"$TIDEMARK" $words >/dev/full 2>"$T/full.err"
		is "$?,$(grep -c 'standard output: No space left' "$T/full.err")" 2,1 "$words: no room is said"
	done
fi

done_testing
