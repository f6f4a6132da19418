# SPDX-License-Identifier: BSD-2-Clause
"""windsock, the operator's command: every verb, what it prints, and how it ends."""
import json
import os
import re
import shlex

import pytest

from harness import BUILD, TOP, World, run

RELEASES = TOP / "examples/pagekite.releases"
ZONE = """$ORIGIN b5p.us.
$TTL 3600
@ SOA ns1 hostmaster 7 7200 900 1209600 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.80
"""


def refused(world, status, *words, says="", **more):
    """The command ends with the status, says why, and changes nothing."""
    before = world.windsock("export").stdout
    done = world.windsock(*words, check=False, **more)
    assert done.returncode == status, (words, done.returncode, done.stderr)
    assert says in done.stderr, (words, done.stderr)
    assert world.windsock("export").stdout == before, words
    return done


def shown(world, *words):
    return json.loads(world.windsock(*words, "--json").stdout)


@pytest.fixture
def fleet(world):
    """The examples of surface.md, to the letter."""
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=192.0.2.53")
    world.windsock("release", "import", RELEASES)
    world.windsock(*("relay add r1 --address 192.0.2.11 --address 2001:db8::11 --port 443 --tls 1.0-1.2 "
                     "--weight 100").split())
    return world


# The frame: help, options, exit statuses.


def test_help_and_version(world):
    said = world.windsock("--help").stdout
    assert "\n  relay drain       Takes a relay out of its pools\n" in said and said == world.windsock("help").stdout
    assert max(map(len, said.splitlines())) < 81
    assert "windsock relay drain NAME" in world.windsock("help", "relay").stdout
    assert world.windsock("help", "relay", "drain").stdout == world.windsock("relay", "drain", "-h").stdout
    assert "example:" in world.windsock("pool", "explain", "--help").stdout
    assert world.windsock("--version").stdout.startswith("windsock ")
    verbs = world.windsock("relay", "--help").stdout
    assert "relay invite" in verbs and "preflight" in verbs and "zone" not in verbs


def all_verbs(world):
    return [verb.split() for verb in re.findall(r"^  ([a-z]+(?: [a-z]+)?) +[A-Z]", world.windsock("--help").stdout, re.M)]


def test_every_verb_has_help_and_an_example(world):
    verbs = all_verbs(world)
    assert len(verbs) > 60
    for words in verbs:
        text = world.windsock(*words, "--help").stdout
        assert text.startswith("usage: windsock " + " ".join(words)), words
        assert f"example:\n  windsock {' '.join(words)}" in text, words


@pytest.mark.parametrize("words, says", [
    ((), "windsock --help"),
    (("fly",), "there is no 'fly': see 'windsock --help'"),
    (("zome", "add"), "there is no 'zome add': did you mean 'zone'?"),
    (("relays", "list"), "there is no 'relays list': did you mean 'relay'?"),
    (("drain", "relay", "r1"), "did you mean 'relay drain'?"),
    (("help", "zome"), "did you mean 'zone'?"),
    (("zone",), "zone wants a verb: see 'windsock zone --help'"),
    (("zone", "fly"), "zone has no verb fly"),
    (("relay", "preflgiht", "192.0.2.1", "--port", "1"), "did you mean 'relay preflight'?"),
    (("zone", "exp", "b5p.us"), "did you mean 'zone export'?"),
    (("relay", "add"), "NAME is missing: usage: windsock relay add"),
    (("release", "show", "p"), "VERSION is missing: usage: windsock release show PRODUCT VERSION"),
    (("relay", "list", "r1"), "'r1' is a word too many: usage: windsock relay list"),
    (("relay", "drain", "r1", "--", "--wait"), "'--wait' is a word too many"),
    (("relay", "list", "--speed", "1"), "has no option --speed"),
    (("relay", "list", "--speed"), "relay list has no option --speed: see 'windsock relay list --help'"),
    (("relay", "drain", "r1", "--wiat"), "relay drain has no option --wiat: did you mean '--wait'?"),
    (("relay", "drain", "r1", "--wait=yes"), "--wait takes no value, and 'yes' is one"),
    (("relay", "drain", "r1", "-f"), "-f is not an option"),
    (("--wait", "relay", "drain", "r1"), "--wait stands before the verb"),
    (("relay", "set", "r1", "--weight"), "--weight wants a value: N"),
    (("relay", "add", "r9", "--address"), "--address wants a value"),
    (("relay", "add", "r9", "--address", "300.1.1.1"), "300.1.1.1"),
    (("relay", "add", "r9", "--address", "192.0.2.9", "--tls", "1.9"), "1.9"),
    (("relay", "add", "r9", "--address", "192.0.2.9", "--port", "0"), "port"),
    (("relay", "add", "r9"), "--address"),
    (("relay", "set", "r1"), "relay set --help"),
    (("relay", "drain", "r1", "--force"), "--reason"),
    (("zone", "add", "kites.test"), "--ns"),
    (("release", "add", "p", "1", "--tls", "1.2"), "--pool"),
    (("release", "add", "p", "1", "--pool", "x"), "--tls"),
    (("pool", "explain", "fe4_152", "--client", "here"), "not an IPv4 or IPv6 address"),
    (("plan",), "windsock plan --help"),
    (("plan", "relay", "list"), "changes nothing"),
    (("plan", "plan", "relay"), "there is no"),
    (("relay", "drain", "r1", "--plan", "x"), "--plan 'x'"),
])
def test_usage(fleet, words, says):
    refused(fleet, 2, *words, says=says)


