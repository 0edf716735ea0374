# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares tidemark ps with psutil: psutil_same.py TIDEMARK rest|moving|tree PID

A page shared with a process that comes or goes changes the PSS of a process at rest too, so
psutil is asked before and after: only where it agrees with itself must tidemark agree with it.
tidemark itself is such a process: the PSS of the libraries it has, too, may be off by their part."""
import json
import subprocess
import sys

import psutil

FULL = "rss vms shared text lib data dirty uss pss swap".split()
MAPS = ("rss size pss shared_clean shared_dirty private_clean private_dirty referenced "
        "anonymous swap").split()


def ask(tidemark, *args):
    out = subprocess.run([tidemark, "ps", "--format", "json", *args], check=True,
                         stdout=subprocess.PIPE).stdout
    return json.loads(out)


def sandwiched(theirs, ours):
    for _ in range(40):
        before, got, after = theirs(), ours(), theirs()
        if before == after:
            return before, got
    sys.exit("psutil never agreed with itself")


def differ(what, wanted, got):
    if wanted != got:
        print(f"{what}: psutil {wanted}, tidemark {got}")
        sys.exit(1)


def near(what, wanted, got, allowed):
    if abs(wanted - got) > allowed:
        sys.exit(f"{what}: psutil {wanted}, tidemark {got}")


def rest(tidemark, pid):
    p = psutil.Process(pid)

    def theirs():
        full = p.memory_full_info()._asdict()
        maps = {m.path: {k: getattr(m, k) for k in MAPS} for m in p.memory_maps(grouped=True)}
        return full, maps

    (full, maps), got = sandwiched(theirs, lambda: ask(tidemark, "--maps", str(pid)))
    process = got["processes"][0]
    for name in FULL:
        near(name, full[name], process[name], full["pss"] // 50 if name == "pss" else 0)
    differ("paths", set(maps), {m["path"] for m in process["maps"]})
    for m in process["maps"]:
        library = ".so" in m["path"] or m["path"].endswith("locale-archive")
        for k in MAPS:
            allowed = maps[m["path"]]["rss"] // 2 if k == "pss" and library else 0
            near(f"{m['path']} {k}", maps[m["path"]][k], m[k], allowed)
    percent = 100 * process["rss"] / got["machine_bytes"]
    assert abs(percent - p.memory_percent()) < 1e-6, (percent, p.memory_percent())
    print(len(FULL), len(maps))


def moving(tidemark, pid):
    p = psutil.Process(pid)
    worst = 0.0
    for _ in range(10):
        before = p.memory_full_info()
        got = ask(tidemark, str(pid))["processes"][0]
        after = p.memory_full_info()
        for name in ("rss", "uss", "pss"):
            low, high = sorted((getattr(before, name), getattr(after, name)))
            off = max(low - got[name], got[name] - high, 0) / high
            worst = max(worst, off)
            if off > 0.01:
                sys.exit(f"{name}: psutil {low} to {high}, tidemark {got[name]}")
    print(f"worst {worst:.4f}")


def tree(tidemark, pid):
    p = psutil.Process(pid)
    wanted = {c.pid: c.ppid() for c in [p] + p.children(recursive=True)}
    got = ask(tidemark, "--children", str(pid))["processes"]
    differ("tree", wanted, {g["pid"]: g["parent_pid"] for g in got})
    for g in got:
        for name in ("rss", "vms", "uss", "text", "data"):
            differ(f"{g['pid']} {name}", getattr(psutil.Process(g["pid"]).memory_full_info(), name),
                   g[name])
    print(len(got))


{"rest": rest, "moving": moving, "tree": tree}[sys.argv[2]](sys.argv[1], int(sys.argv[3]))
