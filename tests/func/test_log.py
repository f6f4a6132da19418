# SPDX-License-Identifier: BSD-2-Clause
"""windsock log: what became of each object in words, what is asked for alone, and what comes later."""
import json
import re
import signal
import subprocess
import time

import pytest

from harness import BUILD


def lines(world, *words):
    return world.windsock("log", *words).stdout.splitlines()


def objects(world, *words):
    """What each line is of and what it says, without who and when."""
    return [re.sub(r"^\d+ \S+ ", "", line.split("  by ")[0]) for line in lines(world, *words)]


@pytest.fixture
def fleet(world):
    for words in ("zone add kites.test --ns ns1.kites.test=192.0.2.53", "pool add fe",
                  "relay add r1 --address 192.0.2.11 --tls 1.0-1.2", "relay set r1 --weight 50 --tls 1.2",
                  "pool include fe r1 --note tried", "relay set r1 --state draining --force --reason broken",
                  "account add demo --hosts *.kites.test", "host add h.kites.test --address 192.0.2.7 --account demo",
                  "host set h.kites.test --address 192.0.2.8 --address 2001:db8::8", "account set demo --new-token",
                  "host remove h.kites.test"):
        world.windsock(*words.split())
    return world


def test_each_change_is_said_in_words(fleet):
    assert objects(fleet) == [
        "zone kites.test added: primary ns1.kites.test, contact hostmaster.kites.test, signed no",
        "record kites.test added: kites.test NS ns1.kites.test., ttl 86400",
        "record kites.test added: ns1.kites.test A 192.0.2.53, ttl 3600",
        "pool fe added: state open",
        "relay r1 added: addresses 192.0.2.11, state service, tls 1.0-1.2",
        "relay r1: tls 1.0-1.2 -> 1.2, weight 100 -> 50",
        'rule fe r1 added: verdict include, note "tried"',
        "relay r1: state service -> draining",
        "account demo added: hosts *.kites.test, role client",
        "host h.kites.test added: account demo, addresses 192.0.2.7",
        "host h.kites.test: addresses 192.0.2.7 -> 192.0.2.8,2001:db8::8",
        "account demo: another token",
        "host h.kites.test removed: account demo, addresses 192.0.2.8,2001:db8::8"]
    assert "because: broken" in lines(fleet, "--kind", "relay")[-1] and " relay set r1 --state draining " in lines(fleet, "--kind", "relay")[-1]


def test_what_the_log_holds_otherwise_stands_as_it_is(fleet):
    """SQL by hand may rename, and write what nobody can read."""
    fleet.windsock("pool", "unrule", "fe", "r1")
    fleet.sql("UPDATE relay SET name = 'r2' WHERE name = 'r1'")
    fleet.sql("INSERT INTO change (kind, key, new) VALUES ('relay', 'x', '[]')")
    assert objects(fleet, "--actor", "") == ["relay r2: name r1 -> r2", "relay x: none -> []"]
    assert lines(fleet)[-1].endswith("  by hand (SQL)")
    assert "relay r2: name r1 -> r2" in objects(fleet, "--name", "r1")


def test_what_is_asked_for_alone(fleet):
    assert objects(fleet, "--kind", "rule") == ['rule fe r1 added: verdict include, note "tried"']
    assert [line.split(":")[0] for line in objects(fleet, "--name", "R1.")] == [
        "relay r1 added", "relay r1", "rule fe r1 added", "relay r1"]
    assert [line.split()[0] for line in objects(fleet, "--name", "ns1.kites.test")] == ["record"]
    assert len(objects(fleet, "--name", "kites.test")) == 3
    assert objects(fleet, "--name", "fe r1") == objects(fleet, "--kind", "rule")
    assert objects(fleet, "--name", "kites") == []
    everything = lines(fleet)
    assert lines(fleet, "--limit", "2") == everything[-2:] and lines(fleet, "--limit", "100") == everything
    assert objects(fleet, "--limit", "1", "--name", "r1") == ["relay r1: state service -> draining"]
    actor = re.search(r"  by (\S+) from", everything[0])[1]
    assert lines(fleet, "--actor", actor) == everything and lines(fleet, "--actor", "nobody") == []
    revision = everything[5].split()[0]
    assert lines(fleet, "--after", revision) == everything[6:]
    assert lines(fleet, "--after", revision, "--limit", "100") == everything[6:]
    whole = json.loads(fleet.windsock("log", "--json", "--name", "r1", "--limit", "2").stdout)
    assert [(c["kind"], c["key"]) for c in whole] == [("rule", "fe r1"), ("relay", "r1")]
    assert whole[1]["old"]["state"] == 2 and whole[1]["new"]["state"] == 3


