# SPDX-License-Identifier: BSD-2-Clause
"""Clients that are slow, that end in the middle, that are many: nobody else waits for them. With raw sockets."""
import re
import signal
import socket
import sqlite3
import time

import pytest

from harness import World, eventually

USER = ("demo", "demo-token")
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def world():
    here = World()
    here.init()
    here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
    here.account("demo", "*.demo.b5p.us,demo.b5p.us", "--allow-private", password="demo-token")
    yield here
    here.close()


def connect(world, source="127.0.0.1", timeout=10):
    return socket.create_connection(("127.0.0.1", world.http_port), timeout, (source, 0))


def all_of(s):
    parts = []
    while part := s.recv(65536):
        parts.append(part)
    return b"".join(parts)


def metric(world, name):
    return int(re.search(rf"^windsock_updater_{name} (\d+)$", world.http("GET", "/metrics").text, re.M).group(1))


def test_half_sent_requests_of_many_leave_others_served(world):
    """55 addresses with 20 requests each that don't go on are more than there is room for."""
    world.start_updater("--unlimited", "127.0.0.1")
    slow = []
    for source in range(2, 57):
        for _ in range(20):
            s = connect(world, f"127.0.0.{source}")
            s.sendall(HALF)
            slow.append(s)
    for number in range(15):
        assert world.update(f"h{number}.demo.b5p.us", "192.0.2.1", USER, timeout=3) == ["good 192.0.2.1"]
    assert metric(world, "connections") <= 1000
    assert metric(world, "connections_evicted_total") >= 100
    for s in slow:
        s.close()


def test_a_clients_newest_connection_takes_its_oldest_ones_place(world):
    world.start_updater("--unlimited", "127.0.0.1", "--connections-each", "3")
    held = [connect(world, "127.0.0.9") for _ in range(3)]
    for s in held:
        s.sendall(HALF)
    eventually(lambda: metric(world, "connections") == 4)
    with connect(world, "127.0.0.9") as s:
        s.sendall(GET)
        assert s.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert held[0].recv(4096) == b"" # the oldest
        for other in held[1:]:
            other.sendall(b"\r\n")
            assert other.recv(4096).startswith(b"HTTP/1.1 200 ")
    for s in held:
        s.close()


def test_who_hung_up_holds_no_place(world):
    world.start_updater()
    for octets in (b"", b"G", HALF, b"POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhost"):
        for _ in range(30):
            with connect(world) as s:
                s.sendall(octets)
        eventually(lambda: metric(world, "connections") == 1, seconds=4)


@pytest.mark.parametrize("request_", [b"G", b"GET / HTTP/1.1", HALF, HALF + b"\r",
    b"POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhost"])
def test_a_request_that_ends_in_the_middle_is_answered(world, request_):
    world.start_updater()
    with connect(world) as s:
        s.sendall(request_)
        s.shutdown(socket.SHUT_WR)
        assert all_of(s).startswith(b"HTTP/1.1 400 ")


def test_a_request_that_does_not_go_on_is_answered_408(world):
    world.start_updater()
    with connect(world, timeout=20) as s:
        s.sendall(HALF)
        reply = all_of(s)
        assert reply.startswith(b"HTTP/1.1 408 ") and b"Connection: close" in reply


