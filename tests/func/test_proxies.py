# SPDX-License-Identifier: BSD-2-Clause
"""The proxies that contrib/ has examples for, as they are: whose word windsock-updater takes, and for whom."""
import http.client
import re
import socket
import ssl
import subprocess

import pytest

from certificates import Authority
from harness import SECONDS, TOP, Daemon, eventually, free_port

USER = ("me", "correct horse")


class Proxy:
    """One of the examples, with its ports and files replaced, in front of a world's updater."""

    def __init__(self, kind, world, tmp_path):
        self.world, self.port, self.tls_port = world, free_port(), free_port()
        text = (TOP / "contrib" / {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}[kind]).read_text()
        chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
        texts = Authority(tmp_path / "ca").make("updates.kites.test")
        for file, content in ((chain, texts[0]), (key, texts[1]), (tmp_path / "both.pem", "".join(texts))):
            file.write_text(content)
        changes = [("127.0.0.1:8053", f"127.0.0.1:{world.http_port}")]
        if kind == "nginx":
            changes += [("/etc/windsock/tls/fullchain.pem", str(chain)), ("/etc/windsock/tls/privkey.pem", str(key)),
                        ("listen [::]:80;", ""), ("listen [::]:443 ssl;", ""), ("listen 80;", f"listen 127.0.0.1:{self.port};"),
                        ("listen 443 ssl;", f"listen 127.0.0.1:{self.tls_port} ssl;")]
        else:
            changes += [("bind :80", f"bind 127.0.0.1:{self.port}"), ("bind :443", f"bind 127.0.0.1:{self.tls_port}"),
                        ("/etc/windsock/tls/both.pem", str(tmp_path / "both.pem"))]
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        config = tmp_path / kind
        if kind == "nginx":
            paths = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            text = (f"daemon off;\nmaster_process off;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
                    f"http {{\naccess_log off;\n{paths}{text}\n}}\n")
            command = ["nginx", "-e", tmp_path / "error.log", "-c", config]
        else:
            command = ["haproxy", "-db", "-f", config]
        config.write_text(text)
        self.daemon = Daemon(kind, command, tmp_path / f"{kind}.log")
        assert eventually(lambda: not self.daemon.running() or self.serves()) and self.daemon.running(), self.daemon.text()

    def serves(self):
        try:
            return self.ask("/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def connect(self, source="127.0.0.1", tls=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.tls_port if tls else self.port, timeout=SECONDS,
                                                source_address=(source, 0))
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection.connect()
            connection.sock = context.wrap_socket(connection.sock, server_hostname="updates.kites.test")
        return connection

    def ask(self, target, headers=None, source="127.0.0.1", tls=False, method="GET", body=None):
        connection = self.connect(source, tls)
        try:
            return self.ask_on(connection, target, headers, method, body)
        finally:
            connection.close()

    @staticmethod
    def ask_on(connection, target, headers=None, method="GET", body=None):
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        response.text = response.read().decode()
        return response


@pytest.fixture(params=["nginx", "haproxy"])
def proxy(request, world, tmp_path):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.account("me", "demo.kites.test", "--allow-private")
    world.start_updater("--trusted-proxies", "127.0.0.1")
    here = Proxy(request.param, world, tmp_path)
    yield here
    here.daemon.judged = True
    here.daemon.process.terminate()
    here.daemon.process.wait(SECONDS)


AUTHORIZED = {"Authorization": "Basic bWU6Y29ycmVjdCBob3JzZQ=="}


def seen(proxy, headers=None, **more):
    """The address that an update without one is for: the client's."""
    reply = proxy.ask("/nic/update?hostname=demo.kites.test", {**AUTHORIZED, **(headers or {})}, **more)
    return reply.text.split()[-1]


FORGED = {"X-Forwarded-For": "192.0.2.66", "X-Real-IP": "192.0.2.67", "Forwarded": "for=192.0.2.68", "Via": "1.1 elsewhere"}