@pytest.mark.parametrize("words, says", [
    (("relay", "show", "r9"), "'windsock relay list'"),
    (("relay", "remove", "r9"), "'windsock relay list'"),
    (("zone", "show", "nowhere.test"), "'windsock zone list'"),
    (("pool", "explain", "nothing-of-ours"), "'windsock pool list'"),
    (("pool", "exclude", "fe4_152", "r9"), "'windsock relay list'"),
    (("relay", "add", "r1", "--address", "192.0.2.9"), "exists already"),
    (("host", "add", "a.b5p.us", "--account", "nobody"), "'windsock account list'"),
    (("zone", "import", "a.test", "/nonexistent"), "/nonexistent"),
])
def test_failed(fleet, words, says):
    refused(fleet, 1, *words, says=says)


def test_no_registry(tmp_path):
    done = run(BUILD / "windsock", "--registry", tmp_path / "none", "relay", "list", check=False)
    assert done.returncode == 1 and "windsock init" in done.stderr
    done = run(BUILD / "windsock", "--registry", tmp_path / "none", "check", check=False)
    assert done.returncode == 3 and "UNKNOWN" in done.stdout.splitlines()[0]


def test_registry_from_the_environment(world):
    import os
    done = run(BUILD / "windsock", "status", env={**os.environ, "WINDSOCK_REGISTRY": str(world.registry)})
    assert str(world.registry) in done.stdout


def test_init_twice(world):
    key = (world.dir / "registry.key").read_text()
    assert (world.dir / "registry.key").stat().st_mode & 0o777 == 0o600
    world.windsock("init")
    assert (world.dir / "registry.key").read_text() == key


# Never strand.


@pytest.mark.parametrize("words", [
    ("relay", "drain", "r1"),
    ("relay", "remove", "r1"),
    ("relay", "set", "r1", "--tls", "1.3"),
    ("relay", "set", "r1", "--state", "out"),
    ("pool", "exclude", "fe4_152", "r1"),
    ("pool", "set", "fe4_152", "--tls", "ssl3"),
    ("release", "add", "pagekite.py", "9.9", "--pool", "fe4_152", "--tls", "ssl3"),
    ("pool", "remove", "fe4_152"),
])
def test_refused_when_it_would_hurt(fleet, words):
    refused(fleet, 3, *words, says="--force --reason TEXT")
    done = fleet.windsock(*words, "--force", "--reason", "its disk is failing")
    assert "its disk is failing" in fleet.windsock("log").stdout.splitlines()[-1], done


def test_harm_names_the_pools(fleet):
    said = refused(fleet, 3, "relay", "drain", "r1").stderr
    assert "fe4_152" in said and "fe4_091c" in said
    assert " frontends" in said  # r1 is of no use to its SSLv3 clients, but is all that the others have


def test_no_harm_with_a_second_relay(fleet):
    fleet.windsock("relay", "add", "r2", "--address", "192.0.2.12", "--address", "2001:db8::12", "--tls", "1.0-1.3")
    fleet.windsock("relay", "drain", "r1")
    refused(fleet, 3, "relay", "drain", "r2")
    fleet.windsock("relay", "resume", "r1")
    fleet.windsock("relay", "drain", "r2")


def test_dry_run(fleet):
    before = fleet.windsock("export").stdout
    for words in (("relay", "set", "r1", "--weight", "7"), ("zone", "remove", "b5p.us"),
                  ("relay", "drain", "r1", "--force", "--reason", "x"), ("pool", "add", "new")):
        done = fleet.windsock(*words, "--dry-run")
        assert done.stdout.startswith("would be: ") and "nothing was changed" in done.stderr
    refused(fleet, 3, "relay", "drain", "r1", "--dry-run")
    assert fleet.windsock("export").stdout == before


def test_log(fleet):
    fleet.windsock("relay", "set", "r1", "--weight", "7", "--reason", "half the bandwidth")
    last = shown(fleet, "log", "--kind", "relay")[-1]
    assert last["kind"] == "relay" and last["key"] == "r1"
    assert last["old"]["weight"] == 100 and last["new"]["weight"] == 7
    assert last["actor"] and last["reason"] == "half the bandwidth" and "relay set r1" in last["verb"]
    assert shown(fleet, "log", "--after", last["revision"]) == []


# Zones.


def test_zone_add(world):
    done = world.windsock("zone", "add", "Kites.Test.", "--ns", "ns1.kites.test", "--ns", "ns.example=192.0.2.1",
                          check=False)
    assert done.returncode == 2 and "outside the zone" in done.stderr
    done = world.windsock("zone", "add", "Kites.Test.", "--ns", "ns1.kites.test")
    assert "no address" in done.stderr
    assert shown(world, "zone", "show", "kites.test")["primary"] == "ns1.kites.test"
    assert shown(world, "zone", "show", "kites.test.")["contact"] == "hostmaster.kites.test"
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=192.0.2.53", "--ns", "ns1.b5p.us=2001:db8::53",
                   check=False)
    assert [z["name"] for z in shown(world, "zone", "list")] == ["kites.test"]
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=192.0.2.53")
    exported = world.windsock("zone", "export", "b5p.us").stdout
    assert "b5p.us. 86400 IN NS ns1.b5p.us." in exported and "ns1.b5p.us. 3600 IN A 192.0.2.53" in exported
    world.windsock("zone", "remove", "b5p.us.")
    assert [z["name"] for z in shown(world, "zone", "list")] == ["kites.test"]


