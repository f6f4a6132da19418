# SPDX-License-Identifier: BSD-2-Clause
"""Whatever takes answers away from clients is judged alike: the plan says so, the verb ends with 3, and
--force --reason does it all the same."""
import json
import re
import shlex
import sqlite3
import subprocess

import pytest

from harness import BUILD, eventually

OLD, NEW = "fe4_056", "fe4_152"


@pytest.fixture
def fleet(world):
    """Two relays for old clients, two for new ones, two zones."""
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("zone", "add", "other.test", "--ns", "ns1.other.test")
    world.windsock("release", "add", "pagekite.py", "0.5.6d", "--pool", OLD, "--tls", "ssl3")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", NEW, "--tls", "1.2-1.3")
    for i in range(1, 5):
        world.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i}", "--tls", "ssl3" if i < 3 else "1.2-1.3")
    return world


@pytest.fixture
def asked(fleet):
    """A name server of which somebody asked for all pools, and for one that nobody defined."""
    fleet.start_dnsd("--telemetry-interval", 1)
    for label in (OLD, NEW, "fe4_057"):
        assert fleet.answers(f"{label}.kites.test")
    file = fleet.registry.with_name(fleet.registry.name + ".telemetry")

    def counted():
        if not file.exists():
            return 0
        try:
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10) as db:
                return db.execute("SELECT (SELECT count(*) FROM use) + (SELECT count(*) FROM unknown)").fetchone()[0]
        except sqlite3.OperationalError:
            return 0
    assert eventually(lambda: counted() >= 3)
    return fleet


def refused(world, *words, says="", **more):
    """The plan knows, the verb is refused and has done nothing, and force does it."""
    before = world.windsock("export").stdout
    plan = json.loads(world.windsock("plan", *words, "--json", **more).stdout)
    assert plan["harmful"] and says in plan["harm"], plan["harm"]
    said = world.windsock("plan", *words, **more).stdout
    assert "refused without --force --reason TEXT: " in said and "no client is stranded" not in said
    done = world.windsock(*words, check=False, **more)
    assert done.returncode == 3 and says in done.stderr, done
    empty = world.windsock(*words, "--force", "--reason", " ", check=False, **more)
    assert empty.returncode == 2 and "--reason" in empty.stderr
    assert world.windsock("export").stdout == before
    world.windsock(*words, "--force", "--reason", "it must be", "--dry-run", **more)
    return plan


def test_a_release_that_is_forgotten(fleet):
    plan = refused(fleet, "release", "remove", "pagekite.py", "1.5.2", says="r1 to pagekite.py 1.5.2 at fe4_152")
    assert plan["misled"] == [{"product": "pagekite.py", "version": "1.5.2", "label": NEW, "relay": "r1"}]


def test_an_import_that_says_other_tls(fleet, tmp_path):
    file = tmp_path / "releases"
    file.write_text(f"release product=pagekite.py version=1.5.2 pools={NEW} tls=ssl3-1.3\n")
    refused(fleet, "release", "import", file, says="r1 to pagekite.py 1.5.2")
    refused(fleet, "import", file, says="r1 to pagekite.py 1.5.2")
    file.write_text(f"release product=pagekite.py version=0.5.6d pools={NEW} tls=ssl3\n")  # and its label is another
    refused(fleet, "release", "import", file, says=OLD)


def test_a_pool_that_was_asked_for_goes_on_to_need(asked):
    for name in ("r1", "r2"):
        asked.windsock("relay", "drain", name, "--force", "--reason", "only new ones are left")
    plan = json.loads(asked.windsock("plan", "release", "remove", "pagekite.py", "1.5.2", "--json").stdout)
    assert not plan["harmful"] and "asked for fe4_152 in the last 30 days: it goes on to need" in plan["remarks"]
    done = asked.windsock("release", "remove", "pagekite.py", "1.5.2")
    assert "goes on to need what they do, as its own --tls 1.2-1.3" in done.stderr
    asked.windsock("relay", "resume", "r1")
    assert asked.answers(f"{NEW}.kites.test") == ["192.0.2.3", "192.0.2.4"]
    refused(asked, "pool", "set", NEW, "--tls", "ssl3-1.3", says="it would forget what they need")


