# SPDX-License-Identifier: BSD-2-Clause
"""What `windsock plan` said, held against two pictures of what is answered."""
import math

from fleet import INCLUDE


def pool_of(plan, label):
    return next((pool for pool in plan["pools"] if pool["label"] == label), None)


def best_zone(change, label):
    """A zone in which the label is answered as pools are; None."""
    return next((z for z in change.before.rows.zones if z in change.after.rows.zones and (label, z) in change.before.pools
                 and not any((z, owner, type) in rows.records for rows in (change.before.rows, change.after.rows)
                             for owner, type in ((z, 39), (f"{label}.{z}", 2), (f"{label}.{z}", 5)))
                 and f"{label}.{z}" not in change.before.rows.zones + change.after.rows.zones), None)


def ttl(picture, label, zone):
    return next((answer[1] for answer in picture.pools[label, zone].values() if answer[1] is not None), None)


def members(change, plan, tally):
    """Members, who comes and goes, TTLs, and that what changes is said to."""
    faults = []
    for said in plan["pools"]:
        label = said["label"]
        zone = best_zone(change, label)
        if zone is None or (said["before"] is None and said["after"] is None):
            continue
        tally["pools"] += 1
        was, is_ = change.before.relays(label, zone), change.after.relays(label, zone)
        come, go = ({r["relay"] for r in said[way]} for way in ("in", "out"))
        plain = change.is_plain(label, zone)
        for side, got in (("before", was), ("after", is_)):
            if said[side] is None:
                continue
            count = said[side]["members"]
            if len(got) > count or (plain and len(got) != count):
                faults.append(f"{label}: {count} members {side}, found {got}")
            said_ttl, answered = said[side]["ttl"], ttl(change.before if side == "before" else change.after, label, zone)
            if answered is not None and answered != said_ttl:
                faults.append(f"{label}: TTL {said_ttl} {side}, found {answered}")
        known = said["before"] is not None or said["after"] is not None
        if plain and known and said["before"] is not None and said["after"] is not None and (come, go) != (is_ - was, was - is_):
            faults.append(f"{label}: in {come}, out {go}; found {was} -> {is_}")
        if (come & was and said["before"] is not None) or (go & is_ and said["after"] is not None):
            faults.append(f"{label}: in {come}, out {go}; but found {was} -> {is_}")
        if plain and not said["changed"] and change.before.pools[label, zone] != change.after.pools[label, zone]:
            faults.append(f"{label}: said not to change; found {change.before.pools[label, zone][0]} -> {change.after.pools[label, zone][0]}")
        moved = {m["relay"]: (m["from"], m["to"]) for m in said["addresses"]}
        for name in was & is_ if plain else ():
            old, new = (picture.rows.relays[name].addresses for picture in (change.before, change.after))
            if (moved.get(name) if old != new else None) != ((old, new) if old != new else None):
                faults.append(f"{label}: {name} has {old} -> {new}, said is {moved.get(name)}")
    return faults


def words(change, plan, text):
    """The sums in words, as far as there is a text."""
    if text is None:
        return []
    faults = []
    changed = sum(pool["changed"] for pool in plan["pools"])
    if f"{changed} of {len(plan['pools'])} pools change" not in text:
        faults.append(f"{changed} of {len(plan['pools'])} pools change, by --json; in words: {text}")
    if ("no client is stranded" in text) != (not plan["harmful"] and plan["doubt"] is None):
        faults.append(f"harmful {plan['harmful']}, doubt {plan['doubt']}; in words: {text}")
    if "no client is stranded" in text and change.must_be_refused():
        faults.append(f"no client is stranded, it says, but {change.must_be_refused()}")
    return faults


