# SPDX-License-Identifier: BSD-2-Clause
"""windsock-prober against relays that answer, do not, or answer nonsense."""
import socket
import struct
import threading

import pytest

from harness import BUILD, eventually, free_port, run

REPLY = b"HTTP/1.1 503 Unavailable\r\n%sX-PageKite-UUID: " + b"ab" * 20 + b"\r\nConnection: close\r\n\r\n"
REQUEST = b"HEAD /ping HTTP/1.1\r\nHost: ping.pagekite\r\n\r\n"


class Relay:
    """Answers every connection in one way; resets it afterwards, as real relays do."""

    def __init__(self, address, reply):
        self.address, self.reply, self.asked = address, reply, []
        self.server = socket.create_server((address, free_port()))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(10)
                self.asked.append(peer.recv(1000))
                if self.reply is None:
                    threading.Event().wait(3)
                    continue
                peer.sendall(self.reply)
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        if self.server.fileno() >= 0:
            self.server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self.server.close()


@pytest.fixture
def relays(world):
    made = {"good": Relay("127.0.0.11", REPLY % b""),
            "busy": Relay("127.0.0.12", REPLY % b"X-PageKite-Overloaded: Sorry\r\n"),
            "wrong": Relay("127.0.0.13", b"HTTP/1.1 200 OK\r\n\r\n"), "silent": Relay("127.0.0.14", None)}
    for name, relay in made.items():
        world.windsock("relay", "add", name, "--address", relay.address, "--port", relay.port, "--tls", "1.2")
    world.windsock("relay", "add", "closed", "--address", "127.0.0.1", "--port", free_port(), "--tls", "1.2")
    yield made
    for relay in made.values():
        relay.close()


def observed(world):
    rows = world.sql("SELECT relay, health, overloaded, uuid FROM observation WHERE observer = 'prober' ORDER BY relay")
    return {row.split("|")[0]: row.split("|")[1:] for row in rows.splitlines()}


def probe(world, *options):
    return run(BUILD / "windsock-prober", "--registry", world.registry, "--timeout", 1, *options)


def test_one_round_sees_each_as_it_is(world, relays):
    probe(world, "--once")
    seen = observed(world)
    assert seen["good"] == ["1", "0", "ab" * 20]
    assert seen["busy"][:2] == ["1", "1"]
    assert [seen[name][0] for name in ("wrong", "silent", "closed")] == ["2", "2", "2"]
    assert relays["good"].asked[0] == REQUEST
    assert "refused" in world.sql("SELECT reason FROM observation WHERE relay = 'closed'").lower()


def test_what_is_not_in_service_is_not_asked(world, relays):
    world.sql("UPDATE relay SET state = 4 WHERE name = 'good'; UPDATE relay SET state = 0 WHERE name = 'busy'")
    probe(world, "--once")
    assert "good" not in observed(world) and "busy" not in observed(world)


def test_it_falls_after_three_failures_and_says_so_once(world, relays):
    prober = world.start("windsock-prober", "--interval", 1, "--timeout", 1)
    assert eventually(lambda: observed(world).get("good", [""])[0] == "1")
    revision = world.sql("SELECT seq FROM sqlite_sequence WHERE name = 'change'")
    relays["good"].close()
    assert eventually(lambda: observed(world)["good"][0] == "2", 30)
    changes = world.sql(f"SELECT key FROM change WHERE id > {revision} AND key LIKE 'good %'").splitlines()
    assert changes == ["good prober"]
    assert "relay good looks down" in prober.text()


def test_wrong_names_are_refused(world):
    for name in ("lease", "two words", ""):
        done = run(BUILD / "windsock-prober", "--registry", world.registry, "--once", "--name", name, check=False)
        assert done.returncode == 2, name
    assert run(BUILD / "windsock-prober", "--registry", "/nowhere/at/all", "--once", check=False).returncode == 1
