# SPDX-License-Identifier: BSD-2-Clause
"""Daemons with users of their own, as contrib/systemd has them, on one registry that a group shares."""
import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest

import harness
from harness import BUILD, TOP, Daemon, World, eventually, run

GROUP = 61000  # numbers are enough for the kernel
USERS = {"windsock-dnsd": 61001, "windsock-updater": 61002, "windsock-prober": 61003}
UNITS = TOP / "contrib/systemd"
# What port 53 costs (a capability, and capset to give it up), and successors that tell of themselves (NotifyAccess=all).
EXPOSURE = {"windsock-dnsd": 1.7, "windsock-updater": 1.4, "windsock-prober": 1.2}


class Shared(World):
    """What root makes and the daemons share: windsock.tmpfiles, by hand."""

    def __init__(self):
        super().__init__()
        self.programs = self.dir / "programs"
        self.programs.mkdir(mode=0o755)
        for name in USERS:
            shutil.copy(BUILD / name, self.programs)
        os.chown(self.dir, 0, GROUP)
        self.dir.chmod(0o2770)
        keys = self.dir / "registry.dnssec"
        keys.mkdir()
        os.chown(keys, 0, USERS["windsock-dnsd"])
        keys.chmod(0o2750)

    def init(self):
        self.windsock("init")  # in this folder: what it makes is the group's
        return self

    def start(self, name, *options, ready=None):
        log = self.dir / f"{name}.{len(self.daemons)}.log"
        user = USERS[name]
        command = ["setpriv", "--reuid", user, "--regid", GROUP, "--groups", f"{GROUP},{user}", "--bounding-set", "-all",
                   "--inh-caps", "-all", "sh", "-c", 'umask 077; exec "$@"', name, self.programs / name,
                   "--registry", self.registry, *options]
        daemon = Daemon(name, command, log)
        self.daemons.append(daemon)
        if ready:
            assert eventually(lambda: not daemon.running() or ready()) and daemon.running(), daemon.text()
        return daemon


@pytest.fixture
def world():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv")
    world = Shared().init()
    yield world
    world.close()


def uid(daemon):
    return re.search(r"^Uid:\s*(\d+)", pathlib.Path(f"/proc/{daemon.pid}/status").read_text(), re.M)[1]


def test_they_work_together(world):
    assert stat.S_IMODE(world.registry.stat().st_mode) == 0o660 and world.registry.stat().st_gid == GROUP
    key = world.registry.with_suffix(".key").stat()
    assert stat.S_IMODE(key.st_mode) == 0o640 and key.st_gid == GROUP
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=127.0.0.1")
    world.account("demo", "demo.b5p.us", "--allow-private")
    world.windsock("relay", "add", "relay1", "--addresses", "127.0.0.1", "--port", harness.free_port(), "--allow-private")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("dnssec", "sign", "b5p.us")
    daemons = [world.start_updater(), world.start_dnsd("--telemetry-interval", 1, "--copy-interval", 1),
               world.start("windsock-prober", "--interval", 1)]
    assert eventually(lambda: [int(uid(daemon)) for daemon in daemons] == [USERS[daemon.name] for daemon in daemons])
    # the name server is told of an update, and answers, and signs
    assert world.update("demo.b5p.us", "192.0.2.1", ("demo", "correct horse")) == ["good 192.0.2.1"]
    assert world.answers("demo.b5p.us") == ["192.0.2.1"]
    assert "RRSIG" in world.dig("demo.b5p.us", "+dnssec"), daemons[1].text()
    # the prober writes
    assert eventually(lambda: world.sql("SELECT count(*) FROM observation WHERE observer = 'prober'") != "0"), \
        daemons[2].text()
    # and what one of them makes, the others read
    world.query("fe4_152.b5p.us")
    for end in (".telemetry", ".last", ".serial"):
        made = world.registry.with_suffix(end)
        assert eventually(made.exists), (end, daemons[1].text())
        assert stat.S_IMODE(made.stat().st_mode) == 0o660 and made.stat().st_gid == GROUP, end
    # a successor of the same user takes over
    before = world.dnsd
    before.judged = True
    after = world.start("windsock-dnsd", "--listen", f"127.0.0.1:{world.dns_port}", "--rate-limit", 0, "--replace")
    assert before.process.wait(harness.SECONDS) == 0
    world.dnsd = after
    assert world.update("demo.b5p.us", "192.0.2.2", ("demo", "correct horse")) == ["good 192.0.2.2"]
    assert world.answers("demo.b5p.us") == ["192.0.2.2"]
    for daemon in world.daemons:
        assert "denied" not in daemon.text() and "not permitted" not in daemon.text(), daemon.text()


