# SPDX-License-Identifier: BSD-2-Clause
"""A daemon takes the place of another one, and nobody notices: no question without an answer."""
import http.client
import os
import selectors
import signal
import socket
import struct
import subprocess
import threading
import time

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import pytest
from harness import BUILD, Daemon, eventually, free_port, run

ZONE = "b5p.us"
HOST = f"a.{ZONE}"
DNSD = "windsock-dnsd"
PACE = 0.002  # seconds between questions


@pytest.fixture
def here(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    world.account("demo", f"*.{ZONE}", "--allow-private")
    world.windsock("host", "add", HOST, "--addresses", "192.0.2.1", "--ttl", "60")
    return world


class Questions:
    """Asks all the time, from sockets of its own, each question once; counts those that nobody answers."""

    def __init__(self, port, server="127.0.0.1"):
        self.to, self.stop, self.asked, self.answered = (server, port), False, 0, {}
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(2)]

    def run(self, which):
        query = dns.message.make_query(HOST, "A").to_wire()[2:]
        with selectors.DefaultSelector() as ready:
            sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
            for s in sockets:
                s.setblocking(False)
                s.connect(self.to)
                ready.register(s, selectors.EVENT_READ)
            seen = set()

            def take(seconds):
                for key, _ in ready.select(seconds):
                    try:
                        answer = key.fileobj.recv(4096)
                    except OSError as refused:  # nobody listens: it counts as unanswered
                        self.answered.setdefault("errors", []).append(str(refused))
                        continue
                    assert answer[3] & 15 == 0 and answer[7] == 1, answer
                    seen.add(struct.unpack("!H", answer[:2])[0])

            asked = 0
            while not self.stop and asked < 65536:
                try:
                    sockets[asked % 8].send(struct.pack("!H", asked) + query)
                except OSError:
                    pass
                asked += 1
                take(PACE)
            deadline = time.monotonic() + 10
            while len(seen) < asked and time.monotonic() < deadline:
                take(0.1)
            self.answered[which] = (asked, len(seen))
            for s in sockets:
                s.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        for thread in self.threads:
            thread.join()
        if _[0] is None:
            self.judge()

    def judge(self):
        assert "errors" not in self.answered, self.answered["errors"][:3]
        for which in range(2):
            asked, answered = self.answered[which]
            assert asked > 20 and answered == asked, self.answered


class Manager:
    """What systemd does for a service: it hears words, keeps sockets, and gives them to the next process."""

    def __init__(self, dir):
        self.path, self.words, self.kept = dir / "notify", [], []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)

    def hear(self):
        while True:
            try:
                words, fds, _, _ = socket.recv_fds(self.socket, 65536, 8)
            except BlockingIOError:
                return self.words
            lines = words.decode().splitlines()
            self.words += lines
            name = next((line[7:] for line in lines if line.startswith("FDNAME=")), None)
            if "FDSTOREREMOVE=1" in lines:
                for kept, fd in [pair for pair in self.kept if pair[0] == name]:
                    self.kept.remove((kept, fd))
                    os.close(fd)
            self.kept += [(name, fd) for fd in fds]

    def start(self, world, *options):
        """Starts dnsd with the sockets that are kept."""
        self.hear()
        fds = [fd for _, fd in self.kept]
        names = ":".join(name for name, _ in self.kept)
        moves = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(fds))
        log = world.dir / f"managed.{len(world.daemons)}.log"
        script = f'export LISTEN_PID=$$; exec "$@" {moves}'
        with open(log, "ab") as out:
            daemon = Daemon.__new__(Daemon)
            daemon.name, daemon.log, daemon.judged = DNSD, log, False
            daemon.process = subprocess.Popen(
                ["bash", "-c", script, "bash", BUILD / DNSD, "--registry", world.registry, "--rate-limit", "0", *options],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=fds,
                env={**os.environ, "NOTIFY_SOCKET": str(self.path), "LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": names})
        daemon.pid = daemon.process.pid
        world.daemons.append(daemon)
        world.dnsd = daemon
        assert eventually(lambda: "READY=1" in self.hear() or not daemon.running()) and daemon.running(), daemon.text()
        return daemon

    def close(self):
        self.hear()
        for _, fd in self.kept:
            os.close(fd)
        self.socket.close()


