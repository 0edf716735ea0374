# SPDX-License-Identifier: LGPL-2.1-or-later
"""Threads, daemon threads and forks, and an end in the middle of it all.

    starts.py
"""
import os
import sys
import threading


def work():
    made = {}
    for i in range(300):
        made[i] = [bytes(i), str(i), (i, i)]
    return made


def work_on():
    while True:
        work()


def child(leave):
    work()
    leave(0)


def main():
    threads = [threading.Thread(target=work, daemon=i % 2 == 0) for i in range(4)]
    for thread in threads:
        thread.start()
    children = []
    for leave in (os._exit, sys.exit):
        pid = os.fork()
        if not pid:
            child(leave)
        children.append(pid)
    for pid in children:
        if os.waitpid(pid, 0)[1]:
            sys.exit("a child did not end well")
    # Still at work while the interpreter takes everything down.
    threading.Thread(target=work_on, daemon=True).start()
    print("done")


main()
