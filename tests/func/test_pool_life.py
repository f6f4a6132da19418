# SPDX-License-Identifier: BSD-2-Clause
"""A pool's life as its clients see it: frozen, thawed, shrunk, retired, revived, browned out."""
import json
import time

import pytest

from harness import eventually

OLD, NEW = "fe4_056.kites.test", "fe4_152.kites.test"
ALL = [f"192.0.2.{i}" for i in range(1, 7)]


@pytest.fixture
def fleet(service):
    """Six relays that speak 1.0 to 1.2, the last two 1.2 to 1.3 as well; an old release and a new one."""
    service.windsock("release", "add", "pagekite.py", "0.5.6d", "--pool", "fe4_056", "--tls", "1.0")
    service.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    for label in ("fe4_056", "fe4_152"):
        if label not in service.windsock("pool", "list").stdout:
            service.windsock("pool", "add", label)
    for i, address in enumerate(ALL):
        service.windsock("relay", "add", f"r{i + 1}", "--address", address, "--tls", "1.0-1.3")
    service.windsock("relay", "set", "r6", "--tls", "1.2-1.3")
    return service


def pool(world, label="fe4_056"):
    return json.loads(world.windsock("pool", "show", label, "--json").stdout)


def test_a_frozen_pool_takes_nobody_new(fleet):
    assert fleet.answers(OLD) == ALL[:5]
    done = fleet.windsock("pool", "freeze", "fe4_056")
    assert "r1 r2 r3 r4 r5" in done.stdout
    fleet.windsock("relay", "add", "r7", "--address", "192.0.2.7", "--tls", "1.0-1.3")
    assert fleet.answers(OLD) == ALL[:5]
    assert "192.0.2.7" in fleet.answers(NEW)
    assert "was no member when the pool was frozen" in fleet.windsock("pool", "explain", "fe4_056").stdout
    again = fleet.windsock("pool", "freeze", "fe4_056", check=False)
    assert again.returncode == 2 and "is frozen" in again.stderr
    fleet.windsock("pool", "thaw", "fe4_056")
    assert fleet.answers(OLD) == ALL[:5] + ["192.0.2.7"]
    assert fleet.windsock("pool", "thaw", "fe4_056", check=False).returncode == 2


def test_the_roster_gone_anybody_is_better_than_nobody(fleet):
    fleet.windsock("pool", "freeze", "fe4_056")
    fleet.windsock("relay", "add", "r7", "--address", "192.0.2.7", "--tls", "1.0-1.3")
    for i in range(1, 6):
        fleet.windsock("relay", "drain", f"r{i}")
    assert fleet.answers(OLD) == ["192.0.2.7"]


def test_size_is_kept(fleet):
    fleet.windsock("pool", "set", "fe4_056", "--size", "3")
    three = fleet.answers(OLD)
    assert len(three) == 3
    gone = "r" + three[0].rsplit(".")[-1]
    fleet.windsock("relay", "drain", gone)
    now = fleet.answers(OLD)
    assert len(now) == 3 and len(set(now) & set(three)) == 2
    assert "wants 3 members, and has them" in fleet.windsock("pool", "explain", "fe4_056").stdout


def test_shrinking_step_by_step_and_pausing(fleet):
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 12))
    fleet.windsock("pool", "shrink", "fe4_056", "--to", "2", "--by", soon)
    assert pool(fleet)["state"] == "shrinking" and len(fleet.answers(OLD)) == 5
    seen = set()
    assert eventually(lambda: seen.add(len(fleet.answers(OLD))) or 2 in seen, seconds=60, every=0.2), seen
    assert seen <= {5, 4, 3, 2} and pool(fleet)["size"] == 2
    time.sleep(6)
    assert len(fleet.answers(OLD)) == 2  # and no further
    log = fleet.windsock("log").stdout
    assert "a step of pool shrink" in log and "windsock-updater" in log
    fleet.windsock("pool", "thaw", "fe4_056")
    assert len(fleet.answers(OLD)) == 5
    assert not pool(fleet)["roster"] and pool(fleet)["size"] == 0