def over(daemon, seconds=70):
    """A daemon that was replaced ends by itself, and well."""
    daemon.judged = True
    assert daemon.process.wait(seconds) == 0, daemon.text()
    assert "replaced" in daemon.text() and "Sanitizer" not in daemon.text(), daemon.text()


def replace(world, *options, listen="127.0.0.1", wait=True):
    old = world.dnsd
    world.dnsd = world.start(DNSD, "--replace", "--listen", f"{listen}:{world.dns_port}", "--rate-limit", 0, *options)
    assert eventually(lambda: "ready" in world.dnsd.text() or not world.dnsd.running()), world.dnsd.text()
    assert world.dnsd.running(), world.dnsd.text()
    if wait:
        over(old)
    return old


def queries(world):
    line = next(line for line in world.windsock("status").stdout.splitlines() if "queries" in line)
    return int(line.split("queries")[0].split()[-1].replace(",", ""))


def test_no_question_is_lost_in_ten_replacements(here):
    here.start_dnsd()
    with Questions(here.dns_port) as questions:
        for _ in range(10):
            replace(here)
    assert sum(questions.answered[i][0] for i in range(2)) > 500
    assert here.answers(HOST) == ["192.0.2.1"]


def test_a_successor_of_a_successor_is_heard_of_changes(here):
    here.start_dnsd()
    here.start_updater()
    for i in range(3):
        replace(here)
        assert here.update(HOST, f"192.0.2.{i + 10}", ("demo", "correct horse")) == [f"good 192.0.2.{i + 10}"]
        assert here.answers(HOST) == [f"192.0.2.{i + 10}"]
    line = next(line for line in here.http("GET", "/metrics").text.splitlines()
                if line.startswith("windsock_updater_unacknowledged_total "))
    assert line.endswith(" 0"), line


def test_updates_go_on_while_it_is_replaced(here):
    here.start_dnsd()
    here.start_updater()
    done, stop = [], threading.Event()

    def update():
        for i in range(1, 100000):
            if stop.is_set():
                return
            address = f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"
            done.append((here.update(HOST, address, ("demo", "correct horse")), [f"good {address}"]))

    thread = threading.Thread(target=update)
    thread.start()
    for _ in range(3):
        replace(here)
    stop.set()
    thread.join()
    assert len(done) > 5 and all(got == wanted for got, wanted in done), [d for d in done if d[0] != d[1]][:3]
    assert eventually(lambda: here.answers(HOST) == [done[-1][1][0].split()[1]])


def test_counts_go_on(here):
    here.windsock("relay", "add", "r1", "--address", "192.0.2.7", "--state", "service", "--allow-private")
    here.windsock("pool", "add", "fe4_100")
    here.start_dnsd()
    for _ in range(20):
        assert here.answers(f"fe4_100.{ZONE}")
    before = queries(here)
    assert before >= 20
    replace(here)
    for _ in range(5):
        assert here.answers(f"fe4_100.{ZONE}")
    after = queries(here)
    assert before + 5 <= after <= before + 15, (before, after)
    replace(here)
    assert eventually(lambda: queries(here) >= after)
    here.dnsd.stop()
    counted = run("sqlite3", here.dir / "registry.telemetry", "SELECT sum(queries) FROM use WHERE pool = 'fe4_100'").stdout
    assert int(counted) == 25, counted


def test_who_is_connected_is_served_to_the_end(here):
    here.start_dnsd("--tcp-idle", 3000)
    message = dns.message.make_query(HOST, "A")
    with socket.create_connection(("127.0.0.1", here.dns_port)) as s:
        dns.query.send_tcp(s, message)
        dns.query.receive_tcp(s)
        old = replace(here, wait=False)
        for _ in range(20):
            dns.query.send_tcp(s, message)
            assert dns.query.receive_tcp(s)[0].answer
            time.sleep(0.05)
        assert old.running()  # it has this connection yet
        assert here.query(HOST, tcp=True).answer  # the successor accepts
    over(old)


def test_its_answers_over_an_old_connection_are_as_fresh(here):
    here.start_dnsd()
    message = dns.message.make_query(HOST, "A")
    with socket.create_connection(("127.0.0.1", here.dns_port)) as s:
        dns.query.send_tcp(s, message)
        dns.query.receive_tcp(s)
        old = replace(here, wait=False)
        here.windsock("host", "set", HOST, "--addresses", "192.0.2.99")

        def now():
            dns.query.send_tcp(s, message)
            return dns.query.receive_tcp(s)[0].answer[0][0].to_text() == "192.0.2.99"
        assert eventually(now)
    over(old)


