#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what `relay drain` promises against what was answered.

A registry lives through some hundred random changes, made with the command, over forty hours of invented dates: pools
come, go, are frozen, retired and browned out, TTLs are raised and lowered, relays are excluded, included, drained, moved
and made anew, hosts point at them with TTLs of up to a day. After each change a real name server is asked for all names:
whatever it answers must be among what the model (model/fleet.py) says may be answered. At some of the changes a copy is
taken, some time passes, and each relay of it is drained: the model computes from all that may have been answered the last
moment at which a resolver may have the relay, and `drain` must promise just that, not less and not more; and say, for hosts
and heartbeats that are as they happen to be, whether it is safe now.

usage: drain.py [--slice] [--changes N] [--seed N]"""
import argparse
import calendar
import json
import pathlib
import random
import socket
import sqlite3
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "model"), str(HERE.parents[0] / "func")]
from fleet import DOWN, DRAINING, SERVICE, Fleet, families, look, of_families  # noqa: E402
from harness import BUILD, World, eventually, run  # noqa: E402

ZONE = "kites.test"
SLACK, MEMORY, DAY = 600, 4 * 3600, 86400
LABELS = ["fe4_100", "fe4_120", "fe6_100", "fe100", "frontends", "custom"]
RELAYS = [f"r{i}" for i in range(6)]
RANGES = ["ssl3-1.0", "1.0-1.2", "1.2-1.3", "ssl3-1.3", "1.3"]
REASON = ("--force", "--reason", "the model")


class Step:
    """What was there after a change: invented date, real one, highest revision."""

    def __init__(self, at, real, revision, fleet):
        self.at, self.real, self.revision, self.fleet = at, real, revision, fleet


class History:
    """A registry, changed at invented dates."""

    def __init__(self, world, dice):
        self.world, self.dice, self.steps = world, dice, []
        self.ends = {}   # label: (real end of its brownout, the invented one)
        self.said = []   # (revision, label, real end, invented end), in order
        self.since = {}  # relay: when its state changed
        self.refused = 0

    def words(self):
        """A change, as it is typed."""
        dice = self.dice
        fleet = self.steps[-1].fleet
        label, relay = dice.choice(LABELS), dice.choice(RELAYS)
        ttl = str(dice.choice([30, 60, 300, 900, 3600, 20000, 50000, DAY]))
        pools, relays = list(fleet.pools) or [label], list(fleet.relays) or [relay]
        there, who = dice.choice(pools), dice.choice(relays)
        host = f"h{dice.randrange(4)}.{ZONE}"
        addresses = [x for a in self.addresses() for x in ("--address", a)]
        at = dice.choice(relays)
        pointing = fleet.relays[at].addresses.split() if at in fleet.relays else ["192.0.2.200"]
        return dice.choice([
            ("pool", "set", there, "--ttl", ttl), ("pool", "set", there, "--ttl", ttl), ("pool", "set", there, "--ttl", "300"),
            ("pool", "add", label, "--ttl", ttl, "--answers", "25", "--tls", dice.choice(["none"] + RANGES)),
            ("pool", "remove", there), ("pool", "set", there, "--tls", dice.choice(["none", "none"] + RANGES)),
            ("pool", "retire", there, "--successor", dice.choice(pools), "--tombstone", "successor"),
            ("pool", "retire", there, "--tombstone", dice.choice(["members", "empty"])), ("pool", "revive", there),
            ("pool", "revive", there), ("pool", "freeze", there), ("pool", "thaw", there),
            ("pool", "set", there, "--size", dice.choice(["0", "1", "2"])), ("pool", "set", there, "--least", "2"),
            ("pool", "brownout", there, "--percent", dice.choice(["5", "50", "100"]), "--for",
             f"{dice.randint(600, 40000)}s", "--to", dice.choice(pools)),
            ("pool", "brownout", there, "--end"),
            ("pool", "include", there, who, "--note", "it can"), ("pool", "exclude", there, who), ("pool", "unrule", there, who),
            ("pool", "unrule", there, who),
            ("relay", "add", relay, *addresses, "--tls", dice.choice(RANGES)), ("relay", "remove", who),
            ("relay", "drain", who), *[("relay", "resume", who)] * 4,
            ("relay", "set", who, *addresses), ("relay", "set", who, "--tls", dice.choice(RANGES)),
            ("relay", "set", who, "--weight", dice.choice(["0", "100"])), ("relay", "set", who, "--state", "out"),
            ("release", "add", "p", dice.choice("123"), "--pool", label, "--tls", dice.choice(RANGES), "--ping",
             dice.choice(["head-1.0", "get-ping-1.1"])),
            *[("pool", "set", there, "--certificate", "yes")] * 3, ("pool", "set", there, "--certificate", "no"),
            ("release", "remove", "p", dice.choice("123")),
            ("host", "add", host, "--address", dice.choice(pointing + ["192.0.2.201"]), "--ttl", ttl),
            ("host", "set", host, "--address", dice.choice(pointing + ["192.0.2.202"])),
            ("host", "set", host, "--ttl", ttl), ("host", "remove", host),
            ("host", "set", host, "--suspended", dice.choice(["yes", "no"])),
            ("zone", "add", "other.test", "--ns", "ns.other.test", "--ttl", ttl), ("zone", "remove", "other.test"),
            ("import",),
        ])

    def addresses(self):
        number = self.dice.randrange(1, 9)
        return self.dice.choice([[f"192.0.2.{number}"], [f"2001:db8::{number}"],
                                 [f"192.0.2.{number}", f"2001:db8::{number}"], [f"192.0.2.{number}"]])

    def observe(self):
        """What a prober sees, written as it writes."""
        relay = self.dice.choice(list(self.steps[-1].fleet.relays) or ["none"])
        tls, health = self.dice.choice([0, 3, 14, 24, 31]), self.dice.choice([1, 1, 2])
        pings, certificate = self.dice.choice(["", "head-1.0", "get-ping-1.1"]), self.dice.choice([0, 1, 2, 2])
        self.world.sql("INSERT INTO observation (relay, observer, health, tls, pings, certificate, overloaded, load, at, heard) "
                       f"SELECT name, 'p1', {health}, {tls}, '{pings}', {certificate}, 0, 0, unixepoch(), unixepoch() FROM relay "
                       f"WHERE name = '{relay}' ON CONFLICT DO UPDATE SET health = excluded.health, tls = excluded.tls, pings = "
                       "excluded.pings, certificate = excluded.certificate, heard = excluded.heard")

    def several(self):
        """Lines of an import: one act, of which nobody sees the middle."""
        label, version = self.dice.choice(LABELS), self.dice.choice("45")
        return (f"pool label={label} ttl={self.dice.choice([300, DAY])} answers=25 tls=none\n"
                f"release product=q version={version} pools={label} tls={self.dice.choice(RANGES)}\n")

    def change(self, at):
        """One change at the invented date AT."""
        before = self.steps[-1].fleet if self.steps else None
        if before is not None and self.dice.random() < 0.15:
            self.observe()
        elif before is not None:
            words = self.words()
            more = {"input": self.several()} if words == ("import",) else {}
            self.refused += self.world.windsock(*words, *REASON, check=False, **more).returncode != 0
        with look(self.world.registry) as db:
            revision = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change'").fetchone()[0]
            fleet = Fleet(db)
        db.close()
        for pool in fleet.pools.values():
            was = before.pools.get(pool.label) if before else None
            if pool.brownout_until and (was is None or was.brownout_until != pool.brownout_until):
                ended = was is not None and was.brownout_from == pool.brownout_from
                self.ends[pool.label] = (pool.brownout_until, at if ended else at + pool.brownout_until - pool.brownout_from)
                self.said.append((revision, pool.label, *self.ends[pool.label]))
        for name, relay in fleet.relays.items():
            was = before.relays.get(name) if before else None
            if was is None or was.state != relay.state or was.since != relay.since:
                self.since[name] = at
        step = Step(at, time.time(), revision, fleet)
        step.ends = dict(self.ends)
        step.since = dict(self.since)
        self.steps.append(step)
        return step


# What a name server really answers.


def question(name, type):
    wire = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    # EDNS, with room for all
    return struct.pack("!6H", 7, 0, 1, 0, 0, 1) + wire + struct.pack("!2H", type, 1) + b"\0\0\x29\x10\0\0\0\0\0\0\0"


def ask(world, name, type, source):
    """The addresses and the TTL of an answer, whose owners are pointers, as ours are."""
    asked = question(name, type)
    size, family = (4, socket.AF_INET) if type == 1 else (16, socket.AF_INET6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        s.bind((source, 0))
        s.sendto(asked, ("127.0.0.1", world.dns_port))
        answer = s.recv(4096)
    at, got = len(asked) - 11, set()
    ttl = None
    for _ in range(struct.unpack("!H", answer[6:8])[0]):
        ttl = struct.unpack("!I", answer[at + 6:at + 10])[0]
        got.add(socket.inet_ntop(family, answer[at + 12:at + 12 + size]))
        at += 12 + size
    return got, ttl


def serves(world, revision):
    """Whether the name server has come so far."""
    reply = world.query(ZONE, "SOA")
    return reply.answer[0][0].serial >= revision


def check_answers(history, step, asked):
    """All that is answered may be, says the model; the faults."""
    world, fleet, faults = history.world, step.fleet, []
    assert eventually(lambda: serves(world, step.revision))
    allowed = {}
    for pool in fleet.pools.values():
        until = step.ends.get(pool.label, (0, 0))[0]
        allowed[pool.label] = [(fleet_addresses(fleet, names), ttl) for names, ttl, _ in
                               fleet.given(pool, step.real - 1, step.real + 1 if until > step.real + 30 else step.real + 60, until)]
    for label in LABELS + ["fe4_130", "fe6_130", "fe4_090"]:
        sources = ["127.0.0.1"] if not any(p.brownout for p in fleet.pools.values()) else [f"127.{i}.7.1" for i in range(1, 7)]
        for type, version in ((1, 4), (28, 6)):
            for source in sources:
                got, ttl = ask(world, f"{label}.{ZONE}", type, source)
                asked[0] += 1
                may = allowed[label] if label in allowed else [each for those in allowed.values() for each in those]
                if got and not any(got <= of_families(" ".join(addresses), {version}) and ttl == said for addresses, said in may):
                    faults.append(f"{label} is answered with {sorted(got)}, TTL {ttl}: the model has {may}")
    for host in fleet.hosts.values():
        got, ttl = ask(world, host.name, 1, "127.0.0.1")
        asked[0] += 1
        if got != (set() if host.suspended else of_families(host.addresses, {4})) or (got and ttl != host.ttl):
            faults.append(f"{host.name} is answered with {got}, TTL {ttl}: {host}")
    return faults


def fleet_addresses(fleet, names):
    return {a for name in names for a in fleet.relays[name].addresses.split()}


# What follows from it.


class Truth:
    """Until when answers last that hold a relay, by all that a history's steps allow to be answered."""

    def __init__(self, relay, since):
        self.relay, self.since, self.pool_until, self.host_until = relay, since, None, None
        self.mine = set(relay.addresses.split())

    def extend(self, what, until, rest):
        last = getattr(self, what)
        if until + rest > self.since and (last is None or until > last):
            setattr(self, what, until)

    def holds(self, fleet, label, names):
        for name in names:
            if name == self.relay.name or of_families(fleet.relays[name].addresses, families(label)) & self.mine:
                return True
        return False

    def state(self, fleet, begin, end, ends):
        """A fleet that was in force from BEGIN to END."""
        for pool in fleet.pools.values():
            for names, ttl, last in fleet.given(pool, begin, end, ends.get(pool.label, (0, 0))[1]):
                if self.holds(fleet, pool.label, names):
                    self.extend("pool_until", last + ttl, SLACK + MEMORY)

    def hosts(self, before, after, at):
        """What hosts answered until a change, and do not any more."""
        for name, host in before.hosts.items():
            now = after.hosts.get(name)
            same = now is not None and (now.addresses, now.ttl, now.suspended) == (host.addresses, host.ttl, host.suspended)
            if not same and not host.suspended and set(host.addresses.split()) & self.mine:
                self.extend("host_until", at + host.ttl, SLACK)

    def unknown(self, until):
        self.extend("pool_until", until + DAY, SLACK + MEMORY)
        self.extend("host_until", until + DAY, SLACK)

    def safe_at(self):
        safe = self.since if self.pool_until is None else self.pool_until + SLACK + MEMORY
        return safe if self.host_until is None else max(safe, self.host_until + SLACK)


