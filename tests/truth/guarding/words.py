# SPDX-License-Identifier: BSD-2-Clause
"""Verbs with random words, and other words that nearly are the same."""
import json
import re

import fleets

READING = {"backup", "restore", "zone list", "zone show", "zone check", "zone export", "record list", "relay list", "relay show", "relay hosts", "relay preflight", "pool list",
           "pool show", "pool explain", "pool holdouts", "release list", "release show", "account list", "account show",
           "host list", "host show", "tsig list", "tsig show", "secondary list", "dnssec ds", "dnssec status", "status", "check", "coverage",
           "log", "forecast", "export", "config check", "simulate", "init", "complete", "plan", "examples", "version"}
ALONE = {"import", "revert"}  # nouns that are verbs
FORCE = ("--force", "--reason", "the model")


class Verb:
    """What is typed. CONTENT: of the file that is named last, or of standard input."""

    def __init__(self, *words, content=None, alone=()):
        self.words, self.content = [str(word) for word in words], content
        self.name = self.words[0] if self.words[0] in ALONE else " ".join(self.words[:2])
        self.alone = alone  # names that the words take away, which is no surprise

    def __repr__(self):
        return " ".join(self.words)


class Maker:
    """Makes verbs for a fleet as its rows are."""

    def __init__(self, dice, world):
        self.dice, self.world, self.file = dice, world, world.dir / "file"

    def verb(self, rows):
        """Any verb: each as likely, whatever its number of forms; or one that is aimed at what could hurt."""
        self.rows = rows
        if self.dice.random() < 0.45:
            return self.aimed()
        makers = [name for name in dir(self) if re.match("(pool|relay|release|zone|record|host|account|other)_", name)]
        heavy = [name for name in makers if not name.startswith("other_")] * 3
        while True:
            made = getattr(self, self.dice.choice(makers + heavy))()
            if made is not None:
                return made

    # What the words are of.

    def one(self, of, otherwise):
        return self.dice.choice(sorted(of)) if of else otherwise

    def pool(self):
        return self.one(self.rows.pools, "frontends")

    def relay(self):
        return self.one(self.rows.relays, "r0")

    def zone(self):
        return self.one(self.rows.zones, fleets.ZONES[0])

    def host(self):
        return self.one(self.rows.hosts, f"h9.{fleets.ZONES[0]}")

    def new_addresses(self):
        return [x for a in fleets.addresses(self.dice, self.dice.randrange(10, 99)) for x in ("--address", a)]

    def fields_of_pool(self):
        dice = self.dice
        return dice.choice([
            ("--tls", dice.choice(fleets.RANGES + ["none"])), ("--tls", dice.choice(fleets.RANGES + ["none"])),
            ("--ttl", dice.choice([30, 300, 900])), ("--answers", dice.choice([1, 2, 8])), ("--size", dice.choice([0, 1, 2])),
            ("--least", dice.choice([1, 3])), ("--open-below", dice.choice([0, 60])), ("--note", "it's so"),
            ("--successor", self.pool()), ("--ttl", 120, "--size", 1)])

    def needed(self):
        """A relay in service, of those that the fewest others can stand in for."""
        serving = [r for r in self.rows.relays.values() if r.state == 2]
        tls = {r.name: self.rows.speaks(r) for r in serving}
        rank = sorted(serving, key=lambda r: (min((sum(bool(tls[o.name] & p.tls) for o in serving) for p in self.rows.releases if p.tls & tls[r.name]),
                                                  default=99), r.name))
        return self.dice.choice(rank[:2]).name if rank else "r0"

    def strange(self):
        """A pool, and a relay that speaks nothing that one of its releases does."""
        pairs = [(label, r.name) for p in self.rows.releases for label in p.pools.split() for r in self.rows.relays.values()
                 if label in self.rows.pools and r.state == 2 and not p.tls & self.rows.speaks(r)]
        return self.dice.choice(pairs) if pairs else (self.pool(), self.relay())

    def aimed(self):
        dice, zone = self.dice, self.zone()
        few = [p.label for p in self.rows.pools.values() if p.answers < 4] or [self.pool()]
        return dice.choice([
            lambda: Verb("relay", "drain", self.needed()), lambda: Verb("relay", "remove", self.needed()),
            lambda: Verb("relay", "set", self.needed(), "--state", "out"), lambda: Verb("relay", "set", self.needed(), "--tls", "1.3"),
            lambda: Verb("relay", "set", self.needed(), "--weight", dice.choice([0, 400])), lambda: Verb("pool", "exclude", self.pool(), self.needed()),
            lambda: Verb("pool", "include", *self.strange()), lambda: Verb("pool", "include", *self.strange(), "--note", "it can"),
            lambda: Verb("pool", "add", dice.choice(["www", "h0", "h1", "fe4_100", "fe4_110"]), "--tls", dice.choice(fleets.RANGES)),
            lambda: Verb("pool", "remove", self.pool()), lambda: Verb("pool", "retire", self.pool(), "--tombstone", "empty"),
            lambda: Verb("pool", "retire", self.pool(), "--successor", self.pool()), lambda: Verb("pool", "set", self.pool(), "--tls", dice.choice(fleets.RANGES)),
            lambda: Verb("pool", "brownout", dice.choice(few), "--percent", dice.choice([50, 100]), "--for", "2h", "--to", self.pool()),
            lambda: Verb("pool", "set", self.pool(), "--answers", 1, "--note", "few"), lambda: Verb("relay", "resume", self.relay()),
            lambda: Verb("zone", "remove", zone), lambda: Verb("zone", "add", f"{dice.choice(['deep', 'www', self.pool()])}.{zone}", "--ns", "ns.elsewhere.test"),
            lambda: Verb("account", "set", dice.choice(["one", "two"]), "--suspended", "yes"), self.release_remove, self.zone_import])() or self.pool_set()

    # Pools.

    def pool_add(self):
        label = self.dice.choice(fleets.LABELS + fleets.UNDEFINED + ["www", "fe4_130", "h0", "h1", "cut", "new"])
        return Verb("pool", "add", label, *self.fields_of_pool())

    def pool_set(self):
        return Verb("pool", "set", self.pool(), *self.fields_of_pool())

    def pool_remove(self):
        return Verb("pool", "remove", self.pool())

    def pool_include(self):
        note = self.dice.choice([(), ("--note", "it can")])
        return Verb("pool", "include", self.pool(), self.relay(), *note)

    def pool_exclude(self):
        return Verb("pool", "exclude", self.pool(), self.relay(), *self.dice.choice([(), ("--note", "no")]))

    def pool_unrule(self):
        if not self.rows.rules:
            return None
        return Verb("pool", "unrule", *self.dice.choice(sorted(self.rows.rules)))

    def pool_freeze(self):
        return Verb("pool", "freeze", self.pool())

    def pool_thaw(self):
        return self.of_state("thaw", (1, 2))

    def pool_revive(self):
        return self.of_state("revive", (3,))

    def of_state(self, verb, states):
        some = [p.label for p in self.rows.pools.values() if p.state in states]
        return Verb("pool", verb, self.dice.choice(some)) if some else None

    def pool_shrink(self):
        return Verb("pool", "shrink", self.pool(), "--from", self.dice.choice([4, 5]), "--to", self.dice.choice([1, 2]), "--by",
                    self.dice.choice(["2099-06-30", "2031-01-01"]))

    def pool_retire(self):
        dice = self.dice
        return Verb("pool", "retire", self.pool(), *dice.choice([
            ("--tombstone", "empty"), (), ("--tombstone", "members"), ("--successor", self.pool()),
            ("--successor", self.pool(), "--tombstone", "successor")]))

    def pool_brownout(self):
        some = [p.label for p in self.rows.pools.values() if p.brownout]
        if some and self.dice.random() < 0.4:
            return Verb("pool", "brownout", self.dice.choice(some), "--end")
        return Verb("pool", "brownout", self.pool(), "--percent", self.dice.choice([40, 60, 100]), "--for",
                    self.dice.choice(["2h", "90m", "3d"]), "--to", self.pool())

    # Relays.

    def fields_of_relay(self):
        dice = self.dice
        return dice.choice([
            ("--tls", dice.choice(fleets.RANGES)), ("--weight", dice.choice([0, 1, 100, 400])), ("--note", ""),
            ("--state", dice.choice(["service", "draining", "out", "testing"])), tuple(self.new_addresses()), ("--port", 8443),
            ("--tls", "1.2", "--weight", 70), ("--allow-private", "yes")])

    def relay_add(self):
        name = self.dice.choice([f"r{i}" for i in range(9)])
        return Verb("relay", "add", name, *self.new_addresses(), "--tls", self.dice.choice(fleets.RANGES), "--weight",
                    self.dice.choice([50, 100]))

    def relay_set(self):
        return Verb("relay", "set", self.relay(), *self.fields_of_relay())

    def relay_drain(self):
        return Verb("relay", "drain", self.relay())

    def relay_resume(self):
        some = [r.name for r in self.rows.relays.values() if r.state != 2]
        return Verb("relay", "resume", self.dice.choice(some)) if some else None

    def relay_remove(self):
        return Verb("relay", "remove", self.relay())

    # Releases.

    def line_of_release(self):
        dice = self.dice
        return (f'release product=p version={dice.randrange(8)} pools={dice.choice(fleets.LABELS + ["www"])} '
                f"tls={dice.choice(fleets.RANGES)} families={dice.choice(['4', '46'])}\n")

    def release_add(self):
        return Verb("release", "add", "p", self.dice.randrange(9), "--pool", self.dice.choice(fleets.LABELS + ["www", "h1"]), "--tls",
                    self.dice.choice(fleets.RANGES), "--families", self.dice.choice(["4", "46"]), "--ping",
                    self.dice.choice(fleets.PINGS))

    def release_set(self):
        dice = self.dice
        release = dice.choice(self.rows.releases) if self.rows.releases else None
        return Verb("release", "set", release.product, release.version, *dice.choice([
            ("--tls", dice.choice(fleets.RANGES)), ("--pool", dice.choice(fleets.LABELS)), ("--families", dice.choice(["4", "46"])),
            ("--ping", dice.choice(fleets.PINGS)), ("--clients", 9)])) if release else None

    def release_remove(self):
        release = self.dice.choice(self.rows.releases) if self.rows.releases else None
        return Verb("release", "remove", release.product, release.version) if release else None

    def release_import(self):
        return Verb("release", "import", self.file, content=self.line_of_release())

    # Zones.

    def zone_add(self):
        zone = self.dice.choice(["fourth.test", f"new.{fleets.ZONES[0]}", f"deep.{fleets.ZONES[0]}", f"h1.{fleets.ZONES[0]}",
                                 f"www.{fleets.ZONES[1]}", f"{self.pool()}.{fleets.ZONES[1]}", fleets.ZONES[2], "test"])
        return Verb("zone", "add", zone, "--ns", f"ns.elsewhere.test{self.dice.choice(['', '', '.'])}", "--ttl", self.dice.choice([60, 300]))

    def zone_remove(self):
        return Verb("zone", "remove", self.zone())

    def zone_import(self):
        dice, zone = self.dice, self.zone()
        if zone not in self.rows.zones:
            return None
        lines = self.world.windsock("zone", "export", zone).stdout.splitlines()
        gone = ()
        if dice.random() < 0.3:
            index = dice.randrange(len(lines))
            if " SOA " not in lines[index].replace("\t", " ") and not re.match(rf"{re.escape(zone)}\.\s", lines[index]):
                gone = (re.split(r"\s", lines[index])[0].rstrip("."),)
                del lines[index]
        owner = self.owner()
        lines.append(dice.choice([
            f"{owner}.{zone}. 60 IN NS ns.elsewhere.test.", f"{owner}.{zone}. 60 IN NS ns.elsewhere.test.",
            f"{zone}. 60 IN DNAME {dice.choice(fleets.ZONES + ['elsewhere.test'])}.", f"{owner}.{zone}. 60 IN CNAME www.{zone}.",
            f"{owner}.{zone}. 60 IN DNAME {dice.choice(fleets.ZONES)}.", f"{owner}.{zone}. 60 IN A 192.0.2.252",
            f"new.{zone}. 60 IN TXT new", f"{owner}.{zone}. 60 IN TXT mine"]))
        return Verb("zone", "import", zone, self.file, content="\n".join(lines) + "\n", alone=gone)

    def zone_set(self):
        return Verb("zone", "set", self.zone(), *self.dice.choice([("--ttl", 70), ("--minimum", 70), ("--primary", "ns.new.test")]))

    def record_add(self):
        return Verb("record", "add", self.zone(), self.owner(), *self.data(), *self.dice.choice([(), ("--ttl", 80)]))

    def record_set(self):
        owner, zone = self.owner(), self.zone()
        return Verb("record", "set", zone, owner, *self.data(), alone=(f"{owner}.{zone}",))

    def record_remove(self):
        owner, zone = self.dice.choice(["www", "new", "deep", "cut"]), self.zone()
        return Verb("record", "remove", zone, owner, self.dice.choice(["A", "NS", "TXT"]), alone=(f"{owner}.{zone}",))

    def owner(self):
        return self.dice.choice(["new", "deep", "h1", "h2.deep", "www", self.pool(), "cut", "fe4_110"])

    def data(self):
        return self.dice.choice([("NS", "ns.elsewhere.test"), ("NS", "ns.elsewhere.test"), ("CNAME", f"www.{self.zone()}"),
                                 ("DNAME", self.dice.choice(fleets.ZONES)), ("A", "192.0.2.252"), ("TXT", "mine")])

    # Hosts and accounts.

    def host_add(self):
        name = self.dice.choice(["h1", "h5", "h6.deep", "www", "cut", "x.cut"])
        return Verb("host", "add", f"{name}.{self.zone()}", "--address", "192.0.2.210", "--ttl", 120, "--account", "one")

    def host_set(self):
        name = self.host()
        return Verb("host", "set", name, *self.dice.choice([
            ("--address", "192.0.2.211"), ("--ttl", 30), ("--suspended", "yes"), ("--suspended", "no"), ("--account", "two"),
            ("--quota-kb", 7), ("--quota-days", 3), ("--quota-conns", 2)]), alone=(name,))

    def host_remove(self):
        name = self.host()
        return Verb("host", "remove", name, alone=(name,))

    def host_import(self):
        name = self.host()
        return Verb("host", "import", self.file, content=f"{name}\t192.0.2.{self.dice.randrange(212, 230)}\n", alone=(name,))

    def account_set(self):
        return Verb("account", "set", self.dice.choice(["one", "two"]), *self.dice.choice([
            ("--suspended", "yes"), ("--suspended", "no"), ("--blocked", "yes"), ("--quota", 5), ("--hosts", "*.other.test"),
            ("--role", "operator"), ("--allow-private", "yes")]))

    # And all others, more seldom.

    def other_account_add(self):
        return Verb("account", "add", "three", "--hosts", "three.kites.test", "--quota", 3)

    def other_account_remove(self):
        return Verb("account", "remove", self.dice.choice(["one", "two", "three"]))

    def other_secondary(self):
        return self.dice.choice([Verb("secondary", "add", "ns3", "--address", "127.0.0.1", "--port", 7),
                                 Verb("secondary", "set", "ns2", "--port", 8), Verb("secondary", "remove", "ns2")])

    def other_tsig(self):
        return self.dice.choice([Verb("tsig", "add", "k.test"), Verb("tsig", "remove", "k.test")])

    def other_invite(self):
        return Verb("relay", "invite", "new1", "--weight", 10, "--port", 4443, "--note", "soon")

    def other_dnssec(self):
        return Verb("dnssec", self.dice.choice(["sign", "unsign", "roll"]), self.zone())

    def other_import(self):
        """Lines of any kind, that stand for one act."""
        dice, lines = self.dice, ""
        for _ in range(dice.randint(1, 3)):
            relay = self.rows.relays.get(self.relay())
            host = self.host()
            lines += dice.choice([
                self.line_of_release(), f"pool label={dice.choice(fleets.LABELS + ['www', 'h1'])} tls={dice.choice(fleets.RANGES + ['none'])} "
                f"answers={dice.choice([25, 8, 1])}\n",
                f'relay name={relay.name} addresses="{relay.addresses}" tls={dice.choice(fleets.RANGES)} since={fleets.OLD}\n'
                if relay else "", f"account name=one suspended={dice.choice(['yes', 'no'])} hosts=kites.test\n",
                f'host name={host} addresses="{dice.choice(["", "192.0.2.231"])}" account=one\n',
                fleets.record(fleets.ZONES[1], f"deep.{fleets.ZONES[1]}", "NS", fleets.wire("ns.elsewhere.test")) + "\n",
                f"zone name=new.{fleets.ZONES[0]} primary=ns.test contact=me.test ttl=60 refresh=60 retry=60 expire=600 minimum=60\n"])
        return Verb("import", self.file, content=lines)

    import_any = other_import

    def other_replace(self):
        """What there is, with some lines less, some more, and others changed: a declared state."""
        dice = self.dice
        lines = self.world.windsock("export", *dice.choice([(), ("--declared",)])).stdout.splitlines()
        declares = dice.choice(["", "", "declares host secrets\n"])
        for _ in range(dice.choice([0, 1, 1, 2, 4])):
            at = dice.randrange(len(lines))
            change = dice.choice(["drop", "drop", "weight", "tls"])
            if change == "drop":
                words = lines[at].split()
                lines = [line for line in lines if line != lines[at] and not self.refers(line, *words[:2])]
            elif change == "weight":
                lines[at] = re.sub(r" (weight|answers)=\d+", rf" \1={dice.choice([1, 7])}", lines[at])
            elif not lines[at].startswith("observation"):
                lines[at] = re.sub(r" tls=(?!none)\S+", f" tls={dice.choice(fleets.RANGES)}", lines[at])
        lines += dice.choice([[], [], [self.line_of_release().strip()]]) if not any(" version=8 " in line for line in lines) else []
        return Verb("import", "--replace", self.file, content=declares + "\n".join(lines) + "\n")

    @staticmethod
    def refers(line, kind, name):
        """Whether a line cannot be without the object of that kind and first field."""
        name = name.split("=", 1)[1] if "=" in name else name
        words = line.split()
        return {"relay": words[0] == "rule" and f"relay={name}" in words or words[0] == "observation" and f"relay={name}" in words,
                "pool": words[0] == "rule" and f"pool={name}" in words, "zone": words[0] == "record" and f"zone={name}" in words,
                "account": words[0] in ("host", "tsig") and f"account={name}" in words,
                "tsig": words[0] == "secondary" and f"tsig={name}" in words}.get(kind, False)

    import_replace = other_replace

    def other_revert(self):
        """Mostly of what was done to this fleet, and now and then of its making."""
        log = json.loads(self.world.windsock("log", "--limit", self.dice.choice([1, 3, 10, 30]), "--json").stdout)
        return Verb("revert", self.dice.choice(log)["revision"]) if log else None

    # Words that nearly are the same.

    def mutated(self, verb):
        """The verb with one of its words changed, left out or added; None when it has none that could be."""
        words, dice = list(verb.words), self.dice
        if verb.content is not None and dice.random() < 0.5:
            other = re.sub(r"192\.0\.2\.(\d)", r"192.0.2.9\1", verb.content)
            if other == verb.content:
                other = verb.content + self.line_of_release() if verb.name != "zone import" else None
            return other and Verb(*words, content=other)
        at = dice.randrange(0 if words[0] == "import" else 1 if words[0] in ALONE else 2, len(words) + 1)
        if at == len(words):
            extra = {"relay": ("--weight", 77), "pool": ("--ttl", 77), "host": ("--ttl", 77), "account": ("--quota", 77)}
            if verb.name not in ("relay set", "pool set", "host set", "account set", "relay add", "pool add", "host add"):
                return None
            if extra[words[0]][0] in words:
                return None
            return Verb(*words, *extra[words[0]], content=verb.content)
        if words[at].startswith("--"):
            flag = words[at] in ("--end", "--replace")
            return Verb(*words[:at], *words[at + (1 if flag else 2):], content=verb.content)
        words[at] = self.changed_word(words[at], words[at - 1])
        return Verb(*words, content=verb.content)

    def changed_word(self, word, before):
        choices = {"--tls": fleets.RANGES, "--state": ["service", "draining", "out"], "--ping": fleets.PINGS, "--families": ["4", "6", "46"],
                   "--tombstone": ["members", "successor", "empty"], "--to": fleets.LABELS, "--successor": fleets.LABELS,
                   "--suspended": ["yes", "no"], "--blocked": ["yes", "no"], "--by": ["2099-06-30", "2055-06-30"],
                   "--for": ["2h", "4h"], "--role": ["client", "operator"]}
        known = choices.get(before) or next((names for names in (fleets.LABELS, [f"r{i}" for i in range(7)], fleets.ZONES) if word in names), None)
        if known:
            return self.dice.choice([other for other in known if other != word])
        return str(int(word) + 1) if word.isdigit() else word + "x"


def verbs_of_help(windsock):
    """{verb: its options}, of all verbs that there are. WINDSOCK runs the command, and returns what it prints."""
    verbs = {}
    for verb in re.findall(r"^  ([a-z]+(?: [a-z]+)?) +[A-Z]", windsock("--help"), re.M):
        usage = windsock(*verb.split(), "--help").split("\n", 1)[0]
        verbs[verb] = sorted(set(re.findall(r"--([a-z-]+)", usage)))
    return verbs


def made_verbs(maker):
    """The verbs that a maker makes."""
    others = {"import", "revert", "account add", "account remove", "secondary add", "secondary set", "secondary remove", "tsig add",
              "tsig remove", "relay invite", "relay token", "dnssec sign", "dnssec unsign", "dnssec roll"}
    return others | {name.replace("_", " ") for name in dir(maker) if re.match("(pool|relay|release|zone|record|host|account)_", name)}
