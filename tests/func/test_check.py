# SPDX-License-Identifier: BSD-2-Clause
"""windsock check: what an operator is told before clients notice."""
import json
import socket
import threading
import time

import dns.message
import dns.opcode
import dns.rcode
import pytest

from harness import World, eventually, free_port


@pytest.fixture
def served(service):
    service.windsock("release", "add", "p", "1", "--pool", "fe4_500", "--tls", "1.0")
    for i in (1, 2, 3):
        service.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i}", "--tls", "1.0-1.3")
    return service


def check(world, *words):
    done = world.windsock("check", *words, check=False)
    return done.returncode, done.stdout


def short(world, label, type="A"):
    return world.dig("+short", label if label.endswith(".") else f"{label}.kites.test", type).splitlines()


def observe(world, relay, **fields):
    values = {"relay": relay, "observer": "p1", "health": 1, "tls": 30, "overloaded": 0, "load": 0, "at": int(time.time()),
              **fields}
    world.sql(f"INSERT OR REPLACE INTO observation ({', '.join(values)}) VALUES "
              f"({', '.join(repr(v) for v in values.values())})")


def test_several_name_servers(served):
    status, said = check(served, "--server", f"127.0.0.1:{served.dns_port}")
    assert status == 0 and said.startswith("WINDSOCK OK"), said
    behind = World()
    try:
        served.sql(f"VACUUM INTO '{behind.registry}'")
        behind.start_dnsd()
        served.windsock("relay", "set", "r1", "--weight", "50")
        both = [f"127.0.0.1:{w.dns_port}" for w in (served, behind)]
        status, said = check(served, "--server", both[0], "--server", both[1])
        assert status == 1 and f"name server {both[1]} is at serial" in said and both[0] not in said, said
        dead = free_port()
        status, said = check(served, "--server", both[0], "--server", f"127.0.0.1:{dead}")
        assert status == 2 and f"127.0.0.1:{dead}, asked for kites.test, is silent" in said
        behind.windsock("zone", "remove", "kites.test")
        status, said = check(served, "--server", both[1])
        assert status == 2 and "answers REFUSED" in said
    finally:
        behind.close()
    wrong = served.windsock("check", "--server", "ns1.example", check=False)
    assert wrong.returncode == 2 and "is not ADDRESS" in wrong.stderr


def test_a_pool_whose_releases_no_relay_suits(served):
    served.windsock("release", "add", "upagekite", "0.1", "--pool", "fe4_500", "--tls", "1.2")
    assert check(served)[0] == 0
    served.windsock("relay", "set", "r1", "r2", "r3", "--tls", "1.2-1.3", "--force", check=False)
    for relay in ("r1", "r2", "r3"):
        served.sql(f"UPDATE relay SET tls = 24 WHERE name = '{relay}'")
    status, said = check(served)
    assert status == 2 and "no relay suits all releases of pool fe4_500: it leaves out p 1" in said
    assert eventually(lambda: len(short(served, "fe4_500")) == 3)
    why = short(served, "_why.fe4_500", "TXT")
    assert len(why) == 3 and all("leaves out p 1" in line for line in why)
    told = served.windsock("pool", "explain", "fe4_500").stdout
    assert "left out: p 1" in told
    served.sql("UPDATE relay SET tls = 2 WHERE name = 'r3'")  # relays for each: the release with more clients
    assert eventually(lambda: len(short(served, "fe4_500")) == 2)
    served.sql("UPDATE release SET clients = 7 WHERE product = 'p'")
    assert eventually(lambda: len(short(served, "fe4_500")) == 1)


def test_relays_that_lose_what_they_could_do(served):
    for relay in ("r1", "r2", "r3"):
        observe(served, relay)
    assert check(served)[0] == 0
    observe(served, "r3", tls=28)  # 1.1 to 1.3
    status, said = check(served)
    assert status == 1 and "relay r3 speaks 1.1-1.3, and no longer 1.0, as --tls says" in said
    observe(served, "r2", health=2, reason="no answer")
    status, said = check(served)
    assert "relay r2 looks down: no answer" in said and "pool fe4_500 has one relay only" in said
    found = json.loads(served.windsock("check", "--json", check=False).stdout)
    assert found["level"] == "WARNING" and len(found["findings"]) == 3


@pytest.mark.parametrize("left,status,words", [(30 * 86400, 0, ""), (10 * 86400 + 1800, 1, "expires in 10 days"),
                                               (7 * 3600 + 1800, 1, "expires in 7 hours"), (-7200, 2, "has expired")])
def test_certificates(served, left, status, words):
    observe(served, "r1", expires=int(time.time()) + left)
    got, said = check(served)
    assert got == status and words in said
    assert not words or "relay r1" in said


def test_a_schedule_that_waits(served):
    served.sql("UPDATE pool SET paused = 'only 2 of its relays look well', state = 2, size = 3 WHERE label = 'fe4_500'")
    status, said = check(served)
    assert status == 1 and "pool fe4_500 does not shrink: only 2" in said


