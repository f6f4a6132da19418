#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what a brownout's report says against populations of which it is known how they fare.

A name server answers for many pools, each in a brownout of its own. Each has a population of client networks, which ask at
paces of their own, some a hundred times as often as others. In healthy populations nobody cares which answer he got; in others
those who were given the successor's answer, or a third of them, cannot connect and ask five times as often. From what the
name server counted, the report must tell them apart: it may call hardly any healthy population troubled (1 % is what it allows
chance), nor a troubled one healthy, and must see the trouble where networks are many. What a naive look at the ratio (more
than 1.5) would have said stands beside.

usage: brownout.py [--slice] [--rounds N] [--seed N]"""
import argparse
import collections
import json
import math
import pathlib
import random
import socket
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[0] / "func")]
from harness import World, eventually  # noqa: E402

ZONE = "kites.test"
OWN, THEIRS = "192.0.2.1", "192.0.2.2"
SIZES, SPREADS, SHARES = (60, 200, 600), (0.3, 1.0, 1.5), (10, 25, 50)
FARES = {"healthy": (1, 0.0), "all fail": (5, 1.0), "a third fails": (5, 1 / 3)}
MEAN = 8
POOLS = 27  # a round: each size, spread and share once


def poisson(dice, mean):
    if mean > 300:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


class Network:
    def __init__(self, world, number):
        self.world = world
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((f"127.{1 + number // 250}.{number % 250}.1", 0))
        self.socket.settimeout(30)

    def ask(self, label, times):
        """Asks so often; whether it is given the successor's answer."""
        name = b"".join(bytes([len(part)]) + part.encode() for part in (label, *ZONE.split("."))) + b"\0"
        asked = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + name + struct.pack("!2H", 1, 1)
        answer = b""
        while times > 0:
            batch = min(times, 16)
            for _ in range(batch):
                self.socket.sendto(asked, ("127.0.0.1", self.world.dns_port))
            for _ in range(batch):
                answer = self.socket.recv(4096)
            times -= batch
        return answer[-4:] == socket.inet_aton(THEIRS)


def live(dice, networks, label, size, spread, factor, part):
    """A population's questions."""
    for network in dice.sample(networks, size):
        rate = MEAN * math.exp(dice.gauss(0, spread) - spread * spread / 2)
        given = network.ask(label, 1)
        fails = given and dice.random() < part
        network.ask(label, max(0, poisson(dice, rate * (factor if fails else 1)) - 1))


def begin(world, number, now):
    sql = "BEGIN;"
    labels = []
    cells = [(size, spread, share) for size in SIZES for spread in SPREADS for share in SHARES]
    for i, cell in enumerate(cells):
        label = f"b{number}-{i}"
        labels.append((label, cell))
        sql += ("INSERT INTO pool (label, state, tls, ttl, answers, successor, brownout, brownout_from, brownout_until) "
                f"VALUES ('{label}', 0, 2, 60, 8, 'next', {cell[2]}, {now}, {now + 7200});")
    world.sql(sql + "COMMIT;")
    revision = int(world.sql("SELECT max(id) FROM change"))
    assert eventually(lambda: world.query(ZONE, "SOA").answer[0][0].serial >= revision)
    return labels


def report(world, label):
    return json.loads(world.windsock("pool", "brownout", label, "--report", "--json").stdout)


def counted(world, label):
    said = report(world, label)
    return said["given"]["queries"] + said["others"]["queries"]


def a_round(world, dice, networks, number, tally):
    labels, asked = begin(world, number, int(time.time())), {}
    names = list(FARES)
    for i, (label, (size, spread, share)) in enumerate(labels):
        fare = names[(i + number) % 5] if (i + number) % 5 < 3 else "healthy"  # most are healthy
        live(dice, networks, label, size, spread, *FARES[fare])
        asked[label] = fare
    total = labels[-1][0]
    before = -1
    while before != (before := counted(world, total)):
        time.sleep(2.5)  # until the last one's count stands still
    for label, (size, spread, share) in labels:
        said = report(world, label)
        each = [said[part]["queries"] / max(1, said[part]["networks"]) for part in ("given", "others")]
        row = tally[asked[label], size, spread]
        row["cases"] += 1
        row[said["verdict"]] += 1
        row["naive"] += each[0] > 1.5 * each[1] > 0


def judge(tally):
    faults = []
    total = collections.Counter()
    print(f"{'population':14} networks spread  cases  troubled  healthy  unknown   naive: troubled")
    for (fare, size, spread), row in sorted(tally.items()):
        print(f"{fare:14} {size:8} {spread:6} {row['cases']:6} {row['trouble']:9} {row['healthy']:8} {row['unknown']:8} "
              f"{row['naive']:17}")
        for key in ("cases", "trouble", "healthy", "naive"):
            total[fare, key] += row[key]
        if fare == "all fail" and size == max(SIZES):
            total["big", "cases"] += row["cases"]
            total["big", "trouble"] += row["trouble"]
    for fare in FARES:
        cases, wrong = total[fare, "cases"], total[fare, "trouble" if fare == "healthy" else "healthy"]
        share = 0.01 if fare == "healthy" else 0.01 if fare == "all fail" else 0.05
        most = share * cases + 2.6 * math.sqrt(share * cases) + 0.5
        print(f"{fare}: {cases} cases, called {'troubled' if fare == 'healthy' else 'healthy'} {wrong} times "
              f"({100 * wrong / max(1, cases):.1f} %; {most:.1f} at most)" +
              (f"; the naive look has {100 * total[fare, 'naive'] / max(1, cases):.1f} % false alarms" if fare == "healthy" else ""))
        if wrong > most:
            faults.append(fare)
    seen = total["big", "trouble"] / max(1, total["big", "cases"])
    print(f"trouble of all among {max(SIZES)} networks is seen in {100 * seen:.0f} % of {total['big', 'cases']} cases")
    if seen < 0.8:
        faults.append("trouble that is not seen")
    if total["healthy", "cases"] and total["healthy", "healthy"] == 0:
        faults.append("nobody is ever called healthy")
    return faults


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true", help="two rounds, for CI")
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    tally = collections.defaultdict(collections.Counter)
    world = World().init()
    try:
        world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
        world.windsock("relay", "add", "own", "--address", OWN, "--tls", "1.0")
        world.windsock("relay", "add", "theirs", "--address", THEIRS, "--tls", "1.2")
        world.windsock("pool", "add", "next", "--tls", "1.2")
        world.start_dnsd("--telemetry-interval", 1, "--udp-workers", 1)
        networks = [Network(world, number) for number in range(800)]
        for number in range(2 if options.slice else options.rounds):
            if number % 8 == 7:  # a process counts some 250 brownouts in its life, those that it finds at its start among them
                world.dnsd.stop()
                world.sql("DELETE FROM pool WHERE successor = 'next'")
                world.start_dnsd("--telemetry-interval", 1, "--udp-workers", 1)
            a_round(world, random.Random(f"{options.seed} {number}"), networks, number, tally)
        for network in networks:
            network.socket.close()
    finally:
        world.close()
    faults = judge(tally)
    print("a brownout's report says how they fare" if not faults else f"the report is NOT true of: {', '.join(faults)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
