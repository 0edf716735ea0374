#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tidemark export: where its files go, what it refuses, and that each format is what the manual says.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim exact

export_to() { timeout -k 5 "$TIMEOUT" "$TIDEMARK" export "$@" >"$T/out" 2>"$T/err"; status=$?; }

# says WORDS DESCRIPTION: in the messages
says() {
	if grep -qF -- "$1" "$T/err"; then
		pass "$2"
	else
		fail "$2" "no \"$1\" in:" "$(head -5 "$T/err")"
	fi
}

# refuses WORDS DESCRIPTION OPTIONS...
refuses() {
	local words=$1 what=$2
	shift 2
	export_to "$@"
	is "$status" 2 "$what: the status"
	says "$words" "$what: the message"
	is "$(wc -c <"$T/out")" 0 "$what: and no output"
}

record one "$(victim exact)" 2000 5
one=$recording
"$TIDEMARK" export --list >"$T/list"
mapfile -t formats < <(cut -f1 "$T/list")
at_least "${#formats[@]}" 10 'there are formats'

# The table of formats is what the help and the manual tell.
"$TIDEMARK" export --help >"$T/help"
page=$srcdir/tools/man/tidemark-export.1
for format in "${formats[@]}"; do
	is "$(grep -c "^  $format  *[a-zA-Z]" "$T/help")" 1 "the help tells of $format"
	is "$(grep -c "^\.It Cm $format\$" "$page")" 1 "the manual has an entry for $format"
done
is "$(grep -c '^\.It Cm ' "$page")" "${#formats[@]}" 'the manual has entries for no other formats'

# Names of files, and streams.
mkdir "$T/here"
cp "$one" "$T/here/one.tide"
cd "$T/here" || bail 'no scratch directory'
pid=$(q "$one" .recording.pid)
while IFS=$'\t' read -r format suffix _; do
	"$TIDEMARK" export --format "$format" >"$T/out" 2>"$T/err"
	is "$?,$(cat "$T/out"),$(wc -c <"$T/err")" "0,exact.$pid.$suffix,0" \
		"$format: the newest recording here, to a file named after the program"
	"$TIDEMARK" export --format "$format" -o - one.tide >"$T/stream" 2>"$T/err"
	is $? 0 "$format: to standard output"
	if [ "$format" = json ]; then # names the recording
		sed -i 's,"one.tide","./one.tide",' "$T/stream"
		sed -i 's,"one.tide","./one.tide",' "exact.$pid.$suffix"
	fi
	same "exact.$pid.$suffix" "$T/stream" "$format: the same bytes"
	"$TIDEMARK" export --format "$format" -o "$T/here/x" one.tide >"$T/out"
	is "$(stat -c %a x),$(wc -c <"$T/out")" "$(printf '%o' $((0666 & ~$(umask)))),0" \
		"$format: -o with the usual mode, and silence"
	is "$(find . -name 'x*' | wc -l)" 1 "$format: and nothing beside it"
	rm -f x
done <"$T/list"
cd "$T" || bail 'no scratch directory'

# Several recordings: a file each, or a refusal.
mkdir "$T/many" "$T/into"
cp "$one" "$T/many/a.tide"
cp "$one" "$T/many/b.tide"
refuses 'do not fit' 'two recordings into one file' -f folded -o "$T/x" "$T/many"
refuses 'do not fit' 'two recordings into one stream' -f folded -o - "$T/many"
export_to -f folded -o "$T/into" "$T/many"
is "$status,$(cd "$T/into" && echo *)" "0,exact.$pid-2.folded exact.$pid.folded" \
	'two recordings into a directory'

refuses '--format' 'no format' "$one"
refuses 'nonsense' 'unknown format' -f nonsense "$one"
refuses 'no such recording' 'missing recording' -f csv "$T/none.tide"
refuses 'holds all numbers' 'a metric where all are in' -f csv -m peak "$one"
refuses 'takes peak, live' 'a metric that the format lacks' -f heap -m calls "$one"
refuses 'cannot be written' 'a directory that is not there' -f csv -o "$T/none/x" "$one"
refuses 'No space left' 'a full device' -f csv -o /dev/full "$one"
echo rubbish >"$T/rubbish.tide"
export_to -f pprof -o "$T/x" "$T/rubbish.tide"
is "$status,$([ -e "$T/x" ] && echo there)" '3,' 'a damaged recording leaves no file'

# A full disk leaves what was there.
echo old >"$T/kept"
for format in "${formats[@]}"; do
	# The message by way of a pipe, for it may not grow a file either.
	(ulimit -f 0; trap '' XFSZ; "$TIDEMARK" export --no-cache -f "$format" -o "$T/kept" "$one" 2>&1) |
		cat >"$T/err"
	is "${PIPESTATUS[0]},$(cat "$T/kept"),$(find "$T" -name 'kept*' | wc -l)" '2,old,1' \
		"$format: a file that may not grow is not replaced"
	says 'kept: File too large' "$format: and says so"
done

done_testing
