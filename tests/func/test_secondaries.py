# SPDX-License-Identifier: BSD-2-Clause
"""Name servers of others transfer our zones: configured by the very lines of doc/secondaries.md, they mirror
everything and follow what changes."""
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import time

import dns.message
import dns.query
import dns.rdatatype
import dns.tsig
import dns.zone
import pytest

from harness import TOP, Daemon, eventually, free_port, run
from test_readme import agrees, steps

DOC = (TOP / "doc/secondaries.md").read_text()
ZONE = "kites.test"
STATIC = f"""$ORIGIN {ZONE}.
@ 300 NS ns1
@ 300 NS ns2
ns1 300 A 127.0.0.1
ns2 300 A 127.0.0.2
@ 300 MX 10 mail.elsewhere.test.
www 60 CNAME a
txt 60 TXT "one" "two"
sub 300 NS ns.sub
ns.sub 300 A 192.0.2.99
*.wild 60 A 192.0.2.50
"""


def block(kind, **words):
    text = re.search(rf"```{kind}\n(.*?)```", DOC, re.S)[1]
    for old, new in words.items():
        text = text.replace(old.strip("_"), str(new))
    return text


@pytest.fixture
def primary(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}")
    world.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n{STATIC}")
    for i in range(1, 4):
        world.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i}", "--address", f"2001:db8::{i}", "--tls", "1.0-1.3")
    for version, label in (("0.91", "fe4_091"), ("0.92", "fe6_092"), ("1.5.2", "frontends")):
        world.windsock("release", "add", "p", version, "--pool", label, "--tls", "1.2")
    world.account("demo", f"*.{ZONE}", "--allow-private")
    for name in "ab":
        world.windsock("host", "add", f"{name}.{ZONE}", "--account", "demo", "--address", "198.51.100.1", "--address", "2001:db8::9")
    world.secret = world.windsock("tsig", "add", "xfr.key", "--transfer").stdout.split("xfr.key:", 1)[1].split()[0]
    world.start_dnsd("--notify-quiet", 2)
    world.start_updater()
    return world


class Secondary:
    def __init__(self, world, kind, folder, catalog=False, signed=False, tls=False, keyless=False):
        self.world, self.kind, self.folder, self.port = world, kind, folder, free_port()
        self.catalog, self.signed, self.tls, self.keyless = catalog, signed, tls, keyless
        folder.mkdir()
        words = {"SECRET": world.secret, "5353": world.dns_port, "5302": self.port}
        if tls:
            words["5853"] = world.tls_port
            shutil.copy(world.dir / "ca.pem", folder)
        self.words, start = words, getattr(self, kind)
        if not keyless:  # which is told nothing, either
            world.windsock("secondary", "add", kind, "--address", "127.0.0.1", "--port", self.port, "--tsig", "xfr.key")
        self.daemon = self.start(*start())
        world.daemons.append(self.daemon)

    def write(self, name, kind):
        (self.folder / name).write_text(block(kind, **self.words))

    def start(self, *command):
        script = f"cd {self.folder} && exec {' '.join(map(str, command))}"
        daemon = Daemon(self.kind, ["sh", "-c", script], self.folder / "log")
        daemon.stop = lambda status=0: daemon.kill()
        return daemon

    def bind(self):
        self.write("named.conf", "bind-catalog" if self.catalog else "bind-tls" if self.tls else "bind")
        return "named", "-g", "-c", "named.conf"

    def knot(self):
        self.write("knot.conf", "knot")
        if self.catalog:
            kept = (self.folder / "knot.conf").read_text().split("zone:\n")[0]
            (self.folder / "knot.conf").write_text(kept + block("knot-catalog", **self.words))
        if self.keyless:
            conf = (self.folder / "knot.conf").read_text()
            conf = re.sub(r"^(?:key|acl):\n(?:  .*\n)*|^ +(?:key|acl): .*\n", "", conf, flags=re.M)
            often = r"\g<0>\1refresh-min-interval: 2\n\1refresh-max-interval: 2\n"
            (self.folder / "knot.conf").write_text(re.sub(r"^( +)master: .*\n", often, conf, flags=re.M))
        return "knotd", "-c", "knot.conf"

    def nsd(self):
        self.write("nsd.conf", "nsd-tls" if self.tls else "nsd")
        return "nsd", "-d", "-c", "nsd.conf"

    def pdns(self):
        self.write("pdns.conf", "pdns")
        if self.signed:
            (self.folder / "pdns.conf").write_text((self.folder / "pdns.conf").read_text() + block("pdns-signed"))
        schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
        with sqlite3.connect(self.folder / "pdns.sqlite3") as db:
            db.executescript(open(schema).read())
        for line in block("pdnsutil-catalog" if self.catalog else "pdnsutil", **self.words).splitlines():
            subprocess.run(line, shell=True, cwd=self.folder, check=True, capture_output=True)
        return "pdns_server", "--config-dir=."

    def serial(self, zone=ZONE):
        question = dns.message.make_query(zone, "SOA")
        try:
            reply = dns.query.udp(question, "127.0.0.1", port=self.port, timeout=1)
        except (OSError, dns.exception.DNSException):
            return None
        return reply.answer[0][0].serial if reply.answer else None