def test_missed_steps_are_not_made_up_for_at_once(fleet):
    fleet.windsock("pool", "set", "fe4_056", "--size", "4")
    fleet.windsock("pool", "shrink", "fe4_056", "--to", "1", "--by", "2099-01-01")
    fleet.sql("UPDATE pool SET shrink_start = shrink_start - 90 * 86400, shrink_by = unixepoch() - 1 "
              "WHERE label = 'fe4_056'")  # nobody took a step for three months
    assert eventually(lambda: pool(fleet)["size"] == 3, seconds=30, every=0.2)
    time.sleep(11)
    assert pool(fleet)["size"] == 3
    fleet.sql("UPDATE pool SET shrunk = shrunk - 86400 WHERE label = 'fe4_056'")
    assert eventually(lambda: pool(fleet)["size"] == 2, seconds=30, every=0.2)
    fleet.windsock("pool", "thaw", "fe4_056")
    assert pool(fleet)["size"] == 4 and not pool(fleet)["roster"]
    fleet.windsock("pool", "shrink", "fe4_056", "--to", "2", "--by", "2099-01-01")
    fleet.windsock("pool", "retire", "fe4_056")
    fleet.windsock("pool", "revive", "fe4_056")
    assert pool(fleet)["size"] == 4
    fleet.windsock("pool", "freeze", "fe4_056")
    fleet.windsock("pool", "thaw", "fe4_056")
    assert pool(fleet)["size"] == 4


def test_a_schedule_pauses_rather_than_hurt(fleet):
    fleet.windsock("pool", "set", "fe4_056", "--least", "2")
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    fleet.windsock("pool", "shrink", "fe4_056", "--to", "2", "--by", soon)
    for i in (1, 2, 3):
        fleet.windsock("relay", "drain", f"r{i}")  # two of five are left
    assert eventually(lambda: pool(fleet)["paused"], seconds=30, every=0.2)
    assert "only 2 of its relays look well" in pool(fleet)["paused"] and pool(fleet)["size"] == 5
    assert fleet.answers(OLD) == ALL[3:5]
    for i in (1, 2, 3):
        fleet.windsock("relay", "resume", f"r{i}")
    assert eventually(lambda: pool(fleet)["size"] == 2 and not pool(fleet)["paused"], seconds=60, every=0.2)


@pytest.mark.parametrize("words,says", [
    (["--to", "2"], "--by is needed"), (["--by", "2027-01-01"], "--to is needed"),
    (["--to", "0", "--by", "2100-01-01"], "at least"), (["--to", "7", "--by", "2100-01-01"], "no more than"),
    (["--to", "2", "--by", "2001-01-01"], "later than now"), (["--to", "2", "--by", "soon"], "wanted a time"),
])
def test_schedules_that_make_no_sense(fleet, words, says):
    done = fleet.windsock("pool", "shrink", "fe4_056", *words, check=False)
    assert done.returncode == 2 and says in done.stderr
    assert pool(fleet)["state"] == "open"


def test_a_retired_pool_still_answers(fleet):
    fleet.windsock("pool", "set", "fe4_152", "--size", "2")
    new = fleet.answers(NEW)
    refused = fleet.windsock("pool", "retire", "fe4_056", "--tombstone", "empty", check=False)
    assert refused.returncode == 3 and "pagekite.py 0.5.6d" in refused.stderr
    assert fleet.answers(OLD) == ALL[:5]
    fleet.windsock("pool", "retire", "fe4_056")
    assert fleet.answers(OLD) == ALL[:5]
    assert "this pool is retired" in fleet.dig(OLD, "A")
    fleet.windsock("pool", "revive", "fe4_056")
    assert "EDE" not in fleet.dig(OLD, "A")
    if set(new) != {"192.0.2.6"}:
        fleet.windsock("pool", "retire", "fe4_056", "--successor", "fe4_152")
        assert fleet.answers(OLD) == new
    fleet.windsock("pool", "revive", "fe4_056")
    done = fleet.windsock("pool", "retire", "fe4_056", "--tombstone", "empty", "--force", "--reason", "the end")
    assert "can use none" in done.stderr
    reply = fleet.query(OLD)
    assert reply.rcode() == 0 and not reply.answer  # never NXDOMAIN


