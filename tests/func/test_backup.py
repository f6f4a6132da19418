# SPDX-License-Identifier: BSD-2-Clause
"""A backup is the whole of a moment while others write, and what is restored from it serves on, here or on another machine."""
import json
import os
import resource
import shutil
import signal
import threading

import pytest
from harness import World, eventually, run

ZONE = "b5p.us"
HOST = f"a.demo.{ZONE}"
NEVER = 10_000_000  # no serial of a test comes so far by itself


@pytest.fixture
def here(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.7", "--state", "service", "--allow-private")
    world.windsock("pool", "add", "fe4_100")
    world.account("demo", f"*.demo.{ZONE}", "--allow-private")
    world.windsock("host", "add", HOST, "--addresses", "192.0.2.1", "--account", "demo", "--secret-stdin", input="geheim\n")
    return world


@pytest.fixture
def there():
    """Another machine."""
    world = World()
    yield world
    world.close()


def serial(world):
    reply = world.query(ZONE, "SOA")
    return reply.answer[0][0].serial


def update(world, address="192.0.2.99", host=HOST, password="correct horse"):
    return world.http("GET", f"/nic/update?hostname={host}&myip={address}", user=("demo", password)).text.strip()


def key_of(world):
    return sorted(r.to_text() for r in world.query(ZONE, "DNSKEY", tcp=True).answer[0])


def files_of(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))


def remove(world, *ends):
    for end in ends:
        (world.dir / f"registry{end}").unlink(missing_ok=True)


def test_another_machine_serves_on(here, there):
    here.windsock("dnssec", "sign", ZONE)
    here.start_dnsd("--telemetry-interval", 1)
    here.start_updater()
    keys, secret = key_of(here), here.windsock("--json", "host", "show", HOST).stdout
    assert here.answers(f"fe4_100.{ZONE}") == ["192.0.2.7"]
    assert eventually(lambda: (here.dir / "registry.telemetry").exists())
    backup = here.dir / "backup"
    assert "revision" in here.windsock("backup", backup).stdout
    # it goes on for a while, and then it is lost
    assert update(here) == "good 192.0.2.99"
    served = serial(here)
    said = there.windsock("restore", backup).stdout
    assert f"registry {there.registry} restored" in said
    there.start_dnsd()
    there.start_updater()
    assert served < serial(there) < served + NEVER
    assert key_of(there) == keys
    assert there.answers(HOST) == ["192.0.2.1"] and there.answers(f"fe4_100.{ZONE}") == ["192.0.2.7"]
    assert there.windsock("--json", "host", "show", HOST).stdout == secret
    assert update(there) == "good 192.0.2.99" and there.answers(HOST) == ["192.0.2.99"]
    assert update(there, password="wrong") == "badauth"
    reply = there.query(HOST, tcp=True, edns=1232, flags=0x0100)
    assert reply.answer, reply
    log = there.windsock("log").stdout.splitlines()
    assert any(" restore " in line and "restore" in line.split(" by ")[-1] for line in log if " serial " in line), log
    assert (there.dir / "registry.telemetry").read_bytes()[:15] == b"SQLite format 3"


def test_its_files_are_private_and_it_is_itself_a_registry(here):
    here.windsock("dnssec", "sign", ZONE)
    backup = here.dir / "backup"
    here.windsock("backup", f"{backup}/")
    there = files_of(backup)
    assert [name for name in there if "dnssec/" not in name] == ["registry", "registry.dnssec", "registry.key"]
    assert len([name for name in there if "dnssec/" in name]) == 2
    assert backup.stat().st_mode & 0o077 == 0 and (backup / "registry.dnssec").stat().st_mode & 0o077 == 0
    for name in there:
        assert (backup / name).stat().st_mode & 0o007 == 0, name
    assert run("sqlite3", backup / "registry", "PRAGMA integrity_check").stdout == "ok\n"
    for words in (("host", "list"), ("dnssec", "ds", ZONE), ("export",)):
        at_home = here.windsock(*words).stdout
        there = World(backup)
        assert there.windsock(*words).stdout.split("\n")[1:] == at_home.split("\n")[1:]


def test_others_write_meanwhile(here):
    """What was acknowledged before it began is in it, and each update whole."""
    here.start_updater()
    acknowledged, stop = [0], threading.Event()

    def go_on():
        n = 0
        while not stop.is_set():
            n += 1
            address = f"192.0.2.{1 + n % 200}"
            both = f"{address},2001:db8::{1 + n % 200:x}"
            assert update(here, both).startswith(("good", "nochg"))
            acknowledged[0] = n
    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for n in range(10):
            assert eventually(lambda n=n: acknowledged[0] > 5 * n)
            before = acknowledged[0]
            revision = int(here.sql("SELECT max(id) FROM change"))
            backup = here.dir / f"backup{n}"
            here.windsock("backup", backup)
            addresses = run("sqlite3", backup / "registry", f"SELECT addresses FROM host WHERE name = '{HOST}'").stdout.split()
            assert len(addresses) == 2 and addresses[0].split(".")[3] == str(int(addresses[1].split("::")[1], 16)), (before, addresses)
            assert int(run("sqlite3", backup / "registry", "SELECT max(id) FROM change").stdout) >= revision
            assert run("sqlite3", backup / "registry", "PRAGMA integrity_check").stdout == "ok\n"
    finally:
        stop.set()
        writer.join()


