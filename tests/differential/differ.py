#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same zones and the same questions to windsock-dnsd, NSD, Knot and BIND.

usage: differ.py [--seed N] [--zones N] [--questions N] [--keep]

A difference from what at least two of the three peers agree on is a fault, unless compare.known
names the RFC that leaves it free. Exit status 1 on faults, which are printed.
"""
import argparse
import collections
import pathlib
import random
import shutil
import socket
import sys
import tempfile

import dns.exception
import dns.message
import dns.query

import compare
import generate
import peers


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Asker:
    def __init__(self, servers):
        self.servers, self.sockets = servers, {}
        for s in servers:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.connect(("127.0.0.1", s.port))
            sock.settimeout(5)
            self.sockets[s.name] = sock

    def ask(self, name, kind, number):
        query = dns.message.make_query(name, kind, use_edns=0, payload=4096)
        query.id = number & 0xffff
        query.flags = 0
        wire = query.to_wire()
        for sock in self.sockets.values():
            sock.send(wire)
        answers = {}
        for server in self.servers:
            while True:
                data = self.sockets[server.name].recv(65535)
                if data[:2] == wire[:2]:
                    break
            message = dns.message.from_wire(data, ignore_trailing=False)
            if message.flags & 0x200:  # ours has another limit for UDP than some
                message = dns.query.tcp(query, "127.0.0.1", 5, server.port)
            answers[server.name] = compare.canonical(message)
        return answers


def consensus(answers):
    """What at least two peers say, or None."""
    votes = collections.Counter(form for name, form in answers.items() if name != "windsock")
    form, count = votes.most_common(1)[0]
    return form if count >= 2 else None


def run(options, folder):
    zones = generate.zones(options.seed, options.zones)
    peers.write_zones(zones, folder)
    ports = free_ports(4)
    servers, tally, faults = [], collections.Counter(), 0
    try:
        for (name, make), port in zip(peers.MAKERS.items(), ports):
            servers.append(make(zones, folder, port))
        for server in servers:
            server.wait(zones[-1].origin)
        asker, number = Asker(servers), 0
        for zone in zones:
            for name, kind in zone.questions(options.questions):
                number += 1
                answers = asker.ask(name, kind, number)
                ours = answers.pop("windsock")
                agreed = consensus(answers)
                if agreed == ours:
                    tally["equal to the peers' consensus"] += 1
                    continue
                if agreed is None and ours in answers.values():
                    tally["the peers disagree, one of them is of our opinion"] += 1
                    continue
                reason = compare.known(ours, answers)
                if reason is not None:
                    tally[reason] += 1
                    continue
                faults += 1
                if faults <= options.show:
                    print(f"{name} {kind}  ({zone.origin}, seed {options.seed})")
                    print(compare.show("windsock", ours))
                    for peer, form in answers.items():
                        print(compare.show(peer, form))
    finally:
        for server in servers:
            server.stop()
    for reason, count in tally.most_common():
        print(f"{count:8} {reason}")
    print(f"{faults:8} differences in {number} questions to {len(zones)} zones, seed {options.seed}")
    return faults


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--zones", type=int, default=300)
    a.add_argument("--questions", type=int, default=20)
    a.add_argument("--show", type=int, default=10)
    a.add_argument("--keep", action="store_true")
    options = a.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="differ-"))
    try:
        faults = run(options, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if faults else 0)


main()
