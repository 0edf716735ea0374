# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does a recording hold of each line what the script says it holds?

    lines.py REPORT.json EXPECTED.json

What functions of other files allocate belongs to the line of the script that called them.
"""
import json
import os
import sys


def place(frame):
    return os.path.basename(frame["file"]), frame["line"] or 0


def line_of(frames, files):
    """The innermost of the script's, else of Python's."""
    python = [place(frame) for frame in frames if frame["python"]]
    own = [at for at in python if at[0] in files]
    return "%s:%d" % (own or python)[0] if python else None


def by_line(report, files):
    """Bytes and blocks of the sites of each line, one by one."""
    found = {}
    for site in report["sites"]:
        line = line_of([report["frames"][number] for number in site["stack"]], files)
        if line:
            found.setdefault(line, []).append((site["live_bytes"], site["live_blocks"]))
    return found


def total(sites, least):
    """Of those whose blocks are so large on the average."""
    sites = [site for site in sites if site[0] >= least * max(site[1], 1)]
    return sum(site[0] for site in sites), sum(site[1] for site in sites)


def main():
    with open(sys.argv[2], encoding="utf-8") as source:
        wanted = json.load(source)
    with open(sys.argv[1], encoding="utf-8") as source:
        found = by_line(json.load(source), {line.rpartition(":")[0] for line in wanted})
    bad = 0
    for line, entry in wanted.items():
        if entry is None:
            continue
        size, blocks, least = (entry + [0])[:3]
        got = total(found.get(line, []), least)
        if got[0] == size and blocks in (None, got[1]):
            continue
        bad += 1
        print("%s: bytes %d, wanted %d; blocks %d, wanted %s" % (line, got[0], size, got[1], blocks))
    print("%d lines, %d differ" % (len(wanted), bad))
    return bad > 0


sys.exit(main())
