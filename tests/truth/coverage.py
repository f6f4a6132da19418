#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what `coverage` says against what a name server answers.

Fleets of all kinds are written into a registry that a name server serves: relays in all states, seen or not, up, down or
down at one address; pools open, frozen, cut to size, retired to their members, a successor or nothing, browned out; labels
that nobody defined; releases that no relay suits together; zones in which the labels are taken by other data. For each fleet
the name server is asked for all labels in all zones, by clients of 48 networks. A cell must be "live" just when some client
of the release is given the relay at an address that it can use, that does not look down, and both have a TLS version and
a ping in common; "waiting" when they have all that in common, but the release is not given it so; else "incompatible". Not looked at are
relays without weight in pools that cannot name all members at once: they are called live, and are hardly ever given.

usage: coverage.py [--slice] [--fleets N] [--seed N]"""
import argparse
import json
import pathlib
import random
import socket
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "model"), str(HERE.parents[0] / "func")]
from fleet import DOWN, SERVICE, Fleet, families, look, of_families  # noqa: E402
from harness import World, eventually  # noqa: E402

ZONES = ["kites.test", "other.test"]
LABELS = ["fe4_100", "fe4_120", "fe6_100", "fe110", "frontends", "custom"]
ASKED = LABELS + ["fe4_130", "fe6_090", "fe115"]
PINGS = ["ping-1.0", "head-1.0", "head-ping-1.1", "get-ping-1.1", "get-ping-1.0"]
TLS_SETS = [0, 1, 2, 3, 6, 8, 14, 14, 16, 24, 24, 30, 31, 31]
NETWORKS = 48


def quoted(value):
    return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + value + "'"


def insert(table, **fields):
    return (f'INSERT INTO "{table}" (' + ", ".join(fields) + ") VALUES (" + ", ".join(quoted(v) for v in fields.values()) + ");\n")


def relays(dice, now):
    sql, names, seen = "", [], set()
    for i in range(dice.randint(1, 7)):
        name, four, six = f"r{i}", f"192.0.2.{i + 1}", f"2001:db8::{i + 1}"
        addresses = dice.choice([[four], [six], [four, six], [four, six], [four, f"192.0.2.{100 + i}", six]])
        names.append(name)
        sql += insert("relay", name=name, addresses=" ".join(addresses), port=443, state=dice.choice([2] * 20 + [0, 1, 3, 4]),
                      tls=dice.choice(TLS_SETS[1:]), weight=dice.choice([100] * 6 + [0]), since=now - 90000, note="")
        for observer in ("p1", "lease"):
            if dice.random() < 0.5:
                continue
            probed, tls = observer == "p1", dice.choice(TLS_SETS)
            if probed and tls:
                seen.add(name)
            sql += insert("observation", relay=name, observer=observer, health=dice.choice([1, 1, 1, 1, 1, 2]),
                          tls=tls if probed else 0, overloaded=0, load=0, at=now - 5,
                          heard=now - 5 if probed else 0,
                          pings=" ".join(dice.sample(PINGS, dice.choice([0, 0, 0, 1, 3, 5]))) if probed else "",
                          down=dice.choice(addresses) if probed and dice.random() < 0.25 else "",
                          certificate=dice.choice([0, 1, 2]) if probed else 0)
    return sql, names, seen


def pools(dice, now, names, seen, all_weigh):
    sql, labels = "", dice.sample(LABELS, dice.randint(2, len(LABELS)))
    for label in labels:
        state = dice.choice([0, 0, 0, 0, 1, 2, 3, 3])
        browned_out = dice.random() < 0.25
        sql += insert("pool", label=label, state=state, tls=dice.choice([0] * 4 + TLS_SETS[1:]), ttl=300,
                      answers=dice.choice([1, 2, 8, 25]) if all_weigh else 25, note="", least=dice.choice([1, 1, 2, 4]),
                      open_below=dice.choice([0, 25, 60]), certificate=dice.choice([0, 0, 0, 1]), size=dice.choice([0, 0, 0, 1, 2]),
                      roster=" ".join(dice.sample(names, dice.randint(0, len(names)))) if state in (1, 2) else "",
                      successor=None, tombstone=dice.choice([0, 1, 1, 2]), brownout=dice.choice([25, 50, 100]) if browned_out else 0,
                      brownout_from=now - 7200 if browned_out else 0,
                      brownout_until=now + dice.choice([-3600, 7200, 7200]) if browned_out else 0)
    for label in labels:
        if dice.random() < 0.6:
            sql += f"UPDATE pool SET successor = '{dice.choice(labels)}' WHERE label = '{label}';\n"
        for name in names:
            if dice.random() < 0.15:  # included, what nobody has seen is the operator's to know
                sql += insert("rule", pool=label, relay=name, verdict=dice.choice([0, 1] if name in seen else [1]), note="")
    return sql


def releases(dice):
    sql = ""
    for i in range(dice.randint(1, 6)):
        sql += insert("release", product="p", version=str(i), pools=" ".join(dice.sample(ASKED, dice.choice([1, 1, 2, 3]))),
                      tls=dice.choice(TLS_SETS[1:]), families=dice.choice([2, 2, 0, 1]), ping=dice.randrange(5),
                      clients=dice.choice([0, 0, 5, 9]), note="")
    return sql


def zones(dice):
    """In a zone, other data may stand at a label, or no zone is there at all."""
    there = dice.choice([ZONES] * 5 + [ZONES[:1]] * 3 + [[]])
    sql = ""
    for zone in there:
        sql += insert("zone", name=zone, primary_="ns." + zone, contact="me." + zone, ttl=60, refresh=60, retry=60, expire=60,
                      minimum=60, signed=0).replace("primary_", '"primary"')
        for label in ASKED:
            kind = dice.choice(["", "", "", "", "", "delegated", "alias"]) if zone == ZONES[1] or len(there) == 1 else ""
            target = "".join(f"{len(part):02x}" + part.encode().hex() for part in ("ns", "elsewhere", "test")) + "00"
            if kind:
                sql += (f"INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('{zone}', '{label}.{zone}', "
                        f"{2 if kind == 'delegated' else 5}, 60, x'{target}');\n")
    return sql


def write(world, dice):
    now = int(time.time())
    some, names, seen = relays(dice, now)
    sql = "".join(f"DELETE FROM {table};\n" for table in ("rule", "observation", "relay", "release", "record", "zone"))
    sql += "UPDATE pool SET successor = NULL; DELETE FROM pool;\n"
    world.sql("BEGIN;\n" + sql + some + pools(dice, now, names, seen, ", 0, " + str(now - 90000) not in some) + releases(dice) + zones(dice) + "COMMIT;")


class Clients:
    """One of each of many networks."""

    def __init__(self, world):
        self.world, self.sockets = world, []
        for i in range(NETWORKS):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((f"127.{i + 1}.{i * 7 % 250}.1", 0))
            s.settimeout(20)
            self.sockets.append(s)

    def ask(self, name, type):
        """All addresses that any of them is given."""
        wire = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        asked = struct.pack("!6H", 7, 0, 1, 0, 0, 1) + wire + struct.pack("!2H", type, 1) + b"\0\0\x29\x10\0\0\0\0\0\0\0"
        size, family = (4, socket.AF_INET) if type == 1 else (16, socket.AF_INET6)
        given = set()
        for s in self.sockets:
            s.sendto(asked, ("127.0.0.1", self.world.dns_port))
        for s in self.sockets:
            answer, at = s.recv(4096), len(asked) - 11
            for _ in range(struct.unpack("!H", answer[6:8])[0]):
                kind, length = struct.unpack("!H", answer[at + 2:at + 4])[0], struct.unpack("!H", answer[at + 10:at + 12])[0]
                if kind == type:
                    given.add(socket.inet_ntop(family, answer[at + 12:at + 12 + length]))
                at += 12 + length
        return given

    def close(self):
        for s in self.sockets:
            s.close()


class Fleet2(Fleet):
    """With what was seen of relays beside their TLS."""

    def __init__(self, db):
        super().__init__(db)
        self.dark, self.down, self.pings = {}, set(), {}
        for relay, observer, health, down, pings in db.execute("SELECT relay, observer, health, down, pings FROM observation"):
            if health == DOWN:
                self.down.add(relay)
            if observer != "lease":
                self.dark[relay] = set(down.split())
                self.pings[relay] = set(pings.split())

    def is_compatible(self, release, relay):
        spoken = release.tls & self.speaks(relay)
        mine = {0: {4}, 1: {6}, 2: {4, 6}}[release.families]
        label_families = set().union(*(families(label) for label in release.pools.split()))
        heard = not self.pings.get(relay.name) or PINGS[release.ping] in self.pings[relay.name]
        return bool(spoken and heard and of_families(relay.addresses, mine & label_families))

    def expected(self, release, relay, given):
        mine = {0: {4}, 1: {6}, 2: {4, 6}}[release.families]
        live = False
        for label in release.pools.split():
            addresses = of_families(" ".join(given[label]), mine) & set(relay.addresses.split())
            if addresses - self.dark.get(relay.name, set()) and relay.name not in self.down \
                    and self.is_compatible(release, relay):
                live = True
        if live:
            return "live"
        return "waiting" if self.is_compatible(release, relay) else "incompatible"


def try_fleet(world, clients, dice, tally):
    write(world, dice)
    revision = int(world.sql("SELECT max(id) FROM change"))
    assert eventually(lambda: world.dnsd_revision() >= revision)
    with look(world.registry) as db:
        fleet = Fleet2(db)
    db.close()
    given = {label: set() for label in ASKED}
    for label in ASKED:
        for zone in fleet.zones:
            for type, family in ((1, 4), (28, 6)):
                if family in families(label):
                    given[label] |= clients.ask(f"{label}.{zone}", type)
    said = json.loads(world.windsock("coverage", "--json").stdout)
    faults = []
    for row in said["releases"]:
        release = next(r for r in fleet.releases if r.version == row["version"])
        for name, cell in row["relays"].items():
            wanted = fleet.expected(release, fleet.relays[name], given)
            tally[wanted] += 1
            if cell["fit"] != wanted:
                faults.append(f"{row['version']} ({row['pools']}, tls {row['tls']}, families {row['families']}) and {name}: said "
                              f"{cell}, found {wanted}; given {given}; {fleet.relays[name]}, dark {fleet.dark.get(name)}, pools {fleet.pools}")
    for row in said["tls"]:
        faults += check_debt(fleet, row)
        tally["debts"] += 1
    return faults


def check_debt(fleet, row):
    """For whom a TLS version is kept: releases that a relay in service can serve by it alone."""
    version = {"ssl3": 1, "1.0": 2, "1.1": 4}[row["version"]]
    serving = [r for r in fleet.relays.values() if r.state == SERVICE]
    kept = [r for r in serving if fleet.speaks(r) & version]
    wanted = set()
    for release in fleet.releases:
        mine = {0: {4}, 1: {6}, 2: {4, 6}}[release.families] & set().union(*(families(p) for p in release.pools.split()))
        if any(release.tls & fleet.speaks(r) == version and of_families(r.addresses, mine) for r in serving):
            wanted.add("p " + release.version)
    if row["relays"] != len(kept) or set(row["releases"]) != wanted:
        return [f"TLS {row}: found {len(kept)} relays, {wanted}"]
    return []


class Served(World):
    def dnsd_revision(self):
        status = json.loads(self.windsock("status", "--json").stdout)
        return status["name_server"]["revision"]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true", help="few fleets, for CI")
    options.add_argument("--fleets", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    options.fleets = min(options.fleets, 50) if options.slice else options.fleets
    tally = {"live": 0, "waiting": 0, "incompatible": 0, "debts": 0}
    faults, wrong = [], 0
    world = Served().init()
    try:
        world.start_dnsd("--udp-workers", 1)
        clients = Clients(world)
        for number in range(options.fleets):
            found = try_fleet(world, clients, random.Random(f"{options.seed} {number}"), tally)
            faults += [f"fleet {number}: {fault}" for fault in found]
        clients.close()
    finally:
        world.close()
    for fault in faults[:20]:
        print(fault)
    cells = tally["live"] + tally["waiting"] + tally["incompatible"]
    print(f"{options.fleets} fleets, {cells} cells ({tally['live']} live, {tally['waiting']} waiting), {tally['debts']} TLS "
          f"versions: {len(faults)} wrong")
    print("coverage says what clients find" if not faults else "coverage does NOT say what clients find")
    return 1 if faults or tally["live"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
