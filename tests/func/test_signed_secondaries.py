# SPDX-License-Identifier: BSD-2-Clause
"""Secondaries of a signed zone get it whole, with conventional NSECs and all signatures: verifiers find nothing, and who
validates believes what they answer, whatever becomes of the zone and its keys."""
import calendar
import concurrent.futures
import json
import re
import sys
import threading
import time

import dns.query
import dns.xfr
import dns.zone
import pytest

from harness import eventually, in_namespace, run
from test_secondaries import STATIC, ZONE, Copy, Secondary, answers, primary, transfer  # noqa: F401

SIGNING = {"csk": (), "split": ("--split",), "ed25519": ("--algorithm", "ed25519")}
POSITIVE = f"""{ZONE}/SOA {ZONE}/NS {ZONE}/MX {ZONE}/DNSKEY www.{ZONE}/A txt.{ZONE}/TXT x.wild.{ZONE}/A a.{ZONE}/A a.{ZONE}/AAAA
x.a.{ZONE}/A x.y.a.{ZONE}/AAAA fe4_091.{ZONE}/A fe6_092.{ZONE}/AAAA frontends.{ZONE}/A""".split()
NEGATIVE = f"{ZONE}/TXT none.{ZONE}/A a.{ZONE}/MX x.a.{ZONE}/TXT x.none.{ZONE}/AAAA sub.{ZONE}/DS txt.{ZONE}/A frontends.{ZONE}/TXT".split()


def anchor(w):
    file = w.dir / "anchor"
    said = w.windsock("dnssec", "ds", ZONE).stdout
    keys = re.findall(rf"^; {ZONE}. IN DNSKEY (\d+) (\d+) (\d+) (\S+)$", said, re.M)
    file.write_text("trust-anchors {%s};\n" % "".join(f' {ZONE}. static-key {a} {b} {c} "{key}";' for a, b, c, key in keys))
    return file


def delv(w, port, word):
    name, kind = word.split("/")
    done = run("delv", "@127.0.0.1", "-p", port, "-a", anchor(w), f"+root={ZONE}", name, kind, check=False)
    return done.stdout + done.stderr


def unproved(w, port, words=tuple(POSITIVE + NEGATIVE)):
    """What a validating client does not believe, of what the server at the port answers."""
    said = {word: delv(w, port, word) for word in words}
    return {word: text for word, text in said.items() if "fully validated" not in text or "bogus" in text
            or ("ncache nx" in text) != (word in NEGATIVE)}


def whole(w):
    said = transfer(w, "-y", f"hmac-sha256:xfr.key:{w.secret}", ZONE, "AXFR")
    lines = [line for line in said.splitlines() if line and "\tTSIG\t" not in line]
    assert len(lines) > 2 and "\tSOA\t" in lines[0] and lines[0] == lines[-1], said[-500:]
    return "\n".join(lines[:-1]) + "\n"


def verified(w, csk):
    """Three verifiers of others on what is transferred."""
    file = w.dir / "transferred"
    file.write_text(whole(w))
    run("ldns-verify-zone", file)
    run("dnssec-verify", *(["-z"] if csk else []), "-o", ZONE, file)
    run("kzonecheck", "-o", ZONE, "--dnssec", "on", file)


@pytest.mark.parametrize("how", SIGNING)
def test_what_is_transferred_verifies(primary, how):
    primary.windsock("dnssec", "sign", ZONE, *SIGNING[how])
    csk = how != "split"
    verified(primary, csk)
    copy = Copy(primary)
    steps = [
        lambda: primary.update(f"a.{ZONE}", "198.51.100.2", ("demo", "correct horse")),
        lambda: primary.windsock("host", "add", f"deep.b.{ZONE}", "--account", "demo", "--address", "198.51.100.9"),
        lambda: primary.windsock("host", "remove", f"b.{ZONE}"),
        lambda: primary.windsock("relay", "drain", "r2"),
        lambda: primary.windsock("pool", "set", "frontends", "--ttl", "77"),
        lambda: primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n"
                                 + STATIC.replace("192.0.2.50", "192.0.2.51") + "new 60 TXT x\nempty 60 TYPE65400 \\# 0\nsub 60 NS ns2.sub\n"
                                 + "sub DS 12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899\n"),
        lambda: primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 60\n{STATIC}"),
        lambda: primary.windsock("zone", "add", f"sub.{ZONE}", "--ns", f"ns1.{ZONE}"),
        lambda: primary.windsock("release", "add", "p", "2", "--pool", "new", "--tls", "1.2"),
        lambda: primary.sql(f"UPDATE host SET addresses = '198.51.100.200' WHERE name = 'a.{ZONE}'"),
    ]
    for step in steps:
        step()
        assert copy.follow() > 0  # by IXFR, even where an unsigned zone is sent whole
        assert copy.records == set(copy.ask("AXFR"))
    verified(primary, csk)
    assert copy.follow() == 0


