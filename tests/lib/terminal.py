# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command on a terminal of its own and writes what it drew.

usage: terminal.py LINES COLUMNS SECONDS WHAT COMMAND...

After SECONDS, WHAT is typed, or sent when it is the name of a signal.  The last line written is
"ended STATUS", as waitpid() has it.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

lines, columns, seconds, what = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.2)  # until the size is set
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[5], sys.argv[5:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def read(until):
    drawn = b""
    while time.time() < until:
        if not select.select([fd], [], [], 0.05)[0]:
            continue
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        drawn += part
    return drawn


out = read(time.time() + seconds)
if what.startswith("SIG"):
    os.kill(pid, getattr(signal, what))
else:
    os.write(fd, what.encode())
out += read(time.time() + 10)
sys.stdout.buffer.write(out)
print("\nended", os.waitpid(pid, 0)[1])