def truth_of(steps, fleet, relay, since, drained_at, log_from):
    """STEPS are invented dates, shifted by what has passed; the relay drains since DRAINED_AT. LOG_FROM: where the log
    begins; None for all."""
    truth = Truth(relay, since)
    if log_from is not None:
        truth.unknown(log_from)
    for step, after in zip(steps, steps[1:] + [None]):
        end = after.at if after else drained_at
        if log_from is None or end > log_from:
            truth.state(step.fleet, step.at, end, step.ends)
        if after and (log_from is None or after.at > log_from):
            truth.hosts(step.fleet, after.fleet, after.at)
    return truth


class Moved:
    """A step, seen when more time has passed."""

    def __init__(self, step, by):
        self.at, self.fleet = step.at + by, step.fleet
        self.ends = {label: (real, invented + by) for label, (real, invented) in step.ends.items()}


def copy_at(history, step, now, path, cut):
    """The registry as it was after a step, with invented dates such that NOW it is the date of that step and 60 s. CUT: the
    revision up to which its log is pruned, or None."""
    db = sqlite3.connect(path)
    by = now - 60 - step.at
    low = 0
    for each in history.steps:
        db.execute("UPDATE change SET at = ? WHERE id > ? AND id <= ?", (each.at + by, low, each.revision))
        low = each.revision
    top = low = db.execute("SELECT max(id) FROM change").fetchone()[0]
    last = {}
    for revision, label, real, invented in history.said:  # what the log says of brownouts' ends
        last.setdefault(label, []).append((revision, real, invented + by))
    for label, said in last.items():
        for revision, real, invented in said:
            db.execute("UPDATE change SET old = json_set(old, '$.brownout_until', ?) WHERE kind = 'pool' AND key = ? AND "
                       "id > ? AND json_extract(old, '$.brownout_until') = ?", (invented, label, revision, real))
            db.execute("UPDATE pool SET brownout_until = ? WHERE label = ? AND brownout_until = ?", (invented, label, real))
    for name, since in step.since.items():
        db.execute("UPDATE relay SET since = ? WHERE name = ?", (since + by, name))
    db.execute("DELETE FROM change WHERE id > ?", (top,))
    if cut is not None:
        db.execute("DELETE FROM change WHERE id <= ?", (cut,))
        db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('pruned', ?)", (str(cut),))
    db.commit()
    db.close()
    return by