def test_another_minimum_is_another_zone(primary):
    primary.windsock("dnssec", "sign", ZONE)
    before = whole(primary)
    primary.windsock("zone", "import", ZONE, "-", input=f"@ 3600 SOA ns1 h 1 3600 600 86400 30\n{STATIC}")
    after = whole(primary)
    assert re.search(r"\t60\tIN\tNSEC\t", before) and re.search(r"\t30\tIN\tNSEC\t", after)
    verified(primary, True)
    primary.sql("UPDATE zone SET signed = 0")
    assert "RRSIG" not in whole(primary)


@pytest.mark.parametrize("kind", ["bind", "knot", "nsd", "pdns"])
def test_who_validates_believes_a_secondary(primary, tmp_path, kind):
    primary.windsock("dnssec", "sign", ZONE)
    secondary = Secondary(primary, kind, tmp_path / kind, signed=True)

    def believed():
        return not unproved(primary, secondary.port, POSITIVE[:1] + POSITIVE[7:8] + NEGATIVE[:2])
    assert eventually(lambda: secondary.serial() is not None, 40, 0.2), secondary.daemon.text()[-3000:]
    assert eventually(believed, 20, 0.5), unproved(primary, secondary.port)
    assert unproved(primary, secondary.port) == {}
    for i in range(1000):
        address = f"198.51.{i // 200}.{i % 200 + 20}"
        assert primary.update(f"a.{ZONE}", address, ("demo", "correct horse")) == [f"good {address}"]
    primary.windsock("relay", "drain", "r2")
    primary.windsock("host", "add", f"c.{ZONE}", "--account", "demo", "--address", "198.51.100.77")
    primary.windsock("host", "remove", f"b.{ZONE}")
    same = lambda: all(answers(primary.dns_port, n, t) == answers(secondary.port, n, t)  # noqa: E731
                       for n, t in ((f"a.{ZONE}", "A"), (f"c.{ZONE}", "A"), (f"frontends.{ZONE}", "A")))
    assert eventually(same, 40, 0.5), secondary.daemon.text()[-3000:]
    assert unproved(primary, secondary.port, POSITIVE + NEGATIVE) == {}
    before = answers(secondary.port, ZONE, "DNSKEY")
    primary.windsock("dnssec", "roll", ZONE)
    assert eventually(lambda: len(answers(secondary.port, ZONE, "DNSKEY")[1]) > len(before[1]), 40, 0.5), \
        primary.dnsd.text()[-2000:] + primary.updater.text()[-500:]
    assert eventually(lambda: answers(secondary.port, ZONE, "DNSKEY")[1] == answers(primary.dns_port, ZONE, "DNSKEY")[1], 20, 0.5)
    assert unproved(primary, secondary.port) == {}
    forms = re.findall(r"zone=kites.test client=127.0.0.1 form=(AXFR|IXFR|SOA) records=\d+ ms=\d+\n", primary.dnsd.text())
    most = 4 if kind == "nsd" else 1  # it begins anew when a NOTIFY finds it at work
    if kind != "pdns":  # which transfers signed zones whole
        assert 1 <= forms.count("AXFR") <= most and forms.count("IXFR") > 1, secondary.daemon.text()[-3000:]


# Debian 12's dnsviz looks for its graph library's version where that no longer tells it.
GROK = """import sys, types, pygraphviz
pygraphviz.release = types.SimpleNamespace(version=pygraphviz.__version__)
from dnsviz.commands import grok
grok.main(sys.argv)"""


