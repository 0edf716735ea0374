#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A file as the C array that tools/render/page.h declares, on stdout; without a file, an empty one.

set -eu

echo '/* Made by tools/html/embed.sh. */'
echo '#include "render/page.h"'
echo 'const char page_html[] = {'
[ $# -eq 0 ] || od -An -v -t d1 "$1" | sed 's/[^ ][^ ]*/&,/g'
echo '0 };'
echo 'const size_t page_html_bytes = sizeof(page_html) - 1;'
