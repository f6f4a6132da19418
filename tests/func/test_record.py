# SPDX-License-Identifier: BSD-2-Clause
"""Static data, record by record: in one zone, in all of them, and by mistake."""
import pytest

ZONES = ["a.test", "b.test", "c.test"]


@pytest.fixture
def zones(world):
    for zone in ZONES:
        world.windsock("zone", "add", zone, "--ns", "ns1.example", "--ttl", 600)
    return world


def of(world, zone, *words):
    """[name, TTL, type, data] of a zone's records."""
    return [[row["name"], row["ttl"], row["type"], row["data"]] for row in world.json("record", "list", zone, *words)]


def test_a_record_comes_changes_and_goes(zones):
    zones.start_dnsd()
    said = zones.windsock("record", "add", "a.test", "www", "A", "192.0.2.80")
    assert said.stdout == "record www A 192.0.2.80 added in zone a.test\n"
    assert zones.answers("www.a.test") == ["192.0.2.80"]
    zones.windsock("record", "add", "a.test", "www", "A", "192.0.2.81", "--ttl", 60)  # an RRset has one TTL
    assert of(zones, "a.test", "www") == [["www.a.test", 60, "A", "192.0.2.80"], ["www.a.test", 60, "A", "192.0.2.81"]]
    zones.windsock("record", "add", "a.test", "www.a.test", "A", "192.0.2.82")
    assert [row[1] for row in of(zones, "a.test", "www", "A")] == [60, 60, 60]
    zones.windsock("record", "set", "a.test", "www", "A", "--ttl", 90)
    assert [row[1] for row in of(zones, "a.test", "www", "A")] == [90, 90, 90]
    zones.windsock("record", "remove", "a.test", "www", "A", "192.0.2.81")
    assert sorted(zones.answers("www.a.test")) == ["192.0.2.80", "192.0.2.82"]
    zones.windsock("record", "set", "a.test", "www", "A", "192.0.2.99")
    assert of(zones, "a.test", "www") == [["www.a.test", 90, "A", "192.0.2.99"]]
    zones.windsock("record", "remove", "a.test", "www", "A", "--force", "--reason", "test")
    assert of(zones, "a.test", "www") == []


def test_data_of_many_types(zones):
    for words, data in [
            (("@", "MX", "10", "mail.example"), "10 mail.example."), (("txt", "TXT", "v=DKIM1; k=rsa", 'say "so"'), r'"v=DKIM1; k=rsa" "say \"so\""'),
            (("*", "AAAA", "2001:db8::1"), "2001:db8::1"), (("_sip._tcp", "SRV", "1", "2", "5060", "sip.example."), "1 2 5060 sip.example."),
            (("@", "CAA", "0", "issue", "ca.example; policy=x"), '0 issue "ca.example; policy=x"'), (("txt", "TXT", ""), '""'),
            (("odd", "TYPE65280", r"\#", "2", "abcd"), r"\# 2 ABCD"), (("alias", "CNAME", "www.a.test"), "www.a.test."),
            (("null", "MX", "0", "."), "0 ."), (("local", "CNAME", "localhost."), "localhost."), (("q", "TXT", '"a b"'), '"a b"')]:
        zones.windsock("record", "add", "a.test", *words)
        owner = "a.test" if words[0] == "@" else f"{words[0]}.a.test"
        assert data.lower() in [row[3].lower() for row in of(zones, "a.test", owner)], (words, of(zones, "a.test"))


def test_a_new_name_server_in_all_zones(zones):
    said = zones.windsock("record", "add", "--all-zones", "@", "NS", "ns2.example")
    assert said.stdout == "record @ NS ns2.example added in 3 zones\n"
    for zone in ZONES:
        assert [row[3] for row in of(zones, zone, "@", "NS")] == ["ns1.example.", "ns2.example."]
    zones.windsock("record", "remove", "b.test", "@", "NS", "ns2.example")
    said = zones.windsock("record", "add", "--all-zones", "@", "NS", "ns2.example")
    assert said.stdout == "record @ NS ns2.example added in 1 zone; 2 zones had nothing to change\n"
    zones.windsock("record", "remove", "--all-zones", "@", "NS", "ns1.example.")
    assert [row[3] for zone in ZONES for row in of(zones, zone, "@", "NS")] == ["ns2.example."] * 3
    plan = zones.windsock("plan", "record", "set", "--all-zones", "@", "NS", "ns3.example").stdout
    assert "apply" in plan and of(zones, "a.test", "@", "NS")[0][3] == "ns2.example."
    apply = plan[plan.index("apply"):].splitlines()[0].split("windsock ", 1)[1].split()
    assert zones.windsock(*apply).returncode == 0
    assert [row[3] for zone in ZONES for row in of(zones, zone, "@", "NS")] == ["ns3.example."] * 3


