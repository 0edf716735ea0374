# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command on a terminal of its own and writes what it draws, as it comes.

usage: terminal.py LINES COLUMNS SEEN WHAT COMMAND...

When a line with SEEN, a regular expression, has been drawn, WHAT is typed, or sent when it is the name
of a signal.  The last line written is "ended STATUS", as waitpid() has it.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

MOST = 120  # seconds, for what hangs

lines, columns, seen, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[5], sys.argv[5:])


def parts(until):
    while time.time() < until:
        if not select.select([fd], [], [], 0.05)[0]:
            continue
        try:
            part = os.read(fd, 65536)
        except OSError:
            return
        if not part:
            return
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
        yield part


def is_seen(drawn):
    return re.search(seen, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn.decode("utf-8", "replace")))


drawn = b""
for part in parts(time.time() + MOST):
    drawn += part
    if is_seen(drawn):
        break
if what.startswith("SIG"):
    os.kill(pid, getattr(signal, what))
else:
    os.write(fd, what.encode())
for part in parts(time.time() + MOST):
    pass
print("\nended", os.waitpid(pid, 0)[1])