@pytest.mark.parametrize("kind", ["bind", "knot", "nsd"])
def test_a_zone_below_is_insecure_through_a_secondary(primary, tmp_path, kind):
    """Once the zone above delegates it, as `check` says that it should."""
    kid = f"kid.{ZONE}"
    primary.windsock("dnssec", "sign", ZONE)
    primary.windsock("zone", "add", kid, "--ns", f"ns1.{ZONE}")
    assert f"zone {kid} is not delegated" in primary.windsock("check", check=False).stdout
    zone = primary.windsock("zone", "export", ZONE).stdout
    primary.windsock("zone", "import", ZONE, "-", input=zone + f"{kid}. 60 IN NS ns1.{ZONE}.\n")
    assert f"zone {kid} is not delegated" not in primary.windsock("check", check=False).stdout
    secondary = Secondary(primary, kind, tmp_path / kind, signed=True)
    assert eventually(lambda: secondary.serial() is not None, 40, 0.2), secondary.daemon.text()[-3000:]
    for port in (primary.dns_port, secondary.port):
        assert eventually(lambda: "fully validated" in delv(primary, port, f"{kid}/DS"), 20, 0.5), delv(primary, port, f"{kid}/DS")
        said = run("dig", "@127.0.0.1", "-p", port, "+dnssec", "+norec", kid, "DS").stdout
        assert re.search(rf"^{kid}\.\s+\d+\s+IN\s+NSEC\s+\S+ NS RRSIG NSEC$", said, re.M), said


@in_namespace  # it asks the servers of the root, too
def test_dnsviz_finds_no_fault_in_a_secondary(primary, tmp_path):
    primary.windsock("dnssec", "sign", ZONE)
    secondary = Secondary(primary, "knot", tmp_path / "knot")
    assert eventually(lambda: secondary.serial() is not None, 40, 0.2), secondary.daemon.text()[-3000:]
    keys = primary.dir / "keys"
    keys.write_text("\n".join(line for line in whole(primary).splitlines() if "\tDNSKEY\t" in line) + "\n")
    probed = run("dnsviz", "probe", "-d", 0, "-A", "-4", "-a", ZONE, "-x", f"{ZONE}+:ns1.{ZONE}=127.0.0.1:{secondary.port}",
                 ZONE, timeout=60).stdout
    found = run(sys.executable, "-c", GROK, "-t", keys, input=probed, timeout=60).stdout
    assert json.loads(found)[f"{ZONE}."]["status"] == "NOERROR"
    states = set(re.findall('"status": "([A-Z]+)"', found))
    assert states == {"NOERROR", "SECURE", "VALID"} and '"errors"' not in found, found
    keys.write_text(keys.read_text().replace("13 ", "13 AAAA", 1))
    assert '"SECURE"' not in run(sys.executable, "-c", GROK, "-t", keys, input=probed, timeout=60).stdout


def kdig(self, kind):
    done = run("kdig", "@127.0.0.1", "-p", self.world.dns_port, "+noall", "+answer", "-y", self.key, ZONE, kind)
    return ["\t".join(line.split(None, 4)) for line in done.stdout.splitlines() if line and line[0] != ";" and "\tTSIG\t" not in line]


def left(copy):
    """Days from today until the first signature expires."""
    dates = [line.split("\t")[4].split()[4] for line in copy.records if "\tRRSIG\t" in line]
    return (calendar.timegm(time.strptime(min(dates), "%Y%m%d%H%M%S")) - time.time()) // 86400


def test_secondaries_get_signatures_before_theirs_expire(clocked, monkeypatch):
    """Nothing changes but the time: dnsd has the serial moved, and what expires is signed anew."""
    w = clocked
    monkeypatch.setattr(Copy, "ask", kdig)  # dig waits for ever under such a clock
    w.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    w.windsock("dnssec", "sign", ZONE)
    w.secret = w.windsock("tsig", "add", "xfr.key", "--transfer").stdout.split("xfr.key:", 1)[1].split()[0]
    w.start_dnsd("--dnssec-validity", 16)
    w.start_updater()
    moved = "signatures or keys of zones are new"
    assert eventually(lambda: w.windsock("log").stdout.count(moved) == 1)  # who ran before us signed otherwise
    copy = Copy(w)
    first = left(copy)
    assert first >= 12
    w.move("+5d")
    assert copy.follow() == 0 and left(copy) == first
    for day in (9, 11, 13, 20, 24):
        w.move(f"+{day}d")
        assert eventually(lambda: copy.follow() + 1 and left(copy) - day > 3, 90), w.updater.text() + w.dnsd.text()
        (w.dir / "then").write_text("\n".join(sorted(copy.records, key=lambda line: "\tSOA\t" not in line)) + "\n")
        run("ldns-verify-zone", "-t", time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + day * 86400)), w.dir / "then")
    assert 3 <= w.windsock("log").stdout.count(moved) <= 6


