# SPDX-License-Identifier: BSD-2-Clause
"""Transfers over TLS (RFC 9103): by NSD, BIND and kdig, and what is refused."""
import socket
import ssl
import struct
import time

import dns.message
import dns.query
import dns.tsig
import pytest

from harness import eventually, free_port, run
from test_secondaries import ZONE, Secondary, answers, primary, same, transfer  # noqa: F401


def certificate(folder, days=2):
    """Of ns1.kites.test, by an authority of its own in the same folder."""
    def openssl(*words):
        run("openssl", *words, cwd=folder)
    if not (folder / "ca.pem").exists():
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "9", "-subj", "/CN=test")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "privkey.pem", "-out", "csr", "-subj", f"/CN=ns1.{ZONE}", "-addext",
            f"subjectAltName=DNS:ns1.{ZONE}")
    openssl("x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-copy_extensions",
            "copy", "-out", "new.pem")
    (folder / "new.pem").rename(folder / "fullchain.pem")


@pytest.fixture
def secure(primary):  # noqa: F811
    primary.dnsd.stop()
    certificate(primary.dir)
    primary.tls_port = free_port()
    primary.start_dnsd("--notify-quiet", 2, "--listen-tls", f"127.0.0.1:{primary.tls_port}", "--tls-certificate",
                       primary.dir / "fullchain.pem", "--tls-key", primary.dir / "privkey.pem")
    return primary


def kdig(w, *words, key=True):
    done = run("kdig", "@127.0.0.1", "-p", w.tls_port, f"+tls-ca={w.dir / 'ca.pem'}", f"+tls-hostname=ns1.{ZONE}", "+noall", "+answer",
               "+header", "+timeout=5", "+retry=0", *(["-y", f"hmac-sha256:xfr.key:{w.secret}"] if key else []), *words, check=False)
    return done.stdout + done.stderr


def records(text):
    return sorted(" ".join(line.split()) for line in text.splitlines() if line and line[0] != ";" and "TSIG" not in line)


def test_the_same_zone_comes_over_tls(secure):
    serial = secure.query(ZONE, "SOA").answer[0][0].serial
    plain = transfer(secure, "-y", f"hmac-sha256:xfr.key:{secure.secret}", ZONE, "AXFR")
    assert len(records(plain)) > 20 and records(kdig(secure, ZONE, "AXFR")) == records(plain)
    assert f" {serial} " in kdig(secure, ZONE, "SOA")
    assert len(records(kdig(secure, ZONE, f"IXFR={serial}"))) == 1
    assert f"transfer zone={ZONE} client=127.0.0.1 over=TLS form=AXFR" in secure.dnsd.text()


def test_keys_are_asked_for_over_tls_too(secure):
    for words in ([ZONE, "AXFR"], [ZONE, "IXFR=1"]):
        assert "REFUSED" in kdig(secure, *words, key=False) and "\tSOA\t" not in kdig(secure, *words, key=False)


def test_other_questions_are_refused_there(secure):
    for kind in ("A", "ANY", "NS"):
        assert "REFUSED" in kdig(secure, f"a.{ZONE}", kind, key=False)
    with session(secure) as s:
        for keyed in False, True:
            question = dns.message.make_query(f"a.{ZONE}", "A")
            if keyed:
                question.use_tsig(dns.tsig.Key("xfr.key", secure.secret, "hmac-sha256"))
            refused = ask(s, question)  # which verifies it
            assert refused.rcode() == 5 and refused.question == question.question and refused.had_tsig == keyed
    assert "NOERROR" in kdig(secure, f"frontends.{ZONE}", "SOA", key=False)
    assert "REFUSED" in kdig(secure, "elsewhere.test", "SOA", key=False)


