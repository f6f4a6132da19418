# SPDX-License-Identifier: BSD-2-Clause
"""`windsock zone import --from`: zones of BIND, Knot, NSD and windsock by transfer; from whoever misbehaves, nothing."""
import re
import shutil
import socket
import struct
import threading

import dns.message
import dns.name
import dns.rdatatype
import dns.renderer
import dns.rrset
import dns.tsig
import pytest

from harness import Daemon, World, eventually, free_port, run

ZONE = "moved.test"
SECRET = "c2VjcmV0IG9mIHRoaXJ0eS10d28gb2N0ZXRzISEhISE="
TEXT = f"""$ORIGIN {ZONE}.
@ 3600 SOA ns1 h 2000000000 3601 601 86401 61
@ 300 NS ns1
@ 300 NS ns2.elsewhere.test.
ns1 300 A 192.0.2.1
ns1 300 AAAA 2001:db8::1
@ 300 MX 10 mail
@ 300 CAA 0 issue "ca.test"
mail 300 A 192.0.2.2
www 60 CNAME ns1
a.b.c 60 TXT "one" "two words"
*.wild 60 A 192.0.2.50
srv 60 SRV 1 2 3 mail
ptr 60 PTR mail
naptr 60 NAPTR 1 2 "U" "E2U+Sip" "!^.*$!sip:I@x!" mail
dn 60 DNAME elsewhere.test.
sub 60 NS ns.sub
ns.sub 60 A 192.0.2.99
sub 60 DS 12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899
https 60 HTTPS 1 . alpn=h2
loc 60 LOC 52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m
sshfp 60 SSHFP 1 1 123456789ABCDEF67890123456789ABCDEF67890
tlsa 60 TLSA 0 0 1 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899
odd 60 TYPE65400 \\# 3 010203
""" + "".join(f"h{i:04d}{'x' * 40} 60 A 198.51.100.{i % 250}\n" for i in range(4000))


@pytest.fixture
def target():
    w = World().init()
    w.windsock("tsig", "add", "xfr.key", "--secret-stdin", input=SECRET + "\n")
    yield w
    w.close()


def bind(folder, port, key):
    allow = 'key "xfr.key"' if key else "any"
    (folder / "named.conf").write_text(f"""key "xfr.key" {{ algorithm hmac-sha256; secret "{SECRET}"; }};
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; pid-file "pid"; }};
controls {{ }};
zone "{ZONE}" {{ type primary; file "zone"; allow-transfer {{ {allow}; }}; }};
""")
    return "named", "-g", "-c", "named.conf"


def knot(folder, port, key):
    rule = "key: xfr.key" if key else "address: 127.0.0.1"
    (folder / "knot.conf").write_text(f"""server:
    rundir: "."
    listen: 127.0.0.1@{port}
database:
    storage: "."
key:
  - id: xfr.key
    algorithm: hmac-sha256
    secret: {SECRET}
acl:
  - id: out
    {rule}
    action: transfer
zone:
  - domain: {ZONE}
    storage: "."
    file: zone
    acl: out
""")
    return "knotd", "-c", "knot.conf"


def nsd(folder, port, key):
    (folder / "nsd.conf").write_text(f"""server:
    ip-address: 127.0.0.1@{port}
    username: ""
    chroot: ""
    zonesdir: "."
    database: ""
    pidfile: "nsd.pid"
    xfrdfile: "xfrd.state"
    zonelistfile: "zone.list"
    xfrdir: "."
remote-control:
    control-enable: no
key:
    name: "xfr.key"
    algorithm: hmac-sha256
    secret: "{SECRET}"
zone:
    name: "{ZONE}"
    zonefile: "zone"
    provide-xfr: 127.0.0.1 {"xfr.key" if key else "NOKEY"}
""")
    return "nsd", "-d", "-c", "nsd.conf"


