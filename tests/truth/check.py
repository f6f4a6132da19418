#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the verdict and the words of `check` and `status` against a model of what the operator's guide says they look for.

States are written into a registry: relays in all states, up, down, unseen, without weight, deaf to their clients' ping, of
old TLS, down at one address, with others' or old certificates, included or excluded; a pool of any kind, beside one that it
may lead to; releases that no relay suits together; one prober or two, silent, or with clocks of their own; a name server, an
updater and secondaries that are there or not; a zone that is not delegated; a damaged row. All pairs of two fields' values
are seen. The model knows nothing of windsock's code: it counts who is there and who is well, and says which sentences must
be found, no more and no less, and with which exit status.

usage: check.py [--slice] [--cases N] [--seed N]"""
import argparse
import collections
import itertools
import json
import pathlib
import random
import re
import socket
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[0] / "func")]
from harness import World, eventually, free_port  # noqa: E402

ZONE = "kites.test"
OK, WARNING, CRITICAL = 0, 1, 2
LEVELS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
DAY = 86400
NEW, OLD = 8, 2  # TLS 1.2, and 1.0
KINDS = ["well", "well", "well", "down", "unseen", "weightless", "old", "deaf", "half", "foreign", "drained", "tested", "out",
         "excluded", "included", "both", "leased down"]

# What a state is made of. The first value is the usual one.
FIELDS = {
    "r1": KINDS, "r2": KINDS, "r3": KINDS,
    "label": ["fe4_100", "fe6_100", "fe100"],
    "pool": ["open", "frozen", "frozen without r1", "shrinking", "retired", "retired to successor", "retired to nothing",
             "retired to a retired one"],
    "least": [1, 2, 3, 5], "size": [0, 1, 2], "open_below": [25, 0, 60, 100], "paused": ["", "only 2 look well"],
    "certificate": [0, 1], "needs": ["new", "new and old", "own"], "clients": [0, 9],
    "said": [0, 901, 40 * DAY], "second": [None, 0, 2 * DAY], "slow": [0, 200], "fast": [0, 300],
    "left": [None, 30 * DAY, DAY, 1800, -5], "left of the second": [None, 30 * DAY, -5],
    "lost": [0, 1], "server": ["there", "silent"], "updater": ["never", "missed", "long ago"],
    "zone": ["alone", "not delegated"], "secondary": ["none", "good", "silent", "refuses"], "row": ["good", "damaged"],
}


class Relay:
    """A relay, and what it comes to."""

    def __init__(self, state, name, number):
        self.name, self.kind, self.number = name, state[name], number
        self.addresses = [f"192.0.2.{number}", f"192.0.2.1{number}", f"2001:db8::{number}"]
        self.said = {"old": OLD, "included": OLD, "both": OLD | NEW}.get(self.kind, NEW)
        self.weight = 0 if self.kind == "weightless" else 100
        self.state = {"drained": 3, "tested": 1, "out": 4}.get(self.kind, 2)
        self.watched = self.kind not in ("unseen", "leased down")
        self.health = 2 if self.kind == "down" else 1
        self.dark = [self.addresses[0]] if self.kind == "half" else []
        self.down = self.kind in ("down", "leased down")
        self.foreign = self.kind == "foreign"
        self.pings = "ping-1.0" if self.kind == "deaf" else ""
        self.speaks = self.said
        if state["lost"] and self.watched:
            self.said |= 4  # 1.1 has not been seen
        self.reason = "refused" if self.kind == "down" else "its lease ran out"


class Pool:
    def __init__(self, label, **fields):
        self.label, self.state, self.tombstone, self.successor = label, 0, 0, None
        self.least, self.size, self.open_below, self.paused, self.certificate, self.tls, self.roster = 1, 0, 25, "", 0, 0, None
        self.rules = {}
        self.__dict__.update(fields)

    @property
    def families(self):
        return {"fe4_": {4}, "fe6_": {6}}.get(self.label[:4], {4, 6})


class World1:
    """All of a state, of which both the registry and the verdict are made."""

    def __init__(self, state):
        self.state = state
        self.relays = [Relay(state, f"r{i}", i) for i in (1, 2, 3)]
        kind = state["pool"]
        self.other = Pool("custom", tls=NEW)
        self.main = Pool(state["label"], least=state["least"], size=state["size"], open_below=state["open_below"],
                         paused=state["paused"], certificate=state["certificate"], tls=NEW if state["needs"] == "own" else 0)
        self.main.state = {"frozen": 1, "frozen without r1": 1, "shrinking": 2}.get(kind, 3 if kind.startswith("retired") else 0)
        if self.main.state in (1, 2):
            self.main.roster = ["r1", "r2", "r3"] if kind != "frozen without r1" else ["r2", "r3"]
        if kind in ("retired to successor", "retired to a retired one"):
            self.main.tombstone, self.main.successor = 1, self.other
        if kind == "retired to nothing":
            self.main.tombstone = 2
        if kind == "retired to a retired one":
            self.other.state, self.other.tombstone = 3, 2
        for relay in self.relays:
            if relay.kind in ("excluded", "included"):
                self.main.rules[relay.name] = relay.kind
        self.releases = [("1", NEW, 5)] + ([("2", OLD, state["clients"])] if state["needs"] == "new and old" else [])


# The model.


def looks_up(relay, pool):
    shown = [a for a in relay.addresses if (6 if ":" in a else 4) in pool.families]
    return not relay.down and not all(a in relay.dark for a in shown)


def weakness(relay, pool, needs):
    """Why it is not well; None when it is."""
    included = pool.rules.get(relay.name) == "included"
    if not looks_up(relay, pool):
        return "looks down"
    if relay.weight == 0:
        return "has weight 0"
    if relay.pings and needs and not included:
        return "does not answer"
    if pool.certificate and relay.foreign and not included:
        return "has no certificate"
    return None


def seat(world, pool, label_pool, loosely):
    """The members of a pool, whether it gives out all it has, those that are well, and which releases it leaves out."""
    releases = world.releases if pool is world.main and not pool.tls else []
    needs = [tls for _, tls, _ in releases] or ([pool.tls] if pool.tls else [])
    wanted = Pool(label_pool.label, **{name: value for name, value in pool.__dict__.items() if name != "label"})
    there = [r for r in world.relays if r.state == 2 and pool.rules.get(r.name) != "excluded"]

    def fits(relay, needs):
        return all(relay.speaks & need for need in needs)

    def admitted(needs, closed):
        return [r for r in there if pool.rules.get(r.name) == "included" or
                (fits(r, needs) and (not closed or r.name in pool.roster))]
    closed = pool.state in (1, 2)
    members = admitted(needs, closed) or admitted(needs, False)
    left_out = []
    if not members and loosely and releases:
        sound = [r for r in there if looks_up(r, wanted) and r.weight > 0]
        candidates = sound or there
        # the most clients; as many, the newest
        suits = {r: [x for x in releases if x[1] & r.speaks] for r in candidates}
        best = max((r for r in candidates if suits[r]), default=None,
                   key=lambda r: (sum(c for _, _, c in suits[r]), max(tls for _, tls, _ in suits[r])))
        if best is not None:
            kept = suits[best]
            left_out = [x for x in releases if x not in kept]
            needs = [tls for _, tls, _ in kept]
            members = admitted(needs, False)
    listens = bool(releases)
    weak = [(r, weakness(r, wanted, listens)) for r in members]
    well = [r for r, why in weak if why is None]
    ill = [r for r, why in weak if why == "looks down" and r.weight > 0]
    few = len(well) < max(1, pool.least) and len(members) > len(well)
    failing = bool(ill) and len(well) * 100 < (len(well) + len(ill)) * pool.open_below
    resort = few or failing
    count = len(members) if resort else len(well)
    if pool.size and not resort:
        count = min(count, pool.size)
    return {"count": count, "resort": resort, "well": well, "weak": [x for x in weak if x[1]], "members": members, "left_out": left_out,
            "source": pool}


def answer(world, pool):
    """What a pool's label is answered with; None for nothing, as its operator wants."""
    source = pool.successor if pool.state == 3 and pool.tombstone == 1 and pool.successor else pool
    if source.state == 3 and source.tombstone == 2:
        return None
    got = None
    for loosely in (False, True):
        for at in (source, pool):
            got = seat(world, at, pool, loosely)
            if got["count"]:
                return got
    return got


