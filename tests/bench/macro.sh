# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Macro: total CPU of real programs, as ratio to bare of the same round.
#
# setup_NAME says in `command` what is run, with options of cpu in front if any; it fails where the
# program is missing.  serve_NAME, where there is one, runs it in another way.

PROGRAMS='jq xmllint sqlite3 git cc1plus clang python3 perl redis'

size_of() { # FULL QUICK
	[ -n "$QUICK" ] && echo "$2" || echo "$1"
}

setup_jq() {
	command -v jq >/dev/null || return
	input_json "$(size_of 80000 20000)" >"$WORK/in.json"
	command=(jq '[.[] | select(.id % 3 == 0)
		| {name, sum: (.at.x + .at.y), tags: (.tags | map(tostring) | join(","))}]
		| group_by(.name) | map({name: .[0].name, n: length})' "$WORK/in.json")
}

setup_xmllint() {
	command -v xmllint >/dev/null || return
	input_xml "$(size_of 167000 60000)" >"$WORK/in.xml"
	command=(xmllint --noout "$WORK/in.xml")
}

setup_sqlite3() {
	command -v sqlite3 >/dev/null || return
	input_sql "$(size_of 300000 100000)" >"$WORK/in.sql"
	command=(-i "$WORK/in.sql" sqlite3 -init /dev/null :memory:)
}

setup_git() {
	command -v git >/dev/null || return
	git init -q --bare "$WORK/repo.git" || return
	input_git "$(size_of 5000 1500)" | git -C "$WORK/repo.git" fast-import --quiet || return
	command=(-e GIT_CONFIG_NOSYSTEM=1 -e GIT_CONFIG_GLOBAL=/dev/null
		git -C "$WORK/repo.git" log -p --stat main)
}

setup_cc1plus() {
	local cxx=${CXX:-g++} compiler
	compiler=$($cxx -print-prog-name=cc1plus 2>/dev/null) && [ -x "$compiler" ] || return
	input_cxx "$(size_of 12 4)" >"$WORK/in.cc"
	$cxx -E -P "$WORK/in.cc" -o "$WORK/in.ii" || return
	command=("$compiler" -quiet -fpreprocessed -O1 "$WORK/in.ii" -o /dev/null)
}

setup_clang() {
	command -v clang >/dev/null || return
	input_cxx "$(size_of 12 4)" >"$WORK/in-clang.cc"
	clang -x c++ -E -P "$WORK/in-clang.cc" -o "$WORK/in-clang.ii" 2>/dev/null || return
	command=(clang -x c++-cpp-output -O1 -c "$WORK/in-clang.ii" -o /dev/null)
}

setup_python3() {
	local python
	# what is behind a wrapper
	python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)
	[ -x "$python" ] || return
	input_python "$(size_of 25 8)" >"$WORK/in.py"
	command=(-e PYTHONMALLOC=malloc -e PYTHONHASHSEED=0 "$python" -s -S "$WORK/in.py")
}

setup_perl() {
	command -v perl >/dev/null || return
	input_perl "$(size_of 240 80)" >"$WORK/in.pl"
	command=(-e PERL_HASH_SEED=0 perl "$WORK/in.pl")
}

setup_redis() {
	command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null || return
	command=(redis-server --port 0 --unixsocket "$WORK/redis" --save '' --appendonly no
		--daemonize no --dir "$WORK")
}

serve_redis() { # CPU COMMAND...; the client on another one, if there is one
	local cpu=$1 other server tries
	shift
	other=$(printf '%s\n' "${CPUS[@]}" | grep -vx "$cpu" | head -n 1)
	measure "$cpu" "$@" &
	server=$!
	for ((tries = 0; tries < 500; tries++)); do
		[ -S "$WORK/redis" ] && redis-cli -s "$WORK/redis" ping >/dev/null 2>&1 && break
		sleep 0.02
	done
	taskset -c "${other:-$cpu}" redis-benchmark -s "$WORK/redis" -q -c 20 -P 16 -r 50000 \
		-n "$(size_of 100000 30000)" -t set,get,incr,lpush,rpop,sadd,hset,zadd \
		>/dev/null 2>&1
	redis-cli -s "$WORK/redis" shutdown nosave >/dev/null 2>&1
	wait $server
}

macro_variants() {
	local variant
	echo bare
	for variant in "${VARIANTS[@]}"; do
		case $variant in tidemark | heaptrack | memusage) echo "$variant" ;; esac
	done
}

# What runs with this variant, which the program may not survive: "-" then
macro_sample() { # PROGRAM VARIANT ROUND
	local result
	use_variant "$2"
	if [ "$(type -t "serve_$1")" = function ]; then
		result=$("serve_$1" "$(cpu_of_round "$3")" "${command[@]}")
	else
		result=$(measure "$(cpu_of_round "$3")" "${command[@]}")
	fi
	echo "$1 $2 $3 ${result:--}"
}

# Without the options of cpu, as valgrind is given it
macro_counts() { # PROGRAM
	local variant words=("${command[@]}") extra=() input=/dev/null
	while [ "${words[0]}" = -e ]; do
		extra+=(-e "${words[1]}")
		words=("${words[@]:2}")
	done
	if [ "${words[0]}" = -i ]; then
		input=${words[1]}
		words=("${words[@]:2}")
	fi
	for variant in bare tidemark heaptrack; do
		[ $variant = bare ] || has_variant $variant || continue
		note "instructions: $1 $variant"
		use_variant $variant
		settings+=(${extra[@]+"${extra[@]}"})
		echo "$1 $variant $(count_instructions "${words[@]}" <"$input")"
	done >>"$WORK/macro-counts"
}

bench_program() {
	local program=$1 command=() round variant
	if ! "setup_$program"; then
		note "no $program here"
		return
	fi
	note "macro: $program"
	measure "${CPUS[0]}" true >/dev/null
	for ((round = 1; round <= ROUNDS; round++)); do
		# shellcheck disable=SC2046
		for variant in $(rotate "$round" $(macro_variants)); do
			# does not start with it
			[ "$program/$variant" != redis/memusage ] || continue
			macro_sample "$program" "$variant" "$round"
		done
	done >>"$WORK/macro"
	[ "$COUNT" != macro ] || [ "$program" = redis ] || macro_counts "$program"
}

bench_macro() {
	local program
	: >"$WORK/macro"
	: >"$WORK/macro-counts"
	for program in $PROGRAMS; do
		echo "$program" | grep -qE "${BENCH_PROGRAMS:-.}" && bench_program "$program"
	done
	awk -v part=macro -f "$BENCH/stats.awk" -f "$BENCH/macro.awk" "$WORK/macro-counts" "$WORK/macro" \
		>>"$WORK/results"
}