def test_a_need_that_cannot_stay_is_not_forgotten(asked, tmp_path):
    """A release is said to speak what it did not: to go on to need what it did would give it relays that it cannot use by that."""
    file = tmp_path / "releases"
    asked.windsock("relay", "add", "r5", "--address", "192.0.2.5", "--tls", "ssl3-1.3")
    for name in ("r1", "r2"):
        asked.windsock("relay", "drain", name, "--force", "--reason", "only new ones are left")
    file.write_text(f"release product=pagekite.py version=1.5.2 pools={NEW} tls=ssl3\n")  # which r5 alone speaks
    words = "release", "import", file
    plan = refused(asked, *words, says="it would forget what they need")
    asked.windsock(*words, "--plan", plan["hash"], "--force", "--reason", "it was wrong")
    pool = next(pool for pool in plan["pools"] if pool["label"] == NEW)
    assert pool["after"]["members"] == 1 and asked.answers(f"{NEW}.kites.test") == ["192.0.2.5"]


def test_zones_that_go(asked):
    refused(asked, "zone", "remove", "kites.test", says="no pool is answered any more in kites.test")
    refused(asked, "zone", "remove", "kites.test", says="in the last 30 days")


def test_zones_with_hosts_and_a_parent(fleet, tmp_path):
    fleet.windsock("plan", "zone", "remove", "other.test")
    fleet.windsock("host", "add", "demo.other.test", "--address", "192.0.2.1")
    plan = refused(fleet, "zone", "remove", "other.test", says="a host is answered no more: demo.other.test")
    assert plan["hosts_lost"] == {"count": 1, "first": ["demo.other.test"]} and plan["zones_lost"]["first"] == ["other.test"]
    fleet.windsock("secondary", "add", "ns2", "--address", "192.0.2.53")
    assert "ns2, a secondary, may answer" in fleet.windsock("plan", "zone", "remove", "other.test").stdout
    fleet.windsock("zone", "add", "sub.kites.test", "--ns", "ns1.sub.kites.test")
    fleet.windsock("host", "add", "a.sub.kites.test", "--address", "192.0.2.1")
    assert not json.loads(fleet.windsock("plan", "zone", "remove", "sub.kites.test", "--json").stdout)["hosts_lost"]["count"]
    file = tmp_path / "kites.zone"
    file.write_text("@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nsub 60 NS ns1.sub\nsub 60 DS 1 13 2 " + "0" * 64 + "\n")
    fleet.windsock("zone", "import", "kites.test", file)
    refused(fleet, "zone", "remove", "sub.kites.test", says="its parent has a DS of sub.kites.test still")


def test_an_account_s_hosts(fleet, tmp_path):
    for name, hosts in ("demo", "*.kites.test"), ("idle", "idle.kites.test"):
        fleet.windsock("account", "add", name, "--hosts", hosts)
    for name in "ab":
        fleet.windsock("host", "add", f"{name}.kites.test", "--account", "demo", "--address", "192.0.2.1")
    fleet.windsock("host", "add", "idle.kites.test", "--account", "idle")  # has no address to lose
    plan = refused(fleet, "account", "set", "demo", "--suspended", "yes",
                   says="hosts are answered no more: a.kites.test, b.kites.test")
    assert plan["hosts_lost"] == {"count": 2, "first": ["a.kites.test", "b.kites.test"]}
    fleet.windsock("account", "set", "demo", "--blocked", "yes")
    fleet.windsock("account", "set", "idle", "--suspended", "yes")
    file = tmp_path / "registry.txt"
    text = fleet.windsock("export").stdout
    line, = (line for line in text.splitlines() if line.startswith("account name=demo "))
    file.write_text(line.replace("suspended=no", "suspended=yes") + "\n")
    assert file.read_text() != line + "\n"
    refused(fleet, "import", file, says="a.kites.test")
    assert fleet.windsock("account", "remove", "demo", check=False).returncode == 1
    fleet.windsock("account", "set", "demo", "--suspended", "yes", "--force", "--reason", "it spams")
    fleet.windsock("account", "set", "demo", "--suspended", "no")
    fleet.windsock("host", "set", "a.kites.test", "--suspended", "yes")  # what a word names is no surprise
    assert "1" in fleet.sql("SELECT suspended FROM host WHERE name = 'a.kites.test'")
    fleet.windsock("account", "set", "demo", "--suspended", "yes", "--force", "--reason", "again")
    fleet.windsock("account", "set", "demo", "--suspended", "yes")  # nothing is left to lose


