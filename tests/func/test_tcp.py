# SPDX-License-Identifier: BSD-2-Clause
"""DNS over TCP (RFC 7766, RFC 9210, RFC 7828), from clients that are hasty, slow, stuck or many."""
import contextlib
import os
import resource
import select
import socket
import struct
import time

import dns.edns
import dns.message
import dns.query
import dns.rcode
import pytest

from harness import SECONDS, World, eventually

LONG = [letter * 250 for letter in "abcdefgh"]
ZONE = """$ORIGIN kites.test.
$TTL 3600
@	IN SOA ns1 hostmaster 1 3600 600 1209600 60
@	IN NS ns1
ns1	IN A 192.0.2.53
""" + "".join(f"long IN TXT {text}\n" for text in LONG)
PATIENT = 600000


@pytest.fixture
def here():
    """A zone; the test starts the name server with what it needs."""
    world = World().init()
    file = world.dir / "kites.zone"
    file.write_text(ZONE)
    world.windsock("zone", "import", "kites.test", file)
    yield world
    world.close()


@pytest.fixture
def clients(here):
    """Makes connections, from any loopback address; closes them all."""
    with contextlib.ExitStack() as stack:
        def connect(source="127.0.0.1", receive=None):
            s = stack.enter_context(socket.socket())
            s.settimeout(SECONDS)
            if receive:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
            s.bind((source, 0))
            s.connect(("127.0.0.1", here.dns_port))
            return s
        yield connect


def query(name="ns1.kites.test.", type="A", id=1, **more):
    message = dns.message.make_query(name, type, **more)
    message.id = id
    wire = message.to_wire()
    return struct.pack("!H", len(wire)) + wire


def padded(size):
    """A query with so many octets of padding (RFC 7830)."""
    plain = query()[2:]
    opt = struct.pack("!BHHIHHH", 0, 41, 1232, 0, 4 + size, 12, size) + bytes(size)
    wire = plain[:11] + b"\1" + plain[12:] + opt
    return struct.pack("!H", len(wire)) + wire


def take(s, count):
    parts = []
    while count:
        part = s.recv(count)
        if not part:
            raise EOFError(f"closed {count} octets early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def answer(s):
    size, = struct.unpack("!H", take(s, 2))
    return dns.message.from_wire(take(s, size))


def ask(s, **more):
    s.sendall(query(**more))
    reply = answer(s)
    assert reply.rcode() == dns.rcode.NOERROR and reply.answer
    return reply


def closed(s):
    """Whether the server has closed; what it sent before is read."""
    try:
        while select.select([s], [], [], 0)[0]:
            if not s.recv(65536):
                return True
    except ConnectionError:
        return True
    return False


def test_a_thousand_queries_in_one_write(here, clients):
    here.start_dnsd()
    s = clients()
    s.sendall(b"".join(query(id=id) for id in range(1000)))
    assert sorted(answer(s).id for _ in range(1000)) == list(range(1000))
    assert ask(s, id=7).id == 7


def test_large_answers_pipelined_are_all_sent(here, clients):
    here.start_dnsd()
    s = clients(receive=4096)
    s.sendall(b"".join(query("long.kites.test.", "TXT", id) for id in range(300)))
    s.shutdown(socket.SHUT_WR)
    for id in range(300):
        reply = answer(s)
        assert reply.id == id and len(reply.answer[0]) == len(LONG)
    assert s.recv(1) == b""


def test_a_message_may_be_split_anywhere(here, clients):
    here.start_dnsd()
    both = query(id=1) + query("long.kites.test.", "TXT", 2)
    s = clients()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(1, len(both)):
        s.sendall(both[:at])
        time.sleep(0.002)
        s.sendall(both[at:])
        assert [answer(s).id, answer(s).id] == [1, 2], at
    for octet in both:
        s.sendall(bytes([octet]))
    assert [answer(s).id, answer(s).id] == [1, 2]


def test_a_long_message_is_read_whole(here, clients):
    here.start_dnsd()
    s = clients()
    s.sendall(padded(60000))
    assert answer(s).answer
    ask(s)


def test_a_client_that_has_asked_all_is_answered(here, clients):
    here.start_dnsd("--tcp-idle", PATIENT, "--tcp-message", PATIENT)
    s = clients()
    s.sendall(query(id=1) + query(id=2) + query(id=3)[:9])
    s.shutdown(socket.SHUT_WR)
    assert [answer(s).id, answer(s).id] == [1, 2]
    assert s.recv(1) == b""


def test_who_says_nothing_is_closed(here, clients):
    here.start_dnsd("--tcp-idle", 1000, "--tcp-message", PATIENT, "--tcp-answers", PATIENT)
    s = clients()
    ask(s)
    assert eventually(lambda: closed(s))


def test_who_drips_is_closed(here, clients):
    here.start_dnsd("--tcp-idle", PATIENT, "--tcp-message", 1000, "--tcp-answers", PATIENT)
    s, honest = clients(), clients()
    ask(s)
    message = padded(10000)
    start = time.monotonic()
    with pytest.raises(ConnectionError):
        for octet in message:
            s.sendall(bytes([octet]))
            time.sleep(0.1)
            if closed(s):
                raise ConnectionError
            assert time.monotonic() - start < SECONDS
    ask(honest)  # it has said nothing in that time, and may


def test_who_asks_in_time_stays(here, clients):
    here.start_dnsd("--tcp-idle", PATIENT, "--tcp-message", 3000)
    s = clients()
    whole = query()
    s.sendall(whole[:5])
    for _ in range(10):  # a message is always begun, and each is complete in time
        time.sleep(0.5)
        s.sendall(whole[5:] + whole[:5])
        assert answer(s).answer


def flood(s, most=20 << 20):
    """Asks for large answers and takes none, until the server reads no more. Octets that it took."""
    question = query("long.kites.test.", "TXT") * 100
    s.setblocking(False)
    sent = 0
    while sent < most and select.select([], [s], [], 2)[1]:
        try:
            sent += s.send(question)
        except BlockingIOError:
            continue
        except ConnectionError:
            break
    s.settimeout(SECONDS)
    return sent


def memory(daemon):
    """KiB."""
    with open(f"/proc/{daemon.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_who_takes_no_answers_is_not_read(here, clients):
    here.start_dnsd("--tcp-answers", PATIENT)
    before = memory(here.dnsd)
    stuck = [clients(receive=4096) for _ in range(3)]
    for s in stuck:
        assert flood(s) < 20 << 20
        assert not closed(clients())
    assert memory(here.dnsd) - before < 20 << 10
    ask(clients())
    taken = sum(1 for _ in range(50) if answer(stuck[0]).answer)  # it goes on when they are taken
    assert taken == 50


def test_who_takes_no_answers_is_closed(here, clients):
    # without copies, for SQLite keeps one's descriptor as long as another connection holds a lock
    here.start_dnsd("--tcp-idle", PATIENT, "--tcp-message", PATIENT, "--tcp-answers", 1000, "--copy-interval", 0)
    s, honest = clients(receive=4096), clients()
    ask(honest)
    ask(s)
    before = descriptors(here.dnsd)
    flood(s)
    assert eventually(lambda: descriptors(here.dnsd) < before)
    ask(honest)


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/fd"))


def test_the_longest_idle_gives_way(here, clients):
    here.start_dnsd("--tcp-connections", 4, "--tcp-idle", PATIENT)
    inside = [clients(f"127.0.0.{n}") for n in (11, 12, 13, 14)]
    for s in inside:
        ask(s)
    ask(inside[0])  # now the second is the longest idle
    for n, victim in ((15, 1), (16, 2), (17, 3), (18, 0)):
        ask(clients(f"127.0.0.{n}"))
        assert eventually(lambda: closed(inside[victim]))
        inside[victim] = None
        assert not any(closed(s) for s in inside if s)


def test_a_client_has_its_share(here, clients):
    here.start_dnsd("--tcp-per-client", 3, "--tcp-idle", PATIENT)
    other = clients("127.0.0.2")
    ask(other)
    own = [clients() for _ in range(3)]
    for s in own:
        ask(s)
    ask(clients())
    assert eventually(lambda: closed(own[0]))
    assert not closed(own[1]) and not closed(own[2])
    ask(other)


def test_without_descriptors_the_longest_idle_gives_way(here, clients):
    here.start_dnsd("--tcp-idle", PATIENT)
    first = clients()
    ask(first)
    now = descriptors(here.dnsd)
    resource.prlimit(here.dnsd.pid, resource.RLIMIT_NOFILE, (now, now))
    ask(clients())
    assert eventually(lambda: closed(first))


def test_descriptors_are_there_for_all(here):
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, high))
    try:
        here.start_dnsd("--tcp-connections", 500)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (low, high))
    assert resource.prlimit(here.dnsd.pid, resource.RLIMIT_NOFILE)[0] > 500


