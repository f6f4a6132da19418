# SPDX-License-Identifier: BSD-2-Clause
"""Who asks for pools is known by zone: what goes of a zone is refused while they ask there, and free while they ask
elsewhere; and where it is not known, that is said."""
import json
import socket
import sqlite3
import time

import dns.message
import pytest

from harness import eventually

LABEL = "fe4_152"
ANSWER = "192.0.2.11"


@pytest.fixture
def fleet(world):
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", LABEL, "--tls", "1.2-1.3")
    world.windsock("relay", "add", "r1", "--address", ANSWER, "--tls", "1.0-1.3")
    for zone in ("kites.test", "other.test"):
        world.windsock("zone", "add", zone, "--ns", f"ns1.{zone}")
    return world


def today():
    return int(time.time()) // 86400


def file_of(world):
    return world.registry.with_name(world.registry.name + ".telemetry")


def ask(world, zone, networks, first=0):
    """A query from each of so many networks of loopback's /8."""
    for i in range(first, first + networks):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((f"127.1.{i}.1", 0))
            s.settimeout(10)
            s.sendto(dns.message.make_query(f"{LABEL}.{zone}.", "A").to_wire(), ("127.0.0.1", world.dns_port))
            reply = dns.message.from_wire(s.recv(4096))
            assert [r.to_text() for rrset in reply.answer for r in rrset][-1] == ANSWER, reply


def rows(world, statement):
    if not file_of(world).exists():
        return []
    with sqlite3.connect(f"file:{file_of(world)}?mode=ro", uri=True, timeout=10) as db:
        try:
            return db.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []  # its tables are being made


def stored(world, zone, queries):
    statement = f"SELECT sum(queries) FROM zone_use WHERE zone = '{zone}'"
    assert eventually(lambda: rows(world, statement) == [(queries,)]), rows(world, "SELECT zone, queries FROM zone_use")


def planned(world, *words):
    return json.loads(world.windsock("plan", *words, "--json").stdout)


def networks(plan, zone):
    """That the plan has of a zone; None when nobody asked there."""
    return next((one["networks"] for one in plan["asked"] if one.get("zone") == zone), None)


def free(world, *words):
    """What is planned takes nothing from anybody who is known; what it is not sure of."""
    plan = planned(world, *words)
    assert not plan["harmful"] and plan["harm"] == "", plan
    said = world.windsock("plan", *words).stdout
    assert "refused" not in said
    assert (f"no client is known to be stranded, but {plan['doubt']}\n" if plan["doubt"] else "no client is stranded\n") in said
    return plan["doubt"]


def refused(world, *words, says):
    plan = planned(world, *words)
    assert plan["harmful"] and says in plan["harm"], plan
    assert f"refused without --force --reason TEXT: {plan['harm']}\n" in world.windsock("plan", *words).stdout
    done = world.windsock(*words, check=False)
    assert done.returncode == 3 and says in done.stderr, done
    return plan


def change(world, *statements):
    with sqlite3.connect(file_of(world)) as db:
        for statement in statements:
            db.execute(statement)


def watch(world, days, first=1):
    """As if so many days before today had been counted, with questions in a third zone."""
    with sqlite3.connect(file_of(world)) as db:
        for ago in range(first, first + days):
            db.execute("INSERT INTO use (node, day, pool, queries, sketch) VALUES ('n', ?, ?, 1, x'0021')",
                       (today() - ago, LABEL))
            db.execute("INSERT INTO zone_use (node, day, zone, queries, sketch) VALUES ('n', ?, 'third.test', 1, x'0021')",
                       (today() - ago,))


REMOVE_KITES, REMOVE_OTHER = ("zone", "remove", "kites.test"), ("zone", "remove", "other.test")
ONE_DAY = "who asked is known of 1 of the last 30 days only"


