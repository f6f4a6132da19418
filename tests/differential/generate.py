# SPDX-License-Identifier: BSD-2-Clause
"""Makes zones in which every rule of RFC 1034's lookup meets every other, and questions for them.

Names are few and short, so that wildcards, delegations, aliases and empty non-terminals collide.
`sets(seed, ...)` gives lists of zones: each list is served together, by all servers. A name is a
tuple of labels in presentation form, below its zone's origin.
"""
import dataclasses
import random

import dns.exception
import dns.name
import dns.rdatatype

from rdata import COMMON, MAKERS, PLAIN

LABELS = ["a", "b", "c", "x", "www", "_s", "Mi-Xed", r"d\.t", r"\000n", "*", "ns"]
ODD = [r"sp\032ace", r"\255\128", r"b\\s", r"\"q\"", r"\@", r"\(p\)", r"\;", "UPPER", "**", "*a", "a*", r"\042",
       "l" * 63, "L" * 62 + "m", r"\000", r"\.", "0", "-", "xn--bcher-kva", r"\009", r"\197\065", r"\$", "com"]
POOLS = {"frontends": ("A", "AAAA"), "fe4_500": ("A",)}  # labels that are answered in each zone, and the families that they have
RELAYS = {"A": ["192.0.2.201", "192.0.2.202"], "AAAA": ["2001:db8::201"]}
HOST_TTL, POOL_TTL = 60, 300
HOST_LABELS = ["a", "b", "c", "x", "www", "ns", "h"]
TTLS = [0, 1, 60, 300, 300, 300, 3600, 86400, 2147483647]
ASKED = ["A", "AAAA", "TXT", "MX", "SRV", "NS", "SOA", "CNAME", "DNAME", "DS", "PTR", "CAA", "HTTPS",
         "NAPTR", "TLSA", "TYPE65280", "TYPE65281"]
# 0, OPT and 249 to 254 are no types of data: messages.py asks for them
EVERY = [f"TYPE{n}" for n in range(1, 261) if n != 41 and not 249 <= n <= 254] + ["ANY", "TYPE32769", "TYPE65535"]


@dataclasses.dataclass(frozen=True)
class Question:
    name: str
    kind: str
    size: int = 4096   # of EDNS; 0 for none
    dnssec: bool = False
    tcp: bool = False
    compact: bool = False  # the CO flag (RFC 9824 section 5.1)


def text(labels, origin):
    return ".".join(labels) + "." + ("" if origin == "." else origin) if labels else origin


def fits(labels, origin):
    try:
        dns.name.from_text(text(labels, origin))
        return True
    except dns.exception.DNSException:
        return False


def folded(labels):
    """One form of a name: an asterisk is one, however it is written."""
    return tuple("*" if label == r"\042" else label.lower() for label in labels)


def folded_text(name):
    return dns.name.from_text(name).canonicalize().to_text()