def test_a_successor_that_cannot_talk_to_them(fleet):
    for i in range(1, 6):
        fleet.windsock("pool", "exclude", "fe4_152", f"r{i}")
    refused = fleet.windsock("pool", "retire", "fe4_056", "--successor", "fe4_152", check=False)
    assert refused.returncode == 3 and "pagekite.py 0.5.6d" in refused.stderr
    missing = fleet.windsock("pool", "retire", "fe4_056", "--successor", "nope", check=False)
    assert missing.returncode == 1 and "nope" in missing.stderr
    itself = fleet.windsock("pool", "retire", "fe4_056", "--successor", "fe4_056", check=False)
    assert itself.returncode == 2 and "itself" in itself.stderr


def given_to(world, network):
    """What `pool explain` says that a network is given, and whether it says that this is the brownout."""
    said = json.loads(world.windsock("pool", "explain", "fe4_056", "--client", f"10.{network}.0.1", "--json").stdout)
    return said["brownout"], sorted(said["A"])


def test_a_brownout_gives_a_share_the_successors_answer_and_ends(fleet):
    fleet.windsock("pool", "include", "fe4_152", "r1")
    fleet.windsock("pool", "set", "fe4_152", "--size", "1")
    new = fleet.answers(NEW)
    assert new == ALL[:1]
    fleet.windsock("pool", "brownout", "fe4_056", "--percent", "50", "--for", "30s", "--to", "fe4_152")
    shares = [given_to(fleet, n) for n in range(20)]
    browned = [a for b, a in shares if b]
    assert 2 <= len(browned) <= 18 and all(a == new for a in browned)
    assert all(a == ALL[:5] for b, a in shares if not b)
    mine = json.loads(fleet.windsock("pool", "explain", "fe4_056", "--client", "127.0.0.1", "--json").stdout)
    reply = fleet.query(OLD)
    assert sorted(r.to_text() for r in reply.answer[0]) == sorted(mine["A"])
    assert reply.answer[0].ttl == 60  # whoever asks: else the report would compare those who ask at another pace
    assert eventually(lambda: not any(given_to(fleet, n)[0] for n in range(5)), seconds=60, every=1)
    assert eventually(lambda: fleet.answers(OLD) == ALL[:5], seconds=10)
    fleet.windsock("pool", "unrule", "fe4_152", "r1")
    for i in range(1, 6):  # then the old release could talk to none of the successor's relays
        fleet.windsock("pool", "exclude", "fe4_152", f"r{i}")
    refused = fleet.windsock("pool", "brownout", "fe4_056", "--percent", "5", "--for", "1h", check=False)
    assert refused.returncode == 3 and "pagekite.py 0.5.6d" in refused.stderr
    for i in range(1, 6):
        fleet.windsock("pool", "unrule", "fe4_152", f"r{i}")
    fleet.windsock("pool", "include", "fe4_152", "r1")
    no_successor = fleet.windsock("pool", "brownout", "fe4_152", "--percent", "5", "--for", "1h", check=False)
    assert no_successor.returncode == 2 and "--to" in no_successor.stderr
    fleet.windsock("pool", "brownout", "fe4_056", "--percent", "100", "--for", "1h")
    assert fleet.answers(OLD) == new
    fleet.windsock("pool", "brownout", "fe4_056", "--end")
    assert fleet.answers(OLD) == ALL[:5]
