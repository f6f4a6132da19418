# SPDX-License-Identifier: BSD-2-Clause
"""What clients ask for is counted by pool and day, and counting never costs an answer."""
import socket
import sqlite3

import dns.message
import pytest

from harness import World, eventually, in_namespace, run


def fill(world):
    world.init()
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "pagekite.py", "0.5.8", "--pool", "fe4_058", "--tls", "1.0-1.2")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.11", "--tls", "1.0-1.3")
    return world


@pytest.fixture
def world():
    here = fill(World())
    yield here
    here.close()


def ask_from(world, source, label, times=1):
    """Queries from an address of loopback's /8, as dig -b asks; all must be answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((source, 0))
        s.settimeout(10)
        for _ in range(times):
            s.sendto(dns.message.make_query(f"{label}.kites.test.", "A").to_wire(), ("127.0.0.1", world.dns_port))
            reply = dns.message.from_wire(s.recv(4096))
            assert reply.answer and reply.answer[0][0].to_text() == "192.0.2.11", reply


def file_of(world):
    return world.registry.with_name(world.registry.name + ".telemetry")


def rows(world, statement, path=None):
    """Of the file, as anybody with sqlite3 reads it; [] while it is not there."""
    path = path or file_of(world)
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
        try:
            return db.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []  # its tables are being made


def queries(world, label):
    got = rows(world, f"SELECT sum(queries) FROM use WHERE pool = '{label}'")
    return got[0][0] or 0 if got else 0


def stored(world, label, count):
    assert eventually(lambda: queries(world, label) == count), (queries(world, label), count, world.dnsd.text())


def status_of(world, label):
    text = world.answers(f"_status.{label}.kites.test", "TXT")[0].strip('"')
    return dict(word.split("=") for word in text.split())


def test_queries_and_networks_are_counted_by_pool(world):
    world.start_dnsd("--telemetry-interval", 1, "--nsid", "node1", "--udp-workers", 2)
    for i in range(40):
        ask_from(world, f"127.1.{i}.1", "fe4_058", 2)
    for i in range(20):
        ask_from(world, f"127.1.7.{i + 1}", "fe4_152")
    assert "192.0.2.11" in world.answers("fe4_152.kites.test", tcp=True)
    run("dig", "@127.0.0.1", "-p", world.dns_port, "-b", "127.5.6.7", "fe4_152.kites.test", "A")
    stored(world, "fe4_058", 80)
    stored(world, "fe4_152", 22)
    assert rows(world, "SELECT DISTINCT node FROM use") == [("node1",)]
    status = eventually(lambda: (got := status_of(world, "fe4_058"))["networks"] != "0" and got)
    assert status["queries"] == "80" and 36 <= int(status["networks"]) <= 44
    assert status_of(world, "fe4_152")["networks"] == "3"  # 127.1.7, 127.0.0, 127.5.6


def test_labels_that_nobody_defined_are_counted(world):
    world.start_dnsd("--telemetry-interval", 1)
    ask_from(world, "127.0.0.1", "FE4_059", 3)
    ask_from(world, "127.0.0.1", "fe4_160c", 1)
    ask_from(world, "127.0.0.1", "fe4_058", 1)
    world.query("nothing.kites.test")
    assert eventually(lambda: rows(world, "SELECT label, queries FROM unknown ORDER BY label")
                      == [("fe4_059", 3), ("fe4_160c", 1)]), rows(world, "SELECT * FROM unknown")
    stored(world, "fe4_058", 4)


def test_a_killed_server_loses_what_it_had_not_stored(world):
    dnsd = world.start_dnsd("--telemetry-interval", 1)
    for i in range(30):
        ask_from(world, f"127.2.{i}.1", "fe4_058")
    stored(world, "fe4_058", 30)
    ask_from(world, "127.2.0.1", "fe4_058", 5)
    dnsd.kill()
    before = queries(world, "fe4_058")
    assert 30 <= before <= 35
    world.start_dnsd("--telemetry-interval", 1)
    for i in range(15, 45):
        ask_from(world, f"127.2.{i}.1", "fe4_058")
    stored(world, "fe4_058", before + 30)
    status = eventually(lambda: (got := status_of(world, "fe4_058"))["queries"] == str(before + 30) and got)
    assert 41 <= int(status["networks"]) <= 49  # both days' halves together: 45


def test_what_was_counted_is_stored_at_the_end(world):
    dnsd = world.start_dnsd()  # a minute
    ask_from(world, "127.0.0.1", "fe4_058", 7)
    dnsd.stop()
    assert queries(world, "fe4_058") == 7


def test_a_pool_that_comes_later_is_counted(world):
    world.start_dnsd("--telemetry-interval", 1)
    ask_from(world, "127.0.0.1", "fe4_058", 2)
    world.windsock("pool", "add", "fe4_100")
    world.windsock("release", "add", "pagekite.py", "1.0.0", "--pool", "fe4_100", "--tls", "1.2")
    ask_from(world, "127.0.0.1", "fe4_058", 3)
    ask_from(world, "127.0.0.1", "fe4_100", 4)
    stored(world, "fe4_058", 5)
    stored(world, "fe4_100", 4)


def trouble(world):
    return [line for line in world.dnsd.text().splitlines() if "cannot be stored" in line]


def test_the_file_may_go_and_come_back(world):
    world.start_dnsd("--telemetry-interval", 1)
    ask_from(world, "127.0.0.1", "fe4_058", 4)
    stored(world, "fe4_058", 4)
    file_of(world).unlink()
    ask_from(world, "127.0.0.1", "fe4_058", 3)
    stored(world, "fe4_058", 3)
    assert not trouble(world)


@pytest.mark.parametrize("spoil", ["directory", "garbage", "locked", "foreign"])
def test_what_cannot_be_stored_is_kept_and_answers_go_on(world, spoil):
    path = file_of(world)
    lock = None
    if spoil == "directory":
        path.mkdir()
    elif spoil == "garbage":
        path.write_bytes(b"no database " * 100)
    elif spoil == "foreign":
        run("sqlite3", path, "CREATE TABLE other (a)")
    world.start_dnsd("--telemetry-interval", 1)
    if spoil == "locked":
        ask_from(world, "127.0.0.1", "fe4_058", 1)
        stored(world, "fe4_058", 1)
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    ask_from(world, "127.0.0.1", "fe4_058", 5)
    assert eventually(lambda: trouble(world)), world.dnsd.text()
    for i in range(20):
        ask_from(world, f"127.3.{i}.1", "fe4_058")
    world.windsock("relay", "add", "r2", "--address", "192.0.2.12", "--tls", "1.0-1.3")  # it is followed, too
    assert eventually(lambda: len(world.answers("fe4_058.kites.test")) == 2)
    assert len(trouble(world)) == 1, world.dnsd.text()
    if lock:
        lock.close()
    elif spoil == "directory":
        path.rmdir()
    else:
        path.unlink()
    assert eventually(lambda: queries(world, "fe4_058") >= 26)
    assert eventually(lambda: "is stored again" in world.dnsd.text())


@in_namespace
def test_a_full_disk_costs_no_answer(world, tmp_path):
    run("mount", "-t", "tmpfs", "-o", "size=256k", "none", tmp_path)
    path, filler = tmp_path / "telemetry", tmp_path / "filler"
    world.start_dnsd("--telemetry-interval", 1, "--telemetry", path)
    with open(filler, "wb", buffering=0) as f, pytest.raises(OSError):
        while True:
            f.write(bytes(4096))
    for i in range(30):
        ask_from(world, f"127.4.{i}.1", "fe4_058")
    assert eventually(lambda: trouble(world)), world.dnsd.text()
    ask_from(world, "127.0.0.1", "fe4_058", 10)
    filler.unlink()
    count = "SELECT sum(queries) FROM use"
    assert eventually(lambda: rows(world, count, path) == [(40,)]), rows(world, count, path)


def test_nothing_is_stored_when_told_so(world):
    dnsd = world.start_dnsd("--telemetry-interval", 1, "--telemetry", "none")
    ask_from(world, "127.0.0.1", "fe4_058", 3)
    assert eventually(lambda: status_of(world, "fe4_058")["queries"] == "3")
    dnsd.stop()
    assert not file_of(world).exists()
