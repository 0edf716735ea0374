# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Wastes memory in one way, or does the same work without: wastes.py KIND bad|good.  For advice.sh.

import sys
import time

MIB = 1 << 20


def copy_bytes(bad):
    data = bytes(8 * MIB)
    part = bytes(memoryview(data)) if bad else memoryview(data)
    return len(part)


def copy_list(bad):
    values = [1] * (2 * MIB)
    return sum(values[:]) if bad else sum(values)


def copy_array(bad):
    import numpy
    a = numpy.ones(MIB)
    b = a.copy() if bad else a[:]
    return b[0]


def growth(bad):
    # The growing text is hidden from the interpreter's own trick for a name of one's own.
    parts = []
    text = ""
    for i in range(60000):
        if bad:
            text += "twenty characters ..."
        else:
            parts.append("twenty characters ...")
    return text or "".join(parts)


def churn_array(bad):
    import numpy
    a = numpy.ones(MIB // 8)
    into = numpy.empty_like(a)
    total = 0
    for i in range(400):
        b = a * 2 if bad else numpy.multiply(a, 2, out=into)
        total += b[0]
        del b
    return total


def held(bad):
    time.sleep(0.02)
    data = bytearray(8 * MIB)
    total = data[5]
    time.sleep(0.6)
    if not bad:
        del data
    result = bytearray(16 * MIB)
    time.sleep(0.6)
    total += result[5]
    if bad:
        sys.modules["wastes_keeps"] = data
    del result
    time.sleep(0.6)
    return total


def untouched(bad):
    import numpy
    a = numpy.zeros(4 * MIB)
    if bad:
        a[:1000] = 1
    else:
        a[:] = 1
    return a[5]


cache = {}


def grows(bad):
    for i in range(240):
        cache[i] = bytes([i % 250]) * (32 << 10)
        if not bad and i >= 40:
            del cache[i - 40]
        time.sleep(0.012)


globals()[sys.argv[1]](sys.argv[2] == "bad")