class Zone:
    """One zone: its origin, and its records as {owner: {type: [rdata]}}."""

    def __init__(self, pick, origin, others):
        self.pick, self.origin, self.others = pick, origin, others
        self.labels = LABELS if pick.random() < .7 else LABELS + ODD
        self.soa = (pick.choice([60, 300, 3600]), pick.choice([0, 60, 7200]))
        self.ttls, self.hosts = {}, {}  # hosts: of a name, its addresses by type
        self.signing, self.keys = None, None  # options of `dnssec sign`; the DNSKEY RRset
        servers = [text(("ns1",), origin)] + ["ns.other.example."] * (origin != ".")  # BIND wants its address
        self.sets = {(): {"NS": servers},
                     ("ns1",): {"A": ["192.0.2.53"], "AAAA": ["2001:db8::53"]}}

    def fill(self):
        p = self.pick
        if p.random() < .03 and self.origin != ".":
            self.sets = {(): {"NS": ["ns.other.example."], "DNAME": [self.renaming(())], "TXT": ['"apex"']}}
            return self
        for _ in range(p.randint(4, 24)):
            self.add()
        if p.random() < .1:
            self.add_long()
        if p.random() < .3:
            self.add_chain()
        if p.random() < .15:
            self.add_large()
        if p.random() < .25:
            self.add_ring()
        if p.random() < .2:
            self.add_many()
        if p.random() < .15:
            self.add_beside_pools()
        self.prune()
        for _ in range(p.choice([0, 0, 1, 3])):
            self.add_host()
        return self

    def name(self):
        count = self.pick.choice([1, 1, 1, 2, 2, 3, 4])
        labels = [self.pick.choice(self.labels) for _ in range(count)]
        return tuple("c" if i > 0 and x == "*" and self.pick.random() < .8 else x
                     for i, x in enumerate(labels))

    def target(self):
        r = self.pick.random()
        origin = self.origin if r < .6 or not self.others else self.pick.choice(self.others)
        name = text(self.name(), origin)
        if r < .8 and len(name) < 200:
            return name
        return origin if r < .9 else "outside.example."

    def rdata(self, kind):
        return MAKERS[kind](self.pick, self.target)

    def add(self):
        p, owner = self.pick, self.name()
        r = p.random()
        star = "*" in owner or r"\042" in owner
        if r < .12 and not star:
            self.delegate(owner)
        elif r < .27:
            self.sets[owner] = {"CNAME": [self.rdata("CNAME")]}
        elif r < .35 and not star:
            here = self.sets.setdefault(owner, {})
            if "CNAME" not in here and "NS" not in here:
                here["DNAME"] = [self.renaming(owner)]
        else:
            here = self.sets.setdefault(owner, {})
            if "CNAME" not in here:
                for _ in range(p.randint(1, 3)):
                    kind = p.choice(COMMON if p.random() < .7 else PLAIN)
                    here[kind] = sorted({self.rdata(kind) for _ in range(p.choice([1, 1, 2, 4]))})

    def renaming(self, owner):
        """A DNAME's target; few lead below themselves, for such chains take long."""
        target = self.target()
        grows = folded_text(target).endswith(folded_text(text(owner, self.origin)))
        return "outside.example." if grows and self.pick.random() < .95 else target

    def delegate(self, owner, siblings=()):
        """A cut: its servers in it, beside it (sibling glue, RFC 9471) or elsewhere; with DS or without."""
        p = self.pick
        servers = [self.rdata("NS") for _ in range(p.randint(0, 2))]
        servers += [text(("ns",) + s, self.origin) for s in siblings if p.random() < .5]
        if p.random() < .7:
            glue = ("ns",) + owner
            servers.append(text(glue, self.origin))
            if p.random() < .85:
                kinds = p.choice([("A", "AAAA"), ("A",), ("AAAA",)])
                self.sets[glue] = {kind: [self.rdata(kind)] for kind in kinds}
        self.sets[owner] = {"NS": servers or ["ns.other.example."]}
        if p.random() < .4:
            self.sets[owner]["DS"] = [self.rdata("DS")]

    def add_long(self):
        """An owner of as many octets as a name may have, or one or two fewer, and one of 100 labels and more."""
        p, here = self.pick, ()
        for label in [p.choice("ab") * 63] * 4:
            room = 255 - len(dns.name.from_text(text(here, self.origin)).to_wire()) - p.choice([0, 0, 1, 2])
            if room < 2:
                break
            here = (label[:min(63, room - 1)],) + here
        self.sets[here] = {"TXT": ['"long"']}
        self.sets[("*",) + here[2:]] = {"TXT": ['"long wild"']}
        many = ("a",) * p.randint(60, 110)
        if fits(many, self.origin):
            self.sets[many] = {"TXT": ['"many labels"']}

    def add_chain(self):
        """CNAMEs one behind the other, at times more than anybody follows, at times in a ring."""
        p, length = self.pick, self.pick.choice([2, 5, 9, 14, 15, 16, 17, 22])
        for i in range(length):
            self.sets[(f"k{i}",)] = {"CNAME": [text((f"k{i + 1}",), self.origin)]}
        end = (f"k{length}",)
        r = p.random()
        if r < .3:
            self.sets[end] = {"CNAME": [text((f"k{p.randint(0, length)}",), self.origin)]}
        elif r < .6:
            self.sets[end] = {"CNAME": [self.target()]}
        elif r < .9:
            self.sets[end] = {"A": ["192.0.2.77"]}

    def add_large(self):
        """RRsets of about the sizes at which messages are cut short."""
        p = self.pick
        self.sets[("large",)] = {"TXT": [f'"{i:03}{"t" * 197}"' for i in range(p.randint(2, 22))],
                                 "A": [f"192.0.2.{i + 1}" for i in range(p.randint(20, 110))],
                                 "MX": [f"{i} {text(('ns1',), self.origin)}" for i in range(p.randint(5, 60))]}

    def here(self, *labels):
        return text(labels, self.origin)

    def add_ring(self):
        """Aliases that lead back, to themselves or further on: each record is put once, wherever the answer ends."""
        p, kind = self.pick, self.pick.randrange(8)
        far = p.choice(self.others or ["outside.example."])
        rings = [
            {("o",): {"CNAME": [self.here("o")]}},
            {("o",): {"CNAME": [self.here("O2")]}, ("o2",): {"CNAME": [self.here("o")]}},
            {("*", "o"): {"CNAME": [self.here("x", "o")]}},
            {("o",): {"DNAME": [self.here("o")]}},
            {("o",): {"DNAME": [self.here("o2")]}, ("o2",): {"DNAME": [self.here("o")]}},
            {("o",): {"DNAME": [self.here("o2")]}, ("x", "o2"): {"CNAME": [self.here("a", "o")]},
             ("a", "o2"): {"CNAME": [self.here("b", "o")]}, ("b", "o2"): {"A": ["192.0.2.88"]}},
            {("o",): {"DNAME": [self.here(p.choice(["x", "l" * 30]), "o")]}},
            {("o",): {"CNAME": [text(("o",), far)]}},
        ]
        self.sets.update(rings[kind])

    def add_many(self):
        """RRsets of many names, of about the sizes that 512 and 1232 octets hold when the names are compressed; and
        names that stand there twice."""
        p = self.pick
        deep = p.choice([(), ("a" * p.randint(1, 63),), ("far", "away")])
        count = p.choice([2, 5, 10, 13, 20, 30, 45])
        for i in range(p.randint(0, count)):
            self.sets[(f"m{i}",) + deep] = {k: [self.rdata(k)] for k in p.choice([["A"], ["A", "AAAA"]])}
        names = [self.here(f"m{i}", *deep) for i in range(count)]
        self.sets[("many",)] = {"MX": [f"{i} {n}" for i, n in enumerate(names)] + [f"77 {names[0]}"],
                                "PTR": names, "SRV": [f"1 2 {i} {names[i % 3 % count]}" for i in range(p.randint(1, 8))],
                                "MINFO": [f"{names[0]} {names[1]}"]}
        self.sets[("cut",)] = {"NS": [self.here(f"n{i}", "cut") for i in range(min(count, 13))]}
        for i in range(min(count, 13)):
            self.sets[(f"n{i}", "cut")] = {"A": [self.rdata("A")]}

    def add_beside_pools(self):
        p, label = self.pick, self.pick.choice(list(POOLS))
        self.sets[(label,)] = p.choice([{"CNAME": [self.target()]}, {"TXT": ['"beside"'], "A": ["192.0.2.66"]},
                                        {"MX": [f"1 {self.here(label)}"]}, {"NS": [self.here("ns1")]},
                                        {"CNAME": [self.here(label)]}])
        if p.random() < .5:
            self.sets[("topool",)] = {"CNAME": [self.here(label)]}

    def add_host(self):
        """A dynamic host: beside static data, CNAMEs, below DNAMEs; but not where another answers."""
        p = self.pick
        name = tuple(p.choice(HOST_LABELS) for _ in range(p.choice([1, 1, 1, 2, 2, 3])))
        if p.random() < .4:
            name = p.choice([o for o in map(folded, self.sets) if o and "*" not in o and not set("".join(o)) & set('\\@()";')]
                            or [name])
        self.hosts[folded(name)] = {k: [self.rdata(k)] for k in p.choice([["A"], ["A", "AAAA"], ["AAAA"]])}

    def drop_hosts(self, elsewhere):
        """Those at or below a delegation, or a zone of ours (ELSEWHERE: as text), or that do not fit."""
        cuts = [folded_text(text(o, self.origin)) for o, s in self.sets.items() if "NS" in s and o] + elsewhere
        cuts = ["." + cut for cut in cuts]
        self.hosts = {h: a for h, a in self.hosts.items() if fits(("*",) + h, self.origin)
                      and not any(("." + folded_text(text(h, self.origin))).endswith(cut) for cut in cuts)}

    def served(self):
        """What all answer: the static records, and hosts and pools as they are transferred (doc/secondaries.md)."""
        sets = {owner: dict(kinds) for owner, kinds in self.sets.items()}
        by_name = {folded(owner): owner for owner in sets}
        renamed = [folded(o) for o, kinds in sets.items() if "DNAME" in kinds]
        cuts = [folded(o) for o, kinds in sets.items() if "NS" in kinds and o]
        made = {}
        for host, addresses in self.hosts.items():
            made[host] = made[("*",) + host] = (addresses, HOST_TTL)
        for host in list(made):  # a host's own *.HOST goes before another's
            if host in self.hosts:
                made[host] = (self.hosts[host], HOST_TTL)
        for label, kinds in POOLS.items():
            made[(label,)] = ({kind: RELAYS[kind] for kind in kinds}, POOL_TTL)
        for name, (addresses, ttl) in made.items():
            if any(len(name) > len(d) and name[len(name) - len(d):] == d for d in renamed) or name in cuts:
                continue
            owner = by_name.get(name, name)
            here = sets.setdefault(owner, {})
            for kind in ("A", "AAAA", "CNAME"):
                here.pop(kind, None)
            here.update(addresses)
            for kind in addresses:
                self.ttls[owner, kind] = ttl
        return {owner: kinds for owner, kinds in sets.items() if kinds}

    def prune(self):
        """Nothing stands below a DNAME (RFC 6672 section 2.4), and names are within bounds."""
        kept = {}
        for owner, sets in self.sets.items():
            key = folded(owner)
            if key not in kept and fits(owner, self.origin):
                kept[key] = (owner, sets)
        renamed = [k for k, (_, s) in kept.items() if "DNAME" in s]
        self.sets = {o: s for k, (o, s) in kept.items()
                     if not any(len(k) > len(d) and k[len(k) - len(d):] == d for d in renamed)}
        return self

    def lines(self, sets):
        for owner, kinds in sets.items():
            for kind, all_rdata in kinds.items():
                if (owner, kind) not in self.ttls:
                    self.ttls[owner, kind] = self.pick.choice(TTLS)
                ttl, name = self.ttls[owner, kind], text(owner, self.origin)
                yield owner, kind, [f"{name} {ttl} IN {kind} {r}" for r in all_rdata]

    def records(self):
        """(owner, type, [lines]) of each RRset that is served but the SOA."""
        return self.lines(self.served())

    def as_file(self, records):
        ttl, minimum = self.soa
        lines = [f"$ORIGIN {self.origin}", "$TTL 300",
                 f"@ {ttl} IN SOA {text(('ns1',), self.origin)} {text(('hostmaster',), self.origin)}"
                 f" 1 1200 600 86400 {minimum}"]
        for _, _, some in records:
            lines += some
        return "\n".join(lines) + "\n"

    def text(self):
        """The zone as it is served."""
        return self.as_file(self.records())

    def static_text(self):
        """What is static of it, and what no import refuses."""
        return self.as_file(line for line in self.lines(self.sets) if not self.is_refused(*line[:2]))

    @staticmethod
    def is_refused(owner, kind):
        return kind in ("CNAME", "NS") and len(owner) == 1 and owner[0].lower() in POOLS

    def refused_rows(self):
        """(zone, owner, type, TTL, RDATA) of the rest, as it may stand in the registry."""
        for owner, kind, lines in self.lines(self.sets):
            for line in lines if self.is_refused(owner, kind) else ():
                target = dns.name.from_text(line.split(" ", 4)[4])
                yield (self.origin.lower().rstrip(".") or ".", text(folded(owner), self.origin.lower()).rstrip("."),
                       dns.rdatatype.from_text(kind), self.ttls[owner, kind], target.to_wire())

    def host_rows(self):
        """(name, addresses, TTL) as they stand in the registry."""
        for host, addresses in self.hosts.items():
            yield text(host, self.origin).rstrip("."), " ".join(a for some in addresses.values() for a in some), HOST_TTL

    def asked_name(self, owners):
        p, r, owner = self.pick, self.pick.random(), self.pick.choice(owners)
        if r < .35:
            return owner
        if r < .47:
            return owner[1:]
        if r < .67:
            return (p.choice(self.labels),) + owner
        if r < .7:
            return (p.choice(LABELS), p.choice(LABELS)) + owner
        if r < .85:
            return tuple("q" if x == "*" else x for x in owner)
        return self.name()

    def asked_kind(self, owner):
        p, r = self.pick, self.pick.random()
        if r < .45 and owner in self.sets:
            return p.choice(list(self.sets[owner]))
        return p.choice(ASKED if r < .85 else EVERY)

    def questions(self, count):
        p, owners = self.pick, list(self.served())
        for _ in range(count):
            name = self.asked_name(owners)
            kind, written = self.asked_kind(name), text(name, self.origin)
            if not fits(name, self.origin):
                continue
            if p.random() < .2:
                written = "".join(c.upper() if p.random() < .5 else c for c in written)
            if p.random() < .06:
                kind = "ANY"
            size = p.choice([0, 0, 512, 512, 800, 1232, 1400, 4096]) if p.random() < .45 else 4096
            yield Question(written, kind, size, p.random() < .1, p.random() < .02)


