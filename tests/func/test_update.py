# SPDX-License-Identifier: BSD-2-Clause
"""Dynamic updates (RFC 2136), by the programs that people use: what is acknowledged is answered at once and
survives; what is refused changes nothing."""
import concurrent.futures
import json
import os
import socket
import subprocess
import time

import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdtypes.ANY.TSIG
import dns.tsig
import dns.update
import pytest

from acme import Acme
from harness import World, eventually, in_namespace, run
from test_durability import full

ZONE = "kites.test"


def make_key(world, name, *options):
    said = world.windsock("tsig", "add", name, *options).stdout
    world.secrets[name] = said.split(f"{name}:", 1)[1].split()[0]


@pytest.fixture
def keyed(world):
    world.secrets = {}
    world.init()
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}")
    world.account("demo", f"demo.{ZONE} *.demo.{ZONE}", "--allow-private")
    world.account("other", f"other.{ZONE}")
    world.account("ops", "", "--role", "operator", "--allow-private")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.1", "--tls", "1.2-1.3")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("host", "add", f"demo.{ZONE}", "--account", "demo")
    make_key(world, "demo.key", "--account", "demo")
    make_key(world, "ops.key", "--account", "ops")
    world.start_dnsd()
    world.start_updater()
    return world


def send(world, update, key="demo.key", tcp=False, timeout=8, secret=None):
    if key:
        update.use_tsig(dns.tsig.Key(key, secret or world.secrets[key], "hmac-sha256"))
    return (dns.query.tcp if tcp else dns.query.udp)(update, "127.0.0.1", port=world.dns_port, timeout=timeout)


def rcode(world, update, key="demo.key", **more):
    return dns.rcode.to_text(send(world, update, key, **more).rcode())


def new(zone=ZONE):
    return dns.update.UpdateMessage(zone)


def nsupdate(world, lines, key="demo.key", *options, check=True):
    script = f"server 127.0.0.1 {world.dns_port}\n" + "\n".join(lines) + "\nsend\n"
    return run("nsupdate", "-y", f"hmac-sha256:{key}:{world.secrets[key]}", *options, input=script, check=check)


@pytest.mark.parametrize("options", [[], ["-v"]], ids=["udp", "tcp"])
def test_nsupdate_is_a_dyndns_client(keyed, options):
    nsupdate(keyed, [f"zone {ZONE}", f"update delete demo.{ZONE} A", f"update add demo.{ZONE} 60 A 198.51.100.7"],
             "demo.key", *options)
    assert keyed.answers(f"demo.{ZONE}") == ["198.51.100.7"]
    assert keyed.answers(f"x.demo.{ZONE}") == ["198.51.100.7"]
    nsupdate(keyed, [f"update add demo.{ZONE} 60 AAAA 2001:db8::7"], "demo.key", *options)  # looks SOA up first
    assert keyed.answers(f"demo.{ZONE}", "AAAA") == ["2001:db8::7"]
    assert keyed.answers(f"demo.{ZONE}") == ["198.51.100.7"]
    nsupdate(keyed, [f"update delete demo.{ZONE} A 198.51.100.7"], "demo.key", *options)
    assert keyed.answers(f"demo.{ZONE}") == []


def test_nsupdate_with_a_key_file_and_prerequisites(keyed, tmp_path):
    file = tmp_path / "key"
    file.write_text(f'key "demo.key" {{ algorithm hmac-sha256; secret "{keyed.secrets["demo.key"]}"; }};\n')
    name = f"_acme-challenge.demo.{ZONE}"
    script = f"server 127.0.0.1 {keyed.dns_port}\nprereq nxrrset {name} TXT\nupdate add {name} 60 TXT one\nsend\n"
    run("nsupdate", "-k", file, input=script)
    assert keyed.answers(name, "TXT") == ['"one"']
    again = run("nsupdate", "-k", file, input=script, check=False)
    assert again.returncode != 0 and "YXRRSET" in again.stderr, again.stderr
    assert keyed.answers(name, "TXT") == ['"one"']


