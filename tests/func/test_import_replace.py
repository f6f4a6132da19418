# SPDX-License-Identifier: BSD-2-Clause
"""windsock import --replace: the registry becomes what a file declares, and nothing is lost that it does not speak of."""
import base64
import json
import random
import re
import shutil

import pytest

from harness import World

FORCE = ("--force", "--reason", "a test")
FACTS = ("host", "observation", "signature")


def replace(world, text, *more, check=True):
    (world.dir / "fleet").write_text(text)
    return world.windsock("import", "--replace", world.dir / "fleet", *more, check=check)


def body(world, *words):
    """An export without its head, in which the revision is."""
    head, rest = world.windsock("export", *words).stdout.split("\n", 1)
    assert head.startswith("windsock 1 revision=")
    return rest


def declared(text):
    return [line for line in text.splitlines() if line.split()[0] not in FACTS]


class Maker:
    """Random fleets, whose lines are as an export has them."""

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def some(self, all, least=0):
        return sorted(self.dice.sample(all, self.dice.randint(least, len(all))))

    def blob(self, octets):
        return base64.b64encode(self.dice.randbytes(octets)).decode()

    def lines(self):
        dice = self.dice
        zones = self.some(["a.test", "b.test", "c.test"], 1)
        relays, pools = self.some([f"r{i}" for i in range(5)]), self.some(["fe1", "fe2", "fe3", "v6frontends"], 1)
        accounts, keys = self.some(["one", "two", "three"]), self.some(["k1.test", "k2.test"])
        ranges = ["1.2", "1.0-1.2", "ssl3-1.0", "1.2-1.3"]
        for zone in zones:
            yield f"zone name={zone} primary=ns.{zone} contact=me.{zone} ttl={dice.choice([60, 3600])}"
            for owner in self.some(["www", "mail", "x.y"]):
                text = dice.choice(["one", 'a "quoted" \\ word', ""]).encode()
                rdata = base64.b64encode(bytes([len(text)]) + text).decode()
                yield f"record zone={zone} owner={owner}.{zone} type=TXT ttl={dice.choice([60, 300])} rdata=\"{rdata}\""
        for i, relay in enumerate(relays):
            note = dice.choice(["", ' note="a \\"quoted\\" \\\\ note"', " note=short"])
            yield (f'relay name={relay} addresses="192.0.2.{i + 1} 2001:db8::{i + 1}" tls={dice.choice(ranges)} weight={dice.choice([1, 100])} '
                   f"state={dice.choice(['service', 'draining', 'out'])} since=2026-01-{dice.randint(1, 28):02}T00:00:00Z{note}"
                   + (f" token={self.blob(33)}" if dice.random() < 0.3 else ""))
            if dice.random() < 0.5:
                yield f"observation relay={relay} observer=p1 health=up tls=1.2 at=2026-01-01T00:00:00Z"
        for pool in pools:
            yield f"pool label={pool} tls={dice.choice(ranges)} answers={dice.choice([2, 8])} ttl={dice.choice([60, 300])}"
        for version in self.some(["1", "2", "3"]):
            yield f"release product=p version={version} pools=\"{' '.join(self.some(pools, 1))}\" tls={dice.choice(ranges)} families={dice.choice(['4', '46'])}"
        for pool in pools:
            for relay in self.some(relays):
                yield f"rule pool={pool} relay={relay} verdict={dice.choice(['include', 'exclude'])} note=why"
        for account in accounts:
            yield f"account name={account} hosts=*.{zones[0]} quota={dice.choice([0, 3])} token={self.blob(33)}"
        for host in self.some(["h1", "h2", "h3"]):
            of = f" account={dice.choice(accounts)}" if accounts else ""
            secret = f" secret={self.blob(40)}" if dice.random() < 0.3 else ""
            yield (f"host name={host}.{zones[0]}{of} addresses=192.0.2.{dice.randint(100, 200)} ttl={dice.choice([60, 90])} "
                   f"updated=2026-02-{dice.randint(1, 28):02}T00:00:00Z{secret}")
        for key in keys:
            yield f"tsig name={key} algorithm=hmac-sha256 transfer={dice.choice(['yes', 'no'])} secret={self.blob(60)} names={dice.choice(['a.test', '*.a.test'])}"
        for name in self.some(["ns2", "ns3"]):
            yield f"secondary name={name} address=192.0.2.54" + (f" tsig={dice.choice(keys)}" if keys and dice.random() < 0.5 else "")