def test_a_zone_is_its_clients(fleet):
    fleet.start_dnsd("--telemetry-interval", 1, "--udp-workers", 2)
    ask(fleet, "kites.test", 12)
    ask(fleet, "kites.test", 3)
    stored(fleet, "kites.test", 15)
    assert free(fleet, *REMOVE_OTHER) == ONE_DAY
    plan = refused(fleet, *REMOVE_KITES, says="no pool is answered any more in kites.test, and about 1")
    assert 11 <= networks(plan, "kites.test") <= 13 and networks(plan, "other.test") is None
    assert f"about {networks(plan, 'kites.test')} networks asked for its pools in the last 30 days" in plan["harm"]
    assert plan["doubt"] == ONE_DAY

    fleet.dnsd.stop()
    fleet.start_dnsd("--telemetry-interval", 1)
    ask(fleet, "kites.test", 20, first=6)
    stored(fleet, "kites.test", 35)
    assert 24 <= networks(refused(fleet, *REMOVE_KITES, says="asked for its pools"), "kites.test") <= 28
    assert rows(fleet, f"SELECT sum(queries) FROM use WHERE pool = '{LABEL}'") == [(35,)]

    done = fleet.windsock(*REMOVE_OTHER)
    assert f"note: {ONE_DAY}" in done.stderr
    fleet.windsock("zone", "add", "other.test", "--ns", "ns1.other.test")
    assert free(fleet, *REMOVE_OTHER) == ONE_DAY
    ask(fleet, "other.test", 1)
    stored(fleet, "other.test", 1)
    refused(fleet, *REMOVE_OTHER, says="no pool is answered any more in other.test, and about 1 network asked for its pools")
    fleet.windsock(*REMOVE_OTHER, "--force", "--reason", "a test")
    fleet.windsock("zone", "add", "other.test", "--ns", "ns1.other.test")
    refused(fleet, *REMOVE_OTHER, says="about 1 network asked for its pools")  # who asked yesterday asks tomorrow
    change(fleet, "UPDATE zone_use SET day = day - 31 WHERE zone = 'other.test'", "UPDATE use SET queries = 35")
    assert free(fleet, *REMOVE_OTHER) == ONE_DAY


def test_status_shows_zones(fleet):
    dnsd = fleet.start_dnsd()
    ask(fleet, "kites.test", 2)
    ask(fleet, "other.test", 1)
    dnsd.stop()
    said = fleet.windsock("status").stdout
    assert "zone kites.test: about 2 networks asked for its pools; 2 queries today\n" in said
    assert "zone other.test: about 1 network asked for its pools; 1 queries today\n" in said
    assert json.loads(fleet.windsock("status", "--json").stdout)["zones_asked"] == [
        {"zone": "kites.test", "queries": 2, "networks": 2}, {"zone": "other.test", "queries": 1, "networks": 1}]


@pytest.fixture
def counted(fleet):
    """Whose name server was asked in kites.test by three networks."""
    dnsd = fleet.start_dnsd()
    ask(fleet, "kites.test", 3)
    dnsd.stop()
    return fleet


def test_days_that_nobody_counted(counted):
    watch(counted, 28)
    assert free(counted, *REMOVE_OTHER) == "who asked is known of 29 of the last 30 days only"
    watch(counted, 1, first=29)
    assert free(counted, *REMOVE_OTHER) is None
    counted.windsock(*REMOVE_OTHER)
    change(counted, "DELETE FROM use WHERE node <> 'n'", "DELETE FROM zone_use WHERE node <> 'n'")
    assert free(counted, *REMOVE_KITES) == "who asked is known of 29 of the last 30 days only"


def test_without_telemetry_nothing_is_known(fleet):
    doubt = "who asked is not known: there is no telemetry"
    assert free(fleet, *REMOVE_KITES) == doubt
    assert free(fleet, "pool", "add", "fe4_153") is None  # takes nothing away, whoever asked
    file_of(fleet).write_bytes(b"no database" * 100)
    assert "who asked is not known: " in free(fleet, *REMOVE_KITES) and "not a database" in free(fleet, *REMOVE_KITES)
    file_of(fleet).unlink()
    done = fleet.windsock(*REMOVE_KITES)
    assert f"note: {doubt}" in done.stderr


def test_secondaries_count_nowhere(counted):
    watch(counted, 30)
    assert free(counted, *REMOVE_OTHER) is None
    counted.windsock("secondary", "add", "ns2", "--address", "192.0.2.53")
    assert free(counted, *REMOVE_OTHER) == "whoever asked ns2, a secondary, is counted nowhere"
    said = counted.windsock("plan", "secondary", "remove", "ns2").stdout
    assert "ns2 is told of changes no more: where NS records name it, it may answer for kites.test and other zones" in said


def test_files_of_several_name_servers(counted, tmp_path):
    second = tmp_path / "second"
    own = file_of(counted)
    second.write_bytes(own.read_bytes())
    with sqlite3.connect(second) as db:
        db.execute("UPDATE zone_use SET node = 'b', zone = 'other.test'")
        db.execute("UPDATE use SET node = 'b'")
    both = "--telemetry", own, "--telemetry", second
    free(counted, *REMOVE_OTHER)
    plan = refused(counted, *REMOVE_OTHER, *both, says="about 3 networks asked for its pools")
    assert networks(plan, "other.test") == 3
    refused(counted, *REMOVE_KITES, *both, says="about 3 networks asked for its pools")
    free(counted, *REMOVE_KITES, "--telemetry", second)
    missing = counted.windsock("plan", *REMOVE_KITES, "--telemetry", tmp_path / "third", check=False)
    assert missing.returncode == 1 and "there is no telemetry" in missing.stderr
    line = counted.windsock("plan", *REMOVE_KITES, "--telemetry", second).stdout.splitlines()[-1]
    assert f"--telemetry {second}" in line
    counted.windsock(*REMOVE_KITES, "--telemetry", second, "--plan", line.split("--plan ")[1].split()[0])


