# SPDX-License-Identifier: BSD-2-Clause
"""Requests that two readers could take for two things, and what happens to updates when the registry is in
trouble: with a raw socket, since no well-behaved client sends such things."""
import base64
import hashlib
import json
import sqlite3
import time

import pytest

USER = ("demo", "demo-token")
BASIC = b"Authorization: Basic " + base64.b64encode(b"demo:demo-token") + b"\r\n"
HOST = b"Host: x\r\n"
SMUGGLED = (b"GET /nic/update?hostname=demo.b5p.us&myip=198.51.100.66 HTTP/1.1\r\n" + HOST + BASIC + b"\r\n")


def head(method=b"GET", tail=b"", version=b"HTTP/1.1", host=HOST, extra=b"", end=b"\r\n"):
    target = b"/nic/update?hostname=demo.b5p.us&myip=198.51.100.65" + tail
    return method + b" " + target + b" " + version + b"\r\n" + host + BASIC + extra + end


def post(extra, body=b"abcde"):
    return head(b"POST", extra=extra) + body


REFUSED = {
    "bare LF": head().replace(b"\r\n", b"\n"),
    "bare LF after the request line": head().replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n"),
    "bare LF after a header": head(host=b"Host: x\n"),
    "bare LF at the end": head(end=b"\n"),
    "bare CR": head(host=b"Host: x\r"),
    "folded line": head(extra=b"X-A: b\r\n c\r\n"),
    "space before the colon": head(host=b"Host : x\r\n"),
    "two Host": head(host=HOST + b"hOST: y\r\n"),
    "the same Host twice": head(host=HOST + HOST),
    "no Host": head(host=b""),
    "two Content-Length": post(b"Content-Length: 0\r\nContent-Length: 5\r\n"),
    "the same Content-Length twice": post(b"Content-Length: 5\r\nContent-Length: 5\r\n"),
    "a list of lengths": post(b"Content-Length: 5, 5\r\n"),
    "both lengths": post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunked": post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "an unknown encoding": post(b"Transfer-Encoding: xchunked\r\n", b""),
    "an encoding with a space": post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "a signed length": post(b"Content-Length: +5\r\n"),
    "a negative length": post(b"Content-Length: -1\r\n"),
    "a hexadecimal length": post(b"Content-Length: 0x5\r\n"),
    "an empty length": post(b"Content-Length:\r\n", b""),
    "a huge length": post(b"Content-Length: 99999999999999999999\r\n"),
    "too large a body": post(b"Content-Length: 9000\r\n"),
    "lengths on GET": head(extra=b"Content-Length: 5\r\nContent-Length: 0\r\n") + b"abcde",
    "a NUL in an argument": head(tail=b"%00"),
    "a NUL in the target": head(tail=b"\0"),
    "a NUL in a header": head(host=b"Host: x\0y\r\n"),
    "a broken escape": head(tail=b"%zz"),
    "an argument twice": head(tail=b"&hostname=b.b5p.us"),
    "a space in the target": head(tail=b" &x=1"),
    "two spaces": head(method=b"GET "),
    "a space at the end": head(version=b"HTTP/1.1 "),
    "HTTP/2.0": head(version=b"HTTP/2.0"),
    "HTTP/1.2": head(version=b"HTTP/1.2"),
    "no version": b"GET /nic/update?hostname=demo.b5p.us&myip=198.51.100.65\r\n\r\n",
    "a header without a colon": head(extra=b"foo\r\n"),
    "a header without a name": head(extra=b": foo\r\n"),
    "a control byte in a name": head(extra=b"A\x01b: foo\r\n"),
    "a long target": head(tail=b"&x=" + b"a" * 5000),
    "a large head": head(extra=b"X: " + b"a" * 40000 + b"\r\n"),
    "many arguments": head(tail=b"".join(b"&a%d=1" % i for i in range(40))),
}

TAKEN = {
    "plain": head(extra=b"Connection: close\r\n"),
    "HTTP/1.0 without Host": head(version=b"HTTP/1.0", host=b""),
    "HTTP/1.0": head(version=b"HTTP/1.0"),
    "no blank after the colon": head(host=b"Host:x\r\n", extra=b"Connection: close\r\n"),
    "blanks around values": head(host=b"Host:  x \t\r\n", extra=b"Connection: close\r\n"),
    "an empty header": head(extra=b"X-Empty: \r\nAccept:\r\nConnection: close\r\n"),
    "a cookie": head(extra=b"Cookie: a=b; c=d\r\nConnection: close\r\n"),
    "an empty body": head(b"POST", extra=b"Content-Length: 0\r\nConnection: close\r\n"),
    "a form": b"POST /nic/update HTTP/1.1\r\n" + HOST + BASIC + b"Connection: close\r\nContent-Length: 40\r\n"
              b"Content-Type: application/x-www-form-urlencoded\r\n\r\nhostname=demo.b5p.us&myip=198.51.100.165",
}


