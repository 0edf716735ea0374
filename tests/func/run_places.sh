#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where recordings go, and what is said about it.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim exact
cd "$T" || bail 'no scratch directory'
program=$(victim hello)
need_victim hello

# in_new NAME: an empty directory to be in
in_new() { mkdir "$T/$1" && cd "$T/$1" || bail 'no directory'; }
names() { find . -type f | sort | sed 's/[0-9][0-9]*\.tide$/N.tide/; s/\(tidemark\.[a-z]*\.\)[0-9][0-9]*/\1N/'; }

in_new plain
bare run "$TIDEMARK" run -- "$program"
is "$status" 0 'a plain run'
is "$(names)" ./tidemark.hello.N.tide 'the recording is tidemark.PROGRAM.PID.tide'
is "$(stat -c %a tidemark.hello.*.tide)" 600 'for its owner alone'
file=$(echo tidemark.hello.*.tide)
is "$(q "$file" .recording.state)" exited 'it can be read'
rm -f ./*.json ./*.err
is "$(grep -c "^  recording  *$file\$" "$T/run.err")" 1 'the summary says where it is'
is "$(grep -c "^  next  *tidemark report $file\$" "$T/run.err")" 1 'and what to type next'
for line in peak 'live at the end' allocations RSS; do
	is "$(grep -c "^  $line " "$T/run.err")" 1 "the summary has a line: $line"
done

in_new named
bare run "$TIDEMARK" run -q -o x.tide -- "$program"
is "$(names)" ./x.tide '-o names it'
bare run "$TIDEMARK" run -q -o x.tide -- "$program"
is "$(names)" ./x.tide 'an older recording of that name makes way'
bare run "$TIDEMARK" run -q -o 'y.%n.%%.tide' -- "$program"
is "$(names | tr '\n' ' ')" './x.tide ./y.hello.%.tide ' '%n and %% are filled in'
bare run "$TIDEMARK" run -q -o 'z.%p' -- "$program"
is "$(find . -name 'z.[1-9]*' | wc -l)" 1 '%p too'
mkdir sub
bare run "$TIDEMARK" run -q -o sub -- "$program"
is "$(cd sub && names)" ./tidemark.hello.N.tide 'a directory is taken as one'
TIDEMARK_OUTPUT=env.tide bare run "$TIDEMARK" run -q -- "$program"
is "$(find . -name env.tide)" ./env.tide 'TIDEMARK_OUTPUT is heeded like -o'

in_new script
printf '#!/bin/sh\nexit 4\n' >job.sh
chmod +x job.sh
bare run "$TIDEMARK" run -q -- ./job.sh
is "$status" 4 'a script runs'
is "$(find . -name 'tidemark.job.sh.*.tide' | wc -l)" 1 'and its recording has the name of the script'

in_new elsewhere
other=$(mktemp -d /dev/shm/tidemark-test.XXXXXX 2>/dev/null)
if [ -n "$other" ] && [ "$(stat -c %d "$other")" != "$(stat -c %d .)" ]; then
	bare run "$TIDEMARK" run -q --live-dir "$other" -- "$program"
	is "$(names)" ./tidemark.hello.N.tide 'moved from another file system'
	is "$(ls "$other")" '' 'with nothing left there'
	file=$(echo tidemark.hello.*.tide)
	is "$(stat -c %a "$file")" 600 'with its mode'
	bare report "$TIDEMARK" report "$file"
	is "$status" 0 'and whole'
else
	skip 'moved from another file system' '/dev/shm is none'
fi
rm -rf "$other"

in_new here
bare run "$TIDEMARK" run -q --live-dir . -- "$program"
is "$(names)" ./tidemark.hello.N.tide 'live beside the result'
is "$(find . -mindepth 1 -type d)" '' 'with nothing left there'
bare run "$TIDEMARK" run -q --live-dir /no/such/place -- "$program"
is "$status" 2 'no place to record in: status 2'

in_new sizes
bare run "$TIDEMARK" run -q -o x.tide -- "$program"
used=$(od -An -tu4 -j$((11 * 4)) -N4 x.tide | tr -d ' ')
is "$(stat -c %s x.tide)" $((used * 65536)) 'it is cut to what is used'

in_new options
bare run "$TIDEMARK" run -q --depth 7 --max-size 8M --no-children --frame-pointers -- \
	sh -c 'env | grep ^TIDEMARK_ | sed "s,OUTPUT=.*/,OUTPUT=," | sort'
grep -v TIDEMARK_LIBRARY "$T/run.out" >vars
cat >wanted <<-'EOF'
	TIDEMARK_CHILDREN=0
	TIDEMARK_DEPTH=7
	TIDEMARK_FRAME_POINTERS=1
	TIDEMARK_MAX_SIZE=8388608
	TIDEMARK_OUTPUT=%n.%p.tide
EOF
same wanted vars 'each option sets its variable'
# Installed elsewhere than configured: the library is found beside the command.
mkdir -p "$T/inst/bin" "$T/inst/lib/tidemark" "$T/bare/bin"
cp "$TIDEMARK" "$T/inst/bin/tidemark"
cp "$TIDEMARK" "$T/bare/bin/tidemark"
cp -L "$top_builddir/src/.libs/libtidemark.so" "$T/inst/lib/tidemark/"
(unset TIDEMARK_LIBRARY; "$T/inst/bin/tidemark" run -q -o "$T/inst.tide" -- /bin/true) >"$T/inst.err" 2>&1
is "$?" 0 'a command that was installed under another prefix finds the library beside it'
is "$([ -s "$T/inst.tide" ] && echo there)" there 'and records'
if [ ! -e /usr/local/lib/tidemark/libtidemark.so ]; then
	(unset TIDEMARK_LIBRARY; "$T/bare/bin/tidemark" run -q -- /bin/true) >"$T/bare.err" 2>&1
	is "$?" 2 'without one it cannot record'
	is "$(grep -c "neither at $T/bare/lib/tidemark/libtidemark.so nor at /" "$T/bare.err")" 1 \
		'and says where it has looked'
fi

done_testing