def answers(port, name, kind):
    reply = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=port, timeout=5)
    own = sorted(f"{r.name} {r.ttl} {dns.rdatatype.to_text(r.rdtype)} {d}" for r in reply.answer for d in r
                 if r.rdtype != dns.rdatatype.SOA)
    return reply.rcode(), own


NAMES = [ZONE, f"ns1.{ZONE}", f"www.{ZONE}", f"txt.{ZONE}", f"x.wild.{ZONE}", f"a.{ZONE}", f"x.a.{ZONE}", f"x.y.a.{ZONE}",
         f"b.{ZONE}", f"fe4_091.{ZONE}", f"fe6_092.{ZONE}", f"frontends.{ZONE}", f"none.{ZONE}", f"x.sub.{ZONE}"]


def same(world, port):
    """No difference in what is answered; the differences, for a look."""
    found = []
    for name in NAMES:
        for kind in ("A", "AAAA", "NS", "MX", "TXT", "CNAME"):
            ours, theirs = answers(world.dns_port, name, kind), answers(port, name, kind)
            if ours != theirs:
                found.append((name, kind, ours, theirs))
    return found


@pytest.mark.parametrize("kind", ["bind", "knot", "nsd", "pdns"])
def test_a_secondary_mirrors_us_and_follows(primary, tmp_path, kind):
    program = {"bind": "named", "knot": "knotd", "nsd": "nsd", "pdns": "pdns_server"}[kind]
    assert shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"), f"{program} is not installed"
    secondary = Secondary(primary, kind, tmp_path / kind)
    assert eventually(lambda: secondary.serial() is not None, 40, 0.2), secondary.daemon.text()[-3000:]
    assert eventually(lambda: not same(primary, secondary.port), 20, 0.5), same(primary, secondary.port)
    for i in range(1000):
        address = f"198.51.{i // 200}.{i % 200 + 20}"
        assert primary.update(f"a.{ZONE}", address, ("demo", "correct horse")) == [f"good {address}"]
    assert eventually(lambda: not same(primary, secondary.port), 40, 0.5), same(primary, secondary.port)
    primary.windsock("relay", "drain", "r2")
    primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n"
                     + STATIC.replace('"one"', '"three"').replace("@ 300 MX", "@ 299 MX") + "more 60 A 192.0.2.44\n")
    primary.windsock("host", "add", f"c.{ZONE}", "--account", "demo", "--address", "198.51.100.77")
    primary.windsock("host", "remove", f"b.{ZONE}")
    assert eventually(lambda: not same(primary, secondary.port), 40, 0.5), same(primary, secondary.port)
    assert answers(secondary.port, f"c.{ZONE}", "A")[1] == [f"c.{ZONE}. 60 A 198.51.100.77"]
    assert "192.0.2.2" not in str(answers(secondary.port, f"frontends.{ZONE}", "A"))
    log = primary.dnsd.text()
    assert "does not answer NOTIFY" not in log
    forms = re.findall(r"zone=kites.test client=127.0.0.1 form=(AXFR|IXFR|SOA) records=\d+ ms=\d+\n", log)
    most = 4 if kind == "nsd" else 1  # it begins anew when a NOTIFY finds it at work
    assert 1 <= forms.count("AXFR") <= most and forms.count("IXFR") > 1, log + secondary.daemon.text()[-3000:]


