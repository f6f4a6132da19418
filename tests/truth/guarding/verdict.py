# SPDX-License-Identifier: BSD-2-Clause
"""What became of clients between two pictures, by the answers, and by what releases and relays are known to speak. Windsock's
own words are not asked."""
from asking import TXT
from fleet import DOWN, EMPTY, INCLUDE, RETIRED, SUCCESSOR, of_families

DNAME = 39
FAMILIES = {0: {4}, 1: {6}, 2: {4, 6}}
PING = ["ping-1.0", "head-1.0", "head-ping-1.1", "get-ping-1.1", "get-ping-1.0"]


class Truth:
    """What relays can do, by one picture's rows."""

    def __init__(self, rows):
        self.rows = rows

    def seen(self, relay):
        return self.rows.observations.get(relay.name)

    def tls(self, relay):
        seen = self.seen(relay)
        return seen.tls if seen and seen.tls else relay.tls

    def is_observed(self, relay):
        seen = self.seen(relay)
        return bool(seen and seen.tls)

    def is_down(self, relay, address):
        seen = self.seen(relay)
        return bool(seen and (seen.health == DOWN or address in seen.down.split()))

    def hears(self, relay, release):
        seen = self.seen(relay)
        return not (seen and seen.pings) or PING[release.ping] in seen.pings.split()

    def chain(self, label):
        """The pools whose relays the label's clients may be given: its own, and successors as far as they answer."""
        labels, at = [], label
        while at in self.rows.pools and at not in labels:
            labels.append(at)
            pool = self.rows.pools[at]
            at = pool.successor if pool.brownout or (pool.state == RETIRED and pool.tombstone == SUCCESSOR) else None
        return labels

    def is_included(self, label, relay):
        """By the operator, who may know better than what --tls says."""
        return any(self.rows.rules.get((pool, relay.name)) == INCLUDE for pool in self.chain(label) or self.rows.pools)

    def speaks(self, label, release, relay):
        trusted = self.is_included(label, relay) and not self.is_observed(relay)
        return trusted or bool(release.tls & self.tls(relay))

    def usable(self, label, release, addresses, at_once):
        """Those of the addresses that a client of the release can use: today, or whenever nothing looks down."""
        return {a for a in of_families(" ".join(addresses), FAMILIES[release.families]) if a in self.rows.owner
                and not (at_once and self.is_down(self.rows.owner[a], a)) and self.speaks(label, release, self.rows.owner[a])
                and self.hears(self.rows.owner[a], release)}

    def is_well(self, label, address):
        relay = self.rows.owner.get(address)
        heard = relay and (self.is_included(label, relay) or all(self.hears(relay, r) for r in self.rows.releases if label in r.pools.split()))
        return bool(relay and not self.is_down(relay, address) and relay.weight > 0 and heard)

    def needs(self, pool):
        return [pool.tls] if pool.tls else [r.tls for r in self.rows.asking(pool)]


