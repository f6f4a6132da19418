# SPDX-License-Identifier: BSD-2-Clause
"""libpagekite's &ipv=4|6|46: the service adds its relay's addresses of the other family."""
import pytest

from harness import World
from test_credentials import signed
from test_http import all_of, connect


@pytest.fixture(scope="module")
def world():
    here = World()
    here.init()
    here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
    here.windsock("relay", "add", "r1", "--address", "9.9.9.9", "--address", "2620:fe::fe", "--tls", "1.2-1.3")
    here.windsock("relay", "add", "r2", "--address", "8.8.8.8", "--tls", "1.2-1.3")
    here.windsock("relay", "add", "inner", "--address", "8.8.4.4", "--address", "fd00::1", "--tls", "1.2-1.3",
                  "--force", "--reason", "test")
    here.account("demo", "*.demo.b5p.us,demo.b5p.us", password="demo-token")
    here.windsock("account", "set", "demo", "--hosts", "*.demo.b5p.us,demo.b5p.us")
    for i in range(20):
        here.windsock("host", "add", f"k{i}.demo.b5p.us", "--account", "demo", "--secret-stdin", input="sekrit\n")
    here.start_dnsd()
    here.start_updater()
    yield here
    here.close()


def update(world, host, addresses, ipv):
    request = signed(f"{host}.demo.b5p.us", addresses)
    if ipv is not None:
        request = request.replace(b" HTTP/1.1", f"&ipv={ipv} HTTP/1.1".encode())
    with connect(world) as s:
        s.sendall(request)
        return all_of(s).partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("number, given, ipv, published", [
    (0, "9.9.9.9", None, "9.9.9.9"), (1, "9.9.9.9", "4", "9.9.9.9"), (2, "9.9.9.9", "6", "9.9.9.9,2620:fe::fe"),
    (3, "9.9.9.9", "46", "9.9.9.9,2620:fe::fe"), (4, "2620:fe::fe", "46", "2620:fe::fe,9.9.9.9"),
    (5, "2620:fe::fe", "4", "2620:fe::fe,9.9.9.9"), (6, "8.8.8.8", "46", "8.8.8.8"),
    (7, "1.1.1.1", "46", "1.1.1.1"),                  # no relay's
    (8, "8.8.4.4", "46", "8.8.4.4"),                  # what is not public is not added
    (9, "9.9.9.9,2620:fe::fe", "46", "9.9.9.9,2620:fe::fe"), (10, "9.9.9.9,8.8.8.8", "6", "9.9.9.9,8.8.8.8,2620:fe::fe"),
    (11, "9.9.9.9", "x", "9.9.9.9")])
def test_what_is_published(world, number, given, ipv, published):
    host = f"k{number}"
    assert update(world, host, given, ipv) == f"good {published}\n"
    wanted = published.split(",")
    name = f"{host}.demo.b5p.us"
    assert sorted(world.answers(name) + world.answers(name, "AAAA")) == sorted(wanted)
    assert update(world, host, given, ipv) == f"nochg {published}\n"


def test_a_relay_that_moved_does_not_spoil_the_signature_in_force(world):
    assert update(world, "k15", "9.9.9.9", "46") == "good 9.9.9.9,2620:fe::fe\n"
    world.windsock("relay", "set", "r1", "--address", "9.9.9.9", "--address", "2620:fe::9", "--force", "--reason", "test")
    world.updater.stop()
    world.start_updater()  # which remembers no relay
    assert update(world, "k15", "9.9.9.9", "46").startswith("nochg ")