@pytest.fixture(scope="module")
def updater():
    from harness import World
    here = World()
    here.init()
    here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
    here.account("demo", "*.demo.b5p.us,demo.b5p.us", "--allow-private", password="demo-token")
    here.start_updater()
    yield here
    here.close()


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_closed(updater, name):
    before = updater.update("demo.b5p.us", "192.0.2.1", USER)
    assert before in (["good 192.0.2.1"], ["nochg 192.0.2.1"])
    try:
        reply = updater.raw_http(REFUSED[name] + SMUGGLED)
    except ConnectionResetError:
        reply = b"HTTP/1.1 400 " # closed before all was sent
    assert reply.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ", b"HTTP/1.1 414 ", b"HTTP/1.1 431 ",
                             b"HTTP/1.1 505 ")), reply
    assert b"HTTP/1.1 200" not in reply
    assert updater.update("demo.b5p.us", "192.0.2.1", USER) == ["nochg 192.0.2.1"]


@pytest.mark.parametrize("name", TAKEN)
def test_taken(updater, name):
    updater.update("demo.b5p.us", "192.0.2.1", USER)
    reply = updater.raw_http(TAKEN[name])
    assert reply.startswith(b"HTTP/1.1 200 ") and b"\r\n\r\ngood 198.51.100." in reply, reply


def test_each_host_of_a_list_is_done_by_itself(updater):
    updater.update("demo.b5p.us,a.demo.b5p.us", "192.0.2.1", USER)
    assert updater.update("demo.b5p.us,www.b5p.us,x,%20a.demo.b5p.us", "192.0.2.2", USER) \
        == ["good 192.0.2.2", "nohost", "notfqdn", "good 192.0.2.2"]
    assert updater.update("a.demo.b5p.us,demo.b5p.us,demo.b5p.us", "192.0.2.2", USER) == ["nochg 192.0.2.2"] * 3
    acts = "SELECT count(*) FROM act"
    before = int(updater.sql(acts))
    updater.update("demo.b5p.us,gone.b5p.us,a.demo.b5p.us", "192.0.2.3", USER)  # in one transaction
    assert int(updater.sql(acts)) == before + 1
    assert updater.update("gone.b5p.us", "192.0.2.3", USER) == ["nohost"]


def test_addresses_are_taken_away(updater):
    addresses = "SELECT addresses FROM host WHERE name = 'demo.b5p.us'"
    assert updater.update("demo.b5p.us", "192.0.2.1,2001:db8::1", USER) == ["good 192.0.2.1,2001:db8::1"]
    for more, said, left in [("myipv6=-&myip=192.0.2.4", "good 192.0.2.4", "192.0.2.4"),
                             ("myipv6=2001:db8::4", "good 2001:db8::4", "2001:db8::4 192.0.2.4"),
                             ("myip=-", "good", "2001:db8::4"), ("offline=YES", "good", ""), ("offline=YES", "nochg", "")]:
        reply = updater.http("GET", f"/nic/update?hostname=demo.b5p.us&{more}", user=USER)
        assert reply.text == f"{said}\n", more
        assert updater.sql(addresses) == left
    reply = updater.http("GET", "/nic/update?hostname=never.demo.b5p.us&offline=YES", user=USER)
    assert reply.text == "nohost\n"


