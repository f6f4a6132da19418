# SPDX-License-Identifier: BSD-2-Clause
"""windsock-prober asks as each client generation would: every TLS version, every form of ping, certificates."""
import contextlib
import re
import socket

import pytest

from harness import BUILD, Daemon, eventually, free_port, in_namespace, run
from relays import Relay, certificate
from test_pagekite import Kites, RELAY, kites  # noqa: F401

BITS = {"ssl3": 1, "1.0": 2, "1.1": 4, "1.2": 8, "1.3": 16}
FORMS = "ping-1.0 head-1.0 head-ping-1.1 get-ping-1.1 get-ping-1.0"


@pytest.fixture
def pem(world):
    return certificate(world.dir)


@pytest.fixture
def relay(world):
    """Makes a relay and tells the registry of it."""
    made = []

    def make(name="r1", **settings):
        made.append(Relay(f"127.0.0.{20 + len(made)}", **settings))
        world.windsock("relay", "add", name, "--address", made[-1].address, "--port", made[-1].port)
        return made[-1]
    yield make
    for one in made:
        one.close()


@contextlib.contextmanager
def s_server(world, pem, *options):
    """openssl s_server as a relay; it answers no pings."""
    port = free_port()
    server = Daemon("s_server", ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", pem, "-key", pem,
                                 "-cipher", "ALL:@SECLEVEL=0", "-quiet", *options], world.dir / f"s_server.{port}.log")

    def up():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
    assert eventually(up), server.text()
    yield port
    server.kill()


def once(world, *options):
    return run(BUILD / "windsock-prober", "--registry", world.registry, "--once", "--timeout", 2, *options)


def seen(world, column, name="r1", observer="prober"):
    return world.sql(f"SELECT {column} FROM observation WHERE relay = '{name}' AND observer = '{observer}'")


def tls(world, name="r1"):
    return int(seen(world, "tls", name) or -1)


@pytest.mark.parametrize("option, bit", [("-tls1", 2), ("-tls1_1", 4), ("-tls1_2", 8), ("-tls1_3", 16)])
def test_one_version_of_openssl_is_told_from_all_others(world, pem, option, bit):
    with s_server(world, pem, option) as port:
        world.windsock("relay", "add", "r1", "--address", "127.0.0.1", "--port", port)
        once(world)
    assert tls(world) == bit, seen(world, "*")
    assert seen(world, "health") == "1"
    assert "to pings" in seen(world, "reason")
    assert seen(world, "names") == "kites.test fe.kites.test"  # in TLS 1.3, too, where it is encrypted


def test_all_versions_of_openssl_in_one_visit(world, pem):
    with s_server(world, pem) as port:
        world.windsock("relay", "add", "r1", "--address", "127.0.0.1", "--port", port)
        once(world)
    assert tls(world) == 30
    assert "1.0-1.3" in world.windsock("relay", "show", "r1").stdout


@pytest.mark.parametrize("versions, bits", [(("1.0",), 2), (("1.0", "1.2"), 14), (("1.2", "1.3"), 24), (None, 0)])
def test_with_and_without_ssl3(world, pem, relay, versions, bits):
    relay("r1", pem=pem, tls=versions)
    relay("r2", pem=pem, tls=versions, ssl3=True, uuid="cd" * 20)
    once(world)
    assert (tls(world, "r1"), tls(world, "r2")) == (bits, bits | 1), seen(world, "reason")
    assert seen(world, "names") == ("kites.test fe.kites.test" if versions else "")
    assert seen(world, "names", "r2") == "kites.test fe.kites.test"  # in clear, even by SSLv3


def test_the_pools_follow(world, pem, relay):
    """The story of the seed: what was seen decides who is in, and why."""
    world.windsock("release", "add", "pagekite.py", "0.5.6d", "--pool", "frontends", "--tls", "ssl3")
    world.windsock("release", "add", "pagekite.py", "1.0.0", "--pool", "fe4_100", "--tls", "1.0-1.3")
    relay("wheezy", pem=pem, tls=("1.0",), ssl3=True)
    relay("jessie", pem=pem, tls=("1.0", "1.2"), uuid="cd" * 20)
    once(world)
    assert "speaks 1.0-1.2, but pagekite.py 0.5.6d needs ssl3" in world.windsock("pool", "explain", "frontends").stdout
    explained = world.windsock("pool", "explain", "fe4_100").stdout
    assert "speaks ssl3-1.0" in explained and "speaks 1.0-1.2" in explained


def test_who_answers_as_pagekite_does_is_asked_by_connect_only(world, pem, relay):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    grants = relay("r1", pem=pem, tls=("1.0", "1.2"), connect=["fe.kites.test"])
    denies = relay("r2", pem=pem, tls=("1.0", "1.2"), connect=[], uuid="cd" * 20)
    stranger = relay("r3", pem=pem, tls=("1.0", "1.2"), uuid="ef" * 20)
    once(world)
    assert tls(world, "r1") == 14 and grants.direct == 0 and set(grants.names) == {"fe.kites.test"}
    assert tls(world, "r2") == 0 and denies.direct == 0
    assert denies.names == ["fe.kites.test", "b5p.us"]
    assert "denies CONNECT" in seen(world, "reason", "r2")
    assert tls(world, "r3") == 14 and stranger.direct > 0
    once(world, "--name", "other", "--connect", "fe.other.test")
    assert denies.names[2:] == ["fe.other.test"]


