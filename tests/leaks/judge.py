#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what a tool says about the cases of the leak corpus with what the cases expect.

usage: judge.py TOOL LIST RUNS

TOOL  tidemark, memcheck or lsan
LIST  what the programs print for --list: program, case, expected, remark; separated by tabs
RUNS  a directory with one for each case, PROGRAM.CASE, in which are
      pid, status, bare_status  of the run
      *.json | *.xml | lsan.*   what the tool said, a file for each process

Prints a line for each case: program, case, verdict (right, wrong or skipped), what is wrong.

What is expected is a list of "FUNCTION BLOCKS BYTES".  The function's name begins with the class of
all blocks that it makes; cycle_… means one definite block and the others indirect, held_… reachable
or possible, any_… what you like.  For BLOCKS and BYTES, "*" is any number and "+" any but 0.  Behind
"; child:" is what all other processes say in sum.  "if scanned:" means that there may be no scan.
Blocks that no such function made belong to the libraries, and must be reachable.
"""

import glob
import os
import re
import sys

from tools import READERS, Unscanned, pid_of

GROUPS = {
    "cycle": ("definite", "indirect"),
    "held": ("reachable", "possible"),
    "any": ("definite", "indirect", "possible", "reachable"),
}
NAMED = re.compile(r"(definite|indirect|possible|reachable|cycle|held|any)_\w+")
# The loader's and the threads' own blocks, on whosever behalf.
LOADER = re.compile(r"_dl_|allocate_dtv|allocate_stack|__tls_get_addr|(__)?pthread_create|dl_open")
SKIPPED = "77"


def owner_of(frames):
    """The function that the expectation names, from the innermost outwards."""
    for _, function in frames:
        if LOADER.match(function or ""):
            return None
        match = NAMED.match(function or "")
        if match:
            return match.group()
    return None


def add_up(tool, paths):
    """All processes' blocks, by function and class: {function: {class: [blocks, bytes]}}"""
    read = READERS[tool][0]
    sums = {}
    scanned = 0
    for path in paths:
        try:
            for record in read(path):
                kinds = sums.setdefault(owner_of(record.frames), {})
                one = kinds.setdefault(record.kind, [0, 0])
                one[0] += record.blocks
                one[1] += record.bytes
            scanned += 1
        except Unscanned:
            pass
    return sums if scanned else None


def parse(text):
    expected = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        function, blocks, size = entry.split()
        expected[function] = (blocks, size)
    return expected


def fits(number, wanted):
    if wanted in "*+":
        return wanted == "*" or number > 0
    return number == int(wanted)


def total(kinds, which):
    return [sum(kinds.get(one, [0, 0])[i] for one in which) for i in (0, 1)]


def described(kinds):
    return " + ".join(f"{n} {kind} of {size}" for kind, (n, size) in sorted(kinds.items())) or "none"


def judge_function(tool, function, kinds, wanted):
    """What is wrong with the blocks of one function, or nothing."""
    blocks, size = wanted
    kind = function.split("_")[0]
    allowed = GROUPS.get(kind, (kind,))
    if blocks == "*":  # some may have come after the scan
        allowed += ("unclassified",)
    if tool == "lsan" and kind == "any":
        return []
    if tool == "lsan" and kind in ("possible", "reachable", "held"):
        allowed, blocks, size = (), "0", "0"  # it is silent about both
    got = total(kinds, allowed)
    wrong = total(kinds, set(kinds) - set(allowed))[0] > 0
    leaders = kinds.get("definite", [0, 0])[0]
    if kind == "cycle" and tool != "lsan":  # which has no leaders
        wrong = wrong or leaders != 1
    if not wrong and fits(got[0], blocks) and fits(got[1], size):
        return []
    return [f"{function} {wanted[0]} {wanted[1]}: {described(kinds)}"]


def judge_sums(tool, expected, sums):
    if sums is None:
        return ["no scan"]
    found = []
    for function, kinds in sums.items():
        if function is None:
            lost = {kind: n for kind, n in kinds.items() if kind != "reachable"}
            found += [f"of the libraries: {described(lost)}"] if lost else []
        elif function not in expected:
            found.append(f"{function}, not expected: {described(kinds)}")
    for function, wanted in expected.items():
        found += judge_function(tool, function, sums.get(function, {}), wanted)
    return found


def first_line(*path):
    try:
        with open(os.path.join(*path), encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return ""


def judge_status(tool, place):
    status, bare = first_line(place, "status"), first_line(place, "bare_status")
    if tool == "tidemark" and bare and status != bare:
        return [f"status {status} instead of {bare}"]
    if tool != "tidemark" and status in ("139", "134", "124") and status != bare:
        return [f"status {status}"]
    return []


def judge_case(tool, place, expected):
    pid = int(first_line(place, "pid") or 0)
    paths = glob.glob(os.path.join(place, READERS[tool][1]))
    if tool == "tidemark" and len(paths) == 1:  # started by another program, in its namespace
        pid = pid_of(paths[0])
    own = add_up(tool, [path for path in paths if pid_of(path) == pid])
    others = add_up(tool, [path for path in paths if pid_of(path) != pid])
    found = judge_status(tool, place)
    if expected.startswith("if scanned:") and own is None:
        return found
    expected = expected.removeprefix("if scanned:")
    own_part, _, child_part = expected.partition("; child:")
    if tool == "lsan":  # it writes nothing when it finds nothing
        own, others = own or {}, others or {}
    found += judge_sums(tool, parse(own_part), own)
    if child_part.strip() or others:
        found += ["child: " + one for one in judge_sums(tool, parse(child_part), others)]
    return found


def main():
    tool, listing, runs = sys.argv[1:]
    with open(listing, encoding="utf-8") as file:
        for line in file:
            program, case, expected, _ = line.rstrip("\n").split("\t")
            place = os.path.join(runs, f"{program}.{case}")
            expected = expected.removeprefix("; ") if expected == "; " else expected
            if SKIPPED in (first_line(place, "status"), first_line(place, "bare_status")):
                print(program, case, "skipped", first_line(place, "err"), sep="\t")
                continue
            found = judge_case(tool, place, expected)
            print(program, case, "wrong" if found else "right", "; ".join(found), sep="\t")


if __name__ == "__main__":
    main()
