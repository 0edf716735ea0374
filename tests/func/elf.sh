#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the preloaded library must be as a file: it goes into every program there is.

. "$(dirname "$0")/../lib/tap.sh"
need_library
have readelf || skip_all 'readelf is missing; install binutils'
library=$TIDEMARK_LIBRARY

dynamic=$(readelf -dW "$library")
is "$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")" libc.so.6 'nothing is needed but libc'

# Definitions that others can see, without versions and without the absolute version symbols.
readelf --dyn-syms -W "$library" |
	awk '$7 != "UND" && $7 != "ABS" && ($5 == "GLOBAL" || $5 == "WEAK") { sub(/@.*/, "", $8); print $8 }' |
	sort -u >"$T/exports"
sed 's/#.*//; s,/\*.*\*/,,' "$srcdir/src/preload.map" | tr -d '\n' |
	sed 's/.*global:\([^}]*\)local:.*/\1/' | tr -s '; \t' '\n' | grep . | sort -u >"$T/listed"
if grep -q '[*?]' "$T/listed"; then
	fail 'preload.map lists every symbol by its name' "$(grep '[*?]' "$T/listed")"
else
	same "$T/listed" "$T/exports" 'the exports are those of preload.map'
fi
for name in malloc calloc realloc free posix_memalign aligned_alloc memalign valloc pvalloc; do
	grep -qx "$name" "$T/exports" || missing="${missing:-} $name"
done
is "${missing:-}" '' 'the whole malloc family is there'

is "$(readelf --dyn-syms -W "$library" | grep -c __tls_get_addr)" 0 'thread-local data needs no call'
is "$(grep -c TEXTREL <<<"$dynamic")" 0 'the text is not written to'
like() { # TEXT PATTERN DESCRIPTION
	if grep -q "$2" <<<"$1"; then pass "$3"; else fail "$3" "no $2"; fi
}
like "$dynamic" 'NODELETE' 'it is never unloaded'
like "$dynamic" 'NOW' 'symbols are bound at the start'
if readelf -SW "$library" | grep -q ' \.t\(bss\|data\) '; then
	like "$dynamic" 'STATIC_TLS' 'thread-local data is static'
else
	pass 'there is no thread-local data'
fi
is "$(readelf -lW "$library" | awk '/GNU_STACK/ { print $7 }')" RW 'the stack is not executable'
like "$(readelf -lW "$library")" GNU_RELRO 'relocated data is read-only afterwards'
is "$(readelf --dyn-syms -W "$library" | grep -cE ' UND (printf|fprintf|exit|abort|pthread_mutex_lock)(@|$)')" \
	0 'it neither prints, exits, aborts nor locks by libc'
done_testing