def test_knsupdate(keyed):
    name = f"_443._tcp.demo.{ZONE}"
    script = (f"server 127.0.0.1 {keyed.dns_port}\nzone {ZONE}.\nupdate add {name}. 60 TLSA 3 1 1 "
              + "ab" * 32 + "\nsend\n")
    key = f"hmac-sha256:demo.key:{keyed.secrets['demo.key']}"
    run("knsupdate", "-y", key, input=script)
    assert keyed.answers(name, "TLSA") == ["3 1 1 " + "ab" * 32]
    run("knsupdate", "-y", key, "-v", input=script.replace("update add", "update del"))
    assert keyed.answers(name, "TLSA") == []
    assert keyed.query(name, "TLSA").rcode() == dns.rcode.NOERROR  # below a host, and so the host's


PREREQUISITES = [  # what is asked for, and what it is answered
    (lambda u: u.present("mail"), "NOERROR"), (lambda u: u.present("nx"), "NXDOMAIN"),
    (lambda u: u.absent("nx"), "NOERROR"), (lambda u: u.absent("mail"), "YXDOMAIN"),
    (lambda u: u.present("mail", "A"), "NOERROR"), (lambda u: u.present("mail", "MX"), "NXRRSET"),
    (lambda u: u.absent("mail", "MX"), "NOERROR"), (lambda u: u.absent("mail", "A"), "YXRRSET"),
    (lambda u: u.present("mail", "A", "192.0.2.25"), "NOERROR"),
    (lambda u: u.present("mail", "A", "192.0.2.26"), "NXRRSET"),
    (lambda u: u.present("mail", "A", "192.0.2.25", "192.0.2.26"), "NXRRSET"),
    (lambda u: u.present("@", "SOA"), "NOERROR"),
    (lambda u: u.present("fe4_152", "A"), "NOERROR"), (lambda u: u.absent("fe4_152"), "YXDOMAIN"),
]


def test_prerequisites(keyed):
    update = new()
    update.add("mail", 300, "A", "192.0.2.25")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    for i, (ask, wanted) in enumerate(PREREQUISITES):
        update = new()
        ask(update)
        update.add(f"p{i}", 60, "TXT", '"x"')
        assert rcode(keyed, update, "ops.key") == wanted, i
        assert bool(keyed.answers(f"p{i}.{ZONE}", "TXT")) == (wanted == "NOERROR"), i


def test_prerequisites_know_the_soa(keyed):
    """To the serial: who read a zone changes just what he read."""
    def ask(soa):
        update = new()
        update.present("@", "SOA", soa)
        update.add("p", 60, "TXT", f'"{time.monotonic_ns()}"')
        return rcode(keyed, update, "ops.key")

    def answered():
        return keyed.answers(ZONE, "SOA")[0]
    before = answered()
    assert ask(before) == "NOERROR"
    assert eventually(lambda: answered() != before)
    assert ask(before) == "NXRRSET" and ask(answered()[:-1] + "7") == "NXRRSET"
    assert ask(answered().upper()) == "NOERROR"


REFUSED = [  # by the account demo: type ANY with None deletes all
    ("other", "A", "198.51.100.1"), ("www", "A", "198.51.100.1"), ("@", "TXT", '"x"'), ("@", "NS", "ns.demo"),
    ("_acme-challenge.other", "TXT", '"x"'), ("_acme-challenge", "TXT", '"x"'), ("demo", "CNAME", "other"),
    ("demo", "NS", "ns.other"), ("_x.demo", "NS", "ns.other"), ("_x.demo", "DNAME", "other"),
    ("_acme-challenge.a.www.demo", "NS", "ns.other"), ("fe4_152", "A", "198.51.100.1"),
    ("fe4_777", "A", "198.51.100.1"), ("x.fe4_152", "TXT", '"x"'), ("other", None, None), ("@", None, None),
]


@pytest.mark.parametrize("name,type,data", REFUSED)
def test_what_is_not_ones_own_is_refused_with_all_beside_it(keyed, name, type, data):
    before = keyed.sql("SELECT max(id) FROM change")
    update = new()
    update.add("demo", 60, "A", "198.51.100.9")
    if type:
        update.add(name, 60, type, data)
    else:
        update.delete(name)
    update.use_edns(0)
    reply = send(keyed, update)
    assert reply.rcode() == dns.rcode.REFUSED
    assert any(option.otype == 15 and b": " in option.to_wire()[2:] for option in reply.options), reply
    assert keyed.answers(f"demo.{ZONE}") == []
    assert keyed.sql("SELECT max(id) FROM change") == before


