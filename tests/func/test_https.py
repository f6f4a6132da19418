# SPDX-License-Identifier: BSD-2-Clause
"""HTTPS at windsock-updater: certificates by name and as they are renewed, versions, and clients that mean no good."""
import json
import re
import socket
import sqlite3
import ssl
import struct
import threading
import time

import pytest

from certificates import RSA, Authority
from harness import BUILD, SECONDS, World, eventually, free_port, run
from test_clients import FIRST, HOST, PASSWORD, Curl, Ddclient, Inadyn

USER = ("demo", "demo-token")
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
OLD = ssl.TLSVersion.TLSv1


@pytest.fixture
def world():
    """An updater with HTTPS for the name dnsup.b5p.us, and for all others."""
    here = World()
    here.init()
    here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
    here.account("demo", "*.demo.b5p.us,demo.b5p.us", "--allow-private", password="demo-token")
    here.authority = Authority(here.dir / "authority")
    here.certificates = here.dir / "certificates"
    here.certificates.mkdir()
    here.authority.one_file(here.certificates, "dnsup.b5p.us", "dnsup.b5p.us")
    yield here
    here.close()


def start(world, *options, listen=""):
    world.tls_port = free_port()
    return world.start_updater("--listen-tls", f"127.0.0.1:{world.tls_port} {listen}", "--certificates", world.certificates, *options)


def raw(world, source="127.0.0.1", port=None, timeout=SECONDS):
    return socket.create_connection(("127.0.0.1", port or world.tls_port), timeout, (source, 0))


def connect(world, name="dnsup.b5p.us", source="127.0.0.1", port=None, low=None, high=None, session=None, context=None, trusted=True):
    context = context or world.authority.context(low, high)
    if not trusted:
        context.check_hostname = False
    return context.wrap_socket(raw(world, source, port), server_hostname=name, session=session)


def shown(world, name):
    """The names in the certificate that a client is shown who asks for one."""
    with connect(world, name, trusted=False) as s:
        return sorted(value for kind, value in s.getpeercert()["subjectAltName"])


def serial(world, name="dnsup.b5p.us"):
    with connect(world, name) as s:
        return s.getpeercert()["serialNumber"]


def reply(s, request=GET):
    """One reply with Content-Length; its status line and body."""
    s.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        part = s.recv(65536)
        assert part, got
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    size = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(body) < size:
        body += s.recv(65536)
    assert len(body) == size
    return head.split(b"\r\n")[0].decode(), body.decode()


def until_end(s):
    parts = []
    try:
        while part := s.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def metric(world, name):
    return int(re.search(rf"^windsock_updater_{re.escape(name)} (\d+)$", world.http("GET", "/metrics").text, re.M).group(1))


def update(host, address):
    return (f"GET /nic/update?hostname={host}&myip={address} HTTP/1.1\r\nHost: dnsup.b5p.us\r\n"
            "Authorization: Basic ZGVtbzpkZW1vLXRva2Vu\r\n\r\n").encode()


# Certificates by name.

def test_each_name_has_its_certificate(world):
    """In all forms of files; wildcards; and one for all others: the first, unless there is one called default."""
    a, folder = world.authority, world.certificates
    a.two_files(folder, "lego.test", "lego.test", "also.lego.test")
    a.two_files(folder, "_.wild.test", "*.wild.test")
    a.two_files(folder, "pem.test", "pem.test", ending="pem")
    a.folder_of(folder, "certbot.test", "certbot.test", "x.wild.test", key=RSA)
    (folder / "lego.test.issuer.crt").write_text(a.file.read_text())
    (folder / "README").write_text("not a certificate")
    (folder / "lego.test.json").write_text("{}")
    start(world)
    first, certbot = ["*.wild.test"], ["certbot.test", "x.wild.test"]
    for name, names in {"dnsup.b5p.us": ["dnsup.b5p.us"], "DNSUP.b5p.us": ["dnsup.b5p.us"], "lego.test": ["also.lego.test", "lego.test"],
                        "also.lego.test": ["also.lego.test", "lego.test"], "y.wild.test": ["*.wild.test"], "x.wild.test": certbot,
                        "certbot.test": certbot, "pem.test": ["pem.test"], "a.b.wild.test": first, "wild.test": first, "other": first,
                        None: first}.items():
        assert shown(world, name) == names, name
    a.one_file(folder, "default", "z.test")
    assert eventually(lambda: shown(world, "other") == ["z.test"])
    assert shown(world, None) == ["z.test"] and shown(world, "lego.test") == ["also.lego.test", "lego.test"]
    assert "cannot be used" not in world.updater.text()