def session(w, alpn=("dot",), most=None, source="127.0.0.1"):
    context = ssl.create_default_context(cafile=w.dir / "ca.pem")
    if alpn:
        context.set_alpn_protocols(alpn)
    if most:
        context.maximum_version = most
    raw = socket.create_connection(("127.0.0.1", w.tls_port), timeout=10, source_address=(source, 0))
    return context.wrap_socket(raw, server_hostname=f"ns1.{ZONE}")


def ask(s, message):
    wire = message.to_wire()
    s.sendall(struct.pack("!H", len(wire)) + wire)
    size = struct.unpack("!H", s.recv(2))[0]
    got = b""
    while len(got) < size:
        got += s.recv(size - len(got))
    return dns.message.from_wire(got, keyring=message.keyring, request_mac=message.mac)


def test_one_connection_has_many_questions(secure):
    with session(secure) as s:
        assert s.selected_alpn_protocol() == "dot" and s.version() == "TLSv1.3"
        for _ in range(3):
            assert ask(s, dns.message.make_query(ZONE, "SOA")).answer
            assert ask(s, dns.message.make_query(ZONE, "AXFR")).rcode() == 5


def test_old_tls_and_other_protocols_are_refused(secure):
    for words in ({"most": ssl.TLSVersion.TLSv1_2}, {"alpn": ("http/1.1",)}):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            session(secure, **words)
    with session(secure, alpn=()) as s:
        assert ask(s, dns.message.make_query(ZONE, "SOA")).answer


def test_garbage_ends_a_connection_and_nothing_else(secure):
    for octets in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(9000), b"\0" * 40):
        with socket.create_connection(("127.0.0.1", secure.tls_port), timeout=10) as raw:
            raw.sendall(octets)
            try:
                while raw.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    for message in (b"", b"\0\1x", b"\0\x0c" + bytes(12), b"\xff\xff" + bytes(100)):
        with session(secure) as s:
            s.sendall(message)
    assert "NOERROR" in kdig(secure, ZONE, "SOA")


def test_who_drips_is_hung_up_on(primary):  # noqa: F811
    primary.dnsd.stop()
    certificate(primary.dir)
    primary.tls_port = free_port()
    primary.start_dnsd("--listen-tls", f"127.0.0.1:{primary.tls_port}", "--tls-certificate", primary.dir / "fullchain.pem",
                       "--tls-key", primary.dir / "privkey.pem", "--tcp-idle", 1000)
    with session(primary) as s:
        began = time.monotonic()
        with pytest.raises(OSError):
            s.sendall(b"\xff\xff")
            for _ in range(100):
                s.sendall(b"\0")
                time.sleep(0.2)
                s.settimeout(0.01)
                try:
                    if s.recv(1) == b"":
                        raise ConnectionError
                except TimeoutError:
                    pass
                s.settimeout(10)
        assert time.monotonic() - began < 10


def over(s):
    """Whether the server hung up."""
    s.settimeout(0.05)
    try:
        return s.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_an_address_has_four_connections(secure):
    """The oldest gives way to a fifth: a newcomer always gets in."""
    held = [session(secure) for _ in range(4)]
    for s in held:
        assert ask(s, dns.message.make_query(ZONE, "SOA")).answer
        time.sleep(0.2)  # so that it is known which has waited longest
    held.append(session(secure))
    assert ask(held[4], dns.message.make_query(ZONE, "SOA")).answer
    assert eventually(lambda: over(held[0]))
    assert not any(over(s) for s in held[1:])
    assert "NOERROR" in kdig(secure, ZONE, "SOA")
    started = time.monotonic()
    secure.dnsd.stop()
    assert time.monotonic() - started < 5
    for s in held:
        s.close()


def strangers(w, count):
    """So many connections of as many addresses, half of which never get beyond its first octets."""
    held = []
    for i in range(count):
        source = f"127.0.1.{i + 1}"
        if i % 2:
            held.append(socket.create_connection(("127.0.0.1", w.tls_port), timeout=10, source_address=(source, 0)))
            held[-1].sendall(b"\x16\x03")
        else:
            held.append(session(w, source=source))
    return held