def resort_words(world, pool, got):
    weak = [r for r, _ in got["weak"]]
    if not got["well"] and all(r.down for r in weak):
        return CRITICAL, f"all relays of pool {pool.label} look down"
    words = "; ".join(f"{r.name} {why}[^;]*" for r, why in got["weak"])
    verb = "is" if len(got["well"]) == 1 else "are"
    return (WARNING if got["well"] else CRITICAL,
            f"{len(got['well'])} of {len(got['members'])} relays of pool {pool.label} {verb} well, and all are given out: {words}")


def of_pool(world, pool):
    got, retired = answer(world, pool), pool.state == 3
    if got is None:
        return []
    if got["count"] == 0:
        return [(CRITICAL, f"pool {pool.label} has no compatible relay")]
    if got["left_out"]:
        names = ", ".join(f"p {version}" for version, _, _ in got["left_out"])
        return [(CRITICAL, f"no relay suits all releases of pool {pool.label}: it leaves out {names}")]
    if got["resort"]:
        return [resort_words(world, pool, got)]
    if pool.paused:
        return [(WARNING, f"pool {pool.label} does not shrink: {pool.paused}")]
    if not retired and pool.least > got["count"]:
        s = "" if got["count"] == 1 else "s"
        return [(WARNING, f"pool {pool.label} has {got['count']} relay{s}, and wants {pool.least} at least")]
    if not retired and got["count"] == 1:
        return [(WARNING, f"pool {pool.label} has one relay only")]
    return []


