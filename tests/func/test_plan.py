# SPDX-License-Identifier: BSD-2-Clause
"""Before a change, and long after it: plan, and the answers of another day."""
import json
import time

import pytest

from harness import eventually, free_port
from relays import Relay, certificate

OLD, NEW = "fe4_056", "fe4_152"


def shown(world, *words, **more):
    return json.loads(world.windsock(*words, "--json", **more).stdout)


@pytest.fixture
def fleet(service):
    """Two relays that old clients can use, four that new ones can."""
    service.windsock("release", "add", "pagekite.py", "0.5.6d", "--pool", OLD, "--tls", "ssl3")
    service.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", NEW, "--tls", "1.2-1.3")
    for i in range(1, 5):
        service.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i}", "--tls",
                         "ssl3-1.2" if i < 3 else "1.2-1.3")
    return service


def pool_of(plan, label):
    return next(pool for pool in plan["pools"] if pool["label"] == label)


# plan


def test_a_plan_says_what_would_be_and_does_nothing(fleet):
    before, log = fleet.windsock("export").stdout, fleet.windsock("log").stdout
    plan = shown(fleet, "plan", "relay", "drain", "r1")
    old, new = pool_of(plan, OLD), pool_of(plan, NEW)
    assert (old["before"]["members"], old["after"]["members"]) == (2, 1)
    assert old["before"]["n_1"] and not old["after"]["n_1"]
    assert [r["relay"] for r in old["out"]] == ["r1"] and old["out"][0]["why"] == "is draining"
    assert old["moved"] == pytest.approx(0.5) and new["moved"] == pytest.approx(0.25)
    assert {s["relay"]: s["after"] for s in old["shares"]} == {"r1": 0, "r2": pytest.approx(1)}
    assert not plan["harmful"] and not plan["stranded"]
    said = fleet.windsock("plan", "relay", "drain", "r1").stdout
    assert f"hash: {plan['hash']}" in said and f"windsock relay drain r1 --plan {plan['hash']}" in said
    assert "2 -> 1" in said and "out  r1: is draining" in said and "no client is stranded" in said
    assert (fleet.windsock("export").stdout, fleet.windsock("log").stdout) == (before, log)
    assert fleet.answers(f"{OLD}.kites.test") == ["192.0.2.1", "192.0.2.2"]


def test_what_is_planned_is_what_is_done(fleet):
    plan = shown(fleet, "plan", "relay", "drain", "r1")
    fleet.windsock("relay", "drain", "r1", "--plan", plan["hash"])
    assert fleet.answers(f"{OLD}.kites.test") == ["192.0.2.2"]
    now = {pool["label"]: pool["members"] for pool in shown(fleet, "pool", "list")}
    assert now == {pool["label"]: pool["after"]["members"] for pool in plan["pools"]}


def test_refused_when_the_registry_has_moved(fleet):
    plan = shown(fleet, "plan", "relay", "drain", "r1")["hash"]
    fleet.windsock("relay", "set", "r4", "--weight", "50")
    moved = fleet.windsock("relay", "drain", "r1", "--plan", plan, check=False)
    assert moved.returncode == 3 and "the registry has moved since: revision" in moved.stderr
    assert plan.split("-")[0] in moved.stderr and "plan again" in moved.stderr
    again = shown(fleet, "plan", "relay", "drain", "r1")["hash"]
    other = fleet.windsock("relay", "drain", "r3", "--plan", again, check=False)
    assert other.returncode == 3 and "another change" in other.stderr
    fleet.windsock("relay", "drain", "r1", "--plan", again, "--reason", "as planned")


def test_hosts_that_move_spoil_no_plan(fleet):
    plan = shown(fleet, "plan", "relay", "drain", "r1")["hash"]
    fleet.windsock("host", "add", "demo.kites.test", "--address", "192.0.2.9")
    fleet.windsock("relay", "drain", "r1", "--plan", plan)
    plan = shown(fleet, "plan", "host", "remove", "demo.kites.test")["hash"]
    fleet.windsock("host", "set", "demo.kites.test", "--address", "192.0.2.8")
    assert fleet.windsock("host", "remove", "demo.kites.test", "--plan", plan, check=False).returncode == 3


