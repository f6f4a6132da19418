# SPDX-License-Identifier: BSD-2-Clause
"""windsock-prober and relays that mean harm, registries that are gone, probers that fall silent, and itself
started anew: nothing of it may take a well relay out."""
import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time

import pytest

from harness import BUILD, SECONDS, TOP, eventually, free_port, run
from relays import Relay

SCHEMA = TOP / "schema" / "0001-registry.sql"


class Hostile:
    """Does one thing to whoever connects, for as long as they bear it."""

    def __init__(self, address, deed):
        self.address, self.deed, self.most, self.now = address, deed, 0, 0
        self.server = socket.create_server((address, free_port()), backlog=128)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.do, args=(peer,), daemon=True).start()

    def do(self, peer):
        try:
            with peer:
                peer.settimeout(20)
                self.deed(peer)
        except OSError:
            pass

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


def say_nothing(peer):
    while peer.recv(1000):
        pass


def drip(peer):
    for byte in b"HTTP/1.1 503 Unavailable\r\n" + b"X-A: b\r\n" * 500:
        peer.sendall(bytes([byte]))
        time.sleep(0.1)


def drip_tls(peer):
    if peer.recv(1000)[:1] == b"\x16":
        for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(16000):
            peer.sendall(bytes([byte]))
            time.sleep(0.1)


def flood(peer):
    while True:
        peer.sendall(b"HTTP/1.1 503 Unavailable\r\nX-PageKite-UUID: " + b"a" * 100000)


def flood_tls(peer):
    while True:
        peer.sendall(b"\x16\x03\x03\x40\x00" + b"\x02" + b"\xff" * 16383)


def garbage(peer):
    peer.recv(1)
    peer.sendall(os.urandom(3000))


def hang_up(peer):
    peer.close()


DEEDS = [say_nothing, drip, drip_tls, flood, flood_tls, garbage, hang_up]


@pytest.fixture
def hostile(world):
    made = {deed.__name__: Hostile(f"127.0.0.{40 + i}", deed) for i, deed in enumerate(DEEDS)}
    for name, relay in made.items():
        world.windsock("relay", "add", name, "--address", relay.address, "--port", relay.port, "--tls", "1.2")
    yield made
    for relay in made.values():
        relay.close()


@pytest.fixture
def good(world):
    relay = Relay("127.0.0.30")
    world.windsock("relay", "add", "good", "--address", relay.address, "--port", relay.port, "--tls", "1.2")
    yield relay
    relay.close()


def health(world, name="good", observer="prober"):
    return world.sql(f"SELECT health FROM observation WHERE relay = '{name}' AND observer = '{observer}'")


def prober(world, *options):
    return world.start("windsock-prober", "--interval", 1, "--timeout", 1, *options)


def test_hostile_relays_are_down_and_hold_nobody_up(world, hostile, good):
    began = time.monotonic()
    run(BUILD / "windsock-prober", "--registry", world.registry, "--once", "--timeout", 1)
    assert time.monotonic() - began < 15
    assert health(world) == "1"
    for name in hostile:
        wanted = "1" if name == "flood" else "2"  # a relay's first line, at least
        assert health(world, name) == wanted, (name, world.sql(f"SELECT * FROM observation WHERE relay = '{name}'"))


def sockets_of(daemon):
    count = 0
    for fd in os.listdir(f"/proc/{daemon.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"/proc/{daemon.pid}/fd/{fd}").startswith("socket:")
    return count


def test_one_socket_is_enough(world, hostile, good):
    daemon = prober(world, "--sockets", 1)
    assert eventually(lambda: health(world) == "1", 60)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        assert sockets_of(daemon) <= 1


def test_what_was_stored_is_what_a_start_begins_with(world, good):
    good.close()
    world.sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
              "VALUES ('good', 'prober', 1, 8, 0, 0, unixepoch() - 9)")
    prober(world, "--fall", 100)  # it would take long to be down by what it sees
    time.sleep(3)
    assert health(world) == "1"
    assert "looks down" not in world.daemons[-1].text()
    world.daemons[-1].stop()
    world.sql("UPDATE observation SET health = 2, reason = 'as it was'")
    again = Relay(good.address, port=good.port)
    prober(world, "--rise", 100)
    time.sleep(3)
    assert health(world) == "2" and world.sql("SELECT tls FROM observation") == "8"
    again.close()


