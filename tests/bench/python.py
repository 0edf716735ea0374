# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small programs after those that memray is measured with.

    python.py                   their names
    python.py NAME [PERCENT]    one, of this size; a second or so in full
"""
import sys


class Variable:
    def __init__(self, value):
        self.value = value
        self.constraints = []


class Scale:
    def __init__(self, source, target, factor):
        self.source, self.target, self.factor = source, target, factor
        source.constraints.append(self)

    def execute(self):
        self.target.value = self.source.value * self.factor + 1


def deltablue():
    for _ in range(60):
        chain = [Variable(i) for i in range(300)]
        plan = [Scale(a, b, 3) for a, b in zip(chain, chain[1:])]
        for value in range(10):
            chain[0].value = value
            for constraint in plan:
                constraint.execute()


def json_text():
    import json
    data = {"k%d" % i: [i, i * 1.5, "text %d" % i, None, {"a": i}] for i in range(500)}
    for _ in range(40):
        json.loads(json.dumps(data))


def pickled():
    import pickle
    data = [(i, str(i), {"x": i}) for i in range(2000)]
    for _ in range(60):
        pickle.loads(pickle.dumps(data))


def regex():
    import re
    text = "the quick brown fox 123 jumps over 456 lazy dogs; " * 400
    for _ in range(25):
        re.findall(r"[a-z]+ (\d+)", text)
        re.sub(r"(\w+)s", r"\1", text)


def nbody():
    bodies = [[float(i), i * 2.0, i * 3.0, 0.1, 0.2, 0.3] for i in range(1, 6)]
    for _ in range(4000):
        for i, a in enumerate(bodies):
            for b in bodies[i + 1:]:
                dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
                mag = 0.01 / (dx * dx + dy * dy + dz * dz + 0.1) ** 1.5
                a[3] -= dx * mag
                b[3] += dx * mag


def async_tree():
    import asyncio

    async def node(depth):
        if depth:
            await asyncio.gather(*(node(depth - 1) for _ in range(5)))

    asyncio.run(node(5))


def dicts():
    for _ in range(30):
        d = {i: (i, str(i)) for i in range(5000)}
        for i in range(0, 5000, 2):
            del d[i]


def text():
    for _ in range(60):
        parts = ["item %d" % i for i in range(3000)]
        joined = ",".join(parts)
        joined.encode().split(b",")


def arrays():
    import numpy
    for _ in range(300):
        a = numpy.arange(20000.0)
        b = (a * 2 + 1)[::2].copy()
        b.sort()


def groups():
    import numpy
    import pandas
    n = 50000
    frame = pandas.DataFrame({"key": numpy.arange(n) % 97, "name": ["n%d" % (i % 31) for i in range(n)],
                              "value": numpy.arange(n) * 0.5})
    for _ in range(3):
        frame.groupby(["key", "name"]).agg({"value": ["mean", "sum"]})
        frame.groupby("name")["value"].apply(lambda values: values.max() - values.min())


def fannkuch():
    def run(n):
        count, perm = list(range(n)), list(range(n))
        flips = 0
        for _ in range(6000):
            p = perm[:]
            while p[0]:
                k = p[0] + 1
                p[:k] = p[:k][::-1]
                flips += 1
            for r in range(1, n):
                perm.insert(r, perm.pop(0))
                count[r] -= 1
                if count[r] > 0:
                    break
                count[r] = r + 1
        return flips

    run(8)


# How often each is done
WORKS = {deltablue: 45, json_text: 55, pickled: 30, regex: 35, nbody: 120, async_tree: 65, dicts: 70,
         text: 80, fannkuch: 240, arrays: 45, groups: 20}

if len(sys.argv) < 2:
    print(*(work.__name__ for work in WORKS))
else:
    for work, times in WORKS.items():
        if work.__name__ == sys.argv[1]:
            for _ in range(times * int((sys.argv + ["100"])[2]) // 100):
                work()