@pytest.fixture
def pair():
    """Two registries of one key."""
    worlds = [World().init(), World().init()]
    shutil.copy(f"{worlds[0].registry}.key", f"{worlds[1].registry}.key")
    yield worlds
    for world in worlds:
        world.close()


def fill(world, seed):
    world.windsock("import", *FORCE, input="\n".join(Maker(seed).lines()) + "\n")


@pytest.mark.parametrize("seed", range(8))
def test_any_fleet_becomes_any_other(pair, seed):
    here, there = pair
    fill(here, seed)
    fill(there, seed + 1000)
    whole = here.windsock("export").stdout
    for text in (whole, here.windsock("export", "--declared").stdout):  # what was exported is what there is
        done = replace(here, text)
        assert done.stdout == "the registry is as declared: 0 added, 0 changed, 0 removed\n" and done.stderr == ""
        assert here.windsock("export").stdout == whole
    wanted = there.windsock("export").stdout
    counts = {}
    for line in replace(here, "declares host secrets\n" + wanted, *FORCE, "--dry-run").stdout.splitlines():
        counts[line[0]] = counts.get(line[0], 0) + 1
    assert body(here) == whole.split("\n", 1)[1]
    done = replace(here, "declares host secrets\n" + wanted, *FORCE)
    assert (f"the registry is as declared: {counts.get('+', 0)} added, {counts.get('~', 0)} changed, {counts.get('-', 0)} removed"
            in done.stdout.splitlines())
    # a relay that is in another state by now is so from now on, unless the file says when; observations are nobody's to declare
    assert ([line for line in body(here).splitlines() if not line.startswith("observation")]
            == [line for line in wanted.splitlines()[1:] if not line.startswith("observation")])
    assert replace(here, "declares host secrets\n" + wanted).stdout.startswith("the registry is as declared: 0 added, 0 changed, 0 removed")


@pytest.mark.parametrize("seed", range(6))
def test_what_is_edited_is_printed_again(pair, seed):
    """A fleet in a repository: lines that were dropped, added and changed, without secrets."""
    here, other = pair
    fill(here, seed)
    dice, lines = random.Random(seed), here.windsock("export", "--declared").stdout.splitlines()
    hosts = [line for line in body(here).splitlines() if line.startswith("host ")]
    edited = []
    for line in lines[1:]:
        kind = line.split()[0]
        if kind in ("record", "rule", "release", "secondary") and dice.random() < 0.3:
            continue
        if kind == "relay" and dice.random() < 0.6:
            line = re.sub(r" weight=\d+", f" weight={dice.choice([3, 30])}", re.sub(r" state=\w+", " state=testing", line))
        if kind == "pool" and dice.random() < 0.4:
            line = re.sub(r" ttl=\d+", " ttl=77", line)
        if kind == "account":
            line = re.sub(r" quota=\d+", f" quota={dice.choice([5, 6])}", line)
        edited.append(line)
    text = "\n".join([lines[0], *edited]) + "\n"
    secrets = re.findall(r"(?:token|secret)=\S+", body(here))
    replace(here, text, *FORCE)
    assert body(here, "--declared") == "".join(line + "\n" for line in edited)
    assert re.findall(r"(?:token|secret)=\S+", body(here)) == secrets
    assert [line for line in body(here).splitlines() if line.startswith("host ")] == hosts


# What is shown.


@pytest.fixture
def fleet(world):
    for words in ("zone add kites.test --ns ns1.kites.test=192.0.2.53", "pool add fe --tls 1.2", "relay add r1 --address 192.0.2.11 --tls 1.2",
                  "relay add r2 --address 192.0.2.12 --tls 1.2", "release add p 1 --pool fe --tls 1.2", "account add demo --hosts *.kites.test",
                  "host add h.kites.test --address 192.0.2.7 --account demo", "tsig add k.test"):
        world.windsock(*words.split())
    return world


