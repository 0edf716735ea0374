#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Does every hazard's test fail when its fix is taken out?  Each mutant is the library without one fix,
# built beside the real one; its test must then fail.  Slow, so not part of `make check`: run it in
# a build tree as `make check-mutants`.

set -u
here=$(cd "$(dirname "$0")" && pwd)
srcdir=${TIDE_SRCDIR:-$here/..}
build=${TIDE_BUILDDIR:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
killed=0 survived=0

shim_cflags=$(echo '@SHIM_CFLAGS@' | (cd "$build" && ./config.status --file=-:- 2>/dev/null))
shim_ldflags='-Wl,-z,now -Wl,-z,nodelete -Wl,--as-needed'

# build_mutant EXTRA_CFLAGS EXTRA_LDFLAGS
build_mutant() {
	# shellcheck disable=SC2086
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -g -fPIC $shim_cflags $1 -I"$work/include" \
		-I"$work/src" "$work"/src/*.c "$work"/src/*/*.c -shared -o "$work/libtidemark.so" $shim_ldflags $2 \
		-Wl,--version-script="$work/src/preload.map" 2>"$work/build.log"
}

# mutant TEST-FILE HAZARD DESCRIPTION FILE PERL-EXPRESSION [EXTRA_CFLAGS [EXTRA_LDFLAGS]]
mutant() {
	rm -rf "$work/src" "$work/include"
	cp -r "$srcdir/src" "$srcdir/include" "$work"
	perl -0pi -e "$5" "$work/src/$4"
	if [ -z "${6-}${7-}" ] && cmp -s "$work/src/$4" "$srcdir/src/$4"; then
		verdict "$2" "$3" 'the source has changed: this mutant is none' 1
	elif ! build_mutant "${6-}" "${7-}"; then
		verdict "$2" "$3" "does not build: $(head -n 1 "$work/build.log")" 1
	elif survives "$1" "$2"; then
		verdict "$2" "$3" 'SURVIVED' 1
	else
		verdict "$2" "$3" 'noticed' 0
	fi
}

survives() {
	TIDEMARK="$build/tidemark" TIDE_LIBRARY="$work/libtidemark.so" TIDE_VICTIMS="$build/tests/victims" \
		TIDE_SRCDIR="$srcdir" TIDE_BUILDDIR="$build" HAZARDS="$2" \
		timeout 300 bash "$here/func/$1" >"$work/log" 2>&1 && ! grep -q '^not ok' "$work/log"
}

verdict() {
	printf '%-34s %-52s %s\n' "$1" "$2" "$3"
	if [ "$4" = 0 ]; then killed=$((killed + 1)); else survived=$((survived + 1)); fi
}

# The same way of building, nothing taken out: the tests must pass.
rm -rf "$work/src" "$work/include"
cp -r "$srcdir/src" "$srcdir/include" "$work"
if build_mutant '' '' && survives hazards.sh ''; then
	echo 'nothing taken out: all hazards pass'
else
	echo 'nothing taken out, and still a hazard fails:'
	cat "$work/build.log" "$work/log"
	exit 1
fi

# shellcheck disable=SC2016 # the expressions are perl's
{
h=hazards.sh
mutant $h hazard_02_realloc_order 'the old block leaves after the real realloc' hooks.c \
	's/record_realloc_begin\(&change, old, here\);\n\tp = next.realloc\(old, bytes\);/p = next.realloc(old, bytes); record_realloc_begin(&change, old, here);/'
mutant $h hazard_03_realloc_zero 'realloc(p, 0) counts as a failure' hooks.c \
	's/else if \(bytes == 0\)/else if (0)/'
mutant $h hazard_04_bootstrap 'a block of the pool goes to the real realloc' hooks.c \
	's/if \(unlikely\(next_is_boot\(old\)\)\)/if (0)/'
mutant $h hazard_05_descriptors 'the descriptor stays open' profile_file.c \
	's/(r = map_file\(fd, NULL, bytes\);\n)\tsys_close\(fd\);/$1/'
mutant $h hazard_06_recording_lost 'nobody catches SIGBUS' start.c 's/\n\tbus_begin\(\);//'
mutant $h hazard_08_optional_symbols 'mi_malloc is exported' preload.map \
	's/\tmalloc;/\tmalloc;\n\tmi_malloc;/' '' '-Wl,--defsym,mi_malloc=malloc'
mutant $h hazard_09_bare_forks 'the armed word survives fork' start.c \
	's/sys_advise\(&start_armed, sizeof\(start_armed\), MADV_WIPEONFORK\) == 0/1/'
mutant $h hazard_10_vfork 'a vfork child counts as the process' start.c \
	's/return sys_locked_down \|\| sys_getpid\(\) == profile.pid;/return true;/'
mutant $h hazard_11_handler_in_hook 'no second place for handlers' thread.c \
	's/if \(sys_locked_down \|\| !lock_take\(&places.lock, t->tid\)\)\n\t\treturn NULL;\n\tn = new_place/return NULL;\n\tn = new_place/'
mutant $h hazard_11_handler_in_hook 'handlers interrupt the beginning of a thread' thread.c \
	's/sys_block_signals\(&signals\);/signals = ~(uint64_t)0;/'
mutant $h hazard_11_jump 'a hook left by longjmp stays busy' thread.c \
	's/return t->busy <= sp && .*/return false;/'
mutant $h hazard_12_ends 'the file is mapped private' profile_file.c \
	's/int flags = MAP_SHARED/int flags = MAP_PRIVATE/'
mutant $h hazard_13_dlsym_allocates 'resolving may enter itself' next.c \
	's/if \(resolving \|\| next_ready\)/if (next_ready)/'
mutant $h hazard_14_16_no_writes 'an event writes' timeline.c \
	's/(void timeline_tick\(struct thread \*t\)\n\{\n)/$1\tsys_write_all(2, "", 1);\n/'
mutant $h hazard_15_children_off 'the option is not asked' fork.c 's/!config.children \|\| //'
mutant $h hazard_17_thread_storage 'thread storage by a function' sys.c 's/^//' \
	'-ftls-model=global-dynamic'
mutant $h hazard_18_unwinder 'libunwind is a needed library' sys.c 's/^//' '' \
	'-Wl,--no-as-needed -lunwind'
mutant $h hazard_19_deep_recursion 'cut stacks are not marked' sites.c \
	's/: walk->cut \? TIDE_SITE_CUT : 0;/: 0;/'
s=stacks.sh
mutant $s memo_compared 'every second word is believed' memo.h \
	's/if \(base\[distance\[i \+ 1\]\] != value\[i \+ 1\]\)/if (0)/'
mutant $s mirror_compared 'what lies outward is not compared' mirror.c \
	's/if \(likely\(\*\(const uint64_t \*\)dep->slot == dep->value\)\)\n\t\t\tcontinue;/continue;/'
mutant $s mirror_rbp 'the frame pointer is not compared' walk.c \
	's/ \|\| \(f->needs_rbp && f->rbp != at->rbp\)//'
mutant $s mirror_pc 'a frame is known by its stack pointer alone' mirror.h \
	's/ && m->frames\[n - 1\].pc == pc//'
}

echo "mutants: $killed passed, $survived failed"
[ "$survived" = 0 ]
