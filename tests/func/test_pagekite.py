# SPDX-License-Identifier: BSD-2-Clause
"""Debian's PageKite, unmodified: a relay and a back-end that know nothing of windsock."""
import contextlib
import http.server
import re
import threading

import pytest

from harness import TOP, Daemon, World, eventually, in_namespace, run

PAGEKITE = ["/usr/bin/python3", "-u", "/usr/bin/pagekite", "--clean", "--nocrashreport", "--nullui",
            "--logfile=stdio"]
RELAY, RELAY6 = "192.0.2.1", "2001:db8::1"
KITE, SECRET = "kite.example.test", "a secret of the kite"
REFUSED = re.compile(rf"rejected={KITE};.* reason=unauthorized")
DYNDNS = "http://dnsup.example.test/?hostname=%(domain)s&myip=%(ips)s&sign=%(sign)s"
ZONE = f"""$ORIGIN example.test.
$TTL 300
@	IN SOA ns1 hostmaster 1 3600 600 1209600 60
@	IN NS ns1
ns1	IN A {RELAY}
dnsup	IN A {RELAY}
www	IN A {RELAY}
"""


def certificates(dir):
    """A certificate for the names that the white-label back-end takes, and the one who signed it."""
    def openssl(*words):
        run("openssl", *words, cwd=dir)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=a test's own")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "fe.key", "-out", "fe.csr", "-subj",
            "/CN=fe.example.test")
    (dir / "san").write_text("subjectAltName=DNS:example.test,DNS:fe.example.test,DNS:*.example.test\n")
    openssl("x509", "-req", "-in", "fe.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "san", "-out", "fe.crt")
    (dir / "fe.pem").write_text((dir / "fe.key").read_text() + (dir / "fe.crt").read_text())


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"the kite flies\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def page():
    """What the back-end publishes: localhost:8000."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


class Kites(World):
    """A zone, a host with a secret, both daemons on the ordinary ports, and a real relay."""

    def __init__(self):
        super().__init__()
        self.pagekites = []

    def pagekite(self, name, *options):
        daemon = Daemon(name, PAGEKITE + list(options), self.dir / f"{name}.log")
        self.pagekites.append(daemon)
        return daemon

    def begin(self, *addresses):
        self.init()
        (self.dir / "zone").write_text(ZONE)
        self.windsock("zone", "import", "example.test", self.dir / "zone")
        self.windsock("release", "import", TOP / "examples" / "pagekite.releases")
        options = [word for address in addresses for word in ("--address", address)]
        self.windsock("relay", "add", "real", *options, "--tls", "1.2-1.3")
        self.windsock("relay", "add", "old", "--address", "192.0.2.99", "--tls", "ssl3-1.0")
        self.account("demo", KITE, "--allow-private")
        self.windsock("host", "add", KITE, "--account", "demo", "--secret-stdin", input=SECRET + "\n")
        self.start_dnsd(port=53)
        self.start_updater(port=80, listen="")
        certificates(self.dir)

    def relay(self, *options):
        daemon = self.pagekite("relay", "--isfrontend", "--ports=443", "--protos=http,https,raw",
                               "--rawports=virtual", "--authdomain=auth.example.test",
                               f"--tls_endpoint=fe.example.test:{self.dir}/fe.pem", "--tls_default=fe.example.test",
                               "--loglevel=all", *options)
        ping = "HEAD /ping HTTP/1.1\r\nHost: ping.pagekite\r\n\r\n"

        def up():
            done = run("bash", "-c", f"exec 3<>/dev/tcp/{RELAY}/443; printf '{ping}' >&3; head -n 1 <&3",
                       check=False, timeout=10)
            return done.stdout.startswith("HTTP/1.1 503 Unavailable")
        assert eventually(up), daemon.text()
        return daemon

    def backend(self, *options, secret=SECRET):
        return self.pagekite("backend", *options, f"--service_on=http:{KITE}:localhost:8000:{secret}",
                             "--loglevel=all")

    def white_label(self, option="whitelabel", **more):
        return self.backend(f"--{option}=example.test", f"--ca_certs={self.dir}/ca.pem", **more)

    def logs(self):
        return "\n".join(f"== {d.name}\n{d.text()}" for d in self.pagekites + self.daemons)

    def fly(self):
        """The whole way of a visitor: DNS, the relay, the tunnel, the page."""
        return run("curl", "-sS", "-m", 5, f"http://{KITE}:443/", check=False).stdout

    def close(self):
        for daemon in self.pagekites:
            if daemon.running():
                daemon.kill()
        super().close()


@pytest.fixture
def kites():
    here = Kites()
    yield here
    here.close()


def answered(kites, type):
    return run("dig", "+short", KITE, type).stdout.split()


@in_namespace
def test_a_white_label_backend_flies(kites):
    kites.begin(RELAY)
    assert run("dig", "+short", "fe4_152.example.test").stdout.split() == [RELAY]
    relay = kites.relay(f"--host={RELAY}", "--authfail_closed")
    with page():
        backend = kites.white_label()
        assert eventually(lambda: answered(kites, "A") == [RELAY]), kites.logs()
        assert eventually(lambda: kites.fly() == "the kite flies\n", every=0.2), kites.logs()
    assert run("dig", "+short", f"www.{KITE}").stdout.split() == [RELAY]
    assert kites.sql("SELECT name, addresses FROM host") == f"{KITE}|{RELAY}"
    assert "proto=https; domain=fe.example.test" in relay.text()  # over TLS
    assert backend.running() and relay.running()


@in_namespace
def test_a_white_label_backend_updates_over_https(kites, monkeypatch):
    """--whitelabels: https://dnsup.example.test/, whose certificate the client verifies."""
    kites.begin(RELAY)
    (kites.dir / "zone").write_text(ZONE.replace(f"dnsup	IN A {RELAY}", "dnsup	IN A 127.0.0.2"))
    kites.windsock("zone", "import", "example.test", kites.dir / "zone")
    (kites.dir / "certificates").mkdir()
    (kites.dir / "certificates/dnsup.pem").write_text((kites.dir / "fe.pem").read_text())
    kites.updater.stop()
    kites.start_updater("--listen-tls", "127.0.0.2:443", "--certificates", kites.dir / "certificates", port=8053)
    kites.relay(f"--host={RELAY}", "--authfail_closed")
    with page():
        monkeypatch.setenv("SSL_CERT_FILE", f"{kites.dir}/ca.pem")
        kites.white_label("whitelabels")
        assert eventually(lambda: answered(kites, "A") == [RELAY]), kites.logs()
        assert eventually(lambda: kites.fly() == "the kite flies\n", every=0.2), kites.logs()
    assert kites.sql("SELECT name, addresses FROM host") == f"{KITE}|{RELAY}"
    assert 'updates_total{api="pagekite",code="good"} 1\n' in kites.http("GET", "/metrics").text


@in_namespace
def test_a_backend_in_cleartext_finds_ipv4_only(kites):
    """The client does not filter by family: an AAAA under fe4_ would be used."""
    kites.begin(RELAY, RELAY6)
    kites.relay("--authfail_closed")
    with page():
        kites.backend("--frontends=1:fe4_152.example.test:443", f"--dyndns={DYNDNS}")
        assert eventually(lambda: answered(kites, "A") == [RELAY]), kites.logs()
        assert eventually(lambda: kites.fly() == "the kite flies\n", every=0.2), kites.logs()
    assert answered(kites, "AAAA") == []


@in_namespace
def test_a_backend_over_ipv6(kites):
    kites.begin(RELAY6)
    assert run("dig", "+short", "fe6_091c.example.test", "AAAA").stdout.split() == [RELAY6]
    kites.relay("--authfail_closed")
    with page():
        kites.backend("--frontends=1:fe6_091c.example.test:443", f"--dyndns={DYNDNS}")
        assert eventually(lambda: answered(kites, "AAAA") == [RELAY6]), kites.logs()
        assert eventually(lambda: kites.fly() == "the kite flies\n", every=0.2), kites.logs()
    assert answered(kites, "A") == []


@in_namespace
def test_a_wrong_secret_is_refused_by_the_relay(kites):
    """A relay that lets everybody in when it has no answer: so the refusal is our answer."""
    kites.begin(RELAY)
    relay = kites.relay(f"--host={RELAY}")
    with page():
        backend = kites.white_label(secret="not the secret")
        assert eventually(lambda: REFUSED.search(relay.text())), kites.logs()
        assert eventually(lambda: "err=Rejected" in backend.text()), kites.logs()
        assert not eventually(lambda: answered(kites, "A"), seconds=3)
    assert kites.sql("SELECT addresses FROM host") == ""