def test_only_the_name_server_s_user_reads_zones_keys(world):
    world.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=127.0.0.1")
    world.windsock("dnssec", "sign", "b5p.us")
    keys = list((world.dir / "registry.dnssec").glob("*.private"))
    assert keys
    for name, user in USERS.items():
        done = run("setpriv", "--reuid", user, "--regid", GROUP, "--groups", f"{GROUP},{user}", "--bounding-set", "-all",
                   "--inh-caps", "-all", "cat", keys[0], check=False)
        assert (done.returncode == 0) == (name == "windsock-dnsd"), (name, done.stderr)


@pytest.mark.parametrize("name", USERS)
def test_units_expose_little(name):
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    said = subprocess.run(["systemd-analyze", "security", "--offline=true", UNITS / f"{name}.service"],
                          capture_output=True, text=True, timeout=60).stdout
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert level and float(level[1]) <= EXPOSURE[name], said


def filtered(unit):
    """The system calls that a unit's filters leave, taken one after the other as systemd does."""
    def members(words):
        calls = set()
        for word in words:
            if not word.startswith("@"):
                calls.add(word)
                continue
            group = run("systemd-analyze", "syscall-filter", word).stdout.split("\n")[1:]
            calls |= members(line.strip() for line in group if line.strip() and not line.strip().startswith("#"))
        return calls

    calls = None
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        if line.startswith("~"):
            calls -= members(line[1:].split())
        else:
            calls = (calls or members(["@default"])) | members(line.split())
    return calls


@pytest.mark.parametrize("name", USERS)
def test_units_leave_what_the_sandbox_leaves(name):
    """A call that the daemon may make by its own walls, or makes to build them, is one of its service."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    room = name.partition("-")[2]
    needed = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"}
    for file, table in (("lib/sandbox_calls.c", "needed"), (f"{room}/walls.c", "calls")):
        text = (TOP / file).read_text()
        body = re.search(rf"\b{table}\[\] = \{{(.*?)\}};", text, re.S)[1]
        body = re.sub(r"#ifdef __SANITIZE.*?#endif", "", body, flags=re.S)
        needed |= set(re.findall(r'"([a-z0-9_]+)"', re.sub(r"/\*.*?\*/", "", body, flags=re.S)))
    # files that are made in the shared folder are its group's anyway
    needed -= {"fchown", "fchownat", "lchown"}
    assert needed - filtered((UNITS / f"{name}.service").read_text()) == set()


def test_units_and_users_fit_each_other():
    users = (UNITS / "windsock.sysusers").read_text()
    shared = (UNITS / "windsock.tmpfiles").read_text()
    for name in USERS:
        unit = (UNITS / f"{name}.service").read_text()
        assert re.search(rf"^User={name}$", unit, re.M) and re.search(r"^Group=windsock$", unit, re.M)
        assert re.search(rf"^u {name} ", users, re.M) and re.search(rf"^m {name} windsock$", users, re.M)
        # systemd would give all of it to whichever service started last
        assert "StateDirectory" not in unit and "ReadWritePaths=/var/lib/windsock\n" in unit
    assert "d /var/lib/windsock 2770 root windsock" in shared
