# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# Python: total CPU of small programs, as ratio to bare of the same round, with every object
# recorded ("objects") and with arenas alone ("arenas").

python_settings() { # VARIANT
	use_variant "$([ "$1" = bare ] && echo bare || echo tidemark)"
	settings+=(-e PYTHONHASHSEED=0)
	[ "$1" != arenas ] || settings+=(-e TIDEMARK_PYTHON_OBJECTS=no)
}

bench_python_program() { # INTERPRETER PROGRAM PERCENT
	local round variant result
	note "python: $2"
	measure "${CPUS[0]}" "$1" "$BENCH/python.py" "$2" 1 >/dev/null || return
	for ((round = 1; round <= ROUNDS; round++)); do
		for variant in $(rotate "$round" bare objects arenas); do
			python_settings "$variant"
			result=$(measure "$(cpu_of_round "$round")" "$1" "$BENCH/python.py" "$2" "$3")
			echo "$2 $variant $round ${result:--}"
		done
	done >>"$WORK/python"
}

bench_python() {
	local python program
	python=${BENCH_PYTHON:-$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)}
	if [ ! -x "$python" ] || ! has_variant tidemark; then
		note 'no python3 here'
		return
	fi
	: >"$WORK/python"
	for program in $("$python" "$BENCH/python.py"); do
		echo "$program" | grep -qE "${BENCH_PROGRAMS:-.}" || continue
		python_settings bare
		bench_python_program "$python" "$program" "$(size_of 100 25)"
	done
	awk -v part=python -f "$BENCH/stats.awk" -f "$BENCH/macro.awk" "$WORK/python" >>"$WORK/results"
}