ALL_TYPES = ZONE + r"""@ MX 10 Mail
@ TXT "v=spf1 -all" "a \"quoted\" \\ \200"
@ CAA 0 issue "ca.example"
@ HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1
svc SVCB 1 mail mandatory=alpn alpn=h2
v6 AAAA 2001:db8::80
alias CNAME www
old DNAME other.example.
sub NS ns.sub
ns.sub A 192.0.2.99
sub DS 1 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
p PTR host.example.
_sip._tcp SRV 1 2 5060 mail
_443._tcp TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
nap NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .
unknown TYPE65280 \# 4 0a000001
known TYPE1 \# 4 0a000002
ssh SSHFP 1 1 0123456789abcdef0123456789abcdef01234567
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
sp\.ec\032ial TXT "x"
*.wild A 192.0.2.60
"""


def test_zone_round_trip(world):
    file = world.dir / "zone"
    file.write_text(ALL_TYPES)
    world.windsock("zone", "import", "b5p.us", file)
    first = world.windsock("zone", "export", "b5p.us").stdout
    assert "mail.b5p.us." in first and "alias.b5p.us. 3600 IN CNAME www.b5p.us." in first
    assert r"unknown.b5p.us. 3600 IN TYPE65280 \# 4 0a000001" in first
    assert "known.b5p.us. 3600 IN A 10.0.0.2" in first
    file.write_text(first)
    said = world.windsock("zone", "import", "b5p.us", file).stdout
    assert "0 added, 0 removed" in said
    world.windsock("zone", "remove", "b5p.us")
    world.windsock("zone", "import", "b5p.us", "-", input=first)
    assert world.windsock("zone", "export", "b5p.us").stdout.splitlines()[1:] == first.splitlines()[1:]


def test_zone_import_changes_only_what_changed(world):
    file = world.dir / "zone"
    file.write_text(ZONE)
    world.windsock("zone", "import", "b5p.us", file)
    revision = shown(world, "status")["revision"]
    file.write_text(ZONE.replace("192.0.2.80", "192.0.2.81"))
    assert "1 added, 1 removed" in world.windsock("zone", "import", "b5p.us", file).stdout
    assert len(shown(world, "log", "--after", revision)) == 2


def serial(world, zone):
    return int(world.windsock("zone", "export", zone).stdout.split()[6])


def test_zone_import_never_takes_the_serial_back(world):
    """RFC 1982: secondaries that had the zone from elsewhere must see it as newer."""
    far = (serial_now := shown(world, "status")["revision"]) + 1000
    world.windsock("zone", "import", "b5p.us", "-", input=ZONE.replace(" 7 7200", f" {far} 7200"))
    assert serial(world, "b5p.us") > far > serial_now
    before = serial(world, "b5p.us")
    world.windsock("zone", "import", "b5p.us", "-", input=ZONE.replace("192.0.2.80", "192.0.2.81"))
    assert serial(world, "b5p.us") > before


def test_zone_import_without_soa_keeps_it(world):
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=192.0.2.53", "--minimum", "77")
    world.windsock("zone", "import", "b5p.us", "-", input="@ 60 NS ns.example.\n")
    assert shown(world, "zone", "show", "b5p.us")["minimum"] == 77
    refused(world, 1, "zone", "import", "new.test", "-", input="@ 60 NS ns.example.\n", says="no SOA")


def test_zone_export_served(fleet):
    fleet.windsock("zone", "add", "sub.b5p.us", "--ns", "ns.example")
    fleet.windsock("host", "add", "demo.b5p.us", "--address", "192.0.2.1", "--address", "2001:db8::1", "--ttl", "30")
    fleet.windsock("host", "add", "other.sub.b5p.us", "--address", "192.0.2.2")
    lines = fleet.windsock("zone", "export", "b5p.us", "--served").stdout.splitlines()
    plain = fleet.windsock("zone", "export", "b5p.us").stdout.splitlines()
    assert lines[:len(plain)] == plain and not any("fe4_" in line for line in plain)
    more = lines[len(plain):]
    assert "fe4_152.b5p.us. 300 IN A 192.0.2.11" in more and "fe6_091c.b5p.us. 300 IN AAAA 2001:db8::11" in more
    assert not any(line.startswith("fe4_") and "AAAA" in line for line in more)
    assert [line for line in more if "30 IN" in line] == [
        "demo.b5p.us. 30 IN A 192.0.2.1", "demo.b5p.us. 30 IN AAAA 2001:db8::1",
        "*.demo.b5p.us. 30 IN A 192.0.2.1", "*.demo.b5p.us. 30 IN AAAA 2001:db8::1"]
    assert not any("other.sub" in line for line in more)


@pytest.mark.parametrize("line, says", [
    ("www A 192.0.2", ":7: "),
    ("other.example. A 192.0.2.1", ":7: the record is outside the zone"),
    ("@ SOA ns1 h 1 1 1 1 1", ":7: a second SOA"),
    ("www SOA ns1 h 1 1 1 1 1", ":7: an SOA that is not at the zone's apex"),
    ("www CH A 192.0.2.1", ":7: "),
    ("www CNAME b5p.us.", ":7: www.b5p.us has a CNAME and other data"),
    ("c CNAME a\nc CNAME b", ":8: c.b5p.us has more than one CNAME"),
    ("@ CNAME other.example.", ":7: b5p.us has a CNAME and other data"),
    ("d DNAME a.\nd DNAME b.", ":8: d.b5p.us has more than one DNAME"),
    ("d DNAME a.\n\nx.d A 192.0.2.1", ":9: x.d.b5p.us stands below a DNAME"),
    ("www 2147483648 A 192.0.2.1", ":7: the TTL"),
    ("$INCLUDE /etc/passwd", ":7: $INCLUDE"),
    ("www TYPE251 \\# 1 00", ":7: "),
    ("l" * 64 + " A 192.0.2.1", ":7: "),
    (".".join(["l" * 60] * 5) + " A 192.0.2.1", ":7: "),
    ("www TXT \"open", ":7: "),
    ("www A (192.0.2.1", " "),
])
def test_zone_import_refuses(world, line, says):
    """The file, the line, what was wrong; and nothing is changed."""
    world.windsock("zone", "import", "b5p.us", "-", input=ZONE)
    file = world.dir / "wrong.zone"
    file.write_text(ZONE.replace("192.0.2.80", "192.0.2.81") + line + "\n")
    said = refused(world, 1, "zone", "import", "b5p.us", file).stderr
    assert f"{file}{says}" in said or says == " ", said
    refused(world, 1, "zone", "import", "new.test", file)