def start(w, folder, make, key, text=TEXT):
    folder.mkdir()
    (folder / "zone").write_text(text)
    port = free_port()
    command = make(folder, port, key)
    daemon = Daemon(command[0], ["sh", "-c", f"cd {folder} && exec {' '.join(command)}"], folder / "log")
    daemon.stop = lambda status=0: daemon.kill()
    w.daemons.append(daemon)

    def up():
        done = run("dig", "@127.0.0.1", "-p", port, "+time=1", "+tries=1", ZONE, "SOA", check=False)
        return "status: NOERROR" in done.stdout
    assert eventually(up, 20, 0.2), daemon.text()
    return port


def records(text):
    return sorted(" ".join(line.split()) for line in text.splitlines() if line and line[0] not in ";$" and " SOA " not in " ".join(line.split()))


@pytest.mark.parametrize("make", [bind, knot, nsd])
@pytest.mark.parametrize("key", [True, False], ids=["tsig", "open"])
def test_a_zone_of_another_server(target, tmp_path, make, key):
    port = start(target, tmp_path / "primary", make, key)
    said = target.windsock("zone", "import", ZONE, "--from", f"127.0.0.1:{port}", *(["--tsig", "xfr.key"] if key else [])).stdout
    by_transfer = target.windsock("zone", "export", ZONE).stdout
    assert f"zone {ZONE} imported: 4022 records, 4022 added, 0 removed" in said
    other = World().init()
    try:
        other.windsock("zone", "import", ZONE, "-", input=TEXT)
        assert records(other.windsock("zone", "export", ZONE).stdout) == records(by_transfer)
    finally:
        other.close()
    assert "0 added, 0 removed" in target.windsock("zone", "import", ZONE, "-", input=TEXT).stdout
    target.start_dnsd()
    assert target.query(ZONE, "SOA").answer[0][0].serial > 2000000000


def test_export_and_import_are_the_same(target):
    target.windsock("zone", "import", ZONE, "-", input=TEXT)
    exported = target.windsock("zone", "export", ZONE).stdout
    other = World().init()
    try:
        other.windsock("zone", "import", ZONE, "-", input=exported)
        again = other.windsock("zone", "export", ZONE).stdout
        strip = lambda text: re.sub(r"\bSOA\b.*", "SOA", text)  # noqa: E731 the serial is the registry's
        assert strip(again) == strip(exported)
    finally:
        other.close()


def test_a_zone_of_another_windsock(target):
    source = World().init()
    try:
        source.windsock("zone", "import", ZONE, "-", input=TEXT)
        source.account("demo", f"*.{ZONE}", "--allow-private")
        source.windsock("host", "add", f"dyn.{ZONE}", "--account", "demo", "--address", "198.51.100.7")
        source.windsock("tsig", "add", "xfr.key", "--transfer", "--secret-stdin", input=SECRET + "\n")
        source.windsock("dnssec", "sign", ZONE)
        source.start_dnsd()
        done = target.windsock("zone", "import", ZONE, "--from", f"127.0.0.1:{source.dns_port}", "--tsig", "xfr.key")
        assert "records of a signer were left out" in done.stderr
        exported = target.windsock("zone", "export", ZONE).stdout
        plain = source.windsock("zone", "export", ZONE).stdout
        came = [line for line in records(exported) if line not in records(plain)]
        assert sorted(came) == ["*.dyn 60 IN A 198.51.100.7", "dyn 60 IN A 198.51.100.7"] or \
            all("198.51.100.7" in line for line in came) and len(came) == 2, came
    finally:
        source.close()


def unchanged(w, words, said, *, status=1):
    """Refused in these words, and nothing was changed."""
    before = w.windsock("export").stdout
    done = w.windsock("zone", "import", ZONE, *words, check=False)
    assert done.returncode == status and re.search(said, done.stderr), done
    assert done.stderr.count("\n") == 1 and w.windsock("export").stdout == before
    return done