def test_what_would_strand_clients(fleet):
    fleet.windsock("relay", "drain", "r1")
    plan = shown(fleet, "plan", "relay", "remove", "r2")
    assert plan["harmful"] and OLD in plan["harm"]
    stranded, = plan["stranded"]
    assert (stranded["product"], stranded["version"], stranded["label"]) == ("pagekite.py", "0.5.6d", OLD)
    assert pool_of(plan, OLD)["empty"]
    done = fleet.windsock("relay", "remove", "r2", "--plan", plan["hash"], check=False)
    assert done.returncode == 3 and "0.5.6d" in done.stderr
    fleet.windsock("relay", "remove", "r2", "--plan", plan["hash"], "--force", "--reason", "it burns")


def test_all_verbs_that_change_can_be_planned(fleet):
    for words in (["pool", "retire", OLD, "--successor", NEW], ["pool", "remove", OLD],
                  ["release", "add", "p", "1", "--pool", OLD, "--tls", "1.3"], ["pool", "set", NEW, "--size", "1"],
                  ["relay", "set", "r1", "--tls", "1.2"], ["zone", "remove", "kites.test"], ["account", "add", "me"],
                  ["relay", "add", "r9", "--address", "192.0.2.99", "--tls", "ssl3"]):
        plan = shown(fleet, "plan", *words)
        assert plan["verb"].startswith(" ".join(words[:2])) and plan["hash"]
        assert plan["harmful"] == (words[-1] in (OLD, "1.3")), words
    wrong = fleet.windsock("plan", "relay", "drain", "r77", check=False)
    assert wrong.returncode == 1 and "r77" in wrong.stderr


# the answers of another day


def asked(world, label, at, client="127.0.0.0/24"):
    return shown(world, "pool", "explain", label, "--client", client, "--at", at)


def test_what_was_answered_is_explained_later(fleet):
    fleet.windsock("pool", "set", NEW, "--answers", "2")
    given = fleet.answers(f"{NEW}.kites.test")
    assert len(given) == 2 and sorted(asked(fleet, NEW, "now")["A"]) == given
    time.sleep(1.1)
    then = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    seen = asked(fleet, NEW, then)
    time.sleep(1.1)
    for words in (["relay", "set", "r1", "--weight", "7"], ["relay", "remove", "r4"], ["pool", "exclude", NEW, "r2"],
                  ["relay", "add", "r5", "--address", "192.0.2.5", "--tls", "1.2"], ["relay", "drain", "r3"],
                  ["release", "remove", "pagekite.py", "1.5.2"], ["pool", "set", NEW, "--answers", "8"]):
        fleet.windsock(*words, "--force", "--reason", "to see")
    assert asked(fleet, NEW, "now")["A"] != seen["A"]
    again = asked(fleet, NEW, then)
    assert again == seen and sorted(again["A"]) == given
    fleet.windsock("pool", "remove", NEW)
    assert asked(fleet, NEW, then) == seen
    text = fleet.windsock("pool", "explain", NEW, "--at", then).stdout
    assert f"revision {seen['revision']}" in text.splitlines()[0]


def test_dates_that_cannot_be_told(fleet):
    early = fleet.windsock("pool", "explain", NEW, "--at", "2001-01-01", check=False)
    assert early.returncode == 1 and "does not reach back so far" in early.stderr
    for at, says in (("2999-01-01", "yet to come"), ("noon", "wanted a time")):
        done = fleet.windsock("pool", "explain", NEW, "--at", at, check=False)
        assert done.returncode == 2 and says in done.stderr


# A relay's end (when it is safe: test_drain.py)


def test_draining_that_would_strand_does_not_wait(fleet):
    fleet.windsock("relay", "drain", "r1")
    done = fleet.windsock("relay", "drain", "r2", "--wait", check=False)
    assert done.returncode == 3 and "0.5.6d" in done.stderr
    assert fleet.answers(f"{OLD}.kites.test") == ["192.0.2.2"]


def test_hosts_that_still_point_at_a_relay(fleet):
    for i in range(12):
        fleet.windsock("host", "add", f"h{i:02}.kites.test", "--address", "192.0.2.1")
    fleet.windsock("host", "add", "other.kites.test", "--address", "192.0.2.11")
    fleet.windsock("relay", "drain", "r1")
    hosts = shown(fleet, "relay", "show", "r1")["hosts"]
    assert hosts["count"] == 12 and hosts["first"] == [f"h{i:02}.kites.test" for i in range(10)]
    assert "h09.kites.test and 2 more" in fleet.windsock("relay", "show", "r1").stdout
    assert [host["name"] for host in shown(fleet, "relay", "hosts", "r1")] == [f"h{i:02}.kites.test" for i in range(12)]
    assert len(fleet.windsock("relay", "hosts", "r1").stdout.splitlines()) == 13
    refused = fleet.windsock("relay", "remove", "r1", check=False)
    assert refused.returncode == 3 and "12 hosts point at relay r1 still" in refused.stderr
    assert shown(fleet, "plan", "relay", "remove", "r1")["harmful"]
    fleet.windsock("relay", "remove", "r1", "--force", "--reason", "it is gone")
    fleet.windsock("relay", "remove", "r4")