def test_a_registry_that_is_locked_gone_and_back(world, good):
    daemon = prober(world)
    assert eventually(lambda: health(world) == "1")
    lock = sqlite3.connect(world.registry, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    good.close()
    time.sleep(5)
    assert daemon.running()
    lock.execute("ROLLBACK")
    lock.close()
    assert eventually(lambda: health(world) == "2")  # what was seen meanwhile is not lost
    shutil.copytree(world.dir, world.dir.with_suffix(".away"))
    for file in world.dir.glob("registry*"):
        file.unlink()
    assert eventually(lambda: "there is no registry" in daemon.text(), 10)
    for file in world.dir.with_suffix(".away").glob("registry*"):
        shutil.copy(file, world.dir)
    shutil.rmtree(world.dir.with_suffix(".away"))
    again = Relay(good.address, port=good.port)
    assert eventually(lambda: health(world) == "1")
    again.close()


def test_relays_come_go_and_move_while_it_runs(world, good):
    daemon = prober(world, "--interval", 2)
    assert eventually(lambda: health(world) == "1")
    other = Relay("127.0.0.31", uuid="cd" * 20)
    world.windsock("relay", "add", "new", "--address", other.address, "--port", other.port)
    assert eventually(lambda: health(world, "new") == "1")
    world.windsock("relay", "remove", "good")
    asked = good.asked
    time.sleep(3)
    assert good.asked <= asked + 1
    world.windsock("relay", "add", "third", "--address", good.address, "--port", good.port)
    daemon.signal(signal.SIGHUP)
    assert eventually(lambda: health(world, "third") == "1")
    other.close()


def test_who_is_new_or_elsewhere_is_visited_at_once(world, good):
    prober(world, "--interval", 3600)
    assert eventually(lambda: health(world) == "1")
    other = Relay("127.0.0.31", uuid="cd" * 20)
    world.windsock("relay", "add", "new", "--address", other.address, "--port", other.port)
    assert eventually(lambda: health(world, "new") == "1")
    elsewhere = Relay("127.0.0.32", uuid="ef" * 20)
    world.windsock("relay", "set", "new", "--address", elsewhere.address, "--port", elsewhere.port)
    assert eventually(lambda: elsewhere.asked > 0)
    world.windsock("relay", "set", "good", "--state", "out")
    time.sleep(1)
    asked = good.asked
    world.windsock("relay", "set", "good", "--state", "service")
    assert eventually(lambda: good.asked > asked)
    other.close()
    elsewhere.close()


def test_a_relay_that_no_pool_wants_is_asked_less(world, good):
    world.windsock("release", "add", "p", "1", "--pool", "fe058", "--tls", "1.2")
    other = Relay("127.0.0.31", uuid="cd" * 20)
    world.windsock("relay", "add", "other", "--address", other.address, "--port", other.port, "--tls", "1.0")
    prober(world)
    assert eventually(lambda: health(world, "other") == "1" and health(world) == "1")
    time.sleep(3)  # until it knows
    before = good.asked, other.asked
    time.sleep(8)
    often, seldom = good.asked - before[0], other.asked - before[1]
    assert often >= 5 and seldom <= 2, (often, seldom)


def test_dns_follows(world, good):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "p", "1", "--pool", "fe4_100", "--tls", "1.2")
    other = Relay("127.0.0.31", uuid="cd" * 20)
    world.windsock("relay", "add", "other", "--address", other.address, "--port", other.port, "--tls", "1.2")
    world.start_dnsd()
    prober(world)
    both = sorted((good.address, other.address))
    assert eventually(lambda: health(world) == health(world, "other") == "1")
    assert world.answers("fe4_100.kites.test") == both
    other.close()
    assert eventually(lambda: world.answers("fe4_100.kites.test") == [good.address])
    good.close()
    assert eventually(lambda: world.answers("fe4_100.kites.test") == both)  # the last resort: all
    other = Relay(other.address, port=other.port)
    assert eventually(lambda: world.answers("fe4_100.kites.test") == [other.address])
    other.close()


