# SPDX-License-Identifier: BSD-2-Clause
"""Whatever becomes of the registry, no serial is seen twice with different content, and none goes back."""
import os
import re
import time

import pytest
from harness import World, eventually, run

ZONE = "b5p.us"


@pytest.fixture
def here(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    return world


def put(world, number):
    world.windsock("host", "add", f"h{number}.{ZONE}", "--addresses", f"192.0.2.{number}")


def serial(world):
    return world.query(ZONE, "SOA").answer[0][0].serial


def revision(world):
    return int(world.sql("SELECT seq FROM sqlite_sequence WHERE name = 'change'"))


def backup(world):
    path = world.dir / "backup"
    run("sqlite3", world.registry, f".backup {path}")
    return path


def restore(world, path):
    """Another file in the place of the registry, as an operator does."""
    for end in ("-wal", "-shm"):
        (world.dir / f"registry{end}").unlink(missing_ok=True)
    os.replace(path, world.registry)


def soas(world, since):
    """How many SOAs a transfer from a serial has: two are those of a whole zone, four of a difference."""
    text = run("dig", "@127.0.0.1", "-p", world.dns_port, ZONE, f"IXFR={since}", "+tcp", "+noidnout").stdout
    return len(re.findall(r"\tSOA\t", text)), text


def checked(world):
    return world.windsock("check", check=False).stdout


def test_a_backup_that_comes_back_under_the_name_server(here):
    here.start_dnsd("--transfer-networks", "127.0.0.0/8")
    put(here, 1)
    kept = backup(here)
    for number in range(2, 7):
        put(here, number)
    before = serial(here)
    assert soas(here, before - 1)[0] == 4
    restore(here, kept)
    assert eventually(lambda: serial(here) > before), here.dnsd.text()
    assert here.answers(f"h6.{ZONE}") == [] and here.answers(f"h1.{ZONE}") == ["192.0.2.1"]
    assert "another history" in checked(here)
    count, text = soas(here, before)  # whoever has what is gone gets the zone whole
    assert count == 2 and f"h1.{ZONE}" in text and "h6" not in text
    first = serial(here)
    done = here.windsock("host", "add", f"h9.{ZONE}", "--addresses", "192.0.2.9")
    assert "another history" in done.stderr
    assert eventually(lambda: serial(here) == revision(here)) and revision(here) > first
    assert "another history" not in checked(here)
    count, text = soas(here, before)
    assert count == 2 and "h6" not in text and "h9" in text
    now = serial(here)
    put(here, 10)
    assert soas(here, now)[0] == 4


@pytest.mark.parametrize("ahead", [0, 1, 40])
def test_a_backup_that_comes_back_while_all_are_stopped(here, ahead):
    """Even when it was written since, to the same revision or past it: the content is another."""
    here.start_dnsd()
    put(here, 1)
    kept = backup(here)
    for number in range(2, 7):
        put(here, number)
    before = serial(here)
    time.sleep(1.2)  # the name server looks once a second how far the log is
    here.dnsd.stop()
    restore(here, kept)
    while ahead and revision(here) < before + ahead - 1:
        here.sql(f"INSERT INTO host (name, addresses) VALUES ('s{revision(here)}.{ZONE}', '192.0.2.99')")
    here.start_dnsd()
    assert serial(here) > before
    assert "another history" in here.dnsd.text()
    after = serial(here)
    here.dnsd.stop()
    here.start_dnsd()  # it keeps to what it said
    assert serial(here) == after
    here.start_updater()
    assert eventually(lambda: serial(here) == revision(here)) and revision(here) > after
    assert "raised" in here.dnsd.text() and "another history" in here.updater.text()
    raised = serial(here)
    time.sleep(1.2)
    here.dnsd.stop()
    here.start_dnsd()
    assert raised <= serial(here) <= raised + 2 and "another history" not in checked(here)


def test_a_restart_alone_changes_nothing(here):
    here.start_dnsd()
    put(here, 1)
    before = serial(here)
    here.dnsd.kill()
    put(here, 2)
    here.start_dnsd()
    assert serial(here) == before + 1 == revision(here)
    assert "another history" not in here.dnsd.text() + checked(here)


def test_init_in_the_place_of_what_was_served(here):
    here.sql("UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name = 'change'")
    here.start_dnsd()
    put(here, 1)
    before = serial(here)
    exported = here.windsock("export").stdout
    here.dnsd.stop()
    for path in here.dir.glob("registry*"):
        if path.suffix not in (".serial", ".log", ".key"):
            path.unlink()
    assert "another history" in here.windsock("init").stderr
    here.windsock("import", "-", input=exported)
    here.start_dnsd()
    assert serial(here) > before


def test_an_import_goes_on_from_what_was_exported(here):
    here.sql("UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name = 'change'")
    put(here, 1)
    before = revision(here)
    other = World().init()
    try:
        done = other.windsock("import", "-", input=here.windsock("export").stdout)
        assert "goes on" in done.stderr and revision(other) > before
        again = revision(other)
        assert "goes on" not in other.windsock("import", "-", input=other.windsock("export").stdout).stderr
        assert revision(other) == again
    finally:
        other.close()


def zone_file(world, name, number):
    path = world.dir / f"{name}.{number}"
    path.write_text(f"$ORIGIN {name}.\n@ 300 SOA ns1 h {number} 3600 600 86400 60\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n")
    return path


def test_no_import_takes_the_others_serials_too_far(world):
    def take(name, number, *more):
        return world.windsock("zone", "import", name, zone_file(world, name, number), *more, check=False)
    assert take("one.test", 1).returncode == 0
    refused = take("two.test", 3900000000)
    assert refused.returncode == 3 and "RFC 1982" in refused.stderr, refused
    most = int(re.search(r"serial up to (\d+)", refused.stderr).group(1))
    assert take("two.test", most).returncode == 0
    assert take("three.test", (revision(world) + (1 << 30)) % (1 << 32)).returncode == 3  # two jumps are one
    before = revision(world)
    assert take("three.test", (before + 1000) % (1 << 32), "--force", "--reason", "all are ours").returncode == 0
    assert revision(world) > before + 1000
