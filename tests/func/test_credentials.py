# SPDX-License-Identifier: BSD-2-Clause
"""Right credentials get in whatever else comes from their address; wrong ones are slowed, and floods of them end."""
import hashlib
import re
import socket
import threading
import time

import pytest

from harness import World, eventually
from test_http import all_of, connect, metric

KITES = 40
BASIC = "Authorization: Basic ZGVtbzpkZW1vLXRva2Vu\r\n"  # demo:demo-token
WRONG = "Authorization: Basic ZGVtbzp3cm9uZw==\r\n"      # demo:wrong


@pytest.fixture(scope="module")
def world():
    here = World()
    here.init()
    here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
    here.account("demo", "*.demo.b5p.us,demo.b5p.us", "--allow-private", password="demo-token")
    here.account("boss", "", "--role", "operator", password="boss-token")
    for i in range(KITES):
        here.windsock("host", "add", f"k{i}.demo.b5p.us", "--account", "demo", "--secret-stdin", input="sekrit\n")
    here.relay = here.windsock("relay", "invite", "r1").stdout.split()[-1]
    here.start_updater("--unlimited", "192.0.2.0/24")  # so that loopback has its limits
    here.relay = eventually(lambda: register(here))
    yield here
    here.close()


def request(target, *headers, method="GET", body=""):
    more = f"Content-Length: {len(body)}\r\n" if body else ""
    return (f"{method} {target} HTTP/1.1\r\nHost: x\r\n{''.join(headers)}{more}\r\n{body}").encode()


def ask(world, source, *requests):
    """All replies to requests in one packet on one connection: another one while all of the source's are in
    the batch."""
    def replies():
        try:
            with connect(world, source, timeout=20) as s:
                s.sendall(b"".join(requests))
                s.shutdown(socket.SHUT_WR)
                return all_of(s)
        except (ConnectionResetError, BrokenPipeError):
            return None
    return eventually(replies, every=0.1)


def register(world):
    reply = ask(world, "127.0.0.50", request("/v1/relays", f"Authorization: Bearer {world.relay}\r\n", method="POST",
                                             body='{"addresses": ["198.51.100.1"]}'))
    found = re.search(rb'"token": "([^"]+)"', reply)
    return found and found.group(1).decode()


def signed(host, addresses, secret="sekrit"):
    salt = "01234567"
    sign = salt + hashlib.sha1(f"{secret}{host}:{addresses}{salt}".encode()).hexdigest()
    return request(f"/?hostname={host}&myip={addresses}&sign={sign}")


def update(address, basic=BASIC, host="demo.b5p.us"):
    return request(f"/nic/update?hostname={host}&myip={address}", basic)


@pytest.fixture
def source(counter=[60]):
    counter[0] += 1
    return f"127.0.0.{counter[0]}"


def together(world, source, requests):
    """Each on a connection of its own, no more than a client may have at once; all replies."""
    replies, gate = [], threading.BoundedSemaphore(15)

    def one(each):
        with gate:
            replies.append(ask(world, source, each))
    threads = [threading.Thread(target=one, args=(each,)) for each in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def fire(world, source, requests):
    """Waits for no reply."""
    for each in requests:
        with connect(world, source) as s:
            s.sendall(each)


def test_a_back_end_with_forty_kites(world, source):
    replies = together(world, source, [signed(f"k{i}.demo.b5p.us", "192.0.2.1") for i in range(KITES)])
    assert len([r for r in replies if r.endswith(b"good 192.0.2.1\n")]) == KITES, replies


def test_forty_hosts_of_one_login(world, source):
    replies = ask(world, source, *(update("192.0.2.2", host=f"h{i}.demo.b5p.us") for i in range(40)))
    assert len(re.findall(rb"good 192.0.2.2\n", replies)) == 40


def test_the_same_again_and_again_is_a_flood(world, source):
    ask(world, source, update("192.0.2.3"))
    replies = ask(world, source, *[update("192.0.2.3")] * 100)
    assert len(re.findall(rb"nochg", replies)) < 50 and replies.count(b"911\n") > 50


@pytest.mark.parametrize("wrong", [
    lambda i: update("192.0.2.66", WRONG),
    lambda i: request(f"/?hostname=k1.demo.b5p.us&myip=192.0.2.66&sign={i:048}"),
    lambda i: request("/v1/status", f"Authorization: Bearer {i}\r\n"),
    lambda i: request("/v1/relays/r1", f"Authorization: Bearer {i}\r\n", method="PUT"),
    lambda i: request("/update", "X-Api-User: demo\r\n", f"X-Api-Key: {i}\r\n", method="POST", body="{}"),
    lambda i: request("/healthz", f"Authorization: Bearer {i}\r\n"),
    lambda i: request(f"/relays.txt?sign={i}")])
def test_right_ones_get_in_while_a_neighbour_floods_with_wrong_ones(world, source, wrong):
    before = metric(world, "requests_limited_total")
    fire(world, source, [wrong(i) for i in range(150)])
    assert eventually(lambda: metric(world, "requests_limited_total") > before) # it ends
    started = time.monotonic()
    address = f"192.0.2.{source.split('.')[3]}"
    assert ask(world, source, update(address)).endswith(f"\ngood {address}\n".encode())
    assert ask(world, source, signed("k0.demo.b5p.us", address)).endswith(f"\ngood {address}\n".encode())
    operator = request("/v1/status", "Authorization: Bearer boss-token\r\n")
    assert ask(world, source, operator).startswith(b"HTTP/1.1 200 ")
    beat = request("/v1/relays/r1", f"Authorization: Bearer {world.relay}\r\n", method="PUT", body="{}")
    assert ask(world, source, beat).startswith(b"HTTP/1.1 200 ")
    assert time.monotonic() - started < 8 # nor are they slowed


def test_wrong_ones_are_slowed(world, source):
    times = []
    for i in range(12):
        started = time.monotonic()
        assert ask(world, source, update("192.0.2.66", WRONG)).endswith(b"badauth\n")
        times.append(time.monotonic() - started)
        time.sleep(0.06)
    assert times[10] >= 0.25 and times[11] >= 0.5
    started = time.monotonic()
    assert b"nochg" in ask(world, source, update("192.0.2.8")) + ask(world, source, update("192.0.2.8"))
    assert time.monotonic() - started < 5
