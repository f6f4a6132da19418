# SPDX-License-Identifier: BSD-2-Clause
"""The sockets beside the registry: who hears whom, in other network namespaces and beside a second daemon."""
import os

import pytest
from harness import BUILD, Daemon, eventually, free_port, run

ZONE = "b5p.us"


@pytest.fixture
def here(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    world.account("demo", f"*.{ZONE}", "--allow-private")
    return world


def unacknowledged(world):
    """Replies that did not wait for the name server, or in vain."""
    line = next(line for line in world.http("GET", "/metrics").text.splitlines()
                if line.startswith("windsock_updater_unacknowledged_total "))
    return int(line.split()[1])


def update(world, address):
    assert world.update(f"a.{ZONE}", address, ("demo", "correct horse")) == [f"good {address}"]


def status(world):
    return world.windsock("status", check=False).stdout


def start_in_a_namespace(world):
    port = free_port()
    daemon = Daemon("windsock-dnsd", ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh",
                                      BUILD / "windsock-dnsd", "--registry", world.registry, "--listen",
                                      f"127.0.0.1:{port}"], world.dir / "inside.log")
    world.daemons.append(daemon)
    assert eventually(lambda: "ready" in daemon.text()), daemon.text()
    return daemon


@pytest.mark.skipif(os.geteuid() != 0 or run("unshare", "-n", "true", check=False).returncode != 0,
                    reason="needs root and unshare for a network namespace")
def test_across_network_namespaces(here):
    start_in_a_namespace(here)
    here.start_updater()
    before = unacknowledged(here)
    for i in range(5):
        update(here, f"192.0.2.{i + 1}")
    assert unacknowledged(here) == before
    assert "name server: serves" in status(here)


def test_the_second_daemon_leaves_the_firsts_sockets(here):
    first = here.start_dnsd()
    port = free_port()
    second = here.start("windsock-dnsd", "--listen", f"127.0.0.1:{port}")
    assert eventually(lambda: "ready" in second.text())
    assert "another name server" in second.text()
    here.start_updater()
    other = here.start("windsock-updater", "--listen", f"127.0.0.1:{free_port()}")
    assert eventually(lambda: "ready" in other.text())
    second.stop()
    other.stop()
    assert (here.dir / "registry.dnsd").is_socket() and (here.dir / "registry.updater").is_socket()
    before = unacknowledged(here)
    for i in range(5):
        update(here, f"192.0.2.{i + 1}")
        assert here.answers(f"a.{ZONE}") == [f"192.0.2.{i + 1}"]
    assert unacknowledged(here) == before
    assert first.running()


def test_the_second_daemon_hears_when_the_first_is_gone(here):
    first = here.start_dnsd()
    here.start_updater()
    here.dns_port = free_port()
    second = here.start("windsock-dnsd", "--listen", f"127.0.0.1:{here.dns_port}", ready=here.dns_answers)
    first.kill()  # it leaves its socket's name
    assert eventually(lambda: "name server: serves" in status(here)), status(here)
    before = unacknowledged(here)
    update(here, "192.0.2.9")
    assert here.answers(f"a.{ZONE}") == ["192.0.2.9"]
    assert unacknowledged(here) == before
    assert second.running()