def test_zone_import_notes(world):
    world.windsock("pool", "add", "frontends")
    done = world.windsock("zone", "import", "b5p.us", "-", input=ZONE + "@ DNSKEY 256 3 8 AAAA\n"
                          "www 60 A 192.0.2.82\nfrontends A 192.0.2.9\n")
    assert "of a signer were left out" in done.stderr and "differing TTLs" in done.stderr
    assert "stand at pools' names" in done.stderr
    assert "www.b5p.us. 60 IN A 192.0.2.80" in world.windsock("zone", "export", "b5p.us").stdout


def test_zone_import_list(world):
    for origin in ("a.test", "b.test"):
        (world.dir / origin).write_text(ZONE.replace("b5p.us", origin))
    good, bad = world.dir / "good", world.dir / "bad"
    good.write_text("a.test\ta.test\nb.test.\tb.test\n")
    bad.write_text("a.test\ta.test\nc.test\tb.test\n")
    assert "outside the zone" in refused(world, 1, "zone", "import", "--list", bad, says="bad:2: ").stderr
    world.windsock("zone", "import", "--list", good)
    assert [z["name"] for z in shown(world, "zone", "list")] == ["a.test", "b.test"]


# Relays, releases, pools.


def test_relays(fleet):
    assert shown(fleet, "relay", "show", "r1")["addresses"] == ["192.0.2.11", "2001:db8::11"]
    refused(fleet, 2, "relay", "add", "r2", "--address", "2001:0db8::11", says="relay r1's address")
    done = fleet.windsock("relay", "add", "r2", "--address", "192.0.2.12")
    assert "--tls" in done.stderr  # it is given out nowhere until it is observed
    fleet.windsock("relay", "set", "r2", "--tls", "1.2", "--note", "a \"quoted\" \\ note", "--weight", "0")
    r2 = shown(fleet, "relay", "show", "r2")
    assert (r2["tls"], r2["note"], r2["weight"]) == ("1.2", "a \"quoted\" \\ note", 0)
    assert "already" in fleet.windsock("relay", "resume", "r2").stdout
    table = fleet.windsock("relay", "list").stdout.splitlines()
    assert table[0].split() == ["name", "state", "health", "tls", "weight", "pools", "load", "seen", "port", "addresses"]
    assert table[1].index("443") == table[2].index("443") == table[0].index("port")
    fleet.windsock("relay", "remove", "r2")
    assert [r["name"] for r in shown(fleet, "relay", "list")] == ["r1"]


def test_lists_tell_how_it_is(fleet):
    fleet.sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, version, uuid, expires, at, heard) "
              "VALUES ('r1', 'prober', 1, 24, 0, 0, '', '', 0, 1770000000, 1770000000), "
              "('r1', 'lease', 1, 0, 0, 17, '', '', 0, 1770000005, 1770000005)")
    fleet.windsock("relay", "add", "r2", "--address", "192.0.2.12", "--tls", "1.2")
    fleet.account("demo")
    for i, address in enumerate(["192.0.2.11", "192.0.2.12", "198.51.100.1"]):
        fleet.windsock("host", "add", f"h{i}.b5p.us", "--address", address, *(("--account", "demo") if i == 2 else ()))
    fleet.sql("UPDATE host SET updated = unixepoch() - 86400 * 40 WHERE name = 'h1.b5p.us'")
    r1, r2 = fleet.json("relay", "list")
    assert (r1["name"], r1["load"], r1["seen"], r2["seen"], r2["health"]) == ("r1", 17, "2026-02-02T02:40:05Z", None, "unknown")
    pools = [pool["label"] for pool in fleet.json("pool", "list")]
    for relay in (r1, r2):
        seats = [fleet.json("pool", "explain", label)["relays"] for label in pools]
        assert relay["pools"] == sum(seat["in"] for of in seats for seat in of if seat["relay"] == relay["name"])
    table = fleet.windsock("relay", "list").stdout
    assert "1.2 (said)" in table.splitlines()[2] and "never" in table.splitlines()[2] and " 17 " in table.splitlines()[1]

    def hosts(*words):
        return [host["name"] for host in fleet.json("host", "list", *words)]
    assert hosts() == ["h0.b5p.us", "h1.b5p.us", "h2.b5p.us"] and hosts("--relay", "r1") == ["h0.b5p.us"]
    assert hosts("--account", "demo") == ["h2.b5p.us"] and hosts("--older-than", "30d") == ["h1.b5p.us"]
    assert hosts("--relay", "r1", "--older-than", "30d") == [] and hosts("--relay", "r2", "--older-than", "30d") == ["h1.b5p.us"]
    for words, says in ((("--relay", "r9"), "windsock relay list"), (("--account", "nobody"), "windsock account list")):
        refused(fleet, 1, "host", "list", *words, says=says)
    refused(fleet, 2, "host", "list", "--older-than", "x", says="--older-than 'x'")
    assert fleet.json("host", "show", "h0.b5p.us")["relays"] == [{"name": "r1", "state": "service"}]
    assert fleet.json("host", "show", "h2.b5p.us")["relays"] == []
    assert "relay: r2, in state service" in fleet.windsock("host", "show", "h1.b5p.us").stdout

    fleet.windsock("tsig", "add", "xfr.key", "--transfer")
    key = fleet.json("tsig", "show", "xfr.key")
    assert key["transfer"] is True and "secret" not in key
    fleet.windsock("secondary", "add", "ns2", "--address", "127.0.0.1", "--port", "9", "--tsig", "xfr.key")
    row, = fleet.json("secondary", "list")
    assert row["name"] == "ns2" and row["serial"] is None and "silent" in row["words"]
    assert "silent" in fleet.windsock("secondary", "list").stdout


