# SPDX-License-Identifier: BSD-2-Clause
"""Random fleets: as lines for `windsock import`, with who asked for what in a file of telemetry."""
import base64
import ipaddress
import sqlite3
import time

ZONES = ["kites.test", "other.test", "third.test"]
LABELS = ["fe4_100", "fe4_120", "fe4_140", "fe6_100", "fe100", "frontends", "custom"]
UNDEFINED = ["fe4_110", "fe4_090"]  # which the nearest pool answers
NAMES = ["www", "a.deep", "b.deep"]  # of static data
RANGES = ["ssl3", "ssl3-1.0", "1.0-1.2", "1.2-1.3", "ssl3-1.3", "1.2", "1.3"]
PINGS = ["head-1.0", "head-ping-1.1", "get-ping-1.1"]
TABLES = ("rule", "observation", "host", "account", "record", "relay", "release", "pool", "zone", "secondary", "tsig")
OLD = "2026-01-01T00:00:00Z"


def addresses(dice, number):
    """Of a relay, never those of another."""
    four = [f"192.0.2.{number}", f"198.51.100.{number}", f"203.0.113.{number}"]
    six = [f"2001:db8::{number:x}", f"2001:db8:1::{number:x}"]
    return dice.choice([four[:1]] * 4 + [four[:1] + six[:1]] * 4 + [six[:1], four[:2], four + six[:1], four[:1] + six])


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def relay_lines(dice, names):
    for number, name in enumerate(names, 1):
        own = addresses(dice, number)
        tls = dice.choice(RANGES + ["ssl3-1.3"] * 6)
        since = dice.choice([OLD, OLD, stamp(-700)])
        state = dice.choice(["service"] * 8 + ["draining", "out", "testing"])
        yield (f'relay name={name} addresses="{" ".join(own)}" state={state} tls={tls} '
               f"weight={dice.choice([100, 100, 100, 50, 300, 0])} since={since}")
        if dice.random() < 0.6:
            pings = " ".join(dice.sample(PINGS, dice.choice([2, 3, 3])))
            yield (f"observation relay={name} observer=p1 health={dice.choice(['up'] * 6 + ['down'])} "
                   f"tls={dice.choice([tls, tls, 'none', dice.choice(RANGES)])} "
                   f'pings="{pings if dice.random() < 0.4 else ""}" down="{own[0] if dice.random() < 0.08 else ""}" '
                   f"at={stamp(-5)} heard={stamp(-5)}")


