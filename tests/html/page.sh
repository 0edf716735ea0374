#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark report --html: what the command writes, and in a browser, what the page makes of it.  The
# second part needs Node, Chromium and playwright-core, and is skipped where they are missing.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim exact
need_victim many

page() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" report --html "$@" 2>"$T/err"; }

# block FILE ID: the JSON of one element; nothing in it looks like another one
block() { tr '\n' ' ' <"$1" | grep -o "<script type=\"application/json\" id=\"$2\">[^<]*" | cut -d'>' -f2-; }

# says FILE WORDS DESCRIPTION
says() {
	if grep -qF -- "$2" "$1"; then
		pass "$3"
	else
		fail "$3" "no \"$2\" in $1"
	fi
}

record exact "$(victim exact)" 2000 5
exact=$recording
page -o "$T/exact.html" "$exact"
if grep -q 'built without the HTML page' "$T/err"; then
	skip_all 'built without the page; configure says why'
fi
is $? 0 'a page is written'
at_most "$(wc -c <"$T/exact.html")" 500000 'a small recording makes a small page'
is "$(grep -c '<script>' "$T/exact.html")" 1 'one script runs'
says "$T/exact.html" "default-src 'none'" 'and nothing is fetched'
for kind in facts data report; do
	is "$(block "$T/exact.html" "$kind-0" | jq -r type)" object "$kind: valid JSON"
done
page --no-sources "$exact" >"$T/bare.html"
is "$(grep -c 'victim.h"' "$T/bare.html")" 0 '--no-sources carries none'
page --limit 3 -o "$T/three.html" "$exact"
block "$T/three.html" data-0 >"$T/three.json"
is "$(jq '.sites.id | length' "$T/three.json")" 3 '--limit is the sites in the page'
is "$(jq '(.sites.at_peak_bytes | add) + .others.at_peak_bytes' "$T/three.json")" \
	"$(q "$exact" .totals.at_peak_bytes)" 'with the others they add up to the peak'
page -o "$T/none.html" "$T/none.tide"
is "$?,$(wc -c <"$T/none.html")" 2,0 'no half a page where there is no recording'

# What a browser is shown.
record less "$(victim exact)" 1000 5
timeout "$TIMEOUT" "$TIDEMARK" diff --html -o "$T/diff.html" "$recording" "$exact" 2>"$T/err"
is $? 0 'a page of two recordings is written'
timeout "$TIMEOUT" "$TIDEMARK" report --format json --limit 4294967295 "$recording" >"$T/old.json"
timeout "$TIMEOUT" "$TIDEMARK" report --format json --limit 4294967295 "$exact" >"$T/exact.json"
for by in function file line module; do
	timeout "$TIMEOUT" "$TIDEMARK" report --format json --by "$by" "$exact" >"$T/exact.$by.json"
done
record many "$(victim many)" "${TIDE_SITES:-100000}"
page -o "$T/many.html" "$recording"
at_most "$(wc -c <"$T/many.html")" 20000000 'a page of 100,000 sites can still be sent'
record forks "$(victim forks)"
page -o "$T/processes.html" "$T/forks.d"
timeout "$TIMEOUT" "$TIDEMARK" diff --html -o "$T/pairs.html" "$T/forks.d" "$T/forks.d"
if [ -x "$(victim marks)" ]; then
	record marks "$(victim marks)" books
	page -o "$T/marks.html" "$recording"
	timeout "$TIMEOUT" "$TIDEMARK" report --format json "$recording" >"$T/marks.json"
fi
# Without DWARF the names are those of the symbol table.
strip -g -o "$T/<b>hostile" "$(victim hostile)"
record hostile "$T/<b>hostile" '</script><script>console.error(5)</script>'
page --no-cache -o "$T/hostile.html" "$T/hostile.d"
record lines "$(victim hostile)"
page --no-cache -o "$T/lines.html" "$T/lines.d"
record wastes "$(victim wastes)" copy bad
page -o "$T/wastes.html" "$recording"
timeout "$TIMEOUT" "$TIDEMARK" report --format json "$recording" >"$T/wastes.json"
for name in spawns maps; do
	[ -x "$(victim $name)" ] || continue
	record $name "$(victim $name)"
	page -o "$T/$name.html" "$recording"
	timeout "$TIMEOUT" "$TIDEMARK" report --format json --limit 4294967295 "$recording" >"$T/$name.json"
done
"$top_builddir/tests/html/sample" "$T/leaks.tide"
page -o "$T/leaks.html" "$T/leaks.tide"
timeout "$TIMEOUT" "$TIDEMARK" report --format json "$T/leaks.tide" >"$T/leaks.json"

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if ! have node || [ -z "$chromium" ]; then
	skip 'in a browser' 'no Node or no Chromium; scripts/setup.sh servers installs them'
elif [ ! -d "$srcdir/tools/html/node_modules/playwright-core" ]; then
	skip 'in a browser' 'no playwright-core; tools/html/fetch.sh brings it'
else
	CHROMIUM=$chromium timeout -k 5 900 node "$srcdir/tests/html/page.mjs" "$srcdir/tools/html/package.json" "$T" \
		"$tap_count" >"$T/browser.tap" 2>&1
	status=$?
	cat "$T/browser.tap"
	tap_count=$((tap_count + $(grep -cE '^(not )?ok ' "$T/browser.tap")))
	tap_failed=$((tap_failed + $(grep -c '^not ok ' "$T/browser.tap")))
	is "$status" 0 'the browser came to the end'
fi
done_testing
