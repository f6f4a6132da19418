# SPDX-License-Identifier: BSD-2-Clause
"""Who may change what, through which entrance: every cell of tables that were written by hand, through the real entrances on
a real registry. What is refused changes no row of it; what is allowed changes that name alone."""
import hashlib
import json
import sqlite3

import dns.exception
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import pytest

from harness import World

PASSWORD = "correct horse"
TXT = "x" * 43
SEED = "s" * 43

# demo.b5p.us and kite.demo.b5p.us are demo's, other.b5p.us is other's, bad.b5p.us is that of bad, which is blocked.
# free.b5p.us is nobody's; secret.b5p.us has a secret and no account. demo has the patterns demo.b5p.us *.demo.b5p.us,
# other other.b5p.us, wide and bad *.b5p.us; gone had, too, and was removed; ops is an operator.
# y: it may. n: it may not. b: it is blocked or unknown, whatever it asks. f: not even a host name. u: by UPDATE alone.
# d: it may take away alone.
ADDRESS = """
name                     demo wide other bad gone ops   ops by UPDATE
demo.b5p.us              y    n    n     b   b    n     y
kite.demo.b5p.us         y    n    n     b   b    n     y
new.demo.b5p.us          y    n    n     b   b    n     y
a.b.new.demo.b5p.us      y    n    n     b   b    n     y
other.b5p.us             n    n    y     b   b    n     y
x.other.b5p.us           n    n    n     b   b    n     y
x.free.b5p.us            n    y    n     b   b    n     y
x.secret.b5p.us          n    n    n     b   b    n     y
bad.b5p.us               n    n    n     b   b    n     y
free.b5p.us              n    y    n     b   b    n     y
secret.b5p.us            n    n    n     b   b    n     y
new.b5p.us               n    y    n     b   b    n     y
fe4_152.b5p.us           n    n    n     b   b    n     n
fe4_777.b5p.us           n    n    n     b   b    n     n
x.fe4_152.b5p.us         n    n    n     b   b    n     n
shops.b5p.us             n    n    n     b   b    n     n
b5p.us                   n    n    n     b   b    n     y
ns1.b5p.us               n    n    n     b   b    n     y
mail.b5p.us              n    n    n     b   b    n     y
www.b5p.us               n    n    n     b   b    n     y
dnsup.b5p.us             n    n    n     b   b    n     y
static.b5p.us            n    n    n     b   b    n     y
_x.b5p.us                n    n    n     b   b    n     y
_x.demo.b5p.us           u    n    n     b   b    n     y
x._tcp.demo.b5p.us       n    n    n     b   b    n     y
auth.b5p.us              n    n    n     b   b    n     y
x.auth.b5p.us            n    n    n     b   b    n     y
cut.b5p.us               n    n    n     b   b    n     y
below.cut.b5p.us         n    n    n     b   b    n     y
alias.b5p.us             n    n    n     b   b    n     y
renamed.b5p.us           n    n    n     b   b    n     y
x.renamed.b5p.us         n    n    n     b   b    n     n
*.demo.b5p.us            f    f    f     b   b    f     n
*.b5p.us                 f    f    f     b   b    f     y
x.child.b5p.us           n    y    n     b   b    n     y
child.b5p.us             n    n    n     b   b    n     y
UUID.b5p.us              n    n    n     b   b    n     y
x.customer.test          n    n    n     b   b    n     y
x.elsewhere.test         n    n    n     b   b    n     n
"""
# The TXT of _acme-challenge.NAME, through whatever entrance.
CHALLENGE = """
name                     demo wide other bad gone ops UUID
demo.b5p.us              y    n    n     b   b    y   n
kite.demo.b5p.us         y    n    n     b   b    y   n
new.demo.b5p.us          n    n    n     b   b    y   n
a.b.new.demo.b5p.us      n    n    n     b   b    y   n
other.b5p.us             n    n    y     b   b    y   n
x.other.b5p.us           n    n    n     b   b    y   n
bad.b5p.us               n    n    n     b   b    y   n
free.b5p.us              n    n    n     b   b    y   n
secret.b5p.us            n    n    n     b   b    y   n
new.b5p.us               n    n    n     b   b    y   n
fe4_152.b5p.us           n    n    n     b   b    n   n
x.fe4_152.b5p.us         n    n    n     b   b    n   n
shops.b5p.us             n    n    n     b   b    n   n
b5p.us                   n    n    n     b   b    y   n
ns1.b5p.us               n    n    n     b   b    y   n
mail.b5p.us              n    n    n     b   b    y   n
www.b5p.us               n    n    n     b   b    y   n
static.b5p.us            n    n    n     b   b    y   n
_x.demo.b5p.us           u    n    n     b   b    u   n
auth.b5p.us              n    n    n     b   b    u   n
x.auth.b5p.us            n    n    n     b   b    u   n
below.cut.b5p.us         n    n    n     b   b    y   n
alias.b5p.us             n    n    n     b   b    y   n
x.renamed.b5p.us         n    n    n     b   b    d   n
*.demo.b5p.us            n    n    n     b   b    y   n
x.child.b5p.us           n    n    n     b   b    y   n
child.b5p.us             n    n    n     b   b    y   n
UUID.b5p.us              n    n    n     b   b    y   y
x.customer.test          n    n    n     b   b    y   n
x.elsewhere.test         n    n    n     b   b    n   n
"""
# Other names and types through the entrances for ACME: only UPDATE (u) has them.
BESIDE = """
name                     demo wide other bad gone ops
_dmarc.demo.b5p.us       u    n    n     b   b    u
_443._tcp.demo.b5p.us    u    n    n     b   b    u
demo.b5p.us              u    n    n     b   b    u
_dmarc.b5p.us            n    n    n     b   b    u
mail.b5p.us              n    n    n     b   b    u
_dmarc.other.b5p.us      n    n    u     b   b    u
x\\.demo.b5p.us           n    n    n     b   b    u
"""