def test_relay_invite(fleet):
    said = fleet.windsock("relay", "invite", "r7", "--weight", "5").stdout
    token = said.split("invitation: ")[1].strip()
    assert len(token) >= 32
    assert shown(fleet, "relay", "show", "r7")["state"] == "invited"
    refused(fleet, 2, "relay", "resume", "r7", says="not registered")
    assert token not in fleet.windsock("export").stdout + fleet.windsock("log").stdout
    assert token.encode() not in fleet.registry.read_bytes()
    assert "invitation" in json.loads(fleet.windsock("relay", "invite", "r8", "--json").stdout)


def test_relay_token(fleet):
    fleet.start_updater()

    def heartbeat(token):
        return fleet.http("PUT", "/v1/relays/r1", json.dumps({"load": 3}), {"Authorization": f"Bearer {token}"}).status

    said = fleet.windsock("relay", "token", "r1")
    first = said.stdout.split("token: ")[1].strip()
    assert "void" not in said.stderr and "relay r1 has a new token" in said.stdout
    assert heartbeat(first) == 200 and heartbeat("x") == 401
    said = fleet.windsock("relay", "token", "r1", "--json")
    second = json.loads(said.stdout)["token"]
    assert "the token that relay r1 had is void" in said.stderr
    assert (heartbeat(first), heartbeat(second)) == (401, 200)
    assert "token:" not in fleet.windsock("relay", "token", "r1", "--dry-run").stdout and heartbeat(second) == 200
    assert second not in fleet.windsock("export").stdout + fleet.windsock("log").stdout
    refused(fleet, 1, "relay", "token", "r9", says="windsock relay list")
    fleet.windsock("relay", "invite", "r7")
    again = fleet.windsock("relay", "token", "r7")
    assert "invitation: " in again.stdout and "the invitation that relay r7 had is void" in again.stderr


SPEAKS = {  # by the head of the file: what tells a build's library, and what builds on it can speak
    "ssl3": r"SSLv3 only",
    "1.0": r"TLS 1\.0|TLS off|pagekite\.py [\w.]+(?:\+github)? $|libpagekite 0\.90",
    "1.0-1.2": r"\+pyopenssl |\+debian9 |\+openssl1\.1\.0 |OpenSSL 1\.0\.1 or 1\.0\.2",
    "1.2": r"MicroPython",
    "1.2-1.3": r"\+debian10 |\+openssl3 |\+cpython |pagekite\.py 1\.5\.2 ",
}


def test_each_release_says_what_one_library_can_speak():
    """No line is for two libraries, and none says more than its own can, or less."""
    before, builds = "", set()
    for line in RELEASES.read_text().splitlines():
        if not line.startswith("release "):
            continue
        said = dict(word.split("=", 1) for word in shlex.split(line)[1:])
        build = f"{said['product']} {said['version']} "
        note = before if said.get("note") == "the same" else said.get("note", "")
        speaks = [tls for tls, library in SPEAKS.items() if re.search(library, build + note)]
        assert speaks == [said["tls"]], line
        assert build not in builds, line
        builds.add(build)
        before = note
    assert len(builds) > 25


def test_releases(fleet):
    fleet.windsock("release", "add", "pagekite.py", "0.5.8x", "--pool", "fe058", "--tls", "1.0-1.2")
    fleet.windsock("release", "add", "other", "1", "--pool", "brand-new", "--pool", "fe4_152", "--tls", "1.2")
    assert shown(fleet, "release", "show", "other", "1")["pools"] == ["brand-new", "fe4_152"]
    assert shown(fleet, "pool", "show", "brand-new")["state"] == "open"
    fleet.windsock("release", "remove", "other", "1")
    refused(fleet, 1, "release", "show", "other", "1")
    before, revision = fleet.windsock("export").stdout, shown(fleet, "status")["revision"]
    fleet.windsock("release", "import", RELEASES)
    assert fleet.windsock("export").stdout == before and shown(fleet, "log", "--after", revision) == []


@pytest.mark.parametrize("line, says", [
    ("release product=p version=1 pools=x tls=1.2 colour=red", ":3: a release has no field 'colour'"),
    ("release product=p version=1 pools=x tls=9", ":3: "),
    ("release product=p pools=x tls=1.2", ":3: a release needs version="),
    ("release product=p version=1 version=2 pools=x tls=1.2", ":3: version stands twice"),
    ("release product=p version=\"1 pools=x tls=1.2", ":3: a quote is not closed"),
    ("relay name=r9 addresses=192.0.2.9", ":3: a relay has no place"),
    ("thing name=x", ":3: 'thing' is no kind of object"),
])
def test_release_import_refuses(fleet, line, says):
    file = fleet.dir / "releases"
    file.write_text("# a comment\nrelease product=new version=1 pools=newpool tls=1.2\n" + line + "\n")
    refused(fleet, 1, "release", "import", file, says=f"releases{says}")


