# SPDX-License-Identifier: BSD-2-Clause
"""A relay's life over HTTP, with curl: it registers, is given out, drains, leaves, or falls silent."""
import json
import sqlite3
import subprocess
import threading
import time

import pytest

from harness import SECONDS, eventually, run

LEASE = 3  # seconds
POOL = "fe4_152.kites.test"
FACTS = {"tls": "1.2-1.3", "version": "1.5.2.201011"}


class Relay:
    def __init__(self, world, name, address):
        self.world, self.name, self.address = world, name, address
        self.token = world.windsock("relay", "invite", name).stdout.split()[-1]
        self.stopped, self.beats, self.faults = None, 0, []

    def curl(self, method, target, token, facts=None):
        """The status, and what was answered as JSON."""
        done = run("curl", "-sS", "-m", SECONDS, "-X", method, "-w", "\n%{http_code}", "-K", "-",
                   "-H", "Content-Type: application/json", *(["-d", json.dumps(facts)] if facts is not None else []),
                   f"http://127.0.0.1:{self.world.http_port}/v1/relays{target}",
                   input=f'header = "Authorization: Bearer {token}"\n')
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(body) if body else None

    def register(self, **more):
        status, said = self.curl("POST", "", self.token, {"addresses": [self.address], **FACTS, **more})
        assert status == 201, said
        self.token = said["token"]
        return said

    def beat(self, **facts):
        status, said = self.curl("PUT", f"/{self.name}", self.token, facts)
        assert status == 200, said
        return said

    def start(self):
        """Heartbeats from now on, several a lease."""
        self.stopped = threading.Event()

        def beats():
            while not self.stopped.wait(LEASE / 6):
                try:
                    self.beat()
                    self.beats += 1
                except (AssertionError, ValueError, subprocess.TimeoutExpired) as fault:
                    self.faults.append(fault)
        self.thread = threading.Thread(target=beats, daemon=True)
        self.thread.start()

    def silence(self):
        if self.stopped:
            self.stopped.set()
            self.thread.join(SECONDS)


@pytest.fixture
def fleet(world):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.start_dnsd()
    world.start_updater("--lease", LEASE)
    relays = []

    def make(name, address):
        relays.append(Relay(world, name, address))
        return relays[-1]
    world.relay = make
    yield world
    for relay in relays:
        relay.silence()


def given(world):
    return world.dig("+short", POOL).split()