def cells(table):
    head, *rows = table.strip().splitlines()
    who = head.replace("ops by UPDATE", "OPS").split()[1:]
    for row in rows:
        name, *verdicts = row.split()
        assert len(verdicts) == len(who), row
        for one, verdict in zip(who, verdicts):
            yield name, one, verdict


@pytest.fixture(scope="module")
def entrances():
    world = World()
    world.init()
    for zone in "b5p.us", "child.b5p.us", "customer.test":
        world.windsock("zone", "add", zone, "--ns", f"ns1.{zone}=192.0.2.53")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("pool", "add", "shops")
    world.keys = {}
    for name, hosts, *options in [("demo", "demo.b5p.us *.demo.b5p.us"), ("wide", "*.b5p.us"), ("other", "other.b5p.us"),
                                  ("bad", "*.b5p.us"), ("gone", "*.b5p.us"), ("ops", "", "--role", "operator")]:
        world.account(name, hosts, "--allow-private", *options)
        said = world.windsock("tsig", "add", f"{name}.key", "--account", name).stdout
        world.keys[name] = dns.tsig.Key(f"{name}.key", said.split(f"{name}.key:", 1)[1].split()[0], "hmac-sha256")
    for name, owner in [("demo", "demo"), ("other", "other"), ("bad", "bad"), ("free", None)]:
        world.windsock("host", "add", f"{name}.b5p.us", "--address", "192.0.2.1", *(["--account", owner] if owner else []))
    for name, owner in [("kite.demo", ["--account", "demo"]), ("secret", [])]:
        world.windsock("host", "add", f"{name}.b5p.us", "--address", "192.0.2.1", "--secret-stdin", *owner,
                       input=f"secret of {name}\n")
    world.windsock("account", "set", "bad", "--blocked", 1)
    world.windsock("tsig", "remove", "gone.key")
    world.windsock("account", "remove", "gone")
    world.start_dnsd()
    world.start_updater("--acme-dns", "b5p.us")
    account = json.loads(world.http("POST", "/register", "{}").text)
    world.uuid = account["username"]
    world.passwords = {world.uuid: account["password"]}
    said = world.windsock("tsig", "add", "uuid.key", "--account", world.uuid).stdout
    world.keys["UUID"] = dns.tsig.Key("uuid.key", said.split("uuid.key:", 1)[1].split()[0], "hmac-sha256")
    update = dns.update.UpdateMessage("b5p.us", keyring=world.keys["ops"])
    for name, type, data in [("static", "A", "192.0.2.7"), ("mail", "A", "192.0.2.25"), ("alias", "CNAME", "static"),
                             ("cut", "NS", "ns.cut"), ("ns.cut", "A", "192.0.2.9"), ("renamed", "DNAME", "static"),
                             ("_acme-challenge.kite.demo", "TXT", "operator"), ("_dmarc", "TXT", "operator")]:
        update.add(name, 300, type, data)
    assert dns.query.tcp(update, "127.0.0.1", port=world.dns_port).rcode() == 0
    world.db = sqlite3.connect(world.registry, isolation_level=None, timeout=10)
    world.db.execute("PRAGMA foreign_keys = ON")
    world.before = state(world)
    yield world
    world.db.close()
    world.close()