def test_who_refuses_is_understood(target, tmp_path):
    port = start(target, tmp_path / "primary", bind, True, TEXT[:3000].rsplit("\n", 1)[0] + "\n")
    target.windsock("tsig", "add", "other.key")
    address = f"127.0.0.1:{port}"
    unchanged(target, ["--from", address], "REFUSED: does it let this address")
    unchanged(target, ["--from", address, "--tsig", "other.key"], "NOTAUTH: .*does not know the key")
    unchanged(target, ["--from", address, "--tsig", "none.key"], "there is no tsig none.key")
    unchanged(target, ["--from", f"127.0.0.1:{free_port()}"], "cannot be reached: Connection refused")
    unchanged(target, ["--from", "nonsense"], "nonsense", status=2)
    unchanged(target, ["--tsig", "xfr.key"], "usage: ", status=2)
    done = target.windsock("zone", "import", "elsewhere.test", "--from", address, "--tsig", "xfr.key", check=False)
    assert done.returncode == 1 and "NOTAUTH: it is not primary" in done.stderr


class Liar:
    """A name server that sends what it is told."""

    def __init__(self, answer):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.answer = answer
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.socket.accept()
        with connection:
            size = struct.unpack("!H", connection.recv(2))[0]
            question = connection.recv(size)
            try:
                for octets in self.answer(question):
                    connection.sendall(octets)
            except OSError:
                pass  # it hung up
        self.socket.close()


KEY = dns.tsig.Key("xfr.key", SECRET, "hmac-sha256")


def rrset(owner, *words):
    return dns.rrset.from_text(owner + ".", *words)


SOA = rrset(ZONE, 60, "IN", "SOA", "ns1. h. 7 1 1 1 1")
NS = rrset(ZONE, 60, "IN", "NS", "ns1.elsewhere.test.")
A = [rrset(f"h{i}.{ZONE}", 60, "IN", "A", f"192.0.2.{i}") for i in range(200)]


def framed(wire):
    return struct.pack("!H", len(wire)) + wire


def message(question, sets, change=None):
    query = dns.message.from_wire(question, keyring={KEY.name: KEY})
    reply = dns.message.Message(id=query.id)
    reply.flags = 0x8400
    reply.question = list(query.question)
    reply.answer = list(sets)
    if change:
        change(reply)
    return reply


def plain(*groups, change=None):
    """Messages without keys."""
    def answer(question):
        for group in groups:
            yield framed(message(question, group, change).to_wire())
    return answer


def signed(groups, signs=lambda i: True, spoil=None):
    """Messages of a stream, those that SIGNS says yes of by the key (RFC 8945 section 5.3.1)."""
    def answer(question):
        query = dns.message.from_wire(question, keyring={KEY.name: KEY})
        context = None
        for i, group in enumerate(groups):
            reply = dns.message.Message(id=query.id)
            reply.flags = 0x8400
            reply.question = query.question if i == 0 else []
            reply.answer = list(group)
            if signs(i):
                reply.use_tsig(KEY, fudge=300, original_id=query.id)
                reply.request_mac = query.mac
                wire = reply.to_wire(multi=True, tsig_ctx=context)
                context = reply.tsig_ctx
            else:
                wire = reply.to_wire()
                context.update(wire)
            yield framed(spoil(i, wire) if spoil else wire)
    return answer


WHOLE = [[SOA, NS], A[:100], A[100:], [SOA]]


def take(w, answer, *words):
    liar = Liar(answer)
    return ["--from", f"127.0.0.1:{liar.port}", *words]


def test_what_is_well_is_taken(target):
    assert "201 records" in target.windsock("zone", "import", ZONE, *take(target, plain(*WHOLE))).stdout
    assert "0 added" in target.windsock("zone", "import", ZONE, *take(target, signed(WHOLE), "--tsig", "xfr.key")).stdout
    every_third = signed([[SOA, NS], *[[a] for a in A], [SOA]], signs=lambda i: i % 67 == 0)
    assert "0 added" in target.windsock("zone", "import", ZONE, *take(target, every_third, "--tsig", "xfr.key")).stdout