def test_pool_explain(fleet):
    fleet.windsock("relay", "add", "old", "--address", "192.0.2.99", "--tls", "ssl3")
    told = shown(fleet, "pool", "explain", "fe4_058", "--zone", "b5p.us", "--client", "198.51.100.7")
    assert told["A"] == ["192.0.2.11"] and told["AAAA"] == [] and not told["fallback"]
    assert {r["relay"]: r["in"] for r in told["relays"]} == {"r1": True, "old": False}
    assert all(r["why"] for r in told["relays"])
    assert shown(fleet, "pool", "explain", "fe6_091c")["AAAA"] == ["2001:db8::11"]
    newer = shown(fleet, "pool", "explain", "fe4_153")
    assert newer["fallback"] and newer["pool"] == "fe4_152"
    text = fleet.windsock("pool", "explain", "fe4_153", "--zone", "b5p.us.", "--client", "198.51.100.7").stdout
    assert "nearest pool, fe4_152" in text and "fe4_153.b5p.us  A     192.0.2.11" in text


def test_pool_rules(fleet):
    fleet.windsock("relay", "add", "old", "--address", "192.0.2.99", "--tls", "ssl3")
    fleet.windsock("pool", "include", "fe4_152", "old", "--note", "it speaks 1.2, I know it")
    assert set(shown(fleet, "pool", "explain", "fe4_152")["A"]) == {"192.0.2.11", "192.0.2.99"}
    fleet.windsock("pool", "exclude", "fe4_152", "r1")
    assert shown(fleet, "pool", "explain", "fe4_152")["A"] == ["192.0.2.99"]
    fleet.windsock("pool", "unrule", "fe4_152", "r1")
    fleet.windsock("pool", "unrule", "fe4_152", "old")
    assert shown(fleet, "pool", "explain", "fe4_152")["A"] == ["192.0.2.11"]
    lines = fleet.windsock("pool", "list").stdout.splitlines()
    row = next(line for line in lines if line.startswith("fe4_152 "))
    assert row.split()[:3] == ["fe4_152", "open", "1"] and "pagekite.py 1.5.2" in row


# Accounts and hosts.


def test_accounts(fleet):
    fleet.windsock("account", "add", "demo", "--password-stdin", "--hosts", "*.demo.b5p.us,demo.b5p.us",
                   input="correct horse battery\n")
    assert shown(fleet, "account", "show", "demo")["hosts"] == ["*.demo.b5p.us", "demo.b5p.us"]
    made = fleet.windsock("account", "add", "robot", "--hosts", "r.b5p.us").stdout
    token = made.split("token: ")[1].split()[0]
    assert token.startswith("ws_") and len(token) >= 35
    other = json.loads(fleet.windsock("account", "set", "robot", "--new-token", "--json").stdout)["token"]
    assert other != token
    everything = fleet.windsock("export").stdout + fleet.windsock("log").stdout + fleet.windsock("account", "list").stdout
    for secret in (token, other, "correct horse battery"):
        assert secret not in everything and secret.encode() not in fleet.registry.read_bytes()
    assert "short" in fleet.windsock("account", "add", "weak", "--password-stdin", input="abc\n").stderr
    for empty in ("", "\n"):
        refused(fleet, 2, "account", "add", "x", "--password-stdin", input=empty, says="standard input")
    fleet.windsock("account", "set", "robot", "--blocked", "yes", "--allow-private")
    robot = shown(fleet, "account", "show", "robot")
    assert robot["blocked"] is True and robot["allow_private"] is True
    fleet.windsock("host", "add", "demo.b5p.us", "--account", "demo")
    refused(fleet, 1, "account", "remove", "demo", says="still owns hosts")
    fleet.windsock("account", "remove", "robot")


def test_hosts(fleet):
    fleet.windsock("account", "add", "demo", "--password-stdin", input="correct horse battery\n")
    fleet.windsock("host", "add", "Demo.b5p.us.", "--account", "demo", "--secret-stdin", input="sekrit of the kite\n")
    fleet.windsock("host", "set", "demo.b5p.us", "--address", "192.0.2.1", "--address", "2001:DB8::1", "--ttl", "30")
    demo = shown(fleet, "host", "show", "demo.b5p.us")
    assert demo["addresses"] == ["192.0.2.1", "2001:db8::1"] and demo["account"] == "demo" and demo["ttl"] == 30
    assert "sekrit" not in fleet.windsock("export").stdout
    assert b"sekrit of the kite" not in fleet.registry.read_bytes()
    fleet.windsock("host", "remove", "demo.b5p.us")
    assert shown(fleet, "host", "list") == []


@pytest.mark.parametrize("name", ["b5p.us", "frontends.b5p.us", "FE4_999.b5p.us", "auth.b5p.us", "a.auth.b5p.us",
                                  "_x.b5p.us", "a._x.b5p.us", "*.b5p.us", "a.example.org", "cut.b5p.us",
                                  "below.cut.b5p.us"])
def test_names_that_hosts_may_not_have(fleet, name):
    fleet.windsock("zone", "import", "b5p.us", "-", input=ZONE + "cut NS ns.example.\n")
    refused(fleet, 2, "host", "add", name)
    refused(fleet, 1, "host", "import", "-", input=f"ok.b5p.us\t192.0.2.1\n{name}\t192.0.2.1\n", says="standard input:2: ")