HOST = "name, account, addresses, ttl, secret"
RECORD = "zone, owner, type, rdata, ttl"


def state(world):
    return {(table, row) for table, columns in [("host", HOST), ("record", RECORD)]
            for row in world.db.execute(f"SELECT {columns} FROM {table}")}


def restore(world):
    """What a cell has changed is taken back, and what it used up of signatures."""
    now = state(world)
    world.db.execute("BEGIN")
    for table, columns in [("host", HOST), ("record", RECORD)]:
        words = [c.strip() for c in columns.split(",")]
        key = " AND ".join(f"{c} = ?" for c in (["name"] if table == "host" else words[:4]))
        for _, row in filter(lambda r: r[0] == table, now - world.before):
            world.db.execute(f"DELETE FROM {table} WHERE {key}", row[:1] if table == "host" else row[:4])
        for _, row in filter(lambda r: r[0] == table, world.before - now):
            world.db.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", row)
    world.db.execute("DELETE FROM signature")
    world.db.execute("COMMIT")


def zone_of(name):
    for zone in "child.b5p.us", "b5p.us", "customer.test", "elsewhere.test":
        if name == zone or name.endswith(f".{zone}"):
            return zone


def changed_names(world):
    return {row[0] if table == "host" else row[1] for table, row in state(world) ^ world.before}


# The entrances: each asks, and says whether it was let in.

def by_dyndns2(world, who, name):
    reply = world.http("GET", f"/nic/update?hostname={name}&myip=9.9.9.9", user=user(world, who))
    words = {"good 9.9.9.9": "y", "nohost": "n", "abuse": "b", "badauth": "b", "notfqdn": "f"}
    return words[reply.text.strip()]


def send(world, who, update):
    if who not in world.keys:
        return "b"
    update.use_tsig(world.keys[who])
    try:
        rcode = dns.rcode.to_text(dns.query.tcp(update, "127.0.0.1", port=world.dns_port, timeout=8).rcode())
    except dns.tsig.PeerBadKey:
        return "b"
    return {"NOERROR": "y", "REFUSED": "n", "NOTAUTH": "n", "NOTZONE": "n"}[rcode]


def by_update(world, who, name):
    update = dns.update.UpdateMessage(zone_of(name))
    update.add(dns.name.from_text(name), 60, "A", "9.9.9.9")
    return send(world, who, update)


def by_update_txt(world, who, name):
    update = dns.update.UpdateMessage(zone_of(name))
    update.add(dns.name.from_text(name), 60, "TXT", TXT)
    return send(world, who, update)


def user(world, who):
    who = world.uuid if who == "UUID" else who
    return who, world.passwords.get(who, PASSWORD)


def by_acme_dns(world, who, name):
    name, password = name.removeprefix("_acme-challenge."), user(world, who)
    body = json.dumps({"subdomain": world.uuid if name == f"{world.uuid}.b5p.us" else name, "txt": TXT})
    reply = world.http("POST", "/update", body, {"X-Api-User": password[0], "X-Api-Key": password[1]})
    said = reply.status, json.loads(reply.text)
    if said == (200, {"txt": TXT}):
        return "y"
    assert said in ((401, {"error": "forbidden"}), (400, {"error": "bad_subdomain"})), said
    return "n"


def over_http(world, who, name, path, value):
    body = json.dumps({"fqdn": f"{name}.", "value": value})
    reply = world.http("POST", path, body, user=user(world, who))
    assert reply.status in (200, 401, 403), (reply.status, reply.text)
    return {200: "y", 401: "b", 403: "n"}[reply.status]


def by_present(world, who, name):
    return over_http(world, who, name, "/present", TXT)


def by_cleanup(world, who, name):
    return over_http(world, who, name, "/cleanup", SEED)


def check(world, entrance, name, who, wanted, written):
    """One cell."""
    got = entrance(world, who, name)
    refused = wanted != "y"
    try:
        assert ("y" == got) == (not refused), f"{entrance.__name__}: {who} at {name} got {got}, wanted {wanted}"
        if refused:
            assert changed_names(world) == set(), f"{entrance.__name__}: {who} at {name} was refused and wrote"
        else:
            assert changed_names(world) == {written}, f"{entrance.__name__}: {who} at {name}"
    finally:
        restore(world)