def test_a_zone_that_the_one_above_does_not_delegate(served):
    added = served.windsock("zone", "add", "kid.kites.test", "--ns", "ns.elsewhere.test")
    assert "kites.test has no NS records for kid.kites.test" in added.stderr
    status, said = check(served)
    assert status == 1 and "zone kid.kites.test is not delegated: kites.test has no NS records for it" in said, said
    zone = served.windsock("zone", "export", "kites.test").stdout
    served.windsock("zone", "import", "kites.test", "-", input=zone + "kid.kites.test. 60 IN NS ns.elsewhere.test.\n")
    assert check(served)[0] == 0
    served.windsock("zone", "add", "deep.low.kid.kites.test", "--ns", "ns.elsewhere.test")
    assert "zone deep.low.kid.kites.test is not delegated: kid.kites.test has" in check(served)[1]
    zone = served.windsock("zone", "export", "kid.kites.test").stdout
    served.windsock("zone", "import", "kid.kites.test", "-", input=zone + "low.kid.kites.test. 60 IN NS ns.elsewhere.test.\n")
    assert check(served)[0] == 0  # somebody else's to say


def test_addresses_certificates_and_clocks(served):
    served.windsock("relay", "set", "r1", "--address", "192.0.2.1", "--address", "2001:db8::1")
    observe(served, "r1", down="192.0.2.1")
    observe(served, "r2", certificate=2)
    observe(served, "r3", observer="fast", at=int(time.time()) + 3600, heard=int(time.time()) + 3600)
    observe(served, "r3", observer="slow", at=int(time.time()) - 3600, heard=int(time.time()))
    status, said = check(served)
    assert status == 1, said
    assert "relay r1 looks down at 192.0.2.1, which is not given out" in said
    assert "relay r2 is of no use to clients that check certificates" in said
    assert "the clock of prober fast is 3" in said and "ahead" in said
    assert "the clock of prober slow is 3600 s behind" in said
    # the pool is IPv4 only, and what is left is r2 and r3
    assert eventually(lambda: sorted(short(served, "fe4_500")) == ["192.0.2.2", "192.0.2.3"])
    assert "looks down at 192.0.2.1" in "".join(short(served, "_why.fe4_500", "TXT"))
    served.windsock("pool", "set", "fe4_500", "--certificate", "1")
    assert eventually(lambda: short(served, "fe4_500") == ["192.0.2.3"])


def test_an_updater_that_died(served):
    served.sql("INSERT OR REPLACE INTO reader (name, revision, at) VALUES ('dnsd', 1, unixepoch())")
    assert check(served)[0] == 0
    served.updater.kill()
    status, said = check(served)
    assert status == 2 and "the updater is silent" in said
    assert "the updater is silent" in served.windsock("status").stdout


def test_nobody_probes(served):
    observe(served, "r1", at=int(time.time()) - 30 * 86400)
    status, said = check(served)
    assert status == 2 and "nobody probes: the last word on any relay is p1's, 720 hours ago" in said
    assert "nobody probes" in served.windsock("status").stdout


def test_the_true_reason(served):
    for relay in ("r1", "r2", "r3"):
        served.windsock("relay", "set", relay, "--weight", "0", "--force", "--reason", "x")
    status, said = check(served)
    assert status == 2 and "look down" not in said and "r3 has weight 0" in said
    assert "r3 has weight 0" in served.windsock("status").stdout
    for relay in ("r1", "r2", "r3"):
        served.windsock("relay", "set", relay, "--weight", "100")
    served.windsock("pool", "set", "fe4_500", "--least", "5")
    status, said = check(served)
    assert status == 1 and "pool fe4_500 has 3 relays, and wants 5 at least" in said


def test_two_registries_at_one_serial(served):
    other = World()
    try:
        served.sql(f"VACUUM INTO '{other.registry}'")
        other.start_dnsd()
        served.windsock("host", "add", "here.kites.test", "--address", "192.0.2.1")
        other.windsock("host", "add", "there.kites.test", "--address", "192.0.2.1")
        both = [f"127.0.0.1:{w.dns_port}" for w in (served, other)]
        assert check(served, "--server", both[0], "--server", both[0])[0] == 0
        status, said = check(served, "--server", both[0], "--server", both[1])
        assert status == 2 and "differ at here.kites.test" in said, said
    finally:
        other.close()