def test_a_running_name_server_takes_what_is_restored(here):
    """An operator goes back to before a mistake."""
    here.start_dnsd()
    backup = here.dir / "backup"
    here.windsock("backup", backup)
    here.windsock("host", "remove", HOST)
    assert not here.answers(HOST)
    served = serial(here)
    refused = here.windsock("restore", backup, check=False)
    assert refused.returncode == 2 and "move it away first" in refused.stderr
    aside = here.dir / "aside"
    aside.mkdir()
    for end in ("", "-wal", "-shm"):
        shutil.move(here.dir / f"registry{end}", aside)
    here.windsock("restore", backup)
    assert eventually(lambda: here.answers(HOST) == ["192.0.2.1"]), here.dnsd.text()
    # what was served is known here; a serial comes after what it stands for
    assert eventually(lambda: served < serial(here) < served + 10)
    assert "another history" not in here.windsock("host", "set", HOST, "--ttl", 60).stderr


def test_the_same_again_raises_nothing(here):
    """What was served is known, and the backup leads on from there."""
    here.start_dnsd()
    served = serial(here)
    assert eventually(lambda: (here.dir / "registry.serial").exists())
    here.dnsd.stop()
    here.windsock("backup", here.dir / "backup")
    remove(here, "", "-wal", "-shm")
    said = json.loads(here.windsock("--json", "restore", here.dir / "backup").stdout)
    assert said["revision"] == served


@pytest.mark.parametrize("words, why", [
    (("backup", "D"), "is there already"),
    (("backup", "D/none/b"), "No such file or directory"),
    (("backup", "D/b", "--dry-run"), "has no --dry-run"),
    (("backup",), "usage: windsock backup DIR"),
    (("restore",), "usage: windsock restore DIR"),
    (("restore", "D"), "move it away first"),
    (("restore", "D/none"), "is no backup"),
    (("restore", "D", "--wrong", "x"), "has no option --wrong"),
])
def test_refused(here, words, why):
    before = files_of(here.dir)
    done = here.windsock(*(word.replace("D", str(here.dir)) if word[0] == "D" else word for word in words), check=False)
    assert done.returncode in (1, 2) and why in done.stderr, done.stderr
    assert [f for f in files_of(here.dir) if not f.endswith(("-wal", "-shm"))] == [
        f for f in before if not f.endswith(("-wal", "-shm"))]


def spoil_page(backup):
    with open(backup / "registry", "r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 8))


def spoil_head(backup):
    (backup / "registry").write_bytes(b"nonsense" * 1000)


def spoil_newer(backup):
    run("sqlite3", backup / "registry", "PRAGMA user_version = 9999")


def spoil_gone(backup):
    (backup / "registry").unlink()


@pytest.mark.parametrize("spoil", [spoil_page, spoil_head, spoil_newer, spoil_gone])
def test_a_damaged_backup_is_not_taken(here, there, spoil):
    backup = here.dir / "backup"
    here.windsock("backup", backup)
    spoil(backup)
    done = there.windsock("restore", backup, check=False)
    assert done.returncode in (1, 2) and str(backup if spoil is spoil_gone else there.registry) in done.stderr, done.stderr
    assert not [name for name in files_of(there.dir) if not name.endswith(".key") and "dnssec" not in name]


@pytest.mark.parametrize("what", ["registry.key", "registry.dnssec"])
def test_other_keys_stay(here, there, what):
    """Those of another registry: what they sealed or sign would be lost."""
    here.windsock("dnssec", "sign", ZONE)
    backup = here.dir / "backup"
    here.windsock("backup", backup)
    other = there.dir / what
    if what.endswith("dnssec"):
        other.mkdir()
        other /= next((backup / what).iterdir()).name
    other.write_text("another\n")
    done = there.windsock("restore", backup, check=False)
    assert done.returncode == 2 and f"{other} is there, and not what the backup has" in done.stderr
    assert other.read_text() == "another\n" and not there.registry.exists()
    other.unlink()
    there.windsock("restore", backup)
    there.windsock("dnssec", "status", ZONE)


def with_small_files():
    """What a command that is about to begin can write."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))


def test_a_full_disk_leaves_nothing(here, there):
    """Half a backup is none, and half of what is restored neither."""
    backup, small = here.dir / "backup", with_small_files
    done = here.windsock("backup", backup, check=False, preexec_fn=small)
    assert done.returncode == 1 and "backup" in done.stderr, done
    assert not [name for name in files_of(here.dir) if "backup" in name]
    here.windsock("backup", backup)
    done = there.windsock("restore", backup, check=False, preexec_fn=small)
    assert done.returncode == 1 and str(there.registry) in done.stderr
    assert not [name for name in files_of(there.dir) if not name.endswith((".key", ".dnssec"))]
    there.windsock("restore", backup)
    assert "a.demo" in there.windsock("host", "list").stdout


def test_without_a_key_file_it_is_said(here):
    remove(here, ".key")
    done = here.windsock("backup", here.dir / "backup")
    assert "there is no key file" in done.stderr


def test_without_a_mark_serials_lead_by_the_age(here, there):
    """The older the backup, the more was served since."""
    backup = here.dir / "backup"
    here.windsock("backup", backup)
    revision = int(here.sql("SELECT max(id) FROM change"))
    old = os.stat(backup / "registry").st_mtime - 100_000
    os.utime(backup / "registry", (old, old))
    said = json.loads(there.windsock("--json", "restore", backup).stdout)
    assert revision + 11_000_000 <= said["revision"] < revision + 11_010_000