def test_strangers_take_no_secondarys_place(secure):
    """Not by sixteen idle addresses, not by more: who stands in the registry has its place before they have theirs, and
    keeps it."""
    held = strangers(secure, 16)
    assert len(records(kdig(secure, ZONE, "AXFR"))) > 20  # it has the key, and is known from now on
    secure.windsock("secondary", "add", "ns2", "--address", "127.0.0.7")
    eventually(lambda: False, 0.3)
    with session(secure, source="127.0.0.7") as known, session(secure) as keyed:
        for _ in range(3):
            held += strangers(secure, 20)
            for s in known, keyed:
                assert ask(s, dns.message.make_query(ZONE, "SOA")).answer
    assert sum(over(s) for s in held) >= 60
    assert len(records(kdig(secure, ZONE, "AXFR"))) > 20
    for s in held:
        s.close()


def test_a_renewed_certificate_is_taken_up(secure):
    def serial():
        with session(secure) as s:
            return s.getpeercert()["serialNumber"]
    before = serial()
    time.sleep(1.1)
    certificate(secure.dir)
    assert eventually(lambda: serial() != before)
    (secure.dir / "fullchain.pem").write_text("no certificate\n")
    time.sleep(1.2)
    assert serial() != before
    assert "the old one stays" in secure.dnsd.text()


@pytest.mark.parametrize("words, said", [
    (["--listen-tls", "127.0.0.1:0"], "listen-tls wants tls-certificate and tls-key"),
    (["--listen-tls", "127.0.0.1:0", "--tls-certificate", "/nowhere", "--tls-key", "/nowhere"], "/nowhere"),
])
def test_what_is_missing_is_said(world, words, said):
    from harness import BUILD
    done = run(BUILD / "windsock-dnsd", "--registry", world.registry, "--listen", f"127.0.0.1:{free_port()}", *words, check=False)
    assert done.returncode == 2 and said in done.stderr, done


@pytest.mark.parametrize("kind", ["nsd", "bind"])
def test_a_secondary_follows_over_tls(secure, tmp_path, kind):
    secondary = Secondary(secure, kind, tmp_path / kind, tls=True)
    assert eventually(lambda: secondary.serial() is not None, 40, 0.2), secondary.daemon.text()[-3000:]
    assert eventually(lambda: not same(secure, secondary.port), 20, 0.5), same(secure, secondary.port)
    assert secure.update(f"a.{ZONE}", "198.51.100.44", ("demo", "correct horse")) == ["good 198.51.100.44"]
    assert eventually(lambda: "198.51.100.44" in str(answers(secondary.port, f"a.{ZONE}", "A")), 40, 0.5), \
        secondary.daemon.text()[-3000:] + secure.dnsd.text()[-2000:]


def test_networks_may_transfer_without_a_key(primary):  # noqa: F811
    assert "\tSOA\t" not in transfer(primary, ZONE, "AXFR")
    primary.dnsd.stop()
    primary.start_dnsd("--transfer-networks", "192.0.2.0/24", "--transfer-networks", "127.0.0.1")
    lines = transfer(primary, ZONE, "AXFR").splitlines()
    assert len(lines) > 20 and "\tSOA\t" in lines[0] and lines[0] == lines[-1]
    serial = int(lines[0].split()[6])
    primary.windsock("host", "add", f"c.{ZONE}", "--account", "demo", "--address", "198.51.100.77")
    newer = transfer(primary, ZONE, f"IXFR={serial}").splitlines()
    assert 3 < len(newer) < 10 and "\tSOA\t" in newer[1]
    assert "\tSOA\t" not in transfer(primary, "none.test", "AXFR")
    primary.dnsd.stop()
    primary.start_dnsd("--transfer-networks", "192.0.2.0/24")
    assert "\tSOA\t" not in transfer(primary, ZONE, "AXFR")