def test_of_two_for_a_name_the_one_that_lasts_longer_is_shown(world):
    start(world)
    world.authority.one_file(world.certificates, "again", "dnsup.b5p.us", "again.test", days=60)
    assert eventually(lambda: shown(world, "dnsup.b5p.us") == ["again.test", "dnsup.b5p.us"])
    (world.certificates / "again.pem").unlink()
    assert eventually(lambda: shown(world, "dnsup.b5p.us") == ["dnsup.b5p.us"])
    assert shown(world, "again.test") == ["dnsup.b5p.us"]


def test_a_renewed_one_is_shown_and_no_connection_ends(world):
    start(world)
    before = serial(world)
    with connect(world) as old:
        assert reply(old)[0].endswith("200 OK")
        world.authority.one_file(world.certificates, "dnsup.b5p.us", "dnsup.b5p.us")
        assert eventually(lambda: serial(world) != before)
        assert reply(old)[0].endswith("200 OK")


def test_what_is_half_there_leaves_the_old_one(world):
    start(world)
    a, folder, before = world.authority, world.certificates, serial(world)
    certificate, key = a.make("dnsup.b5p.us")
    other = a.make("dnsup.b5p.us")[1]
    for text in certificate[:300] + "\n", certificate, certificate + other, certificate + key[:100] + "\n":
        said = world.updater.text().count("the old one stays")
        a.put(folder / "dnsup.b5p.us.pem", text)
        assert eventually(lambda: world.updater.text().count("the old one stays") > said), text
        assert serial(world) == before
    time.sleep(2.5)  # further looks say nothing more
    assert world.updater.text().count("the old one stays") == 4
    assert "key does not fit" in world.updater.text() and "PRIVATE KEY" not in world.updater.text()
    a.put(folder / "dnsup.b5p.us.pem", certificate + key)
    assert eventually(lambda: serial(world) != before)


def test_a_folder_that_goes_away_leaves_all(world):
    start(world)
    world.certificates.rename(world.dir / "away")
    assert eventually(lambda: "No such file or directory; those that were there stay" in world.updater.text())
    assert shown(world, "dnsup.b5p.us") == ["dnsup.b5p.us"]
    (world.dir / "away").rename(world.certificates)
    world.authority.one_file(world.certificates, "more.test", "more.test")
    assert eventually(lambda: shown(world, "more.test") == ["more.test"])
    assert world.updater.text().count("those that were there stay") == 1


def test_without_a_certificate_clients_wait_for_the_first(world):
    (world.certificates / "dnsup.b5p.us.pem").unlink()
    start(world)
    with pytest.raises(ssl.SSLError):
        connect(world)
    assert world.http("GET", "/healthz").status == 200 and "there is no certificate yet" in world.updater.text()
    world.authority.one_file(world.certificates, "dnsup.b5p.us", "dnsup.b5p.us")
    def served():
        try:
            return serial(world)
        except ssl.SSLError:
            return None
    assert eventually(served)


# What is spoken.

