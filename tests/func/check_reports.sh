#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The reports of tidemark check before those who judge such files: a schema for JUnit, Microsoft's
# validator for SARIF, and GitHub's rules for annotations.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim loses
judges=$srcdir/tests/npm/node_modules
mkdir "$T/tmp" "$T/odd <dir> & 100%" && cd "$T" || exit 99
export TMPDIR=$T/tmp
unset GITHUB_WORKSPACE GITHUB_STEP_SUMMARY
cp "$(victim loses)" "odd <dir> & 100%/loses"
odd="odd <dir> & 100%/loses"

# reports NAME OPTIONS...: all of them at once, as NAME.xml, NAME.sarif, NAME.json and NAME.out
reports() {
	local name=$1
	shift
	GITHUB_STEP_SUMMARY=$T/$name.md bare "$name" "$TIDEMARK" check --junit "$name.xml" \
		--sarif "$name.sarif" --json "$name.json" --github --root "$srcdir" "$@"
}

reports clean -- "$odd" keep=10
is $status 0 'clean'
reports leak --max-possible 0 --max-peak 1K -- "$odd" lose=100 chain possible parse=5000
is $status 23 'leaking'
reports killed --only loses -- sh -c "'$odd' kill; '$odd' lose=5; echo 'with no end of line' | tr -d '\n'"
is $status 23 'not measured, and leaking'
reports failed -- "$odd" $'bad \x01\xff\xc3\xa9 <bytes> "quoted", a:b 100%' lose=10 status=9
is $status 9 'failing, with words that no file likes'
printf 'leak:nothing_at_all\n' >unused.supp
many=()
for i in {1..14}; do many+=("lose=$i" chain); done
reports many --suppressions unused.supp --limit 'make_link:calls=1' -- "$odd" "${many[@]}"
is $status 23 'many leaks'
reports none -- sh -c 'exit 0'
is $status 2 'nothing judged'
all='clean leak killed failed many none'

## JUnit

if have xmllint; then
	for name in $all; do
		bare lint xmllint --noout --schema "$srcdir/tests/lib/junit.xsd" "$name.xml"
		is $status 0 "JUnit, $name: valid"
	done
else
	skip 'JUnit' 'xmllint is not installed'
fi
if have python3; then
	cat >junit.py <<-'EOF'
		import sys, xml.etree.ElementTree as tree
		suite = tree.parse(sys.argv[1]).getroot()[0]
		cases = suite.findall("testcase")
		bad = [c for c in cases if c.find("failure") is not None]
		assert int(suite.get("tests")) == len(cases), "tests"
		assert int(suite.get("failures")) == len(bad), "failures"
		assert len({(c.get("classname"), c.get("name")) for c in cases}) == len(cases), "names"
		print(" ".join(sorted({c.find("failure").get("type") for c in bad})))
	EOF
	is "$(python3 junit.py clean.xml)" '' 'JUnit: no failure when clean'
	is "$(python3 junit.py leak.xml)" 'max-definite max-peak max-possible' \
		'JUnit: a failure for each limit'
	is "$(python3 junit.py failed.xml)" 'max-definite status' "JUnit: the program's own failure"
	is "$(python3 junit.py none.xml)" 'unmeasured' 'JUnit: nothing judged is a failure'
fi

## SARIF

sarif() { jq -r "$2" "$1.sarif"; }
validator=$judges/@microsoft/sarif-multitool-linux/Sarif.Multitool
faults() { # FILE: how many errors the validator finds, "none written" when it does not finish
	DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_BUNDLE_EXTRACT_BASE_DIR=$T/tmp \
		bare validator ./validator validate "$1" --output "$1.validated" --log ForceOverwrite
	jq '[.runs[].results[]? | select(.level == "error")] | length' "$1.validated" ||
		echo 'none written'
}

if [ -e "$validator" ]; then
	cp "$validator" validator && chmod +x validator
	for name in $all; do
		is "$(faults "$name.sarif")" 0 "SARIF, $name: valid"
	done
	sed 's/"startLine":/"startLine":-/' leak.sarif >broken.sarif
	isnt "$(faults broken.sarif)" 0 'SARIF: the validator does find faults'
else
	skip 'SARIF' "the validator is missing; FETCH_IN=tests/npm tools/html/fetch.sh brings it"
fi
is "$(sarif clean '.runs[0].results | length')" 0 'SARIF: no result when clean'
is "$(sarif leak '[.runs[0].results[].ruleId] | sort | unique | join(" ")')" \
	'definite-leak memory-budget possible-leak' 'SARIF: a rule for each kind'
is "$(sarif leak '[.runs[0].results[] | select(.ruleId == "definite-leak")
	| .locations[0].physicalLocation.artifactLocation.uri] | unique | join(" ")')" \
	'tests/victims/loses.c' 'SARIF: the file is relative to the root'
is "$(sarif killed '[.runs[0].results[].ruleId] | sort | join(" ")')" 'definite-leak unmeasured' \
	'SARIF: what was not measured is a result'
is "$(sarif many '[.runs[0].results[].partialFingerprints["stackHash/v1"]] | unique | length')" \
	"$(sarif many '.runs[0].results | length')" 'SARIF: a fingerprint of its own for each'

## GitHub

parse() { python3 "$srcdir/tests/lib/annotations.py" <"$1.out"; }
if have python3; then
	for name in $all; do
		parse "$name" >"$name.notes" 2>"$name.notes.err"
		is $? 0 "GitHub, $name: every command can be parsed"
	done
	is "$(jq -r '.[0].level' clean.notes)" notice 'GitHub: a notice when clean'
	is "$(jq -r '[.[] | select(.file == "tests/victims/loses.c" and (.line | tonumber) > 0)]
		| length > 1' leak.notes)" true 'GitHub: leaks are at their file and line'
	is "$(jq length killed.notes)" 3 'GitHub: commands after an unfinished line'
	is "$(jq 'length <= 10' many.notes)" true 'GitHub: ten at most'
	is "$(jq -r '.[0].message | contains("100%") and contains("\n")' failed.notes)" true \
		'GitHub: escapes come back as what they were'
	is "$(grep -c 'make_link' leak.md)" 1 'GitHub: the page has the stacks'
	is "$(head -1 leak.md)" '### tidemark check: failed' 'GitHub: and the verdict'
fi

## JSON

is "$(jq -r .verdict {clean,leak,killed,none}.json | tr '\n' ' ')" \
	'passed failed failed unmeasured ' 'JSON: the verdict'
is "$(jq -r '.suppressions_unused[0].name' many.json)" 'leak:nothing_at_all' \
	'JSON: unused suppressions'
is "$(jq '.processes[0] | .found.definite.bytes
	== ([.leaks[].found.definite.bytes // 0] | add)' many.json)" true \
	'JSON: the stacks add up to the process'
for name in $all; do
	valid verdict "$name.json" "JSON, $name: as its schema says"
done

done_testing