@pytest.mark.parametrize("entrance", [by_dyndns2, by_update])
def test_addresses(entrances, entrance):
    for name, who, wanted in cells(ADDRESS):
        if (who == "ops") != (entrance == by_dyndns2) and who in ("ops", "OPS"):
            continue
        name = name.replace("UUID", entrances.uuid)
        wanted = {"u": "y" if entrance == by_update else "n"}.get(wanted, wanted)
        if entrance == by_dyndns2 and who not in ("gone", "OPS"):
            assert entrance(entrances, who, name) == wanted, f"{who} at {name}"
            restore(entrances)
        if entrance == by_update and name in ("alias.b5p.us", "cut.b5p.us") and who == "OPS":
            continue  # RFC 2136 section 3.4.2.2: passed over in silence
        check(entrances, entrance, name, "ops" if who == "OPS" else who, wanted, name)


def by_name(world, name):
    name = name.replace("UUID", world.uuid)
    return name


@pytest.mark.parametrize("entrance", [by_update_txt, by_acme_dns, by_present, by_cleanup])
def test_challenges(entrances, entrance):
    for name, who, wanted in cells(CHALLENGE):
        owner = f"_acme-challenge.{by_name(entrances, name)}"
        if entrance == by_cleanup and zone_of(owner) != "elsewhere.test":
            rdata = bytes([len(SEED)]) + SEED.encode()
            entrances.db.execute(f"INSERT INTO record ({RECORD}) VALUES (?, ?, 16, ?, 60)", (zone_of(owner), owner, rdata))
            before, entrances.before = entrances.before, state(entrances)
        wanted = {"u": "y" if entrance == by_update_txt else "n", "d": "y" if entrance == by_cleanup else "n"}.get(wanted, wanted)
        try:
            check(entrances, entrance, owner, who, wanted, owner)
        finally:
            if entrance == by_cleanup and zone_of(owner) != "elsewhere.test":
                entrances.before = before
                restore(entrances)


@pytest.mark.parametrize("entrance", [by_update_txt, by_present, by_cleanup])
def test_the_entrances_for_acme_have_nothing_else(entrances, entrance):
    for name, who, wanted in cells(BESIDE):
        wanted = {"u": "y" if entrance == by_update_txt else "n"}.get(wanted, wanted)
        check(entrances, entrance, name, who, wanted, name)


# By the secret of SIGNER, that of a host.
SIGNED = """
name                     kite.demo secret none
demo.b5p.us              n         n      n
kite.demo.b5p.us         y         n      n
x.kite.demo.b5p.us       n         n      n
other.b5p.us             n         n      n
free.b5p.us              n         n      n
secret.b5p.us            n         y      n
new.demo.b5p.us          n         n      n
b5p.us                   n         n      n
fe4_152.b5p.us           n         n      n
static.b5p.us            n         n      n
auth.b5p.us              n         n      n
x.elsewhere.test         n         n      n
*.kite.demo.b5p.us       y         n      n
*.demo.b5p.us            n         n      n
"""


def by_kite(world, signer, name):
    salt = "01234567"
    sign = salt + hashlib.sha1(f"secret of {signer}{name}:9.9.9.9{salt}".encode()).hexdigest()
    reply = world.http("GET", f"/?hostname={name}&myip=9.9.9.9&sign={sign}")
    return {"good 9.9.9.9": "y", "badauth": "n"}[reply.text.strip()]


def test_signed_updates(entrances):
    for name, signer, wanted in cells(SIGNED):
        check(entrances, by_kite, name, signer, wanted, name.removeprefix("*."))


def test_the_tables_are_large():
    count = sum(1 for _ in cells(ADDRESS)) * 2 + sum(1 for _ in cells(CHALLENGE)) * 4
    assert count >= 300


def counted(world, name):
    return len(world.answers(name, "TXT", tcp=True))


def many(world, who, rows):
    update = dns.update.UpdateMessage("b5p.us")
    for name, type, data in rows:
        update.add(dns.name.from_text(name), 60, type, data)
    return send(world, who, update)


def test_at_a_cname_a_challenge_is_refused_rather_than_lost(entrances):
    assert many(entrances, "demo", [("_acme-challenge.demo.b5p.us", "CNAME", "proofs.customer.test.")]) == "y"
    name = "_acme-challenge.demo.b5p.us"
    assert by_present(entrances, "demo", name) == "n" and by_acme_dns(entrances, "demo", name) == "n"
    assert by_update_txt(entrances, "demo", name) == "y"  # RFC 2136 section 3.4.2.2: passed over in silence
    assert by_cleanup(entrances, "demo", name) == "y"     # it is not there
    assert entrances.answers(name, "CNAME") == ["proofs.customer.test."] and not entrances.answers(name, "TXT")
    restore(entrances)


