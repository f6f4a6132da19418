#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds what windsock refuses, and what it plans, against what becomes of clients.

Random fleets in several zones, of which it is known who asked for what lately, are served by a real name server. Each verb that
changes something, with random words, is planned; all names are asked by clients of many networks; it is done; and all is asked
again. Whether anybody was hurt is decided by the answers, and by what releases and relays are known to speak (guarding/verdict.py):

- what strands a release, silences a name that is asked for, or takes away a host, static data, or a zone in which somebody
  asked, must be refused without --force (Change.must_be_refused);
- what is refused must make something worse, once it is forced (Change.worse: a release without a usable relay in some network;
  a label, a host or static data that is answered no more; a release that is given a relay which speaks none of its TLS; a pool
  without one that looks well; a pool that was asked for and is gone, silent or needs less; a zone in which somebody asked);
- a plan's members, addresses, TTLs, lost names, stranded releases and today's parts of answers are what is found
  (guarding/plans.py);
- the `apply:` line works as printed; with the hash, nothing is done when a word, a file's content or the registry is another.

usage: guard.py [--slice] [--fleets N] [--verbs N] [--first N] [--options N] [--seed N] [--only VERB] [--stop]"""
import argparse
import collections
import json
import math
import os
import pathlib
import random
import shlex
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "guarding"), str(HERE / "model"), str(HERE.parents[0] / "func")]
from asking import A, AAAA, TXT, Clients, Picture, Rows  # noqa: E402
from harness import BUILD, World, eventually, run  # noqa: E402
from verdict import Change  # noqa: E402
from words import FORCE, READING, Maker, made_verbs, verbs_of_help  # noqa: E402
import fleets  # noqa: E402
import options as option_words  # noqa: E402
import plans  # noqa: E402

NETWORKS, MANY = 24, 700


class Guard:
    """A name server whose fleets come and go."""

    def __init__(self, world, seed):
        self.world, self.seed = world, seed
        self.tally, self.faults, self.kinds = collections.Counter(), [], collections.Counter()
        self.clients, self.many = Clients(world, NETWORKS), Clients(world, MANY)

    def fault(self, text):
        self.faults.append(f"{self.at}: {text}")
        print(self.faults[-1], flush=True)

    def do(self, verb, *more, planned=False):
        content = verb.content
        if content is not None:
            (self.world.dir / "file").write_text(content)
        return self.world.windsock(*(("plan",) if planned else ()), *verb.words, *more, check=False)

    def caught_up(self):
        """Whether the name server serves what the registry has."""
        rows = Rows(self.world.registry)
        if not rows.zones:
            time.sleep(0.3)
            return

        def serves():
            reply = self.world.query(rows.zones[0], "SOA")
            return any(rrset.rdtype == 6 and rrset[0].serial >= rows.revision for rrset in reply.answer)
        assert eventually(serves), f"the name server does not get to {rows.revision}"

    def picture(self, first=None):
        """All names as they are answered now; those of FIRST, if there is one."""
        if first is None:
            rows = Rows(self.world.registry)
            labels = set(fleets.LABELS + fleets.UNDEFINED) | set(rows.pools) | {x for r in rows.releases for x in r.pools.split()}
            zones = rows.zones
            static = [(owner, type) for _, owner, type in sorted(rows.records) if type in (A, AAAA, TXT)]
            self.names = sorted(labels), zones, sorted(rows.hosts), static
        return Picture(self.world, self.clients, *self.names)

    # One verb.

    def try_verb(self, verb, asked, dice, maker):
        planned = self.do(verb, "--json", planned=True)
        if planned.returncode not in (0, 1, 2):
            return self.fault(f"plan ended with {planned.returncode}: {planned.stderr}")
        if planned.returncode != 0:
            self.tally["impossible"] += 1
            done = self.do(verb)
            if done.returncode in (0, 3):
                self.fault(f"plan: {planned.stderr}; but done it ends with {done.returncode}: {done.stderr}")
            return None
        plan = json.loads(planned.stdout)
        text = self.do(verb, planned=True).stdout if dice.random() < 0.4 else None
        if dice.random() < 0.5:
            self.try_others(verb, plan, maker)
        before = self.picture()
        shares = self.shares_of(plan, before)
        parts = shares and shares.count(before.rows)
        done = self.perform(verb, plan, text, dice)
        if done.returncode not in (0, 3):
            return self.fault(f"planned, but it ends with {done.returncode}: {done.stderr}")
        refused = done.returncode == 3
        if refused != plan["harmful"]:
            self.fault(f"harmful by the plan: {plan['harmful']} ({plan['harm']}); it ends with {done.returncode}: {done.stderr}")
        if refused:
            forced = self.do(verb, *FORCE)
            if forced.returncode != 0:
                return self.fault(f"forced it ends with {forced.returncode}: {forced.stderr}")
        self.caught_up()
        change = Change(before, self.picture(before), asked, verb)
        self.judge(change, plan, text, refused)
        if shares and not refused:
            self.compare_shares(change, plan, shares, parts)
        return None

    def perform(self, verb, plan, text, dice):
        """Does it: as it is, with the hash, or by the line that the plan printed."""
        if text is None or verb.content is not None or dice.random() < 0.3:
            return self.do(verb, *dice.choice([(), ("--plan", plan["hash"])]))
        line = text.splitlines()[-1]
        assert line.startswith("apply: windsock "), text
        self.tally["applied"] += 1
        if plan["harmful"]:
            return self.do(verb, "--plan", plan["hash"])
        return subprocess.run(["sh", "-c", line[len("apply: "):]], capture_output=True, text=True, timeout=60,
                              env={"PATH": f"{BUILD}:/usr/bin:/bin", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")})

    def judge(self, change, plan, text, refused):
        kind = change.verb.name
        self.tally["refused" if refused else "done"] += 1
        self.kinds[kind, refused] += 1
        must, worse = change.must_be_refused(), change.worse()
        self.tally["harmful"] += bool(must)
        if must and not refused:
            self.fault(f"not refused: {must}")
        if refused and not worse and not change.may_be_unseen() and not self.misleads_some(change, plan):
            self.fault(f"refused: {plan['harm']}; but nothing is worse")
        for fault in (plans.members(change, plan, self.tally) + plans.names(change, plan, self.tally)
                      + plans.stranded(change, plan, self.tally) + plans.words(change, plan, text)):
            self.fault(fault)

    def misleads_some(self, change, plan):
        """Whether a relay that is said to mislead is given to any of many networks: it may be one of little weight."""
        return any(m["relay"] in plans.Shares(self.many, m["label"], zone).count(change.after.rows)
                   for m in plan["misled"] for zone in change.after.rows.zones[:1])

    # Parts of answers.

    def shares_of(self, plan, before):
        """A pool of which networks are given different selections, and of which parts are said to move; None."""
        for said in plan["pools"]:
            zone = before.rows.zones[0] if before.rows.zones else None
            if said["shares"] and said["before"] and said["after"] and zone == fleets.ZONES[0] and (
                    len(set(before.given(said["label"], zone).values())) > 2 or said["after"]["answers"] < said["after"]["members"]):
                return plans.Shares(self.many, said["label"], zone)
        return None

    def compare_shares(self, change, plan, shares, parts):
        if shares.zone not in change.after.rows.zones or not change.after.union(shares.label, shares.zone):
            return
        said = plans.pool_of(plan, shares.label)
        for fault in shares.compare(said, "now", parts, self.tally) + shares.compare(said, "first", shares.count(change.after.rows), self.tally):
            self.fault(fault)

    # What the hash covers.

    @staticmethod
    def hash_of(plan):
        return json.loads(plan.stdout)["hash"]

    def try_others(self, verb, plan, maker):
        """Other words or another content with the same hash."""
        for _ in range(2):
            other = maker.mutated(verb)
            if other is None or (other.words, other.content) == (verb.words, verb.content):
                continue
            done = self.do(other, "--plan", plan["hash"], "--dry-run")
            self.tally["others"] += done.returncode == 3
            if done.returncode == 0:
                self.fault(f"planned, and '{other}' ({other.content}) is taken for it")

    def try_stale(self, verb, dice):
        """A plan, and then something changed."""
        plan = self.do(verb, "--json", planned=True)
        if plan.returncode != 0:
            return
        hash = self.hash_of(plan)
        spoils, sql = dice.choice([
            (True, "UPDATE relay SET note = note || '.'"), (True, "UPDATE pool SET note = note || '.'"),
            (True, "UPDATE release SET note = note || '.'"), (True, "UPDATE observation SET health = 3 - health WHERE health > 0"),
            (True, "UPDATE observation SET tls = 31 - tls"), (True, "UPDATE account SET quota = quota + 1"),
            (True, "UPDATE zone SET refresh = refresh + 1"), (False, "UPDATE host SET ttl = ttl + 1"),
            (None, "UPDATE observation SET at = at + 1, heard = heard + 1, load = load + 1")])
        before = self.world.sql("SELECT max(id) FROM change")
        self.world.sql(sql)
        changed = self.world.sql("SELECT max(id) FROM change") != before
        forced = FORCE if json.loads(plan.stdout)["harmful"] else ()  # who forces a plan that needs no force means another change
        done = self.do(verb, "--plan", hash, "--dry-run", *forced)
        about_hosts = verb.words[0] in ("host", "zone", "record", "import", "revert", "dnssec", "account") and verb.name != "zone set"
        stale = changed and (spoils or (spoils is False and about_hosts))
        self.tally["stale"] += stale
        if stale and done.returncode != 3:
            self.fault(f"planned, then {sql}: it ends with {done.returncode}: {done.stderr}")
        if not stale and done.returncode != 0 and not (spoils is False and about_hosts):
            self.fault(f"planned, then {sql}, which is no change to it: it ends with {done.returncode}: {done.stderr}")

    # A fleet.

    def live(self, number, verbs, only):
        dice = random.Random(f"{self.seed} {number}")
        maker = Maker(dice, self.world)
        self.at = f"fleet {number}"
        asked = fleets.make(self.world, dice)
        self.caught_up()
        for step in range(verbs):
            rows = Rows(self.world.registry)
            verb = next((verb for verb in (maker.verb(rows) for _ in range(300)) if only in ("", verb.name)), maker.verb(rows))
            self.at = f"fleet {number}, verb {step}, '{verb}'"
            if verb.content:
                self.at += f" ({verb.content if len(verb.content) < 200 else verb.content[-100:]!r})"
            if dice.random() < 0.15:
                self.try_stale(verb, dice)
                self.caught_up()
            self.tally["verbs"] += 1
            self.try_verb(verb, asked, dice, maker)


def check_verbs(guard):
    """The model knows all verbs that there are."""
    guard.at = "windsock --help"
    there = verbs_of_help(lambda *words: run(BUILD / "windsock", *words).stdout)
    made = made_verbs(Maker(random.Random(1), guard.world))
    for verb in sorted(set(there) - made - READING - SELDOM):
        guard.fault(f"this model does not know '{verb}'")
    return {verb: options for verb, options in there.items() if verb in made | SELDOM}


SELDOM = {"tsig set"}  # changes no answer


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true", help="few fleets, for CI")
    options.add_argument("--fleets", type=int, default=80)
    options.add_argument("--verbs", type=int, default=9, help="of each fleet")
    options.add_argument("--first", type=int, default=0, help="the first fleet")
    options.add_argument("--options", type=int, default=1000, help="of verbs, with which the hash is tried")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", metavar="VERB", help="'pool add', say, as far as it can be made")
    options.add_argument("--stop", action="store_true", help="at the first fault, as for code that was broken on purpose")
    options = options.parse_args()
    if options.slice:
        options.fleets, options.options = min(options.fleets, 5), min(options.options, 8)
    world = World().init()
    try:
        world.windsock("zone", "add", fleets.ZONES[0], "--ns", "ns.elsewhere.test")
        world.start_dnsd("--udp-workers", 1, "--telemetry", "none")
        guard = Guard(world, options.seed)
        option_words.check(guard, check_verbs(guard), random.Random(options.seed), options.options)
        for number in range(options.first, options.first + options.fleets):
            if not (options.stop and guard.faults):
                guard.live(number, options.verbs, options.only)
        guard.clients.close()
        guard.many.close()
    finally:
        world.close()
    t = guard.tally
    deviation = t["squares"] / max(1, t["squared"])  # about 1, or less, where nothing but chance is in it
    if t["squared"] >= 30 and deviation > 1 + 4 * math.sqrt(2 / t["squared"]):
        guard.at = "all"
        guard.fault(f"parts of answers are off: the mean square is {deviation:.2f} of what chance makes")
    print(f"{options.fleets} fleets, {t['verbs']} verbs of {len({k for k, _ in guard.kinds})} kinds: {t['done']} done, {t['refused']} refused "
          f"({t['harmful']} had to be), {t['impossible']} impossible; {t['pools']} pools, {t['names']} lost names, {t['stranded']} stranded "
          f"releases and {t['shares']} parts of answers (their deviation {deviation:.2f} of chance's) were as planned, or not; {t['applied']} lines applied; {t['options']} other options, {t['others']} other changes and "
          f"{t['stale']} stale plans refused: {len(guard.faults)} faults")
    print("guards and plans are true to clients" if not guard.faults else "guards and plans are NOT true to clients")
    return 1 if guard.faults or t["done"] == 0 or t["refused"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