@pytest.mark.parametrize("words, status, says", [
    (("add", "a.test", "www", "A"), 2, "the data is missing"),
    (("add", "a.test", "www"), 2, "wanted ORIGIN NAME TYPE"),
    (("add", "a.test", "www", "AB", "1"), 2, "'AB' is not a type"),
    (("add", "a.test", "www", "A", "192.0.2"), 2, "record www A 192.0.2: "),
    (("add", "a.test", "www", "A", "192.0.2.1", "192.0.2.2"), 2, "record www A 192.0.2.1 192.0.2.2: "),
    (("add", "a.test", "@", "MX", "mail.example"), 2, "record @ MX mail.example: invalid number"),
    (("add", "a.test", "www", "A", "192.0.2.1", "--ttl", "1h"), 2, "--ttl '1h'"),
    (("add", "a.test", "www.elsewhere.", "A", "192.0.2.1"), 2, "is not in zone a.test"),
    (("add", "a.test", "www", "CNAME", "other"), 2, "other is a top-level name: other.a.test is meant, perhaps, or else 'other.'"),
    (("add", "a.test", "@", "CNAME", "other.test"), 2, "a.test"),
    (("add", "a.test", "@", "SOA", "ns1.a.test", "me.a.test", "1", "2", "3", "4", "5"), 2, "windsock zone set"),
    (("add", "a.test", "@", "DNSKEY", "257", "3", "13", "AAAA"), 2, "made where zones are signed"),
    (("add", "nowhere.test", "www", "A", "192.0.2.1"), 1, "windsock zone list"),
    (("add", "a.test", "@", "NS", "ns1.example"), 1, "that record is there already in a.test"),
    (("add", "a.test", "w\nw", "A", "192.0.2.1"), 2, ""),
    (("add", "a.test", "t", "TXT", "a\nb"), 2, "control characters"),
    (("remove", "a.test", "www", "A"), 1, "there is no such record in a.test"),
    (("remove", "a.test", "@", "NS"), 2, "zone a.test would have no name server"),
    (("remove", "a.test", "@", "NS", "ns1.example"), 2, "zone a.test would have no name server"),
    (("remove", "--all-zones", "@", "NS", "ns1.example"), 2, "would have no name server"),
    (("set", "a.test", "www", "A"), 2, "the data is missing"),
    (("set", "a.test", "www", "A", "--ttl", "60"), 1, "there is nothing to change in a.test"),
    (("list", "a.test", "www", "XYZ"), 2, "'XYZ' is not a type"),
])
def test_refused(zones, words, status, says):
    before = [of(zones, zone) for zone in ZONES]
    done = zones.windsock("record", *words, check=False)
    assert done.returncode == status and says in done.stderr, (done.returncode, done.stderr)
    assert before == [of(zones, zone) for zone in ZONES]


def test_what_is_asked_for_is_not_taken_away(zones):
    """As by any change: a name that was answered, and would not be any more, is told."""
    zones.windsock("record", "add", "a.test", "www", "A", "192.0.2.80")
    zones.windsock("record", "remove", "a.test", "www", "A")  # which says so itself
    zones.windsock("record", "add", "b.test", "www", "A", "192.0.2.80")
    hidden = zones.windsock("record", "add", "b.test", "www", "NS", "ns.elsewhere", check=False)
    assert hidden.returncode == 3 and "www.b.test" in hidden.stderr, hidden.stderr


def test_a_name_server_in_its_zone_has_an_address(zones):
    said = zones.windsock("record", "add", "a.test", "@", "NS", "ns9.a.test")
    assert "ns9.a.test is a name server of its zone a.test, and has no address there" in said.stderr
    assert "note" not in zones.windsock("record", "add", "a.test", "ns9", "A", "192.0.2.9").stderr
    assert "no address" not in zones.windsock("record", "add", "a.test", "@", "NS", "ns8.example").stderr


def test_zone_set(zones):
    zones.start_dnsd()
    zones.windsock("zone", "set", "a.test", "--primary", "ns2.example", "--ttl", 99, "--refresh", 77)
    soa = zones.windsock("zone", "export", "a.test").stdout.splitlines()[0].split()
    assert soa[1] == "99" and soa[4] == "ns2.example." and soa[7] == "77"
    assert zones.answers("a.test", "SOA")[0].startswith("ns2.example.")
    for words, says in (((), "zone set --help"), (("--ttl", "x"), "ttl"), (("--serial", "5"), "has no option --serial"),
                        (("--signed", "signed"), "has no option --signed")):
        done = zones.windsock("zone", "set", "a.test", *words, check=False)
        assert done.returncode == 2 and says in done.stderr


def test_release_set(zones):
    zones.windsock("relay", "add", "r1", "--address", "192.0.2.1", "--tls", "1.2-1.3")
    zones.windsock("release", "add", "p", "1", "--pool", "frontends", "--tls", "1.2", "--note", "old")
    zones.windsock("release", "set", "p", "1", "--tls", "1.2-1.3", "--clients", 500)
    row, = zones.json("release", "list")
    assert (row["tls"], row["clients"], row["note"], row["pools"]) == ("1.2-1.3", 500, "old", ["frontends"])
    zones.windsock("release", "set", "p", "1", "--pool", "frontends", "--pool", "fe_new")
    assert zones.json("release", "list")[0]["pools"] == ["frontends", "fe_new"]
    assert "fe_new" in zones.windsock("pool", "list").stdout
    misled = zones.windsock("release", "set", "p", "1", "--tls", "1.0", "--dry-run", check=False)
    assert misled.returncode == 3, misled.stdout + misled.stderr
    for words, says in (((), "release set --help"), (("--tls", "none"), "tls 'none'"), (("--pool", ""), "pools may not be empty")):
        done = zones.windsock("release", "set", "p", "1", *words, check=False)
        assert done.returncode == 2 and says in done.stderr, done.stderr
