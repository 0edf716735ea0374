# SPDX-License-Identifier: LGPL-2.1-or-later
"""Are the Python stacks of a recording those that the program saw itself?

    stacks.py REPORT.json EXPECTED.json

Compares, for the buffers of mark(), calls and bytes of every stack.  Prints what differs.
"""
import collections
import json
import sys


def python_stack(report, site):
    frames = (report["frames"][i] for i in site["stack"])
    return tuple((f["function"].rsplit(".", 1)[-1], f["file"], f.get("line"))
                 for f in frames if f["python"])


def recorded(report):
    """The buffers: what most calls of mark() in the machine code's innermost function are."""
    found = {}
    sites = [(site, python_stack(report, site)) for site in report["sites"]
             if site["stack"] and site["total_bytes"] > 600 * site["calls"]]
    sites = [(site, stack) for site, stack in sites if stack and stack[0][0] == "mark"]
    calls = collections.Counter()
    for site, _ in sites:
        calls[site["stack"][0]] += site["calls"]
    innermost = calls.most_common(1)[0][0]
    for site, stack in sites:
        if site["stack"][0] != innermost:
            continue
        entry = found.setdefault(stack, [0, 0])
        entry[0] += site["calls"]
        entry[1] += site["total_bytes"]
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        found = recorded(json.load(source))
    with open(sys.argv[2], encoding="utf-8") as source:
        wanted = {tuple(map(tuple, stack)): counts for stack, counts in json.load(source)}
    line = next(iter(wanted))[0][2]
    found = {stack: counts for stack, counts in found.items() if stack[0][2] == line}
    missing = [s for s in wanted if found.get(s) != wanted[s]]
    surplus = [s for s in found if s not in wanted]
    paths = sum(counts[0] for counts in wanted.values())
    print("paths %d stacks %d missing %d surplus %d" %
          (paths, len(wanted), len(missing), len(surplus)))
    for stack in missing[:3]:
        print("wanted", wanted[stack], "got", found.get(stack), *stack, sep="\n    ")
    for stack in surplus[:3]:
        print("surplus", found[stack], *stack, sep="\n    ")
    return bool(missing or surplus)


sys.exit(main())