@pytest.mark.parametrize("kind, options", [("bind", ()), ("knot", ()), ("pdns", ()), ("pdns", ("--transfer-networks", "127.0.0.1"))])
def test_new_zones_are_taken_from_the_catalog(primary, tmp_path, kind, options):
    primary.dnsd.stop()
    primary.start_dnsd("--catalog", "Cat.invalid.", *options)
    secondary = Secondary(primary, kind, tmp_path / kind, catalog=True)

    def listed(zone):
        if kind != "pdns":
            return secondary.serial(zone) is not None
        with sqlite3.connect(secondary.folder / "pdns.sqlite3", timeout=10) as db:
            return db.execute("SELECT count(*) FROM domains WHERE name = ?", (zone,)).fetchone() == (1,)
    assert eventually(lambda: listed(ZONE), 40, 0.3), secondary.daemon.text()[-3000:]
    primary.windsock("zone", "add", "customer.test", "--ns", "ns1.customer.test")
    assert eventually(lambda: listed("customer.test"), 40, 0.3), secondary.daemon.text()[-3000:]
    if kind == "pdns" and not options:
        run("pdnsutil", "--config-dir=.", "activate-tsig-key", "customer.test", "xfr.key", "secondary", cwd=secondary.folder)
        run("pdns_control", "--config-dir=.", "--socket-dir=.", "retrieve", "customer.test", cwd=secondary.folder, check=False)
    assert eventually(lambda: secondary.serial("customer.test") is not None, 40, 0.3), secondary.daemon.text()[-3000:]
    assert answers(secondary.port, "fe4_091.customer.test", "A") == answers(primary.dns_port, "fe4_091.customer.test", "A")
    if options:
        return  # it transfers other zones meanwhile, and its own database is locked then when a zone is to go
    primary.windsock("zone", "remove", "customer.test")
    assert eventually(lambda: not listed("customer.test"), 40, 0.3), secondary.daemon.text()[-3000:]


def test_the_catalog_is_for_secondaries(primary):
    primary.dnsd.stop()
    primary.start_dnsd("--catalog", "cat.invalid")
    good = f"hmac-sha256:xfr.key:{primary.secret}"
    assert "status: REFUSED" in primary.dig("cat.invalid", "SOA")
    assert "status: NOERROR" in primary.dig("-y", good, "cat.invalid", "SOA")
    lines = transfer(primary, "-y", good, "cat.invalid", "AXFR").splitlines()
    assert [line.split(None, 3)[3] for line in lines if "zones.cat.invalid" in line] == [f"PTR\t{ZONE}."]
    assert any(line.startswith("version.cat.invalid.") and line.endswith('"2"') for line in lines)
    assert "PTR" not in transfer(primary, "cat.invalid", "AXFR")


@pytest.mark.parametrize("network, allowed", [("127.0.0.1", True), ("192.0.2.0/24", False)])
def test_who_transfers_by_address_may_look_first(primary, network, allowed):
    """A secondary asks for the SOA, or by IXFR over UDP, whether there is something to be transferred."""
    primary.dnsd.stop()
    primary.start_dnsd("--catalog", "cat.invalid", "--transfer-networks", network)
    for words in (["cat.invalid", "SOA"], ["cat.invalid", "SOA", "+tcp"], ["cat.invalid", "IXFR=1", "+notcp"],
                  [ZONE, "IXFR=1", "+notcp"]):
        said = primary.dig(*words)
        assert bool(re.search(r"\sSOA\s+\S+\s+\S+\s+\d+ ", said)) == allowed, said


def test_knot_that_is_let_in_by_its_address_follows_by_refresh(primary, tmp_path):
    """No key, no NOTIFY: it asks for the SOA over UDP, and transfers the catalog, its members and what has changed."""
    primary.dnsd.stop()
    primary.start_dnsd("--catalog", "cat.invalid", "--transfer-networks", "127.0.0.1")
    secondary = Secondary(primary, "knot", tmp_path / "knot", catalog=True, keyless=True)
    conf = (secondary.folder / "knot.conf").read_text()
    assert "key" not in conf and "notify" not in conf and conf.count("refresh-max-interval: 2") == 2

    def follows(*members):
        def all_serials():
            return all(secondary.serial(zone) == primary.query(zone, "SOA").answer[0][0].serial for zone in (ZONE, *members))
        assert eventually(all_serials, 60, 0.3), secondary.daemon.text()[-3000:]
        assert eventually(lambda: not same(primary, secondary.port), 20, 0.5), same(primary, secondary.port)
    follows()
    assert primary.update(f"a.{ZONE}", "198.51.100.20", ("demo", "correct horse")) == ["good 198.51.100.20"]
    follows()
    assert answers(secondary.port, f"a.{ZONE}", "A")[1] == [f"a.{ZONE}. 60 A 198.51.100.20"]
    primary.windsock("zone", "add", "customer.test", "--ns", "ns1.customer.test")
    follows("customer.test")
    primary.windsock("zone", "remove", "customer.test")
    assert eventually(lambda: secondary.serial("customer.test") is None, 60, 0.3), secondary.daemon.text()[-3000:]
    forms = re.findall(rf"zone={ZONE} client=127.0.0.1 form=(AXFR|IXFR|SOA) records=\d+ ms=\d+\n", primary.dnsd.text())
    assert forms[:2] == ["AXFR", "IXFR"], forms  # what came to be a zone may have had names of this one: whole again


