# SPDX-License-Identifier: BSD-2-Clause
"""The migration for which windsock exists, with real programs: relays move from a system with SSLv3 to one
without, one by one, by the operator's command; the prober finds out, the name server answers by it, and every
client generation connects to whatever it is given, at every step."""
import random
import socket
import ssl
import warnings

import pytest

from harness import BUILD, eventually, run
from relays import TLS, Relay, certificate, is_ssl3_hello

OLD_SYSTEM = {"tls": ("1.0",), "ssl3": True}  # Debian 7: OpenSSL 1.0.1 with SSLv3
NEW_SYSTEM = {"tls": ("1.0", "1.2"), "ssl3": False}  # Debian 8 and later
MODERN = b"HEAD /ping HTTP/1.1\r\nHost: ping.pagekite\r\n\r\n"
# version, the label that it looks up, TLS, what it pings with, what it wants to hear
CLIENTS = {
    "0.5.6d": ("frontends", "ssl3", b"HEAD / HTTP/1.0\r\n\r\n", b"HTTP/1.1 "),
    "0.5.7a": ("frontends2", "1.0", b"HEAD / HTTP/1.0\r\n\r\n", b"HTTP/1.1 "),
    "0.5.8e": ("fe058", "1.0-1.2", b"HEAD / HTTP/1.0\r\n\r\n", b"HTTP/1.1 "),
    "1.0.0": ("fe4_100", "1.2", MODERN, b"HTTP/1.1 503 Unavailable"),
}
PINGS = {b"HEAD / HTTP/1.0\r\n\r\n": "head-1.0", MODERN: "head-ping-1.1"}


def ping(address, port, request, wanted):
    with socket.create_connection((address, port), 5) as s:
        s.sendall(request)
        return s.recv(1000).startswith(wanted)


def ssl3_hello():
    suites = b"\x00\x35\x00\x2f\x00\x0a\x00\x05"
    body = b"\x03\x00" + random.randbytes(32) + b"\x00" + len(suites).to_bytes(2, "big") + suites + b"\x01\x00"
    hello = b"\x16\x03\x00" + (len(body) + 4).to_bytes(2, "big") + b"\x01" + len(body).to_bytes(3, "big") + body
    assert is_ssl3_hello(hello)
    return hello


def handshake(address, port, versions):
    """As that client: TLS without SNI, without a look at the certificate's chain."""
    with socket.create_connection((address, port), 5) as s:
        if versions == "ssl3":
            s.sendall(ssl3_hello())
            return s.recv(11)[:3] == b"\x16\x03\x00"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        low, _, high = versions.partition("-")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = TLS[low], TLS[high or low]
        try:
            context.wrap_socket(s).close()
            return True
        except ssl.SSLError:
            return False


class Fleet:
    """Three relays of PageKite's kind, a zone, a name server and a prober."""

    def __init__(self, world, labels):
        self.world, self.pem, self.relays = world, certificate(world.dir), {}
        world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
        for version, (label, tls, request, _) in CLIENTS.items():
            world.windsock("release", "add", "pagekite.py", version, "--pool", labels.get(version, label), "--tls", tls,
                           "--ping", PINGS[request])
        for number in range(1, 4):
            relay = self.power_on(f"r{number}", f"127.0.0.{60 + number}", OLD_SYSTEM)
            world.windsock("relay", "add", f"r{number}", "--address", relay.address, "--port", relay.port)
        self.labels = labels
        world.start_dnsd()
        self.prober = world.start("windsock-prober", "--interval", 1, "--look", 2, "--timeout", 2)
        for name in self.relays:
            self.wait(name, "ssl3-1.0")
        assert eventually(lambda: len(self.world.answers("frontends.kites.test")) == 3 or labels)

    def power_on(self, name, address, system, port=None):
        self.relays[name] = Relay(address, pem=self.pem, uuid=random.randbytes(20).hex(),
                                  connect=["fe.kites.test"], port=port, **system)
        return self.relays[name]

    def wait(self, name, tls):
        def known():
            return f" {tls} " in run(BUILD / "windsock", "--registry", self.world.registry, "relay", "show", name).stdout
        assert eventually(known), self.prober.text()

    def upgrade(self, name, but=()):
        """As an operator would: nobody new is sent there, the new system comes up, and is seen."""
        self.world.windsock("relay", "drain", name)
        self.check(but)
        old = self.relays[name]
        old.close()
        self.power_on(name, old.address, NEW_SYSTEM, old.port)
        self.wait(name, "1.0-1.2")
        self.check(but)
        self.world.windsock("relay", "resume", name)
        self.check()

    def stranded(self):
        """Which client generations can't use what DNS gives them, of all that it gives."""
        faults = {}
        for version, (label, tls, request, wanted) in CLIENTS.items():
            given = self.world.answers(f"{self.labels.get(version, label)}.kites.test")
            ports = {relay.address: relay.port for relay in self.relays.values()}
            bad = [a for a in given if not (ping(a, ports[a], request, wanted) and handshake(a, ports[a], tls))]
            if bad or not given:
                faults[version] = bad
        return faults

    def check(self, but=()):
        assert eventually(lambda: self.stranded() == dict(but), 10), (self.stranded(), self.prober.text())

    def close(self):
        for relay in self.relays.values():
            relay.close()


@pytest.fixture
def fleet(world):
    made = []

    def make(labels=()):
        made.append(Fleet(world, dict(labels)))
        return made[0]
    yield make
    for one in made:
        one.close()


def test_every_generation_connects_at_every_step(world, fleet):
    fleet = fleet()
    # the newest has nowhere to go yet: its pool is not filled with relays that it can't use
    fleet.check(but={"1.0.0": []})
    fleet.upgrade("r1", but={"1.0.0": []})
    fleet.upgrade("r2")
    assert world.answers("frontends.kites.test") == [fleet.relays["r3"].address]
    assert len(world.answers("fe058.kites.test")) == 3 and len(world.answers("fe4_100.kites.test")) == 2
    # the last with SSLv3 can't be taken from its clients by mistake
    done = world.windsock("relay", "drain", "r3", check=False)
    assert done.returncode == 3 and "frontends" in done.stderr
    fleet.check()


def test_one_name_for_all_strands_the_old_or_the_new(world, fleet):
    """The opposite: whoever is in the one pool, some client can't use it, and windsock refuses to guess."""
    fleet = fleet({version: "frontends" for version in CLIENTS})
    explained = world.windsock("pool", "explain", "frontends").stdout
    assert "no relay suits all releases, and this leaves out" in explained
    assert eventually(lambda: "1.0.0" in fleet.stranded(), 10)
