# SPDX-License-Identifier: BSD-2-Clause
"""windsock revert: what an act changed is as it was, nothing else is, and what cannot be taken back is refused."""
import json
import re
import time

import pytest

from harness import eventually


def newest(world):
    return int(world.windsock("log", "--limit", "1").stdout.split()[0])


def state(world):
    """All rows, without the dates since when something is so."""
    lines = world.windsock("export").stdout.splitlines()[1:]
    return [re.sub(r" (since|updated)=\S+", "", line) for line in lines]


def undated(text):
    """What was said, without since when it is so: a dry run may be a second older."""
    return re.sub(r", (since|updated) \S+( -> \S+)?", "", text)


def refused(world, revision, says, status=1):
    before = world.windsock("export").stdout
    done = world.windsock("revert", str(revision), check=False)
    assert done.returncode == status and says in done.stderr, done.stdout + done.stderr
    assert world.windsock("export").stdout == before


@pytest.fixture
def fleet(world):
    for words in ("zone add kites.test --ns ns1.kites.test=192.0.2.53", "pool add fe --tls 1.2", "pool add next --tls 1.2",
                  "relay add r1 --address 192.0.2.11 --tls 1.0-1.2 --note old", "relay add r2 --address 192.0.2.12 --tls 1.0-1.2",
                  "pool include fe r1 --note tried", "release add p 1 --pool next --tls 1.2",
                  "account add demo --hosts *.kites.test", "host add h.kites.test --address 192.0.2.7 --account demo"):
        world.windsock(*words.split())
    (world.dir / "zone").write_text("$ORIGIN kites.test.\n$TTL 60\n@ SOA ns1 me 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.53\n"
                                    "www A 192.0.2.80\nwww A 192.0.2.81\n_sip._tcp SRV 1 2 3 www\n")
    return world


ACTS = ["relay set r1 --weight 50 --tls 1.2 --note new", "relay remove r1", "relay drain r1", "relay add r3 --address 192.0.2.13 --tls 1.2",
        "relay set r1 --address 192.0.2.21", "pool exclude next r1", "pool unrule fe r1", "pool add new --tls 1.2", "pool remove fe",
        "pool freeze fe", "pool retire fe --successor next", "pool brownout fe --percent 5 --for 2h --to next",
        "pool shrink next --from 2 --to 1 --by 2099-01-01", "release add p 2 --pool next --tls 1.2", "release remove p 1",
        "zone add other.test --ns ns.elsewhere.test", "zone import kites.test FILE", "zone import third.test FILE2",
        "host set h.kites.test --address 192.0.2.9 --ttl 90", "host remove h.kites.test", "host add i.kites.test --account demo",
        "account set demo --suspended yes", "account set demo --quota 7", "secondary add ns2 --address 192.0.2.54"]


@pytest.mark.parametrize("words", ACTS)
def test_it_is_as_before_and_back_again(fleet, words):
    (fleet.dir / "zone2").write_text((fleet.dir / "zone").read_text().replace("kites.test", "third.test"))
    words = [str(fleet.dir / {"FILE": "zone", "FILE2": "zone2"}[w]) if w.startswith("FILE") else w for w in words.split()]
    force = ("--force", "--reason", "to see")
    before = state(fleet)
    fleet.windsock(*words, *force)
    after, revision = state(fleet), newest(fleet)
    assert after != before
    dry = fleet.windsock("revert", str(revision), "--dry-run", *force)
    assert f"would be: revision {revision} taken back: " in dry.stdout and state(fleet) == after
    done = fleet.windsock("revert", str(revision), *force)
    assert undated(done.stdout) == undated(dry.stdout.replace("would be: ", "")) and state(fleet) == before
    entry = fleet.windsock("log", "--limit", "1").stdout
    assert f" revert {revision} --force --reason to see  because: to see" in entry
    fleet.windsock("revert", str(newest(fleet)), *force)
    assert state(fleet) == after
    fleet.windsock("revert", str(newest(fleet)), *force)
    assert state(fleet) == before


def test_each_row_of_the_act_whichever_is_named(fleet):
    before, revision = state(fleet), newest(fleet)
    fleet.windsock("relay", "remove", "r1")
    acts = json.loads(fleet.windsock("log", "--json", "--after", str(revision)).stdout)
    assert [a["kind"] for a in acts] == ["rule", "relay"]
    said = fleet.windsock("revert", str(acts[0]["revision"])).stdout
    assert "+ relay r1: addresses 192.0.2.11, state service, tls 1.0-1.2" in said and "+ rule fe r1: verdict include" in said
    assert ": 2 added, 0 changed, 0 removed" in said and state(fleet) == before