def test_what_was_not_told_apart_counts_everywhere(counted):
    """A file of before zones were counted, or of a name server that does not count them; and zones beyond the last."""
    words = "about 3 networks asked for pools in the last 30 days, in zones that were not told apart"
    change(counted, "UPDATE zone_use SET zone = ''")
    refused(counted, *REMOVE_OTHER, says=f"no pool is answered any more in other.test, and {words}")
    change(counted, "DELETE FROM zone_use")
    refused(counted, *REMOVE_OTHER, says=words)
    change(counted, "DROP TABLE zone_use")
    refused(counted, *REMOVE_OTHER, says=words)
    dnsd = counted.start_dnsd()
    ask(counted, "kites.test", 4)
    dnsd.stop()  # the same day, by one that counts zones
    refused(counted, *REMOVE_OTHER, says="about 4 networks asked for pools")
    refused(counted, *REMOVE_KITES, says="about 4 networks asked for its pools")
    change(counted, "UPDATE use SET queries = 4")
    free(counted, *REMOVE_OTHER)


def test_a_plan_s_hash_is_of_who_asked(counted):
    def plan(*words):
        return planned(counted, *words)["hash"]
    forced = "--force", "--reason", "a test"
    kites, other = plan(*REMOVE_KITES), plan(*REMOVE_OTHER)
    dnsd = counted.start_dnsd()
    ask(counted, "kites.test", 30, first=10)
    ask(counted, "other.test", 1)
    dnsd.stop()
    assert plan(*REMOVE_KITES) == kites  # more of the same
    done = counted.windsock(*REMOVE_OTHER, "--plan", other, *forced, check=False)
    assert done.returncode == 3 and "another effect" in done.stderr
    file = file_of(counted)
    file.rename(file.with_name("away"))
    done = counted.windsock(*REMOVE_KITES, "--plan", kites, *forced, check=False)
    assert done.returncode == 3 and "another effect" in done.stderr
    file.with_name("away").rename(file)
    counted.windsock(*REMOVE_KITES, "--plan", kites, *forced)


ZONE = "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\n"


def test_a_zone_that_is_renamed(counted, tmp_path):
    """A DNAME at the apex leads pools' names elsewhere: what it leads to must be answered."""
    file = tmp_path / "kites.zone"
    words = "zone", "import", "kites.test", file
    file.write_text(ZONE + "@ 60 DNAME elsewhere.example.\n")
    plan = refused(counted, *words, says=f"a pool's name is answered no more: {LABEL}.kites.test; "
                                         "about 3 networks asked for pools in kites.test in the last 30 days")
    assert plan["names_lost"]["first"] == [f"{LABEL}.kites.test"] and networks(plan, "kites.test") == 3
    file.write_text(ZONE + "@ 60 DNAME other.test.\n")
    assert free(counted, *words) is None
    counted.windsock(*words)
    counted.start_dnsd()
    ask(counted, "kites.test", 1)
    refused(counted, "zone", "remove", "other.test", says=f"a pool's name is answered no more: {LABEL}.kites.test")


def test_what_else_ends_in_a_zone(counted):
    counted.windsock("zone", "add", f"x.{LABEL}.kites.test", "--ns", "ns.elsewhere.test")
    refused(counted, "zone", "add", f"{LABEL}.kites.test", "--ns", "ns.elsewhere.test",
            says="about 3 networks asked for pools in kites.test in the last 30 days")


def test_who_would_be_without_a_zone_that_is_signed_no_more(counted, tmp_path):
    file = tmp_path / "test.zone"
    ds = " 60 DS 1 13 2 " + "0" * 64 + "\n"
    file.write_text(ZONE + "".join(f"{zone} 60 NS ns1.{zone}\n{zone}{ds}" for zone in ("kites", "other")))
    counted.windsock("zone", "import", "test", file)
    for zone in ("kites.test", "other.test"):
        counted.windsock("dnssec", "sign", zone)
        counted.windsock("dnssec", "unsign", zone)  # begins: its parent has a DS still
    unsign = "dnssec", "unsign"
    plan = planned(counted, *unsign, "kites.test")
    assert plan["harmful"] and "about 3 networks asked for pools in kites.test in the last 30 days" in plan["remarks"]
    assert "nobody is known to have asked for pools in other.test" in planned(counted, *unsign, "other.test")["remarks"]
    file_of(counted).unlink()
    done = counted.windsock(*unsign, "kites.test", check=False)
    assert done.returncode == 3
    assert "who asked for pools in kites.test is not known: there is no telemetry" in done.stderr