# Before a machine is a relay


def test_preflight_of_what_the_operator_says(fleet):
    before = fleet.windsock("export").stdout
    pools = {pool["label"]: pool for pool in shown(fleet, "relay", "preflight", "192.0.2.77", "--tls", "1.2")["pools"]}
    assert pools[NEW]["in"] and not pools[OLD]["in"]
    assert pools[OLD]["why"] == "speaks 1.2, but pagekite.py 0.5.6d needs ssl3"
    rebuilt = fleet.windsock("relay", "preflight", "192.0.2.1", "--tls", "1.3").stdout
    assert "relay r1" in rebuilt and "speaks 1.3, says the operator" in rebuilt
    assert fleet.windsock("export").stdout == before
    assert fleet.windsock("relay", "preflight", "here", check=False).returncode == 2
    assert fleet.windsock("relay", "preflight", "192.0.2.1", "--port", "0", check=False).returncode == 2


def test_preflight_asks_the_machine(fleet, tmp_path):
    relay = Relay(pem=certificate(tmp_path), tls=("1.2", "1.3"), connect=["fe.kites.test"])
    done = shown(fleet, "relay", "preflight", "127.0.0.1", "--port", str(relay.port))
    pools = {pool["label"]: pool for pool in done["pools"]}
    assert done["observed"]["health"] == "up" and done["observed"]["tls"] == "1.2-1.3"
    assert "kites.test" in done["observed"]["names"]
    assert pools[NEW]["in"] and not pools[OLD]["in"] and "needs ssl3" in pools[OLD]["why"]
    said = fleet.windsock("relay", "preflight", "127.0.0.1", "--port", relay.port).stdout
    assert "tls: 1.2-1.3" in said and "speaks 1.2-1.3" in said


@pytest.mark.parametrize("names,connect,use", [
    (["kites.test", "fe.kites.test"], ["fe.kites.test"], "serves"), (["*.elsewhere.test"], ["fe.kites.test"], "foreign"),
    (["kites.test", "fe.kites.test"], [], "foreign")])  # no way to it by CONNECT
def test_preflight_looks_at_the_certificate(fleet, tmp_path, names, connect, use):
    relay = Relay(pem=certificate(tmp_path, names), tls=("1.2", "1.3"), connect=connect)
    fleet.windsock("pool", "add", "strict", "--tls", "1.2", "--certificate", "yes")
    said = fleet.windsock("relay", "preflight", "127.0.0.1", "--port", relay.port).stdout
    assert f"\ncertificate: {use}\n" in said
    done = shown(fleet, "relay", "preflight", "127.0.0.1", "--port", str(relay.port))
    pools = {pool["label"]: pool["in"] for pool in done["pools"]}
    assert done["observed"]["certificate"] == use and pools["strict"] == (use == "serves")
    assert pools[NEW] == (connect != [])  # its TLS is not asked without


def test_preflight_where_nobody_is(fleet):
    port = free_port()
    done = fleet.windsock("relay", "preflight", "127.0.0.1", "--port", port, check=False)
    assert done.returncode == 1 and "health: down" in done.stdout and "refused" in done.stdout
    done = shown(fleet, "relay", "preflight", "127.0.0.1", "--port", port, check=False)
    assert not any(pool["in"] for pool in done["pools"])


# coverage


def test_how_many_asked(fleet):
    fleet.dnsd.stop()
    fleet.start_dnsd("--telemetry-interval", 1)
    fleet.answers(f"{OLD}.kites.test")

    def networks():
        return next(pool["networks"] for pool in shown(fleet, "coverage")["pools"] if pool["label"] == OLD)
    assert eventually(lambda: networks() == 1)
    fleet.windsock("relay", "drain", "r1")
    assert shown(fleet, "plan", "relay", "drain", "r2")["stranded"][0]["networks"] == 1
    assert "for which 1 client network asked" in fleet.windsock("plan", "relay", "drain", "r2").stdout


