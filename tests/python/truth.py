# SPDX-License-Identifier: LGPL-2.1-or-later
"""A script that knows what each of its lines holds.

    truth.py EXPECTED.json

Lines are marked with "# NAME"; what is expected of one is in bytes and blocks, live at the end;
null where that cannot be said.  Ends without letting go of anything.
"""
import json
import os
import sys
import threading

try:
    import numpy
except ImportError:
    numpy = None

COUNT = 5000
keep = {}
expected = {}


class Slots:
    __slots__ = ("one", "two")


class Child(Slots):
    __slots__ = ("three",)


def note(name, held, blocks_each=1):
    expected[name] = [sum(map(sys.getsizeof, held)), len(held) * blocks_each]


def room(name):
    """A list that does not grow in the line that fills it."""
    keep[name] = held = [None] * COUNT
    return held


def slots():
    held = room("slots")
    for i in range(COUNT):
        held[i] = Slots()  # slots
    note("slots", held)


def children():
    held = room("children")
    for i in range(COUNT):
        held[i] = Child()  # children
    note("children", held)


def small_bytes():
    held = room("bytes")
    for i in range(COUNT):
        held[i] = bytes(i % 400 + 2)  # bytes
    note("bytes", held)


def large_bytes():
    held = room("large")
    for i in range(COUNT):
        held[i] = bytes(i % 3000 + 600)  # large
    note("large", held)


def buffers():
    held = room("buffers")
    for i in range(COUNT):
        held[i] = bytearray(i + 600)  # buffers
    note("buffers", held, 2)


def text():
    held = room("text")
    for i in range(COUNT):
        held[i] = "item %d of them" % i  # text
    note("text", held)


def wide_text():
    held = room("wide")
    for i in range(COUNT):
        held[i] = "\u20ac" * (i % 50 + 2)  # wide
    note("wide", held)


def sets():
    held = room("sets")
    for i in range(COUNT):
        held[i] = {"a"}  # sets
    note("sets", held)


def called(held, i):
    if i % 2:
        return called(held, i - 1)
    held[i] = bytes(1000)  # called
    return None


def calls():
    held = room("called")
    for i in range(0, COUNT, 1):
        called(held, i)
    note("called", [b for b in held if b])


def twice():
    """The same line, over and over: all but the last of each are gone."""
    held = room("twice")
    for _ in range(3):
        for i in range(COUNT):
            held[i] = bytes(700)  # twice
    note("twice", held)


def generated():
    """Nothing is held of what a generator gives out one by one."""
    total = sum(len(bytes(i % 1000 + 520)) for i in range(COUNT))  # generated
    # A generator's frame stays with its code until 3.10.
    expected["generated"] = [0, 0] if sys.version_info >= (3, 11) else None
    return total


def grown():
    held = keep["grown"] = []
    for i in range(COUNT):
        held.append(None)  # grown
    expected["grown"] = [sys.getsizeof(held) - sys.getsizeof([]), 1]


def in_thread(number):
    held = room("thread %d" % number)
    for i in range(COUNT):
        held[i] = bytes(number * 100 + 50)  # thread


def in_threads():
    threads = [threading.Thread(target=in_thread, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note("thread", [b for i in range(4) for b in keep["thread %d" % i]])


def executed():
    scope = {"keep": room("executed"), "COUNT": COUNT}
    # The first round is not the interpreter's last word on how to run it.
    text = "for r in range(2000):\n  c = bytes(640)\nfor i in range(COUNT):\n  keep[i] = c[:639]\n"
    exec(compile(text, "made up", "exec"), scope)
    note("made up:4", scope["keep"])


def arrays():
    # Small blocks that numpy keeps for later are used up first.
    keep["warm"] = [numpy.empty(1) for _ in range(50)]
    held = keep["arrays"] = [None] * 50
    for i in range(50):
        held[i] = numpy.empty(10000 + i)  # arrays
    expected["arrays"] = [sum(map(sys.getsizeof, held)), None]


def main():
    works = [slots, children, small_bytes, large_bytes, buffers, text, wide_text, sets, calls, twice,
             generated, grown, in_threads, executed]
    if numpy:
        works.append(arrays)
    for work in works:
        work()
    lines = {}
    with open(__file__, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            name = line.rpartition("  # ")[2].strip() if "  # " in line else None
            if name in expected:
                lines["%s:%d" % (os.path.basename(__file__), number)] = expected.pop(name)
    lines.update(expected)
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(lines, out)
    os._exit(0)


main()
