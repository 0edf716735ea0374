# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does a recording hold of each line what the script says it holds?

    lines.py REPORT.json EXPECTED.json
"""
import json
import os
import sys


def by_line(report):
    found = {}
    frames = report["frames"]
    for site in report["sites"]:
        for number in site["stack"]:
            if frames[number]["python"]:
                break
        else:
            continue
        frame = frames[number]
        line = "%s:%d" % (os.path.basename(frame["file"]), frame["line"] or 0)
        entry = found.setdefault(line, [0, 0])
        entry[0] += site["live_bytes"]
        entry[1] += site["live_blocks"]
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        found = by_line(json.load(source))
    with open(sys.argv[2], encoding="utf-8") as source:
        wanted = json.load(source)
    bad = 0
    for line, entry in wanted.items():
        if entry is None:
            continue
        size, blocks = entry
        got = found.get(line, [0, 0])
        if got[0] == size and blocks in (None, got[1]):
            continue
        bad += 1
        print("%s: bytes %d, wanted %d; blocks %d, wanted %s" % (line, got[0], size, got[1], blocks))
    print("%d lines, %d differ" % (len(wanted), bad))
    return bad > 0


sys.exit(main())