def test_an_operator_changes_static_data_but_not_what_is_computed(keyed):
    for name, type, data, wanted in [
            ("www", "A", "192.0.2.80", "NOERROR"), ("@", "MX", f"10 www.{ZONE}.", "NOERROR"),
            ("alias", "CNAME", "www", "NOERROR"), ("sub", "NS", "ns.sub", "NOERROR"),
            ("fe4_152", "A", "192.0.2.80", "REFUSED"), ("frontends", "TXT", '"x"', "REFUSED"),
            ("demo", "CNAME", "www", "REFUSED"), ("@", "SOA", ". . 1 1 1 1 1", "REFUSED"),
            ("x", "RRSIG", "A 13 2 1 20300101000000 20200101000000 1 . AAAA", "REFUSED")]:
        update = new()
        update.add(name, 300, type, data)
        assert rcode(keyed, update, "ops.key") == wanted, (name, type)
    update = new()
    update.add("alias", 300, "A", "192.0.2.81")  # RFC 2136 section 3.4.2.2: beside a CNAME, passed over
    update.add("www", 300, "CNAME", "alias")
    update.delete("@", "NS")                     # section 3.4.2.3: the apex keeps its NS
    update.delete("@", "NS", f"ns1.{ZONE}.")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    assert keyed.answers(f"alias.{ZONE}", "CNAME") == ["www.kites.test."]
    assert keyed.answers(f"www.{ZONE}") == ["192.0.2.80"]
    assert keyed.answers(ZONE, "NS") == [f"ns1.{ZONE}."]
    update = new()
    update.add("www", 60, "A", "192.0.2.81")     # one RRset, one TTL
    update.delete("@")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    assert [r.ttl for r in keyed.query(f"www.{ZONE}").answer] == [60]
    assert keyed.answers(ZONE, "NS") and keyed.answers(ZONE, "SOA") and not keyed.answers(ZONE, "MX")


def test_zones_and_names_outside(keyed):
    update = new("elsewhere.test")
    update.add("x", 60, "A", "192.0.2.1")
    assert rcode(keyed, update, "ops.key") == "NOTAUTH"
    update = new()
    update.add(dns.name.from_text("x.elsewhere.test."), 60, "A", "192.0.2.1")
    assert rcode(keyed, update, "ops.key") == "NOTZONE"


def test_a_key_may_be_for_some_types_and_names_alone(keyed):
    make_key(keyed, "acme.key", "--account", "demo", "--types", "txt", "--names", "_acme-challenge.*")
    name = f"_acme-challenge.demo.{ZONE}"
    assert eventually(lambda: "NOERROR" in keyed.dig("-y", f"hmac-sha256:acme.key:{keyed.secrets['acme.key']}",
                                                     ZONE, "SOA"))
    for owner, type, data, wanted in [("_acme-challenge.demo", "TXT", '"x"', "NOERROR"),
                                      ("demo", "A", "198.51.100.1", "REFUSED"),
                                      ("_acme-challenge.demo", "CAA", '0 issue "x"', "REFUSED"),
                                      ("_x.demo", "TXT", '"x"', "REFUSED")]:
        update = new()
        update.add(owner, 60, type, data)
        assert rcode(keyed, update, "acme.key") == wanted, owner
    update = new()
    update.delete("_acme-challenge.demo")  # of all types: more than the key is for
    assert rcode(keyed, update, "acme.key") == "REFUSED"
    assert keyed.answers(name, "TXT") == ['"x"']
    update = new()
    update.delete("_acme-challenge.demo", "TXT")
    assert rcode(keyed, update, "acme.key") == "NOERROR"
    assert keyed.answers(name, "TXT") == []


