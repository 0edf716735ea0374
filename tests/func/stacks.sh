#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Stacks that are hard to unwind: every one is compared with libunwind's while the program runs, and
# where the program knows its own stack, with that.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/books.sh"
need_tool
need_victim walk

rounds=400
[ -z "$LONG" ] || rounds=6000

# Functions of PREFIX_ in each stack, innermost first, and its calls, as the victim prints them
chains() {
	qs "$1" '[.sites[] | {calls, chain: ([frames[].function // ""
			| select(startswith("'"$2"'_"))] | join("<"))}]
		| group_by(.chain)[] | "stack \(.[0].chain) \(map(.calls) | add)"' |
		grep -v '^stack  ' | sort
}

# What every recording here must show: sound NAME
sound() {
	local compared
	is "$status" 0 "$1: the program ends as it should"
	is "$(q "$recording" .verify.differences)" 0 "$1: no stack differs from libunwind's"
	compared=$(q "$recording" .verify.compared)
	# those of mappings and of threads' beginnings too; the C++ library's pool is older than the
	# comparison
	near "$compared" "$(q "$recording" '.totals.calls + ([.mappings.list[].calls] | add // 0)
		+ ([.threads[] | select(.spawned) | .users] | add // 0)')" 1 "$1: and all were compared"
	is "$(lost "$recording")" 0 "$1: nothing is missing from the books"
}

# known NAME PREFIX: the stacks are those that the program noted itself
known() {
	grep '^stack ' "$T/$1.out" | sort >"$T/$1.truth"
	chains "$recording" "$2" >"$T/$1.chains"
	same "$T/$1.truth" "$T/$1.chains" \
		"$1: all of $(grep -c . "$T/$1.truth") stacks are what the program knows"
}

walk() { # NAME VICTIM KINDS [VAR=VALUE]
	record "$1" TIDEMARK_VERIFY=1 "${@:4}" "$(victim "$2")" "$rounds" "$3"
	sound "$1"
	known "$1" w
}

walk plain walk ps
walk alloca-at-equal-stack-pointers walk pa
walk equal-stack-pointers walk pe
walk variable-length-arrays walk pv
walk realigned walk_realign pavgrs
walk aligned-locals walk pgs
walk deep-recursion walk pr
walk longjmp-and-noreturn walk pavj
walk signal-frames walk pavgsh
walk traps walk pat
walk coroutines walk pavgc
walk everything walk pavgrsjhtce
walk everything-realigned walk_realign pavgrsjhtce
walk everything-with-frame-pointers walk_frames pavgrsjhtce
walk shallow walk pavgrsjhtce TIDEMARK_DEPTH=1024

record tail-calls TIDEMARK_VERIFY=1 "$(victim tail)"
sound tail-calls
known tail-calls t

record stacks-half-gone TIDEMARK_VERIFY=1 "$(victim coroutines)"
sound stacks-half-gone
known stacks-half-gone c
is "$(value same "$T/stacks-half-gone.out")" 1 "stacks-half-gone: the stack pointers were equal"
record stacks-half-gone-unverified "$(victim coroutines)"
is "$status" 0 "stacks-half-gone: nobody reads what is unmapped"

record made-code-unverified "$(victim jit)"
is "$status" 0 "made-code: frame pointers that lead nowhere are not followed"
record made-code TIDEMARK_VERIFY=1 "$(victim jit)"
sound made-code
known made-code j
# a stack that goes on beyond made code does so by a guess
is "$(q "$recording" '[.sites[]|frames | select(any(.module == null) and length > 2)
	| any(.guessed)] | length > 10 and all')" true \
	"made-code: frames found without tables are marked as guessed"

record throw-and-catch TIDEMARK_VERIFY=1 "$(victim throwing)" "$rounds"
sound throw-and-catch
is "$(value balance "$T/throw-and-catch.out")" 0 "throw-and-catch: every object was destroyed"

record operators TIDEMARK_VERIFY=1 "$(victim newdelete)"
sound operators

record threads TIDEMARK_VERIFY=1 "$(victim threads8)" "$((rounds / 6))"
sound threads

storm() {
	# shellcheck disable=SC2086
	TIDEMARK_LIBRARY="$TIDEMARK_LIBRARY:$VICTIMS/libbump.so" record "$1" TIDEMARK_VERIFY=1 \
		"$(victim signals)" 500 $2
	is "$status" 0 "$1: the program ends as it should"
	is "$(q "$recording" .verify.differences)" 0 "$1: no stack differs from libunwind's"
	at_least "$(q "$recording" .verify.compared)" 1000 "$1: and they were compared"
}

storm handlers-at-any-point ""
storm handlers-on-their-own-stack alt

done_testing
