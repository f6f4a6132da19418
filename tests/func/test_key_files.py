# SPDX-License-Identifier: BSD-2-Clause
"""Whose the files are that the command makes, and what is said and done when the daemon cannot read them."""
import json
import os
import pathlib
import pwd
import stat

import pytest
from harness import BUILD, World, eventually, run

ZONE = "b5p.us"
root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


def keys_of(world):
    return sorted((world.dir / "registry.dnssec").iterdir())


def flags(world):
    """The DNSKEYs that are served, and whether they are signed."""
    reply = world.query(ZONE, "DNSKEY", edns=1232, tcp=True)
    return sum(len(rrset) for rrset in reply.answer if rrset.rdtype == 48)


@pytest.fixture
def zone(world):
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    return world


@root
def test_root_makes_files_for_whom_the_folder_belongs_to():
    nobody = pwd.getpwnam("nobody")
    world = World()
    os.chown(world.dir, nobody.pw_uid, nobody.pw_gid)
    try:
        world.windsock("init")
        world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
        world.windsock("dnssec", "sign", ZONE)
        world.windsock("dnssec", "roll", ZONE)
        found = {path: path.lstat() for path in world.dir.rglob("*")}
        assert len(found) >= 7
        for path, info in found.items():
            assert (info.st_uid, info.st_gid) == (nobody.pw_uid, nobody.pw_gid), path
            assert stat.S_IMODE(info.st_mode) & 0o007 == 0, path
        for path in keys_of(world) + [world.dir / "registry.key"]:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    finally:
        world.close()


@root
def test_a_daemon_of_that_user_signs(world):
    """As in a package: the state directory is the service's, and the operator is root."""
    nobody = pwd.getpwnam("nobody")
    for path in [world.dir, *world.dir.iterdir()]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    start_as_nobody(world)
    done = world.windsock("dnssec", "sign", ZONE)
    assert "registrar" in done.stderr
    assert flags(world) == 1
    assert "name server: signs it" in world.windsock("dnssec", "status", ZONE).stdout
    world.windsock("dnssec", "roll", ZONE)
    assert flags(world) == 2  # the command waited for it
    assert "unsigned" not in world.windsock("check", check=False).stdout


def start_as_nobody(world):
    from harness import Daemon, free_port
    world.dns_port = free_port()
    nobody = pwd.getpwnam("nobody")
    world.dnsd = Daemon("windsock-dnsd", ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}",
                                          "--clear-groups", BUILD / "windsock-dnsd", "--registry", world.registry,
                                          "--listen", f"127.0.0.1:{world.dns_port}"], world.dir / "dnsd.log")
    world.daemons.append(world.dnsd)
    assert eventually(world.dns_answers), world.dnsd.text()


def unreadable(world):
    """Keys that nobody can make anything of, as if they were another user's."""
    held = {path: path.read_bytes() for path in keys_of(world) if path.suffix == ".private"}
    for path in held:
        path.write_text("nothing\n")
    return held


def test_a_zone_served_unsigned_is_said_everywhere(zone):
    zone.windsock("dnssec", "sign", ZONE)
    held = unreadable(zone)
    zone.start_dnsd()
    assert eventually(lambda: "served unsigned" in zone.dnsd.text())
    checked = zone.windsock("check", check=False)
    assert checked.returncode == 2 and "served unsigned" in checked.stdout.splitlines()[0], checked.stdout
    assert "no private key" in checked.stdout
    for path, octets in held.items():
        before = path.parent.stat().st_mtime_ns
        path.write_bytes(octets)  # in place: the directory says nothing
        assert path.parent.stat().st_mtime_ns == before
    assert eventually(lambda: flags(zone) == 1), zone.dnsd.text()
    assert eventually(lambda: "can be read again" in zone.dnsd.text())
    assert "unsigned" not in zone.windsock("check", check=False).stdout


def test_sign_says_what_is_served(zone):
    """The name server looks for keys elsewhere than the command."""
    zone.start_dnsd("--dnssec-keys", zone.dir / "elsewhere")
    done = zone.windsock("dnssec", "sign", ZONE, check=False)
    assert done.returncode == 1, done
    assert "serves zone b5p.us unsigned" in done.stderr and "publish no DS" in done.stderr
    assert "registrar" not in done.stderr
    assert "name server: serves it unsigned" in zone.windsock("dnssec", "status", ZONE).stdout


def test_a_key_without_its_private_half_stays_published(zone):
    """Caches hold signatures that it made."""
    zone.windsock("dnssec", "sign", ZONE)
    zone.start_dnsd()
    zone.windsock("dnssec", "roll", ZONE)
    assert flags(zone) == 2
    next(path for path in keys_of(zone) if path.suffix == ".private").unlink()
    assert eventually(lambda: "no private" in zone.windsock("dnssec", "status", ZONE).stdout)
    assert not eventually(lambda: flags(zone) != 2, 3)


def test_keys_that_cannot_be_read_anew_are_a_warning(zone):
    zone.windsock("dnssec", "sign", ZONE)
    zone.start_dnsd()
    unreadable(zone)
    (zone.dir / "registry.dnssec" / "touched").write_text("")
    assert eventually(lambda: "it keeps those it has" in zone.dnsd.text())
    assert flags(zone) == 1
    checked = eventually(lambda: (lambda done: "cannot be read anew" in done.stdout and done)(
        zone.windsock("check", check=False)))
    assert checked and checked.returncode == 1, checked
