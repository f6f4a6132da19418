# SPDX-License-Identifier: BSD-2-Clause
"""What a name server answers to clients of many networks: a picture of all names."""
import ipaddress
import socket
import struct
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "model"))
from fleet import Fleet, Row, look, rows  # noqa: E402

A, TXT, AAAA = 1, 16, 28
FAMILY = {A: 4, AAAA: 6}
AT_ONCE = 12


def question(name, type, number):
    wire = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    # EDNS, with room for all
    return struct.pack("!6H", number, 0, 1, 0, 0, 1) + wire + struct.pack("!2H", type, 1) + b"\0\0\x29\x10\0\0\0\0\0\0\0"


def read(answer, size, type):
    """The data of the asked type, and its TTL; owners are pointers, or are passed over."""
    at, data, ttl = size - 11, set(), None
    for _ in range(struct.unpack("!H", answer[6:8])[0]):
        while answer[at] not in (0,) and answer[at] < 192:
            at += answer[at] + 1
        at += 1 if answer[at] == 0 else 2
        kind, _, life, length = struct.unpack("!HHLH", answer[at:at + 10])
        rdata = answer[at + 10:at + 10 + length]
        if kind == type:
            data.add(str(ipaddress.ip_address(rdata)) if type in FAMILY else rdata.hex())
            ttl = life
        at += 10 + length
    return frozenset(data), ttl


class Clients:
    """A socket in each of many networks."""

    def __init__(self, world, count):
        self.world, self.sockets = world, []
        for i in range(count):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((f"127.{1 + i * 89 % 250}.{i * 7 % 256}.1", 0))
            s.settimeout(20)
            self.sockets.append(s)

    def ask(self, network, questions):
        """The answers to (name, type)s, as they were asked."""
        s, got = self.sockets[network], [None] * len(questions)
        for first in range(0, len(questions), AT_ONCE):
            part = [question(*q, first + i) for i, q in enumerate(questions[first:first + AT_ONCE])]
            for asked in part:
                s.sendto(asked, ("127.0.0.1", self.world.dns_port))
            for _ in part:
                answer = s.recv(4096)
                number = struct.unpack("!H", answer[:2])[0]
                got[number] = read(answer, len(part[number - first]), questions[number][1])
        return got

    def close(self):
        for s in self.sockets:
            s.close()


class Rows(Fleet):
    """The registry's rows."""

    def __init__(self, path):
        db = look(path)
        super().__init__(db)
        self.observations = {o.relay: o for o in rows(db, "observation") if o.observer == "p1"}
        self.records = {(r.zone, r.owner, r.type) for r in rows(db, "record")}
        self.signed = {z.name: z.signed for z in rows(db, "zone") if z.signed}
        self.accounts = {a.name: a for a in rows(db, "account")}
        self.revision = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change'").fetchone()[0]
        self.owner = {a: relay for relay in self.relays.values() for a in relay.addresses.split()}
        db.close()


class Picture:
    """What is answered to all names, and the rows that it comes from. A pool's answer is {family: addresses} and a TTL, by
    (label, zone), then network."""

    def __init__(self, world, clients, labels, zones, hosts, static):
        self.rows = Rows(world.registry)
        self.pools, self.hosts, self.static = {}, {}, {}
        types = list(FAMILY)
        for network in range(len(clients.sockets)):
            some = zones if network < 4 else zones[:1]  # in each zone the same is dealt
            names = [(label, zone) for zone in some for label in labels]
            got = clients.ask(network, [(f"{label}.{zone}", type) for label, zone in names for type in types])
            for i, name in enumerate(names):
                answers = got[2 * i:2 * i + 2]
                self.pools.setdefault(name, {})[network] = (
                    {FAMILY[type]: answer[0] for type, answer in zip(types, answers)}, answers[0][1] or answers[1][1])
        for name, answers in self.of(clients, [(name, type) for name in hosts for type in types]).items():
            self.hosts[name[0]] = self.hosts.get(name[0], frozenset()) | answers
        self.static = self.of(clients, static)

    @staticmethod
    def of(clients, questions):
        return {q: answer[0] for q, answer in zip(questions, clients.ask(0, questions))}

    def given(self, label, zone):
        """{network: all addresses}"""
        return {n: answer[0][4] | answer[0][6] for n, answer in self.pools.get((label, zone), {}).items()}

    def union(self, label, zone):
        return frozenset().union(*self.given(label, zone).values())

    def relays(self, label, zone):
        """The names of relays that any network is given there."""
        return {self.rows.owner[a].name for a in self.union(label, zone) if a in self.rows.owner}


__all__ = ["A", "AAAA", "TXT", "Clients", "Picture", "Row", "Rows"]
