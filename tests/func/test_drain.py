# SPDX-License-Identifier: BSD-2-Clause
"""relay drain: when a relay can be powered off. Without daemons, so that the change log's dates can be what a test needs."""
import calendar
import json
import time

import pytest

from harness import World

OLD, NEW = "fe4_056", "fe4_152"
REST = 600 + 4 * 3600  # what resolvers and clients add to a TTL
DAY = 86400


@pytest.fixture
def fleet(world):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "pagekite.py", "0.5.6d", "--pool", OLD, "--tls", "ssl3")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", NEW, "--tls", "1.2-1.3")
    for i in range(1, 5):
        world.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i}", "--tls", "ssl3-1.2" if i < 3 else "1.2-1.3")
    pass_by(world, 3 * DAY)
    return world


def pass_by(world, seconds):
    """What was done so far was done so long ago."""
    world.sql(f"UPDATE change SET at = at - {seconds}; UPDATE relay SET since = since - {seconds}")


def shown(world, *words):
    return json.loads(world.windsock(*words, "--json").stdout)


def date(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def drained(world, relay="r1"):
    """The date at which it was told to drain last."""
    return int(world.sql(f"SELECT max(at) FROM change WHERE kind = 'relay' AND key = '{relay}'"))


def safe_after(world, relay="r1", since=None):
    """How many seconds after it was told to drain, or after a date."""
    return date(shown(world, "relay", "drain", relay)["safe_at"]) - (since or drained(world, relay))


def lease(world, load, health=1, age=0, relay="r1"):
    world.sql("INSERT OR REPLACE INTO observation (relay, observer, health, tls, overloaded, load, at) "
              f"VALUES ('{relay}', 'lease', {health}, 0, 0, {load}, unixepoch() - {age})")


def waits(world, says, relay="r1"):
    done = world.windsock("relay", "drain", relay, "--wait", "--for", "1s", check=False)
    return done.returncode == 1 and says in done.stdout


def test_it_says_when_it_is_safe(fleet):
    fleet.windsock("pool", "set", OLD, "--ttl", "900")
    done = fleet.windsock("relay", "drain", "r1")
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(drained(fleet) + 900 + REST))
    assert f"safe to power off from {at}" in done.stdout and "0 hosts point at it" in done.stdout
    again = shown(fleet, "relay", "drain", "r1")
    assert (again["safe"], again["safe_at"], again["ttl"], again["tunnels"]) == (False, at, 900, None)
    assert fleet.windsock("relay", "drain", "r1", "--for", "3s", check=False).returncode == 2
    assert fleet.windsock("relay", "drain", "r1", "--wait", "--for", "x", check=False).returncode == 2


def test_waiting_for_it(fleet):
    early = fleet.windsock("relay", "drain", "r1", "--wait", "--for", "1s", check=False)
    assert early.returncode == 1 and "waits on" not in early.stdout and "goes on waiting" in early.stderr
    assert "255 min left: resolvers may know it still" in early.stdout
    pass_by(fleet, 300 + REST - 2)
    done = fleet.windsock("relay", "drain", "r1", "--wait")
    assert done.stdout.splitlines()[-1].startswith("safe to power off")
    lease(fleet, 3)
    assert waits(fleet, "3 tunnels, 0 hosts point at it")
    lease(fleet, 0)
    assert shown(fleet, "relay", "drain", "r1", "--wait")["safe"]


def test_no_tunnels_before_clients_had_forgotten_it(fleet):
    fleet.windsock("relay", "drain", "r1")
    pass_by(fleet, 300 + REST + 100)
    lease(fleet, 0, age=200)  # its next word may be another
    assert waits(fleet, "0 tunnels when it was heard last")
    lease(fleet, 0, age=10)
    assert shown(fleet, "relay", "drain", "r1", "--wait")["safe"]
    lease(fleet, 0, health=2, age=5000)  # it is off already
    assert shown(fleet, "relay", "drain", "r1", "--wait")["safe"]


def test_a_lease_that_ended_with_tunnels(fleet):
    fleet.windsock("relay", "drain", "r1")
    pass_by(fleet, 80000)
    assert shown(fleet, "relay", "drain", "r1", "--wait")["safe"]
    lease(fleet, 3, health=2, age=5000)
    assert waits(fleet, "3 tunnels when it was heard last")