def edited(world, *changes, words=("--declared",)):
    text = world.windsock("export", *words).stdout
    for old, new in changes:
        assert re.search(old, text, re.M), old
        text = re.sub(old, new, text, flags=re.M)
    return text


CHANGES = ((r"^relay name=r2 .*\n", ""), (r"(relay name=r1 .*) weight=100", r"\1 weight=50"), (r"^pool label=fe ", "pool label=new tls=1.3\npool label=fe "),
           (r"^record .*type=A .*\n", ""))


def test_the_difference_is_shown_row_by_row(fleet):
    before = fleet.windsock("export").stdout
    done = replace(fleet, edited(fleet, *CHANGES), "--dry-run")
    assert done.stdout.splitlines() == [
        "- record kites.test: ns1.kites.test A 192.0.2.53, ttl 3600", "~ relay r1: weight 100 -> 50",
        re.search("- relay r2: .*", done.stdout)[0], "+ pool new: state open, tls 1.3",
        "would be: the registry is as declared: 1 added, 1 changed, 2 removed"]
    assert "addresses 192.0.2.12, state service, tls 1.2" in done.stdout
    assert "nothing was changed" in done.stderr and fleet.windsock("export").stdout == before
    said = json.loads(replace(fleet, edited(fleet, *CHANGES), "--dry-run", "--json").stdout)
    assert (said["added"], said["changed"], said["removed"]) == (1, 1, 2)
    assert said["rows"][1] == {"kind": "relay", "key": "r1", "change": "changed", "was": {"weight": 100}, "is": {"weight": 50}, "secrets": []}
    applied = replace(fleet, edited(fleet, *CHANGES))
    assert applied.stdout == done.stdout.replace("would be: ", "")


def test_it_is_judged_and_planned_as_any_change(fleet):
    text = edited(fleet, (r"^relay .*\n", ""))
    before = fleet.windsock("export").stdout
    refused = replace(fleet, text, check=False)
    assert refused.returncode == 3 and "fe" in refused.stderr and fleet.windsock("export").stdout == before
    plan = json.loads(fleet.windsock("plan", "import", "--replace", fleet.dir / "fleet", "--json").stdout)
    assert plan["harmful"] and "0 added, 0 changed, 2 removed" in plan["remarks"]
    (fleet.dir / "fleet").write_text(edited(fleet, CHANGES[0]))
    plan = json.loads(fleet.windsock("plan", "import", "--replace", fleet.dir / "fleet", "--json").stdout)
    assert not plan["harmful"]
    fleet.windsock("import", "--replace", fleet.dir / "fleet", "--plan", plan["hash"])
    assert "r2" not in fleet.windsock("relay", "list").stdout


def test_what_clients_did_meanwhile_stays(fleet):
    """A file is older than what clients and relays do all day."""
    text = fleet.windsock("export").stdout
    fleet.windsock("host", "set", "h.kites.test", "--address", "192.0.2.99")
    fleet.windsock("host", "add", "i.kites.test", "--account", "demo", "--address", "192.0.2.98")
    fleet.windsock("account", "set", "demo", "--new-token")
    fleet.windsock("import", input="observation relay=r1 observer=p health=up tls=1.2\n"
                   'account name=registered hosts=x.kites.test network=192.0.2.0/24\n')
    before = body(fleet)
    done = replace(fleet, text)
    assert body(fleet) == before and "0 added, 0 changed, 0 removed" in done.stdout
    assert "1 line of what clients and observers do is otherwise than the registry" in done.stderr
    assert "since revision" in done.stderr and "changes were made, the last of account registered by" in done.stderr
    done = replace(fleet, "declares host secrets\n" + text, *FORCE)
    for said in ("~ host h.kites.test: addresses 192.0.2.99 -> 192.0.2.7", "- host i.kites.test: account demo, addresses 192.0.2.98",
                 "~ account demo: another token", "- account registered: "):
        assert said in done.stdout, done.stdout
    assert "registered" not in body(fleet, "--declared")