def test_who_has_not_signed_or_wrongly_is_refused(keyed, monkeypatch):
    for tcp in False, True:
        update = new()
        update.add("demo", 60, "A", "198.51.100.1")
        assert rcode(keyed, update, None, tcp=tcp) == "REFUSED"
        with pytest.raises(dns.tsig.PeerBadKey):
            send(keyed, update, "nobody", secret=keyed.secrets["demo.key"], tcp=tcp)
        with pytest.raises(dns.tsig.PeerBadSignature):
            send(keyed, update, "demo.key", secret=keyed.secrets["ops.key"], tcp=tcp)
    make_key(keyed, "xfr.key", "--transfer")  # of no account
    assert eventually(lambda: "NOERROR" in keyed.dig("-y", f"hmac-sha256:xfr.key:{keyed.secrets['xfr.key']}", ZONE, "SOA"))
    assert rcode(keyed, update, "xfr.key") == "REFUSED"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 1000)
    with pytest.raises(dns.tsig.PeerBadTime):
        send(keyed, update)
    assert keyed.answers(f"demo.{ZONE}") == []


def test_a_blocked_account_is_refused(keyed):
    keyed.windsock("account", "set", "demo", "--blocked", 1)
    update = new()
    update.add("demo", 60, "A", "198.51.100.1")
    assert rcode(keyed, update) == "REFUSED"


def test_what_was_heard_on_the_way_is_not_done_again(keyed):
    update = new()
    update.replace("demo", 60, "A", "198.51.100.1")
    update.use_tsig(dns.tsig.Key("demo.key", keyed.secrets["demo.key"], "hmac-sha256"))
    heard = update.to_wire()
    ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ask.settimeout(8)
    ask.connect(("127.0.0.1", keyed.dns_port))
    ask.send(heard)
    assert ask.recv(4096)[3] & 15 == 0
    later = new()
    later.replace("demo", 60, "A", "198.51.100.2")
    assert rcode(keyed, later) == "NOERROR"
    def heard_again():
        ask.send(heard)
        assert ask.recv(4096)[3] & 15 == 0  # its own client may have missed the answer
        assert keyed.answers(f"demo.{ZONE}") == ["198.51.100.2"]
    heard_again()
    for end in ("stop", "kill"):
        getattr(keyed.updater, end)()
        keyed.start_updater()
        heard_again()
    keyed.updater.stop()
    with (keyed.dir / "registry.seen").open("r+b") as seen:  # as if the machine had crashed meanwhile
        seen.seek(20)
        seen.write(b"?")
    time.sleep(1.1)  # signatures tell seconds
    keyed.start_updater()
    ask.send(heard)
    assert ask.recv(4096)[3] & 15 == 2  # SERVFAIL: whether it was done is not known
    assert keyed.answers(f"demo.{ZONE}") == ["198.51.100.2"]
    assert rcode(keyed, later) == "NOERROR"  # signed anew


def test_a_host_is_made_by_its_first_address(keyed):
    update = new()
    update.add("new.demo", 60, "A", "198.51.100.3")
    assert rcode(keyed, update) == "NOERROR"
    assert keyed.answers(f"a.new.demo.{ZONE}") == ["198.51.100.3"]
    shown = json.loads(keyed.windsock("host", "show", f"new.demo.{ZONE}", "--json").stdout)
    assert shown["account"] == "demo"


def test_names_below_a_host_leave_its_other_names_alone(keyed):
    update = new()
    update.add("demo", 60, "A", "198.51.100.3")
    update.add("_acme-challenge.demo", 60, "TXT", '"x"')
    assert rcode(keyed, update) == "NOERROR"
    assert keyed.answers(f"_acme-challenge.demo.{ZONE}", "TXT") == ['"x"']
    assert keyed.answers(f"www.demo.{ZONE}") == keyed.answers(f"demo.{ZONE}") == ["198.51.100.3"]


def test_the_audit_says_who_did_what(keyed):
    update = new()
    update.add("_acme-challenge.demo", 60, "TXT", '"secret-of-acme"')
    assert rcode(keyed, update) == "NOERROR"
    row = keyed.sql("SELECT a.actor, a.origin, a.verb FROM change c JOIN act a ON a.id = c.act "
                    "WHERE c.kind = 'record' ORDER BY c.id DESC LIMIT 1")
    assert row.startswith("demo|127.0.0.1|") and "demo.key" in row and f"+ _acme-challenge.demo.{ZONE} TXT" in row
    assert "secret-of-acme" not in row


