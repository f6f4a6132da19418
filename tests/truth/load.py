#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what the name server gives out against what the weights say.

A name server serves relays of random weights, and networks (127.A.B.0/24, from which the loopback can be asked) ask
it once each, without DO and with it: the zone is signed, and each signature is validated by dnspython. How often each
relay is given out is compared with the shares that an independent model expects: of one
address an answer, a relay's weight in all; of several, of relays that weigh the same, each the same. Chi-square may
not reject more of the cases at 1 % than chance does, neither unsigned nor signed; with 300 relays the busiest and the
idlest are within 1.1 and 0.9 of their fair share. Who asks with DO is given what others of its network are, but for the few
for whom there was no budget. Then two relays are asked for by A and AAAA in turn: each stands first as often, of each type.

usage: load.py [--slice] [--seed N]"""
import argparse
import collections
import math
import pathlib
import random
import socket
import struct
import sys

import dns.dnssec
import dns.message
import dns.name
import dns.rdatatype

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "func"))
from harness import World, eventually  # noqa: E402

LABEL = "truth"
ZONE = dns.name.from_text("kites.test.")
OWNER = dns.name.from_text(LABEL, ZONE)
OPT = b"\0" + struct.pack("!HHLH", 41, 1232, 0x8000, 0)  # DO


def question(type, signed=False):
    head = struct.pack("!6H", 7, 0, 1, 0, 0, 1 if signed else 0)
    return head + OWNER.to_wire() + struct.pack("!2H", type, 1) + (OPT if signed else b"")


def exchange(world, source, asked):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.bind((source, 0))
        s.sendto(asked, ("127.0.0.1", world.dns_port))
        return s.recv(4096)


def ask(world, source, type=1):
    """The addresses of an answer whose owners are pointers, as ours are."""
    asked, size = question(type), 4 if type == 1 else 16
    answer = exchange(world, source, asked)
    count = struct.unpack("!H", answer[6:8])[0]
    at = len(asked)
    return [answer[at + i * (12 + size) + 12:at + (i + 1) * (12 + size)] for i in range(count)]


def ask_signed(world, source, keys):
    """The same with DO, once the signature is validated."""
    answer = dns.message.from_wire(exchange(world, source, question(1, signed=True)))
    rrset = answer.get_rrset(answer.answer, OWNER, 1, dns.rdatatype.A)
    rrsigs = answer.get_rrset(answer.answer, OWNER, 1, dns.rdatatype.RRSIG, dns.rdatatype.A)
    dns.dnssec.validate(rrset, rrsigs, keys)
    return [rr.to_digestable() for rr in rrset]


def keys_of(world):
    """Of the zone, once it is signed."""
    assert eventually(lambda: world.query("kites.test", "DNSKEY").answer, 60)
    return {ZONE: world.query("kites.test", "DNSKEY").answer[0]}


def networks(count):
    places = [(a, b) for a in range(1, 255) for b in range(256)]
    return [f"127.{a}.{b}.1" for a, b in places[::len(places) // count][:count]]


def serve(world, weights, answers):
    rows = ", ".join(f"('r{i:04}', '10.0.{i >> 8}.{i & 255} 2001:db8::{i + 1:x}', 443, 2, 8, {w}, 0, '')"
                     for i, w in enumerate(weights))
    world.sql(f"BEGIN; DELETE FROM relay; INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) "
              f"VALUES {rows}; UPDATE pool SET answers = {answers} WHERE label = '{LABEL}'; COMMIT")
    revision = int(world.sql("SELECT max(id) FROM change"))

    def fresh():
        reply = world.query("kites.test", "SOA")
        return reply.answer[0][0].serial >= revision
    assert eventually(fresh, 60)


def survival(chi, freedom):
    """P(X > chi), by Wilson and Hilferty: right to 0.001 from 2 degrees on."""
    if freedom == 1:
        return math.erfc(math.sqrt(chi / 2))
    z = ((chi / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return math.erfc(z / math.sqrt(2)) / 2


def chi_square(seen, weights, answers, asked):
    total, chi, cells, rest_seen, rest = sum(weights), 0, 0, 0, 0
    if answers > 1:
        part = answers / len(weights)
        spread = asked * part * (1 - part) * len(weights) / (len(weights) - 1)
        return sum((seen[i] - asked * part) ** 2 for i in range(len(weights))) / spread, len(weights) - 1
    for i, weight in enumerate(weights):
        expected = asked * weight / total
        if expected < 5:  # too few to be told from chance by themselves
            rest, rest_seen = rest + expected, rest_seen + seen[i]
            continue
        chi, cells = chi + (seen[i] - expected) ** 2 / expected, cells + 1
    if rest >= 5:
        chi, cells = chi + (rest_seen - rest) ** 2 / rest, cells + 1
    return chi, cells - 1


def number(rr):
    return rr[2] << 8 | rr[3]


def verdict(name, seen, weights, answers, asked, equal):
    """The p of chi-square, the busiest relay's share and the idlest's, by their fair ones."""
    chi, freedom = chi_square(seen, weights, answers, asked)
    p = survival(chi, freedom)
    fair = [seen[i] * sum(weights) / w / answers / asked for i, w in enumerate(weights)] if equal else [1]
    print(f"{len(weights):4} relays, {answers} to an answer, {'equal weights' if equal else 'weights 1 to 10000':18} {name:8} "
          f"chi-square {chi:7.1f} of {freedom:3}: p {p:.4f}" + (f", busiest {max(fair):.3f}, idlest {min(fair):.3f}"
                                                                if equal else ""), flush=True)
    return p, max(fair), min(fair)


def load(world, dice, keys, relays, answers, equal, sources):
    """The verdicts on unsigned and on signed answers, and how many networks were given another set with DO."""
    weights = [100 if equal else dice.choice((1, 10, 100, 1000, 10000)) for _ in range(relays)]
    weights[0] = max(weights[1:])  # that there is something to compare
    serve(world, weights, answers)
    unsigned, signed, others = collections.Counter(), collections.Counter(), 0
    for source in sources:
        given, sealed = ask(world, source), ask_signed(world, source, keys)
        assert len(given) == len(set(given)) == len(sealed) == len(set(sealed)) == min(answers, relays)
        unsigned.update(map(number, given))
        signed.update(map(number, sealed))
        others += set(given) != set(sealed)
    return [verdict(name, seen, weights, answers, len(sources), equal)
            for name, seen in (("unsigned", unsigned), ("signed", signed))], others


def rotation(world):
    serve(world, [100, 100], 8)
    first = collections.Counter()
    for i in range(400):
        type = (1, 28)[i % 2]
        first[type, ask(world, "127.0.0.1", type)[0]] += 1
    uneven = max(first.values()) - min(first.values())
    print(f"rotation: {sorted(first.values())}")
    return len(first) == 4 and uneven <= 40  # each worker counts for itself


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice = random.Random(options.seed)
    world = World().init()
    failed = []
    try:
        world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test=127.0.0.1")
        world.windsock("pool", "add", LABEL, "--tls", "1.2")
        world.windsock("dnssec", "sign", "kites.test")
        world.start_dnsd()
        keys = keys_of(world)
        cases = [(3, 1, False), (20, 3, True), (300, 8, True)] if options.slice else [
            (relays, answers, equal) for relays in (3, 20, 100, 300) for answers, equal in
            ((1, False), (1, True), (3, True), (8, True)) if answers < relays] * 2
        sources = networks(4000 if options.slice else 20000)
        verdicts, others = zip(*[load(world, dice, keys, *case, sources) for case in cases])
        for name, of in zip(("unsigned", "signed"), zip(*verdicts)):
            low = sum(p < 0.01 for p, _, _ in of)
            if low > 1 + len(of) // 20 or min(p for p, _, _ in of) < 1e-4:
                failed.append(f"chi-square rejects {low} of {len(of)} {name} cases at 1 %")
        print(f"{sum(others)} of {len(cases) * len(sources)} networks were given others with DO")
        if sum(others) > len(cases) * len(sources) // 1000:
            failed.append("who asks with DO is given others than the network is")
        if not options.slice:
            for _, busiest, idlest in load(world, dice, keys, 300, 8, True, networks(65024))[0]:
                if busiest > 1.1 or idlest < 0.9:
                    failed.append("with 300 relays the busiest or the idlest is beyond 1.1 or 0.9")
        if not rotation(world):
            failed.append("the order of answers does not rotate evenly")
    finally:
        world.close()
    print("\n".join(failed) if failed else "the load is what the weights say")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
