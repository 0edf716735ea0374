#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What other readers make of an export: flame graphs, speedscope, SQLite, spreadsheets, jq; against the
# report.  And what is in each format after a leak scan.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/readers.sh"
need_tool
need_victim templates
make_recordings

add_up() { # "VALUE NAME" lines, those of one name
	awk '{ value = $1; sub(/^[^ ]* /, ""); sum[$0] += value }
		END { for (name in sum) if (sum[name]) printf "%.0f %s\n", sum[name], name }' |
		LC_ALL=C sort
}

# Folded stacks, as flamegraph.pl takes a line apart.
for name in "${recordings[@]}"; do
	while read -r metric key; do
		write folded "$name" -m "$metric"
		perl -ne '($stack, $n) = /^(.*)\s+?(\d+(?:\.\d*)?)$/ or die "no line of it: $_";
			die "two numbers: $_" if $stack =~ /^(.*)\s+?(\d+(?:\.\d*)?)$/;
			($leaf) = $stack =~ /([^;]*)$/; print "$n $leaf\n"' "$T/$name.folded" 2>"$T/err" |
			add_up >"$T/got"
		is "$(cat "$T/err")" '' "$name: each line is a stack and a number"
		wanted "$name" "$key" ';' ':' | sed 's/ ends in 42$/ ends in_42/' >"$T/wanted"
		same "$T/wanted" "$T/got" "$name: folded $metric of each function"
	done <<-END
		peak at_peak_bytes
		live live_bytes
		total total_bytes
		calls calls
		temporary temporaries
	END
	is "$(sort "$T/$name.folded" | sed 's/ [0-9]*$//' | uniq -d | wc -l)" 0 "$name: each stack once"
done
if have flamegraph.pl || have flamegraph; then
	for name in "${recordings[@]}"; do
		write folded "$name" -m total
		"$(command -v flamegraph.pl || command -v flamegraph)" "$T/$name.folded" >"$T/$name.svg" 2>"$T/err"
		is "$?,$(cat "$T/err")" 0, "$name: flamegraph.pl draws it"
		xmllint --noout "$T/$name.svg" 2>/dev/null
		is $? 0 "$name: the flame graph is XML"
	done
fi

# speedscope, by its own schema.
schema=$srcdir/tests/npm/node_modules/speedscope/dist/release/file-format-schema.json
for name in "${recordings[@]}"; do
	write speedscope "$name"
	if [ -e "$schema" ] && python3 -c 'import jsonschema' 2>/dev/null; then
		python3 - "$schema" "$T/$name.speedscope" >"$T/out" 2>&1 <<-'END'
			import json, sys, jsonschema
			schema, document = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
			jsonschema.validate(document, schema)
		END
		is "$?,$(tail -n 1 "$T/out")" 0, "$name: valid by speedscope's schema"
	else
		skip "$name: valid by speedscope's schema" 'speedscope or python3-jsonschema is missing'
	fi
	while read -r number key; do
		jq -r --argjson n "$number" '.shared.frames as $frames | .profiles[$n] |
			[.samples, .weights] | transpose[] | "\(.[1]) \($frames[.[0][-1]].name)"' \
			"$T/$name.speedscope" | add_up >"$T/got"
		wanted "$name" "$key" >"$T/wanted"
		same "$T/wanted" "$T/got" "$name: $key of each function in speedscope"
		is "$(jq --argjson n "$number" '.profiles[$n] | .endValue == (.weights | add // 0)' \
			"$T/$name.speedscope")" true "$name: the profile ends with its sum"
	done <<-END
		0 at_peak_bytes
		1 live_bytes
		2 total_bytes
		3 calls
		4 temporaries
	END
done

# speedscope itself, in a browser.
page=$(dirname "$schema")/index.html
if [ -n "$LONG" ] && [ -e "$page" ] && have chromium; then
	write speedscope cxx
	printf 'speedscope.loadFileFromBase64("cxx.json", "%s")' "$(base64 -w0 "$T/cxx.speedscope")" >"$T/cxx.js"
	timeout -k 5 "$TIMEOUT" chromium --headless --no-sandbox --disable-gpu --enable-unsafe-swiftshader \
		--user-data-dir="$T/chromium" --virtual-time-budget=10000 --dump-dom \
		"file://$page#localProfilePath=$T/cxx.js" >"$T/dom" 2>/dev/null
	is "$(grep -o 'at the peak' "$T/dom" | head -n 1)" 'at the peak' 'speedscope shows it in a browser'
fi