def test_what_changes_nothing_writes_nothing(keyed):
    update = new()
    update.add("_acme-challenge.demo", 60, "TXT", '"x"')
    assert rcode(keyed, update) == "NOERROR"
    before = keyed.sql("SELECT max(id), (SELECT max(id) FROM act) FROM change")
    for _ in range(3):
        time.sleep(1.1)  # another signature
        assert rcode(keyed, update) == "NOERROR"
    assert keyed.sql("SELECT max(id), (SELECT max(id) FROM act) FROM change") == before


def test_a_thousand_updates_are_durable_and_shown_at_once(keyed):
    def one(i):
        update = new()
        update.add(f"t{i}", 60, "TXT", f'"{i}"')
        answered = rcode(keyed, update, "ops.key", tcp=i % 4 == 0)
        return answered, keyed.answers(f"t{i}.{ZONE}", "TXT")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        got = list(pool.map(one, range(1000)))
    assert got == [("NOERROR", [f'"{i}"']) for i in range(1000)]
    keyed.updater.kill()
    keyed.dnsd.kill()
    keyed.start_dnsd()
    assert all(keyed.answers(f"t{i}.{ZONE}", "TXT") == [f'"{i}"'] for i in range(0, 1000, 50))
    assert keyed.sql("SELECT count(*) FROM record WHERE type = 16") == "1000"


def test_without_an_updater_it_is_servfail_soon_and_signed(keyed):
    keyed.updater.stop()
    update = new()
    update.add("demo", 60, "A", "198.51.100.1")
    for tcp in False, True:
        began = time.monotonic()
        reply = send(keyed, update, tcp=tcp)
        assert reply.rcode() == dns.rcode.SERVFAIL and reply.had_tsig
        assert time.monotonic() - began < 2
    keyed.start_updater()
    assert rcode(keyed, update) == "NOERROR"


def test_a_killed_updater_keeps_what_it_acknowledged(keyed):
    done = []

    def hammer(i):
        update = new()
        update.add(f"k{i}", 60, "TXT", f'"{i}"')
        try:
            if rcode(keyed, update, "ops.key") == "NOERROR":
                done.append(i)
        except (OSError, dns.exception.DNSException):
            pass
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for i in range(300):
            pool.submit(hammer, i)
        assert eventually(lambda: len(done) > 50)
        keyed.updater.kill()
        keyed.start_updater()
    assert len(done) > 60
    for i in done:
        assert keyed.answers(f"k{i}.{ZONE}", "TXT") == [f'"{i}"']


def test_malformed_messages_are_answered_formerr(keyed):
    head = bytes.fromhex("00012800000100000001000105") + b"kites\4test\0\0\6\0\1"
    for rest in (b"\4demo\xc0\x0c\0\1\0\1\0\0\0\1\0\3abc", b"\4demo\xc0\x0c\0\1\0\377\0\0\0\1\0\0",
                 b"\xc0\x0c\0\6\0\376\0\0\0\0\0\1."):
        message = bytearray(head[:10] + b"\0\0" + head[12:] + rest)
        tsig = dns.tsig.Key("demo.key", keyed.secrets["demo.key"], "hmac-sha256")
        empty = dns.rdtypes.ANY.TSIG.TSIG(255, 250, tsig.algorithm, 0, 300, b"", 1, 0, b"")
        record = dns.tsig.sign(bytes(message), tsig, empty, int(time.time()))[0]
        rdata = record.to_wire()
        message[11] = 1
        message += tsig.name.to_wire() + b"\0\372\0\377\0\0\0\0" + len(rdata).to_bytes(2, "big") + rdata
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(8)
            s.connect(("127.0.0.1", keyed.dns_port))
            s.send(message)
            assert s.recv(4096)[3] & 15 == 1, rest
    assert keyed.answers(f"demo.{ZONE}") == []