def test_a_delegation_or_a_zone_at_a_pool(fleet, tmp_path):
    file = tmp_path / "kites.zone"
    text = "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nx 60 NS ns.elsewhere.test.\n"
    fleet.windsock("host", "add", "a.x.kites.test", "--address", "192.0.2.1")
    file.write_text(text + f"{NEW} 60 NS ns.elsewhere.test.\n")
    never = fleet.windsock("zone", "import", "kites.test", file, "--force", "--reason", "no", check=False)
    assert never.returncode == 1 and f"{NEW}.kites.test is delegated, and a pool's name" in never.stderr
    file.write_text(text)
    plan = refused(fleet, "zone", "import", "kites.test", file, says="a.x.kites.test")
    assert plan["hosts_lost"]["first"] == ["a.x.kites.test"]
    refused(fleet, "zone", "add", f"{OLD}.kites.test", "--ns", "ns.elsewhere.test", says=f"{OLD}.kites.test")
    refused(fleet, "zone", "add", "a.x.kites.test", "--ns", "ns.elsewhere.test", says="a.x.kites.test")


def test_static_data_that_is_hidden(fleet, tmp_path):
    file = tmp_path / "kites.zone"
    text = "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nwww 60 A 192.0.2.80\nwww 60 TXT text\na.deep 60 A 192.0.2.81\nb.deep 60 TXT text\n"
    file.write_text(text)
    fleet.windsock("zone", "import", "kites.test", file)
    plan = refused(fleet, "pool", "add", "www", says="static data is answered no more: www.kites.test")
    assert plan["static_lost"] == {"count": 1, "first": ["www.kites.test"]}
    said = fleet.windsock("plan", "release", "add", "lib", "1", "--pool", "www", "--tls", "ssl3").stdout
    assert "static data that is answered no more: www.kites.test" in said
    lines = tmp_path / "lines"
    lines.write_text("pool label=www\n")
    assert refused(fleet, "import", lines)["static_lost"]["count"] == 1
    plan = refused(fleet, "zone", "add", "deep.kites.test", "--ns", "ns.elsewhere.test", says="a.deep.kites.test, b.deep.kites.test")
    assert plan["static_lost"]["count"] == 2
    file.write_text(text.replace("1 2 3", "2100000000 2 3") + "new 60 A 192.0.2.82\nnew.deep 60 A 192.0.2.83\ndeep 60 NS new.deep\n")
    plan = refused(fleet, "zone", "import", "kites.test", file, says="a.deep.kites.test")
    assert plan["static_lost"] == {"count": 2, "first": ["a.deep.kites.test", "b.deep.kites.test"]}  # glue is no loss
    file.write_text(text.replace("a.deep", "; a.deep").replace("b.deep", "; b.deep") + "deep 60 NS new.deep\nnew.deep 60 A 192.0.2.83\n")
    fleet.windsock("zone", "import", "kites.test", file)
    fleet.windsock("zone", "add", "deep.kites.test", "--ns", "new.deep.kites.test=192.0.2.83")  # it is delegated already
    fleet.windsock("pool", "add", "deeper")


def test_retired_pools_are_pools(fleet):
    fleet.windsock("pool", "retire", OLD)
    fleet.windsock("relay", "drain", "r1")
    plan = refused(fleet, "relay", "drain", "r2", says=f"it leaves without a compatible relay: {OLD}")
    assert plan["stranded"][0]["label"] == OLD
    refused(fleet, "relay", "remove", "r2", says=OLD)
    refused(fleet, "relay", "set", "r2", "--weight", "0", "--state", "out", says=OLD)
    refused(fleet, "relay", "set", "r2", "--tls", "1.2", says=OLD)
    fleet.windsock("relay", "resume", "r1")
    fleet.windsock("relay", "add", "all", "--address", "192.0.2.9", "--tls", "ssl3-1.3")
    fleet.windsock("pool", "revive", OLD)
    fleet.windsock("pool", "retire", OLD, "--successor", NEW)
    refused(fleet, "pool", "exclude", NEW, "all", says=f"pagekite.py 0.5.6d at {OLD}")


def test_who_is_included(fleet):
    refused(fleet, "pool", "include", NEW, "r1", says="r1 to pagekite.py 1.5.2 at fe4_152")
    fleet.sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
              "VALUES ('r1', 'p', 1, 1, 0, 0, unixepoch())")
    refused(fleet, "pool", "include", NEW, "r1", "--note", "I think it can", says="r1 to pagekite.py 1.5.2")
    fleet.windsock("pool", "include", NEW, "r3")