@pytest.mark.parametrize("tls", [False, True])
def test_the_client_s_address_arrives_and_a_forged_one_does_not(proxy, tls):
    assert seen(proxy, source="127.0.0.9", tls=tls) == "127.0.0.9"
    assert seen(proxy, FORGED, source="127.0.0.10", tls=tls) == "127.0.0.10"
    assert seen(proxy, {"x-forwarded-for": "192.0.2.66, 127.0.0.1"}, source="127.0.0.11", tls=tls) == "127.0.0.11"


def test_loopback_s_privileges_do_not_come_through(proxy):
    assert proxy.world.http("GET", "/healthz").status == 200
    assert proxy.ask("/metrics").status == 403
    assert proxy.ask("/metrics/../metrics").status in (400, 403, 404)
    # the limit on requests is the client's: another one's are answered meanwhile
    connection = proxy.connect("127.0.0.20")
    said = [proxy.ask_on(connection, "/nic/update?hostname=demo.kites.test").status for _ in range(100)]
    connection.close()
    assert 429 in said or 503 in said, said
    assert seen(proxy, source="127.0.0.21") == "127.0.0.21"


def test_connections_are_kept_on_both_sides(proxy):
    def upstream():
        """The proxy's connections to the updater that are there, by their ports."""
        said = subprocess.run(["ss", "-Htn", "state", "established", f"( dport = :{proxy.world.http_port} )"], text=True,
                              stdout=subprocess.PIPE, check=True).stdout
        return set(re.findall(r"127\.0\.0\.1:(\d+)\s+127\.0\.0\.1:%d" % proxy.world.http_port, said))
    connection = proxy.connect("127.0.0.9")
    assert proxy.ask_on(connection, "/healthz").status == 200
    first, socket_before = upstream(), connection.sock
    assert first
    for _ in range(8):
        assert proxy.ask_on(connection, "/healthz").status == 200
    assert connection.sock is socket_before  # the client's was kept
    assert upstream() & first                # and the proxy's
    assert len(upstream()) <= 4
    connection.close()


def test_one_client_has_twenty_connections(proxy):
    """As many as windsock-updater itself gives one; those of others have their places."""
    held = []
    for _ in range(20):
        connection = proxy.connect("127.0.0.9")
        connection.connect()
        # nginx counts those that have a head, and keeps a body until it is whole; HAProxy counts all, and keeps a head
        connection.sock.sendall(b"POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                                + (b"\r\n" if proxy.daemon.name == "nginx" else b""))
        held.append(connection)

    def is_refused():
        try:
            return proxy.ask("/healthz", source="127.0.0.9").status == 429
        except (OSError, http.client.HTTPException):
            return True
    assert eventually(is_refused, every=0.3)  # seldom enough for windsock-updater's own limit on requests
    assert proxy.ask("/healthz", source="127.0.0.10").status == 200
    for connection in held:
        connection.close()
    assert eventually(lambda: not is_refused())


def test_what_is_too_large_is_refused(proxy):
    assert proxy.ask("/register", method="POST", body="x" * 9000).status == 413
    assert proxy.ask("/register", method="POST", body="{}").status != 413


def test_the_host_arrives(proxy):
    """/relays.txt is that of the zone that was asked for."""
    proxy.world.windsock("zone", "add", "other.test", "--ns", "ns1.kites.test")
    proxy.world.windsock("release", "add", "p", "1", "--pool", "fe058", "--tls", "1.2")
    proxy.world.windsock("relay", "add", "r1", "--address", "198.51.100.11", "--tls", "1.2")
    for zone, host in (("kites.test", "kites.test"), ("other.test", "fe.other.test:8053")):
        assert proxy.ask("/relays.txt", {"Host": host}).text.split() == ["X-DNS:", f"fe058.{zone}", "198.51.100.11"]


def test_slow_requests_end(proxy):
    """A client that never ends its head is cut off by the proxy, in 10 seconds."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=SECONDS) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        said = s.recv(1000)
        assert said == b"" or b" 408 " in said