def test_a_transfer_is_finished(here):
    records = f"@ 300 IN NS ns1\nns1 300 IN A 192.0.2.53\n" + "".join(f"x{i} 300 IN TXT \"{'y' * 200}\"\n" for i in range(6000))
    (here.dir / "zone").write_text(records)
    here.windsock("zone", "import", ZONE, here.dir / "zone", timeout=300)
    here.start_dnsd("--transfer-networks", "127.0.0.0/8")
    query = dns.message.make_query(ZONE, "AXFR").to_wire()
    got = b""
    with socket.create_connection(("127.0.0.1", here.dns_port)) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(struct.pack("!H", len(query)) + query)
        got += s.recv(4096)
        old = replace(here, "--transfer-networks", "127.0.0.0/8", wait=False)
        assert old.running()
        s.settimeout(60)
        while part := s.recv(65536):
            got += part
            if b"".join([got[-200:]]).count(b"\x00\x06\x00\x01"):  # the SOA at the end
                break
    assert len(got) > 1_000_000, len(got)
    over(old)


def test_one_that_cannot_start_leaves_the_old_one(here):
    here.start_dnsd()
    listen = f"127.0.0.1:{here.dns_port}"
    with Questions(here.dns_port):
        for words, why in [(["--cookie-secrets", "/nonexistent"], "/nonexistent"),
                           (["--catalog", "a..b"], "a..b"),
                           (["--listen-tls", f"127.0.0.1:{free_port()}"], "tls-certificate")]:
            done = run(BUILD / DNSD, "--registry", here.registry, "--replace", "--listen", listen, *words, check=False)
            assert done.returncode != 0 and why in done.stderr, done
        # one that is killed at any time
        for moment in (0.01, 0.05, 0.1, 0.2):
            other = Daemon(DNSD, [BUILD / DNSD, "--registry", here.registry, "--replace", "--listen", listen],
                           here.dir / "killed.log")
            time.sleep(moment)
            if "ready" in other.text():
                break
            other.kill()
            assert here.dnsd.running()
        else:
            assert "replaced" not in here.dnsd.text()
            return
        over(here.dnsd)
        here.dnsd = other
        here.daemons.append(other)


def test_addresses_that_change(here):
    here.start_dnsd()
    port = here.dns_port
    with Questions(port):
        replace(here, "--listen", f"127.0.0.2:{port}")
        assert here.answers(HOST, server="127.0.0.2") == ["192.0.2.1"]
        with Questions(port, "127.0.0.2"):
            replace(here, "--listen", f"127.0.0.2:{port}")
        replace(here)
    with pytest.raises(OSError):
        here.query(HOST, server="127.0.0.2", tcp=True, timeout=2)


def test_an_address_that_holds_the_old_one(here):
    here.start_dnsd()
    old = here.dnsd
    here.dnsd = here.start(DNSD, "--replace", "--listen", f"0.0.0.0:{here.dns_port}", "--listen",
                           f"127.0.0.1:{here.dns_port}", "--rate-limit", 0)
    assert eventually(lambda: "ready" in here.dnsd.text() or not here.dnsd.running()) and here.dnsd.running(), \
        here.dnsd.text()
    over(old)
    for server in ("127.0.0.1", "127.0.0.9"):
        for tcp in (False, True):
            assert here.answers(HOST, server=server, tcp=tcp) == ["192.0.2.1"]


def test_nobody_is_replaced_by_one_that_listens_elsewhere(here):
    first = here.start_dnsd()
    done = run(BUILD / DNSD, "--registry", here.registry, "--replace", "--listen", f"127.0.0.1:{free_port()}", check=False)
    assert done.returncode == 2 and "listens elsewhere" in done.stderr, done
    assert first.running() and here.answers(HOST)


def test_where_there_is_nobody_it_just_starts(here):
    here.dns_port = free_port()
    here.dnsd = here.start(DNSD, "--replace", "--listen", f"127.0.0.1:{here.dns_port}", ready=here.dns_answers)
    assert "nobody to replace" in here.dnsd.text()