class Copy:
    """A secondary that is strict: it removes nothing that is not there, and adds nothing that is."""

    def __init__(self, world):
        self.world, self.key = world, f"hmac-sha256:xfr.key:{world.secret}"
        self.records = self.ask("AXFR")
        self.serial = self.serial_of(self.records[0])
        self.records = set(self.records)

    def ask(self, kind):
        said = transfer(self.world, "-y", self.key, ZONE, kind)
        return ["\t".join(line.split(None, 4)) for line in said.splitlines() if line and "\tTSIG\t" not in line]

    def serial_of(self, soa):
        return int(soa.split("\t")[4].split()[2])

    def follow(self):
        """The number of records that it took."""
        lines = self.ask(f"IXFR={self.serial}")
        if len(lines) == 1:
            return 0
        assert lines[0] == lines[-1] and "\tSOA\t" in lines[1], lines[:3]
        adding = True
        for line in lines[1:-1]:
            if "\tSOA\t" in line:
                adding = not adding
            if adding:
                assert line not in self.records, line
                self.records.add(line)
            else:
                assert line in self.records, line
                self.records.remove(line)
        self.serial = self.serial_of(lines[0])
        return len(lines)


def test_differences_are_exact(primary):
    copy = Copy(primary)
    behind = Copy(primary)  # it follows in the end
    steps_taken = [
        lambda: primary.update(f"a.{ZONE}", "198.51.100.2,2001:db8::77", ("demo", "correct horse")),
        lambda: [primary.update(f"a.{ZONE}", f"198.51.100.{i}", ("demo", "correct horse")) for i in range(3, 9)],
        lambda: primary.windsock("host", "set", f"b.{ZONE}", "--ttl", "30"),
        lambda: primary.windsock("host", "add", f"deep.b.{ZONE}", "--account", "demo", "--address", "198.51.100.9"),
        lambda: primary.windsock("host", "remove", f"b.{ZONE}"),
        lambda: primary.windsock("relay", "drain", "r2"),
        lambda: primary.windsock("pool", "set", "frontends", "--ttl", "77"),
        lambda: primary.windsock("relay", "resume", "r2"),
        lambda: primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n"
                                 + STATIC.replace("192.0.2.50", "192.0.2.51") + "new 60 TXT x\nfe4_091 60 A 192.0.2.66\n"),
        lambda: primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n{STATIC}"),
        lambda: primary.windsock("host", "add", f"gone.{ZONE}", "--account", "demo", "--address", "198.51.100.9"),
        lambda: primary.windsock("host", "remove", f"gone.{ZONE}"),
        lambda: primary.sql(f"UPDATE host SET addresses = '198.51.100.200' WHERE name = 'a.{ZONE}'"),
    ]
    for step in steps_taken:
        step()
        copy.follow()
        assert copy.records == set(copy.ask("AXFR"))
    assert copy.follow() == 0
    assert behind.follow() < 60 and behind.records == copy.records  # condensed
    for words in (["zone", "add", f"sub.{ZONE}", "--ns", f"ns1.{ZONE}"], ["release", "add", "p", "2", "--pool", "new", "--tls", "1.2"]):
        primary.windsock(*words)
        lines = copy.ask(f"IXFR={copy.serial}")
        assert "\tSOA\t" not in lines[1]  # the whole zone: names may be in another one, or a pool's now
        copy = Copy(primary)


def test_a_record_that_sql_moves_is_gone_from_its_zone(primary):
    primary.windsock("zone", "add", "other.test", "--ns", "ns1.other.test")
    copy = Copy(primary)
    primary.sql(f"UPDATE record SET zone = 'other.test', owner = 'txt.other.test' WHERE owner = 'txt.{ZONE}'")
    assert eventually(lambda: "one" in str(answers(primary.dns_port, "txt.other.test", "TXT")))
    assert answers(primary.dns_port, f"txt.{ZONE}", "TXT")[1] == []
    assert copy.follow() > 0 and copy.records == set(copy.ask("AXFR"))


