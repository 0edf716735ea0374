# SPDX-License-Identifier: LGPL-2.1-or-later
"""A script that recording begins in the middle of, of one frame, so that its layer is judged late.

    begins.py TIDEMARK [before] [after]

Tracemalloc starts before or after the recording does; that is switched off and on as well.
"""
import os
import subprocess
import sys
import time
import tracemalloc


def ask(what):
    """It is served at an allocation of ours, so it must not be waited for without one."""
    alone = {name: os.environ[name] for name in os.environ if name != "LD_PRELOAD"}
    process = subprocess.Popen([sys.argv[1], what, str(os.getpid())], env=alone)
    while process.poll() is None:
        bytearray(1000)
        time.sleep(0.005)


unseen = [bytearray(1000) for i in range(1000)]
if "before" in sys.argv:
    tracemalloc.start()
time.sleep(0.3)
early = [bytearray(1000) for i in range(1000)]
if "after" in sys.argv:
    tracemalloc.start()
kept = [bytearray(1000) for i in range(2000)]  # kept
ask("off")
unseen += [bytearray(1000) for i in range(1000)]
ask("on")
again = [bytearray(1000) for i in range(2000)]  # again
if tracemalloc.is_tracing():
    tracemalloc.stop()
del unseen, early
os._exit(0)