def test_a_restart_moves_the_serial(primary):
    """Signatures are others then, and no difference is told to who has those of before."""
    primary.windsock("dnssec", "sign", ZONE)
    copy = Copy(primary)
    primary.dnsd.stop()
    primary.start_dnsd()
    lines = copy.ask(f"IXFR={copy.serial}")
    assert eventually(lambda: "signatures or keys of zones are new" in primary.windsock("log").stdout)
    again = copy.ask(f"IXFR={copy.serial}")
    for answer in (lines, again):
        assert len(answer) == 1 or "\tSOA\t" not in answer[1]
    assert copy.serial_of(again[0]) > copy.serial


def test_without_keys_a_signed_zone_is_not_transferred(primary):
    primary.windsock("dnssec", "sign", ZONE)
    for file in (primary.dir / "registry.dnssec").iterdir():
        file.unlink()
    primary.dnsd.stop()
    primary.start_dnsd()
    assert "\tSOA\t" not in transfer(primary, "-y", f"hmac-sha256:xfr.key:{primary.secret}", ZONE, "AXFR")
    assert "cannot be transferred" in primary.dnsd.text()


def test_many_at_once_get_the_same(primary):
    """While hosts move: whoever has a serial has the same zone, whole or by differences."""
    primary.windsock("dnssec", "sign", ZONE)
    done, seen, faults = threading.Event(), {}, []
    lock = threading.Lock()

    def follow():
        copy = Copy(primary)
        while not done.is_set():
            with lock:
                if seen.setdefault(copy.serial, copy.records) != copy.records:
                    faults.append(copy.serial)
            copy.records = set(copy.records)
            copy.follow()
    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(200):
        primary.update(f"a.{ZONE}", f"198.51.100.{i % 200 + 1}", ("demo", "correct horse"))
    done.set()
    for thread in threads:
        thread.join()
    assert not faults and len(seen) > 10


def test_the_journals_of_many_signed_zones_have_room_together(world):
    """300 white labels, transferred and changed again and again: all their journals keep to --transfer-journal, and
    whoever follows still gets what changed alone, or else a whole zone, but never a wrong one."""
    zones, room = [f"w{i}.test" for i in range(300)], 1 << 20
    for i in range(1, 4):
        world.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i}", "--address", f"2001:db8::{i}", "--tls", "1.0-1.3")
    for version, label in (("0.91", "fe4_091"), ("0.92", "fe6_092"), ("1.5.2", "frontends")):
        world.windsock("release", "add", "p", version, "--pool", label, "--tls", "1.2")

    def make(zone):
        world.windsock("zone", "add", zone, "--ns", f"ns1.{zone}=192.0.2.53")
        world.windsock("dnssec", "sign", zone)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(make, zones))
    world.start_dnsd("--transfer-networks", "127.0.0.1", "--transfer-journal", 1)
    copies = {zone: dns.zone.Zone(zone) for zone in zones}

    def follow():
        for copy in copies.values():
            query, _ = dns.xfr.make_query(copy)
            dns.query.inbound_xfr("127.0.0.1", copy, query, port=world.dns_port, timeout=30)

    def journals():
        with open(f"/proc/{world.dnsd.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        octets = json.loads(world.windsock("status", "--json").stdout)["name_server"]["journal_octets"]
        print(f"journals: {octets >> 10} KiB, resident: {resident} KiB")
        return octets
    follow()
    assert journals() == 0
    most = 0
    for ttl in range(50, 58):
        world.windsock("pool", "set", "frontends", "--ttl", ttl)
        world.windsock("relay", "drain" if ttl % 2 == 0 else "resume", "r2")
        follow()
        most = max(most, journals())
        assert most <= room
    assert most > room // 2
    for zone in zones[::60]:
        whole = dns.zone.Zone(zone)
        query, _ = dns.xfr.make_query(whole)
        dns.query.inbound_xfr("127.0.0.1", whole, query, port=world.dns_port, timeout=30)
        assert whole == copies[zone] and whole.get_rdataset("frontends", "A").ttl == 57, zone
    forms = re.findall(r"zone=w\d+.test client=127.0.0.1 form=(AXFR|IXFR|SOA) ", world.dnsd.text())
    print({form: forms.count(form) for form in set(forms)})
    assert forms.count("IXFR") > forms.count("AXFR")