def test_the_majority_of_probers_decides(world, good):
    world.windsock("release", "add", "p", "1", "--pool", "fe058", "--tls", "1.2")
    world.windsock("relay", "add", "other", "--address", "127.0.0.1", "--port", 9, "--tls", "1.2")
    for number, name in enumerate(("a", "b", "c")):
        prober(world, "--name", name)
        assert eventually(lambda: health(world, "good", name) == "1")
        if number < 2:
            world.daemons[-1].stop()

    def said(name, value, ago=0):
        world.sql(f"UPDATE observation SET health = {value}, at = unixepoch() - {ago}, heard = unixepoch() - {ago} "
                  f"WHERE relay = 'good' AND observer = '{name}'")

    def explained():
        return next(line for line in world.windsock("pool", "explain", "fe058").stdout.splitlines() if "good" in line)
    said("a", 2)
    assert "looks down" not in explained()
    said("b", 2)
    assert "looks down" in explained()
    said("b", 2, ago=2000)  # long silent: no voice
    assert "looks down" not in explained()


def test_a_prober_that_fell_silent_loses_its_voice(world, good):
    world.windsock("relay", "add", "unseen", "--address", "127.0.0.1", "--port", 9, "--tls", "1.2")
    world.windsock("relay", "set", "unseen", "--state", "out")
    for name in ("good", "unseen"):
        world.sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
                  f"VALUES ('{name}', 'dead', 2, 8, 0, 0, unixepoch() + 5000)")  # whatever its clock says
    daemon = prober(world, "--stale", 3)
    assert eventually(lambda: health(world) == "1")
    assert health(world, "good", "dead") == "2"
    assert eventually(lambda: health(world, "good", "dead") == "0")
    assert "prober dead was not heard from any more" in daemon.text()
    assert world.sql("SELECT tls FROM observation WHERE observer = 'dead' AND relay = 'good'") == "8"
    assert health(world, "unseen", "dead") == "2"  # nobody else sees that one: what was said stays


def test_a_registry_of_the_first_form_is_taken(world, good):
    """As windsock made them before probers wrote pings and certificates."""
    row = world.sql("SELECT quote(name), quote(addresses), port FROM relay").split("|")
    for file in world.dir.glob("registry*"):
        if file.suffix != ".key":
            file.unlink()
    old = sqlite3.connect(world.registry)
    old.executescript(SCHEMA.read_text() + f"""
        INSERT INTO relay (name, addresses, port, state, tls, weight, since, note, token) VALUES ({row[0]}, {row[1]}, {row[2]}, 2, 8, 100, 0, '', NULL);
        INSERT INTO observation VALUES ('good', 'old', 1, 8, 0, 0, '', '', '', 5);
        PRAGMA application_id = {0x77736b31}; PRAGMA user_version = 1;""")
    old.close()
    run(BUILD / "windsock-prober", "--registry", world.registry, "--once", timeout=SECONDS)
    assert world.sql("PRAGMA user_version") != "1"
    assert health(world) == "1" and health(world, "good", "old") == "1"
    assert world.sql("SELECT pings, expires FROM observation WHERE observer = 'old'") == "|0"
    world.sql("UPDATE observation SET pings = 'ping-1.0' WHERE observer = 'old'")
    assert '"pings":"ping-1.0"' in world.sql("SELECT new FROM change ORDER BY id DESC LIMIT 1")