def test_secrets_in_the_file_are_for_what_is_added(fleet):
    text = fleet.windsock("export").stdout
    fleet.windsock("host", "remove", "h.kites.test")
    fleet.windsock("account", "remove", "demo")
    fleet.windsock("tsig", "remove", "k.test")
    replace(fleet, text)
    assert declared(body(fleet)) == declared(text.split("\n", 1)[1])
    without = fleet.windsock("export", "--declared").stdout
    assert "token=" not in without and "secret=" not in without and "since=" not in without
    fleet.windsock("account", "remove", "demo")
    assert "account demo has no token yet" in replace(fleet, without).stderr
    fleet.windsock("tsig", "remove", "k.test")
    refused = replace(fleet, without, check=False)
    assert refused.returncode == 1 and "tsig k.test is not here, and the line has no secret" in refused.stderr


def test_an_import_keeps_secrets_that_a_line_does_not_say(fleet):
    """Whether all is replaced or not."""
    token = re.search(r"token=(\S+)", body(fleet))[1]
    fleet.windsock("import", input="account name=demo hosts=*.kites.test quota=9\n")
    assert f"quota=9 token={token}" in body(fleet)
    fleet.windsock("import", input='account name=demo hosts=*.kites.test quota=9 token=""\n')
    assert token not in body(fleet)


def test_a_state_that_changes_has_a_new_date(fleet):
    old = json.loads(fleet.windsock("relay", "show", "r1", "--json").stdout)["since"]
    fleet.sql("UPDATE relay SET since = since - 86400")
    for words in ((), ("--declared",)):
        replace(fleet, edited(fleet, (r"(relay name=r1 .*) state=\w+", rf"\1 state={'out' if words else 'draining'}"), words=words), *FORCE)
        assert json.loads(fleet.windsock("relay", "show", "r1", "--json").stdout)["since"] >= old
        fleet.sql("UPDATE relay SET since = since - 86400")


@pytest.mark.parametrize("change, says", [
    ((r"^(relay name=r1 .*\n)", r"\1\1"), "relay r1 stands twice in the file"), ((r"^account .*\n", ""), "account demo is not in the file"),
    ((r"^windsock", "declares nonsense\nwindsock"), "wanted host, observation, signature or secrets"),
    ((r"^pool", "declares host\npool"), "stands before its objects"), ((r"192\.0\.2\.12", "192.0.2.11"), "192.0.2.11 is relay r"),
    ((r"^pool .*", "pool label=fe tls=9"), "fleet:"), ((r"^release .* pools=fe", "pool label=www tls=1.2\nrelease product=q version=1 pools=fe"), None)])
def test_refused(fleet, change, says):
    before = fleet.windsock("export").stdout
    done = replace(fleet, edited(fleet, change), check=False)
    assert done.returncode == (1 if says else 0) and (says or "") in done.stderr, done.stderr
    assert not says or fleet.windsock("export").stdout == before


def test_a_signed_zone_is_not_taken_away_by_surprise(fleet):
    fleet.windsock("dnssec", "sign", "kites.test")
    for change in ((r"^(zone .*) signed=yes", r"\1 signed=no"), (r"^(zone|record) .*\n", "")):
        done = replace(fleet, edited(fleet, change), check=False)
        assert done.returncode == 3 and "zone kites.test is signed" in done.stderr, done.stderr
    line = re.search(r"^zone .*", edited(fleet), re.M)[0].replace("signed=yes", "signed=no")
    done = fleet.windsock("import", input=line + "\n", check=False)  # nor where nothing is replaced
    assert done.returncode == 3 and "zone kites.test is signed" in done.stderr, done.stderr


def test_a_relay_that_registered_is_not_invited_again(fleet):
    fleet.windsock("relay", "invite", "r9")
    text = fleet.windsock("export").stdout
    fleet.sql("UPDATE relay SET state = 1, addresses = '192.0.2.19' WHERE name = 'r9'")
    done = replace(fleet, text, check=False)
    assert done.returncode == 3 and "relay r9 has registered since it was invited" in done.stderr


def test_a_replacement_can_be_reverted(fleet):
    before = body(fleet, "--declared")
    replace(fleet, edited(fleet, *CHANGES))
    after = body(fleet, "--declared")
    revision = fleet.windsock("log", "--limit", "1").stdout.split()[0]
    fleet.windsock("revert", revision)
    assert body(fleet, "--declared") == before != after