def test_pools_that_were_asked_for(asked):
    refused(asked, "pool", "remove", OLD, says=OLD)
    asked.windsock("release", "remove", "pagekite.py", "0.5.6d", "--force", "--reason", "x")
    refused(asked, "pool", "remove", OLD, says="and it would be gone")
    refused(asked, "pool", "add", "fe4_057", "--tls", "1.1", says="fe4_057")  # older pools answer it now
    asked.windsock("pool", "add", "fe4_300", "--tls", "1.1")  # nobody asks for that


def test_brownouts_and_what_a_plan_covers(fleet):
    fleet.windsock("relay", "add", "all", "--address", "192.0.2.9", "--tls", "ssl3-1.3")
    words = "pool", "brownout", OLD, "--percent", "100", "--to", NEW
    plan = json.loads(fleet.windsock("plan", *words, "--for", "2h", "--json").stdout)
    pool = next(p for p in plan["pools"] if p["label"] == OLD)
    assert pool["changed"] and pool["after"]["brownout"] == 1 and {r["relay"] for r in pool["in"]} == {"r3", "r4"}
    said = fleet.windsock("plan", *words, "--for", "2h").stdout
    assert "1 of 2 pools change" in said and f"100.0 % of client networks get the answer of {NEW}" in said
    assert "TTL: 300 s -> 60 s" in said and (pool["before"]["ttl"], pool["after"]["ttl"]) == (300, 60)
    longer = fleet.windsock(*words, "--for", "365d", "--plan", plan["hash"], check=False)
    assert longer.returncode == 3 and "another change" in longer.stderr
    line = next(line for line in said.splitlines() if line.startswith("apply: "))
    assert "--for 2h" in line
    applied(line)
    assert fleet.sql("SELECT brownout_until - brownout_from FROM pool WHERE brownout = 100") == "7200"
    fleet.windsock("pool", "brownout", OLD, "--end")
    fleet.windsock("relay", "remove", "all")
    refused(fleet, *words, "--for", "2h", says=f"pagekite.py 0.5.6d at {OLD}")


def applied(line):
    """What `apply:` says, by a shell."""
    assert line.startswith("apply: windsock ")
    subprocess.run(["sh", "-ec", line[len("apply: "):]], check=True, capture_output=True,
                   env={"PATH": f"{BUILD}:/usr/bin:/bin", "ASAN_OPTIONS": "detect_leaks=0"}, timeout=60)


@pytest.mark.parametrize("words", [
    ["pool", "set", OLD, "--note", "it's \"old\"; $HOME `id`"], ["pool", "set", NEW, "--ttl", "60"],
    ["relay", "set", "r1", "--note", ""], ["relay", "drain", "r1", "--reason", "a new disk"],
    ["relay", "remove", "r2"], ["account", "add", "me"], ["host", "add", "x.kites.test", "--address", "192.0.2.7"],
    ["zone", "add", "third.test", "--ns", "ns1.third.test=192.0.2.53"]])
def test_the_line_that_applies_it_works_as_printed(fleet, words):
    fleet.windsock("relay", "set", "r1", "--note", "before")
    said = fleet.windsock("plan", *words).stdout
    before = fleet.windsock("log").stdout
    applied(said.splitlines()[-1])
    assert fleet.windsock("log").stdout != before
    assert f"--registry {fleet.registry}" in said.splitlines()[-1]
    for word in words:
        assert word in shlex.split(said.splitlines()[-1])


def test_a_plan_is_of_what_a_file_says(fleet, tmp_path):
    file = tmp_path / "kites.zone"
    file.write_text("@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nwww 60 A 192.0.2.80\n")
    words = "zone", "import", "kites.test", file
    plan = json.loads(fleet.windsock("plan", *words, "--json").stdout)["hash"]
    file.write_text("@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nwww 60 A 192.0.2.81\n")
    assert fleet.windsock(*words, "--plan", plan, check=False).returncode == 3
    file.write_text("@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\nwww 60 A 192.0.2.80\n")
    fleet.windsock(*words, "--plan", plan)


def test_hosts_spoil_a_plan_about_zones_only(fleet):
    zone = json.loads(fleet.windsock("plan", "zone", "remove", "other.test", "--json").stdout)["hash"]
    drain = json.loads(fleet.windsock("plan", "relay", "drain", "r1", "--json").stdout)["hash"]
    fleet.windsock("host", "add", "late.other.test", "--address", "192.0.2.1")
    assert fleet.windsock("zone", "remove", "other.test", "--plan", zone, "--force", "--reason", "x",
                          check=False).returncode == 3
    fleet.windsock("relay", "drain", "r1", "--plan", drain)