def test_a_challenge_takes_no_address_from_a_name_below_a_host(entrances):
    for entrance in by_present, by_acme_dns, by_update_txt:
        assert entrance(entrances, "demo", "_acme-challenge.www.demo.b5p.us") == "n"
        assert entrances.answers("www.demo.b5p.us") == ["192.0.2.1"]
    rows = [("www.demo.b5p.us", "A", "9.9.9.9"), ("_acme-challenge.www.demo.b5p.us", "TXT", TXT)]
    assert many(entrances, "demo", rows[::-1]) == "y"  # a host of its own, made by the same message
    assert entrances.answers("www.demo.b5p.us") == ["9.9.9.9"]
    assert entrances.answers("_acme-challenge.www.demo.b5p.us", "TXT") == [f'"{TXT}"']
    restore(entrances)


def test_what_a_client_has_is_bounded_at_every_entrance(entrances):
    name = "_acme-challenge.demo.b5p.us"
    assert many(entrances, "demo", [(name, "TXT", f"{i}") for i in range(200)]) == "n"
    assert many(entrances, "demo", [("demo.b5p.us", "TXT", f"{i}") for i in range(17)]) == "n"
    assert many(entrances, "demo", [(name, "TXT", f"{i}") for i in range(16)]) == "y"
    assert many(entrances, "demo", [(name, "TXT", "another")]) == "n" and by_present(entrances, "demo", name) == "n"
    assert counted(entrances, name) == 16
    assert by_acme_dns(entrances, "demo", name) == "y" and counted(entrances, name) == 2  # it forgets what is older
    restore(entrances)
    for i in range(4):
        rows = [(f"_{j}._{i}.demo.b5p.us", "TXT", "x") for j in range(16)]
        assert many(entrances, "demo", rows) == "y"
    assert many(entrances, "demo", [("_x.demo.b5p.us", "TXT", "x")]) == "n"
    assert many(entrances, "demo", [("_acme-challenge._x.demo.b5p.us", "TXT", "x")]) == "n"
    assert many(entrances, "demo", [("_acme-challenge.demo.b5p.us", "TXT", "x")]) == "y"  # it has a place of its own
    update = dns.update.UpdateMessage("b5p.us")
    update.delete(dns.name.from_text("_1._1.demo.b5p.us"))
    update.add(dns.name.from_text("_x.demo.b5p.us"), 60, "TXT", "x")
    assert send(entrances, "demo", update) == "y"
    assert many(entrances, "demo", [("_a._b._c._d._e.kite.demo.b5p.us", "TXT", "x")]) == "n"
    assert many(entrances, "demo", [(r"_a\.b.kite.demo.b5p.us", "TXT", "x")]) == "n"
    restore(entrances)
    assert many(entrances, "demo", [(f"_{i}.demo.b5p.us", "TXT", "x") for i in range(300)]) == "n"
    assert changed_names(entrances) == set()


def test_addresses_beside_hosts_are_bound_by_the_same_rule(entrances):
    entrances.db.execute("UPDATE account SET allow_private = 0 WHERE name = 'demo'")
    assert many(entrances, "demo", [("_x.demo.b5p.us", "A", "10.0.0.1")]) == "n"
    assert many(entrances, "demo", [("_x.demo.b5p.us", "A", "9.9.9.9")]) == "y"
    entrances.db.execute("UPDATE account SET allow_private = 1 WHERE name = 'demo'")
    restore(entrances)


def test_below_a_delegation_a_client_sets_nothing(entrances):
    update = dns.update.UpdateMessage("b5p.us")
    update.add("away", 60, "NS", "ns.elsewhere.test.")
    assert send(entrances, "ops", update) == "y"
    entrances.db.execute("INSERT INTO host (name, account) VALUES ('x.away.b5p.us', 'demo')")
    for entrance in by_update_txt, by_present, by_acme_dns:
        assert entrance(entrances, "demo", "_acme-challenge.x.away.b5p.us") == "n"
    restore(entrances)


def test_who_takes_a_host_of_nobodys_owns_it(entrances):
    assert by_dyndns2(entrances, "wide", "free.b5p.us") == "y"
    assert entrances.db.execute("SELECT account FROM host WHERE name = 'free.b5p.us'").fetchone() == ("wide",)
    restore(entrances)
    assert many(entrances, "wide", [("free.b5p.us", "TXT", "x")]) == "n"
    assert many(entrances, "wide", [("free.b5p.us", "A", "9.9.9.9"), ("free.b5p.us", "TXT", "x")]) == "y"
    assert entrances.db.execute("SELECT account FROM host WHERE name = 'free.b5p.us'").fetchone() == ("wide",)
    restore(entrances)