def test_old_versions_are_spoken_where_an_operator_says_so(world):
    old = free_port()
    world.authority.one_file(world.certificates, "dnsup.b5p.us", "dnsup.b5p.us", key=RSA)
    start(world, listen=f"127.0.0.1:{old} tls=1.0-1.2")
    for version, name in (ssl.TLSVersion.TLSv1_3, "TLSv1.3"), (ssl.TLSVersion.TLSv1_2, "TLSv1.2"):
        with connect(world, low=version, high=version) as s:
            assert s.version() == name and reply(s)[0].endswith("200 OK")
    for version in OLD, ssl.TLSVersion.TLSv1_1:
        context = world.authority.context(OLD, version)
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            connect(world, context=context)
        with connect(world, port=old, context=context) as s:
            assert s.version() == ("TLSv1" if version == OLD else "TLSv1.1") and reply(s)[0].endswith("200 OK")
    with pytest.raises(ssl.SSLError):
        connect(world, port=old, low=ssl.TLSVersion.TLSv1_3)
    context = world.authority.context(OLD, OLD)
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")  # what OpenSSL 0.9.8 has
    with connect(world, port=old, context=context) as s:
        assert s.cipher()[0] == "AES128-SHA"


@pytest.mark.parametrize("words, said", [
    (["--listen-tls", "127.0.0.1:1"], "listen-tls wants certificates"),
    (["--listen-tls", "127.0.0.1:1", "--certificates", "/nowhere"], "/nowhere: No such file"),
    (["--listen-tls", "tls=1.0-1.3 127.0.0.1:1", "--certificates", "."], "listen-tls: 'tls=1.0-1.3' stands before any address"),
    (["--listen-tls", "127.0.0.1:0 tls=1.4", "--certificates", "."], "listen-tls: '1.4' is not a TLS version"),
    (["--listen-tls", "127.0.0.1:0 tls=1.0,1.3", "--certificates", "."], "listen-tls: TLS 1.0,1.3: wanted a range without gaps"),
    (["--listen-tls", "127.0.0.1:0", "--tls", "ssl3-1.3", "--certificates", "."], "TLS ssl3-1.3: this OpenSSL does not speak all of it"),
    (["--listen-tls", "127.0.0.1:0", "--tls", "", "--certificates", "."], "tls: no TLS version was given"),
    (["--listen-tls", "nonsense", "--certificates", "."], "'nonsense'"),
])
def test_what_cannot_be_listened_at_is_said(world, words, said):
    done = run(BUILD / "windsock-updater", "--registry", world.registry, "--listen", f"127.0.0.1:{free_port()}", *words, check=False,
               cwd=world.certificates)
    assert done.returncode == 2 and said in done.stderr, done


def test_protocols_of_others_are_refused(world):
    start(world)
    for offered, chosen in (["h2", "http/1.1"], "http/1.1"), (["http/1.1"], "http/1.1"):
        context = world.authority.context()
        context.set_alpn_protocols(offered)
        with connect(world, context=context) as s:
            assert s.selected_alpn_protocol() == chosen and reply(s)[0].endswith("200 OK")
    context = world.authority.context()
    context.set_alpn_protocols(["dot", "h2"])
    with pytest.raises(ssl.SSLError, match="application protocol"):
        connect(world, context=context)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_even_after_a_renewal(world, version):
    start(world)
    context = world.authority.context(version, version)
    with connect(world, context=context) as s:
        assert reply(s)[0].endswith("200 OK") and not s.session_reused
        session, before = s.session, s.getpeercert()["serialNumber"]
    with connect(world, context=context, session=session) as s:
        assert s.session_reused and reply(s)[0].endswith("200 OK")
    world.authority.one_file(world.certificates, "dnsup.b5p.us", "dnsup.b5p.us")
    assert eventually(lambda: serial(world) != before)
    with connect(world, context=context, session=session) as s:
        assert s.session_reused and reply(s)[0].endswith("200 OK")


def test_many_requests_of_one_connection(world):
    start(world)
    with connect(world) as s:
        for i in range(5):
            assert reply(s, update("demo.b5p.us", f"192.0.2.{i + 1}")) == ("HTTP/1.1 200 OK", f"good 192.0.2.{i + 1}\n")
        s.sendall(GET * 100)  # and some at once
        got = b""
        while got.count(b"HTTP/1.1 200 OK") < 100:
            got += s.recv(65536)
        body = b"POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8000\r\n\r\n"
        s.sendall(body)
        s.sendall(b"a" * 8000)
        assert b" 401 " in s.recv(65536)
    context = world.authority.context()
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with context.wrap_socket(raw(world), server_hostname="dnsup.b5p.us", suppress_ragged_eofs=False) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert until_end(s).endswith(b"ok\n")  # and then the end, as TLS has it: an end without a word would be an error