def of_relays(world):
    found = []
    for r in world.relays:
        if r.state != 2:
            continue
        if r.down:
            found.append((WARNING, f"relay {r.name} looks down: {r.reason}"))
        found += [(WARNING, f"relay {r.name} looks down at {a}.*") for a in r.dark if not r.down]
        if r.foreign:
            found.append((WARNING, f"relay {r.name} is of no use to clients that check certificates: .*"))
        if world.state["lost"] and r.watched:
            found.append((WARNING, f"relay {r.name} speaks [-0-9.,]*, and no longer 1.1, as --tls says"))
    return found


def expiry(left):
    if left is None or left > 14 * DAY:
        return None
    if left <= 0:
        return CRITICAL, "has expired"
    return WARNING, "expires in less than an hour" if left < 3600 else f"expires in ({left // 3600}|{left // 3600 - 1}) hours"


def of_certificates(world):
    """As the prober that looked last says; of relays that somebody may be sent to."""
    s, found = world.state, []
    for r in world.relays:
        if not r.watched or r.state == 4:
            continue
        newest = [(s["said"], s["left"])] + ([(s["second"], s["left of the second"])] if s["second"] is not None else [])
        lefts = [left for _, left in sorted(newest, key=lambda x: x[0]) if left is not None]
        end = expiry(lefts[0]) if lefts else None
        if end:
            found.append((end[0], f"the certificate of relay {r.name} {end[1]}"))
    return found


def of_probers(world):
    s, found = world.state, []
    if not any(r.watched for r in world.relays):
        return []
    said = {"p1": s["said"]}
    if s["second"] is not None:
        said["p2"] = s["second"]
    if min(said.values()) > 900:
        last = min(said.values())
        ago = f"{last // 60} minutes" if last < 7200 else f"{last // 3600} hours"
        found.append((CRITICAL, f"nobody probes: the last word on any relay is p[12]'s, {ago} ago"))
    else:
        found += [(WARNING, f"prober {name} has been silent for {age // 60} minutes") for name, age in said.items() if age > 900]
    if s["slow"]:
        found.append((WARNING, "the clock of prober p1 is 200 s behind"))
    elif s["fast"] and s["said"] == 0:
        found.append((WARNING, "the clock of prober p1 is (29[0-9]|300) s ahead"))
    return found


def of_service(world, ports):
    s, found = world.state, []
    if s["server"] == "silent":
        found.append((CRITICAL, "the name server is silent: .*"))
    if s["updater"] == "missed" or any(r.kind == "leased down" for r in world.relays):
        found.append((CRITICAL, "the updater is silent: .*"))
    if s["zone"] == "not delegated":
        found.append((WARNING, f"zone kid.{ZONE} is not delegated: .*"))
    if s["row"] == "damaged":
        found.append((WARNING, "relay r9: .*"))
        if s["server"] == "there":
            found.append((WARNING, "1 rows of the registry cannot be served"))
    if s["secondary"] in ("silent", "refuses"):
        port, words = ports[s["secondary"]], {"silent": "is silent", "refuses": "answers REFUSED"}[s["secondary"]]
        more = r" \(and for 1 other zone\)" if s["secondary"] == "refuses" and s["zone"] == "not delegated" else ""
        found.append((CRITICAL, f"name server 127.0.0.1:{port}, asked for ({ZONE}|kid.{ZONE}), {words}{more}"))
    if s["secondary"] == "good" and s["server"] == "silent":
        found.append((CRITICAL, f"name server 127.0.0.1:{ports['good']}, asked for ({ZONE}|kid.{ZONE}), is silent"))
    return found