class Change:
    """Two pictures, and who asked lately."""

    def __init__(self, before, after, asked, verb):
        self.before, self.after, self.asked, self.verb = before, after, asked, verb
        self.was, self.is_ = Truth(before.rows), Truth(after.rows)
        self.releases = {(r.product, r.version): r for r in before.rows.releases}
        self.later = {(r.product, r.version): r for r in after.rows.releases}
        self.zones_gone = [z for z in before.rows.zones if z not in after.rows.zones]
        self.looked_up = {label for r in before.rows.releases for label in r.pools.split()}

    def is_watched(self, zone):
        """Whether what happens to pools in a zone counts: a zone that goes counts if somebody asked in it."""
        return zone not in self.zones_gone or zone in self.asked.zones

    def is_asked(self, label):
        return label in self.looked_up or label in self.before.rows.pools or label in self.asked.labels

    def labels(self):
        return [(label, zone) for label, zone in self.before.pools if self.is_asked(label) and zone in self.before.rows.zones]

    def distinct(self, picture, label, zone):
        return len(set(picture.given(label, zone).values()))

    def in_brownout(self, label):
        parts = [rows.pools[label].brownout for rows in (self.before.rows, self.after.rows) if label in rows.pools]
        return any(0 < part < 100 for part in parts)

    def is_plain(self, label, zone):
        """Whether each network's loss is the pool's doing, and not that another selection was dealt to it."""
        most = 2 if self.in_brownout(label) else 1
        return not any(self.distinct(picture, label, zone) > most or self.is_full(picture, label, zone)
                       for picture in (self.before, self.after))

    @staticmethod
    def is_full(picture, label, zone):
        """Whether an answer holds as many addresses as any of the pools that it may come from lets it, so that there may be
        others."""
        pools = [picture.rows.pools[other] for other in Truth(picture.rows).chain(label)] or picture.rows.pools.values()
        most = min((pool.answers for pool in pools), default=25)
        return any(len(addresses) >= most for answer in picture.pools[label, zone].values() for addresses in answer[0].values())

    def may_be_unseen(self):
        """Whether some pool that cannot give out all of its relays may have one that so few networks are given that none of
        those that were asked is among them; or nobody is answered at all, for want of a zone."""
        if not (self.before.rows.zones and self.after.rows.zones):
            return True
        light = any(relay.weight <= 1 for picture in (self.before, self.after) for relay in picture.rows.relays.values())
        return light and any(self.is_full(picture, *name) for picture in (self.before, self.after) for name in picture.pools)

    def is_sampled(self, label, zone):
        """Whether so few networks were asked in the zone, of all that were, that what none of them is given proves nothing."""
        return any(len(picture.given(label, zone)) < max(len(picture.given(label, z)) for z in picture.rows.zones)
                   for picture in (self.before, self.after) if zone in picture.rows.zones)

    def groups(self, label, zone, each):
        """Pairs of answers before and after: of each network, or of all together."""
        was, is_ = self.before.given(label, zone), self.after.given(label, zone)
        if each:
            return {(was[n], is_[n]) for n in was}
        return {(frozenset().union(*was.values()), frozenset().union(*is_.values()))}

    # What got worse. EACH: of any network.

    def stranded(self, each=None):
        """{(product, version, label)}: had a usable relay, be it one that looked down, and has none; or had an answer, and has
        none. By pairs of networks' answers where the pools are plain, and of all networks else, unless EACH says that any
        network counts."""
        found = set()
        for label, zone in self.labels():
            if not self.is_watched(zone):
                continue
            plain = self.is_plain(label, zone)
            if each is None and not plain and (self.in_brownout(label) or self.is_sampled(label, zone)):
                continue
            for was, is_ in self.groups(label, zone, plain if each is None else each):
                for key, release in self.releases.items():
                    if label in release.pools.split() and (bool(was) > bool(is_) or self.loses(label, key, was, is_)):
                        found.add((*key, label))
        return found

    def loses(self, label, key, was, is_):
        """Whether the release found one and finds none, as it was, or as it is said to be now: today, or in the end."""
        release = self.releases[key]
        traits = [release] + ([self.later[key]] if key in self.later else [])
        return any(self.was.usable(label, release, was, at_once) and not self.is_.usable(label, now, is_, at_once)
                   for now in traits for at_once in (True, False))

    def silenced(self):
        """Labels that clients ask for, answered before and not after: {(label, zone)}."""
        found = set()
        for label, zone in self.labels():
            for was, is_ in self.groups(label, zone, True):
                if was and not is_ and self.is_watched(zone):
                    found.add((label, zone))
        return found

    def hosts_lost(self):
        """Hosts that are answered no more, or in whose place a pool is now."""
        def is_pools(rows, name):
            label, zone = name.split(".", 1)
            return label in rows.pools and zone in rows.zones
        return {name for name, addresses in self.before.hosts.items() if addresses and not is_pools(self.before.rows, name)
                and (not self.after.hosts.get(name) or is_pools(self.after.rows, name))}

    def static_lost(self):
        """Static data whose rows stand as they did, and that is answered no more."""
        found = set()
        for (name, type), data in self.before.static.items():
            zone = next((z for z in self.before.rows.zones if (z, name, type) in self.before.rows.records), None)
            if zone is None or (type != TXT and name[:-len(zone) - 1] in self.before.rows.pools):
                continue  # what was answered was the pool's
            if data and not data <= self.after.static.get((name, type), frozenset()) and (zone, name, type) in self.after.rows.records:
                found.add((name, type))
        return found

    def newcomers(self):
        """Releases that begin to look a label up, which clients ask for, and find nothing there that they can use, or get a
        relay that speaks none of their TLS."""
        found = set()
        for key, release in self.later.items():
            before = self.releases.get(key)
            for label in release.pools.split():
                if (before is None or label not in before.pools.split()) and self.is_asked(label):
                    zone = next((z for z in self.after.rows.zones if (label, z) in self.after.pools), None)
                    if zone and (not self.is_.usable(label, release, self.after.union(label, zone), True) or self.foreign(
                            release, self.after.union(label, zone))):
                        found.add((*key, label))
        return found

    def foreign(self, release, addresses):
        """Those given now whose relays speak none of the release's TLS."""
        return {a for a in addresses if a in self.after.rows.owner and self.is_.tls(self.after.rows.owner[a])
                and not release.tls & self.is_.tls(self.after.rows.owner[a])}

    def misled(self):
        """Releases that are given a relay that speaks none of their TLS, and that was not so before."""
        found = set()
        for label, zone in self.labels():
            for key, release in self.releases.items():
                if label not in release.pools.split() or zone not in self.after.rows.zones:
                    continue
                for now in [release] + ([self.later[key]] if key in self.later else []):
                    for was, is_ in self.groups(label, zone, self.in_brownout(label)):
                        if any(self.newly_foreign(address, release, was) for address in self.foreign(now, is_)):
                            found.add((*key, label))
        return found

    def newly_foreign(self, address, release, was):
        """Whether an address that is foreign now was not given before, or not foreign."""
        relay = self.before.rows.owner.get(address)
        return not (address in was and relay and self.was.tls(relay) and not release.tls & self.was.tls(relay))

    def weakened(self):
        """Labels of which a relay looked well, and none does."""
        found = set()
        for label, zone in self.labels():
            for was, is_ in self.groups(label, zone, True) | self.groups(label, zone, False):
                if any(self.was.is_well(label, a) for a in was) and is_ and not any(self.is_.is_well(label, a) for a in is_):
                    found.add(label)
        return found

    def forgotten(self):
        """Pools that somebody asked for, and that are gone, answer nothing by order, or need less."""
        found = set()
        for label, pool in self.before.rows.pools.items():
            later = self.after.rows.pools.get(label)
            if label not in self.asked.pools | self.asked.labels:
                continue
            if later is None or (later.state == RETIRED and later.tombstone == EMPTY and pool.state != RETIRED):
                found.add(label)
            elif any(not any(other & ~need == 0 for other in self.is_.needs(later)) for need in self.was.needs(pool)):
                found.add(label)
        return found

    def names_hidden(self):
        """Pools' names at which a new zone or delegation stands, or that are renamed, whatever the pool gives out today."""
        def cuts(rows):
            return set(rows.zones) | {owner for zone, owner, type in rows.records if type == 2 and owner != zone}
        def renamed(rows):
            return {zone for zone, owner, type in rows.records if type == DNAME and owner == zone}
        new = cuts(self.after.rows) - cuts(self.before.rows) | (renamed(self.after.rows) - renamed(self.before.rows))
        return {f"{label}.{zone}" for label in self.before.rows.pools for zone in self.before.rows.zones
                if zone in self.after.rows.zones and any(f".{label}.{zone}".endswith("." + cut) for cut in new)}

    def zones_lost(self):
        return {zone for zone in self.zones_gone if zone in self.asked.zones}

    def named(self):
        """What a verb refuses by its own rule: a pool that releases look up; a relay that goes and at which hosts point; what a
        file or a revert makes of a signed zone, of whose parent they know nothing."""
        if self.verb.name == "pool remove" and self.verb.words[2] in self.looked_up:
            return {self.verb.words[2]}
        if self.verb.name in ("import", "revert"):
            unsigned = {zone for zone, signed in self.before.rows.signed.items() if self.after.rows.signed.get(zone) != signed}
        else:
            unsigned = set()
        gone = {a for name, r in self.before.rows.relays.items() if name not in self.after.rows.relays for a in r.addresses.split()}
        return unsigned | {h.name for h in self.after.rows.hosts.values() if set(h.addresses.split()) & gone}

    def worse(self):
        """All that a refusal may be for, by kind."""
        kinds = {"stranded": self.stranded(True) | self.stranded(False), "silenced": self.silenced(), "hosts": self.hosts_lost(),
                 "hidden": self.static_lost(), "newcomers": self.newcomers(), "misled": self.misled(), "weakened": self.weakened(),
                 "forgotten": self.forgotten(), "zones": self.zones_lost(), "named": self.named(),
                 "names": self.names_hidden()}
        return {kind: found for kind, found in kinds.items() if found}

    def must_be_refused(self):
        """What no verb may do without --force, by kind."""
        hosts = {h for h in self.hosts_lost() if h not in self.verb.alone}
        hidden = {name for name in self.static_lost() if name[0] not in self.verb.alone}
        silenced = {(label, zone) for label, zone in self.silenced() if self.counts_silence(label)}
        kinds = {"stranded": self.stranded(), "silenced": silenced, "hosts": hosts, "hidden": hidden, "zones": self.zones_lost(),
                 "forgotten": {label for label in self.forgotten() if label not in self.after.rows.pools}, "named": self.named(),
                 "misled": self.misled_members()}
        return {kind: found for kind, found in kinds.items() if found}

    def counts_silence(self, label):
        """A pool that goes, or that is to answer nothing, is the operator's to end where nobody asks."""
        later = self.after.rows.pools.get(label)
        ended = later is None or (later.state == RETIRED and later.tombstone == EMPTY)
        return not ended or label in self.asked.pools or label in self.looked_up or label in self.asked.labels

    def misled_members(self):
        """Those misled by a relay that was included without anybody's better knowledge."""
        if self.verb.name != "pool include" or "--note" in self.verb.words:
            return set()
        label, name = self.verb.words[2:4]
        relay = self.after.rows.relays.get(name)
        pool = self.after.rows.pools.get(label)
        if not relay or not pool or pool.state == RETIRED or (label, name) in self.before.rows.rules:
            return set()
        mine = set(relay.addresses.split())
        return {(*key, label) for key, release in self.releases.items() if label in release.pools.split() and not
                any(mine & self.before.union(label, z) for z in self.before.rows.zones) and any(
                    mine & self.after.union(label, z) for z in self.after.rows.zones) and self.is_.tls(relay)
                and not release.tls & self.is_.tls(relay)}


__all__ = ["Change", "Truth"]