def test_the_number_of_workers_stays(here):
    here.start_dnsd("--udp-workers", 3)
    with Questions(here.dns_port):
        replace(here, "--udp-workers", 1)
        replace(here, "--udp-workers", 4)
    assert "udp-workers=3" in here.dnsd.text()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_user_cannot_take_over(here):
    here.start_dnsd()
    here.dir.chmod(0o777)
    for path in here.dir.iterdir():
        path.chmod(0o666)
    done = run("setpriv", "--reuid=65534", "--clear-groups", BUILD / DNSD, "--registry", here.registry, "--replace",
               "--listen", f"127.0.0.1:{here.dns_port}", check=False)
    assert done.returncode != 0 and "has ended" in done.stderr, done
    assert here.dnsd.running() and "replaced" not in here.dnsd.text()
    assert here.answers(HOST)


def test_in_the_background_it_returns_when_it_answers(here):
    here.start_dnsd()
    old = here.dnsd
    log = here.dir / "background.log"
    with Questions(here.dns_port), open(log, "ab") as out:
        done = run("setsid", "sh", "-c", 'exec "$@" 2>>"$LOG" >/dev/null', "sh", BUILD / DNSD, "--registry",
                   here.registry, "--replace", "--background", "--listen", f"127.0.0.1:{here.dns_port}",
                   env={**os.environ, "LOG": str(log)})
        assert done.returncode == 0
        assert "ready" in log.read_text(), log.read_text()
        over(old)
    pid = int(run("sh", "-c", f"fuser -n udp {here.dns_port} 2>/dev/null").stdout.split()[0])
    os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: "stopped" in log.read_text())
    assert "Sanitizer" not in log.read_text()


def test_in_the_background_what_fails_is_told(here):
    here.start_dnsd()
    done = run(BUILD / DNSD, "--registry", here.registry, "--replace", "--background", "--listen",
               f"127.0.0.1:{here.dns_port}", "--cookie-secrets", "/nonexistent", check=False)
    assert done.returncode == 2 and "/nonexistent" in done.stderr, done
    assert here.dnsd.running()


def test_a_restart_by_a_service_manager_loses_nothing(here):
    here.dns_port = free_port()
    listen = ("--listen", f"127.0.0.1:{here.dns_port}")
    manager = Manager(here.dir)
    first = manager.start(here, *listen)
    assert f"MAINPID={first.pid}" in manager.words
    manager.hear()
    assert sorted(name for name, _ in manager.kept) == ["windsock-tcp", "windsock-udp"]
    with Questions(here.dns_port):
        for _ in range(3):
            here.dnsd.stop()
            assert "STOPPING=1" in manager.hear()
            manager.words.clear()
            time.sleep(0.2)  # nobody is there
            manager.start(here, *listen)
        time.sleep(0.2)
    assert here.query(HOST, tcp=True).answer
    assert eventually(lambda: "WATCHDOG=1" in manager.hear())
    assert len(manager.kept) == 2
    # one that takes over tells that it is the one to watch
    manager.words.clear()
    old = here.dnsd
    os.environ["NOTIFY_SOCKET"] = str(manager.path)
    try:
        replace(here, wait=False)
    finally:
        del os.environ["NOTIFY_SOCKET"]
    assert eventually(lambda: f"MAINPID={here.dnsd.pid}" in manager.hear())
    over(old)
    assert "STOPPING=1" not in manager.hear()
    manager.close()


def test_a_socket_unit_opens_the_sockets(here):
    here.dns_port = free_port()
    manager = Manager(here.dir)
    at = ("127.0.0.1", here.dns_port)
    udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    udp.bind(at)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(at)
    tcp.listen()
    manager.kept += [("windsock.socket", udp.detach()), ("windsock.socket", tcp.detach())]
    manager.start(here, "--listen", f"127.0.0.1:{here.dns_port}")
    for over_tcp in (False, True):
        assert here.answers(HOST, tcp=over_tcp) == ["192.0.2.1"]
    manager.close()


# The updater.

UPDATER = "windsock-updater"
USER = ("demo", "correct horse")


def replace_updater(world, *options, wait=True):
    old = world.updater
    world.updater = world.start(UPDATER, "--replace", "--listen", f"127.0.0.1:{world.http_port}", *options)
    assert eventually(lambda: "ready" in world.updater.text() or not world.updater.running()), world.updater.text()
    assert world.updater.running(), world.updater.text()
    if wait:
        over(old)
    return old


