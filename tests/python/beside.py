# SPDX-License-Identifier: LGPL-2.1-or-later
"""What memory_profiler says of a script, beside what a recording says, and what either takes.

    beside.py TIDEMARK LIBRARY COUNT FASTER [SCRIPT...]

Runs each script alone, under memory_profiler, where its function work() has @profile, and recorded.
Prints a table in Markdown.  Fails where other lines hold most, or where recording is not so many
times as fast.  Times are the processor's, so that a busy machine counts for little.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = ("rows", "texts", "cache", "arrays", "frames")
MIB = float(1 << 20)
LISTED = 3
# As if there were no @profile.
PLAIN = ("import builtins, runpy, sys; builtins.profile = lambda f: f; "
         "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')")


def timed(command, **environment):
    """What it prints, and the seconds of processor that it took."""
    before = os.times()
    done = subprocess.run(command, env=dict(os.environ, **environment), check=True,
                          stdout=subprocess.PIPE, universal_newlines=True)
    after = os.times()
    return done.stdout, (after.children_user + after.children_system -
                         before.children_user - before.children_system)


def largest_first(lines):
    return sorted(lines, key=lambda line: -line[1])[:LISTED]


def by_memory_profiler(script, count):
    """Lines with what the process grew by at them, in bytes; the first is the function's own."""
    said, seconds = timed([sys.executable, "-m", "memory_profiler", script, count])
    row = re.compile(r" *(\d+) +[\d.]+ MiB +(-?[\d.]+) MiB +\d+ ")
    lines = [(int(m.group(1)), float(m.group(2)) * MIB) for m in map(row.match, said.split("\n")) if m]
    return largest_first(lines[1:]), seconds


def by_recording(tidemark, library, script, count):
    """Lines with what they held at the peak; of calls, what those held."""
    with tempfile.TemporaryDirectory() as place:
        file = os.path.join(place, "recording.tide")
        seconds = timed([sys.executable, "-c", PLAIN, script, count], LD_PRELOAD=library,
                        TIDEMARK_OUTPUT=file, TIDEMARK_CHILDREN="0")[1]
        report = json.loads(timed([tidemark, "report", "--no-symbols", "--format", "json", "--limit",
                                   "4294967295", file])[0])
    lines = {}
    for site in report["sites"]:
        for frame in (report["frames"][number] for number in site["stack"]):
            if frame["python"] and frame["function"] == "work":
                lines[frame["line"]] = lines.get(frame["line"], 0) + site["at_peak_bytes"]
                break
    return largest_first(lines.items()), seconds


def least(runs):
    """Of several runs of one thing the quickest."""
    return min(runs, key=lambda run: run[1])


def cell(lines):
    return ", ".join("%d: %.1f" % (number, size / MIB) for number, size in lines if size >= MIB)


def main():
    tidemark, library, count, faster = sys.argv[1:5]
    wrong = 0
    print("| script | memory_profiler, line: MiB | tidemark, line: MiB | same on top "
          "| alone | @profile | recorded | times as fast |")
    print("|---|---|---|---|---:|---:|---:|---:|")
    for name in sys.argv[5:] or SCRIPTS:
        script = os.path.join(HERE, "beside", name + ".py")
        alone = least([timed([sys.executable, "-c", PLAIN, script, count]) for _ in range(2)])[1]
        wanted, slow = by_memory_profiler(script, count)
        found, quick = least([by_recording(tidemark, library, script, count) for _ in range(2)])
        same = wanted[0][0] == found[0][0]
        print("| %s | %s | %s | %s | %.2f s | %.2f s | %.2f s | %.0f |" %
              (name, cell(wanted), cell(found), "yes" if same else "NO", alone, slow, quick,
               slow / quick), flush=True)
        wrong += not same or slow < float(faster) * quick
    return wrong > 0


sys.exit(main())