def test_a_relay_registers_and_is_given_out_at_once(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    assert given(fleet) == []
    said = relay.register()
    assert given(fleet) == ["198.51.100.11"]
    assert (said["name"], said["lease"], said["state"]) == ("r1", LEASE, "service")
    assert "1.2-1.3" in fleet.dig("+short", f"_why.{POOL}", "TXT")


def observed(world, relay, health, at):
    world.sql(f"INSERT OR REPLACE INTO observation (relay, observer, health, tls, overloaded, load, at) "
              f"VALUES ('{relay}', 'p1', {health}, 24, 0, 0, {at})")


def test_a_relay_is_tested_first_where_there_is_a_prober(fleet):
    fleet.windsock("relay", "add", "r0", "--address", "198.51.100.10", "--tls", "1.2-1.3")
    now = int(time.time())
    observed(fleet, "r0", 1, now)
    relay = fleet.relay("r1", "198.51.100.11")
    assert relay.register()["state"] == "testing"
    relay.start()
    assert given(fleet) == ["198.51.100.10"]
    assert relay.beat()["state"] == "testing"
    assert "is tested before it is given out" in fleet.dig("+short", f"_why.{POOL}", "TXT")
    assert "relay r1: tested since " in fleet.windsock("status").stdout
    observed(fleet, "r1", 1, now)  # not for long enough
    time.sleep(6)
    assert given(fleet) == ["198.51.100.10"]
    observed(fleet, "r1", 1, now + 3600)  # neither has a prober whose clock is ahead
    time.sleep(6)
    assert given(fleet) == ["198.51.100.10"]
    observed(fleet, "r1", 2, now + 12)  # and then it looks down
    fleet.sql("UPDATE relay SET since = since - 40 WHERE name = 'r1'")
    time.sleep(6)
    assert given(fleet) == ["198.51.100.10"]
    observed(fleet, "r1", 1, now + 18)
    assert eventually(lambda: sorted(given(fleet)) == ["198.51.100.10", "198.51.100.11"])
    assert relay.beat()["state"] == "service" and "passed its tests" in fleet.windsock("log").stdout


def test_no_relay_waits_for_a_prober_that_fell_silent(fleet):
    fleet.windsock("relay", "add", "r0", "--address", "198.51.100.10", "--tls", "1.2-1.3")
    observed(fleet, "r0", 1, int(time.time()))
    relay = fleet.relay("r1", "198.51.100.11")
    assert relay.register()["state"] == "testing"
    relay.start()
    observed(fleet, "r0", 1, int(time.time()) - 1000)
    assert eventually(lambda: sorted(given(fleet)) == ["198.51.100.10", "198.51.100.11"])
    assert "no prober to test it" in fleet.windsock("log").stdout


def sessions(world):
    path = world.registry.with_name(world.registry.name + ".telemetry")
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
        try:
            return db.execute("SELECT relay, version, sessions FROM sessions ORDER BY relay, version").fetchall()
        except sqlite3.OperationalError:
            return []  # its tables are being made


def test_sessions_by_version_are_kept(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register()
    relay.beat(sessions={"0.5.8e": 12, "1.5.2": 3})
    assert eventually(lambda: sessions(fleet) == [("r1", "0.5.8e", 12), ("r1", "1.5.2", 3)]), sessions(fleet)
    other = fleet.relay("r2", "198.51.100.12")
    other.register()
    other.beat(sessions={"1.5.2": 20})
    assert eventually(lambda: len(sessions(fleet)) == 3)
    assert "\nsessions: 1.5.2 23, 0.5.8e 12\n" in fleet.windsock("status").stdout
    said = json.loads(fleet.windsock("status", "--json").stdout)["sessions"]
    assert said == [{"version": "1.5.2", "sessions": 23}, {"version": "0.5.8e", "sessions": 12}]
    other.beat(sessions={})
    relay.beat(sessions={"1.5.2": 4})
    relay.beat(load=3)
    assert eventually(lambda: sessions(fleet) == [("r1", "1.5.2", 4)]), sessions(fleet)
    for wrong in ({"a b": 1}, {"1": -1}, [1], {f"v{i}": 1 for i in range(65)}):
        status, said = relay.curl("PUT", "/r1", relay.token, {"sessions": wrong})
        assert status == 422 and "sessions" in said["detail"], said
    relay.beat(sessions={"1.5.2": 5})
    fleet.updater.stop()  # what it kept is stored first
    assert sessions(fleet) == [("r1", "1.5.2", 5)]


def test_holdouts_are_hosts_at_relays_that_have_the_version(fleet):
    fleet.windsock("release", "add", "pagekite.py", "0.5.8e", "--pool", "fe4_058", "--tls", "1.0-1.3")
    fleet.account("demo", "*.kites.test", "--allow-private")
    silent = fleet.windsock("pool", "holdouts", "fe4_058").stdout
    assert "no relay has tunnels of a version that looks it up" in silent
    for i in range(1, 4):
        relay = fleet.relay(f"r{i}", f"198.51.100.1{i}")
        relay.register()
        fleet.windsock("host", "add", f"h{i}.kites.test", "--account", "demo", "--address", f"198.51.100.1{i}")
        if i < 3:
            relay.beat(sessions={"0.5.8e": 12, "1.5.2": 3} if i == 1 else {"1.5.2": 7})
    fleet.windsock("host", "add", "elsewhere.kites.test", "--account", "demo", "--address", "198.51.100.99")
    assert eventually(lambda: len(sessions(fleet)) == 3)

    def holdouts(*words):
        return fleet.windsock("pool", "holdouts", "fe4_058", *words).stdout
    said = json.loads(holdouts("--json"))
    assert [(h["host"], h["account"], h["relay"], h["versions"]) for h in said] == [
        ("h1.kites.test", "demo", "r1", "0.5.8e:12"), ("h3.kites.test", "demo", "r3", "")]  # r3 does not tell
    lines = holdouts("--csv").splitlines()
    assert lines[0] == "host,account,relay,versions,updated" and lines[1].startswith("h1.kites.test,demo,r1,0.5.8e:12,")
    said = holdouts()
    assert "relay r1: 0.5.8e:12\n" in said and "relay r3: does not tell" in said and "r2" not in said
    missing = fleet.windsock("pool", "holdouts", "nope", check=False)
    assert missing.returncode == 1 and "nope" in missing.stderr


def test_sessions_that_cannot_be_stored_cost_no_heartbeat(fleet):
    fleet.registry.with_name(fleet.registry.name + ".telemetry").mkdir()
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register()
    relay.beat(sessions={"0.5.8e": 12})
    assert eventually(lambda: "sessions cannot be stored" in fleet.updater.text())
    relay.beat(sessions={"0.5.8e": 13})
    assert given(fleet) == ["198.51.100.11"]


def test_an_invitation_is_used_once(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    invitation = relay.token
    assert relay.curl("PUT", "/r1", invitation, {})[0] == 401
    relay.register()
    assert relay.curl("POST", "", invitation, FACTS)[0] == 401
    assert relay.curl("PUT", "/r1", invitation, {})[0] == 401
    assert relay.curl("PUT", "/r1", "nonsense", {})[0] == 401
    assert relay.beat()["state"] == "service"


def test_wrong_facts_change_nothing(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    for facts in ({"addresses": ["198.51.100.300"]}, {"tls": "9"}, {"name": "r2"}, {"port": 0}):
        status, said = relay.curl("POST", "", relay.token, {"addresses": ["198.51.100.11"], **FACTS, **facts})
        assert status == 422 and next(iter(facts)) in said["detail"], said
    assert given(fleet) == []
    relay.register()
    assert given(fleet) == ["198.51.100.11"]


def test_a_silent_relay_is_gone_after_its_lease(fleet):
    staying, silent = fleet.relay("stays", "198.51.100.11"), fleet.relay("silent", "198.51.100.12")
    staying.register()
    staying.start()
    silent.register()
    both = ["198.51.100.11", "198.51.100.12"]
    assert sorted(given(fleet)) == both
    silent.beat()
    heard = time.monotonic()
    gone = eventually(lambda: given(fleet) == ["198.51.100.11"] and time.monotonic())
    assert LEASE - 0.5 < gone - heard < LEASE + 5
    assert "its lease ran out" in fleet.dig("+short", f"_why.{POOL}", "TXT")
    assert "silent" in fleet.updater.text()
    beats = staying.beats
    assert eventually(lambda: staying.beats > beats + 6)  # more than another lease
    assert given(fleet) == ["198.51.100.11"] and not staying.faults
    silent.beat()
    assert sorted(given(fleet)) == both


def test_heartbeats_keep_it(fleet):
    relay, other = fleet.relay("r1", "198.51.100.11"), fleet.relay("r2", "198.51.100.12")
    for each in (relay, other):
        each.register()
        each.start()
    until = time.monotonic() + 3 * LEASE
    while time.monotonic() < until:
        assert len(given(fleet)) == 2
        time.sleep(0.1)
    assert not relay.faults and not other.faults


def test_a_drain_is_told_in_the_next_heartbeat(fleet):
    draining, other = fleet.relay("r1", "198.51.100.11"), fleet.relay("r2", "198.51.100.12")
    for each in (draining, other):
        each.register()
    other.start()
    said = draining.beat()
    assert (said["state"], said["drain"], said["shed"]) == ("service", False, False)
    fleet.windsock("relay", "drain", "r1")
    assert given(fleet) == ["198.51.100.12"]
    said = draining.beat()
    assert (said["state"], said["drain"], said["shed"]) == ("draining", True, True)
    fleet.windsock("relay", "resume", "r1")
    assert draining.beat()["state"] == "service"
    assert sorted(given(fleet)) == ["198.51.100.11", "198.51.100.12"]


def test_a_new_address_and_new_facts_are_answered_at_once(fleet):
    relay, other = fleet.relay("r1", "198.51.100.11"), fleet.relay("r2", "198.51.100.12")
    relay.register()
    other.register()
    other.start()
    relay.beat(addresses=["198.51.100.21"])
    assert sorted(given(fleet)) == ["198.51.100.12", "198.51.100.21"]
    relay.beat(tls="ssl3-1.0")
    assert given(fleet) == ["198.51.100.12"]


def refused(relay, **facts):
    status, said = relay.curl("PUT", f"/{relay.name}", relay.token, facts)
    assert status == 422, said
    return said["detail"]


UNREACHABLE = {"10.0.0.1": "private", "127.0.0.1": "loopback", "192.168.1.1": "private", "100.64.0.1": "6598",
               "169.254.1.1": "link", "::1": "loopback", "fe80::1": "link", "fd00::1": "private",
               "0.0.0.0": "no address", "224.0.0.1": "multicast", "255.255.255.255": "reserved",
               "ff02::1": "multicast", "::": "no address"}


def test_a_relay_moves_itself_nowhere_that_clients_cannot_reach(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    for address, why in UNREACHABLE.items():
        status, said = relay.curl("POST", "", relay.token, {"addresses": [address], **FACTS})
        assert status == 422 and address in said["detail"] and why in said["detail"]
    relay.register()
    relay.start()
    for address, why in UNREACHABLE.items():
        assert why in refused(relay, addresses=["198.51.100.11", address])
        assert address in refused(relay, addresses=[address])
    assert given(fleet) == ["198.51.100.11"]
    fleet.windsock("relay", "set", "r1", "--allow-private")
    for address, why in UNREACHABLE.items():
        never = why in ("no address", "multicast", "reserved")
        assert relay.curl("PUT", "/r1", relay.token, {"addresses": [address]})[0] == (422 if never else 200)


def test_a_relay_takes_no_others_address_and_none_twice(fleet):
    relay, other = fleet.relay("r1", "198.51.100.11"), fleet.relay("r2", "198.51.100.12")
    relay.register()
    assert "another relay's" in other.curl("POST", "", other.token, {"addresses": ["198.51.100.11"], **FACTS})[1]["detail"]
    other.register()
    assert "198.51.100.12" in refused(relay, addresses=["198.51.100.11", "198.51.100.12"])
    relay.beat(addresses=["198.51.100.11", "198.51.100.11"])
    assert sorted(given(fleet)) == ["198.51.100.11", "198.51.100.12"]
    fleet.sql("UPDATE relay SET addresses = '198.51.100.12 198.51.100.13' WHERE name = 'r1'") # as no entrance would
    assert eventually(lambda: sorted(given(fleet)) == ["198.51.100.12", "198.51.100.13"])


def test_addresses_are_a_list(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register()
    for wrong in ("198.51.100.77", {"a": 1}, 7, True, [], [["198.51.100.77"]], ["198.51.100.77 10.0.0.1"]):
        assert "addresses" in refused(relay, addresses=wrong)
    assert given(fleet) == ["198.51.100.11"]


@pytest.mark.parametrize("elsewhere", [{"addresses": ["198.51.100.21"]}, {"addresses": ["198.51.100.11", "198.51.100.21"]},
                                       {"port": 4443}])
def test_where_it_is_now_is_tested_anew(fleet, elsewhere):
    fleet.windsock("relay", "add", "r0", "--address", "198.51.100.10", "--tls", "1.2-1.3")
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register()
    now = int(time.time())
    for name in ("r0", "r1"):
        observed(fleet, name, 1, now)
    assert relay.beat(addresses=["198.51.100.11"], port=443)["state"] == "service"
    assert sorted(given(fleet)) == ["198.51.100.10", "198.51.100.11"]
    assert relay.beat(**elsewhere)["state"] == "testing"
    relay.start()
    assert given(fleet) == ["198.51.100.10"]
    assert "heartbeat from elsewhere" in fleet.windsock("log").stdout
    fleet.sql("UPDATE relay SET since = since - 40 WHERE name = 'r1'")
    observed(fleet, "r1", 1, int(time.time()))
    assert eventually(lambda: len(given(fleet)) == 1 + len(elsewhere.get("addresses", "1")))
    assert relay.beat()["state"] == "service"


def test_a_relay_gives_up_an_address_untested(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register(addresses=["198.51.100.11", "198.51.100.12"])
    observed(fleet, "r1", 1, int(time.time()))
    assert relay.beat(addresses=["198.51.100.12"])["state"] == "service"
    assert given(fleet) == ["198.51.100.12"]


def test_who_drains_does_not_come_back_by_moving(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register()
    fleet.windsock("relay", "drain", "r1", "--force", "--reason", "test")
    assert relay.beat(addresses=["198.51.100.21"])["state"] == "draining"


def test_one_that_leaves_is_gone_at_once(fleet):
    leaving, other = fleet.relay("r1", "198.51.100.11"), fleet.relay("r2", "198.51.100.12")
    leaving.register()
    other.register()
    other.start()
    assert leaving.curl("DELETE", "/r1", leaving.token) == (204, None)
    assert given(fleet) == ["198.51.100.12"]


def test_a_stopped_updater_evicts_nobody(fleet):
    """Leases run only while somebody could hear a heartbeat, and start anew with the updater."""
    relay, other = fleet.relay("r1", "198.51.100.11"), fleet.relay("r2", "198.51.100.12")
    relay.register()
    other.register()
    fleet.updater.stop()
    time.sleep(LEASE + 1)
    assert sorted(given(fleet)) == ["198.51.100.11", "198.51.100.12"]
    started = time.monotonic()
    fleet.start_updater("--lease", LEASE)
    other.start()
    gone = eventually(lambda: given(fleet) == ["198.51.100.12"] and time.monotonic())
    assert gone and gone - started >= LEASE
    relay.beat()
    assert len(given(fleet)) == 2


def test_a_killed_updater_keeps_what_it_said(fleet):
    relay = fleet.relay("r1", "198.51.100.11")
    relay.register()
    fleet.updater.kill()
    assert given(fleet) == ["198.51.100.11"]
    fleet.start_updater("--lease", LEASE)
    assert relay.beat()["state"] == "service"
    assert given(fleet) == ["198.51.100.11"]