def test_queries_go_on_while_updates_wait(keyed):
    """A writer that holds the registry: updates wait, questions do not."""
    writer = subprocess.Popen(["sqlite3", "-cmd", ".timeout 5000", keyed.registry], stdin=subprocess.PIPE, text=True)
    writer.stdin.write("BEGIN IMMEDIATE;\n")
    writer.stdin.flush()
    time.sleep(0.3)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        def late(i):
            update = new()
            update.add(f"w{i}", 60, "TXT", '"x"')
            return rcode(keyed, update, "ops.key")
        waiting = [pool.submit(late, i) for i in range(8)]
        began = time.monotonic()
        for _ in range(50):
            keyed.query(ZONE, "SOA")
        assert time.monotonic() - began < 2
        assert {w.result() for w in waiting} <= {"SERVFAIL", "NOERROR"}
    writer.communicate("ROLLBACK;\n")
    assert eventually(lambda: late(99) == "NOERROR"), keyed.updater.text() + keyed.dnsd.text()


def test_the_client_of_certbots_plug_in(keyed):
    """What its authenticator calls to perform a challenge, and to clean up."""
    script = f"""
import sys, dns.tsig
from certbot_dns_rfc2136._internal.dns_rfc2136 import _RFC2136Client
client = _RFC2136Client("127.0.0.1", {keyed.dns_port}, "demo.key", "{keyed.secrets['demo.key']}", dns.tsig.HMAC_SHA256)
getattr(client, sys.argv[1])("_acme-challenge.demo.{ZONE}", sys.argv[2], *map(int, sys.argv[3:]))
"""
    name = f"_acme-challenge.demo.{ZONE}"
    run("/usr/bin/python3", "-c", script, "add_txt_record", "first", 120)
    run("/usr/bin/python3", "-c", script, "add_txt_record", "second", 120)
    assert keyed.answers(name, "TXT") == ['"first"', '"second"']
    run("/usr/bin/python3", "-c", script, "del_txt_record", "first")
    assert keyed.answers(name, "TXT") == ['"second"']
    run("/usr/bin/python3", "-c", script, "del_txt_record", "second")
    assert keyed.answers(name, "TXT") == []


def lego(world, folder, provider, **settings):
    """lego, until its challenge is looked at; the ACME server that looked."""
    acme = Acme(folder, lambda name: world.answers(name, "TXT"))
    env = {**os.environ, "LEGO_CA_CERTIFICATES": str(acme.certificate), **settings}
    done = run("lego", "--server", f"{acme.url}/directory", "--accept-tos", "--email", "me@demo.test", "--path",
               folder / "lego", "--dns", provider, "--dns.disable-cp", "--dns.resolvers", f"127.0.0.1:{world.dns_port}",
               "--domains", f"demo.{ZONE}", "run", env=env, check=False, timeout=120)
    acme.shutdown()
    assert done.returncode != 0 and "as it was to be" in done.stderr, done.stderr
    return acme


def test_lego_shows_its_challenge_and_cleans_up(keyed, tmp_path):
    acme = lego(keyed, tmp_path, "rfc2136", RFC2136_NAMESERVER=f"127.0.0.1:{keyed.dns_port}",
                RFC2136_TSIG_KEY="demo.key", RFC2136_TSIG_SECRET=keyed.secrets["demo.key"],
                RFC2136_TSIG_ALGORITHM="hmac-sha256.")
    assert acme.seen == [f'"{acme.wanted}"']
    assert keyed.answers(f"_acme-challenge.demo.{ZONE}", "TXT") == []


def acme_dns(world, target, body, user="", key=""):
    reply = world.http("POST", target, json.dumps(body), {"X-Api-User": user, "X-Api-Key": key,
                                                          "Content-Type": "application/json"})
    return reply.status, json.loads(reply.text) if reply.text.startswith("{") else reply.text


