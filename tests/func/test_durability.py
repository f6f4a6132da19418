# SPDX-License-Identifier: BSD-2-Clause
"""What was answered `good` survives kill -9 and a full disk, is answered at once, and is never half there."""
import base64
import http.client
import os
import random
import sqlite3
import threading
import time

import pytest

from harness import BUILD, SECONDS, Daemon, World, eventually, in_namespace, run

KILLS = int(os.environ.get("WINDSOCK_KILLS", "500"))
WRITERS = 8
USER = ("demo", "correct horse")


def pair(number):
    """An address of each family that says which update it was."""
    high, low = number >> 16, number & 0xffff
    return f"10.{high}.{low >> 8}.{low & 255}", f"2001:db8::{high + 1:x}:{low:x}"


def number_of(address):
    parts = [int(part) for part in address.split(".")]
    return parts[1] << 16 | parts[2] << 8 | parts[3]


@pytest.fixture
def busy(service):
    service.account("demo", "*.kites.test", "--allow-private")
    return service


class Writer(threading.Thread):
    """Updates its own two hosts in one request after the other, and keeps a ledger of its own."""

    def __init__(self, port, index):
        super().__init__(daemon=True)
        self.port, self.index, self.kept = port, index, index % 2 == 0
        self.hosts = [f"a{index}.kites.test", f"b{index}.kites.test"]
        self.issued = self.acknowledged = self.count = 0
        self.stopping, self.odd, self.connection = False, [], None

    def update(self, number):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        target = f"/nic/update?hostname={','.join(self.hosts)}&myip={','.join(pair(number))}"
        authorization = "Basic " + base64.b64encode(":".join(USER).encode()).decode()
        self.connection.request("GET", target, headers={"Authorization": authorization})
        response = self.connection.getresponse()
        lines = response.read().decode().splitlines()
        if response.status == 200 and lines == [f"good {','.join(pair(number))}"] * 2:
            self.acknowledged = number
            self.count += 1
        elif response.status != 503:
            self.odd.append((number, response.status, lines))

    def run(self):
        while not self.stopping:
            self.issued += 1
            try:
                self.update(self.issued)
            except (OSError, http.client.HTTPException):
                self.hang_up()
                time.sleep(0.005)
            if not self.kept:
                self.hang_up()
        self.hang_up()

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def in_registry(world):
    connection = sqlite3.connect(world.registry, timeout=10)
    try:
        return dict(connection.execute("SELECT name, addresses FROM host"))
    finally:
        connection.close()


def judge(world, writers, acknowledged):
    """What the registry holds is at least what had been acknowledged, was issued, and is whole."""
    held = in_registry(world)
    for writer, least in zip(writers, acknowledged):
        first, second = (held.get(host, "") for host in writer.hosts)
        assert first == second, f"half applied: {writer.hosts}: {first} | {second}"
        if first:
            number = number_of(first.split()[0])
            assert first.split() == list(pair(number))
            assert least <= number <= writer.issued, f"{writer.hosts}: {number}, not {least} to {writer.issued}"
        else:
            assert least == 0


def judge_dns(world, writers, acknowledged):
    for writer, least in zip(writers, acknowledged):
        for host in writer.hosts:
            for address in world.answers(host):
                assert number_of(address) >= least, host
            assert world.answers(host) or least == 0, host


def test_kill_9_of_the_updater_under_eight_writers(busy):
    busy.updater.stop()
    command = [BUILD / "windsock-updater", "--registry", busy.registry, "--listen", f"127.0.0.1:{busy.http_port}"]
    writers = [Writer(busy.http_port, index) for index in range(WRITERS)]
    chance = random.Random(os.environ.get("WINDSOCK_SEED"))
    updater = None
    try:
        for writer in writers:
            writer.start()
        for kill in range(KILLS):
            updater = Daemon("windsock-updater", command, busy.dir / "killed.log")
            if kill % 10 == 9:  # before it serves, perhaps
                time.sleep(chance.uniform(0, 0.1))
            else:
                before = sum(writer.count for writer in writers)
                assert eventually(lambda: sum(writer.count for writer in writers) > before, every=0.002), updater.text()
                time.sleep(chance.uniform(0, 0.06))
            assert updater.running(), updater.text()
            updater.kill()
            acknowledged = [writer.acknowledged for writer in writers]
            judge(busy, writers, acknowledged)
            judge_dns(busy, writers[kill % WRITERS:][:1], acknowledged[kill % WRITERS:])
    finally:
        if updater:
            updater.kill()
        for writer in writers:
            writer.stopping = True
        for writer in writers:
            writer.join(SECONDS)
    assert not any(writer.is_alive() for writer in writers)
    assert not any(writer.odd for writer in writers), [writer.odd for writer in writers]
    assert all(writer.count > KILLS / 10 for writer in writers), [writer.count for writer in writers]
    judge(busy, writers, [writer.acknowledged for writer in writers])

    busy.start_updater()
    judge_dns(busy, writers, [writer.acknowledged for writer in writers])
    held = in_registry(busy)
    assert eventually(lambda: all(busy.answers(host) + busy.answers(host, "AAAA") == held[host].split()
                                  for writer in writers for host in writer.hosts))
    assert busy.sql("PRAGMA integrity_check") == "ok"
    assert busy.sql("PRAGMA foreign_key_check") == ""
    log = (busy.dir / "killed.log").read_text(errors="replace")
    assert "ERROR" not in log and "runtime error" not in log, log