@pytest.mark.parametrize("words", [["secondary", "add", "ns9", "--address", "192.0.2.9"], ["tsig", "add", "k.test"],
                                   ["account", "add", "me"], ["release", "remove", "pagekite.py", "0.5.6d"]])
def test_hosts_spoil_no_other_plan(fleet, words):
    plan = json.loads(fleet.windsock("plan", *words, "--json").stdout)["hash"]
    fleet.windsock("host", "add", "late.other.test", "--address", "192.0.2.1")
    force = ["--force", "--reason", "x"] if words[0] == "release" else []
    fleet.windsock(*words, "--plan", plan, *force)


def test_a_plan_of_a_weight_can_be_done(fleet):
    fleet.windsock("pool", "set", NEW, "--answers", "1")
    words = "relay", "set", "r3", "--weight", "50"  # parts of answers move, and nothing else
    plan = json.loads(fleet.windsock("plan", *words, "--json").stdout)
    assert next(p for p in plan["pools"] if p["label"] == NEW)["changed"]
    fleet.windsock(*words, "--plan", plan["hash"])


def test_labels_that_a_release_looks_up_though_nobody_defined_them(fleet):
    fleet.windsock("pool", "remove", OLD, "--force", "--reason", "fe4_152 answers it, the oldest that is left")
    fleet.windsock("relay", "add", "all", "--address", "192.0.2.9", "--tls", "ssl3-1.3")
    plan = refused(fleet, "relay", "drain", "all", says=f"pagekite.py 0.5.6d at {OLD}")
    assert next(p for p in plan["pools"] if p["label"] == OLD)["before"] is None
    fleet.windsock("pool", "add", "fe4_300", "--tls", "1.2-1.3")
    said = fleet.windsock("plan", "pool", "brownout", NEW, "--percent", "50", "--for", "2h", "--to", "fe4_300").stdout
    assert "50.0 % of client networks get the answer of a successor" in said


def test_a_signing_that_is_refused_writes_no_keys(fleet):
    folder = fleet.registry.with_name(fleet.registry.name + ".dnssec")

    def keys():
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}

    def planned(verb):
        return json.loads(fleet.windsock("plan", "dnssec", verb, "kites.test", "--json").stdout)["hash"]
    plan = planned("sign")
    other = fleet.windsock("dnssec", "sign", "kites.test", "--algorithm", "ed25519", "--plan", plan, check=False)
    assert other.returncode == 3 and not keys()
    fleet.windsock("dnssec", "sign", "kites.test", "--plan", plan)
    plan, before = planned("roll"), keys()
    other = fleet.windsock("dnssec", "roll", "kites.test", "--algorithm", "ed25519", "--plan", plan, check=False)
    assert other.returncode == 3 and keys() == before
    fleet.windsock("dnssec", "roll", "kites.test")
    before = keys()
    late = fleet.windsock("dnssec", "roll", "kites.test", "--plan", plan, "--force", "--reason", "x", check=False)
    assert late.returncode == 3 and keys() == before  # it would end the old key now, and begin no other


def test_a_pool_where_a_host_is(fleet, tmp_path):
    fleet.windsock("host", "add", "demo.other.test", "--address", "192.0.2.1")
    plan = refused(fleet, "pool", "add", "demo", says="a host is answered no more: demo.other.test")
    assert plan["hosts_lost"] == {"count": 1, "first": ["demo.other.test"]}
    refused(fleet, "release", "add", "lib", "1", "--pool", "demo", "--tls", "ssl3", says="demo.other.test")
    file = tmp_path / "registry.txt"
    file.write_text("pool label=demo\n")
    assert refused(fleet, "import", file, says="demo.other.test")["hosts_lost"]["count"] == 1
    fleet.windsock("host", "set", "demo.other.test", "--suspended", "yes")
    fleet.windsock("pool", "add", "demo")
    fleet.windsock("host", "set", "demo.other.test", "--suspended", "no")
    fleet.windsock("zone", "remove", "other.test")  # it was the pool that was answered


def test_hosts_that_answer_nothing_are_not_lost(fleet):
    fleet.windsock("zone", "add", "third.test", "--ns", "ns1.third.test")
    fleet.windsock("account", "add", "gone", "--hosts", "*.third.test")
    fleet.windsock("host", "add", "there.third.test", "--account", "gone", "--address", "192.0.2.1")
    fleet.windsock("zone", "remove", "third.test", "--force", "--reason", "x")
    fleet.windsock("account", "set", "gone", "--suspended", "yes")
    fleet.windsock("host", "add", "idle.other.test")
    fleet.windsock("host", "add", "off.other.test", "--address", "192.0.2.1")
    fleet.windsock("host", "set", "off.other.test", "--suspended", "yes")
    fleet.windsock("zone", "remove", "other.test")


