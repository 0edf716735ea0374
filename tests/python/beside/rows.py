# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records read line by line, and an index of them."""
import sys

COUNT = int(sys.argv[1])


@profile
def work():
    rows = []
    for i in range(COUNT):
        row = bytearray(900) + b"%d" % i
        rows.append(row)
    names = [b"name of %d" % i for i in range(COUNT)]
    return rows, names


work()
