# SPDX-License-Identifier: BSD-2-Clause
"""A name server that starts without a registry that can be read answers from the copy that was made last."""
import os
import shutil

import pytest
from harness import eventually, run

ZONE = "b5p.us"
HOST = f"a.{ZONE}"


@pytest.fixture
def here(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.7", "--state", "service", "--allow-private")
    world.windsock("pool", "add", "fe4_100")
    world.windsock("host", "add", HOST, "--addresses", "192.0.2.1", "--ttl", "60")
    return world


def copy_of(world):
    return world.dir / "registry.last"


def revision(path):
    return int(run("sqlite3", path, "SELECT max(id) FROM change").stdout) if path.exists() else 0


def start(world):
    return world.start_dnsd("--copy-interval", 1)


def copied(world):
    """Waits until all that there is has been copied."""
    wanted = revision(world.registry)
    assert eventually(lambda: revision(copy_of(world)) == wanted), world.dnsd.text()


def stop_with_a_copy(world):
    start(world)
    copied(world)
    world.dnsd.stop()


def remove(world):
    for end in ("", "-wal", "-shm"):
        (world.dir / f"registry{end}").unlink(missing_ok=True)


def garbage(world):
    remove(world)
    world.registry.write_bytes(os.urandom(65536))


def empty(world):
    remove(world)
    world.registry.write_bytes(b"")


def newer(world):
    world.sql("PRAGMA user_version = 9999")


def torn(world):
    """Each page but the first was lost."""
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    size = world.registry.stat().st_size
    with open(world.registry, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


@pytest.mark.parametrize("break_it", [remove, garbage, empty, newer, torn])
def test_it_starts_from_the_copy_and_goes_back_to_the_registry(here, break_it):
    stop_with_a_copy(here)
    well = {path.name: path.read_bytes() for path in here.dir.glob("registry*") if not path.name.endswith(".last")
            and path.is_file()}
    break_it(here)
    start(here)
    assert here.answers(HOST) == ["192.0.2.1"]
    assert here.answers(f"fe4_100.{ZONE}") == ["192.0.2.7"]
    assert "answers are those of a copy" in here.dnsd.text()
    before = int(here.answers(ZONE, "SOA")[0].split()[2])
    good = copy_of(here).read_bytes()
    assert not eventually(lambda: copy_of(here).read_bytes() != good, seconds=3)  # what is broken is not copied
    for end in ("", "-wal", "-shm"):
        (here.dir / f"registry{end}").unlink(missing_ok=True)
    for name, octets in sorted(well.items(), reverse=True):
        (here.dir / name).write_bytes(octets)
    here.windsock("host", "set", HOST, "--addresses", "192.0.2.2")
    assert eventually(lambda: here.answers(HOST) == ["192.0.2.2"]), here.dnsd.text()
    assert "is followed again" in here.dnsd.text()
    after = int(here.answers(ZONE, "SOA")[0].split()[2])
    assert after > before
    copied(here)


def test_operators_are_told(here):
    stop_with_a_copy(here)
    saved = here.dir / "saved"
    shutil.copy(here.registry, saved)
    garbage(here)
    start(here)
    done = here.windsock("check", check=False)
    assert done.returncode >= 2, done
    remove(here)
    shutil.copy(saved, here.registry)
    assert eventually(lambda: "is followed again" in here.dnsd.text())


def test_without_a_good_copy_it_says_what_is_wrong_with_both(here):
    stop_with_a_copy(here)
    garbage(here)
    copy_of(here).write_bytes(os.urandom(65536))
    daemon = here.start("windsock-dnsd", "--listen", "127.0.0.1:0")
    assert daemon.process.wait(30) == 1
    daemon.judged = True
    assert "registry" in daemon.text() and "and its copy: " in daemon.text(), daemon.text()


def test_without_any_copy_it_ends_as_ever(here):
    garbage(here)
    daemon = here.start("windsock-dnsd", "--listen", "127.0.0.1:0")
    assert daemon.process.wait(30) == 1
    daemon.judged = True
    assert "copy" not in daemon.text(), daemon.text()


def test_a_registry_that_is_damaged_while_it_is_served_is_not_copied(here):
    start(here)
    copied(here)
    good = copy_of(here).read_bytes()
    here.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    root = int(here.sql("SELECT rootpage FROM sqlite_master WHERE name = 'account'"))
    with open(here.registry, "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    here.windsock("host", "set", HOST, "--addresses", "192.0.2.3", check=False)
    assert eventually(lambda: "cannot be copied" in here.dnsd.text(), seconds=10), here.dnsd.text()
    assert copy_of(here).read_bytes() == good
    assert here.answers(HOST)
    assert not list(here.dir.glob("registry.last.*"))


def test_the_copy_belongs_to_whom_the_registry_belongs(here):
    here.registry.chmod(0o640)
    start(here)
    copied(here)
    status = copy_of(here).stat()
    assert status.st_mode & 0o777 == 0o640
    assert status.st_uid == here.registry.stat().st_uid


def test_none_is_made_when_none_is_wanted(here):
    here.start_dnsd("--copy-interval", 0)
    assert not eventually(lambda: copy_of(here).exists(), seconds=3)


def test_a_full_disk_keeps_the_copy(here):
    """The file is as large as a file may get."""
    start(here)
    copied(here)
    good = copy_of(here).read_bytes()
    here.dnsd.stop()
    here.windsock("host", "set", HOST, "--addresses", "192.0.2.4")
    limit = len(good) // 1024 - 8
    log = here.dir / "limited.log"
    from harness import BUILD, Daemon
    daemon = Daemon("windsock-dnsd", ["bash", "-c", f'trap "" XFSZ; ulimit -f {limit}; exec "$@"', "bash",
                                      BUILD / "windsock-dnsd", "--registry", here.registry, "--listen",
                                      f"127.0.0.1:{here.dns_port}", "--copy-interval", "1"], log)
    here.daemons.append(daemon)
    assert eventually(lambda: "cannot be copied" in daemon.text()), daemon.text()
    assert copy_of(here).read_bytes() == good
    assert here.answers(HOST) == ["192.0.2.4"]
    assert not list(here.dir.glob("registry.last.*"))