# SQLite: the same numbers by SQL, and references that lead somewhere.
if have sqlite3; then
	for name in "${recordings[@]}"; do
		write sqlite "$name"
		sql() { sqlite3 -separator ' ' "$T/$name.sqlite" "$1"; }
		is "$(sql 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok "$name: a sound database"
		for key in at_peak_bytes live_bytes total_bytes calls temporaries; do
			wanted "$name" "$key" >"$T/wanted"
			sql "SELECT sum($key), coalesce(frames.name, '(no stack)') AS name FROM sites
				LEFT JOIN stacks ON stacks.site = sites.id AND stacks.depth = 0
				LEFT JOIN frames ON frames.id = stacks.frame
				GROUP BY name HAVING sum($key) <> 0" | LC_ALL=C sort >"$T/got"
			same "$T/wanted" "$T/got" "$name: $key of each function by SQL"
		done
		is "$(sql 'SELECT sum(total_bytes) FROM shares')" "$(total "$name" total_bytes)" \
			"$name: what the threads did is what was done"
		is "$(sql 'SELECT sum(at_peak_bytes) FROM peak')" "$(total "$name" at_peak_bytes)" "$name: the view peak"
		for view in places leaks by_function by_line by_module by_thread inclusive traces; do
			sql "SELECT * FROM $view" >"$T/out" 2>"$T/err"
			is "$?,$(cat "$T/err")" 0, "$name: the view $view"
		done
		is "$(sql 'SELECT count(*) FROM timeline')" "$(q "$(of "$name")" '.timeline.rows | length')" \
			"$name: the timeline"
	done
else
	skip 'SQLite' 'sqlite3 is not installed'
fi

# CSV, by a parser that knows RFC 4180; the first column of a site is its number.
for name in "${recordings[@]}"; do
	write csv "$name"
	python3 - "$T/$name.csv" >"$T/got" 2>"$T/err" <<-'END'
		import csv, sys
		with open(sys.argv[1], encoding="utf-8", newline="") as file:
		    rows = list(csv.DictReader(file, strict=True))
		for row in rows:
		    assert None not in row and None not in row.values(), row
		    leaf = row["stack"].split("\n")[0] or "(no stack)"
		    sys.stdout.buffer.write((row["total_bytes"] + " " + leaf + "\n").encode())
	END
	is "$?,$(tail -n 1 "$T/err")" 0, "$name: valid CSV"
	wanted "$name" total_bytes >"$T/wanted"
	add_up <"$T/got" >"$T/sums"
	same "$T/wanted" "$T/sums" "$name: total_bytes of each function in CSV"
	is "$(sed 1d "$T/got" | wc -l)" "$(($(q "$(of "$name")" '.sites | length') - 1))" "$name: a row a site"
done

# After a leak scan, what is definitely lost is in every format that has room for it.
if [ "$(q "$(of cxx)" '.leaks != null')" = true ]; then
	wanted cxx leaks.definite.bytes >"$T/wanted"
	at_least "$(wc -l <"$T/wanted")" 1 'something is lost'
	write folded cxx -m definite
	sed -E 's/^(.*;)?([^;]*) ([0-9]+)$/\3 \2/' "$T/cxx.folded" | add_up >"$T/got"
	same "$T/wanted" "$T/got" 'folded: what is lost'
	jq -r '.shared.frames as $frames | .profiles[5] | [.samples, .weights] | transpose[]
		| "\(.[1]) \($frames[.[0][-1]].name)"' "$T/cxx.speedscope" | add_up >"$T/got"
	same "$T/wanted" "$T/got" 'speedscope: what is lost'
	lost=$(q "$(of cxx)" .leaks.definite.bytes)
	have sqlite3 && is "$(sqlite3 "$T/cxx.sqlite" 'SELECT sum(definite_bytes) FROM leaks')" "$lost" \
		'SQLite: what is lost'
	is "$(python3 -c 'import csv, sys
print(sum(int(row["definite_bytes"]) for row in csv.DictReader(open(sys.argv[1], newline=""))))' "$T/cxx.csv")" \
		"$lost" 'CSV: what is lost'
	write callgrind cxx
	is "$(sed -n 's/^totals: //p' "$T/cxx.callgrind" | cut -d' ' -f8)" "$lost" 'Callgrind: what is lost'
	if have go; then
		write pprof cxx
		is "$(go tool pprof -symbolize=none -top -unit=B -sample_index=leaked_space "$T/cxx.pprof" 2>/dev/null |
			sed -n 's/.*Total samples = \([0-9]*\)B.*/\1/p;s/.* of \([0-9]*\)B total/\1/p' | head -n 1)" "$lost" \
			'pprof: what is lost'
	fi
else
	skip 'what is lost' 'no leak scan has run'
fi

# JSON is the report's.
for name in "${recordings[@]}"; do
	write json "$name"
	"$TIDEMARK" report --no-cache --format json "$(of "$name")" >"$T/report.json"
	same "$T/report.json" "$T/$name.json" "$name: JSON is the report's, byte for byte"
done

done_testing