@pytest.mark.parametrize("later", [["pool", "set", OLD, "--ttl", "60"], ["pool", "exclude", OLD, "r1"],
                                   ["pool", "remove", "custom"], ["relay", "set", "r1", "--state", "out"],
                                   ["relay", "set", "r1", "--tls", "1.2"], ["relay", "set", "r1", "--address", "2001:db8::1"],
                                   ["pool", "set", OLD, "--tls", "1.3"]])
def test_what_was_answered_counts(fleet, later):
    label = "custom" if later[1] == "remove" else OLD
    fleet.windsock("pool", "add", "custom", "--tls", "ssl3")
    fleet.windsock("pool", "set", label, "--ttl", "3600")
    pass_by(fleet, 1000)
    fleet.windsock(*later, "--force", "--reason", "test")
    pass_by(fleet, 100)
    fleet.windsock("relay", "drain", "r1")
    assert safe_after(fleet) in range(3600 - 100 + REST - 10, 3600 - 100 + REST + 1)


def test_what_is_excluded_after_it_drains_counts_too(fleet):
    fleet.windsock("pool", "set", OLD, "--ttl", "3600")
    fleet.windsock("relay", "drain", "r1")
    pass_by(fleet, 50)
    since = drained(fleet)
    fleet.windsock("pool", "exclude", OLD, "r1")
    fleet.windsock("pool", "set", OLD, "--ttl", "60")
    assert safe_after(fleet, since=since) == 3600 + REST


def test_each_of_many_changes_is_looked_at(fleet):
    fleet.windsock("pool", "set", OLD, "--ttl", str(DAY))
    pass_by(fleet, 3000)
    fleet.windsock("pool", "set", OLD, "--ttl", "60")
    fleet.sql("".join(f"UPDATE pool SET note = 'n{i}' WHERE label = '{NEW}';" for i in range(1000)))
    pass_by(fleet, 1000)
    fleet.windsock("relay", "drain", "r1")
    assert safe_after(fleet) in range(DAY - 1000 + REST - 10, DAY - 1000 + REST + 1)
    fleet.windsock("relay", "drain", "r3")  # which was never in that pool
    assert safe_after(fleet, "r3") == 300 + REST


def test_what_one_act_passes_through_was_not_answered(fleet):
    """A new pool has no releases for a moment, so that it would take any relay."""
    fleet.windsock("relay", "drain", "r1")
    since = drained(fleet)
    fleet.windsock("pool", "set", NEW, "--ttl", str(DAY))
    pass_by(fleet, 1000)
    fleet.windsock("relay", "resume", "r1")
    fleet.windsock("pool", "exclude", OLD, "r1")
    fleet.windsock("pool", "exclude", NEW, "r1")
    fleet.sql("DELETE FROM change WHERE kind = 'rule'; UPDATE change SET at = at - 100 WHERE at > unixepoch() - 100")
    text = ("pool label=fe4_300 ttl=80000 answers=8\n"
            "release product=new version=3 pools=fe4_300 tls=1.3\n")
    fleet.windsock("import", input=text)
    fleet.windsock("relay", "drain", "r1")
    assert since and safe_after(fleet) < 80000


def test_a_brownout_gives_it_for_a_shorter_time(fleet):
    fleet.windsock("pool", "set", OLD, "--ttl", "40", "--successor", NEW)
    fleet.windsock("pool", "set", NEW, "--ttl", "20")
    pass_by(fleet, DAY)
    fleet.windsock("pool", "brownout", OLD, "--percent", "10", "--for", "4h")
    fleet.windsock("relay", "drain", "r3")
    assert safe_after(fleet, "r3") == 40 + REST  # by the other's label
    fleet.windsock("pool", "set", OLD, "--ttl", "3000")
    pass_by(fleet, 5 * 3600)
    fleet.sql(f"UPDATE pool SET brownout_from = brownout_from - 18000, brownout_until = brownout_until - 18000 WHERE label = '{OLD}'")
    fleet.sql("DELETE FROM change WHERE id = (SELECT max(id) FROM change)")
    fleet.sql("UPDATE change SET new = json_set(new, '$.brownout_until', (SELECT brownout_until FROM pool WHERE brownout > 0)) "
              "WHERE kind = 'pool' AND json_extract(new, '$.brownout') = 10")
    fleet.windsock("relay", "drain", "r1")
    assert safe_after(fleet, "r1") == 3000 + REST  # it ended by itself an hour ago


