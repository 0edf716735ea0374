#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark top: one look as lines, and a terminal that is left as it was found.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim told
have python3 || skip_all 'python3 is not installed'
terminal=yes
python3 -c 'import pty; pty.openpty()' 2>/dev/null || terminal=

mkfifo "$T/in" "$T/answers"
"$TIDEMARK" run -q -o "$T/told.tide" -- "$(victim told)" <"$T/in" >"$T/answers" 2>"$T/run.err" &
runner=$!
exec 7>"$T/in" 8<"$T/answers"
tell() {
	local answer
	printf '%s' "$1" >&7
	IFS= read -r -N ${#1} -t "$TIMEOUT" -u 8 answer
	[ "$answer" = "$1" ] || bail "the program did not answer '$1'"
}
tell a
pid=$(pgrep -P "$runner" -f told)

# on_terminal LINES COLUMNS SEEN WHAT OPTION...: draws into $T/drawn
on_terminal() {
	timeout "$TIMEOUT" python3 "$srcdir/tests/lib/terminal.py" "$1" "$2" "$3" "$4" "$TIDEMARK" top \
		"${@:5}" "$pid" >"$T/drawn" 2>&1 7>&- 8<&-
}
# KiB that from_b has grown by where it is first: most often between two looks, but it may be in three.
grew() { awk '/from_b/ && $3 ~ /^[+]/ { n += $3 / ($4 == "B" ? 1024 : 1) } END { printf "%.0f", n }'; }
# restored DESCRIPTION: the last thing drawn gives the cursor and the screen back
restored() {
	is "$(tail -n 2 "$T/drawn" | head -1 | grep -c $'\033\[?25h\033\[?1049l'$)" 1 "$1"
}

timeout "$TIMEOUT" "$TIDEMARK" top --once "$pid" >"$T/out" 2>"$T/err"
is "$?" 0 'one look at a process'
is "$(grep -c $'\033' "$T/out")" 0 'is plain lines'
is "$(grep -c '^ *97.7 KiB .* 1,000 .*from_a told.c:[0-9]* < obey' "$T/out")" 1 \
	'with what is live, in blocks, and where'
is "$(grep -c "^process  $pid, .*running" "$T/out")" 1 'and the process'
is "$(grep -c '^memory .* resident' "$T/out")" 1 'and its memory'
tell b
is "$(timeout "$TIMEOUT" "$TIDEMARK" top --once -n 2 "$pid" | grep -c 'from_[ab]')" 2 '--limit is the rows'
timeout "$TIMEOUT" "$TIDEMARK" top "$pid" >"$T/out" 2>"$T/err"
is "$?,$(grep -c -- --once "$T/err")" 2,1 'without a terminal it says what to do'

if [ -z "$terminal" ]; then
	exec 7>&- 8<&-
	wait "$runner"
	skip 'what it draws on a terminal' 'no pseudo-terminal can be opened here (is /dev/pts mounted?)'
else
	tell B
	: >"$T/drawn"
	on_terminal 20 70 '97[.]7 KiB .*from_b' q --sort growth &
	drawing=$!
	await grep -q 'Calls/s  Where' "$T/drawn"
	tell b
	wait "$drawing"
	is "$(tail -1 "$T/drawn")" 'ended 0' 'q ends it'
	restored 'and the terminal is as it was'
	is "$(grep -A1 'Calls/s  Where' "$T/drawn" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' | grew)" 98 \
		'what grew is first, with how much'
	at_most "$(sed 's/\x1b\[H/\n/g; s/\x1b\[[0-9;?]*[a-zA-Z]//g; s/\r//g' "$T/drawn" | awk '{ print length }' |
		sort -n | tail -1)" 70 'no line is wider than the terminal'
	on_terminal 12 60 resident SIGTERM
	is "$(tail -1 "$T/drawn")" 'ended 15' 'a signal ends it as signals do'
	restored 'and the terminal is as it was'
	at_most "$(awk -v RS='\033\\[H' '{ n = gsub(/\n/, ""); if (n > most) most = n } END { print most }' \
		"$T/drawn")" 12 'a small terminal is not overrun'
	: >"$T/drawn"
	on_terminal 24 80 'has ended' q 7>&- 8<&- & # who holds the pipe holds the program
	drawing=$!
	await grep -q 'Calls/s  Where' "$T/drawn"
	exec 7>&- 8<&-
	wait "$runner"
	is "$?" 0 'the program ends as ever'
	wait "$drawing"
	is "$(tail -1 "$T/drawn")" 'ended 0' 'with the program top ends'
	is "$(grep -c 'the program has ended' "$T/drawn")" 1 'and says so'
	restored_line=$(grep -c $'\033\[?25h\033\[?1049l' "$T/drawn")
	is "$restored_line" 1 'on the terminal as it was'
fi

timeout "$TIMEOUT" "$TIDEMARK" top --once "$T/told.tide" >"$T/out" 2>"$T/err"
is "$?,$(grep -c 'not running' "$T/out")" 0,1 'a recording will do, when the program is gone'
timeout "$TIMEOUT" "$TIDEMARK" top --once "$pid" >"$T/out" 2>"$T/err"
is "$?" 2 'a process that is gone: the status'

done_testing
