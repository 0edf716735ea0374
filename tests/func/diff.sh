#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark diff: two versions of a program that know what they hold, one program with two inputs, and
# one process twice.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim versions_old
need_victim versions_new

differ() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" diff "$@" >"$T/out" 2>"$T/err"; status=$?; }

# says FILE WORDS DESCRIPTION
says() {
	if grep -qF -- "$2" "$T/$1"; then
		pass "$3"
	else
		fail "$3" "no \"$2\" in:" "$(head -30 "$T/$1")"
	fi
}

# rows FILTER: asks $T/out; `old_names` and `new_names` give the functions of a row
rows() {
	jq -r '. as $d
		| def old_names: [if .old then $d.old.frames[.old.stack[]].function else empty end];
		def new_names: [if .new then $d.new.frames[.new.stack[]].function else empty end];
		'"$1" "$T/out"
}

# adds_up DESCRIPTION: of $T/out, for everything that can be summed
adds_up() {
	is "$(jq '. as $d | [
		(["at_peak_bytes", "at_peak_blocks", "live_bytes", "live_blocks", "total_bytes", "calls",
		"temporaries"][] as $k | ("old", "new") as $side
		| ([.rows[][$side] // empty | .[$k]] | add // 0) + .others[$side][$k]
			+ .unmatched[$side][$k] == .sum[$side][$k]),
		.totals.live.change == .sum.new.live_bytes - .sum.old.live_bytes,
		.totals.total.change == .sum.new.total_bytes - .sum.old.total_bytes,
		.totals.calls.change == .sum.new.calls - .sum.old.calls,
		.totals.peak.change == .sum.new.at_peak_bytes - .sum.old.at_peak_bytes
		] | all' "$T/out")" true "$1"
}

record old "$(victim versions_old)"
old=$recording
record new "$(victim versions_new)"
new=$recording

# What the two versions say of themselves, function by function, against the rows.
differ --format json "$old" "$new"
is "$status" 0 'two versions can be compared'
valid diff "$T/out" 'and the JSON keeps to its schema'
adds_up 'rows, others and filtered add up to the totals, old and new'
differ --format json --by function "$old" "$new"
adds_up 'by function, too'
differ --format json "$old" "$new"

# of_owner NAME: what the rows with this function in a stack say, as the victims print it, and how
# often such a function is in rows that are new or gone
of_owner() {
	rows '[.rows[] | select((new_names + old_names) | any(. == "'"$1"'"))] |
		[([.[].old.calls // 0] | add // 0), ([.[].old.total_bytes // 0] | add // 0),
		([.[].old.live_bytes // 0] | add // 0), ([.[].new.calls // 0] | add // 0),
		([.[].new.total_bytes // 0] | add // 0), ([.[].new.live_bytes // 0] | add // 0),
		([.[] | .change | select(. == "new" or . == "gone")] | unique | join("+"))]
		| map(tostring) | join(" ")'
}
while read -r _ owner calls total live; do
	read -r _ _ new_calls new_total new_live < <(grep "^owner $owner " "$T/new.out")
	# nothing to be found where nothing has changed: the row is left out
	want="$calls $total $live $new_calls $new_total $new_live "
	[ "$calls $total $live" != "$new_calls $new_total $new_live" ] || want='0 0 0 0 0 0 '
	[ "$owner" != fills_cache ] || want+=gone
	[ "$owner" != keeps_logs ] || want+=new
	[ "$owner" != twice ] || want="1 20000 20000 1 25000 25000 " # the other call is the same
	is "$(of_owner "$owner")" "$want" "$owner: old and new as the versions say themselves"
done < <(grep ^owner "$T/old.out")
is "$(rows '.rows[] | select(new_names | any(. == "loads_entries")) | .match')" renamed \
	'a renamed function is recognised, and said to be'
is "$(rows '.rows[] | select(new_names | any(. == "direct")) | .match')" near \
	'a stack that lost a frame to a tail call, too'
is "$(rows '.rows[] | select(new_names | any(. == "climbs")) | .match')" functions \
	'a deeper recursion is the same recursion'
is "$(rows '[.rows[] | select(new_names | any(. == "prepares"))][0] | "\(.match) \(.old.sites)"')" \
	'names 1' 'an inlined function is the function'

differ "$old" "$new"
says out 'loads_items < serve' 'the text names what it was called before'
says out ' gone ' 'and what is gone'
says out 'in all' 'and the sum'
is "$(grep -c '^Peak\|^Live\|^Leaked' "$T/out")" 3 'tables of the peak, of what lives and of leaks'
differ --format json --sort definite "$old" "$new"
is "$(rows '.rows[0] | new_names[1]')" keeps_logs '--sort definite begins with the new leak'
near "$(jq .totals.definite.change "$T/out")" 36000 4096 'which is all that is lost more'
differ --sort total --limit 2 "$old" "$new"
says out 'churns' '--sort looks at another number'
is "$(grep -c 'versions.c:[0-9]*$' "$T/out")" 7 '--limit keeps to two rows and their stacks'
differ --sort live --threshold 5K "$old" "$new"
is "$(grep -c '^ *[+-].*  take  *' "$T/out")" 3 '--threshold leaves smaller changes to the others'
differ --sort live --threshold 20% "$old" "$new"
is "$(grep -c '^ *[+-].*  take  *' "$T/out")" 2 'and may be a part of the whole'
differ --format json --filter 'func:grows' "$old" "$new"
is "$(rows '[.rows[] | new_names[1]] | join(" ")')" grows '--filter lets its rows through'
adds_up 'and the rest stays in the sum'
differ --format json --filter 'live<1500' "$old" "$new"
adds_up 'a filter by number looks at either side'
for by in site function file module line; do
	differ --by "$by" "$old" "$new"
	is "$status" 0 "--by $by as text"
	differ --format json --by "$by" "$old" "$new"
	adds_up "--by $by adds up"
	valid diff "$T/out" "--by $by keeps to the schema"
	differ --format json --by "$by" --filter 'func:twice' "$old" "$new"
	adds_up "--by $by with a filter, too"
done
differ --format json --by line "$old" "$new"
is "$(jq '[.rows[] | .change] | any(. == "new" or . == "gone")' "$T/out")" false \
	'lines that have moved are the same lines'

# The same build: addresses decide.
for by in site function line; do
	differ --format json --by "$by" "$new" "$new"
	is "$(jq '(.rows | length) + ([.totals[].change] | map(fabs) | add)' "$T/out")" 0 \
		"nothing differs from itself by $by"
done
differ "$new" "$new"
says out 'no change' 'and the text says so'

# Real programs: stripped, with two inputs.
jq -nc '[range(3000) | {id: ., score: (. % 7)}]' >"$T/few.json"
jq -nc '[range(9000) | {id: ., score: (. % 7), tags: ["a", "b"]}]' >"$T/many.json"
record few jq -c 'group_by(.score) | map(length)' "$T/few.json"
few=$recording
record many jq -c 'group_by(.score) | map(length)' "$T/many.json"
many=$recording
for by in site function file module line; do
	differ --format json --by "$by" "$few" "$many"
	adds_up "jq with two inputs, --by $by: rows add up"
done
differ --format json "$few" "$many"
is "$(jq '[.rows[] | select(.match) | .match] | unique | join(" ")' -r "$T/out")" code \
	'of one build only the same code is the same'
is "$(jq '.rows | map(select(.new and .old)) | all((.old.stack | length) == (.new.stack | length))' \
	"$T/out")" true 'and stacks are of one depth'
is "$(jq .totals.calls.new "$T/out")" "$(q "$many" .totals.calls)" 'totals are those of the report'
differ --format json "$many" "$many"
is "$(jq '.rows | length' "$T/out")" 0 'jq does not differ from itself'

# Directories: programs by their names and arguments.
mkdir "$T/before" "$T/after"
cp "$old" "$T/before/a.tide"
cp "$few" "$T/before/b.tide"
cp "$new" "$T/after/z.tide"
cp "$many" "$T/after/y.tide"
cp "$few" "$T/after/x.tide"
differ --format json "$T/before" "$T/after"
valid diff "$T/out" 'of several programs the JSON keeps to the schema'
is "$(jq -r '[.pairs[] | "\(.program | sub(".*/"; ""))"] | sort | join(" ")' "$T/out")" jq \
	'programs are paired by name'
is "$(jq -r '.pairs[0].new.recording.path | sub(".*/"; "")' "$T/out")" x.tide 'and by their arguments'
is "$(jq -r '[.unpaired[] | "\(.side) \(.path | sub(".*/"; ""))"] | sort | join(", ")' "$T/out")" \
	'new y.tide, new z.tide, old a.tide' 'and those that have no counterpart are named'
differ "$T/before" "$T/after"
says out 'new only' 'the text lists them as well'

# Judging.
differ --fail-on-growth 30% "$old" "$new"
is "$status" 0 'growth below the limit passes'
differ --fail-on-growth 5% "$old" "$new"
is "$status" 23 'growth above it does not'
says err 'grew by' 'and is told'
differ --fail-on-growth 5% "$new" "$old"
is "$status" 0 'what shrinks passes'

# refuses STATUS WORDS DESCRIPTION OPTIONS...
refuses() {
	local want=$1 words=$2 what=$3
	shift 3
	differ "$@"
	is "$status,$(wc -c <"$T/out")" "$want,0" "$what: the status, and no half a report"
	says err "$words" "$what: the message"
}

# What was recorded otherwise is not the program's change.
for mapped in '' --mmap; do
	"$TIDEMARK" run -q $mapped -o "$T/option$mapped.tide" -- "$(victim versions_old)" >/dev/null 2>&1
done
"$TIDEMARK" diff "$T/option.tide" "$T/option--mmap.tide" >"$T/out" 2>&1
is "$(grep -c 'recorded with different options.*--mmap' "$T/out")" 1 'other options are noted'
"$TIDEMARK" diff "$T/option.tide" "$T/option.tide" >"$T/out" 2>&1
is "$(grep -c 'different options' "$T/out")" 0 'and the same ones are not'

refuses 2 'OLD NEW' 'one recording' "$old"
refuses 2 'no such recording' 'a missing one' "$old" "$T/none.tide"
refuses 3 'not a tidemark recording' 'another file' "$old" "$TIDEMARK"
refuses 2 "'x'" 'a wrong threshold' --threshold x "$old" "$new"
refuses 2 "'x'" 'a wrong percentage' --fail-on-growth x "$old" "$new"
refuses 2 "'nonsense'" 'a wrong filter' --filter nonsense "$old" "$new"
refuses 2 'cannot be written' 'unwritable output' -o "$T/none/x" "$old" "$new"

# On a terminal of 80 columns the stacks stand below their numbers, and lose nothing.
if have script; then
	here=${old#"$T"/}
	there=${new#"$T"/}
	differ "$old" "$new"
	script -qec "cd '$T' && '$TIDEMARK' diff '$here' '$there'" /dev/null </dev/null | tr -d '\r' >"$T/narrow"
	places() { grep -oE '[a-z_]+ +[a-z_./]+\.[ch]:[0-9]+' "$1" | tr -s ' '; }
	places "$T/out" >"$T/wide.places"
	places "$T/narrow" >"$T/narrow.places"
	at_least "$(wc -l <"$T/wide.places")" 10 'stacks have places'
	same "$T/wide.places" "$T/narrow.places" '80 columns: every function with its file and line'
	is "$(tr -d '\n ' <"$T/narrow" | grep -c "new$there,of20.*ran[0-9]")" 1 \
		'80 columns: the recordings are named in full'
	is "$(awk 'length > 80' "$T/narrow" | grep -c .)" 0 '80 columns: no line is longer'
else
	skip '80 columns' 'script is not installed'
fi

done_testing
