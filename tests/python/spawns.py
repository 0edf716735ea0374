# SPDX-License-Identifier: LGPL-2.1-or-later
"""Threads of Python, each begun by another line; what each allocates tells which it is."""
import concurrent.futures
import os
import threading

try:
    import numpy
except ImportError:
    numpy = None

keep = []


def fill(size):
    keep.append(bytearray(size))


def by_class(size):
    thread = threading.Thread(target=fill, args=(size,))
    thread.start()  # 500000
    thread.join()


class Worker(threading.Thread):
    def run(self):
        fill(600000)
        by_class(500001)


def by_subclass():
    worker = Worker(daemon=True)
    worker.start()  # 600000
    worker.join()


def by_pool():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, [700000, 700001]))  # 700000


def within_numpy(size):
    keep.append(numpy.ones(size, dtype="u1"))


def by_numpy():
    thread = threading.Timer(0, within_numpy, (800000,))
    thread.start()  # 800000
    thread.join()


by_class(500000)
by_subclass()
by_pool()
if numpy:
    by_numpy()
os._exit(0)
