# SPDX-License-Identifier: BSD-2-Clause
"""/relays.txt: whose zones it lists, and that it is not computed anew for anybody."""
from test_http import metric


def listed(world, host, path="/relays.txt"):
    reply = world.http("GET", path, headers={"Host": host})
    assert reply.status == 200
    lines = reply.text.splitlines()
    assert all(line.startswith("X-DNS: ") and line.split()[2] for line in lines)
    return sorted({line.split()[1].split(".", 1)[1] for line in lines}), lines


def fleet(world, *zones):
    for zone in zones:
        world.windsock("zone", "add", zone, "--ns", f"ns1.{zone}")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("relay", "add", "r1", "--address", "198.51.100.11", "--tls", "1.2-1.3")


def test_only_the_hosts_zone_and_the_services(world):
    fleet(world, "b5p.us", "customer.test", "other.test")
    world.start_updater("--service-zone", "b5p.us")
    assert listed(world, "relays.customer.test")[0] == ["b5p.us", "customer.test"]
    assert listed(world, "Customer.TEST:8053", "/logs/relays.txt")[0] == ["b5p.us", "customer.test"]
    for host in ("b5p.us", "up.b5p.us", "pagekite.net", "127.0.0.1:8053", "[::1]:8053", "x..y", "", "test"):
        assert listed(world, host)[0] == ["b5p.us"], host
    lines = listed(world, "customer.test")[1]
    assert "X-DNS: fe4_152.customer.test 198.51.100.11" in lines


def test_the_only_zone_is_the_services(world):
    fleet(world, "b5p.us")
    world.start_updater()
    assert listed(world, "pagekite.net")[0] == ["b5p.us"]
    world.windsock("zone", "add", "customer.test", "--ns", "ns1.customer.test")
    assert listed(world, "pagekite.net")[0] == []  # nobody is told of customers
    assert listed(world, "customer.test")[0] == ["customer.test"]


def test_it_is_computed_once_a_revision(world):
    fleet(world, "b5p.us", "customer.test")
    world.start_updater()
    before = metric(world, "listings_total")
    for _ in range(100):
        listed(world, "customer.test")
        listed(world, "b5p.us")
    assert metric(world, "listings_total") - before <= 3  # it grows old after five seconds
    world.windsock("relay", "set", "r1", "--address", "198.51.100.12")
    assert "X-DNS: fe4_152.customer.test 198.51.100.12" in listed(world, "customer.test")[1]