def test_what_is_good_is_answered_at_once(busy):
    for number in range(1, 301):
        four, six = pair(number)
        assert busy.update("a.kites.test", f"{four},{six}", USER) == [f"good {four},{six}"]
        assert busy.answers("a.kites.test") == [four]
        assert busy.answers("a.kites.test", "AAAA", tcp=number % 10 == 0) == [six]


def test_kill_9_of_dnsd(busy):
    busy.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    busy.windsock("relay", "add", "r1", "--address", "192.0.2.11", "--tls", "1.2-1.3")
    busy.update("a.kites.test", ",".join(pair(1)), USER)
    names = [("a.kites.test", "A"), ("a.kites.test", "AAAA"), ("www.a.kites.test", "A"), ("fe4_152.kites.test", "A"),
             ("fe4_153.kites.test", "A"), ("kites.test", "NS"), ("kites.test", "SOA"), ("_why.fe4_152.kites.test", "TXT")]

    def everything():
        return [busy.answers(*name) for name in names]
    before = everything()
    assert all(before), before
    for number in range(2, 22):
        busy.dnsd.kill()
        busy.start_dnsd()
        assert everything() == before
        four, six = pair(number)
        assert busy.update("a.kites.test", f"{four},{six}", USER) == [f"good {four},{six}"]
        assert busy.answers("a.kites.test") == [four]
        before = everything()


def test_an_update_while_there_is_no_dnsd(busy):
    busy.update("a.kites.test", pair(1)[0], USER)
    busy.dnsd.kill()
    assert busy.update("a.kites.test", pair(2)[0], USER) == [f"good {pair(2)[0]}"]
    busy.start_dnsd()
    assert busy.answers("a.kites.test") == [pair(2)[0]]


def full(disk):
    """Not an octet is left; the file that took them all."""
    file = disk / "ballast"
    with open(file, "wb", buffering=0) as f:
        for size in (65536, 4096, 1):
            try:
                while f.write(b"x" * size) == size:
                    pass
            except OSError:
                pass
    return file


@in_namespace
def test_a_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=4m", "none", disk)
    world = World()
    world.registry = disk / "registry"
    world.init()
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.account("demo", "*.kites.test", "--allow-private")
    world.start_dnsd()
    world.start_updater()
    try:
        shown = {}

        def update(host, number):
            address = pair(number)[0]
            reply = world.http("GET", f"/nic/update?hostname={host}&myip={address}", user=USER)
            if reply.status == 200:
                assert reply.text == f"good {address}\n"
                shown[host] = address
            else:
                assert (reply.status, reply.text) == (503, "911\n") and reply.headers["Retry-After"]
            assert world.answers(host) == ([shown[host]] if host in shown else [])
            return reply.status

        assert [update(f"h{index}.kites.test", 1) for index in range(20)] == [200] * 20
        ballast = full(disk)
        statuses = [update(f"h{index % 40}.kites.test", 2 + index) for index in range(100)]
        assert statuses[-20:] == [503] * 20, statuses
        assert in_registry(world) == shown
        assert world.http("GET", "/healthz").status == 200
        assert "disk" in world.updater.text() or "full" in world.updater.text(), world.updater.text()
        ballast.unlink()
        assert eventually(lambda: update("h0.kites.test", 1000) == 200, every=0.2)
        assert [update(f"h{index}.kites.test", 1001) for index in range(20)] == [200] * 20
        assert in_registry(world) == shown
        assert world.sql("PRAGMA integrity_check") == "ok"
    finally:
        world.close()