def test_what_else_changed_since_stays(fleet):
    fleet.windsock("relay", "set", "r1", "--weight", "50")
    revision = newest(fleet)
    fleet.windsock("relay", "set", "r1", "--note", "new")
    fleet.windsock("relay", "set", "r2", "--weight", "7")
    done = fleet.windsock("revert", str(revision))
    assert done.stdout.splitlines()[0] == "~ relay r1: weight 50 -> 100"
    shown = json.loads(fleet.windsock("relay", "show", "r1", "--json").stdout)
    assert shown["weight"] == 100 and shown["note"] == "new"


def test_who_drains_again_drains_from_now_on(fleet):
    """What is safe to power off follows from since when a relay is in its state."""
    fleet.windsock("relay", "drain", "r1")
    fleet.windsock("relay", "resume", "r1")
    first = json.loads(fleet.windsock("relay", "show", "r1", "--json").stdout)["since"]
    time.sleep(1.1)
    fleet.windsock("revert", str(newest(fleet)))
    shown = json.loads(fleet.windsock("relay", "show", "r1", "--json").stdout)
    assert shown["state"] == "draining" and shown["since"] > first


@pytest.mark.parametrize("later", ["relay set r1 --weight 60", "relay remove r1"])
def test_refused_where_it_was_changed_since(fleet, later):
    fleet.windsock("relay", "set", "r1", "--weight", "50")
    revision = newest(fleet)
    fleet.windsock(*later.split())
    who = json.loads(fleet.windsock("log", "--json", "--limit", "1").stdout)[0]
    refused(fleet, revision, f"relay r1 was changed since, by {who['actor']} at {who['at']}: revision {who['revision']}")


def test_refused_also_where_the_same_value_was_set_again(fleet):
    """Whoever set it since, meant it."""
    fleet.windsock("relay", "set", "r1", "--weight", "50")
    revision = newest(fleet)
    for weight in ("60", "50"):
        fleet.windsock("relay", "set", "r1", "--weight", weight)
    refused(fleet, revision, f"revision {revision + 1}")


def test_refused_where_it_would_take_others_along(fleet):
    fleet.windsock("pool", "add", "new", "--tls", "1.2")
    revision = newest(fleet)
    fleet.windsock("pool", "include", "new", "r2")
    refused(fleet, revision, "rule new r2 was added since, and would go with pool new")
    fleet.windsock("zone", "add", "other.test", "--ns", "ns.elsewhere.test")
    zone = newest(fleet)
    fleet.sql("INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('other.test', 'www.other.test', 1, 60, x'c0000201')")
    refused(fleet, zone, "record other.test www.other.test A was added since, and would go with zone other.test")


def test_refused_where_the_log_does_not_say_enough(fleet):
    for words, says in (("account set demo --new-token", "account demo has another token since then"),
                        ("account add two", None), ("account remove two", "account two had a token, and the change log holds no secrets"),
                        ("relay invite r9", None), ("relay remove r9", "relay r9 had a token"),
                        ("tsig add k.test", None), ("tsig remove k.test", "tsig k.test had a secret")):
        fleet.windsock(*words.split())
        if says:
            refused(fleet, newest(fleet), says)


def test_before_the_log_told_of_lost_secrets(fleet):
    """A registry of schema version 16 did not."""
    fleet.windsock("relay", "remove", "r1")
    fleet.sql("UPDATE change SET old = json_remove(old, '$.token') WHERE kind = 'relay' AND new IS NULL")
    refused(fleet, newest(fleet), "relay r1 may have had a token")


def test_refused_where_the_log_is_pruned(fleet):
    first = newest(fleet)
    fleet.windsock("relay", "remove", "r1")
    revision = newest(fleet)
    fleet.sql(f"DELETE FROM change WHERE id <= {revision - 1}; INSERT OR REPLACE INTO meta VALUES ('pruned', {revision - 1})")
    refused(fleet, first, "is no longer in the change log, which was pruned since")
    refused(fleet, revision, "may lack a part of the act")
    fleet.windsock("relay", "set", "r2", "--weight", "3")
    fleet.windsock("revert", str(newest(fleet)))