def test_acme_dns_form(keyed):
    one, two, three = ("a" * 43, "b" * 43, "c" * 43)
    assert acme_dns(keyed, "/register", {})[0] == 404  # closed, unless the operator says otherwise
    keyed.updater.stop()
    keyed.start_updater("--acme-dns", ZONE)
    assert keyed.http("GET", "/health").status == 200
    status, account = acme_dns(keyed, "/register", {})
    assert status == 201 and set(account) == {"username", "password", "fulldomain", "subdomain", "allowfrom"}
    who = account["username"], account["password"]
    for txt, shown in [(one, [one]), (two, [one, two]), (two, [one, two]), (three, [two, three]), (one, [one, three])]:
        assert acme_dns(keyed, "/update", {"subdomain": account["subdomain"], "txt": txt}, *who) == (200, {"txt": txt})
        assert keyed.answers(account["fulldomain"], "TXT") == [f'"{t}"' for t in shown]
    for body, user, wanted in [
            ({"subdomain": account["subdomain"], "txt": "short"}, who, (400, {"error": "bad_txt"})),
            ({"subdomain": "", "txt": one}, who, (400, {"error": "bad_subdomain"})),
            ({"subdomain": "other", "txt": one}, who, (401, {"error": "forbidden"})),
            ({"subdomain": account["subdomain"], "txt": one}, (who[0], "wrong"), (401, {"error": "forbidden"})),
            ({"subdomain": account["subdomain"], "txt": one}, ("", ""), (401, {"error": "forbidden"}))]:
        assert acme_dns(keyed, "/update", body, *user) == wanted
    reply = keyed.http("POST", "/update", "{", {"X-Api-User": who[0], "X-Api-Key": who[1]})
    assert (reply.status, json.loads(reply.text)) == (400, {"error": "malformed_json_payload"})
    # such an account publishes no addresses
    assert keyed.update(account["fulldomain"], "198.51.100.1", who) != ["good 198.51.100.1"]
    assert keyed.answers(account["fulldomain"]) == []
    # a host's own account, by the host's name
    body = {"subdomain": f"demo.{ZONE}", "txt": one}
    assert acme_dns(keyed, "/update", body, "demo", "correct horse") == (200, {"txt": one})
    assert keyed.answers(f"_acme-challenge.demo.{ZONE}", "TXT") == [f'"{one}"']
    assert acme_dns(keyed, "/update", body, "other", "correct horse") == (401, {"error": "forbidden"})


def test_legos_httpreq(keyed, tmp_path):
    acme = lego(keyed, tmp_path, "httpreq", HTTPREQ_ENDPOINT=f"http://127.0.0.1:{keyed.http_port}",
                HTTPREQ_USERNAME="demo", HTTPREQ_PASSWORD="correct horse")
    assert acme.seen == [f'"{acme.wanted}"']
    assert keyed.answers(f"_acme-challenge.demo.{ZONE}", "TXT") == []
    body = json.dumps({"fqdn": f"_acme-challenge.other.{ZONE}.", "value": "x"})
    assert keyed.http("POST", "/present", body, user=("demo", "correct horse")).status == 403
    assert keyed.http("POST", "/present", body, user=("demo", "wrong")).status == 401
    assert keyed.http("POST", "/present", "{}", user=("demo", "correct horse")).status == 400


@in_namespace
def test_a_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=4m", "none", disk)
    world = World()
    world.registry, world.secrets = disk / "registry", {}
    world.init()
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}")
    world.account("ops", "", "--role", "operator")
    make_key(world, "ops.key", "--account", "ops")
    world.start_dnsd()
    world.start_updater()
    shown = {}

    def add(name, data):
        update = new()
        update.replace(name, 60, "TXT", f'"{data}"')
        update.add(f"beside-{name}", 60, "TXT", f'"{data}"')
        answered = rcode(world, update, "ops.key")
        if answered == "NOERROR":
            shown[name] = [f'"{data}"']
        assert world.answers(f"{name}.{ZONE}", "TXT") == shown.get(name, [])
        return answered

    try:
        assert [add(f"n{i}", "x" * 200) for i in range(10)] == ["NOERROR"] * 10
        ballast = full(disk)
        got = [add(f"n{i % 20}", f"{i}" * 50) for i in range(60)]
        assert got[-10:] == ["SERVFAIL"] * 10, got
        ballast.unlink()
        assert eventually(lambda: add("n0", "again") == "NOERROR", every=0.2)
        rows = dict(line.split("|") for line in world.sql(
            "SELECT owner, count(*) FROM record WHERE type = 16 GROUP BY owner").splitlines())
        assert {f"{name}.{ZONE}" for name in shown} <= set(rows)
        assert world.sql("PRAGMA integrity_check") == "ok"
    finally:
        world.close()


