# SPDX-License-Identifier: BSD-2-Clause
"""What a blocked and a suspended account may still do, and what is left to a kite that flies on quotas."""
import hashlib

import dns.message
import dns.query
import dns.zone
import pytest

from harness import World, eventually

ZONE = "kites.test"
SECRET = "sekrit"


@pytest.fixture(scope="module")
def kites():
    world = World()
    world.init()
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.account("demo", f"*.demo.{ZONE}", "--allow-private")
    world.windsock("host", "add", f"kite.demo.{ZONE}", "--account", "demo", "--address", "192.0.2.1", "--secret-stdin",
                   input=f"{SECRET}\n")
    world.start_dnsd("--transfer-networks", "127.0.0.1")
    world.start_updater()
    yield world
    world.close()


def name_of(secret=SECRET, kite=f"kite.demo.{ZONE}"):
    srand, token, salt = "ab" * 18, "t" + "1234567" + "cd" * 14, "01234567"
    sign = salt + hashlib.sha1(f"{secret}http:{kite}:{srand}:{token}{salt}".encode()).hexdigest()[:28]
    return f"{srand}.{token}.{sign}.http.{kite.replace('*', '_any_')}.auth.{ZONE}"


def flies(world, **more):
    """What a relay's gethostbyname_ex gives it: the canonical name and the address (pagekite.md section 4)."""
    reply = world.query(name_of(**more))
    alias = [r[0].to_text() for r in reply.answer if r.rdtype == 5]
    address, = (r[0].to_text() for r in reply.answer if r.rdtype == 1)
    assert len(alias) <= 1 and all(r.name.to_text() == alias[0] for r in reply.answer if alias and r.rdtype == 1)
    return (alias or [None])[0], address


def update(world, host=f"kite.demo.{ZONE}", address="192.0.2.7"):
    return world.update(host, address, ("demo", "correct horse"))


def signed(world, address):
    salt = "abcdefgh"
    sign = salt + hashlib.sha1(f"{SECRET}kite.demo.{ZONE}:{address}{salt}".encode()).hexdigest()
    return world.http("GET", f"/?hostname=kite.demo.{ZONE}&myip={address}&sign={sign}").text


def test_blocked_and_suspended(kites):
    shown = ["192.0.2.1"]
    kites.windsock("account", "set", "demo", "--blocked", "yes")
    assert eventually(lambda: update(kites) == ["abuse"]) and signed(kites, "192.0.2.8") == "abuse\n"
    assert kites.answers(f"kite.demo.{ZONE}") == shown and flies(kites) == (None, "255.255.254.255")
    kites.windsock("account", "set", "demo", "--blocked", "no", "--suspended", "yes",
                   "--force", "--reason", "it was misused")
    assert eventually(lambda: kites.answers(f"kite.demo.{ZONE}") == [])
    assert kites.answers(f"www.kite.demo.{ZONE}") == [] and flies(kites) == (None, "255.255.255.1")
    assert update(kites) == ["abuse"] and signed(kites, "192.0.2.9") == "abuse\n"
    kites.windsock("host", "add", f"other.demo.{ZONE}", "--account", "demo", "--address", "192.0.2.1")
    assert kites.sql(f"SELECT suspended FROM host WHERE name = 'other.demo.{ZONE}'") == "1"
    kites.dnsd.stop()
    kites.start_dnsd("--transfer-networks", "127.0.0.1")  # from the whole registry
    assert kites.answers(f"kite.demo.{ZONE}") == [] and kites.answers(f"other.demo.{ZONE}") == []
    transferred = dns.zone.from_xfr(dns.query.xfr("127.0.0.1", ZONE, port=kites.dns_port, relativize=False), relativize=False)
    assert not any("demo" in str(name) for name in transferred.nodes)
    assert "kite.demo" not in kites.windsock("zone", "export", ZONE, "--served").stdout
    kites.windsock("account", "set", "demo", "--suspended", "no")
    assert eventually(lambda: kites.answers(f"kite.demo.{ZONE}") == shown) and flies(kites) == (None, "255.255.254.255")


def test_quotas(kites):
    host = f"kite.demo.{ZONE}"
    for options, alias, address in [
            (["--quota-kb", 10000], None, "0.0.39.16"), (["--quota-kb", -1], None, "0.0.0.0"),
            (["--quota-kb", 10000, "--quota-days", 30, "--quota-conns", 10],
             f"ok.0.001e.000a.00002710.quota.auth.{ZONE}.", "0.0.39.16"),
            (["--quota-kb", 0, "--quota-days", -1, "--quota-conns", 0],
             f"ok.0.0000.ffff.fffffeff.quota.auth.{ZONE}.", "255.255.254.255")]:
        kites.windsock("host", "set", host, *options)
        assert eventually(lambda: flies(kites) == (alias, address)), flies(kites)
        assert flies(kites, secret="another") == (None, "255.255.255.1")
        if alias:
            assert kites.answers(alias) == [address]  # a resolver may ask for the target by itself
    assert update(kites, address="192.0.2.5") == ["good 192.0.2.5"]  # an update of a host keeps its quotas
    assert flies(kites) == (alias, address) and kites.answers(host) == ["192.0.2.5"]
    assert flies(kites, kite=f"*.{host}") == (alias, address)
    kites.windsock("host", "set", host, "--quota-days", 0)
    assert eventually(lambda: flies(kites) == (None, "255.255.254.255"))
