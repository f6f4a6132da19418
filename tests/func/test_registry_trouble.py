# SPDX-License-Identifier: BSD-2-Clause
"""dnsd answers whatever becomes of the registry, says so, and follows it again afterwards."""
import json
import os
import shutil
import sqlite3
import threading
import time

import pytest

from harness import BUILD, Daemon, World, eventually, run

NAMES = [("a.kites.test", "A"), ("www.a.kites.test", "A"), ("fe4_152.kites.test", "A"), ("kites.test", "SOA")]


class Asker(threading.Thread):
    """Asks all the time; every question must have its answer, soon, and the same as before."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world, self.expected = world, [world.answers(*name) for name in NAMES]
        assert all(self.expected), self.expected
        self.faults, self.asked, self.stopping = [], 0, False

    def run(self):
        while not self.stopping:
            for name, expected in zip(NAMES, self.expected):
                try:
                    got = self.world.answers(*name, timeout=2)
                except Exception as fault:  # whatever it was, it is no answer
                    got = fault
                if got != expected:
                    self.faults.append((name, got))
                self.asked += 1
            time.sleep(0.005)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join(10)
        assert not self.faults and self.asked > len(NAMES), (self.asked, self.faults[:5])


def fill(world, address):
    world.init()
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.11", "--tls", "1.2-1.3")
    world.account("demo", "*.kites.test", "--allow-private")
    world.windsock("host", "add", "a.kites.test", "--account", "demo", "--address", address)


@pytest.fixture
def served():
    here = World()
    fill(here, "192.0.2.1")
    here.start_dnsd()
    yield here
    here.close()


def trouble(world):
    """What status says of the name server's trouble."""
    done = world.windsock("--json", "status", check=False)
    return json.loads(done.stdout)["name_server"]["trouble"] if done.stdout else ""


