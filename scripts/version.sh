#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints the version: what a tarball carries, else the nearest tag and the distance to it,
# else the number of the release in the making.

cd "$(dirname "$0")/.." || exit 1
next_release=0.1.0

if [ -s .tarball-version ]; then
	cat .tarball-version
elif version=$(git describe --tags --match 'v[0-9]*' 2>/dev/null); then
	echo "${version#v}"
else
	echo "$next_release"
fi
