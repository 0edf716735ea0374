# SPDX-License-Identifier: LGPL-2.1-or-later
"""What leak detectors wrote, read into one form: blocks by class and stack, for each process."""

import collections
import json
import os
import re
import xml.etree.ElementTree as xml

CLASSES = ("definite", "indirect", "possible", "reachable")

# frames: (module, function), from the innermost; None where it is not known
Record = collections.namedtuple("Record", "kind blocks bytes frames")


class Unscanned(Exception):
    """The process ended without a scan."""


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def read_tidemark(path):
    report = json.loads(text_of(path))
    if report["leaks"] is None:
        raise Unscanned
    modules = [os.path.basename(module["path"]) for module in report["modules"]]
    names = [
        (None if frame["module"] is None else modules[frame["module"]], frame["function"])
        for frame in report["frames"]
    ]
    for site in report["sites"]:
        frames = [names[number] for number in site["stack"]]
        for one in CLASSES:
            if site["leaks"][one]["blocks"]:
                yield Record(one, site["leaks"][one]["blocks"], site["leaks"][one]["bytes"], frames)
        # There may be less, of what was freed after the scan.
        missing = site["live_blocks"] - sum(site["leaks"][one]["blocks"] for one in CLASSES)
        if missing > 0:
            yield Record("unclassified", missing, 0, frames)


KINDS = {
    "Leak_DefinitelyLost": "definite",
    "Leak_IndirectlyLost": "indirect",
    "Leak_PossiblyLost": "possible",
    "Leak_StillReachable": "reachable",
}


def read_memcheck(path):
    text = text_of(path)
    if "<state>FINISHED</state>" not in text:  # killed, or gone on as another program
        raise Unscanned
    for error in xml.fromstring(text).iter("error"):
        kind = KINDS.get(error.findtext("kind"))
        if not kind:
            continue
        # "88 (8 direct, 80 indirect) bytes in 1 blocks are definitely lost"
        direct = re.search(r"\(([\d,]+) direct", error.findtext("xwhat/text"))
        size = direct.group(1).replace(",", "") if direct else error.findtext("xwhat/leakedbytes")
        frames = [
            (os.path.basename(frame.findtext("obj") or "") or None, frame.findtext("fn"))
            for frame in error.findall("stack/frame")
        ]
        yield Record(kind, int(error.findtext("xwhat/leakedblocks")), int(size), frames)


def read_lsan(path):
    text = text_of(path)
    if "LeakSanitizer has encountered a fatal error" in text:
        raise Unscanned
    for part in re.split(r"\n\s*\n", text):
        head = re.search(r"(Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object", part)
        if head:
            frames = [(None, name) for name in re.findall(r"^\s*#\d+ \w+ in (\S+)", part, re.M)]
            kind = "definite" if head.group(1) == "Direct" else "indirect"
            yield Record(kind, int(head.group(3)), int(head.group(2)), frames)


# How to read, and how the files are called that one run leaves.
READERS = {
    "tidemark": (read_tidemark, "*.json"),
    "memcheck": (read_memcheck, "*.xml"),
    "lsan": (read_lsan, "lsan.*"),
}


def pid_of(path):
    if path.endswith(".json"):
        text = text_of(path)
        return json.loads(text)["recording"]["pid"] if text.strip() else 0
    return int(re.search(r"(\d+)(\.xml)?$", path).group(1))