def test_a_locked_registry(updater):
    other = sqlite3.connect(updater.registry, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    reply = updater.http("GET", "/nic/update?hostname=demo.b5p.us&myip=192.0.2.9", user=USER)
    assert (reply.status, reply.text) == (503, "911\n") and reply.headers["Retry-After"]
    assert time.monotonic() - started < 2
    other.execute("ROLLBACK")
    other.close()
    time.sleep(0.5)
    assert updater.update("demo.b5p.us", "192.0.2.9", USER) == ["good 192.0.2.9"]


def test_a_registry_that_is_gone(updater):
    aside = updater.registry.with_name("aside")
    updater.registry.rename(aside)
    reply = updater.http("GET", "/nic/update?hostname=demo.b5p.us&myip=192.0.2.10", user=USER)
    assert (reply.status, reply.text) == (503, "911\n")
    assert updater.http("GET", "/healthz").status == 200
    aside.rename(updater.registry)
    time.sleep(0.5)
    assert updater.update("demo.b5p.us", "192.0.2.10", USER) == ["good 192.0.2.10"]


def test_an_account_makes_so_many_hosts(tmp_path):
    from harness import World
    here = World()
    try:
        here.init()
        here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
        here.account("few", "*.few.b5p.us", "--allow-private", "--quota", "3", password="demo-token")
        here.account("many", "*.many.b5p.us", "--allow-private", password="demo-token")
        here.start_updater("--hosts-each", "5")
        names = [f"h{i}.%s.b5p.us" for i in range(7)]
        for who, most in ("few", 3), ("many", 5):
            said = here.update(",".join(n % who for n in names), "192.0.2.1", (who, "demo-token"))
            assert said == ["good 192.0.2.1"] * most + ["numhost"] * (7 - most)
            assert here.update(names[0] % who, "192.0.2.2", (who, "demo-token")) == ["good 192.0.2.2"]
            assert here.update("x.b5p.us", "192.0.2.2", (who, "demo-token")) == ["nohost"]
        here.windsock("account", "set", "few", "--quota", 4)
        assert here.update(names[6] % "few", "192.0.2.1", ("few", "demo-token")) == ["good 192.0.2.1"]
    finally:
        here.close()


def test_a_network_registers_so_many_names(tmp_path):
    from harness import World
    here = World()
    try:
        here.init()
        here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
        here.start_updater("--acme-dns", "b5p.us", "--unlimited", "192.0.2.1", "--names-each", "3")
        replies = [here.http("POST", "/register", "{}") for _ in range(5)]
        assert [r.status for r in replies] == [201, 201, 201, 403, 403]
        assert json.loads(replies[3].text) == {"error": "too_many_registrations"}
        assert here.sql("SELECT DISTINCT network FROM account") == "127.0.0.0/24"
        here.sql("UPDATE account SET network = '198.51.100.0/24' WHERE name = (SELECT min(name) FROM account)")
        assert here.http("POST", "/register", "{}").status == 201
    finally:
        here.close()


def pagekite(world, name, secret, addresses="9.9.9.9", salt="01234567"):
    sign = salt + hashlib.sha1(f"{secret}{name}:{addresses}{salt}".encode()).hexdigest()
    return world.http("GET", f"/?hostname={name}&myip={addresses}&sign={sign}").text


def test_a_wildcard_kite_is_its_host(updater):
    """PyPagekite's update of a kite *.NAME, as it sends it (pagekite.md section 10)."""
    updater.windsock("host", "add", "w2.b5p.us", "--secret-stdin", input="sekrit\n")
    assert pagekite(updater, "*.w2.b5p.us", "sekrit") == "good 9.9.9.9\n"
    assert updater.sql("SELECT addresses FROM host WHERE name = 'w2.b5p.us'") == "9.9.9.9"
    assert pagekite(updater, "w2.b5p.us", "sekrit") == "nochg 9.9.9.9\n"
    assert pagekite(updater, "*.w2.b5p.us", "another").startswith("badauth")
    assert pagekite(updater, "*.b5p.us", "sekrit").startswith("badauth")


def test_a_kite_below_a_host_is_not_the_hosts(updater):
    """Moving x.NAME with NAME's secret would move all other kites of NAME, too."""
    updater.windsock("host", "add", "w3.b5p.us", "--secret-stdin", "--address", "198.51.100.3", input="sekrit\n")
    assert pagekite(updater, "x.w3.b5p.us", "sekrit").startswith("badauth")
    assert updater.sql("SELECT addresses FROM host WHERE name LIKE '%w3.b5p.us'") == "198.51.100.3"
    updater.windsock("host", "add", "x.w3.b5p.us", "--secret-stdin", input="another\n")
    assert pagekite(updater, "x.w3.b5p.us", "another") == "good 9.9.9.9\n"
    assert pagekite(updater, "x.w3.b5p.us", "sekrit").startswith("badauth")
    assert updater.sql("SELECT addresses FROM host WHERE name = 'w3.b5p.us'") == "198.51.100.3"
