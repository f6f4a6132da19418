# SPDX-License-Identifier: BSD-2-Clause
"""contrib/windsock-certificates, by Debian's lego: from an order over DNS-01 in our own DNS to the certificate that
windsock-updater shows, and its renewal."""
import os
import ssl

import pytest

from acme import Acme
from certificates import Authority
from harness import BUILD, TOP, eventually, free_port, run
from test_https import connect, reply, serial, shown
from test_update import make_key

ZONES = ["b5p.us", "kites.test"]


@pytest.fixture
def world(world):
    for zone in ZONES:
        world.windsock("zone", "add", zone, "--ns", f"ns1.{zone}")
    world.windsock("account", "add", "acme", "--role", "operator")
    world.secrets = {}
    make_key(world, "acme.key", "--account", "acme", "--types", "txt", "--names", "_acme-challenge.dnsup.*")
    world.authority = Authority(world.dir / "authority")
    world.path = world.dir / "acme"
    world.certificates = world.path / "certificates"
    world.certificates.mkdir(parents=True)
    world.start_dnsd()
    world.tls_port = free_port()
    world.start_updater("--listen-tls", f"127.0.0.1:{world.tls_port}", "--certificates", world.certificates)
    world.acme = Acme(world.dir, lambda name: world.answers(name, "TXT"), world.authority, days=20)
    yield world
    world.acme.shutdown()


def certificates(world, check=True, **more):
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}", "WINDSOCK_REGISTRY": str(world.registry), "ACME_EMAIL": "me@kites.test",
           "ACME_SERVER": f"{world.acme.url}/directory", "ACME_PATH": str(world.path), "LEGO_CA_CERTIFICATES": str(world.acme.certificate),
           "ACME_OPTIONS": f"--dns.disable-cp --dns.resolvers 127.0.0.1:{world.dns_port}",
           "RFC2136_NAMESERVER": f"127.0.0.1:{world.dns_port}", "RFC2136_TSIG_KEY": "acme.key",
           "RFC2136_TSIG_ALGORITHM": "hmac-sha256.", "RFC2136_TSIG_SECRET": world.secrets["acme.key"], **more}
    return run(TOP / "contrib/windsock-certificates", env=env, timeout=180, check=check)


def test_each_zone_gets_its_certificate_and_a_newer_one(world):
    with pytest.raises(ssl.SSLError):
        connect(world, "dnsup.b5p.us")
    certificates(world)
    for zone in ZONES:
        assert eventually(lambda: (world.certificates / f"dnsup.{zone}.crt").exists())
        assert world.answers(f"_acme-challenge.dnsup.{zone}", "TXT") == []  # it has cleaned up

    def served(zone):
        try:
            return shown(world, f"dnsup.{zone}") == [f"dnsup.{zone}"]
        except ssl.SSLError:
            return False
    assert all(eventually(lambda: served(zone)) for zone in ZONES)
    before = {zone: serial(world, f"dnsup.{zone}") for zone in ZONES}
    with connect(world, "dnsup.kites.test") as kept:
        assert reply(kept)[0].endswith("200 OK")
        certificates(world)  # they end in 20 days, so all are renewed
        for zone in ZONES:
            assert eventually(lambda: serial(world, f"dnsup.{zone}") != before[zone])
        assert reply(kept)[0].endswith("200 OK")
    assert "HTTPS for dnsup.kites.test until" in world.windsock("status").stdout
    assert world.updater.text().count("took up a certificate") == 4 and "cannot be used" not in world.updater.text()


def test_one_that_fails_leaves_the_others(world):
    done = certificates(world, check=False, ACME_ZONES="elsewhere.test b5p.us")
    assert done.returncode == 1 and "windsock-certificates: no certificate for dnsup.elsewhere.test" in done.stderr
    assert sorted(path.name for path in world.certificates.glob("*.crt") if "issuer" not in path.name) == ["dnsup.b5p.us.crt"]


def test_its_key_is_for_nothing_else(world):
    for name, data, well in ("_acme-challenge.dnsup.b5p.us", "TXT x", True), ("www.b5p.us", "TXT x", False), \
            ("_acme-challenge.www.b5p.us", "TXT x", False), ("dnsup.b5p.us", "A 192.0.2.1", False), \
            ("_acme-challenge.dnsup.b5p.us", "CNAME x.test.", False):
        done = run("nsupdate", "-y", f"hmac-sha256:acme.key:{world.secrets['acme.key']}", check=False,
                   input=f"server 127.0.0.1 {world.dns_port}\nzone b5p.us\nupdate add {name} 60 {data}\nsend\n")
        assert (done.returncode == 0) == well, (name, data, done)
