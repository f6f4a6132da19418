# SPDX-License-Identifier: BSD-2-Clause
"""A plan's hash covers each option of each verb: with another value, or without it, it is another change."""
import fleets

FLEET = """zone name=kites.test primary=ns.kites.test contact=me.kites.test ttl=60 refresh=60 retry=60 expire=6000 minimum=60
relay name=r0 addresses=192.0.2.1 tls=ssl3-1.3 since=2026-01-01T00:00:00Z
relay name=r1 addresses=192.0.2.2 tls=ssl3-1.3 since=2026-01-01T00:00:00Z
pool label=custom tls=1.2
pool label=frontends tls=1.2
pool label=frozen state=frozen roster=r0 tls=1.2
release product=p version=1 pools=fe4_100 tls=1.2
account name=one hosts=kites.test
account name=two hosts=kites.test
host name=h0.kites.test addresses=192.0.2.200 account=one
secondary name=ns2 address=127.0.0.1 port=9
"""
BASES = {
    "zone add": "fifth.test --ns ns.x.test", "zone remove": "kites.test", "zone set": "kites.test --ttl 50", "record add": "kites.test new TXT x",
    "record set": "kites.test new TXT x", "zone import": "kites.test FILE", "relay add": "r9 --address 192.0.2.9",
    "relay set": "r0 --note base", "relay drain": "r0 --wait", "relay invite": "r8", "release add": "p 9 --pool frontends --tls 1.2", "release set": "p 1 --clients 4",
    "pool add": "new", "pool set": "custom --note base", "pool include": "custom r0", "pool exclude": "custom r0",
    "pool shrink": "custom --from 5 --to 1 --by 2099-01-01", "pool retire": "custom", "pool remove": "frozen",
    "pool brownout": "custom --percent 50 --for 2h --to frontends", "account add": "three", "account set": "one --quota 1",
    "host add": "h9.kites.test", "host set": "h0.kites.test --ttl 70", "secondary add": "ns3 --address 192.0.2.53",
    "secondary set": "ns2 --port 10", "dnssec sign": "kites.test", "tsig add": "k.test", "tsig set": "there.test --types TXT"}
VALUES = {
    "ns": ("ns.a.test", "ns.b.test"), "primary": ("a.test", "b.test"), "contact": ("a.test", "b.test"), "ttl": (61, 62), "refresh": (61, 62),
    "retry": (61, 62), "expire": (6100, 6200), "minimum": (61, 62), "address": ("192.0.2.150", "192.0.2.151"), "port": (4443, 4444),
    "tls": ("1.2", "1.3"), "weight": (7, 8), "state": ("service", "out"), "note": ("a", "b"), "pool": ("frontends", "custom"),
    "families": ("4", "6"), "ping": ("head-1.0", "ping-1.0"), "answers": (3, 4), "least": (2, 3), "size": (3, 4), "open-below": (20, 30),
    "certificate": ("yes", "no"), "clients": (5, 6), "to": (2, 3),
    "by": ("2077-01-01", "2088-01-01"), "from": (4, 5), "successor": ("frontends", "frozen"), "tombstone": ("members", "empty"),
    "percent": (40, 60), "for": ("3h", "4h"), "hosts": ("a.kites.test", "b.kites.test"), "role": ("operator", "client"),
    "blocked": ("yes", "no"), "suspended": ("yes", "no"), "quota": (3, 4), "account": ("one", "two"), "quota-kb": (3, 4),
    "quota-days": (3, 4), "quota-conns": (3, 4), "names": ("a.kites.test", "b.kites.test"), "types": ("A", "AAAA"), "algorithm": ("ecdsap256sha256", "ed25519")}
FLAGS = {"allow-private", "wait", "split", "transfer"}
OTHERS = {("tsig add", "algorithm"): ("hmac-sha256", "hmac-sha512"), ("tsig set", "algorithm"): ("hmac-sha256", "hmac-sha512"),
          ("pool brownout", "to"): ("frontends", "frozen")}
# What comes on standard input or from elsewhere, is made anew each time, is done without a plan, or needs rows of its own.
EXEMPT = {"password-stdin", "secret-stdin", "new-token", "new-secret", "overlap", "keys", "telemetry", "tsig", "list", "all-zones", "report", "end", "ksk", "zsk"}
SELDOM = {("zone import", "from"), ("import", "replace"), ("dnssec roll", "algorithm")}


def with_option(base, option, value):
    """The words with the option as said, in the place of what it was, if it was there; without it for None."""
    words, out = base.split(), []
    while words:
        word = words.pop(0)
        if word != f"--{option}":
            out.append(word)
        elif option not in FLAGS:
            words.pop(0)
    return out if value is None else out + [f"--{option}"] + ([] if option in FLAGS else [str(value)])


def check(guard, verbs, dice, most):
    """VERBS: as the help tells them, with their options, of which MOST are tried."""
    world = guard.world
    world.sql("BEGIN; UPDATE pool SET successor = NULL;" + "".join(f"DELETE FROM {table};" for table in fleets.TABLES) + "COMMIT;")
    world.windsock("import", "--force", "--reason", "options", input=FLEET)
    world.windsock("tsig", "add", "there.test")
    known = []
    for verb, option in [(verb, option) for verb in sorted(verbs) for option in verbs[verb]]:
        if option in EXEMPT or (verb, option) in SELDOM:
            continue
        guard.at = f"{verb} --{option}"
        if verb in BASES and (option in VALUES or option in FLAGS):
            known.append((verb, option))
        else:
            guard.fault("this model does not know the option")
    for verb, option in dice.sample(known, min(most, len(known))):
        guard.at = f"{verb} --{option}"
        one, other = (True, None) if option in FLAGS else OTHERS.get((verb, option)) or VALUES[option]
        try_option(guard, verb, option, one, other)


def try_option(guard, verb, option, one, other):
    plan = guard.world.windsock("plan", *verb.split(), *with_option(BASES[verb], option, one), "--json", check=False)
    if plan.returncode != 0:
        return guard.fault(f"cannot be planned: {plan.stderr}")
    hash = guard.hash_of(plan)
    for value in {other, None}:
        words = with_option(BASES[verb], option, value)
        dry = () if "--wait" in words else ("--dry-run",)  # which cannot be both
        done = guard.world.windsock(*verb.split(), *words, "--plan", hash, *dry, "--force", "--reason", "x", check=False)
        guard.tally["options"] += done.returncode == 3
        if done.returncode == 0:
            guard.fault(f"planned with {one}, and {value} is taken for it")
        elif value == other and done.returncode != 3:
            guard.fault(f"planned with {one}; {value}: {done.stderr}")
    return None