def test_what_a_host_hides_is_not_transferred(primary):
    """Its addresses stand in for static ones of its name, as in answers; where it comes or goes, the whole zone is sent."""
    primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n{STATIC}"
                     "b 60 A 192.0.2.250\n*.b 60 A 192.0.2.251\nb 60 TXT seen\nfrontends 60 A 192.0.2.252\n")
    copy = Copy(primary)
    assert not any("192.0.2.25" in line for line in copy.records) and any("seen" in line for line in copy.records)
    primary.windsock("host", "remove", f"b.{ZONE}")
    lines = copy.ask(f"IXFR={copy.serial}")
    assert "\tSOA\t" not in lines[1] and sum("192.0.2.25" in line for line in lines) == 2
    assert f"b.{ZONE}. 60 A 192.0.2.250" in answers(primary.dns_port, f"b.{ZONE}", "A")[1]


def transfer(world, *words):
    return run("dig", "@127.0.0.1", "-p", world.dns_port, "+nocmd", "+noall", "+answer", "+nostats", *words, check=False).stdout


def test_nobody_else_transfers(primary):
    other = primary.windsock("tsig", "add", "other").stdout.split("dig:   -y ", 1)[1].split()[0]
    good = f"hmac-sha256:xfr.key:{primary.secret}"
    assert "SOA" in transfer(primary, "-y", good, ZONE, "AXFR")
    for words in ([ZONE, "AXFR"], ["-y", other, ZONE, "AXFR"], [ZONE, "IXFR=1"], ["-y", good, "none.test", "AXFR"],
                  ["-y", good, f"a.{ZONE}", "AXFR"], ["-y", f"hmac-sha256:xfr.key:{'A' * 43}=", ZONE, "AXFR"]):
        assert "\tSOA\t" not in transfer(primary, *words), words
    assert "status: REFUSED" in primary.dig("+tcp", ZONE, "AXFR", "+nocmd", "+comments") or "Transfer failed" in primary.dig(ZONE, "AXFR")


def test_a_transfer_is_the_whole_zone(primary):
    for i in range(300):  # several messages
        primary.windsock("host", "add", f"h{i:03d}-{'x' * 50}.{ZONE}", "--account", "demo", "--address", f"198.51.100.{i % 250}",
                         "--address", f"2001:db8::{i:x}")
    said = transfer(primary, "-y", f"hmac-sha256:xfr.key:{primary.secret}", ZONE, "AXFR")
    zone = dns.zone.from_text("\n".join(line for line in said.splitlines() if "\tTSIG\t" not in line), ZONE, relativize=False,
                              check_origin=True, allow_include=False)
    assert sum(name.to_text().startswith(("h", "*.h")) for name in zone.nodes) == 600
    serial = primary.query(ZONE, "SOA").answer[0][0].serial
    assert zone.find_rdataset(f"{ZONE}.", "SOA")[0].serial == serial
    newer = transfer(primary, "-y", f"hmac-sha256:xfr.key:{primary.secret}", ZONE, f"IXFR={serial}")
    assert len([line for line in newer.splitlines() if "\tSOA\t" in line]) == 1 and "h000" not in newer


def test_a_slow_secondary_holds_nobody_up(primary):
    """It never reads: answers and updates go on, and dnsd stops all the same."""
    question = dns.message.make_query(ZONE, "AXFR")
    question.use_tsig(dns.tsig.Key("xfr.key", primary.secret, "hmac-sha256"))
    wire = question.to_wire()
    held = []
    for _ in range(8):
        s = socket.create_connection(("127.0.0.1", primary.dns_port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(struct.pack(">H", len(wire)) + wire)
        held.append(s)
    began = time.monotonic()
    for i in range(20):
        primary.update(f"a.{ZONE}", f"198.51.100.{i + 20}", ("demo", "correct horse"))
        assert primary.answers(f"a.{ZONE}") == [f"198.51.100.{i + 20}"]
    assert time.monotonic() - began < 10
    for s in held:
        s.close()


def test_the_commands_of_the_document(world):
    for command, shown in steps(DOC):
        words = command.split()
        done = world.windsock(*words[1:], check=False)
        assert agrees(shown, done.stdout + done.stderr), done
