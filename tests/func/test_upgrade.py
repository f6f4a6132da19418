# SPDX-License-Identifier: BSD-2-Clause
"""A registry of each version that there was is brought up to date, which is said, and kept as it was."""
import re
import sqlite3

import pytest

from harness import BUILD, TOP, run

STEPS = sorted((TOP / "schema").glob("*.sql"))
APPLICATION = 0x77736b31


def make_old(path, version):
    with sqlite3.connect(path) as database:
        for step in STEPS[:version]:
            database.executescript(step.read_text())
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {version}")
    database.close()


def version_of(path):
    database = sqlite3.connect(path)
    try:
        return database.execute("PRAGMA user_version").fetchone()[0]
    finally:
        database.close()


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_each_version_is_brought_up_to_date(tmp_path, version):
    registry = tmp_path / "registry"
    make_old(registry, version)
    done = run(BUILD / "windsock", "--registry", registry, "init")
    kept = tmp_path / f"registry.schema-{version}"
    assert f"its schema was version {version}, and is {len(STEPS)} now; as it was, it is kept in {kept}" in done.stderr
    assert version_of(registry) == len(STEPS) and version_of(kept) == version
    run(BUILD / "windsock", "--registry", registry, "zone", "add", "kites.test", "--ns", "ns1.kites.test=192.0.2.53")
    assert "kites.test" in run(BUILD / "windsock", "--registry", registry, "export").stdout


def test_a_backup_of_an_older_windsock_is_restored_without_another_copy(tmp_path):
    backup = tmp_path / "backup"
    backup.mkdir()
    make_old(backup / "registry", 14)
    here = tmp_path / "here"
    here.mkdir()
    done = run(BUILD / "windsock", "--registry", here / "registry", "restore", backup)
    assert re.search(r"schema was version 14, and is \d+ now$", done.stderr, re.M), done.stderr
    assert version_of(here / "registry") == len(STEPS) and version_of(backup / "registry") == 14
    assert not [path for path in here.iterdir() if "schema" in path.name]


def test_who_only_reads_says_what_to_do(tmp_path):
    registry = tmp_path / "registry"
    make_old(registry, 15)
    done = run(BUILD / "windsock", "--registry", registry, "zone", "list", check=False)
    assert done.returncode != 0 and "'windsock init' brings it up to date" in done.stderr
