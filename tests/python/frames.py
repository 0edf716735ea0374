# SPDX-License-Identifier: LGPL-2.1-or-later
"""A script that knows what its lines hold of numpy and pandas, of lists, dicts, slices and closures.

    frames.py EXPECTED.json

As truth.py; a third number beside bytes and blocks is the least size of the blocks that count: an
array or a frame comes with small objects that nobody asks for.
"""
import json
import os
import sys
import threading

try:
    import numpy
except ImportError:
    numpy = None
try:
    import pandas
except ImportError:
    pandas = None

COUNT = 5000
ROWS = 100000
LARGE = 16384  # so that a buffer is told from what stands around it
SMALL = 512
keep = {}
expected = {}


def room(name, count=COUNT):
    """A list that does not grow in the line that fills it."""
    keep[name] = held = [None] * count
    return held


def note(name, held, blocks_each=1):
    expected[name] = [sum(map(sys.getsizeof, held)), len(held) * blocks_each]


def note_buffers(name, *buffers):
    expected[name] = [sum(buffers), len(buffers), LARGE]


def warm():
    """What the interpreter has kept for later of small objects is used up first."""
    keep["warm"] = [[[] for _ in range(200)], [{"one": None} for _ in range(200)]]


def lists():
    held = room("lists")
    for i in range(COUNT):
        held[i] = [None] * (i % 100 + 1)  # lists
    note("lists", held, 2)


def tuples():
    held = room("tuples")
    for i in range(COUNT):
        held[i] = (held,) * 21  # tuples
    note("tuples", held)


def dicts():
    held = room("dicts")
    for i in range(COUNT):
        held[i] = {"one": None, "two": None}  # dicts
    note("dicts", held, 2)


def listed(count):
    """The list that a generator saves: all of it, held at once."""
    held = room("listed", count)
    held[:] = [bytes(i % 1000 + 520) for i in range(count)]  # listed
    note("listed", held)
    expected["listed"].append(SMALL)


def slices_of_bytes():
    whole = keep["whole"] = bytearray(300000)
    held = room("slices", 50)
    for i in range(50):
        held[i] = whole[i:20000 + i]  # slices
    note("slices", held, 2)
    views = room("views", 50)
    for i in range(50):
        views[i] = memoryview(whole)[i:20000 + i]  # views
    note_buffers("views")


def closure(size):
    captured = bytes(size)  # captured

    def inner():
        return captured

    return inner


def closures():
    held = room("closures")
    for i in range(COUNT):
        held[i] = closure(i + 600)
    note("captured", [f() for f in held])
    expected["captured"].append(SMALL)  # without the cells that hold them


def deep(held, depth):
    held[depth] = bytes(3000 + depth)  # recursion
    if depth:
        deep(held, depth - 1)


def recursion():
    held = room("recursion", 400)
    deep(held, 399)
    note("recursion", held)


def sized(array):
    return array.nbytes


def made_in_thread(held, i):
    held[i] = numpy.full(ROWS + i, 1.5)  # arrays in threads


def numpy_threads():
    held = room("arrays in threads", 4)
    threads = [threading.Thread(target=made_in_thread, args=(held, i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note_buffers("arrays in threads", *map(sized, held))


def numpy_slices():
    whole = keep["array"] = numpy.arange(ROWS, dtype="i8")  # array
    note_buffers("array", whole.nbytes)
    keep["view"] = whole[100:90000]  # view
    note_buffers("view")
    keep["copy"] = whole[100:90000].copy()  # copy
    note_buffers("copy", 89900 * 8)
    keep["picked"] = whole[whole % 2 == 0]  # picked
    note_buffers("picked", ROWS // 2 * 8)
    keep["reshaped"] = whole.reshape(100, -1).T  # reshaped
    note_buffers("reshaped")
    keep["sum"] = whole * 2 + whole  # sum
    note_buffers("sum", ROWS * 8)
    keep["stacked"] = numpy.concatenate([whole, whole, whole])  # stacked
    note_buffers("stacked", ROWS * 24)


def frame_bytes(frame):
    """Of the columns; an index that is a range has none."""
    return [block.values.nbytes for block in frame._mgr.blocks]


def pandas_frames():
    whole = numpy.arange(ROWS, dtype="i8")
    halves = whole * 0.5
    made = keep["made"] = pandas.DataFrame({"a": whole, "b": halves})  # made
    note_buffers("made", *frame_bytes(made))
    keep["column"] = made["a"]  # column
    note_buffers("column")
    keep["rows"] = made.iloc[10:50000]  # rows
    note_buffers("rows")
    copied = keep["copied"] = made.iloc[10:50000].copy()  # copied
    note_buffers("copied", *frame_bytes(copied))
    mask = (whole % 4 == 0)
    chosen = keep["chosen"] = made[mask]  # chosen
    # The range that was made's index is written out for it, and kept.
    note_buffers("chosen", *frame_bytes(chosen), chosen.index.nbytes, made.index.values.nbytes)
    small = keep["small"] = made.astype("f4")  # small
    note_buffers("small", *frame_bytes(small))
    made["c"] = halves + 1  # added
    note_buffers("added", ROWS * 8)
    both = keep["both"] = pandas.concat([made, made], ignore_index=True)  # both
    note_buffers("both", *frame_bytes(both))
    total = keep["total"] = made.groupby(whole % 10).sum()  # total
    note_buffers("total")


def pandas_texts():
    texts = room("texts", ROWS // 10)
    for i in range(len(texts)):
        texts[i] = "item number %d" % i  # texts
    note("texts", texts)
    column = keep["texts of pandas"] = pandas.Series(texts)  # column of texts
    note_buffers("column of texts", column.values.nbytes)


def main():
    works = [warm, lists, tuples, dicts, slices_of_bytes, closures, recursion]
    if numpy:
        works += [numpy_slices, numpy_threads]
    if pandas:
        works += [pandas_frames, pandas_texts]
    for work in works:
        work()
    listed(COUNT)
    lines = {}
    with open(__file__, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            name = line.rpartition("  # ")[2].strip() if "  # " in line else None
            if name in expected:
                lines["%s:%d" % (os.path.basename(__file__), number)] = expected.pop(name)
    if expected:
        sys.exit("no line for " + ", ".join(expected))
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(lines, out)
    os._exit(0)


main()
