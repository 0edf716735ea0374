# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# Recordings for the tests of `tidemark export`, and what the JSON report says of them.
#
# After make_recordings they are in $T/recordings: of a C program of the distribution, of a C++
# program with inlined functions and templates, of eight threads, of a source file and of functions
# whose names mean something to the formats.

# What objcopy calls the functions odd_1, odd_2, ...
odd_names=('semi;colon; and more' '<script>alert(1)</script>&amp;' $'double"quote \'single\''
	'back\slash' 'hash#1::{lambda()#2}' 'ends in 42' '(1) as if compressed' '=1+1'
	'comma, and % percent %s' $'n\303\266n-ascii \342\202\254' $'not utf-8 \377\376' $'two\nlines'
	$'tab\tand\033[31mescape' 'fn=(2)' 'a+b [c] {d} 0x10: e (f:7)')

make_odd() { # a program without debug information, in a place with such a name, too
	local options=(-g -R .note.gnu.build-id) i
	for i in "${!odd_names[@]}"; do
		options+=(--redefine-sym "odd_$((i + 1))=${odd_names[i]}")
	done
	mkdir -p "$T/o;d#d \"x\" <b>"
	objcopy "${options[@]}" "$(victim odd)" "$T/o;d#d \"x\" <b>/odd"
}

keep() { # NAME
	[ -n "$recording" ] || bail "$1 was not recorded: $(head -3 "$T/$1.err")"
	mv "$recording" "$T/recordings/$1.tide"
}

make_recordings() {
	mkdir "$T/recordings"
	jq -n '[range(3000) | {name: "p\(.)", score: (. % 60), tags: ["a\(. % 7)"]}]' >"$T/people.json"
	record jq jq 'group_by(.score) | map(length) | max' "$T/people.json"
	keep jq
	record cxx "$(victim templates)"
	keep cxx
	record threads "$(victim threads8)" 20000
	keep threads
	record file "$(victim odd)"
	keep file
	if have objcopy && make_odd; then
		record odd "$T/o;d#d \"x\" <b>/odd"
		keep odd
	fi
	mapfile -t recordings < <(cd "$T/recordings" && printf '%s\n' ./*.tide | sed 's,^\./,,; s,\.tide$,,')
}

# of NAME: the recording
of() { printf '%s/recordings/%s.tide' "$T" "$1"; }

# write FORMAT NAME [OPTION...]: exports to $T/NAME.FORMAT
write() {
	local format=$1 name=$2
	shift 2
	timeout -k 5 "$TIMEOUT" "$TIDEMARK" export --no-cache -f "$format" "$@" -o "$T/$name.$format" \
		"$(of "$name")" || diag "export of $name as $format fails" >&2
}

# What all filters below begin with: names as the formats write them.
name_filter='
	def unprintable: gsub("\n"; "\\n") | gsub("\t"; "\\t") | gsub("\u001b"; "\\x1b");
	def base: sub(".*/"; "");
	.modules as $modules | .frames as $frames |
	def place: if .module == null then .pc else ($modules[.module].path | base) + "+" + .offset end;
	def name: if . == null then "(no stack)" else $frames[.] | .function // place end | unprintable;
'

# wanted NAME KEY [FROM TO]: "VALUE FUNCTION" for each innermost function, those of 0 left out;
# characters of FROM in names are those of TO
wanted() {
	json "$(of "$1")" named || return
	jq -r "$name_filter"' [.sites[] | {name: (.stack[0] | name), value: .'"$2"'}]
		| group_by(.name)[] | {name: .[0].name, value: (map(.value) | add)}
		| select(.value != 0) | "\(.value) \(.name)"' "$(of "$1").named.json" |
		if [ $# -gt 2 ]; then tr "$3" "$4"; else cat; fi | LC_ALL=C sort
}

# total NAME KEY
total() { q "$(of "$1")" "[.sites[].$2] | add"; }
