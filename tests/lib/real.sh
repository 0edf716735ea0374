# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# Runs real programs three times: alone, recorded, and recorded with every stack compared.

compared_total=0

# Each run starts from a fresh copy of $T/template in the same place.
fresh_place() {
	rm -rf "$T/place"
	cp -a "$T/template" "$T/place"
	cd "$T/place" || bail "no place"
}

real_bare() {
	fresh_place
	bare "$1-bare" sh -c "$2"
	bare_status=$status
}

real_recorded() { # NAME COMMAND [VAR=VALUE...]
	local name=$1 command=$2
	shift 2
	fresh_place
	record "$name" "$@" sh -c "$command"
}

# sum DIRECTORY FILTER: over all recordings in it
sum_of() {
	local file total=0 one
	for file in "$1"/*.tide; do
		one=$(q "$file" "$2")
		is_number "$one" || {
			echo "unreadable: $file"
			return
		}
		total=$((total + one))
	done
	echo "$total"
}

# real NAME COMMAND: the whole of it, in six assertions
real() {
	local name=$1 command=$2 compared
	real_bare "$name" "$command"
	real_recorded "$name" "$command"
	is "$status" "$bare_status" "$name: same status"
	same "$T/$name-bare.out" "$T/$name.out" "$name: same output"
	same "$T/$name-bare.err" "$T/$name.err" "$name: same messages"
	is "$(missing_in "$T/$name.d")" 0 "$name: nothing is missing from the books"
	real_recorded "$name-verify" "$command" TIDEMARK_VERIFY=1
	is "$(sum_of "$T/$name-verify.d" .verify.differences)" 0 "$name: no stack differs from libunwind's"
	compared=$(sum_of "$T/$name-verify.d" .verify.compared)
	at_least "$compared" 1 "$name: stacks were compared"
	is_number "$compared" && compared_total=$((compared_total + compared))
	rm -rf "$T/$name.d" "$T/$name-verify.d"
}

missing_in() {
	sum_of "$1" '[.drops | to_entries[] | select(.key != "unknown_free" and .key != "stack_cut")
		| .value] | add'
}