def verdict(world, ports):
    found = of_service(world, ports)
    for pool in (world.main, world.other):
        found += of_pool(world, pool)
    return found + of_relays(world) + of_certificates(world) + of_probers(world)


def status_lines(world):
    """What `status` says of pools and relays."""
    lines = []
    for pool in (world.main, world.other):
        got = answer(world, pool)
        if pool.state == 3:
            continue
        if got is None or got["count"] == 0:
            lines.append(f"pool {pool.label}: no compatible relay")
        elif got["resort"]:
            lines.append(resort_words(world, pool, got)[1])
        elif got["count"] == 1:
            lines.append(f"pool {pool.label}: one relay only")
    for r in world.relays:
        if r.down and r.state == 2:
            lines.append(f"relay {r.name}: looks down: .*")
        elif r.state == 1:
            lines.append(f"relay {r.name}: tested since .*")
        elif r.state == 3:
            lines.append(f"relay {r.name}: draining since .*")
    return lines + [words for _, words in of_probers(world) if "clock" not in words]


# The registry.


def row(table, **fields):
    def quoted(value):
        return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + value + "'"
    names = ", ".join(f'"{name.rstrip("_")}"' for name in fields)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(quoted(v) for v in fields.values())});\n'


def observations(world, now):
    s, sql = world.state, ""
    for r in world.relays:
        if r.kind == "leased down":
            sql += row("observation", relay=r.name, observer="lease", health=2, tls=0, overloaded=0, load=0, at=now - 50,
                       reason="its lease ran out")
        for prober, said, left in (("p1", s["said"], s["left"]), ("p2", s["second"], s["left of the second"])):
            if not r.watched or said is None:
                continue
            skew = 0 if prober == "p2" else -200 if s["slow"] else 300 if s["fast"] and said == 0 else 0
            sql += row("observation", relay=r.name, observer=prober, health=r.health, tls=r.speaks, overloaded=0, load=0,
                       pings=r.pings, down=" ".join(r.dark), expires=0 if left is None else now + left + (30 if left > 0 else 0),
                       certificate=2 if r.foreign else 1, reason="refused" if r.kind == "down" else "",
                       at=now - said + skew, heard=now - said)
    return sql


def pools(world):
    sql = ""
    for pool in (world.other, world.main):
        sql += row("pool", label=pool.label, state=pool.state, tls=pool.tls, ttl=300, answers=8, note="", least=pool.least,
                   open_below=pool.open_below, certificate=pool.certificate, size=pool.size, roster=" ".join(pool.roster or []),
                   successor=pool.successor and pool.successor.label, tombstone=pool.tombstone, paused=pool.paused)
        for name, verdict_ in pool.rules.items():
            sql += row("rule", pool=pool.label, relay=name, verdict=int(verdict_ == "excluded"), note="")
    return sql


def write(here, world, ports):
    s, now = world.state, int(time.time())
    sql = "".join(f"DELETE FROM {t};\n" for t in ("rule", "observation", "relay", "release", "secondary", "reader"))
    sql += f"UPDATE pool SET successor = NULL; DELETE FROM pool; DELETE FROM zone WHERE name <> '{ZONE}';\n"
    for r in world.relays:
        sql += row("relay", name=r.name, addresses=" ".join(r.addresses), port=443, state=r.state, tls=r.said, weight=r.weight,
                   since=now - DAY, note="")
    sql += pools(world) + observations(world, now)
    for version, tls, clients in world.releases:
        sql += row("release", product="p", version=version, pools=world.main.label, tls=tls, families=2, ping=2, clients=clients,
                   note="")
    if s["updater"] != "never":
        sql += row("reader", name="dnsd", revision=1, at=now - (40 * DAY if s["updater"] == "long ago" else 60))
    if s["zone"] == "not delegated":
        sql += row("zone", name="kid." + ZONE, primary="ns.elsewhere.test", contact="me.elsewhere.test", ttl=60, refresh=60,
                   retry=60, expire=60, minimum=60, signed=0)
    if s["secondary"] != "none":
        sql += row("secondary", name="ns2", address="127.0.0.1", port=ports[s["secondary"]], tsig=None, note="")
    if s["row"] == "damaged":
        sql += row("relay", name="r9", addresses="nonsense", port=443, state=2, tls=0, weight=100, since=0, note="")
    here.sql("BEGIN;\n" + sql + "COMMIT;")


