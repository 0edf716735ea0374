#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A recorded program ends as it would alone, and is told what its parent is told.

. "$(dirname "$0")/../lib/tap.sh"
need_library
[ -x "$TIDEMARK" ] || skip_all "$TIDEMARK is not built"
cd "$T" || bail 'no scratch directory'

for code in 0 1 42 255; do
	bare status "$TIDEMARK" run -q -- sh -c "exit $code"
	is "$status" $code "exit status $code is passed on"
done
is "$(cat status.err)" '' '--quiet says nothing'

# What the shell sees of a process that ended by a signal.
for signal in TERM INT HUP QUIT USR1 ABRT SEGV PIPE; do
	bash -c "ulimit -c 0; sh -c 'kill -$signal \$\$'; echo \$?" >alone.out 2>/dev/null
	bash -c "ulimit -c 0; '$TIDEMARK' run -q -- sh -c 'kill -$signal \$\$'; echo \$?" \
		>recorded.out 2>/dev/null
	same alone.out recorded.out "death by SIG$signal is passed on"
done
python=$(command -v python3)
if [ -n "$python" ]; then
	"$python" - "$TIDEMARK" >how.out 2>/dev/null <<-'EOF'
		import subprocess, sys
		run = [sys.argv[1], 'run', '-q', '--', 'sh', '-c', 'kill -TERM $$']
		print(subprocess.run(run).returncode)
	EOF
	is "$(cat how.out)" -15 'and a parent sees the signal itself'
else
	skip 'and a parent sees the signal itself' 'python3 is not installed'
fi
bare killed "$TIDEMARK" run -- sh -c 'kill -KILL $$'
is "$status" 137 'SIGKILL gives 137'
is "$(grep -c '^tidemark: .*signal 9' killed.err)" 1 'and is named'
is "$(grep -c '^Peak ' killed.err)" 1 'and the peak table is there at once'

# pass_on SIGNAL: run gets it, the program says so and ends as it likes
pass_on() {
	rm -f pass.out
	# what our caller ignores, as nohup does, a shell cannot trap
	env --default-signal="$1" "$TIDEMARK" run -q -- bash -c \
		"trap 'echo got $1; exit 9' $1; echo ready; for i in {1..2000}; do sleep 0.05; done" \
		>pass.out 2>&1 &
	local pid=$!
	await grep -q ready pass.out
	kill -"$1" "$pid"
	wait "$pid"
	is "$?" 9 "SIG$1 to run: the program decides"
	is "$(grep -c "got $1" pass.out)" 1 "SIG$1 reaches the program once"
}
for signal in TERM HUP USR1 USR2; do
	pass_on $signal
done

bare out "$TIDEMARK" run -q -- sh -c 'cat; echo out; echo err >&2'
is "$(cat out.out)" out 'stdout is the program'\''s'
is "$(cat out.err)" err 'stderr too, when quiet'
printf 'in' | "$TIDEMARK" run -q -- cat >in.out
is "$(cat in.out)" in 'and stdin'
bare env "$TIDEMARK" run -q -- sh -c 'echo "$0 $1"' zero 'one two'
is "$(cat env.out)" 'zero one two' 'arguments arrive as they are'

bare ignored bash -c "trap '' CHLD INT; exec '$TIDEMARK' run -q -- sh -c 'exit 3'"
is "$status" 3 'ignored signals of the caller do no harm'
LD_PRELOAD="$VICTIMS/libbump.so" "$TIDEMARK" run -q -- sh -c 'echo "$LD_PRELOAD"' >preload.out 2>&1
is "$(cat preload.out)" "$TIDEMARK_LIBRARY:$VICTIMS/libbump.so" 'the user'\''s LD_PRELOAD stays, behind ours'
done_testing
