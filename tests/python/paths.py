# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random call paths, by every way that Python knows to call something.

    paths.py COUNT SEED THREADS EXPECTED.json

At the end of each path an object with a buffer of a random size is made.  What sys._getframe says
of the stack there is written down, with the blocks and bytes of each stack; stacks.py compares that with the
recording.
"""
import ctypes
import functools
import json
import random
import re
import sys
import threading
import weakref

try:
    import numpy
except ImportError:
    numpy = None

lock = threading.Lock()
expected = {}
MARK = "bytearray(size)"
local = threading.local()


def mark():
    size = local.random.randrange(600, 5000)
    stack = []
    frame = sys._getframe()
    while frame:
        code = frame.f_code
        stack.append((code.co_name, code.co_filename, frame.f_lineno))
        frame = frame.f_back
    stack[0] = (stack[0][0], stack[0][1], mark_line)
    with lock:
        entry = expected.setdefault(tuple(stack), [0, 0])
        entry[0] += 1
        entry[1] += size + 1  # the buffer ends with a NUL
    bytearray(size)


def find_mark():
    with open(__file__, encoding="utf-8") as source:
        for number, text in enumerate(source, 1):
            if text.strip() == MARK:
                return number


mark_line = find_mark()


def go(depth):
    if depth <= 0:
        return mark()
    return local.random.choice(ways)(depth - 1)


def plain(depth):
    go(depth)


def over_lines(depth):
    return (
        0,
        go(
            depth
        ),
    )


def recursion(depth, more=3):
    if more:
        return recursion(depth, more - 1)
    return go(depth)


def comprehension(depth):
    return [go(depth) for _ in range(1)]


def dict_comprehension(depth):
    return {_: go(depth) for _ in range(1)}


def generator_expression(depth):
    return list(go(depth) for _ in range(2))


def by_lambda(depth):
    return (lambda d: go(d))(depth)


def yields(depth):
    yield 1
    go(depth)
    yield 2


def generator(depth):
    for _ in yields(depth):
        pass


def delegates(depth):
    yield from yields(depth)


def delegation(depth):
    return sum(delegates(depth))


def thrown_into(depth):
    def body():
        try:
            yield
        except KeyError:
            go(depth)
            yield

    g = body()
    next(g)
    g.throw(KeyError("x"))


async def awaited(depth):
    go(depth)


async def waits(depth):
    await awaited(depth)


def coroutine(depth):
    try:
        waits(depth).send(None)
    except StopIteration:
        pass


class Thing:
    def __init__(self, depth=None):
        self.depth = depth

    def method(self, depth):
        go(depth)

    @property
    def attribute(self):
        go(self.depth)

    def __getattr__(self, name):
        if name == "missing":
            go(self.depth)
        return None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        go(self.depth)

    def __lt__(self, other):
        go(self.depth)
        return True

    def __add__(self, other):
        go(self.depth)
        return 0

    def __call__(self, depth):
        go(depth)

    @staticmethod
    def static(depth):
        go(depth)

    @classmethod
    def of_class(cls, depth):
        go(depth)


class Dying:
    def __init__(self, depth):
        self.depth = depth

    def __del__(self):
        if self.depth is not None:
            go(self.depth)


def method(depth):
    Thing().method(depth)


def attribute(depth):
    return Thing(depth).attribute


def missing(depth):
    return Thing(depth).missing


def context(depth):
    with Thing(depth):
        pass


def operator(depth):
    return Thing(depth) + 1


def called(depth):
    Thing()(depth)


def static(depth):
    Thing.static(depth)


def of_class(depth):
    Thing.of_class(depth)


def finalizer(depth):
    Dying(depth)


def weak(depth):
    thing = Thing()
    ref = weakref.ref(thing, lambda _: go(depth))
    del thing
    return ref


def sort_key(depth):
    sorted([1], key=lambda _: go(depth) or 0)


def comparison(depth):
    sorted([Thing(0), Thing(depth)])


def mapped(depth):
    list(map(go, [depth]))


def partial(depth):
    functools.partial(go, depth)()


def reduced(depth):
    functools.reduce(lambda a, b: go(depth), [1, 2])


def substituted(depth):
    def found(match):
        go(depth)
        return ""

    re.sub("x", found, "axb")


callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)


def through_c(depth):
    def back(d):
        go(d)
        return 0

    callback_type(back)(depth)


compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int),
                                ctypes.POINTER(ctypes.c_int))
qsort = ctypes.CDLL(None).qsort
qsort.restype = None


def through_qsort(depth):
    values = (ctypes.c_int * 2)(2, 1)

    def compare(a, b):
        go(depth)
        return a[0] - b[0]

    qsort(values, 2, ctypes.sizeof(ctypes.c_int), compare_type(compare))


def handled(depth):
    try:
        raise ValueError("x")
    except ValueError:
        go(depth)


def at_last(depth):
    try:
        return 1
    finally:
        go(depth)


def executed(depth):
    text = "\n" * local.random.randrange(3) + "go(depth)\n"
    exec(compile(text, "<made %d>" % local.random.randrange(50), "exec"),
         {"go": go, "depth": depth})


def evaluated(depth):
    eval("go(depth)", {"go": go, "depth": depth})


def defined(depth):
    scope = {"go": go}
    name = "f%d" % local.random.randrange(30)
    exec("def %s(d):\n%s    go(d)\n" % (name, "\n" * local.random.randrange(4)), scope)
    scope[name](depth)


def body_of_class(depth):
    class Body:
        go(depth)

    return Body


def loops(depth):
    for _ in range(2):
        while True:
            go(depth - 1)
            break


def decorated(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)

    return wrapper


@decorated
def inner(depth):
    go(depth)


@functools.lru_cache(maxsize=1)
def cached(depth, token):
    go(depth)


def lru(depth):
    cached(depth, object())


def ufunc(depth):
    numpy.frompyfunc(lambda d: go(depth) or 0, 1, 1)(numpy.zeros(1))


ways = [plain, over_lines, recursion, comprehension, dict_comprehension, generator_expression,
        by_lambda, generator, delegation, thrown_into, coroutine, method, attribute, missing,
        context, operator, called, static, of_class, finalizer, weak, sort_key, comparison, mapped,
        partial, reduced, substituted, through_c, through_qsort, handled, at_last, executed,
        evaluated, defined, body_of_class, loops, inner, lru]
if numpy:
    ways.append(ufunc)


def walk_paths(count, seed):
    local.random = random.Random(seed)
    for _ in range(count):
        go(local.random.randrange(0, 9))


def main():
    count, seed, threads = map(int, sys.argv[1:4])
    others = [threading.Thread(target=walk_paths, args=(count // threads, seed + 1 + i))
              for i in range(threads - 1)]
    for thread in others:
        thread.start()
    walk_paths(count // threads, seed)
    for thread in others:
        thread.join()
    with open(sys.argv[4], "w", encoding="utf-8") as out:
        json.dump([[stack, counts] for stack, counts in expected.items()], out)


main()