class Repeat:
    """Does something all the time, in threads; what it gives must always be what is wanted."""

    def __init__(self, do, threads=3):
        self.do, self.stop, self.done, self.faults = do, False, 0, []
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(threads)]

    def run(self, which):
        number = 0
        while not self.stop:
            number += 1
            try:
                got, wanted = self.do(which, number)
            except Exception as fault:  # pylint: disable=broad-except
                got, wanted = repr(fault), "an answer"
            self.done += 1
            if got != wanted:
                self.faults.append((got, wanted))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self.stop = True
        for thread in self.threads:
            thread.join()
        if kind is None:
            assert self.done > 10 and not self.faults, (self.done, self.faults[:5])


def test_no_request_is_lost(here):
    here.start_dnsd()
    here.start_updater("--names-each", 1000000, "--hosts-each", 1000000)

    def update(which, number):
        address = f"10.{which}.{number >> 8 & 255}.{number & 255}"
        return here.update(f"h{which}.{ZONE}", address, USER), [f"good {address}"]

    with Repeat(update):
        for _ in range(5):
            replace_updater(here)
            time.sleep(0.1)


def test_an_update_by_dns_is_not_lost(here):
    said = here.windsock("tsig", "add", "demo.key", "--account", "demo").stdout
    secret = said.split("demo.key:", 1)[1].split()[0]
    here.start_dnsd()
    here.start_updater("--names-each", 1000000, "--hosts-each", 1000000)
    key = dns.tsig.Key("demo.key", secret, "hmac-sha256")

    def update(which, number):
        message = dns.update.UpdateMessage(ZONE)
        message.use_tsig(key)
        message.replace(f"u{which}", 60, "A", f"10.{which}.{number >> 8 & 255}.{number & 255}")
        answer = dns.query.udp(message, "127.0.0.1", port=here.dns_port, timeout=10)
        return dns.rcode.to_text(answer.rcode()), "NOERROR"

    with Repeat(update):
        for _ in range(5):
            replace_updater(here)
            time.sleep(0.1)


def test_a_kept_connection_is_answered_and_told_to_come_anew(here):
    here.start_dnsd()
    here.start_updater()
    connection = http.client.HTTPConnection("127.0.0.1", here.http_port, timeout=20)
    connection.request("GET", "/healthz")
    reply = connection.getresponse()
    reply.read()
    assert reply.getheader("Connection") != "close"
    first = connection.sock
    old = replace_updater(here, wait=False)
    connection.request("GET", "/healthz")
    assert connection.sock is first
    reply = connection.getresponse()
    assert reply.status == 200 and reply.getheader("Connection") == "close"
    connection.close()
    over(old)


def test_an_updater_that_listens_elsewhere_replaces_nobody(here):
    first = here.start_updater()
    names = [here.dir / "registry.updater", here.dir / "registry.updater-successor"]
    before = [name.stat().st_ino for name in names]
    done = run(BUILD / UPDATER, "--registry", here.registry, "--replace", "--listen", f"127.0.0.1:{free_port()}", check=False)
    assert done.returncode == 2 and "listens elsewhere" in done.stderr, done
    assert [name.stat().st_ino for name in names] == before  # what was lent is not taken away
    assert first.running() and here.http_answers()


def test_an_updater_that_cannot_start_leaves_the_old_one(here):
    here.start_updater()
    listen = f"127.0.0.1:{here.http_port}"
    done = run(BUILD / UPDATER, "--registry", here.registry, "--replace", "--background", "--listen", listen,
               "--listen-tls", f"127.0.0.1:{free_port()}", check=False)
    assert done.returncode == 2 and "certificates" in done.stderr, done
    assert here.updater.running() and here.http_answers()
    replace_updater(here)


def test_both_are_replaced_together(here):
    here.start_dnsd()
    here.start_updater("--names-each", 1000000, "--hosts-each", 1000000)

    def update(which, number):
        address = f"10.{which}.{number >> 8 & 255}.{number & 255}"
        return here.update(f"h{which}.{ZONE}", address, USER), [f"good {address}"]

    with Repeat(update), Questions(here.dns_port):
        for _ in range(3):
            replace(here)
            replace_updater(here)
