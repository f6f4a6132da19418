# SPDX-License-Identifier: BSD-2-Clause
"""What is damaged in the registry takes nothing else with it, and is said."""
import secrets

import pytest
from harness import eventually, run

ZONE = "b5p.us"


@pytest.fixture
def here(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    world.windsock("zone", "add", "other.test", "--ns", f"ns1.{ZONE}")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    for number in (1, 2):
        world.windsock("relay", "add", f"r{number}", "--address", f"192.0.2.{number}", "--tls", "1.2-1.3")
        world.account(f"demo{number}", f"*.{ZONE}", "--allow-private")
        world.windsock("host", "add", f"h{number}.{ZONE}", "--account", f"demo{number}", "--addresses",
                       f"198.51.100.{number}", "--secret-stdin", input="sesame")
        world.windsock("tsig", "add", f"key{number}")
        world.windsock("secondary", "add", f"s{number}", "--address", f"127.0.0.{number}", "--port", "1")
    return world


def test_a_secret_that_cannot_be_opened_costs_no_address(here):
    here.sql(f"UPDATE host SET secret = x'01020304' WHERE name = 'h1.{ZONE}'")
    here.start_dnsd()
    assert here.answers(f"h1.{ZONE}") == ["198.51.100.1"]
    assert here.answers(f"www.h1.{ZONE}") == ["198.51.100.1"]
    assert "secrets cannot be opened" in here.dnsd.text() and f"h1.{ZONE}" in here.dnsd.text()
    checked = here.windsock("check", check=False)
    assert checked.returncode >= 1 and "secrets of hosts cannot be opened (1)" in checked.stdout
    here.sql(f"UPDATE host SET secret = x'0506' WHERE name = 'h2.{ZONE}'")  # it is said while it runs, too
    assert eventually(lambda: "cannot be opened (2)" in here.windsock("check", check=False).stdout)
    assert here.answers(f"h2.{ZONE}") == ["198.51.100.2"]
    for number in (1, 2):
        here.windsock("host", "set", f"h{number}.{ZONE}", "--secret-stdin", input="sesame")
    assert eventually(lambda: "cannot be opened" not in here.windsock("check", check=False).stdout)


def test_a_secret_that_cannot_be_opened_of_a_suspended_account_on_quotas(here):
    def refused():
        name = f"{'ab' * 18}.t{'0123456789abcdef' * 2}012.01234567{'0' * 28}.http.h1.{ZONE}.auth.{ZONE}"
        return here.answers(name) == ["255.255.255.1"]

    here.windsock("host", "set", f"h1.{ZONE}", "--quota-kb", 10000, "--quota-days", 30)
    here.windsock("account", "set", "demo1", "--suspended", "yes", "--force", "--reason", "its bill")
    here.sql(f"UPDATE host SET secret = x'01020304' WHERE name = 'h1.{ZONE}'")
    here.start_dnsd()
    assert here.answers(f"h1.{ZONE}") == [] and refused()
    assert "cannot be opened" not in here.windsock("check", check=False).stdout  # nobody is refused for its sake
    here.windsock("account", "set", "demo1", "--suspended", "no")
    assert eventually(lambda: here.answers(f"h1.{ZONE}") == ["198.51.100.1"]) and refused()
    assert eventually(lambda: "cannot be opened (1)" in here.windsock("check", check=False).stdout)
    here.windsock("account", "set", "demo1", "--suspended", "yes", "--force", "--reason", "its bill")
    assert eventually(lambda: here.answers(f"h1.{ZONE}") == []) and refused()
    assert eventually(lambda: "cannot be opened" not in here.windsock("check", check=False).stdout)


@pytest.mark.parametrize("key", ["another", "none"])
def test_another_key_file_costs_no_address(here, key):
    path = here.dir / "registry.key"
    path.write_text(secrets.token_hex(32) + "\n") if key == "another" else path.unlink()
    here.start_dnsd()
    for number in (1, 2):
        assert here.answers(f"h{number}.{ZONE}") == [f"198.51.100.{number}"]
    assert "secrets of hosts cannot be opened (2)" in here.windsock("check", check=False).stdout
    if key == "another":
        here.start_updater()
        here.http("GET", f"/?hostname=h1.{ZONE}&myip=192.0.2.7&sign=abcdefgh{'0' * 40}")
        assert eventually(lambda: f"host=h1.{ZONE}" in here.updater.text()), here.updater.text()


DAMAGE = [
    ("relay", "UPDATE relay SET addresses = 'nonsense' WHERE name = 'r1'"),
    ("release", "UPDATE release SET pools = 'no good label!'"),
    ("pool", "INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('no good label!', 0, 0, 60, 8)"),
    ("rule", "INSERT INTO rule (pool, relay, verdict, note) VALUES ('fe4_152', 'r1', 0, 'no' || char(10) || 'line')"),
    ("account", "UPDATE account SET hosts = '%%% bad' WHERE name = 'demo1'"),
    ("host", f"UPDATE host SET addresses = 'nonsense' WHERE name = 'h1.{ZONE}'"),
    ("record", f"INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('{ZONE}', 'bad.{ZONE}', 15, 60, x'ff')"),
    ("zone", "UPDATE zone SET \"primary\" = 'not a name..at all' WHERE name = 'other.test'"),
    ("tsig", "UPDATE tsig SET secret = x'00' WHERE name = 'key1'"),
    ("secondary", "UPDATE secondary SET address = 'nowhere' WHERE name = 's1'"),
]


@pytest.mark.parametrize("kind, statement", DAMAGE, ids=[kind for kind, _ in DAMAGE])
def test_one_damaged_row_takes_no_other_away(here, kind, statement):
    here.sql(statement)
    here.start_dnsd("--transfer-networks", "127.0.0.0/8")
    here.start_updater()
    assert here.answers(f"h2.{ZONE}") == ["198.51.100.2"]
    assert "192.0.2.2" in here.answers(f"fe4_152.{ZONE}")
    assert here.update(f"new.{ZONE}", "192.0.2.9", ("demo2", "correct horse")) == ["good 192.0.2.9"]
    assert here.answers(f"new.{ZONE}") == ["192.0.2.9"]
    whole = run("dig", "@127.0.0.1", "-p", here.dns_port, ZONE, "AXFR").stdout
    assert f"new.{ZONE}." in whole and f"h2.{ZONE}." in whole and "Transfer failed" not in whole
    for noun in ("relay", "pool", "account", "host", "zone", "release"):
        here.windsock(noun, "list")
    assert kind == "account" or here.windsock("check", check=False).returncode in (1, 2)
    here.windsock("host", "add", f"more.{ZONE}", "--addresses", "192.0.2.10")
    assert here.answers(f"more.{ZONE}") == ["192.0.2.10"]