BAD_LINES = [b"GARBAGE", b"GET", b"GET /healthz", b" GET /healthz HTTP/1.1", b"GET  /healthz HTTP/1.1", b"G\x00T / HTTP/1.1",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /healthz HTTP/1.1 x", b"GET /healthz FTP/1.1", b"GET\t/healthz HTTP/1.1"]


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_request_line_is_answered_400_with_one_head(world, line):
    world.start_updater()
    with connect(world) as s:
        s.sendall(line + b"\r\nHost: x\r\n\r\n")
        reply = all_of(s)
    assert reply.startswith(b"HTTP/1.1 400 ") and reply.count(b"HTTP/1.1 ") == 1, reply
    head, _, body = reply.partition(b"\r\n\r\n")
    assert re.search(rb"(?i)content-length: (\d+)", head).group(1) == str(len(body)).encode()
    names = [field.split(b":")[0].lower() for field in head.split(b"\r\n")[1:]]
    assert len(names) == len(set(names)), head


def test_requests_in_one_packet_are_answered_in_order(world):
    world.start_updater()
    update = (b"GET /nic/update?hostname=demo.b5p.us&myip=192.0.2.7 HTTP/1.1\r\nHost: x\r\n"
              b"Authorization: Basic ZGVtbzpkZW1vLXRva2Vu\r\n\r\n")
    with connect(world) as s:
        s.sendall(b"\r\n" + GET * 50 + update + GET + HALF)
        s.shutdown(socket.SHUT_WR)
        reply = all_of(s)
    assert re.findall(rb"HTTP/1\.1 (\d+)", reply) == [b"200"] * 52 + [b"400"]
    assert b"good 192.0.2.7" in reply


def test_octets_that_drip(world):
    world.start_updater()
    with connect(world) as s:
        for octet in b"POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b" + GET:
            s.sendall(bytes([octet]))
        s.shutdown(socket.SHUT_WR)
        assert re.findall(rb"HTTP/1\.1 (\d+)", all_of(s)) == [b"401", b"200"]


def test_a_body_is_waited_for_with_100_continue(world):
    world.start_updater()
    with connect(world) as s:
        s.sendall(b"POST /nic/update HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert s.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(b"a=b")
        assert s.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_a_head_request_has_no_body_and_the_connection_stays(world):
    world.start_updater()
    with connect(world) as s:
        for _ in range(3):
            s.sendall(GET.replace(b"GET", b"HEAD"))
            reply = s.recv(4096)
            assert b"Content-Length: 3\r\n" in reply and reply.endswith(b"\r\n\r\n")
        s.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert all_of(s).endswith(b"\r\n\r\nok\n")


def test_who_does_not_read_its_replies_stops_nobody(world):
    world.start_updater()
    deaf = [connect(world) for _ in range(5)]
    for s in deaf:
        s.setblocking(False)
        try:
            while True:
                s.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        except BlockingIOError:
            pass
    started = time.monotonic()
    assert world.update("demo.b5p.us", "192.0.2.8", USER) == ["good 192.0.2.8"]
    assert time.monotonic() - started < 5
    for s in deaf:
        s.close()


# Proxies. Whom a request is from is seen in what an update without an address publishes.

AUTHORIZED = b"Authorization: Basic ZGVtbzpkZW1vLXRva2Vu\r\n"


def through(world, source, *lines, target=b"/nic/update?hostname=demo.b5p.us", authorized=AUTHORIZED):
    head = b"".join(line.encode() + b"\r\n" for line in lines)
    with connect(world, source) as s:
        s.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + authorized + head + b"\r\n")
        return all_of(s).partition(b"\r\n\r\n")


def caller(world, source, *lines):
    body = through(world, source, *lines)[2].decode().split()
    return body[1]


@pytest.mark.parametrize("header, lines, wanted", [
    ("X-Forwarded-For", ["X-Forwarded-For: 192.0.2.1"], "192.0.2.1"),
    ("X-Forwarded-For", ["Forwarded: for=6.6.6.6", "X-Forwarded-For: 192.0.2.1"], "192.0.2.1"),
    ("X-Forwarded-For", ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=6.6.6.6"], "192.0.2.1"),
    ("X-Forwarded-For", ["X-Forwarded-For: 6.6.6.6, 192.0.2.1"], "192.0.2.1"),
    ("X-Forwarded-For", ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.1"], "192.0.2.1"),
    ("X-Forwarded-For", ["X-Forwarded-For: 6.6.6.6, 192.0.2.1, 127.0.0.3"], "192.0.2.1"),
    ("X-Forwarded-For", ["Forwarded: for=6.6.6.6"], "127.0.0.2"),
    ("X-Forwarded-For", ["X-Forwarded-For: 6.6.6.6, unknown"], "127.0.0.2"),
    ("forwarded", ["Forwarded: for=6.6.6.6, for=192.0.2.1;proto=https", "X-Forwarded-For: 6.6.6.7"], "192.0.2.1"),
    ("X-Real-IP", ["X-Real-IP: 192.0.2.1", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6"], "192.0.2.1"),
])
def test_whom_a_trusted_proxy_speaks_for(world, header, lines, wanted):
    world.start_updater("--trusted-proxies", "127.0.0.2", "--trusted-proxies", "127.0.0.3", "--proxy-header", header)
    assert caller(world, "127.0.0.2", *lines) == wanted
    assert caller(world, "127.0.0.9", *lines) == "127.0.0.9" # who is no proxy is not believed


def flood(world, source, *lines):
    """How many of 200 requests at once were answered in full."""
    request = "".join(line + "\r\n" for line in ("GET /healthz HTTP/1.1", "Host: x", *lines, "")).encode()
    with connect(world, source) as s:
        s.sendall(request * 200)
        s.shutdown(socket.SHUT_WR)
        return all_of(s).count(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("source, lines, free", [
    ("127.0.0.1", [], True),
    ("127.0.0.2", [], False),                              # a proxy that names nobody
    ("127.0.0.2", ["X-Forwarded-For: 127.0.0.1"], False),  # its own machine, or so it says
    ("127.0.0.2", ["X-Forwarded-For: 192.0.2.1"], False),
    ("127.0.0.2", ["X-Forwarded-For: 10.1.2.3"], True),    # in a network that is unlimited and a monitor's
    ("127.0.0.2", ["X-Forwarded-For: unknown"], False),
    ("127.0.0.1", ["X-Forwarded-For: 192.0.2.1"], False),  # a proxy that nobody told us of
    ("127.0.0.1", ["Via: 1.1 proxy"], False),
    ("127.0.0.1", ["Forwarded: for=10.1.2.3"], False),
])
def test_loopbacks_privileges_do_not_come_through_a_proxy(world, source, lines, free):
    world.start_updater("--trusted-proxies", "127.0.0.2", "--unlimited", "127.0.0.0/8", "--unlimited", "10.0.0.0/8",
                        "--monitors", "10.0.0.0/8")
    assert through(world, source, *lines, target=b"/metrics")[0].startswith(b"HTTP/1.1 200" if free else b"HTTP/1.1 403")
    assert (flood(world, source, *lines) == 200) == free


def test_a_monitor_on_the_proxys_host(world):
    world.start_updater("--trusted-proxies", "127.0.0.2", "--monitors", "127.0.0.2")
    for lines, status in (([], b"200"), (["X-Forwarded-For: 127.0.0.2"], b"403"), (["Via: 1.1 x"], b"403"),
                          (["X-Forwarded-For: 192.0.2.1"], b"403")):
        assert through(world, "127.0.0.2", *lines, target=b"/metrics")[0].startswith(b"HTTP/1.1 " + status), lines


# The end, and dnsd's.

def start_update(world, address):
    s = connect(world)
    s.sendall(f"GET /nic/update?hostname=demo.b5p.us&myip={address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
              + AUTHORIZED + b"\r\n")
    return s


def test_a_reply_that_waits_for_a_stopped_dnsd_goes_out_at_the_end(world):
    world.start_dnsd()
    world.start_updater()
    assert world.update("demo.b5p.us", "192.0.2.1", USER) == ["good 192.0.2.1"]
    world.dnsd.signal(signal.SIGSTOP)
    waiting = [start_update(world, f"192.0.2.{i}") for i in range(2, 12)]
    time.sleep(0.1)
    world.updater.stop()  # which looks at its status and for a sanitizer's words
    world.dnsd.signal(signal.SIGCONT)
    for s in waiting:
        assert b"good 192.0.2." in all_of(s)
        s.close()


def test_replies_while_dnsd_is_dead_are_counted_as_unacknowledged(world):
    world.start_dnsd()
    world.start_updater()
    assert world.update("demo.b5p.us", "192.0.2.1", USER) == ["good 192.0.2.1"]
    assert metric(world, "unacknowledged_total") == 0
    world.dnsd.kill()
    for i in range(2, 5):
        assert world.update("demo.b5p.us", f"192.0.2.{i}", USER) == [f"good 192.0.2.{i}"]
    assert world.update("demo.b5p.us", "192.0.2.4", USER) == ["nochg 192.0.2.4"] # nothing to acknowledge
    assert metric(world, "unacknowledged_total") == 3


def test_housekeeping_that_finds_the_lock_taken_is_no_trouble(world):
    world.start_updater()
    other = sqlite3.connect(world.registry, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(2.5)  # the log is pruned each second
    assert world.http("GET", "/readyz").text.count("registry") == 0
    other.execute("ROLLBACK")
    other.close()
    assert world.update("demo.b5p.us", "192.0.2.1", USER) == ["good 192.0.2.1"]
    assert "911" not in world.updater.text()