def test_forms_of_ping(world, relay):
    relay("all")
    relay("new", pings=("modern",), uuid="cd" * 20)
    once(world)
    assert seen(world, "pings", "all") == FORMS
    assert seen(world, "pings", "new") == "head-ping-1.1 get-ping-1.1 get-ping-1.0"
    world.windsock("release", "add", "p", "0.5.6", "--pool", "frontends", "--tls", "1.0", "--ping", "head-1.0")
    world.windsock("release", "add", "p", "1.0", "--pool", "fe4_100", "--tls", "1.0")
    for name in ("all", "new"):
        world.windsock("relay", "set", name, "--tls", "1.0")
    explained = world.windsock("pool", "explain", "frontends").stdout
    assert "does not answer head-1.0, the ping of p 0.5.6" in explained and "speaks 1.0" in explained
    assert "does not answer" not in world.windsock("pool", "explain", "fe4_100").stdout


def test_certificates_are_read_as_clients_do(world, relay):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    good, gone, soon, other = (certificate(world.dir, names, days, name) for names, days, name in (
        (("fe.kites.test", "*.kites.test"), 90, "good"), (("kites.test",), -3, "gone"),
        (("kites.test",), 5, "soon"), (("fe.kites.test",), 90, "other")))  # SocksipyChain drops fe.
    for name, pem in (("good", good), ("gone", gone), ("soon", soon), ("other", other)):
        relay(name, pem=pem, tls=("1.2",), uuid=name.encode().hex(), connect=["fe.kites.test"])
    done = once(world)
    assert seen(world, "names", "good") == "fe.kites.test *.kites.test"
    assert seen(world, "reason", "good") == ""
    assert "its certificate expired on" in seen(world, "reason", "gone")
    assert "its certificate expires on" in seen(world, "reason", "soon")
    assert "(fe.kites.test) has no name that PageKite's clients accept" in seen(world, "reason", "other")
    assert "expired on" in done.stderr and "has no name" in done.stderr
    assert int(world.sql("SELECT expires - unixepoch() FROM observation WHERE relay = 'good'")) > 80 * 86400
    assert seen(world, "health", "gone") == "1"  # not all clients look


def test_a_lost_version_is_said_and_leaves_its_pool(world, pem, relay):
    world.windsock("release", "add", "p", "1", "--pool", "fe058", "--tls", "1.0")
    r1 = relay("r1", pem=pem, tls=("1.0", "1.2"))
    prober = world.start("windsock-prober", "--interval", 1, "--look", 2, "--timeout", 2)
    assert eventually(lambda: tls(world) == 14)
    r1.set_tls(("1.2",))
    assert eventually(lambda: tls(world) == 8)
    assert "relay r1 lost capabilities: it spoke 1.0-1.2, and now 1.2" in prober.text()
    assert "speaks 1.2, but p 1 needs 1.0" in world.windsock("pool", "explain", "fe058").stdout
    r1.set_tls(None)
    assert eventually(lambda: seen(world, "health") == "2")
    assert "speaks no TLS" in seen(world, "reason") and tls(world) == 8


def test_one_relay_at_two_addresses_and_a_restart(world, relay):
    relay("r1")
    other = relay("r2")
    prober = world.start("windsock-prober", "--interval", 1, "--timeout", 2)
    assert eventually(lambda: "the same relay as r2" in seen(world, "reason"))
    assert "by its UUID it is the same relay as r1" in prober.text()
    other.uuid = "cd" * 20
    assert eventually(lambda: seen(world, "uuid", "r2") == "cd" * 20)
    assert eventually(lambda: "same relay" not in seen(world, "reason", "r1"))
    assert "it restarted at" in seen(world, "reason", "r2")
    assert re.search("relay r2: .*it restarted at", prober.text())


def test_an_address_is_asked_before_it_is_a_relay(world, pem):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    relay = Relay("127.0.0.20", pem=pem, tls=("1.0", "1.2"), connect=["fe.kites.test"], overloaded=True)

    def ask(address, *options, **more):
        return run(BUILD / "windsock-prober", "--registry", world.registry, "--ask", address, "--port", relay.port,
                   "--timeout", 2, *options, **more)
    said = dict(line.partition(" ")[::2] for line in ask("127.0.0.20").stdout.splitlines())
    assert (said["health"], said["tls"], said["pings"]) == ("up", "1.0-1.2", FORMS)
    assert (said["overloaded"], said["uuid"], said["names"]) == ("yes", "ab" * 20, "kites.test fe.kites.test")
    assert said["expires"] > "2026" and said["reason"] == ""
    assert relay.direct == 0
    assert world.sql("SELECT count(*) FROM observation") == "0"
    assert "b5p.us" in ask("127.0.0.20", "--registry", "/nowhere/at/all").stdout
    relay.close()
    assert ask("127.0.0.20").stdout.startswith("health down\n")
    assert ask("relay.test", check=False).returncode == 2


@in_namespace
def test_debians_relay_is_not_hurt(kites):  # noqa: F811
    """It crashes on TLS that does not begin with CONNECT; the prober knows, and finds out all the same."""
    kites.begin(RELAY)
    relay = kites.relay(f"--host={RELAY}", "--authfail_closed")
    run(BUILD / "windsock-prober", "--registry", kites.registry, "--once")
    health, tls, pings, names, reason = kites.sql(
        "SELECT health, tls, pings, names, reason FROM observation WHERE relay = 'real'").split("|")
    assert (health, tls, pings) == ("1", "24", FORMS), reason
    assert names == "fe.example.test example.test *.example.test"
    run(BUILD / "windsock-prober", "--registry", kites.registry, "--once", "--name", "second")
    uuids = kites.sql("SELECT count(DISTINCT uuid) FROM observation WHERE relay = 'real'")
    assert uuids == "1" and relay.running()  # it did not restart
    assert "Crashed" not in relay.text()
    # there is no route to the other: that is this machine's trouble, and says nothing of the relay
    assert kites.sql("SELECT count(*) FROM observation WHERE relay = 'old'") == "0"
