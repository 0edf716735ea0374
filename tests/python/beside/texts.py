# SPDX-License-Identifier: LGPL-2.1-or-later
"""A document taken apart and put together again."""
import sys

COUNT = int(sys.argv[1])


@profile
def work():
    document = "one line of a document of many lines, all of them different: %d\n" * COUNT
    document %= tuple(range(COUNT))
    lines = document.splitlines()
    lengths = 0
    for line in lines:
        if line:
            lengths += len(line)
    upper = [line.upper() * 2 for line in lines]
    whole = "".join(upper)
    return lengths, len(whole)


work()
