# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares tidemark ps with psutil: psutil_same.py TIDEMARK rest|moving|tree PID

What is private and what is shared of a page of a library or a program is a matter of who else has it
just now, and other processes come and go, tidemark's own among them.  So psutil is asked before and
after, again and again: each number must be psutil's at some time when psutil agrees with itself."""
import json
import subprocess
import sys
import time

import psutil

FULL = "rss vms shared text lib data dirty uss pss swap".split()
MAPS = ("rss size pss shared_clean shared_dirty private_clean private_dirty referenced "
        "anonymous swap").split()
SECONDS = 60


def ask(tidemark, *args):
    out = subprocess.run([tidemark, "ps", "--format", "json", *args], check=True,
                         stdout=subprocess.PIPE).stdout
    return json.loads(out)


def agreed(theirs, ours, allowed):
    """Numbers by name, of both: compared until each has been the same, but for what is allowed."""
    left, last, until = None, {}, time.time() + SECONDS
    while time.time() < until:
        before, got, after = theirs(), ours(), theirs()
        left = set(before) | set(got) if left is None else left
        for name in sorted(left):
            if before.get(name) != after.get(name):
                continue
            last[name] = f"psutil {before.get(name)}, tidemark {got.get(name)}"
            if name not in before or name not in got:
                continue
            if abs(before[name] - got[name]) <= allowed(name, before):
                left.discard(name)
        if not left:
            return got
    sys.exit("\n".join(f"{name}: {last.get(name, 'psutil never agreed with itself')}"
                       for name in sorted(left)))


def named(what, values):
    return {f"{what} {key}": value for key, value in values.items()}


def rest(tidemark, pid):
    p = psutil.Process(pid)
    machine = []

    def theirs():
        numbers = {name: getattr(p.memory_full_info(), name) for name in FULL}
        for m in p.memory_maps(grouped=True):
            numbers.update(named(m.path, {k: getattr(m, k) for k in MAPS}))
        return numbers

    def ours():
        report = ask(tidemark, "--maps", str(pid))
        process = report["processes"][0]
        machine[:] = [process["rss"], report["machine_bytes"]]
        numbers = {name: process[name] for name in FULL}
        for m in process["maps"]:
            numbers.update(named(m["path"], {k: m[k] for k in MAPS}))
        return numbers

    def allowed(name, wanted):
        """tidemark has the same libraries for as long as it looks: their PSS is less then."""
        if name == "pss":
            return wanted["pss"] // 50
        path = name.rpartition(" ")[0]
        library = ".so" in path or path.endswith("locale-archive")
        return wanted[path + " rss"] // 2 if library and name.endswith(" pss") else 0

    got = agreed(theirs, ours, allowed)
    percent = 100 * machine[0] / machine[1]
    assert abs(percent - p.memory_percent()) < 1e-6, (percent, p.memory_percent())
    print(len(got))


def moving(tidemark, pid):
    p = psutil.Process(pid)
    worst = 0.0
    for _ in range(10):
        before = p.memory_full_info()
        got = ask(tidemark, str(pid))["processes"][0]
        after = p.memory_full_info()
        for name in ("rss", "uss", "pss"):
            low, high = sorted((getattr(before, name), getattr(after, name)))
            # What it shares may have been its own in between.
            share = 0 if name == "rss" else max(before.shared, after.shared)
            off = max(low - share - got[name], got[name] - high - share, 0) / high
            worst = max(worst, off)
            if off > 0.01:
                sys.exit(f"{name}: psutil {low} to {high}, tidemark {got[name]}")
    print(f"worst {worst:.4f}")


def tree(tidemark, pid):
    p = psutil.Process(pid)
    names = ("rss", "vms", "uss", "text", "data")

    def theirs():
        numbers = {}
        for c in [p] + p.children(recursive=True):
            full = c.memory_full_info()
            numbers.update(named(c.pid, {name: getattr(full, name) for name in names}))
            numbers[f"{c.pid} parent"] = c.ppid()
        return numbers

    def ours():
        numbers = {}
        for g in ask(tidemark, "--children", str(pid))["processes"]:
            numbers.update(named(g["pid"], {name: g[name] for name in names}))
            numbers[f"{g['pid']} parent"] = g["parent_pid"]
        return numbers

    print(len(agreed(theirs, ours, lambda name, wanted: 0)))


{"rest": rest, "moving": moving, "tree": tree}[sys.argv[2]](sys.argv[1], int(sys.argv[3]))