def spent(daemon):
    """Seconds of processor."""
    fields = open(f"/proc/{daemon.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_any_descriptor_it_waits(here, clients):
    here.start_dnsd()
    most = resource.prlimit(here.dnsd.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(here.dnsd.pid, resource.RLIMIT_NOFILE, (3, most[1]))
    before = spent(here.dnsd)
    s = clients()
    s.sendall(query())
    time.sleep(3)
    assert spent(here.dnsd) - before < 1.5
    resource.prlimit(here.dnsd.pid, resource.RLIMIT_NOFILE, most)
    assert answer(s).answer


def test_the_slow_and_stuck_cost_nobody_anything(here, clients):
    here.start_dnsd("--tcp-idle", PATIENT, "--tcp-message", PATIENT, "--tcp-answers", PATIENT)
    bad = []
    for n in range(500):
        s = clients(f"127.0.1.{n // 50}", receive=4096)
        bad.append(s)
        if n % 3 == 0:
            s.sendall(query()[:3 + n % 20])
        elif n % 3 == 1:
            s.sendall(query("long.kites.test.", "TXT") * 200)
    start = time.monotonic()
    said = here.dig("+tcp", "+tries=1", "+short", "ns1.kites.test")
    assert said.strip() == "192.0.2.53" and time.monotonic() - start < 5
    assert not any(closed(s) for s in bad[:30:3])


def keepalive(reply):
    return [option.data for option in reply.options if option.otype == 11]


def test_keepalive(here, clients):
    here.start_dnsd("--tcp-idle", 12300)
    s = clients()
    asks = [dns.edns.GenericOption(11, b"")]
    assert keepalive(ask(s, use_edns=0, options=asks)) == [struct.pack("!H", 123)]
    assert keepalive(ask(s, use_edns=0, options=[dns.edns.GenericOption(3, b"")] + asks)) == [struct.pack("!H", 123)]
    assert keepalive(ask(s, use_edns=0)) == []
    assert keepalive(ask(s, use_edns=0, options=[dns.edns.GenericOption(11, b"\0\1")])) == []
    over_udp = dns.message.make_query("ns1.kites.test.", "A", use_edns=0, options=asks)
    assert keepalive(dns.query.udp(over_udp, "127.0.0.1", port=here.dns_port, timeout=SECONDS)) == []
    said = here.dig("+tcp", "+keepalive", "ns1.kites.test")
    assert "KEEPALIVE: 12.3 secs" in said, said
