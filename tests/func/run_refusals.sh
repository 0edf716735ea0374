#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What tidemark refuses, it refuses before anything runs: status 2, a reason, a remedy.

. "$(dirname "$0")/../lib/tap.sh"
[ -x "$TIDEMARK" ] || skip_all "$TIDEMARK is not built"
cd "$T" || bail 'no scratch directory'

# refused DESCRIPTION WORDS ARGUMENT...
refused() {
	local what=$1 words=$2
	shift 2
	bare refused "$TIDEMARK" "$@"
	is "$status" 2 "$what: status 2"
	if grep -qF -- "$words" refused.err && [ "$(wc -l <refused.err)" = 1 ]; then
		pass "$what: one line says why"
	else
		fail "$what: one line says why" "wanted: $words" "$(cat refused.err)"
	fi
}

bare help "$TIDEMARK" --help
is "$status" 0 '--help succeeds'
is "$(grep -c '^  run ' help.out)" 1 '--help lists the commands'
bare help "$TIDEMARK" run --help
is "$status" 0 'run --help succeeds'
is "$(grep -c -- '--depth N' help.out)" 1 'run --help lists the options'
bare version "$TIDEMARK" --version
is "$(grep -c '^tidemark [0-9]' version.out)" 1 '--version tells the version'
bare nothing "$TIDEMARK"
is "$status" 2 'no command at all: status 2'

refused 'mistyped command' "did you mean 'run'" rnu
refused 'no such command' 'tidemark run -- ls' ls
refused 'no program' 'no program given' run
refused 'unknown option' 'did you mean --depth' run --dpeth 3 -- true
refused 'bad number' 'from 1 to 1024' run --depth 0 -- true
refused 'not in PATH' 'is not in PATH' run -- no-such-program-here
refused 'no such file' 'does not exist' run -- ./no-such-file
refused 'a directory' 'is a directory' run -- /tmp
refused 'the empty name' 'empty' run -- ''

echo 'echo hello' >plain
refused 'not executable' 'chmod +x' run -- ./plain
cp /bin/true here
refused 'a program here, without ./' './here' run -- here
chmod u+s here
refused 'set-user-ID' 'set-user-ID' run -- ./here
if [ "$(id -u)" = 0 ] && have setcap && cp /bin/true capable && setcap cap_net_raw+ep capable 2>/dev/null; then
	refused 'file capabilities' 'file capabilities' run -- ./capable
else
	skip 'file capabilities' 'setcap does not work here'
fi
if [ -s "$VICTIMS/hello_static" ]; then
	refused 'statically linked' 'statically linked' run -- "$VICTIMS/hello_static"
else
	skip 'statically linked' 'no static C library to link with'
fi
if have musl-gcc && echo 'int main(void) { return 0; }' >m.c && musl-gcc -o m m.c 2>/dev/null; then
	refused 'musl' 'musl' run -- ./m
else
	skip 'musl' 'musl-gcc is not installed; the unit test has such a file'
fi
echo 'int main(void) { return 0; }' >s.c
if gcc -fsanitize=address -o s s.c 2>/dev/null; then
	refused 'a sanitizer' 'sanitizer' run -- ./s
else
	skip 'a sanitizer' 'gcc has no AddressSanitizer here'
fi
printf '#!/no/such/interpreter\n' >script
chmod +x script
refused 'a script without its interpreter' '/no/such/interpreter does not exist' run -- ./script
printf '#!/usr/bin/env no-such-program-here\n' >script
refused 'a script that env cannot find' 'no-such-program-here' run -- ./script

refused 'no such directory' 'does not exist' run -o no/such/place.tide -- true
refused 'a percent in the directory' 'directory' run -o '%p/x.tide' -- true
echo precious >precious
refused 'not over a file that is no recording' 'not a recording' run -o precious -- true
is "$(cat precious)" precious 'and the file is as it was'
TIDEMARK_LIBRARY=$T/nowhere.so refused 'no library' 'nowhere.so' run -- true
mkdir 'with space'
cp "$TIDEMARK_LIBRARY" 'with space/lib.so' 2>/dev/null || : >'with space/lib.so'
TIDEMARK_LIBRARY="$T/with space/lib.so" refused 'a path LD_PRELOAD cannot hold' 'space' run -- true
is "$(find . -name '*.tide')" '' 'nothing was recorded all the while'
mkdir live
bare nowhere "$TIDEMARK" run --live-dir "$PWD/live" -- /no/such/program
is "$(ls -A live)" '' 'and nothing was left where recordings live'
done_testing
