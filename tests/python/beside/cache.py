# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cache that nobody empties."""
import sys

COUNT = int(sys.argv[1])
cache = {}


@profile
def work():
    hits = 0
    for i in range(COUNT):
        key = i * 7919 % (COUNT // 2)
        if key in cache:
            hits += 1
            continue
        cache[key] = [key] * 150
    sizes = {key: len(cache[key]) for key in cache}
    return hits, len(sizes)


work()