def test_host_import(fleet):
    fleet.windsock("account", "add", "demo", "--password-stdin", input="correct horse battery\n")
    fleet.windsock("host", "add", "a.b5p.us", "--secret-stdin", "--ttl", "17", input="sekrit\n")
    secret = fleet.sql("SELECT hex(secret) FROM host")
    lines = "# comment\na.b5p.us\t192.0.2.1,2001:db8::1\tdemo\n\nb.b5p.us\t192.0.2.2\n"
    assert "2 hosts imported" in fleet.windsock("host", "import", "-", input=lines).stdout
    a, b = shown(fleet, "host", "list")
    assert (a["addresses"], a["account"], a["ttl"]) == (["192.0.2.1", "2001:db8::1"], "demo", 17)
    assert (b["addresses"], b["account"], b["ttl"]) == (["192.0.2.2"], "", 60)
    assert fleet.sql("SELECT hex(secret) FROM host WHERE secret IS NOT NULL AND length(secret) > 0") == secret
    for wrong in ("c.b5p.us", "c.b5p.us\tnowhere", "c.b5p.us\t192.0.2.3\tnobody", "c.b5p.us\t192.0.2.3\tdemo\tx"):
        refused(fleet, 1, "host", "import", "-", input=f"d.b5p.us\t192.0.2.4\n{wrong}\n", says="standard input:2: ")


# The registry as text; status and check.


def filled(world):
    world.windsock("account", "add", "demo", "--password-stdin", "--hosts", "*.b5p.us", input="correct horse battery\n")
    world.windsock("host", "add", "demo.b5p.us", "--account", "demo", "--address", "192.0.2.1", "--secret-stdin",
                   input="sekrit\n")
    world.windsock("relay", "invite", "r7", "--note", "spaces, \"quotes\", \\ and ünïcode = fun")
    world.windsock("pool", "exclude", "fe4_152", "r7")
    world.windsock("zone", "import", "b5p.us", "-", input=ALL_TYPES)
    return world.windsock("export").stdout


def without_revision(text):
    """A registry that took an export goes on behind its revision."""
    return re.sub(r" revision=\d+", "", text, count=1)


def test_export_import_round_trip(fleet):
    text = filled(fleet)
    other = World()
    try:
        # Secrets are sealed under the key, which is no part of the registry.
        (other.dir / "registry.key").write_bytes((fleet.dir / "registry.key").read_bytes())
        (other.dir / "registry.key").chmod(0o600)
        other.init()
        other.windsock("import", input=text)
        assert without_revision(other.windsock("export").stdout) == without_revision(text)
        revision = shown(other, "status")["revision"]
        other.windsock("import", "-", input=text)  # and again: nothing is changed
        assert without_revision(other.windsock("export").stdout) == without_revision(text)
        assert shown(other, "status")["revision"] == revision
    finally:
        other.close()


def test_import_under_another_key(fleet):
    """An empty registry takes secrets that its key does not open, and says so; one with its own doesn't."""
    text = filled(fleet)
    empty, other = World(), World()
    try:
        empty.init()
        assert "another key" in empty.windsock("import", input=text).stderr
        assert without_revision(empty.windsock("export").stdout) == without_revision(text)
        (empty.dir / "registry.key").write_bytes((fleet.dir / "registry.key").read_bytes())
        assert "another key" not in empty.windsock("import", input=text).stderr
        assert without_revision(empty.windsock("export").stdout) == without_revision(text)
        other.init()
        other.windsock("account", "add", "own")
        refused(other, 1, "import", input=text, says="another key")
        plain = "".join(line for line in text.splitlines(True) if not line.startswith(("account", "host", "relay", "rule")))
        other.windsock("import", input=plain)
    finally:
        empty.close()
        other.close()


def test_import_refuses(fleet):
    file = fleet.dir / "text"
    for wrong, says in (("relay addresses=192.0.2.1", ":2: a relay needs name="),
                        ("relay name=r1 weight=many", ":2: weight"),
                        ("windsock 99", ":2: "), ("rule pool=fe4_152 relay=r99 verdict=include", ":2: "),
                        ("record zone=no.test owner=no.test type=A rdata=wAACPA==", ":2: ")):
        file.write_text("relay name=r2 addresses=192.0.2.2 tls=1.2\n" + wrong + "\n")
        refused(fleet, 1, "import", file, says=f"text{says}")
    refused(fleet, 1, "import", input="relay name=r\0\n", says="NUL")
    refused(fleet, 3, "import", input="relay name=r1 addresses=192.0.2.11 tls=ssl3\n", says="--force")


def test_a_change_is_answered_when_the_command_ends(service):
    service.windsock("release", "add", "p", "1", "--pool", "fe4_500", "--tls", "1.2")
    for number in range(1, 6):
        service.windsock("relay", "add", f"r{number}", "--address", f"192.0.2.{number}", "--tls", "1.2")
        assert f"192.0.2.{number}" in service.answers("fe4_500.kites.test")
        service.windsock("host", "import", "-", input=f"h.kites.test\t198.51.100.{number}\n")
        assert service.answers("h.kites.test") == [f"198.51.100.{number}"]
        zone = ZONE.replace("b5p.us", "kites.test").replace("192.0.2.80", f"192.0.2.8{number}")
        service.windsock("zone", "import", "kites.test", "-", input=zone)
        assert service.answers("www.kites.test") == [f"192.0.2.8{number}"]