def test_secondaries_that_are_behind(served):
    behind = World()
    try:
        served.sql(f"VACUUM INTO '{behind.registry}'")
        behind.start_dnsd()
        served.windsock("secondary", "add", "ns2", "--address", "127.0.0.1", "--port", behind.dns_port)
        assert check(served)[0] == 0  # it has a little time
        ours, theirs = (int(w.dig("+short", "kites.test", "SOA").split()[2]) for w in (served, behind))
        assert f"secondary ns2 is behind: it has kites.test of serial {theirs}," in served.windsock("status").stdout
        shown, = json.loads(served.windsock("status", "--json").stdout)["secondaries"]
        assert (shown["name"], shown["serial"], shown["behind"], shown["trouble"]) == ("ns2", theirs, theirs < ours, None)
        assert theirs < ours and 0 <= shown["behind_seconds"] < 600
        served.sql("UPDATE change SET at = at - 3600")
        status, said = check(served)
        assert status == 1 and "secondary ns2 is behind" in said
        behind.dnsd.stop()
        status, said = check(served)
        assert status == 2 and "is silent" in said
        assert "asked for kites.test, is silent" in served.windsock("status").stdout
        shown, = json.loads(served.windsock("status", "--json").stdout)["secondaries"]
        assert (shown["serial"], shown["trouble"]) == (None, "is silent")
        served.windsock("secondary", "set", "ns2", "--port", served.dns_port)
        # the dates were changed under the name server's feet: the updater may raise the serial, or have done so
        assert eventually(lambda: f"secondary ns2 has kites.test of serial {short(served, 'kites.test.', 'SOA')[0].split()[2]}\n"
                          in served.windsock("status").stdout)
        assert json.loads(served.windsock("status", "--json").stdout)["secondaries"][0]["behind"] is False
    finally:
        behind.close()


class NameServer(threading.Thread):
    """Says REFUSED, but only when `first`, if there is one, was asked, too."""

    def __init__(self, first=None):
        super().__init__(daemon=True)
        self.first, self.asked = first, threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", free_port()))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            asked, client = self.socket.recvfrom(4096)
            if asked == b"end":
                return
            if dns.message.from_wire(asked).opcode() != dns.opcode.QUERY:
                continue  # a secondary is told of changes
            self.asked.set()
            if self.first is None or self.first.asked.wait(30):
                reply = dns.message.make_response(dns.message.from_wire(asked))
                reply.set_rcode(dns.rcode.REFUSED)
                self.socket.sendto(reply.to_wire(), client)

    def close(self):
        self.socket.sendto(b"end", ("127.0.0.1", self.port))
        self.join()
        self.socket.close()


@pytest.mark.parametrize("way", ["--server", "secondary"])
def test_name_servers_are_asked_all_at_once(served, way):
    last = NameServer()
    patient = [NameServer(first=last) for _ in range(5)]
    try:
        words = []
        for number, server in enumerate(patient + [last]):
            if way == "secondary":
                served.windsock("secondary", "add", f"s{number}", "--address", "127.0.0.1", "--port", server.port)
            else:
                words += ["--server", f"127.0.0.1:{server.port}"]
        status, said = check(served, *words)
        assert status == 2 and said.count("asked for kites.test, answers REFUSED") == 6 + 1, said  # and the first line
    finally:
        last.asked.set()
        for server in patient + [last]:
            server.close()


def test_each_zone_of_a_secondary_is_looked_at(served):
    other = World()
    try:
        served.windsock("zone", "add", "later.test", "--ns", "ns.elsewhere.test")
        served.sql(f"VACUUM INTO '{other.registry}'")
        other.start_dnsd()
        served.windsock("secondary", "add", "ns2", "--address", "127.0.0.1", "--port", other.dns_port)
        server = f"127.0.0.1:{other.dns_port}"
        assert "secondary ns2 is behind: it has kites.test of serial" in served.windsock("status").stdout
        other.windsock("zone", "remove", "later.test")
        for words in ((), ("--server", server)):
            status, said = check(served, *words)
            assert status == 2 and f"name server {server}, asked for later.test, answers REFUSED\n" in said
        assert f"name server {server}, asked for later.test, answers REFUSED\n" in served.windsock("status").stdout
        shown, = json.loads(served.windsock("status", "--json").stdout)["secondaries"]
        assert (shown["zone"], shown["trouble"], shown["zones"]) == ("later.test", "answers REFUSED", 2)
        other.windsock("zone", "remove", "kites.test")
        assert "asked for kites.test, answers REFUSED (and for 1 other zone)" in check(served)[1]
    finally:
        other.close()


def test_a_secondary_of_which_the_row_is_damaged(served):
    for name in ("ns2", "ns3"):
        served.windsock("secondary", "add", name, "--address", "127.0.0.1", "--port", served.dns_port)
    served.sql("UPDATE secondary SET address = 'nowhere' WHERE name = 'ns2'")
    status, said = check(served)
    assert status == 2 and said.count("cannot be asked: its row in the registry is damaged") == 2 and "ns3" not in said
    assert "secondary ns3 has kites.test of serial" in served.windsock("status").stdout


def test_status_of_a_day_survives_a_restart(served):
    served.dnsd.stop()
    served.start_dnsd("--telemetry-interval", 1)
    for _ in range(5):
        served.answers("fe4_500.kites.test")

    def shown():
        return served.dig("+short", "_status.fe4_500.kites.test", "TXT")
    assert eventually(lambda: "queries=5 networks=1" in shown())
    served.dnsd.stop()
    served.start_dnsd("--telemetry-interval", 600)
    assert eventually(lambda: "queries=5 networks=1" in shown())
