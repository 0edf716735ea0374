#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what tidemark and Memcheck have found lost in the same program, site by site.

usage: sites.py PROGRAM TIDEMARK MEMCHECK

PROGRAM   the name of the file whose processes are looked at; others in the directories are left out
TIDEMARK  a directory with reports of tidemark, *.json
MEMCHECK  a directory with reports of Memcheck, *.xml

Prints a line for each site where one of them has a block as definite: the verdict (same, missing when
tidemark does not have it as definite or indirect, extra when Memcheck has it as reachable or not at
all, stronger when as possible), Memcheck's blocks and bytes, tidemark's, and the innermost functions.  Names are compared where both have one; a stripped
program has its file's name only.
"""

import glob
import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as xml

from tools import Unscanned, read_memcheck, read_tidemark, text_of

DEPTH = 4
ALLOCATORS = re.compile(
    r"(malloc|calloc|realloc|reallocarray|memalign|aligned_alloc|posix_memalign|valloc|free"
    r"|operator new.*)$"
)
PRELOADED = re.compile(r"vgpreload_|libtidemark")


def plain(function):
    """A name as both tools may have it: no version, no clone's number, no arguments."""
    if function is None:
        return None
    function = re.sub(r"@.*|\[clone .*|\.(constprop|part|isra|cold)\.\d+|\(.*", "", function)
    return function.strip() or None


def key_of(record):
    frames = [(module, plain(function)) for module, function in record.frames]
    while frames and (
        PRELOADED.match(frames[0][0] or "") or ALLOCATORS.match(frames[0][1] or "")
    ):
        frames.pop(0)
    return tuple(frames[:DEPTH])


def alike(one, other):
    """As far as both go: Memcheck ends a stack at main."""
    if not one or not other:
        return False
    return all(
        a[0] == b[0] and (a[1] is None or b[1] is None or a[1] == b[1]) for a, b in zip(one, other)
    )


def is_about(path, program):
    if path.endswith(".json"):
        name = json.loads(text_of(path))["recording"]["program"]
    else:  # as it was called, which may be by a link's name
        name = xml.fromstring(text_of(path)).findtext("args/argv/exe") or ""
        name = os.path.realpath(shutil.which(name) or name)
    return os.path.basename(name) == program


def lost_in(paths, read, program):
    """{key: {kind: [blocks, bytes]}} of all processes of that name; None without one scanned."""
    sites = {}
    scanned = 0
    for path in paths:
        try:
            if not is_about(path, program):
                continue
            for record in read(path):
                one = sites.setdefault(key_of(record), {}).setdefault(record.kind, [0, 0])
                one[0] += record.blocks
                one[1] += record.bytes
            scanned += 1
        except (Unscanned, ValueError, xml.ParseError):
            pass
    return sites if scanned else None


def described(kinds):
    return " + ".join(f"{n} {kind} of {size}" for kind, (n, size) in sorted(kinds.items())) or "none"


def name_of(key):
    return " < ".join(function or f"({module})" for module, function in key)


def merged(sites, key):
    """What the other tool has under all names that may be this one."""
    kinds = {}
    for other, one in sites.items():
        if alike(key, other):
            for kind, (blocks, size) in one.items():
                total = kinds.setdefault(kind, [0, 0])
                total[0] += blocks
                total[1] += size
    return kinds


def main():
    program, own, theirs = sys.argv[1:]
    tidemark = lost_in(glob.glob(os.path.join(own, "*.json")), read_tidemark, program)
    memcheck = lost_in(glob.glob(os.path.join(theirs, "*.xml")), read_memcheck, program)
    if tidemark is None or memcheck is None:
        print("unscanned", "tidemark" if tidemark is None else "memcheck", sep="\t")
        return
    for key, kinds in memcheck.items():
        if "definite" in kinds:
            found = merged(tidemark, key)
            verdict = "same" if {"definite", "indirect"} & set(found) else "missing"
            print(verdict, described(kinds), described(found), name_of(key), sep="\t")
    for key, kinds in tidemark.items():
        found = merged(memcheck, key)
        if "definite" in kinds and not {"definite", "indirect"} & set(found):
            verdict = "stronger" if "possible" in found else "extra"
            print(verdict, described(found), described(kinds), name_of(key), sep="\t")


if __name__ == "__main__":
    main()
