# SPDX-License-Identifier: BSD-2-Clause
"""What rides on the doorbell is answered at once; the registry stays the truth."""
import signal
import socket
import sqlite3
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import World, eventually

FORM = 0x77730003


@pytest.fixture
def world():
    here = World()
    here.init()
    here.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    here.account("demo", "*.kites.test", "--allow-private")
    for name in "ab":
        here.windsock("host", "add", f"{name}.kites.test", "--account", "demo", "--address", "192.0.2.1")
    here.start_dnsd()
    yield here
    here.close()


def host(name, addresses, ttl=60, secret=b""):
    name, addresses = name.encode() + b"\0", addresses.encode() + b"\0"
    return struct.pack("=qHHHxx", ttl, len(name), len(addresses), len(secret)) + name + addresses + secret


def ring(world, begin, revision, more=b"", form=FORM):
    """The revision that is served afterwards."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.bind("")
        bell.settimeout(5)
        bell.sendto(struct.pack("=IIqq272x", form, 0, revision, begin) + more, f"{world.registry}.dnsd")
        return struct.unpack_from("=IIq", bell.recv(4096))[2]


def revision(world):
    with sqlite3.connect(world.registry) as sql:
        return sql.execute("SELECT max(id) FROM change").fetchone()[0]


def test_what_is_said_is_answered_and_the_registry_is_the_truth(world):
    now = revision(world)
    assert ring(world, now, now + 1, host("a.kites.test", "192.0.2.9", 7)) == now + 1
    assert world.answers("a.kites.test", "A") == ["192.0.2.9"]
    assert world.answers("b.kites.test", "A") == ["192.0.2.1"]
    world.dnsd.signal(signal.SIGHUP)  # nobody wrote it
    assert eventually(lambda: world.answers("a.kites.test", "A") == ["192.0.2.1"])


@pytest.mark.parametrize("begin, more, count", [
    (-1, host("a.kites.test", "192.0.2.9"), 1),                              # before where we stand
    (1, host("a.kites.test", "192.0.2.9"), 1),                               # after it
    (0, host("a.kites.test", "192.0.2.9"), 2),                               # there is more than what is said
    (0, host("a.kites.test", "192.0.2.1") + host("b.kites.test", "192.0.2.9")[:-3], 2),
    (0, b"\xff" * 100, 1),
    (0, b"\0" * 100, 1),
    (0, b"x", 1),
])
def test_what_does_not_fit_is_not_taken(world, begin, more, count):
    now = revision(world)
    assert ring(world, now + begin, now + begin + count, more) == now
    assert [world.answers(f"{name}.kites.test", "A") for name in "ab"] == [["192.0.2.1"]] * 2


def test_a_name_or_address_that_is_none_is_not_served(world):
    now = revision(world)
    ring(world, now, now + 2, host("a..kites.test", "192.0.2.9") + host("b.kites.test", "192.0.2.300"))
    assert world.answers("a.kites.test", "A") == ["192.0.2.1"]
    assert world.answers("b.kites.test", "A") == []  # as if it stood so in the registry
    assert "cannot be served" in world.dnsd.text()


def test_updates_are_said(world):
    """What the updater says of a commit, heard in the name server's place."""
    world.start_updater()
    world.dnsd.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(f"{world.registry}.dnsd")
        door.settimeout(5)
        before = revision(world)
        for address in "192.0.2.7", "2001:db8::7":
            with ThreadPoolExecutor(1) as pool:
                reply = pool.submit(world.update, "a.kites.test", address, ("demo", "correct horse"))
                while True:
                    said, peer = door.recvfrom(1 << 17)
                    form, _, reached, begin = struct.unpack_from("=IIqq", said)
                    door.sendto(struct.pack("=IIqq272x", FORM, 1, reached, 0), peer)
                    if reached > before:
                        break
                assert reply.result() == [f"good {address}"]
            assert (form, begin, reached) == (FORM, before, before + 1)
            assert said[296:].startswith(host("a.kites.test", "192.0.2.7" if address == "192.0.2.7" else
                                              "2001:db8::7 192.0.2.7", 60))
            before = reached