def date(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


class Tally:
    def __init__(self):
        self.promises = self.less = self.more = self.past = self.verdicts = self.wrong = self.waited = 0
        self.safe, self.faults = 0, []


def lease_of(dice, db, name, safe_at):
    """A heartbeat of any kind; whether it stands in the way of the end."""
    kind = dice.choice(["none", "empty", "empty", "old", "tunnels", "gone", "gone empty"])
    if kind == "none":
        return False
    health = DOWN if kind.startswith("gone") else 1
    load = 3 if kind in ("tunnels", "gone") else 0
    at = safe_at - 1 if kind == "old" else max(safe_at, int(time.time()) - 5)
    db.execute("INSERT OR REPLACE INTO observation (relay, observer, health, tls, overloaded, load, at) "
               "VALUES (?, 'lease', ?, 0, 0, ?, ?)", (name, health, load, at))
    return kind in ("old", "tunnels", "gone")


def drain(path, name, *words):
    return run(BUILD / "windsock", "--registry", path, "relay", "drain", name, *words, check=False)


def try_relay(history, steps, name, path, log_from, tally, dice):
    """Drains one relay of a copy, then lets time pass."""
    fleet = steps[-1].fleet
    done = drain(path, name, "--json", *REASON)
    if done.returncode != 0:
        tally.faults.append(f"drain {name}: {done.stderr}")
        return
    db = sqlite3.connect(path)
    at = db.execute("SELECT max(at) FROM change WHERE kind = 'relay' AND key = ?", (name,)).fetchone()[0]
    since = db.execute("SELECT since FROM relay WHERE name = ?", (name,)).fetchone()[0]
    if fleet.relays[name].state == DRAINING:
        at = int(time.time())
    truth = truth_of(steps, fleet, fleet.relays[name], min(since, int(time.time())), at, log_from)
    compare(json.loads(done.stdout), truth, name, tally, since)
    tally.past += truth_of(steps[-1:], fleet, fleet.relays[name], min(since, int(time.time())), at, None).safe_at() != truth.safe_at()
    # later
    passed = dice.choice([0, 200, 20000, 60000, 200000])
    db.execute("UPDATE change SET at = at - ?", (passed,))
    db.execute("UPDATE relay SET since = since - ?", (passed,))
    top = db.execute("SELECT max(id) FROM change").fetchone()[0]
    db.execute("UPDATE pool SET brownout_until = brownout_until - ? WHERE brownout_until > 0", (passed,))
    db.execute("UPDATE change SET old = json_set(old, '$.brownout_until', json_extract(old, '$.brownout_until') - ?) "
               "WHERE kind = 'pool' AND json_extract(old, '$.brownout_until') > 0", (passed,))
    hindered = lease_of(dice, db, name, truth.safe_at() - passed)
    pointing = any(set(h.addresses.split()) & truth.mine for h in fleet.hosts.values())
    db.execute("DELETE FROM change WHERE id > ?", (top,))
    db.commit()
    db.close()
    said = json.loads(drain(path, name, "--json").stdout)
    safe = truth.safe_at() - passed <= time.time() and not hindered and not pointing
    tally.verdicts += 1
    tally.safe += safe
    if said["safe"] != safe or date(said["safe_at"]) != truth.safe_at() - passed:
        tally.wrong += 1
        tally.faults.append(f"{name}, {passed} s later: {said}; the model has {safe}, safe from {truth.safe_at() - passed}, "
                            f"hosts {pointing}, hindered {hindered}")
    if dice.random() < (0.5 if safe else 0.1):
        ended = drain(path, name, "--wait", "--for", "1s").returncode == 0
        tally.waited += 1
        if ended != safe:
            tally.wrong += 1
            tally.faults.append(f"{name}: --wait ended with {ended}, the model has {safe}")


def compare(said, truth, name, tally, since):
    tally.promises += 1
    promised, due = date(said["safe_at"]), truth.safe_at()
    tally.less += promised < due
    tally.more += promised > due
    if promised != due:
        tally.faults.append(f"{name}: promised {promised - since} s after it drained (TTL {said['ttl']}), the model has "
                            f"{due - since}: pools until {truth.pool_until}, hosts until {truth.host_until}")


def checkpoint(history, tally, dice):
    """Each relay of what is there now is drained, in a copy of its own."""
    step = history.steps[-1]
    cut = dice.choice([None, None, None, history.steps[dice.randrange(len(history.steps))].revision])
    if cut == step.revision:
        cut = None  # a log that was pruned whole within its registry's first minute is no state that there can be
    for name in step.fleet.relays:
        if step.fleet.relays[name].state not in (SERVICE, DRAINING):
            continue
        path = history.world.dir / "copy"
        with look(history.world.registry) as db:
            copy = sqlite3.connect(path)
            db.backup(copy)
            copy.close()
        db.close()
        now = int(time.time())
        by = copy_at(history, step, now, path, cut)
        steps = [Moved(each, by) for each in history.steps]
        log_from = None
        if cut is not None and cut < step.revision:
            log_from = next(each.at for each in history.steps if each.revision > cut) + by
        try_relay(history, steps, name, path, log_from, tally, dice)
        for each in history.world.dir.glob("copy*"):
            each.unlink()


def begin(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    for label, tls in (("fe4_100", "ssl3-1.0"), ("fe4_120", "1.2"), ("fe6_100", "1.0-1.2")):
        world.windsock("release", "add", "p", str(LABELS.index(label) + 1), "--pool", label, "--tls", tls)
        world.windsock("pool", "set", label, "--answers", "25")
    for i, name in enumerate(RELAYS[:4]):
        world.windsock("relay", "add", name, "--address", f"192.0.2.{i + 1}", "--address", f"2001:db8::{i + 1}", "--tls",
                       ("ssl3-1.0", "1.0-1.2", "ssl3-1.3", "1.2-1.3")[i])


def live(dice, changes, tally):
    """One history."""
    world = World().init()
    try:
        begin(world)
        world.start_dnsd("--udp-workers", 1)
        history = History(world, dice)
        dates = sorted(dice.randint(0, 40 * 3600) for _ in range(changes))
        asked = [0]
        history.change(-10 * DAY)
        for number, at in enumerate(dates):
            step = history.change(at)
            for fault in check_answers(history, step, asked):
                tally.faults.append(f"change {number}: {fault}")
            if number % 12 == 11:
                checkpoint(history, tally, dice)
        return asked[0], history.refused
    finally:
        world.close()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true", help="a short history, for CI")
    options.add_argument("--changes", type=int, default=300)
    options.add_argument("--histories", type=int, default=8)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    if options.slice:
        options.histories, options.changes = 1, min(options.changes, 150)
    tally = Tally()
    for number in range(options.histories):
        asked, refused = live(random.Random(f"{options.seed} {number}"), options.changes, tally)
        print(f"history {number}: {options.changes} changes ({refused} could not be made), {asked} answers; so far {tally.promises} "
              f"promises ({tally.past} for what is so no more): {tally.less} too early, {tally.more} too late; {tally.verdicts} verdicts ({tally.safe} safe) and "
              f"{tally.waited} waits: {tally.wrong} wrong; {len(tally.faults)} faults in all", flush=True)
    for fault in tally.faults[:20]:
        print(fault)
    print("drain promises what is due" if not tally.faults else "drain does NOT promise what is due")
    return 1 if tally.faults or tally.promises == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