def pool_lines(dice, labels, names):
    for label in labels:
        others = [other for other in labels if other != label]
        state = dice.choice(["open"] * 6 + ["frozen", "shrinking", "retired", "retired"])
        line = (f"pool label={label} state={state} tls={dice.choice(['none'] * 5 + RANGES)} ttl={dice.choice([60, 300, 3600])} "
                f"answers={dice.choice([25, 25, 8, 3, 2, 1, 1])} least={dice.choice([1, 1, 1, 2])} size={dice.choice([0] * 5 + [2])}")
        if state in ("frozen", "shrinking"):
            line += f' roster="{" ".join(dice.sample(names, (len(names) + 1) // 2))}"'
        if state == "shrinking":
            line += f" shrink_from=4 shrink_to=1 shrink_start={stamp(-86400)} shrink_by={stamp(9e6)}"
        if others and (state == "retired" or dice.random() < 0.4):
            line += f" successor={dice.choice(others)}"
            line += f" tombstone={dice.choice(['members', 'successor', 'successor', 'empty'])}" if state == "retired" else ""
            if state == "open" and dice.random() < 0.4:
                line += f" brownout={dice.choice([40, 60, 100])} brownout_from={stamp(-60)} brownout_until={stamp(90000)}"
        yield line
        for name in dice.sample(names, len(names) // 3):
            if dice.random() < 0.35:
                yield f'rule pool={label} relay={name} verdict={dice.choice(["include", "exclude"])} note="{dice.choice(["", "I know"])}"'


def release_lines(dice):
    for number in range(dice.randint(2, 6)):
        pools = dice.sample(LABELS + UNDEFINED[:1], dice.choice([1, 1, 2]))
        yield (f'release product=p version={number} pools="{" ".join(pools)}" tls={dice.choice(RANGES)} '
               f"families={dice.choice(['46', '46', '4'])} ping={dice.choice(PINGS)} clients={dice.choice([0, 0, 7])}")


def record(zone, owner, type, rdata, ttl=60):
    return f"record zone={zone} owner={owner} type={type} ttl={ttl} rdata={base64.b64encode(rdata).decode()}"


def wire(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def zone_lines(dice, zones, renamed):
    for zone in zones:
        yield f"zone name={zone} primary=ns.{zone} contact=me.{zone} ttl=60 refresh=60 retry=60 expire=6000 minimum=60"
        yield record(zone, zone, "NS", wire("ns.elsewhere.test" if zone == renamed else f"ns.{zone}"))
        if zone == renamed:
            yield record(zone, zone, "DNAME", wire(ZONES[0]))
            continue
        yield record(zone, f"ns.{zone}", "A", ipaddress.ip_address("192.0.2.250").packed)
        for name in NAMES:
            yield record(zone, f"{name}.{zone}", "A", ipaddress.ip_address("192.0.2.251").packed)
        yield record(zone, f"www.{zone}", "TXT", b"\3www")
        if dice.random() < 0.5:
            yield record(zone, f"cut.{zone}", "NS", wire("ns.elsewhere.test"))


def host_lines(dice, zones):
    yield from ("account name=one hosts=kites.test", "account name=two hosts=other.test")
    for number in range(dice.randint(1, 4)):
        zone = dice.choice(zones)
        name = f"h{number}{dice.choice(['', '', '.deep' if zone != ZONES[2] else ''])}.{zone}"
        yield (f'host name={name} addresses="{dice.choice(["192.0.2.1", "192.0.2.200", "192.0.2.201 2001:db8::201", ""])}" '
               f"account={dice.choice(['one', 'two'])} ttl=60 suspended={dice.choice(['no'] * 5 + ['yes'])}")


def fleet_lines(dice):
    names = [f"r{i}" for i in range(dice.choice([2, 3, 3, 4, 6, 9]))]
    labels = dice.sample(LABELS, dice.randint(2, 6))
    zones = ZONES[:dice.choice([2, 3, 3])]
    renamed = dice.choice([None] * 5 + [ZONES[2]])
    lines = [*zone_lines(dice, zones, renamed), *relay_lines(dice, names)]
    pools = list(pool_lines(dice, labels, names))
    lines += [line for line in pools if line.startswith("pool")] + [line for line in release_lines(dice)]
    lines += [line for line in pools if line.startswith("rule")] + list(host_lines(dice, [zone for zone in zones if zone != renamed]))
    if dice.random() < 0.2:
        lines.append("secondary name=ns2 address=127.0.0.1 port=9")
    return "\n".join(lines) + "\n"


class Asked:
    """Who asked lately: pools, labels that nobody defined, and zones."""

    def __init__(self, pools, labels, zones):
        self.pools, self.labels, self.zones = set(pools), set(labels), set(zones)


def write_asked(path, dice):
    """A file as a name server keeps it, of a month in which the first days' questions count no more."""
    asked = Asked(dice.sample(LABELS, dice.randint(1, len(LABELS))), [x for x in UNDEFINED if dice.random() < 0.7],
                  dice.sample(ZONES, dice.randint(1, 3)))
    today = int(time.time()) // 86400
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE use (node TEXT NOT NULL, day INTEGER NOT NULL, pool TEXT NOT NULL, queries INTEGER NOT NULL, sketch BLOB "
        "NOT NULL, PRIMARY KEY (pool, day, node)) STRICT; CREATE TABLE unknown (node TEXT NOT NULL, day INTEGER NOT NULL, label "
        "TEXT NOT NULL, queries INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (day, node, label)) STRICT; CREATE TABLE "
        "sessions (relay TEXT NOT NULL, day INTEGER NOT NULL, version TEXT NOT NULL, sessions INTEGER NOT NULL, PRIMARY KEY "
        "(day, relay, version)) STRICT; CREATE TABLE zone_use (node TEXT NOT NULL, day INTEGER NOT NULL, zone TEXT NOT NULL, "
        "queries INTEGER NOT NULL, sketch BLOB NOT NULL, PRIMARY KEY (zone, day, node)) STRICT; "
        "PRAGMA application_id = 2004052852; PRAGMA user_version = 1;")
    sketch = bytes([0, 33, 1, 2])
    for label in LABELS:  # forty days ago, everybody asked for everything
        db.execute("INSERT INTO use VALUES ('n', ?, ?, 5, ?)", (today - 40, label, sketch))
    for zone in ZONES:
        db.execute("INSERT INTO zone_use VALUES ('n', ?, ?, 500, ?)", (today - 40, zone, sketch))
    for day in range(today - 31, today + 1):  # each day somebody asked for something
        db.execute("INSERT INTO use VALUES ('n', ?, 'gone', 1, ?)", (day, sketch))
        db.execute("INSERT INTO zone_use VALUES ('n', ?, 'gone.test', 100, ?)", (day, sketch))
    for label in asked.pools:
        db.execute("INSERT INTO use VALUES ('n', ?, ?, 9, ?)", (today - dice.randint(0, 30), label, sketch))
    for label in asked.labels:
        db.execute("INSERT INTO unknown VALUES ('n', ?, ?, 3, 0)", (today - dice.randint(0, 30), label))
    for zone in asked.zones:
        db.execute("INSERT INTO zone_use VALUES ('n', ?, ?, 50, ?)", (today - dice.randint(0, 30), zone, sketch))
    db.commit()
    db.close()
    return asked


def make(world, dice):
    """A new fleet in the place of the last one; who asked."""
    world.sql("BEGIN; UPDATE pool SET successor = NULL;" + "".join(f"DELETE FROM {table};" for table in TABLES) + "COMMIT;")
    asked = write_asked(world.registry.with_name("registry.telemetry"), dice)
    world.windsock("import", "--force", "--reason", "a new fleet", input=fleet_lines(dice))
    return asked