def test_coverage(fleet):
    fleet.windsock("relay", "drain", "r4")
    fleet.windsock("release", "add", "lib", "1", "--pool", "fe4_091c", "--tls", "1.0-1.2")
    fleet.windsock("relay", "add", "r5", "--address", "2001:db8::5", "--tls", "ssl3")
    said = fleet.windsock("coverage").stdout
    assert "TLS ssl3 is kept on 3 relays only for fe4_056 (pagekite.py 0.5.6d)" in said
    assert "TLS 1.1 is kept on 2 relays for nobody" in said
    rows = [line.split() for line in said.splitlines()]
    assert ["pagekite.py", "0.5.6d", "2", "0", "yes", "yes", "-", "-", "-"] in rows
    assert ["pagekite.py", "1.5.2", "3", "1", "yes", "yes", "yes", "waits", "-"] in rows
    assert ["fe4_056", "2", "2", "yes"] in [row[:4] for row in rows]
    whole = shown(fleet, "coverage")
    old = next(r for r in whole["releases"] if r["version"] == "0.5.6d")
    assert old["relays"]["r3"] == {"fit": "incompatible", "why": "speaks 1.2-1.3, but ssl3 is needed"}
    assert old["relays"]["r5"]["why"] == "has no address that it can use"  # its label answers A only
    assert whole["tls"][0] == {"version": "ssl3", "relays": 3, "pools": [OLD], "releases": ["pagekite.py 0.5.6d"]}
    fleet.windsock("relay", "drain", "r1")
    weakest = shown(fleet, "coverage")["pools"][0]
    assert weakest["label"] == OLD and weakest["members"] == 1 and not weakest["n_1"]


def test_coverage_asks_what_is_answered(fleet):
    fleet.windsock("release", "add", "lib", "1", "--pool", "fe4_091c", "--tls", "1.0-1.2")
    fleet.windsock("pool", "exclude", NEW, "r3")
    row = next(r for r in shown(fleet, "coverage")["releases"] if r["version"] == "1.5.2")
    assert row["relays"]["r3"] == {"fit": "waiting", "why": "the operator excluded it"}
    fleet.windsock("pool", "set", NEW, "--size", "1")
    row = next(r for r in shown(fleet, "coverage")["releases"] if r["version"] == "1.5.2")
    assert sum(cell["fit"] == "live" for cell in row["relays"].values()) == 1
    assert "the pool wants 1 members, and has them" in [cell["why"] for cell in row["relays"].values()]
    fleet.windsock("release", "add", "both", "1", "--pool", NEW, "--tls", "1.0-1.3")
    fleet.windsock("pool", "retire", "fe4_091c", "--tombstone", "empty", "--force", "--reason", "x")
    row = next(r for r in shown(fleet, "coverage")["releases"] if r["product"] == "lib")
    assert not any(cell["fit"] == "live" for cell in row["relays"].values())
    assert row["relays"]["r1"]["why"] == "the pool is retired and answers nothing"


def test_coverage_of_a_label_that_nobody_defined(fleet):
    """A release asks for it, so that it is among what clients are answered; but there is no pool to be shown."""
    fleet.windsock("release", "add", "lib", "1", "--pool", "fe4_093c", "--tls", "1.0-1.2")
    fleet.windsock("pool", "remove", "fe4_093c", "--force", "--reason", "x")
    assert "fe4_093c" not in [pool["label"] for pool in shown(fleet, "coverage")["pools"]]
    assert "\nfe4_093c " not in fleet.windsock("coverage").stdout


def test_coverage_of_labels_that_no_pool_or_zone_has(fleet):
    fleet.windsock("release", "add", "late", "1", "--pool", "fe4_160", "--tls", "1.2")
    fleet.sql("DELETE FROM pool WHERE label = 'fe4_160'")

    def live():
        row = next(r for r in shown(fleet, "coverage")["releases"] if r["product"] == "late")
        return {cell["fit"] for cell in row["relays"].values()}, {cell["why"] for cell in row["relays"].values()}
    assert live()[0] == {"live"}  # the nearest pool answers it
    assert "fe4_160" not in fleet.windsock("coverage").stdout
    zone = fleet.windsock("zone", "export", "kites.test").stdout
    fleet.windsock("zone", "import", "kites.test", "-", input=zone + "fe4_160 60 IN TXT mine\n")
    assert live() == ({"waiting"}, {"nothing answers its labels"})
    fleet.windsock("zone", "import", "kites.test", "-", input=zone + "fe4_160 60 IN NS ns.elsewhere.test.\n", check=False)
    assert live()[0] == {"waiting"}
    fleet.windsock("zone", "add", "other.test", "--ns", "ns.other.test")
    assert live()[0] == {"live"}  # there it is