def test_what_changes_of_an_answer(fleet):
    said = fleet.windsock("plan", "relay", "set", "r3", "--address", "192.0.2.33").stdout
    assert "r3: 192.0.2.3 -> 192.0.2.33" in said and "1 of 2 pools change" in said
    said = fleet.windsock("plan", "pool", "set", NEW, "--ttl", "60", "--answers", "1").stdout
    assert "TTL: 300 s -> 60 s" in said and "at most: 8 -> 1" in said
    said = fleet.windsock("plan", "relay", "add", "r5", "--address", "192.0.2.5", "--tls", "1.2").stdout
    assert "r5: 0.0 % -> 33.3 % of the answers" in said
    fleet.windsock("pool", "set", NEW, "--answers", "1")
    fleet.sql("UPDATE relay SET since = since - 7200")
    said = fleet.windsock("plan", "relay", "add", "r5", "--address", "192.0.2.5", "--tls", "1.2").stdout
    assert "r5: 0.0 % -> 33.3 % of the answers; " in said and " at first" in said
    fleet.windsock("relay", "add", "r5", "--address", "192.0.2.5", "--tls", "1.2")
    said = fleet.windsock("plan", "relay", "drain", "r3").stdout  # while r5 has little yet
    line, = re.findall(r"r5: 33.3 % -> 50.0 % of the answers; ([0-9.]+) % now and ([0-9.]+) % at first", said)
    assert 5 < float(line[0]) < float(line[1]) < 30, said


def test_weight_0_for_the_last_one(fleet):
    fleet.windsock("relay", "set", "r1", "--weight", "0")
    plan = refused(fleet, "relay", "set", "r2", "--weight", "0", says=f"without a relay that looks well and has weight: {OLD}")
    assert not plan["stranded"]  # it is given out as a last resort all the same


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "169.254.1.1", "fe80::1", "255.255.255.255"])
def test_addresses_that_nobody_can_connect_to(fleet, tmp_path, address):
    for words in (("relay", "add", "r9"), ("relay", "set", "r1")):
        done = fleet.windsock(*words, "--address", "192.0.2.99", "--address", address, check=False)
        assert done.returncode == 2 and address in done.stderr
    file = tmp_path / "relays"
    file.write_text(f"relay name=r9 addresses={address} port=443 state=service tls=1.2\n")
    assert fleet.windsock("import", file, check=False).returncode == 1
    if address not in ("169.254.1.1", "fe80::1"):
        assert fleet.windsock("host", "add", "x.kites.test", "--address", address, check=False).returncode == 2


def test_loopback_is_for_laboratories(fleet, world):
    assert "exists" in fleet.windsock("relay", "add", "r1", "--address", "127.0.0.9", check=False).stderr
    refused(fleet, "relay", "add", "r9", "--address", "127.0.0.1", "--tls", "1.2", says="loopback")
    refused(fleet, "relay", "set", "r3", "--address", "::1", says="loopback")


def test_a_laboratory(world):
    world.windsock("relay", "add", "a", "--address", "127.0.0.1", "--tls", "1.2")
    world.windsock("relay", "add", "b", "--address", "::1", "--tls", "1.2")


@pytest.mark.parametrize("words,says", [
    (["account", "add", "x", "--hosts", "foo bar"], "'foo'"), (["account", "set", "demo", "--hosts", "foo"], "'foo'"),
    (["tsig", "add", "bad key"], "blank"), (["zone", "add", "bad zone.test", "--ns", "ns1.x.test"], "blank"),
    (["host", "add", "a b.kites.test"], "blank"), (["relay", "drain", "r1", "--reason", ""], "--reason is empty"),
    (["relay", "drain", "r1", "--force=no", "--reason", "x"], "takes no value"),
    (["relay", "drain", "r1", "--wait", "--dry-run"], "--dry-run"),
    (["relay", "set", "r1", "--address", ""], "needs an --address")])
def test_what_is_wrong_is_refused(fleet, words, says):
    fleet.windsock("account", "add", "demo", "--hosts", "demo.kites.test")
    before = fleet.windsock("export").stdout
    done = fleet.windsock(*words, check=False)
    assert done.returncode == 2 and says in done.stderr
    assert fleet.windsock("export").stdout == before