def test_refused_where_there_is_no_row(fleet):
    refused(fleet, 7, "there is no revision 7 in the change log")
    refused(fleet, newest(fleet) + 1, "there is no revision")
    refused(fleet, "soon", "'soon' is no revision", status=2)
    fleet.sql("INSERT INTO change (kind, key) VALUES ('signatures', '')")
    refused(fleet, newest(fleet), "is of no row that is otherwise than before")
    fleet.windsock("import", input="observation relay=r1 observer=p health=up tls=1.0-1.2\n")
    refused(fleet, newest(fleet), "is what an observer saw")


def test_by_hand_each_row_stands_for_itself(fleet):
    fleet.sql("UPDATE relay SET weight = 9")
    fleet.windsock("revert", str(newest(fleet)))
    assert [r["weight"] for r in json.loads(fleet.windsock("relay", "list", "--json").stdout)] == [9, 100]
    fleet.windsock("pool", "unrule", "fe", "r1")
    fleet.sql("UPDATE relay SET name = 'r7' WHERE name = 'r1'")
    refused(fleet, newest(fleet), "got that name by hand (SQL)")


def test_what_was_observed_is_left(fleet):
    fleet.windsock("import", input="observation relay=r1 observer=p health=up tls=1.0-1.2\n")
    fleet.windsock("relay", "remove", "r1")
    done = fleet.windsock("revert", str(newest(fleet)))
    assert "observers will tell it again" in done.stderr and "r1" in fleet.windsock("relay", "list").stdout


def test_refused_where_another_has_the_address_by_now(fleet):
    fleet.windsock("relay", "remove", "r1")
    revision = newest(fleet)
    fleet.windsock("relay", "add", "r5", "--address", "192.0.2.11", "--tls", "1.2")
    refused(fleet, revision, "relay r1: 192.0.2.11 is relay r5's address")


def test_signing_is_not_taken_back(fleet):
    fleet.windsock("dnssec", "sign", "kites.test")
    log = json.loads(fleet.windsock("log", "--kind", "zone", "--json").stdout)
    refused(fleet, log[-1]["revision"], "whether zone kites.test is signed is not for this verb to take back")


def test_it_is_judged_and_planned_as_any_change(fleet):
    """A revert that would strand a release is refused, and a plan says so before."""
    fleet.windsock("relay", "drain", "r2")
    fleet.windsock("relay", "drain", "r1", "--force", "--reason", "both")
    fleet.windsock("relay", "resume", "r1")
    revision = newest(fleet)
    plan = json.loads(fleet.windsock("plan", "revert", str(revision), "--json").stdout)
    assert plan["harmful"] and "next" in plan["harm"], plan
    refused(fleet, revision, "next", status=3)
    fleet.windsock("relay", "resume", "r2")
    plan = json.loads(fleet.windsock("plan", "revert", str(revision), "--json").stdout)
    assert not plan["harmful"] and f"revision {revision} taken back: 0 added, 1 changed, 0 removed" in plan["remarks"]
    fleet.windsock("revert", str(revision), "--plan", plan["hash"])
    assert "draining" in fleet.windsock("relay", "show", "r1").stdout
    fleet.windsock("host", "add", "j.kites.test", "--address", "192.0.2.77", "--account", "demo")
    refused(fleet, newest(fleet), "j.kites.test", status=3)


def test_json(fleet):
    fleet.windsock("relay", "set", "r1", "--weight", "50", "--tls", "1.2")
    said = json.loads(fleet.windsock("revert", str(newest(fleet)), "--json").stdout)
    assert said == {"added": 0, "changed": 1, "removed": 0, "rows": [
        {"kind": "relay", "key": "r1", "change": "changed", "was": {"tls": "1.2", "weight": 50},
         "is": {"tls": "1.0-1.2", "weight": 100}, "secrets": []}]}


def test_dns_follows(service):
    service.windsock("account", "add", "demo")
    service.windsock("host", "add", "h.kites.test", "--address", "192.0.2.7", "--account", "demo")
    service.windsock("host", "set", "h.kites.test", "--address", "192.0.2.8")
    assert eventually(lambda: service.answers("h.kites.test") == ["192.0.2.8"])
    service.windsock("revert", str(newest(service)))
    assert service.answers("h.kites.test") == ["192.0.2.7"]