def test_one_too_many_is_servfail_and_the_connection_goes_on(keyed):
    writer = subprocess.Popen(["sqlite3", "-cmd", ".timeout 5000", keyed.registry], stdin=subprocess.PIPE, text=True)
    writer.stdin.write("BEGIN IMMEDIATE;\n")
    writer.stdin.flush()
    time.sleep(0.3)
    tsig = dns.tsig.Key("ops.key", keyed.secrets["ops.key"], "hmac-sha256")

    def update(i):
        message = new()
        message.id = i
        message.add(f"many{i}", 60, "TXT", '"x"')
        message.use_tsig(tsig)
        return message.to_wire()
    many = [update(i) for i in range(400)]
    question = dns.message.make_query(ZONE, "SOA").to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood, \
            socket.create_connection(("127.0.0.1", keyed.dns_port), 8) as s:
        for wire in many[:399]:  # 256 wait
            flood.sendto(wire, ("127.0.0.1", keyed.dns_port))
        s.sendall(b"".join(len(m).to_bytes(2, "big") + m for m in (many[399], question)))
        stream = s.makefile("rb")
        got = [stream.read(int.from_bytes(stream.read(2), "big")) for _ in range(2)]
    assert [m[3] & 15 for m in got] == [2, 0] and got[0][:2] == many[399][:2]
    writer.communicate("ROLLBACK;\n")


def test_an_update_among_questions_of_one_connection(keyed):
    """TCP: questions before and behind it are answered, too."""
    update = new()
    update.add("demo", 60, "A", "198.51.100.7")
    update.use_tsig(dns.tsig.Key("demo.key", keyed.secrets["demo.key"], "hmac-sha256"))
    messages = [dns.message.make_query(ZONE, "SOA").to_wire(), update.to_wire(), dns.message.make_query(ZONE, "NS").to_wire()]
    with socket.create_connection(("127.0.0.1", keyed.dns_port), 8) as s:
        s.sendall(b"".join(len(m).to_bytes(2, "big") + m for m in 3 * messages))
        stream, got = s.makefile("rb"), []
        for _ in range(9):
            got.append(stream.read(int.from_bytes(stream.read(2), "big")))
    assert [m[:2] for m in got] == [m[:2] for m in 3 * messages]
    assert all(m[3] & 15 == 0 for m in got)
    assert keyed.answers(f"demo.{ZONE}") == ["198.51.100.7"]


def test_a_client_that_hangs_up_while_its_update_waits(keyed):
    for i in range(50):
        update = new()
        update.replace("demo", 60, "A", f"198.51.100.{i}")
        update.use_tsig(dns.tsig.Key("demo.key", keyed.secrets["demo.key"], "hmac-sha256"))
        wire = update.to_wire()
        with socket.create_connection(("127.0.0.1", keyed.dns_port), 8) as s:
            s.sendall(len(wire).to_bytes(2, "big") + wire)
            if i % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    update = new()
    update.replace("demo", 60, "A", "198.51.100.250")
    assert rcode(keyed, update, tcp=True) == "NOERROR"
    assert keyed.answers(f"demo.{ZONE}") == ["198.51.100.250"]


def test_strangers_change_a_host_no_more_often_than_over_http(keyed):
    keyed.updater.stop()
    keyed.start_updater("--unlimited", "192.0.2.0/24")
    got = []
    for i in range(14):
        update = new()
        update.replace("demo", 60, "A", f"198.51.100.{i}")
        got.append(rcode(keyed, update))
        time.sleep(0.06)
    assert got[:10] == ["NOERROR"] * 10 and got[-1] == "REFUSED", got
    assert keyed.answers(f"demo.{ZONE}") == [f"198.51.100.{got.index('REFUSED') - 1}"]
    update = new()
    update.replace("x", 60, "TXT", '"x"')
    assert rcode(keyed, update, "ops.key") == "NOERROR"  # an operator is no stranger


@in_namespace
def test_the_answer_comes_from_where_it_was_asked(keyed):
    keyed.dnsd.stop()
    keyed.start_dnsd(listen="0.0.0.0")
    update = new()
    update.replace("demo", 60, "A", "198.51.100.1")
    update.use_tsig(dns.tsig.Key("demo.key", keyed.secrets["demo.key"], "hmac-sha256"))
    reply = dns.query.udp(update, "192.0.2.1", port=keyed.dns_port, timeout=8, source="127.0.0.1")
    assert reply.rcode() == dns.rcode.NOERROR
