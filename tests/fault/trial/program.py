# SPDX-License-Identifier: BSD-2-Clause
"""A program run to its end, with what it cost."""
import os
import resource
import signal
import subprocess
import threading

PROCESSOR = 60  # seconds; whoever needs more turns in a circle
WALL = 120


class Ended:
    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds


def run(words, env, scratch, input=None):
    """Its exit status (negative: a signal), what it said, and the seconds of a processor that it took."""
    out, err = scratch / "out", scratch / "err"
    with open(out, "wb") as o, open(err, "wb") as e:
        process = subprocess.Popen([str(word) for word in words], env=env, stdout=o, stderr=e, cwd=scratch,
                                   stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL)
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    watch = threading.Timer(WALL, process.send_signal, (signal.SIGABRT,))
    watch.start()
    try:
        if input is not None:
            try:
                process.stdin.write(input.encode())
                process.stdin.close()
            except BrokenPipeError:
                pass
        _, status, used = os.wait4(process.pid, 0)
    finally:
        watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(process.returncode, out.read_text(errors="replace"), err.read_text(errors="replace"),
                 used.ru_utime + used.ru_stime)
