# SPDX-License-Identifier: BSD-2-Clause
"""Makes zones in which every rule of RFC 1034's lookup meets every other, and questions for them.

Names are few and short, so that wildcards, delegations, aliases and empty non-terminals collide.
"""
import random

LABELS = ["a", "b", "c", "x", "www", "_s", "Mi-Xed", r"d\.t", r"\000n", "*", "ns"]
PLAIN = ["A", "AAAA", "TXT", "MX", "SRV", "PTR", "CAA", "HTTPS", "NAPTR", "TLSA", "TYPE65280"]
ASKED = ["A", "AAAA", "TXT", "MX", "SRV", "NS", "SOA", "CNAME", "DNAME", "DS", "PTR", "CAA", "HTTPS",
         "NAPTR", "TLSA", "TYPE65280", "TYPE65281"]


class Zone:
    """One zone: its origin, and its records as {owner labels, below the origin: {type: [rdata]}}."""

    def __init__(self, pick, number, others):
        self.pick, self.origin = pick, f"z{number}.test."
        self.others = others
        self.sets = {(): {"NS": ["ns1." + self.origin, "ns.other.example."]},
                     ("ns1",): {"A": ["192.0.2.53"], "AAAA": ["2001:db8::53"]}}
        for _ in range(pick.randint(4, 24)):
            self.add()
        self.prune()

    def name(self, most=4):
        count = self.pick.choice([1, 1, 1, 2, 2, 3, 4][:most + 3])
        labels = [self.pick.choice(LABELS) for _ in range(count)]
        return tuple("c" if i > 0 and x == "*" and self.pick.random() < .8 else x
                     for i, x in enumerate(labels))

    def target(self):
        r = self.pick.random()
        if r < .6:
            return text(self.name(), self.origin)
        if r < .8 and self.others:
            return text(self.name(), self.pick.choice(self.others))
        if r < .9:
            return self.origin
        return "outside.example."

    def rdata(self, kind):
        p = self.pick
        simple = {
            "A": lambda: f"192.0.2.{p.randint(1, 250)}", "AAAA": lambda: f"2001:db8::{p.randint(1, 999):x}",
            "TXT": lambda: '"%s" "%s"' % (p.choice("abc") * p.randint(0, 90), p.choice("xyz")),
            "MX": lambda: f"{p.randint(0, 9)} {self.target()}",
            "SRV": lambda: f"1 2 {p.randint(1, 999)} {self.target()}", "PTR": self.target,
            "CAA": lambda: '0 issue "ca.example"', "HTTPS": lambda: "1 . alpn=h2",
            "NAPTR": lambda: '10 20 "u" "E2U" "!^.*$!x!" .', "TLSA": lambda: "3 1 1 " + "ab" * 32,
            "TYPE65280": lambda: r"\# 3 " + "%06x" % p.randint(0, 0xffffff),
            "NS": self.target, "CNAME": self.target, "DNAME": self.target,
            "DS": lambda: f"{p.randint(1, 9)} 13 2 " + "cd" * 32,
        }
        return simple[kind]()

    def add(self):
        p, owner = self.pick, self.name()
        r = p.random()
        star = "*" in owner
        if r < .12 and not star:
            self.sets[owner] = {"NS": [self.rdata("NS") for _ in range(p.randint(1, 3))]}
            if p.random() < .7:
                glue = ("ns",) + owner
                self.sets[owner]["NS"].append(text(glue, self.origin))
                self.sets[glue] = {"A": [self.rdata("A")], "AAAA": [self.rdata("AAAA")]}
            if p.random() < .4:
                self.sets[owner]["DS"] = [self.rdata("DS")]
        elif r < .27:
            self.sets[owner] = {"CNAME": [self.rdata("CNAME")]}
        elif r < .35 and not star:
            here = self.sets.setdefault(owner, {})
            if "CNAME" not in here and "NS" not in here:
                here["DNAME"] = [self.rdata("DNAME")]
        else:
            here = self.sets.setdefault(owner, {})
            if "CNAME" not in here:
                for _ in range(p.randint(1, 3)):
                    kind = p.choice(PLAIN)
                    here[kind] = sorted({self.rdata(kind) for _ in range(p.choice([1, 1, 2, 4]))})

    def prune(self):
        """Nothing stands below a DNAME (RFC 6672 section 2.4), and names are within bounds."""
        folded = {}
        for owner, sets in self.sets.items():
            key = tuple(x.lower() for x in owner)
            if key not in folded:
                folded[key] = (owner, sets)
        renamed = [k for k, (_, s) in folded.items() if "DNAME" in s]
        self.sets = {o: s for k, (o, s) in folded.items()
                     if not any(len(k) > len(d) and k[-len(d):] == d for d in renamed if d)}

    def text(self):
        lines = [f"$ORIGIN {self.origin}", "$TTL 300",
                 f"@ 3600 IN SOA ns1.{self.origin} hostmaster.{self.origin} 1 1200 600 86400 60"]
        for owner, sets in self.sets.items():
            for kind, all_rdata in sets.items():
                lines += [f"{text(owner, self.origin)} 300 IN {kind} {r}" for r in all_rdata]
        return "\n".join(lines) + "\n"

    def questions(self, count):
        p, owners = self.pick, list(self.sets)
        for _ in range(count):
            r = p.random()
            owner = p.choice(owners)
            if r < .35:
                name = owner
            elif r < .5:
                name = owner[1:]
            elif r < .7:
                name = (p.choice(LABELS),) + owner
            elif r < .85:
                name = tuple("q" if x == "*" else x for x in owner)
            else:
                name = self.name()
            kinds = list(self.sets.get(owner, {})) if p.random() < .5 else ASKED
            kind = p.choice(kinds or ASKED)
            written = text(name, self.origin)
            if p.random() < .2:
                written = "".join(c.upper() if p.random() < .5 else c for c in written)
            if len(written) < 240:
                yield written, kind


def text(labels, origin):
    return ".".join(labels) + "." + origin if labels else origin


def zones(seed, count):
    pick, made = random.Random(seed), []
    for number in range(count):
        others = [z.origin for z in made[-5:]]
        made.append(Zone(pick, number, others))
    return made