def test_by_hand(fleet):
    fleet.sql("UPDATE relay SET weight = 7")
    assert objects(fleet, "--actor", "") == ["relay r1: weight 50 -> 7"]


def test_times(clocked):
    clocked.windsock("pool", "add", "old")
    clocked.move("+5d")
    clocked.windsock("pool", "add", "new")
    date = clocked.windsock("log", "--limit", "1").stdout.split()[1]
    assert objects(clocked, "--since", "2d") == ["pool new added: state open"]
    assert objects(clocked, "--until", "2d") == ["pool old added: state open"]
    assert objects(clocked, "--since", date, "--until", "now") == ["pool new added: state open"]
    assert objects(clocked, "--since", "6d") == objects(clocked) and len(objects(clocked)) == 2


@pytest.mark.parametrize("words, says", [
    (["--since", "soon"], "how long ago"), (["--until", "2999-01-01"], "yet to come"), (["--limit", "0"], "wanted how many"),
    (["--limit", "x"], "wanted how many"), (["--kind", "relays"], "wanted one of zone, record, relay"), (["--name", ""], "is empty"),
    (["--after", "x"], "wanted a revision"), (["--follow", "--until", "1h"], "yet to come"), (["--what", "x"], "no option --what")])
def test_refused(world, words, says):
    done = world.windsock("log", *words, check=False)
    assert done.returncode == 2 and says in done.stderr, done.stderr


class Following:
    def __init__(self, world, *words):
        self.process = subprocess.Popen([BUILD / "windsock", "--registry", world.registry, "log", "--follow", *words],
                                        stdout=subprocess.PIPE, text=True)

    def line(self):
        return self.process.stdout.readline()

    def end(self, seconds=20):
        return self.process.wait(seconds)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_follow(fleet, number):
    following = Following(fleet, "--name", "r1", "--limit", "1")
    try:
        assert " relay r1: state service -> draining  by " in following.line()
        fleet.windsock("pool", "add", "other")
        fleet.windsock("relay", "set", "r1", "--weight", "9")
        assert " relay r1: weight 50 -> 9  by " in following.line()
        fleet.windsock("relay", "set", "r1", "--weight", "10")
        assert " relay r1: weight 9 -> 10  by " in following.line()
        following.process.send_signal(number)
        assert following.end() == 0 and following.line() == ""
    finally:
        following.process.kill()


def test_follow_prints_json_by_the_line(fleet):
    following = Following(fleet, "--json", "--limit", "1")
    try:
        assert json.loads(following.line())["kind"] == "host"
        fleet.windsock("pool", "add", "other")
        assert json.loads(following.line())["key"] == "other"
    finally:
        following.process.kill()


def test_follow_ends_when_nobody_reads(fleet):
    """Also where nothing more is to be said."""
    following = Following(fleet, "--limit", "1")
    try:
        following.line()
        time.sleep(1.2)  # it has looked again
        assert following.process.poll() is None
        following.process.stdout.close()
        assert following.end() == 0
    finally:
        following.process.kill()


def test_follow_costs_next_to_nothing(fleet):
    following = Following(fleet, "--limit", "1")
    try:
        following.line()
        stat = f"/proc/{following.process.pid}/stat"

        def ticks():
            fields = open(stat).read().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])

        before = ticks()
        time.sleep(3)
        assert ticks() - before < 30  # of 300
    finally:
        following.process.kill()