def test_the_same_checks_hold(world):
    start(world)
    for request in b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", \
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n":
        with connect(world) as s:
            s.sendall(request + GET)
            got = until_end(s)
            assert got.startswith(b"HTTP/1.1 400 ") and got.count(b"HTTP/1.1 ") == 1
    with connect(world) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20000)
        assert until_end(s).startswith(b"HTTP/1.1 431 ")
    with connect(world) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert until_end(s).startswith(b"HTTP/1.1 408 ")


# Those who mean no good, or know no better.

def test_plain_http_is_told_so(world):
    start(world)
    for request in GET, b"DELETE /v1/relays/r1 HTTP/1.1\r\nHost: x\r\n\r\n", b"get\r\n":
        with raw(world) as s:
            s.sendall(request)
            got = until_end(s)
            assert got.startswith(b"HTTP/1.1 400 ") and b"plain HTTP at a port for HTTPS" in got, got


def client_hello(context=None):
    """A whole one, as Python makes it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        (context or ssl.create_default_context()).wrap_bio(incoming, outgoing, server_hostname="dnsup.b5p.us").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


@pytest.mark.parametrize("octets", [
    b"\x16\x03\x01\xff\xff" + bytes(70000), b"\x16\x03\x01\x40\x01" + bytes(16385), b"\x17\x03\x03\x00\x01x" * 50,
    b"\x16\x03\x01\x00\x00" * 100, b"\x15\x03\x01\x00\x02\x01\x00" * 100, b"\x14\x03\x01\x00\x01\x01" * 100, b"\0" * 100, b"\x80\x2e\x01\0\2" * 20,
    b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\x03" + b"\x16\x03\x03\x40\x00" + bytes(16384)], ids=range(9))
def test_what_is_no_tls_is_hung_up_on(world, octets):
    start(world)
    with raw(world) as s:
        try:
            s.sendall(octets)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        got = until_end(s)
        assert len(got) < 100, got  # an alert
    assert reply(connect(world))[0].endswith("200 OK")
    assert eventually(lambda: metric(world, "connections") <= 2)


def test_who_is_turned_away_is_told_why(world):
    """Whatever it has sent that nobody reads: closing at once would reset the connection, and could take the alert away."""
    start(world)
    for _ in range(5):
        with raw(world) as s:
            s.sendall(client_hello(world.authority.context(OLD, OLD)) + bytes(5000))
            s.shutdown(socket.SHUT_WR)
            got = b""
            while part := s.recv(100):
                got += part
            assert got == b"\x15\x03\x01\x00\x02\x02\x46"  # protocol_version


def test_every_end_of_a_hello_is_survived(world):
    start(world)
    hello = client_hello()
    for size in range(0, len(hello), 7):
        with raw(world, f"127.0.0.{size % 200 + 1}") as s:
            s.sendall(hello[:size])
    for at in range(0, len(hello), 3):
        with raw(world, f"127.0.0.{at % 200 + 1}") as s:
            s.sendall(hello[:at] + bytes([hello[at] ^ 0xff]) + hello[at + 1:])
    assert reply(connect(world))[0].endswith("200 OK")
    assert eventually(lambda: metric(world, "connections") <= 2)


def test_slow_handshakes_cost_nobody_anything(world):
    """Twelve hundred that never end, of half as many addresses, in all stages, which are more than there is room for;
    ordinary users notice nothing."""
    start(world)
    hello = client_hello()
    held, faults, done = [], [], threading.Event()

    def hold():
        for i in range(600):
            s = raw(world, f"127.0.{i % 100 + 1}.{i // 100 + 1}")
            s.sendall([b"", hello[:1], hello[:5], hello[:100], hello][i % 5])
            held.append(s)
            time.sleep(0.003)

    def use(number, plain):
        count = 0
        while not done.is_set():
            try:
                host, address = f"h{number}.demo.b5p.us", f"192.0.2.{count % 200 + 1}"
                with raw(world, port=world.http_port) if plain else connect(world) as s:
                    got = reply(s, update(host, address))
                if got != ("HTTP/1.1 200 OK", f"good {address}\n"):
                    faults.append(got)
            except (OSError, AssertionError) as fault:
                faults.append(fault)
            count += 1
            time.sleep(0.05)
        uses.append(count)

    uses = []
    users = [threading.Thread(target=use, args=(number, number % 2)) for number in range(4)]
    for user in users:
        user.start()
    hold()
    hold()
    time.sleep(2)
    done.set()
    for user in users:
        user.join()
    assert not faults and min(uses) > 5, (faults[:3], uses)
    assert eventually(lambda: metric(world, "connections") <= 2, 20)  # five seconds, and a handshake has taken too long
    for s in held:
        s.close()


def test_a_handshake_has_five_seconds_whatever_drips(world):
    start(world)
    hello = client_hello()
    with raw(world) as s:
        for octet in range(9):
            s.sendall(hello[octet:octet + 1])
            time.sleep(1)
            try:
                s.setblocking(False)
                if s.recv(1) == b"":
                    break
            except BlockingIOError:
                pass
            except ConnectionResetError:
                break
            finally:
                s.setblocking(True)
        assert 4 <= octet <= 7


def test_who_never_reads_loses_its_place(world):
    start(world)
    with connect(world) as s:
        s.settimeout(1)
        try:
            while True:
                s.sendall(GET * 100)
        except OSError:
            pass
        assert eventually(lambda: metric(world, "connections") == 1, 20)
    assert reply(connect(world))[0].endswith("200 OK")


@pytest.mark.parametrize("version, letter, most", [("-tls1_2", "R", 20), ("-tls1_3", "K", 20)])
def test_who_negotiates_again_and_again_is_hung_up_on(world, version, letter, most):
    start(world)
    done = run("openssl", "s_client", "-connect", f"127.0.0.1:{world.tls_port}", version, "-CAfile", world.authority.file, check=False,
               input=f"{letter}\n" * 40 + "x\n")
    assert "Verify return code: 0" in done.stdout
    assert eventually(lambda: metric(world, "connections") == 1, 5)


def test_its_connections_count_with_all_others(world):
    """Of an address three at once, whatever they speak: the oldest gives way."""
    start(world, "--unlimited", "127.0.0.1", "--connections-each", "3")
    plain = [socket.create_connection(("127.0.0.1", world.http_port), SECONDS, ("127.0.0.9", 0)) for _ in range(2)]
    held = raw(world, "127.0.0.9")
    held.sendall(client_hello()[:50])
    assert eventually(lambda: metric(world, "connections") == 4)
    with connect(world, source="127.0.0.9") as s:
        assert reply(s)[0].endswith("200 OK") and plain[0].recv(10) == b""
        with connect(world, source="127.0.0.9") as another:
            assert reply(another)[0].endswith("200 OK") and plain[1].recv(10) == b""
            with raw(world, "127.0.0.9"):
                assert until_end(held) == b""
    assert metric(world, "connections_evicted_total") == 3


def test_it_stops_in_the_middle_of_handshakes(world):
    start(world)
    hello = client_hello()
    held = []
    for i in range(100):
        s = raw(world, f"127.0.0.{i + 1}")
        s.sendall(hello)
        if i % 3 == 0:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()  # with a reset
        else:
            held.append(s)
    world.updater.stop()
    for s in held:
        s.close()


def test_renewals_under_load_cost_nothing(world):
    start(world)
    faults, counts, done = [], [], threading.Event()

    def use(number):
        count, context = 0, world.authority.context()
        with connect(world, context=context) as kept:
            while not done.is_set():
                try:
                    address = f"192.0.2.{count % 200 + 1}"
                    with connect(world, context=context) as s:
                        for connection in s, kept:
                            got = reply(connection, update(f"h{number}.demo.b5p.us", address))
                            if not got[1].startswith(("good", "nochg")):
                                faults.append(got)
                except (OSError, AssertionError) as fault:
                    faults.append(fault)
                count += 1
        counts.append(count)

    users = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for user in users:
        user.start()
    for i in range(6):
        before = serial(world)
        form = world.authority.two_files if i % 2 else world.authority.one_file
        form(world.certificates, "dnsup.b5p.us", "dnsup.b5p.us", **({"ending": "pem"} if i % 2 else {}))
        if not i % 2:
            (world.certificates / "dnsup.b5p.us.key").unlink(missing_ok=True)
        assert eventually(lambda: serial(world) != before)
    done.set()
    for user in users:
        user.join()
    assert not faults and min(counts) > 10, (faults[:3], counts)


# What operators see.

def test_when_certificates_end_is_shown(world):
    """In status, check and metrics."""
    world.authority.one_file(world.certificates, "soon", "soon.test", days=10)
    world.start_dnsd()
    start(world)
    assert re.search(r"^updater: HTTPS for dnsup.b5p.us until 20\d\d-", world.windsock("status").stdout, re.M)
    shown_ = {one["names"]: one for one in json.loads(world.windsock("--json", "status").stdout)["certificates"]}
    assert set(shown_) == {"soon.test", "dnsup.b5p.us"} and shown_["soon.test"]["trouble"] is None
    text = world.http("GET", "/metrics").text
    assert f'windsock_updater_certificate_expires_seconds{{file="soon"}} {shown_["soon.test"]["expires"]}\n' in text
    assert abs(shown_["soon.test"]["expires"] - time.time() - 10 * 86400) < 3600

    def checked():
        done = world.windsock("check", check=False)
        return done.returncode, done.stdout
    status, said = checked()
    assert status == 1 and "dnsup" not in said
    assert re.search(r"^WARNING: the certificate of HTTPS for soon.test expires in (9|10) days$", said, re.M), said
    world.authority.one_file(world.certificates, "soon", "soon.test", days=2)
    assert eventually(lambda: checked()[0] == 2)
    assert re.search("CRITICAL: the certificate of HTTPS for soon.test expires in (2 days|4[78] hours)\n", checked()[1])
    (world.certificates / "soon.pem").unlink()
    assert eventually(lambda: checked()[0] == 0)
    world.authority.put(world.certificates / "dnsup.b5p.us.pem", "junk\n")
    assert eventually(lambda: checked()[0] == 1)
    assert "WARNING: the certificate of HTTPS for dnsup.b5p.us cannot be taken up: the certificate /" in checked()[1]
    assert "updater: a certificate for dnsup.b5p.us cannot be taken up: " in world.windsock("status").stdout
    assert metric(world, "certificates_troubled") == 1
    (world.certificates / "new.pem").write_text("junk\n")
    assert eventually(lambda: checked()[0] == 2)


def test_without_https_nothing_is_said_of_it(world):
    world.start_dnsd()
    world.start_updater()
    assert "HTTPS" not in world.windsock("status").stdout and world.windsock("check").returncode == 0
    assert json.loads(world.windsock("--json", "status").stdout)["certificates"] == []
    assert "tls_handshakes" not in world.http("GET", "/metrics").text


def test_what_clients_speak_is_counted(world):
    """By version, day and network; and what is counted tells when a version can be given up."""
    old = free_port()
    start(world, listen=f"127.0.0.1:{old} tls=1.0-1.3")
    for i in range(6):
        with connect(world, source=f"127.0.{i}.1", low=ssl.TLSVersion.TLSv1_3) as s:
            reply(s)
        with connect(world, source=f"127.0.{i % 3}.{i + 1}", port=old, context=world.authority.context(OLD, OLD)) as s:
            reply(s)
    assert eventually(lambda: metric(world, 'tls_handshakes_total{version="1.0"}') == 6)
    assert metric(world, 'tls_handshakes_total{version="1.3"}') == 6
    with pytest.raises(ssl.SSLError):
        connect(world, context=world.authority.context(OLD, OLD))
    assert eventually(lambda: metric(world, "tls_failed_total") == 1)
    world.updater.stop()
    file = world.registry.with_name("registry.telemetry")
    with sqlite3.connect(file) as db:
        assert dict(db.execute("SELECT pool, queries FROM use")) == {" tls 1.0": 6, " tls 1.3": 6}
    lines = world.windsock("forecast", "--tls").stdout.splitlines()
    assert lines[0].split()[:3] == ["tls", "networks", "last"] and [line.split()[0] for line in lines[1:]] == ["1.0", "1.1", "1.2", "1.3"]
    # the same network day by day, one of them less and less
    with sqlite3.connect(file) as db:
        (today,), = db.execute("SELECT DISTINCT day FROM use")
        sketch = dict(db.execute("SELECT pool, sketch FROM use"))
        assert len(sketch[" tls 1.3"]) == 2 * len(sketch[" tls 1.0"]) == 12  # six networks, and three
        for day in range(1, 100):
            db.execute("INSERT INTO use VALUES ('x', ?, ' tls 1.3', 9, ?)", (today - day, sketch[" tls 1.3"]))
            if day > 20:
                db.execute("INSERT INTO use VALUES ('x', ?, ' tls 1.0', 9, ?)", (today - day, sketch[" tls 1.0"]))
        db.execute("DELETE FROM use WHERE node <> 'x' AND pool = ' tls 1.0'")
    got = {one["tls"]: one for one in json.loads(world.windsock("--json", "forecast", "--tls").stdout)}
    assert got["1.0"]["verdict"] == "silent" and got["1.3"]["verdict"] == "not declining" and got["1.1"]["days"] == 0, got
    # pools know nothing of these days
    world.windsock("pool", "add", "fe4_058")
    assert "fe4_058: too few days (0 of 14)" in world.windsock("forecast", "fe4_058").stdout
    assert world.windsock("forecast", "--tls", "1.0", check=False).returncode == 2


# Programs.

@pytest.fixture
def home(service):
    service.account("demo", "home.kites.test,*.home.kites.test", "--allow-private", password=PASSWORD)
    service.updater.stop()
    service.authority = Authority(service.dir / "authority")
    service.certificates = service.dir / "certificates"
    service.certificates.mkdir()
    service.authority.one_file(service.certificates, "localhost", "localhost", "127.0.0.1", key=RSA)
    start(service)
    return service


class SecureDdclient(Ddclient):
    def conf(self):
        return f"ssl=yes\nssl_ca_file={self.world.authority.file}\n", f"127.0.0.1:{self.world.tls_port}"


class SecureInadyn(Inadyn):
    def conf(self):
        return f'ca-trust-file = "{self.world.authority.file}"\n', "true", f"localhost:{self.world.tls_port}"


class SecureCurl(Curl):
    def where(self):
        return ["--cacert", self.world.authority.file], f"https://localhost:{self.world.tls_port}"


@pytest.mark.parametrize("client", [SecureDdclient, SecureInadyn, SecureCurl])
def test_clients_update_over_https(home, client):
    c = client(home)
    for family, address in FIRST.items():
        result = c.update(address)
        assert c.good(result), result
        assert home.answers(HOST, family) == [address]
        assert c.nochg(c.update(address))
    result = c.update("192.0.2.9", password="wrong")
    assert c.badauth(result), result
    assert home.answers(HOST) == [FIRST["A"]]
    assert metric(home, "requests_total") > 4 and metric(home, "tls_failed_total") == 0


def test_curl_refuses_what_it_does_not_trust(home):
    done = run("curl", "-sS", f"https://localhost:{home.tls_port}/healthz", check=False)
    assert done.returncode == 60
    old = "--tlsv1.0", "--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0"
    assert run("curl", "-sSk", *old, f"https://localhost:{home.tls_port}/healthz", check=False).returncode == 35
