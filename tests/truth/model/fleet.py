# SPDX-License-Identifier: BSD-2-Clause
"""A fleet as the registry has it, and which relays may be given to whom, by the operator's guide. Nothing of windsock is
asked but its rows."""
import ipaddress
import re
import sqlite3

INVITED, TESTING, SERVICE, DRAINING, OUT = range(5)
OPEN, FROZEN, SHRINKING, RETIRED = range(4)
MEMBERS, SUCCESSOR, EMPTY = range(3)
INCLUDE, EXCLUDE = range(2)
UNKNOWN, UP, DOWN = range(3)
TLS = {"ssl3": 1, "1.0": 2, "1.1": 4, "1.2": 8, "1.3": 16}


class Row:
    """A row by its columns' names."""

    def __init__(self, names, values):
        self.__dict__.update(zip(names, values))

    def __repr__(self):
        return repr(self.__dict__)


def rows(db, table):
    cursor = db.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    return [Row(names, values) for values in cursor]


def look(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)


def families(label):
    """What a label may answer: fe4_ only A; fe6_, fe6 and v6frontends only AAAA."""
    if re.fullmatch(r"fe4_[0-9]+[a-z]*", label):
        return {4}
    if re.fullmatch(r"fe6_[0-9]+[a-z]*", label) or label in ("fe6", "v6frontends"):
        return {6}
    return {4, 6}


def of_families(addresses, wanted):
    return {a for a in addresses.split() if ipaddress.ip_address(a).version in wanted}


class Fleet:
    def __init__(self, db):
        self.relays = {r.name: r for r in rows(db, "relay")}
        self.pools = {p.label: p for p in rows(db, "pool")}
        self.rules = {(r.pool, r.relay): r.verdict for r in rows(db, "rule")}
        self.releases = rows(db, "release")
        self.hosts = {h.name: h for h in rows(db, "host")}
        self.zones = [z.name for z in rows(db, "zone")]
        self.seen = {}
        for o in rows(db, "observation"):
            self.seen[o.relay] = self.seen.get(o.relay, 0) | o.tls

    def speaks(self, relay):
        """What a prober saw; without one, what the operator said."""
        return self.seen.get(relay.name, 0) or relay.tls

    def asking(self, pool):
        return [r for r in self.releases if pool.label in r.pools.split()]

    def source(self, pool):
        """The pool whose relays a retired one answers with."""
        at, steps = pool, 0
        while at.state == RETIRED and at.tombstone == SUCCESSOR and at.successor in self.pools and at.successor != at.label:
            at, steps = self.pools[at.successor], steps + 1
            if steps >= len(self.pools):
                return pool
        return at

    def fits(self, pool, relay):
        needs = [pool.tls] if pool.tls else [r.tls for r in self.asking(pool)]
        return all(need & self.speaks(relay) for need in needs)

    def seated(self, pool, wanted, loosely):
        """The relays that nothing but health can keep out of a pool; LOOSELY: no relay suits all, and those do that suit
        some."""
        fit, rest, included = set(), set(), set()
        for relay in self.relays.values():
            rule = self.rules.get((pool.label, relay.name))
            if relay.state != SERVICE or rule == EXCLUDE or not of_families(relay.addresses, wanted):
                continue
            if rule == INCLUDE:
                included.add(relay.name)
            elif self.fits(pool, relay):
                fit.add(relay.name)
            elif not pool.tls and any(r.tls & self.speaks(relay) for r in self.asking(pool)):
                rest.add(relay.name)
        closed = pool.state in (FROZEN, SHRINKING)
        members = included | {name for name in fit if not closed or name in pool.roster.split()}
        members = members or fit
        return members or (rest if loosely else set())

    def could_be_given(self, pool):
        """The relays that a pool's own answer may hold, whoever looks well."""
        source, wanted = self.source(pool), families(pool.label)
        if source.state == RETIRED and source.tombstone == EMPTY:
            return set()
        for loosely in (False, True):
            for at in (source, pool):
                members = self.seated(at, wanted, loosely)
                if members:
                    return members
        return set()

    def given(self, pool, begin, end, until):
        """What is given from BEGIN to END at the pool's label: relays, the TTL, and the date of the last such answer. UNTIL
        is when its brownout ends."""
        own = self.could_be_given(pool)
        successor = self.pools.get(pool.successor or "")
        browned_out = pool.brownout > 0 and begin < until and successor is not None and successor is not pool
        if not browned_out or not self.could_be_given(successor):
            return [(own, pool.ttl, end)]
        theirs = self.could_be_given_at(successor, families(pool.label))  # none, if they have other families
        short = min(60, pool.ttl)
        parts = [(theirs, short, min(end, until))]
        if pool.brownout < 100:
            parts.append((own, short, min(end, until)))
        if until < end:
            parts.append((own, pool.ttl, end))
        return parts

    def could_be_given_at(self, pool, wanted):
        """A pool's relays at another label, which may answer other families."""
        return {name for name in self.could_be_given(pool) if of_families(self.relays[name].addresses, wanted)}