def test_whoever_had_its_addresses_counts(fleet):
    fleet.windsock("pool", "set", NEW, "--ttl", "7000")
    pass_by(fleet, 2000)
    fleet.windsock("relay", "remove", "r4", "--force", "--reason", "it gets another name")
    fleet.windsock("pool", "set", NEW, "--ttl", "60")
    fleet.windsock("relay", "add", "r5", "--address", "192.0.2.4", "--tls", "1.2")
    pass_by(fleet, 1000)
    fleet.windsock("relay", "drain", "r5")
    assert safe_after(fleet, "r5") in range(7000 - 1000 + REST - 10, 7000 - 1000 + REST + 1)
    fleet.windsock("relay", "drain", "r3")
    assert safe_after(fleet, "r3") in range(7000 - 1000 + REST - 10, 7000 - 1000 + REST + 1)


def test_its_state_set_by_hand(fleet):
    fleet.sql("UPDATE relay SET since = 1600000000")
    fleet.sql("UPDATE relay SET state = 3 WHERE name = 'r1'")
    assert safe_after(fleet) == 300 + REST


def test_what_the_log_does_not_tell(fleet):
    fleet.windsock("relay", "drain", "r1")
    pass_by(fleet, 1000)
    assert safe_after(fleet) == 300 + REST
    fleet.sql("INSERT INTO meta (name, value) SELECT 'pruned', max(id) - 1 FROM change; "
              "DELETE FROM change WHERE id < (SELECT max(id) FROM change)")
    assert safe_after(fleet) == DAY + REST
    fleet.sql("DELETE FROM meta WHERE name = 'pruned'; UPDATE change SET at = at - 50000;"
              "INSERT INTO change (kind, key) VALUES ('serial', '')")  # a backup came back, or an export
    assert safe_after(fleet) in range(51000 + DAY + REST, 51000 + DAY + REST + 30)


def test_hosts_that_pointed_at_it(fleet):
    fleet.windsock("host", "add", "demo.kites.test", "--address", "192.0.2.1", "--ttl", str(DAY))
    fleet.windsock("relay", "drain", "r1")
    pass_by(fleet, 30000)
    assert not shown(fleet, "relay", "drain", "r1")["safe"]  # a host points at it still
    assert waits(fleet, "1 host points at it")
    fleet.windsock("host", "set", "demo.kites.test", "--ttl", "60")
    pass_by(fleet, 1000)
    fleet.windsock("host", "set", "demo.kites.test", "--address", "192.0.2.2")
    left = shown(fleet, "relay", "drain", "r1")["seconds_left"]
    assert left in range(DAY - 1000 + 600 - 60, DAY - 1000 + 601)


def test_a_secondary_that_has_not_heard_of_it(fleet):
    behind = World()
    try:
        fleet.sql(f"VACUUM INTO '{behind.registry}'")
        behind.start_dnsd()
        fleet.windsock("secondary", "add", "ns2", "--address", "127.0.0.1", "--port", behind.dns_port)
        fleet.windsock("relay", "drain", "r1")
        pass_by(fleet, 300 + REST + 100)
        assert behind.answers(f"{OLD}.kites.test") == ["192.0.2.1", "192.0.2.2"]
        said = shown(fleet, "relay", "drain", "r1")
        assert not said["safe"] and "secondary ns2 is behind" in said["secondary"]
        assert said["seconds_left"] in range(300 + REST - 30, 300 + REST + 1)  # somebody may just have asked it
        assert waits(fleet, "secondary ns2 is behind")
        fleet.windsock("host", "add", "late.kites.test", "--address", "192.0.2.9")  # which is no matter
        fleet.sql(f"VACUUM INTO '{behind.dir / 'newer'}'")
        behind.dnsd.stop()
        assert waits(fleet, "is silent")
        behind.registry = behind.dir / "newer"
        behind.start_dnsd()
        fleet.windsock("relay", "set", "r2", "--note", "which the secondary need not know")
        done = shown(fleet, "relay", "drain", "r1", "--wait")
        assert done["safe"] and done["secondary"] is None
    finally:
        behind.close()


def test_a_suspended_host_was_not_answered(fleet):
    fleet.windsock("host", "add", "demo.kites.test", "--address", "192.0.2.1", "--ttl", str(DAY))
    pass_by(fleet, 3 * DAY)
    fleet.windsock("host", "set", "demo.kites.test", "--suspended", "yes")
    pass_by(fleet, 70000)
    fleet.windsock("host", "remove", "demo.kites.test")
    fleet.windsock("relay", "drain", "r1")
    assert shown(fleet, "relay", "drain", "r1")["seconds_left"] in range(DAY - 70000 + 600 - 60, DAY - 70000 + 601)
