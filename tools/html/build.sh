#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the page: one HTML file with its script and style inside, a policy that lets nothing else
# run and nothing be fetched, the notices of the packages it is made of, and a mark where the report
# puts its data.  esbuild is a program of its own: no Node is needed.
#
#   tools/html/build.sh PAGE.html

set -eu
out=$(realpath "$1")
cd "$(dirname "$0")"

runtime=(preact uplot @tanstack/virtual-core)
./fetch.sh --build

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

node_modules/@esbuild/linux-x64/bin/esbuild src/main.jsx --bundle --minify --charset=utf8 \
	--format=iife --target=es2020 --jsx=automatic --jsx-import-source=preact \
	--legal-comments=none --log-level=warning --outfile="$scratch/page.js"

# What a policy's hash is of: the text of the element, to the byte.
hash_of() { sha256sum "$1" | cut -c1-64 | tr a-f A-F | basenc --base16 -d | base64 -w0; }

notices() {
	local name
	for name in "${runtime[@]}"; do
		printf '%s %s\n\n' "$name" "$(jq -r .version "node_modules/$name/package.json")"
		cat "node_modules/$name/LICENSE"
		printf '\n\n'
	done
}

if grep -qiE '</(script|style)|<!--' "$scratch/page.js" "$scratch/page.css"; then
	echo 'build: the bundle has text in it that would end its element' >&2
	exit 1
fi

{
	printf '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
	printf '<meta http-equiv="Content-Security-Policy" content="%s">\n' \
		"default-src 'none'; script-src 'sha256-$(hash_of "$scratch/page.js")'; style-src 'sha256-$(
			hash_of "$scratch/page.css")'; img-src data:; base-uri 'none'; form-action 'none'"
	printf '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
	printf '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
	printf '<title>tidemark</title>\n'
	printf '<link rel="icon" href="data:image/svg+xml;base64,%s">\n' "$(base64 -w0 src/icon.svg)"
	printf '<style>'
	cat "$scratch/page.css"
	printf '</style>\n</head>\n<body>\n<div id="page"></div>\n'
	printf '<noscript><p>This report draws itself with a script, which this browser does not run. '
	printf '<code>tidemark report</code> prints the same as text.</p></noscript>\n'
	printf '<script type="text/plain" id="notices">'
	notices | sed 's/</(/g; s/>/)/g'
	printf '</script>\n<!--data-->\n<script>'
	cat "$scratch/page.js"
	printf '</script>\n</body>\n</html>\n'
} >"$out.new"
mv "$out.new" "$out"