class Nest:
    """A zone, and zones below it that the same server serves, three levels deep."""

    SHAPES = [[("c",)], [("c",), ("b", "c")], [("c",), ("b", "c"), ("a", "b", "c")],
              [("c",), ("www",), ("ns", "c")], [("b", "c")], [("c",), ("a", "b", "c")],
              [("x", "*")], [("Mi-Xed",), (r"d\.t", "Mi-Xed")]]

    def __init__(self, pick, origin, others):
        shape = pick.choice(self.SHAPES)
        origins = [origin] + [text(labels, origin) for labels in shape]
        self.zones = []
        for here in origins:
            near = [o for o in origins if o != here]
            self.zones.append(Zone(pick, here, near * 3 + others).fill())
        for zone in self.zones:
            self.tie(pick, zone)
        self.clear()
        for zone in self.zones:
            zone.drop_hosts([z.origin.lower() for z in self.zones if z is not zone and len(z.origin) > len(zone.origin)])

    def clear(self):
        """NSD knows one tree of names for all zones: data of one zone below a DNAME of another, though
        they are hidden by a cut, are an error to it, and it loads neither."""
        owners = {z: [folded_text(text(o, z.origin)) for o in z.sets] for z in self.zones}
        for zone in self.zones:
            names = ["." + name for z in self.zones if z is not zone for name in owners[z] + [z.origin.lower()]]
            for owner, sets in zone.sets.items():
                above = folded_text(text(owner, zone.origin))
                if "DNAME" in sets and any(above == "." or n.endswith("." + above) and n != "." + above
                                           for n in names):
                    del sets["DNAME"]
                    sets["TXT"] = ['"was a DNAME"']

    def tie(self, pick, parent):
        """The delegations to the zones below this one, but for some that the parent does not know of."""
        children = [z for z in self.zones if z is not parent and ("." + z.origin).endswith("." + parent.origin)]
        cuts = [tuple(below_labels(z.origin, parent.origin)) for z in children]
        for child, cut in zip(children, cuts):
            between = any(z is not child and child.origin.endswith("." + z.origin) for z in children)
            if pick.random() < (.3 if between else .85) and "DNAME" not in parent.sets[()]:
                parent.delegate(cut, [c for c in cuts if c != cut])
        parent.prune()

    def questions(self, count):
        """Names at, above and below each cut, with the types that change sides there."""
        pick, asked = self.zones[0].pick, []
        for zone in self.zones:
            asked += list(zone.questions(count))
        for zone in self.zones[1:]:
            at = zone.origin
            for kind in ("DS", "NS", "SOA", "A", "ANY"):
                asked.append(Question(at, kind))
                asked.append(Question(f"{pick.choice(['ns', 'ns1', 'q', 'a', 'b'])}.{at}", kind))
            asked.append(Question(at.split(".", 1)[1], pick.choice(["DS", "A", "NS"])))
        return asked