def test_status_and_check(service):
    status = service.windsock("status").stdout
    assert str(service.registry) in status and "name server: serves revision" in status
    name_server = shown(service, "status")["name_server"]
    assert name_server["answers"] is True and name_server["zones"] == 1
    assert service.windsock("check").stdout.startswith("WINDSOCK OK")

    def verdict(status, word):
        done = service.windsock("check", check=False)
        assert done.returncode == status and word in done.stdout.splitlines()[0], done.stdout
        told = service.windsock("check", "--json", check=False)
        assert told.returncode == status and json.loads(told.stdout)["status"] == status

    service.windsock("release", "add", "p", "1", "--pool", "fe4_500", "--tls", "1.2")
    verdict(2, "pool fe4_500 has no compatible relay")
    service.windsock("relay", "add", "r1", "--address", "192.0.2.1", "--tls", "1.2")
    verdict(1, "pool fe4_500 has one relay only")
    service.windsock("relay", "add", "r2", "--address", "192.0.2.2", "--tls", "1.2")
    verdict(0, "OK")
    service.dnsd.stop()
    verdict(2, "silent")
    assert "name server: silent" in service.windsock("status").stdout


def test_the_manual_has_every_verb(world):
    manual = (TOP / "doc/windsock.1").read_text()
    verbs = [" ".join(words) for words in all_verbs(world)]
    assert [verb for verb in verbs if not re.search(rf"^\.It Ic {verb}\b", manual, re.MULTILINE)] == []


def test_the_manual_has_every_option(world):
    page = (TOP / "doc/windsock.1").read_text()
    manual = re.split(r"^\.It Ic ", page, flags=re.M)
    for_all = " ".join(re.findall(r"^\.Ss .*?^\.Bl", page, flags=re.M | re.S))
    missing = []
    for words in all_verbs(world):
        usage = world.windsock(*words, "--help").stdout.split("\n", 1)[0]
        items = " ".join(item for item in manual if item.split()[0] == words[0])  # add and set share theirs
        missing += [(words, option) for option in set(re.findall(r"--([a-z-]+)", usage)) - {"telemetry"} if f"-{option}" not in items + for_all]
    assert missing == []


# What shells offer.

def offers(world, *words, **more):
    """What the last word may become."""
    return [line.split("\t")[0] for line in world.windsock("complete", "--", *words, **more).stdout.splitlines()]


@pytest.mark.parametrize("words, first, count", [
    (("",), ["plan", "init"], None),
    (("rel",), ["relay", "release"], 2),
    (("relay", "dr"), ["drain"], 1),
    (("plan", "relay", ""), ["add", "set"], None),
    (("relay", "drain", ""), ["r1"], 1),
    (("--json", "relay", "drain", ""), ["r1"], 1),
    (("plan", "relay", "drain", ""), ["r1"], 1),
    (("relay", "drain", "r1", "--"), ["--wait", "--for", "--registry"], None),
    (("relay", "drain", "r1", "--w"), ["--wait"], 1),
    (("relay", "drain", "r1", ""), [], 0),
    (("relay", "set", "r1", "--state", ""), ["invited", "testing"], 5),
    (("release", "show", "p"), ["p", "pagekite", "pagekite.py"], 3),
    (("release", "show", "p", ""), ["1", "2"], 2),
    (("pool", "retire", "fe4_152", "--tombstone", "s"), ["successor"], 1),
    (("pool", "exclude", "fe4_152"), ["fe4_152"], 1),
    (("pool", "exclude", "fe4_152", ""), ["r1"], 1),
    (("pool", "explain", "x", "--zone", ""), ["b5p.us"], 1),
    (("host", "add", "x.b5p.us", "--account", ""), ["demo"], 1),
    (("account", "add", ""), [], 0),
    (("tsig", "add", "x", "--algorithm", "hmac-sha3"), ["hmac-sha384"], 1),
    (("help", "zo"), ["zone"], 1),
    (("log", "--kind", "rel"), ["relay", "release"], 2),
    (("log", "--f"), ["--follow", "--force"], 2),
    (("relay", "set", "r1", "--weight", ""), [], 0),
    (("nothing", "of", "ours", ""), [], 0),
    (("relay", "drain", "--nothing", ""), [], 0),
])
def test_offers(fleet, words, first, count):
    fleet.account("demo")
    fleet.windsock("release", "add", "p", "2", "--pool", "two", "--tls", "1.2")
    fleet.windsock("release", "add", "p", "1", "--pool", "two", "--tls", "1.2")
    fleet.windsock("release", "add", "pagekite", "3", "--pool", "two", "--tls", "1.2")
    said = offers(fleet, *words)
    assert said[:len(first)] == first and count in (None, len(said)), said


def test_offers_without_a_registry(tmp_path):
    said = run(BUILD / "windsock", "--registry", tmp_path / "none", "complete", "--", "relay", "drain", "")
    assert (said.stdout, said.stderr) == ("", "")


SHELLS = {
    "bash": ('. {completion}/windsock.bash; COMP_WORDS=(windsock "$@"); COMP_CWORD=$#; _windsock; printf "%s\n" "${{COMPREPLY[@]}}"',
             "bash"),
    "zsh": ('compdef() {{ }}; _describe() {{ print -l -- "${{(@P)2}}"; }}; _files() {{ print files; }}; . {completion}/windsock.zsh; '
            'words=(windsock "$@"); CURRENT=$#words; _windsock', "zsh"),
    "fish": ('source {completion}/windsock.fish; complete -C "windsock $argv[2..-1]"', "fish"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_complete(fleet, shell):
    script, zeroth = SHELLS[shell]
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}", "WINDSOCK_REGISTRY": str(fleet.registry), "HOME": str(fleet.dir)}

    def said(*typed):
        done = run(shell, "-c", script.format(completion=TOP / "tools/completion"), zeroth, *typed, env=env)
        return [re.split("[\t:]", line)[0] for line in done.stdout.splitlines() if line]
    assert said("relay", "dr") == ["drain"]
    assert said("relay", "drain", "r1", "--fo") == ["--for", "--force"]
    assert said("pool", "exclude", "fe4_152", "r") == ["r1"]