def names(change, plan, tally):
    """Zones, pools' names, hosts and static names that go."""
    faults = []

    def same(what, found, all_of_it=True):
        said = plan[what]
        tally["names"] += len(found)
        if said["count"] < len(found) or (all_of_it and said["count"] != len(found)) or (
                said["count"] <= 5 and not set(found) <= set(said["first"])) or (all_of_it and not set(said["first"]) <= set(found)):
            faults.append(f"{what} {said}, found {sorted(found)}")
    same("zones_lost", set(change.zones_gone))
    if not change.verb.alone:
        same("hosts_lost", change.hosts_lost())
    hidden = {f"{label}.{zone}" for label, zone in change.before.pools if zone in change.before.rows.zones and zone in change.after.rows.zones
              and label in change.before.rows.pools and label in change.after.rows.pools
              and change.before.union(label, zone) and not change.after.union(label, zone)
              and best_zone(change, label) and change.after.union(label, best_zone(change, label))}
    same("names_lost", hidden, all_of_it=False)
    same("static_lost", {name for name, _ in change.static_lost() if name not in change.verb.alone}, all_of_it=False)
    return faults


def stranded(change, plan, tally):
    """Each release that is said to be stranded is, in some network; and each that is, is said to be."""
    said = {(s["product"], s["version"], s["label"]) for s in plan["stranded"]}
    zones = change.zones_gone
    if zones:
        return []
    tally["stranded"] += len(said)
    faults = []
    truly = change.stranded(True) | change.stranded(False) | change.newcomers()
    lost = plan["names_lost"]  # those who ask for a name that is answered no more are told of by that name
    missed = {s for s in change.stranded() - said if not any(name.startswith(f"{s[2]}.") for name in lost["first"])}
    if missed and lost["count"] == len(lost["first"]):
        faults.append(f"stranded {said}, found {change.stranded()}")
    # what an operator says of a relay in a pool is no word about the answer of its successor in a brownout, nor the other way
    doubted = {s for s in said if change.in_brownout(s[2]) and any(
        (pool == s[2] or pool in change.was.chain(s[2]) + change.is_.chain(s[2])) and verdict == INCLUDE
        for (pool, _), verdict in [*change.before.rows.rules.items(), *change.after.rows.rules.items()])}
    if not said - doubted <= truly and not change.may_be_unseen():
        faults.append(f"stranded {said}, found only {truly}")
    return faults


class Shares:
    """Parts of a pool's answers, counted over many networks."""

    def __init__(self, clients, label, zone):
        self.clients, self.label, self.zone, self.families = clients, label, zone, {}

    def count(self, rows):
        """{relay: (its part, the part's standard error)}: of each network's answers to A and AAAA, as far as there are any."""
        sums, asked = {}, 0  # of each relay's parts, and of their squares
        for network in range(len(self.clients.sockets)):
            got = [answer[0] for answer in self.clients.ask(network, [(f"{self.label}.{self.zone}", type) for type in (1, 28)]) if answer[0]]
            asked += bool(got)
            parts = {}
            for answer in got:
                for address in answer:
                    name = rows.owner[address].name if address in rows.owner else "?"
                    parts[name] = parts.get(name, 0) + 1 / len(answer) / len(got)
            for name, part in parts.items():
                one, two = sums.get(name, (0, 0))
                sums[name] = one + part, two + part * part
        return {name: (one / asked, math.sqrt(max(two / asked - (one / asked) ** 2, 0) / asked)) for name, (one, two) in sums.items()}

    def compare(self, said, field, found, tally):
        """What a plan says a relay gets today, against what it got."""
        faults = []
        networks = len(self.clients.sockets)
        for share in said["shares"]:
            part, error = found.get(share["relay"], (0, 0))
            tally["shares"] += 1
            error = max(error, math.sqrt(max(share[field] * (1 - share[field]), 0) / networks / 25))
            most = 4.5 * error + 0.004 if found.get(share["relay"]) else 12 / networks
            if 0.05 < part < 0.95:
                tally["squares"] += ((part - share[field]) / (error + 0.001)) ** 2
                tally["squared"] += 1
            if abs(part - share[field]) > most:
                faults.append(f"{self.label}: {share['relay']} has {100 * share[field]:.2f} % ({field}) by the plan; found {100 * part:.2f} % "
                              f"(+/- {100 * most:.2f}); {share}")
        return faults