def processor(daemon):
    """Seconds that it used."""
    fields = open(f"/proc/{daemon.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def files(world):
    return [world.registry.with_name(world.registry.name + end) for end in ("", "-wal", "-shm")]


def move_away(world):
    aside = world.dir / "aside"
    aside.mkdir()
    for file in files(world):
        if file.exists():
            file.rename(aside / file.name)


def move_back(world):
    for file in (world.dir / "aside").iterdir():
        file.rename(world.dir / file.name)


def follows(world, address):
    """A change that is made now is answered soon."""
    world.windsock("host", "set", "a.kites.test", "--address", address)
    return eventually(lambda: world.answers("a.kites.test") == [address], 10)


def test_locked_by_a_writer(served):
    other = sqlite3.connect(served.registry, isolation_level=None)
    with Asker(served):
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE host SET addresses = '192.0.2.66'")
        time.sleep(2)
        other.execute("ROLLBACK")
    other.close()
    assert follows(served, "192.0.2.2")


def test_started_while_it_is_locked(served):
    other = sqlite3.connect(served.registry, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    served.dnsd.stop()
    started = time.monotonic()
    served.start_dnsd()
    assert served.answers("a.kites.test") == ["192.0.2.1"] and time.monotonic() - started < 3
    other.execute("ROLLBACK")
    other.close()
    assert follows(served, "192.0.2.2")


def test_moved_away_and_back(served):
    with Asker(served):
        move_away(served)
        assert eventually(lambda: trouble(served), 10)
        used = processor(served.dnsd)
        time.sleep(2)
        assert processor(served.dnsd) - used < 1  # it asks for it now and then, not all the time
        assert "answers go on from memory" in served.dnsd.text()
        said = served.windsock("status", check=False)
        assert said.returncode == 1 and "name server: answers from memory: " in said.stdout
        assert served.windsock("check", check=False).returncode in (2, 3)
        move_back(served)
        assert eventually(lambda: not trouble(served), 10)
    assert "followed again" in served.dnsd.text()
    assert follows(served, "192.0.2.2")


def test_gone_for_good_and_made_anew(served):
    with Asker(served):
        for file in files(served):
            file.unlink(missing_ok=True)
        assert eventually(lambda: trouble(served), 10)
        time.sleep(1)
    fill(served, "192.0.2.3")
    assert eventually(lambda: served.answers("a.kites.test") == ["192.0.2.3"], 10)
    assert follows(served, "192.0.2.4")


def replace(world, other):
    """As `mv other registry` does; what the old one left beside itself goes."""
    other.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in files(world)[1:]:
        file.unlink(missing_ok=True)
    shutil.copy(other.registry, world.dir / "new")
    (world.dir / "new").rename(world.registry)


@pytest.fixture
def other():
    here = World()
    yield here
    here.close()


def test_replaced_by_another(served, other):
    fill(other, "192.0.2.5")
    shutil.copy(f"{other.registry}.key", f"{served.registry}.key")
    replace(served, other)
    assert eventually(lambda: served.answers("a.kites.test") == ["192.0.2.5"], 10), served.dnsd.text()
    assert follows(served, "192.0.2.6")


@pytest.mark.parametrize("changes", [0, 1, 3, 9])
def test_replaced_by_a_backup(served, other, changes):
    """Whose revision may be older, the same, or newer than what was served."""
    served.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(served.registry, other.registry)
    shutil.copy(f"{served.registry}.key", f"{other.registry}.key")
    for number in range(3):
        assert follows(served, f"192.0.2.10{number}")
    for number in range(changes):
        other.windsock("host", "set", "a.kites.test", "--address", f"192.0.2.20{number}")
    expected = f"192.0.2.20{changes - 1}" if changes else "192.0.2.1"
    replace(served, other)
    assert eventually(lambda: served.answers("a.kites.test") == [expected], 10), served.dnsd.text()
    assert follows(served, "192.0.2.6")


def test_overwritten_with_nonsense(served):
    with Asker(served):
        move_away(served)
        served.registry.write_bytes(b"This is no registry at all.\n" * 1000)
        assert eventually(lambda: trouble(served), 10)
        time.sleep(1)
        served.registry.unlink()
        move_back(served)
        assert eventually(lambda: not trouble(served), 10)
    assert follows(served, "192.0.2.2")


def test_a_directory_in_its_place(served):
    with Asker(served):
        move_away(served)
        served.registry.mkdir()
        assert eventually(lambda: trouble(served), 10)
        served.registry.rmdir()
        move_back(served)
        assert eventually(lambda: not trouble(served), 10)
    assert follows(served, "192.0.2.2")


WITHOUT = "-dac_override,-dac_read_search"  # root, to whom the modes of files mean something
AS_OTHERS = ["setpriv", "--bounding-set", WITHOUT, "--inh-caps", WITHOUT]


@pytest.mark.skipif(run(*AS_OTHERS, "true", check=False).returncode != 0, reason="needs root and setpriv")
def test_unreadable(served):
    served.dnsd.stop()
    log = served.dir / "unreadable.log"
    daemon = Daemon("windsock-dnsd", [*AS_OTHERS, BUILD / "windsock-dnsd", "--registry", served.registry,
                                      "--listen", f"127.0.0.1:{served.dns_port}"], log)
    served.daemons.append(daemon)
    assert eventually(served.dns_answers), daemon.text()
    with Asker(served):
        served.registry.chmod(0)
        move_away(served)  # or the file that it has open would do
        shutil.copy(served.dir / "aside" / "registry", served.registry)
        served.registry.chmod(0)
        assert eventually(lambda: "ermission denied" in daemon.text() or "unable to open" in daemon.text(), 10), daemon.text()
        assert "answers go on from memory" in daemon.text() and trouble(served)
        served.registry.unlink()
        move_back(served)
        served.registry.chmod(0o600)
        assert eventually(lambda: not trouble(served), 10)
    assert follows(served, "192.0.2.2")


def test_damaged_in_place(served):
    """Its pages become nonsense under the name server's feet."""
    served.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    good = served.registry.read_bytes()
    with Asker(served):
        with open(served.registry, "r+b") as f:
            f.seek(4096)
            f.write(b"\xa5" * (len(good) - 4096))
        served.windsock("relay", "set", "r1", "--weight", 7, check=False)
        time.sleep(2)
        for file in files(served):
            file.unlink(missing_ok=True)
        served.registry.write_bytes(good)
        assert eventually(lambda: not trouble(served), 10)
    assert follows(served, "192.0.2.2")


def test_started_without_a_registry(served):
    """There is nothing to answer from: it says what is missing, and is not there."""
    served.dnsd.stop()
    move_away(served)
    done = run(BUILD / "windsock-dnsd", "--registry", served.registry, "--listen", f"127.0.0.1:{served.dns_port}",
               check=False, timeout=5)
    assert done.returncode == 1 and "windsock init" in done.stderr
    move_back(served)
    served.start_dnsd()
    assert served.answers("a.kites.test") == ["192.0.2.1"]


@pytest.mark.parametrize("ends", [("-wal", "-shm"), ("-wal",), ("-shm",)])
def test_no_good_update_is_lost_with_the_log(served, ends):
    """The write-ahead log is removed under the daemons again and again; what was good is there afterwards."""
    served.start_updater()
    user, good = ("demo", "correct horse"), {}
    for turn in range(3):
        for number in range(4):
            host = f"w{number}.kites.test"
            address = f"192.0.2.{10 * turn + number + 1}"
            said = eventually(lambda: [line for line in served.update(host, address, user) if "911" not in line])
            assert said and said[0].split()[0] in ("good", "nochg"), said
            good[host] = address
        for end in ends:
            (served.dir / f"registry{end}").unlink(missing_ok=True)
        time.sleep(0.5)
    host = "last.kites.test"
    assert eventually(lambda: "good" in served.update(host, "192.0.2.99", user)[0])
    good[host] = "192.0.2.99"
    assert "write-ahead log" in served.updater.text()
    assert eventually(lambda: all(served.answers(name) == [address] for name, address in good.items()))
    served.updater.stop()
    served.dnsd.stop()
    rows = dict(line.split("|") for line in served.sql("SELECT name, addresses FROM host").splitlines())
    assert {name: rows.get(name) for name in good} == good
