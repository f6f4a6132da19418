# SPDX-License-Identifier: BSD-2-Clause
"""What probers see of relays, as clients and operators are told: by address, and from a relay's first day on."""
import time

import pytest

import test_relays
from harness import eventually, free_port
from relays import Relay, certificate

POOL = "fe4_152.kites.test"


@pytest.fixture
def fleet(world):
    """A pool, a relay that is well, and a prober that said so."""
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    well = Relay("127.0.0.41", uuid="cd" * 20)
    world.windsock("relay", "add", "well", "--address", well.address, "--port", well.port, "--tls", "1.2-1.3")
    world.start_dnsd()
    world.start("windsock-prober", "--interval", 1, "--timeout", 1)
    assert eventually(lambda: world.sql("SELECT health FROM observation WHERE relay = 'well'") == "1")
    yield world
    well.close()


@pytest.mark.parametrize("tls", [None, ("1.2", "1.3")])
def test_a_relay_that_answers_at_one_of_its_addresses(fleet, tls):
    settings = {"tls": tls, "pem": certificate(fleet.dir), "connect": ["fe.kites.test"]} if tls else {}
    alive = Relay("127.0.0.2", **settings)
    fleet.windsock("relay", "add", "half", "--address", "127.0.0.2", "--address", "127.0.0.3", "--port", alive.port,
                   "--tls", "1.2-1.3")
    assert eventually(lambda: fleet.answers(POOL) == ["127.0.0.2", "127.0.0.41"])
    for said in (fleet.dig("+short", f"_why.{POOL}", "TXT"), fleet.windsock("pool", "explain", "fe4_152").stdout):
        line, = (line for line in said.splitlines() if "half" in line)
        assert " in" in line and "not given out, for it looks down: 127.0.0.3" in line, said
    status = fleet.windsock("check", check=False)
    assert status.returncode == 1 and "relay half looks down at 127.0.0.3, which is not given out" in status.stdout
    other = Relay("127.0.0.3", port=alive.port, **settings)
    assert eventually(lambda: fleet.answers(POOL) == ["127.0.0.2", "127.0.0.3", "127.0.0.41"])
    assert "looks down" not in fleet.dig("+short", f"_why.{POOL}", "TXT")
    alive.close()
    assert eventually(lambda: fleet.answers(POOL) == ["127.0.0.3", "127.0.0.41"])
    assert "not given out, for it looks down: 127.0.0.2" in fleet.dig("+short", f"_why.{POOL}", "TXT")
    other.close()
    assert eventually(lambda: fleet.answers(POOL) == ["127.0.0.41"])
    assert "relay half looks down: " in fleet.windsock("check", check=False).stdout


def test_from_an_invitation_to_service(fleet):
    """A relay registers, the prober finds it well for half a minute, and clients are given it; one that it cannot reach
    goes on being tested."""
    fleet.start_updater("--lease", 600)
    began = int(time.time())
    machine = Relay("127.0.0.42")
    relays = {name: test_relays.Relay(fleet, name, address) for name, address in (("new", machine.address),
                                                                                  ("deaf", "127.0.0.43"))}
    for name, relay in relays.items():
        fleet.windsock("relay", "set", name, "--allow-private")
        said = relay.register(port=machine.port if name == "new" else free_port())
        assert said["state"] == "testing", said
    assert fleet.answers(POOL) == ["127.0.0.41"]
    assert "is tested before it is given out" in fleet.dig("+short", f"_why.{POOL}", "TXT")
    assert eventually(lambda: fleet.answers(POOL) == ["127.0.0.41", "127.0.0.42"], 90, 0.5)
    assert relays["new"].beat()["state"] == "service" and relays["deaf"].beat()["state"] == "testing"
    assert "relay passed its tests" in fleet.windsock("log", "--kind", "relay").stdout
    assert int(fleet.sql("SELECT since FROM relay WHERE name = 'new'")) >= began + 30
    line, = (line for line in fleet.windsock("status").stdout.splitlines() if line.startswith("relay deaf: "))
    assert "tested since" in line and "looks down" in line
    machine.close()
