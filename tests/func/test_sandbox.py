# SPDX-License-Identifier: BSD-2-Clause
"""The walls of daemons that serve: what the kernel says of their threads and files, and what still works within."""
import os
import pathlib
import re

import pytest

from harness import World, eventually

PLACES = {"windsock-dnsd": World.start_dnsd, "windsock-updater": World.start_updater,
          "windsock-prober": lambda world, *options: world.start("windsock-prober", *options)}


@pytest.fixture
def world():
    world = World().init()
    yield world
    world.close()


def status(task, word):
    return re.search(rf"^{word}:\s*(\S+)", (task / "status").read_text(), re.M)[1]


def tasks(daemon):
    return list(pathlib.Path(f"/proc/{daemon.pid}/task").iterdir())


def is_filtered(daemon):
    return all(status(task, "Seccomp") == "2" for task in tasks(daemon))


@pytest.mark.parametrize("name", PLACES)
def test_every_thread_is_filtered_and_gains_no_privileges(world, name):
    daemon = PLACES[name](world)
    assert eventually(lambda: is_filtered(daemon)), daemon.text()
    for task in tasks(daemon):
        assert status(task, "NoNewPrivs") == "1"
        # root keeps the right to open its users' files, and nothing else
        assert int(status(task, "CapEff"), 16) & ~2 == 0 and int(status(task, "CapPrm"), 16) & ~2 == 0
    assert name == "windsock-prober" or len(tasks(daemon)) > 1
    assert "sandbox" not in daemon.text()


@pytest.mark.parametrize("name", PLACES)
def test_the_sandbox_can_be_switched_off(world, name):
    daemon = PLACES[name](world, "--no-sandbox")
    assert eventually(lambda: "the sandbox is off" in daemon.text())
    assert all(status(task, "Seccomp") == "0" for task in tasks(daemon))
    assert all(status(task, "NoNewPrivs") == "1" for task in tasks(daemon))


def test_the_name_server_holds_the_registry_for_reading_only(world):
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=127.0.0.1")
    daemon = world.start_dnsd()
    assert world.query("b5p.us", "SOA").answer
    held = [link for link in pathlib.Path(f"/proc/{daemon.pid}/fd").iterdir()
            if os.readlink(link) == str(world.registry)]
    assert held
    for link in held:
        flags = re.search(r"^flags:\s*(\d+)", (link.parents[1] / "fdinfo" / link.name).read_text(), re.M)[1]
        assert int(flags, 8) & os.O_ACCMODE == os.O_RDONLY


def test_an_updater_reads_edited_settings(world):
    config = world.dir / "etc" / "windsock.conf"
    config.parent.mkdir()
    config.write_text("[updater]\nlease = 900\n")
    daemon = world.start_updater("--config", config)
    fresh = config.with_suffix(".new")
    fresh.write_text("[updater]\nlease = 901\n")
    fresh.rename(config)  # as editors do it
    daemon.signal(1)
    assert eventually(lambda: "read the settings anew" in daemon.text()), daemon.text()
