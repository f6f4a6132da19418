# SPDX-License-Identifier: BSD-2-Clause
"""SIGHUP: what each daemon takes up of a windsock.conf that changed, and what it says of all else."""
import pathlib
import re
import signal

import dns.exception
import pytest

from harness import eventually, free_port


@pytest.fixture
def config(world, tmp_path):
    """Writes a file of settings, and tells a daemon that it changed; returns what it logged since."""
    path = tmp_path / "windsock.conf"

    def write(text):
        path.write_text(text)
        return path

    def reread(daemon, text, until):
        before = len(daemon.text())
        write(text)
        daemon.signal(signal.SIGHUP)
        assert eventually(lambda: re.search(until, daemon.text()[before:])), daemon.text()
        return daemon.text()[before:]
    write.reread = reread
    return write


def heeds_signals(daemon):
    """Before, SIGHUP ends it; the prober says nothing when it begins."""
    blocked = re.search(r"SigBlk:\s*(\w+)", pathlib.Path(f"/proc/{daemon.pid}/status").read_text())[1]
    return int(blocked, 16) & 1 << (signal.SIGHUP - 1)


def status(world):
    """What _status says to us, or None."""
    return world.answers("_status.fe058.kites.test", "TXT", tcp=True) or None


def test_dnsd_takes_up_limits_and_who_may_ask(world, config):
    world.windsock("zone", "add", "kites.test", "--ns", "ns.kites.test")
    world.windsock("record", "add", "kites.test", "www", "A", "192.0.2.1")
    world.windsock("release", "add", "p", "1", "--pool", "fe058", "--tls", "1.2")
    path = config("[dnsd]\nevidence = 192.0.2.0/24\nrate-limit-exempt = 127.0.0.1\nrate-limit = 5\n")
    world.dns_port = free_port()
    daemon = world.start("windsock-dnsd", "-c", path, "--listen", f"127.0.0.1:{world.dns_port}", ready=world.dns_answers)

    def answered():
        """How many of a burst are answered whole."""
        count = 0
        for _ in range(40):
            try:
                count += bool(world.query("www.kites.test", timeout=0.2).answer)
            except dns.exception.Timeout:
                pass
        return count
    assert status(world) is None and answered() == 40
    said = config.reread(daemon, "[dnsd]\nevidence = 127.0.0.0/8\nrate-limit = 5\nudp-size = 1400\nlog-level = 7\n",
                         r"log-level: changed from '6' to '7'")
    assert "evidence: changed from '192.0.2.0/24' to '127.0.0.0/8'\n" in said
    assert "rate-limit-exempt: changed from '127.0.0.1/32' to ''\n" in said
    assert "udp-size: changed from '1232' to '1400', which needs a restart" in said
    assert eventually(lambda: status(world))
    assert answered() < 40
    said = config.reread(daemon, "[dnsd]\nevidence = 127.0.0.0/8\nrate-limit = 0\nlog-level = 7\n",
                         "rate-limit: changed from '5' to '0'")
    assert "udp-size" not in said  # it is as it was
    assert answered() == 40


def test_updater_takes_up_its_limits(world, config):
    path = config("[updater]\nmonitors = 192.0.2.0/24\n")
    daemon = world.start_updater("-c", path)
    listening = world.http_port
    said = config.reread(daemon, "[updater]\nlisten-tls = 127.0.0.1:1\nlease = 60\nacme-dns = acme.kites.test\nconnections = 7\n",
                         "read the settings anew")
    assert "lease: changed from '900' to '60'\n" in said
    assert "acme-dns: changed from '' to 'acme.kites.test'\n" in said
    assert "connections: changed from '1000' to '7', which needs a restart" in said
    assert "listen-tls: changed from '' to '127.0.0.1:1', which needs a restart" in said
    assert "listen:" not in said and world.http_port == listening and world.http_answers()  # the command line has that
    assert world.http("POST", "/register", "{}").status != 404


def test_prober_takes_up_its_pace(world, config):
    path = config("[prober]\ninterval = 3600\n")
    daemon = world.start("windsock-prober", "-c", path)
    assert eventually(lambda: heeds_signals(daemon))
    said = config.reread(daemon, "[prober]\ninterval = 1\nfall = 2\nsockets = 7\nname = other\n", "name: changed")
    assert "interval: changed from '3600' to '1'\n" in said and "fall: changed from '3' to '2'\n" in said
    assert "sockets: changed from '64' to '7', which needs a restart" in said
    assert "name: changed from 'prober' to 'other', which needs a restart" in said


@pytest.mark.parametrize("name", ["dnsd", "updater", "prober"])
def test_a_file_with_a_fault_changes_nothing(world, config, name):
    path = config(f"[{name}]\nlog-level = 6\n")
    start = {"dnsd": world.start_dnsd, "updater": world.start_updater,
             "prober": lambda *words: world.start("windsock-prober", *words)}[name]
    daemon = start("-c", path)
    assert eventually(lambda: heeds_signals(daemon))
    said = config.reread(daemon, f"[{name}]\nlog-level = 7\nnonsense = 1\n", "the old settings stay")
    assert f"{path}:3: [{name}] has no setting 'nonsense'" in said and "changed" not in said
    said = config.reread(daemon, f"[{name}]\nlog-level = 7\n", "log-level: changed from '6' to '7'")
    path.unlink()
    daemon.signal(signal.SIGHUP)
    assert eventually(lambda: daemon.text().count("the old settings stay") == 2), daemon.text()
