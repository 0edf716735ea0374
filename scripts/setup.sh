#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs what building and testing need, on Debian and its like.  Does nothing, and quickly, when
# all of it is there.
#
#   scripts/setup.sh          everything: building, testing, checking
#   scripts/setup.sh build    only what ./configure and make want, and the demo
#   scripts/setup.sh servers  everything, servers to be recorded, and a browser
#   scripts/setup.sh long     that, and what make check-real wants

set -eu

build='autoconf automake libtool make gcc g++ pkg-config git ca-certificates libdw-dev libelf-dev
libiberty-dev libunwind-dev libcjson-dev zlib1g-dev libsqlite3-dev libprotobuf-c-dev
protobuf-c-compiler libcairo2-dev jq curl openssl'

tests='check clang lcov valgrind gdb shellcheck mandoc codespell cppcheck clang-format clang-tidy
binutils file xz-utils procps python3 python3-jsonschema sqlite3 libxml2-utils perl libcap2-bin musl libc6-dbg strace bsdextrautils
libjemalloc2 libtcmalloc-minimal4 libmimalloc2.0 python3-numpy python3-pandas libopenblas0-pthread libunwind8 liblsan0
python3-psutil python3-memory-profiler python3-matplotlib poppler-utils util-linux cmake ninja-build meson python3-pytest'

# Programs to be recorded that nobody wants started on his own machine, a browser for the page of
# the HTML report, and large readers of exports; their tests are skipped where they are missing.
servers='redis-server redis-tools nginx-light apache2-utils heaptrack nodejs chromium fonts-dejavu-core
golang-go google-perftools'

# What the long forms of the tests record beside.
long='libpython3-testsuite tcl googletest'

case ${1:-all} in
build) wanted=$build ;;
all) wanted="$build $tests" ;;
servers) wanted="$build $tests $servers" ;;
long) wanted="$build $tests $servers $long" ;;
*)
	echo "usage: $0 [build|all|servers|long]" >&2
	exit 2
	;;
esac

is_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null; then
	echo "setup: this is no Debian; install the likes of:" $wanted >&2
	exit 1
fi

missing=()
for package in $wanted; do
	is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "setup: become root, or install: ${missing[*]}" >&2
		exit 1
	fi
	as_root=(sudo)
fi

install() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends "${missing[@]}" >/dev/null
}

echo "setup: installing ${missing[*]}"
if ! install 2>/dev/null; then
	"${as_root[@]}" apt-get update -qq
	install
fi
