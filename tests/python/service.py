# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that serves a thousand requests for each line it reads, and forgets to forget."""
import ctypes
import sys

tidemark = ctypes.CDLL(None)
sessions = {}
last = []


def handle(number):
    body = bytearray(20000)
    sessions.setdefault("user %d" % (number % 50), []).append(bytes(300))  # grows for ever
    last.append(bytes(1000))  # grows, and is emptied
    if len(last) == 500:
        last.clear()
    return len(body)


def serve():
    number = 0
    while sys.stdin.readline():
        for _ in range(1000):
            handle(number)
            number += 1
        if hasattr(tidemark, "tidemark_mark"):
            tidemark.tidemark_mark(b"served %d" % number)
        print("served", number, flush=True)


serve()
