#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Brings the packages that package-lock.json names into node_modules beside it, each checked against
# the lock file's hash.  Does what "npm ci" would, for packages that need no installing, without the
# some hundred packages that npm itself is on Debian.  Packages that are there already stay.
#
#   tools/html/fetch.sh                  all of them
#   tools/html/fetch.sh --build          those that building takes, and not the tests
#   tools/html/fetch.sh PACKAGE...
#   FETCH_IN=DIRECTORY tools/html/fetch.sh … of the lock file there, instead of this one

set -eu
cd "${FETCH_IN:-$(dirname "$0")}"
registry=${npm_config_registry:-https://registry.npmjs.org}

for tool in curl jq openssl tar; do
	command -v "$tool" >/dev/null && continue
	echo "fetch: $tool is missing; scripts/setup.sh build installs it" >&2
	exit 1
done

version_in() { jq -r --arg at "node_modules/$1" '.packages[$at].version // empty' package-lock.json; }

is_there() {
	[ "$(jq -r .version "node_modules/$1/package.json" 2>/dev/null)" = "$(version_in "$1")" ]
}

fetch() { # PACKAGE
	local name=$1 version want
	version=$(version_in "$name")
	want=$(jq -r --arg at "node_modules/$name" '.packages[$at].integrity' package-lock.json)
	curl -fsSL --retry 3 --max-time 120 -o "$scratch/archive" \
		"${registry%/}/$name/-/${name##*/}-$version.tgz"
	if [ "sha512-$(openssl dgst -sha512 -binary "$scratch/archive" | base64 -w0)" != "$want" ]; then
		echo "fetch: $name $version is not what package-lock.json says; nothing was unpacked" >&2
		return 1
	fi
	mkdir "$scratch/package"
	tar -xzf "$scratch/archive" -C "$scratch/package" --strip-components=1 --no-same-owner
	mkdir -p "$(dirname "node_modules/$name")"
	rm -rf "node_modules/$name"
	mv "$scratch/package" "node_modules/$name"
}

in_lock() { jq -r '.packages | keys[] | select(. != "") | sub("^node_modules/"; "")' package-lock.json; }

case ${1:-} in
'') mapfile -t all < <(in_lock) ;;
--build) mapfile -t all < <(in_lock | grep -v '^playwright') ;;
*) all=("$@") ;;
esac

scratch=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT
for name in "${all[@]}"; do
	is_there "$name" && continue
	if [ -z "$scratch" ]; then
		mkdir -p node_modules
		exec 9>node_modules/.lock
		flock 9
		scratch=$(mktemp -d node_modules/.fetch.XXXXXX)
	fi
	is_there "$name" || fetch "$name"
done
