# SPDX-License-Identifier: BSD-2-Clause
"""The page that the interposer (interpose.c) shares with us: what a program has called, and which call is to fail."""
import errno
import functools
import mmap
import os
import re
import struct
import subprocess

from harness import BUILD

STACK, SITES = 832, 65536
TRACING = STACK + 24 * 104
SIZE = TRACING + 8 + 8 * SITES
ONCE, FROM_THEN_ON, HALF = range(3)
HOW = ("once", "from then on", "by half")
YEARS = 10 * 365 * 86400

# What each kind of call fails with, and how, as the systems that we know of do it. Of clocks: the seconds that it is off.
WAYS = {
    "open": [(errno.EMFILE, ONCE), (errno.EIO, FROM_THEN_ON)],
    "read": [(errno.EIO, ONCE), (errno.EIO, FROM_THEN_ON)],
    "write": [(errno.ENOSPC, ONCE), (errno.ENOSPC, FROM_THEN_ON), (0, HALF)],
    "sync": [(errno.EIO, ONCE), (errno.EIO, FROM_THEN_ON)],
    "truncate": [(errno.EIO, ONCE)],
    "rename": [(errno.EIO, ONCE)],
    "unlink": [(errno.EACCES, ONCE)],
    "stat": [(errno.EACCES, ONCE), (errno.EIO, FROM_THEN_ON)],
    "lock": [(errno.ENOLCK, ONCE), (errno.EIO, FROM_THEN_ON)],
    "owner": [(errno.EPERM, ONCE)],
    "map": [(errno.ENOMEM, ONCE), (errno.ENOMEM, FROM_THEN_ON)],
    "memory": [(errno.ENOMEM, ONCE), (errno.ENOMEM, FROM_THEN_ON)],
    "send": [(errno.ENOBUFS, ONCE), (errno.EPERM, ONCE)],
    "receive": [(errno.EINTR, ONCE), (errno.ECONNRESET, ONCE)],
    "accept": [(errno.ECONNABORTED, ONCE), (errno.EMFILE, FROM_THEN_ON)],
    "socket": [(errno.EMFILE, ONCE)],
    "bind": [(errno.EADDRINUSE, ONCE)],
    "connect": [(errno.ECONNREFUSED, ONCE)],
    "wait": [(errno.EINTR, ONCE)],
    "watch": [(errno.ENOMEM, ONCE)],
    "thread": [(errno.EAGAIN, ONCE), (errno.EAGAIN, FROM_THEN_ON)],
    "clock": [(YEARS, ONCE), (-YEARS, ONCE)],
    "random": [(errno.EIO, ONCE)],
}


class Point:
    """The k-th call of a kind, and how it fails."""

    def __init__(self, kind, k, error, how):
        self.kind, self.k, self.error, self.how = kind, k, error, how

    def __str__(self):
        if self.kind == "clock":
            return f"clock {self.k} off by {self.error} s"
        name = errno.errorcode.get(self.error, "short")
        return f"{self.kind} {self.k} {name} {HOW[self.how]}"


class Page:
    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.truncate(SIZE)
        self.fd = os.open(path, os.O_RDWR)
        self.map = mmap.mmap(self.fd, SIZE)

    def environment(self):
        """For a program that is to be counted; a sanitizer's library stands behind ours."""
        options = os.environ.get("ASAN_OPTIONS", "detect_leaks=1")
        return {**os.environ, "LD_PRELOAD": str(BUILD / "tests/fault/interpose.so"), "FAULT_PAGE": str(self.path),
                "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0:allocator_may_return_null=1"}

    def kinds(self):
        return [self.map[i * 16:i * 16 + 16].rstrip(b"\0").decode() for i in range(32)]

    def counts(self):
        """Calls so far, by kind."""
        numbers = struct.unpack_from("32q", self.map, 512)
        return {kind: number for kind, number in zip(self.kinds(), numbers) if kind}

    def forget(self):
        """As if nothing had been called."""
        self.disarm()
        self.map[512:SIZE] = bytes(SIZE - 512)

    def trace(self, on):
        """Notes who asks for memory, or no longer."""
        struct.pack_into("i", self.map, TRACING, on)

    def sites(self):
        """Of each call for memory so far, who called."""
        return struct.unpack_from(f"{min(self.counts()['memory'], SITES)}Q", self.map, TRACING + 8)

    def arm(self, point):
        """From now on, the point's k-th call of its kind fails."""
        self.disarm()
        struct.pack_into("3i", self.map, 772, point.how, point.error, 0)
        struct.pack_into("2q", self.map, 784, point.k, 0)
        self.map[800:TRACING] = bytes(TRACING - 800)
        struct.pack_into("i", self.map, 768, NUMBERS[point.kind] + 1)

    def disarm(self):
        struct.pack_into("i", self.map, 768, 0)

    def struck(self):
        """How many calls failed."""
        return struct.unpack_from("q", self.map, 792)[0]

    def where(self):
        """The call that failed, and who called, innermost first: (LIBRARY, OFFSET)."""
        depth, = struct.unpack_from("i", self.map, 780)
        texts = [self.map[STACK + i * 104:STACK + 104 + i * 104].split(b"\0")[0].decode() for i in range(depth)]
        return [tuple(text.rsplit("+", 1)) for text in texts if "+" in text]  # it may be being written

    def call(self):
        return self.map[800:832].split(b"\0")[0].decode()

    def close(self):
        self.map.close()
        os.close(self.fd)
        os.unlink(self.path)


NUMBERS = {kind: number for number, kind in enumerate(WAYS)}  # in the order of interpose.c's enum kind


@functools.lru_cache(maxsize=None)
def _line(program, offset):
    path = BUILD / program
    if not path.exists():
        return program
    done = subprocess.run(["addr2line", "-f", "-s", "-e", path, offset], stdout=subprocess.PIPE, text=True)
    function, line = (done.stdout.split("\n") + ["?", "?"])[:2]
    return f"{function} ({re.sub(' .*', '', line)})"


def ours(page):
    """The stack in words, as far as it is ours; else the library's name."""
    return [_line(*frame) for frame in page.where()]


def fell_elsewhere(page):
    """Whether memory was wanting where others' libraries cannot go on, all before anything is served or done. OpenSSL 3.0 sets
    itself up once, goes on without the locks that it could not make, and crashes at the first; libseccomp 2.5 writes where it
    got no room."""
    libraries = [library.split(".")[0] for library, _ in page.where()]
    if "libseccomp" in libraries[:1]:
        return True
    return "libcrypto" in libraries[:2] and any(libraries[i:i + 3] == ["libcrypto", "libc", "libcrypto"]
                                                for i in range(len(libraries)))


def describe(page):
    return f"{page.call()} < " + " < ".join(ours(page)[:8])