def below_labels(origin, parent):
    """The labels of ORIGIN in front of PARENT; our own origins hold one escaped dot at most."""
    head = origin if parent == "." else origin[:len(origin) - len(parent) - 1]
    return head.rstrip(".").replace(r"d\.t", "\n").replace(".", " ").replace("\n", r"d\.t").split(" ")


class Root(Nest):
    """The root, some TLDs and what is below them: nothing is outside of what is served."""

    SHAPES = [[("test",), ("z", "test"), ("x",)], [("test",), ("a", "z", "test")], [("b", "c"), ("c",), ("x", "*")],
              [("l" * 63,), ("com",)], [("a", "b", "c", "d")]]

    def __init__(self, pick):
        super().__init__(pick, ".", ["z.test."])


def sets(seed, count, roots):
    """One set of about COUNT zones, and ROOTS of a root each, as lists of Zone and Nest."""
    pick, made, origins = random.Random(seed), [], []
    while len(origins) < count:
        others, number = origins[-5:], len(origins)
        if pick.random() < .25:
            nest = Nest(pick, f"n{number}.test.", others)
            made.append(nest)
            origins += [z.origin for z in nest.zones]
        else:
            made.append(Zone(pick, f"z{number}.test.", others).fill())
            made[-1].drop_hosts([])
            origins.append(made[-1].origin)
    return [made] + [[Root(pick)] for _ in range(roots)]


SIGNING = [(), (), ("--split",), ("--algorithm", "ed25519"), None]


def sign(zones, seed):
    """Says how zones are to be signed, and that some are not."""
    pick = random.Random(seed)
    for zone in zones:
        zone.signing = pick.choice(SIGNING)


def with_do(questions, pick):
    """Most with DO, some of these with CO."""
    for question in questions:
        yield dataclasses.replace(question, dnssec=question.size > 0 and pick.random() < .85, compact=pick.random() < .3)


def zones_of(some):
    return [zone for one in some for zone in (one.zones if isinstance(one, Nest) else [one])]