FAULTS = {
    "cut": (plain(*WHOLE[:3]), "closed before the zone was whole"),
    "no SOA": (plain([NS], [SOA]), "does not begin with the zone's SOA"),
    "another SOA": (plain([rrset("x.test", 60, "IN", "SOA", "ns1. h. 7 1 1 1 1")]), "SOA of another zone"),
    "another end": (plain([SOA, NS], [rrset(ZONE, 60, "IN", "SOA", "ns1. h. 8 1 1 1 1")]), "the zone changed meanwhile"),
    "behind the end": (plain([SOA, NS, SOA, A[0]]), "records behind the last SOA|the record|another"),
    "outside": (plain([SOA, NS, rrset("h.x.test", 60, "IN", "A", "192.0.2.1")], [SOA]), "record 3: the record is outside the zone"),
    "no NS": (plain([SOA, A[0]], [SOA]), "no NS at its apex"),
    "id": (plain(*WHOLE, change=lambda m: setattr(m, "id", m.id ^ 1)), "another id"),
    "query": (plain(*WHOLE, change=lambda m: setattr(m, "flags", 0)), "no answer"),
    "truncated": (plain(*WHOLE, change=lambda m: setattr(m, "flags", 0x8600)), "truncated"),
    "servfail": (plain([], change=lambda m: m.set_rcode(2)), "SERVFAIL"),
    "question": (plain(*WHOLE, change=lambda m: setattr(m, "question", [dns.rrset.RRset(dns.name.from_text("x.test"), 1, 252)])),
                 "another question"),
    "garbage": (lambda q: [framed(q[:12] + b"\xff" * 50)], "no answer|cannot be read|questions"),
    "long record": (lambda q: [framed(q[:2] + b"\x84\0\0\0\0\1\0\0\0\0\5moved\4test\0\0\6\0\1\0\0\0\1\xff\xff")], "questions|longer"),
    "empty": (lambda q: [b"\0\0"], "a message of 0 octets"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_from_who_misbehaves_nothing_is_taken(target, fault):
    answer, said = FAULTS[fault]
    unchanged(target, take(target, answer), said)


def flip(which):
    def spoil(i, wire):
        return wire[:-30] + bytes([wire[-30] ^ 1]) + wire[-29:] if i == which else wire
    return spoil


SIGNED_FAULTS = {
    "not signed": (plain(*WHOLE), "a message is not signed by the key"),
    "first is false": (signed(WHOLE, spoil=flip(0)), "its MAC is wrong"),
    "later is false": (signed(WHOLE, spoil=flip(2)), "its MAC is wrong"),
    "last is not signed": (signed(WHOLE, signs=lambda i: i < 3), "the last message is not signed"),
    "a hundred are not": (signed([[SOA, NS], *[[a] for a in A], [SOA]], signs=lambda i: i in (0, 201)), "a message is not signed by the key"),
    "one between is false": (signed(WHOLE, signs=lambda i: i != 1, spoil=flip(1)), "its MAC is wrong"),
}


@pytest.mark.parametrize("fault", SIGNED_FAULTS)
def test_what_is_signed_is_verified(target, fault):
    answer, said = SIGNED_FAULTS[fault]
    unchanged(target, take(target, answer, "--tsig", "xfr.key"), said)


def test_others_write_while_it_is_transferred(target):
    """A server that is slow keeps nobody from writing."""
    go = threading.Event()

    def slow(question):
        answers = list(plain(*WHOLE)(question))
        yield answers[0]
        go.wait(20)
        yield b"".join(answers[1:])
    said = []
    words = take(target, slow)
    thread = threading.Thread(target=lambda: said.append(target.windsock("zone", "import", ZONE, *words).stdout))
    thread.start()
    target.windsock("zone", "add", "other.test", "--ns", "ns1.other.test")
    go.set()
    thread.join()
    assert "201 records" in said[0]