# Trying.


def follows(here):
    revision = int(here.sql("SELECT max(id) FROM change"))
    return eventually(lambda: json.loads(here.windsock("status", "--json").stdout)["name_server"]["revision"] >= revision)


def differ(found, wanted):
    """What is said and should not be, and what should be and is not."""
    left, faults = list(wanted), []
    for level, words in found:
        match = next((w for w in left if w[0] == level and re.fullmatch(w[1], words)), None)
        if match is None:
            faults.append(f"it says {level}: {words}")
        else:
            left.remove(match)
    return faults + [f"it does not say {level}: {words}" for level, words in left]


def try_state(here, state, ports):
    world = World1(state)
    write(here, world, ports)
    if state["server"] == "there":
        follows(here)
    done = here.windsock("check", check=False)
    lines = done.stdout.splitlines()
    wanted = [(LEVELS[level], words) for level, words in verdict(world, ports)]
    worst = max([LEVELS.index(level) for level, _ in wanted], default=0)
    faults = []
    if done.returncode != worst or not lines[0].startswith(f"WINDSOCK {LEVELS[worst]} - "):
        faults.append(f"exit status {done.returncode}, not {worst}: {lines[:1]}")
    faults += differ([tuple(line.split(": ", 1)) for line in lines[1:]], wanted)
    said = here.windsock("status").stdout.splitlines()
    mine = [line for line in said if re.match(r"pool |relay |prober |nobody probes|all relays|\d+ of \d+ relays", line)]
    faults += ["status: " + fault for fault in differ([("", line) for line in mine], [("", w) for w in status_lines(world)])]
    return faults


# All pairs.


def pairs_of(state):
    names = list(FIELDS)
    return {(a, str(state[a]), b, str(state[b])) for a, b in itertools.combinations(names, 2)}


def all_states(dice, cases):
    """States until all pairs of values were seen, and so many more."""
    wanted = {(a, str(x), b, str(y)) for a, b in itertools.combinations(FIELDS, 2) for x in FIELDS[a] for y in FIELDS[b]}
    count = 0
    while wanted or count < cases:
        best = None
        for _ in range(8 if wanted else 1):
            state = {name: dice.choice(values) for name, values in FIELDS.items()}
            for name in dice.sample(list(FIELDS), dice.randint(0, 14)):
                state[name] = FIELDS[name][0]
            gain = len(pairs_of(state) & wanted)
            if best is None or gain > best[0]:
                best = (gain, state)
        if best[0] == 0 and wanted:  # what is left, one by one
            a, x, b, y = next(iter(wanted))
            for name, text in ((a, x), (b, y)):
                best[1][name] = next(v for v in FIELDS[name] if str(v) == text)
        wanted -= pairs_of(best[1])
        count += 1
        yield best[1]


def some_states(dice, cases):
    for _ in range(cases):
        state = {name: values[0] for name, values in FIELDS.items()}
        for name in dice.sample(list(FIELDS), dice.randint(1, 9)):
            state[name] = dice.choice(FIELDS[name])
        yield state


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true", help="few states, for CI")
    options.add_argument("--cases", type=int, default=1500)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice = random.Random(options.seed)
    states = list(some_states(dice, 60) if options.slice else all_states(dice, options.cases))
    states.sort(key=lambda s: s["server"], reverse=True)  # the name server ends once
    here, refusing, faults = World().init(), World().init(), []
    seen = collections.Counter()
    try:
        here.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
        here.start_dnsd("--udp-workers", 1)
        refusing.start_dnsd("--udp-workers", 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
            hole.bind(("127.0.0.1", 0))
            ports = {"good": here.dns_port, "refuses": refusing.dns_port, "silent": free_port()}
            for state in states:
                if state["server"] == "silent" and here.dnsd.running():
                    here.dnsd.stop()
                found = try_state(here, state, ports)
                seen[state["server"]] += 1
                faults += [f"{fault}\n    {({k: v for k, v in state.items() if v != FIELDS[k][0]})}" for fault in found]
    finally:
        here.close()
        refusing.close()
    for fault in faults[:20]:
        print(fault)
    print(f"{len(states)} states ({seen['silent']} without a name server): {len(faults)} wrong words")
    print("check says what is so" if not faults else "check does NOT say what is so")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
