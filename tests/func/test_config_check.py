# SPDX-License-Identifier: BSD-2-Clause
"""`windsock config check`: all that is wrong with a windsock.conf, each fault with its line."""
import json
import os
import re

import pytest

from harness import BUILD, TOP, run


@pytest.fixture
def check(world, tmp_path):
    """Checks a text, whose registry is there; returns the exit status, and what was said of each line."""
    def checked(text, *words):
        path = tmp_path / "windsock.conf"
        path.write_text(text.replace("REGISTRY", str(world.registry)))
        path.chmod(0o644)
        done = run(BUILD / "windsock", "config", "check", path, *words, check=False)
        assert done.stderr == "", done.stderr
        return done.returncode, [line.removeprefix(f"{path}:") for line in done.stdout.splitlines()]
    return checked


WELL = "[windsock]\nregistry = REGISTRY\n"


def test_a_good_file_has_no_fault(check):
    status, said = check(WELL + "log-level = 7\n[dnsd]\nlisten = 127.0.0.1:53\nlisten = [::1]:53\n[updater]\n"
                         "listen = :8053\n[agent]\nanything = 1\n")
    assert status == 0 and said == [" 6 settings, no fault"]


@pytest.mark.parametrize("text, fault", [
    ("[dnsd]\nudp-worker = 2\n", "4: [dnsd] has no setting 'udp-worker': did you mean 'udp-workers'?"),
    ("[dnsd]\nlease = 2\n", "4: [dnsd] has no setting 'lease': [updater] has"),
    ("[dnsd]\nnonsense-that-is-nothing = 2\n", "4: [dnsd] has no setting 'nonsense-that-is-nothing'"),
    ("log-levle = 5\n", "3: [windsock] has no setting 'log-levle': did you mean 'log-level'?"),
    ("[dnds]\nlisten = :53\n", "4: there is no section [dnds]: did you mean [dnsd]?"),
    ("[elsewhere]\nlisten = :53\n", "4: there is no section [elsewhere], but [windsock], [dnsd], [updater] and [prober]"),
    ("[dnsd]\nudp-workers = 257\n", "4: udp-workers: '257': wanted a number from 1 to 256"),
    ("log-level = loud\n", "3: log-level: 'loud': wanted a number from 3 to 7"),
    ("[updater]\nallow-private = maybe\n", "4: allow-private: 'maybe': wanted yes or no"),
    ("[updater]\nmonitors = 10.0.0.0/33\n", "4: monitors: '10.0.0.0/33' is not ADDRESS or ADDRESS/LENGTH"),
    ("[updater]\nlisten-tls = :443 tls=1.2-7\ncertificates = /\n", r"4: listen-tls: '1.2-7' is not a TLS version or range: .*"),
    ("[prober]\nname = lease\n", "4: name: 'lease' is windsock-updater's name"),
    ("[prober]\nname =\n", "4: name: .*"),
    ("this is no setting\n", "3: not [section], name = value or ; comment"),
    ("[updater]\nlisten-tls = :443\n", "4: listen-tls wants certificates, too"),
    ("[dnsd]\nlisten = 127.0.0.1:53\nlisten = :53\n", r"5: [dnsd] listen: :53 is taken already by [dnsd] listen = 127.0.0.1:53, line 4"),
    ("[updater]\nlisten = 127.0.0.1:53\n", "4: [updater] listen: 127.0.0.1:53 is taken already by [dnsd] listen = 127.0.0.1:53, by default"),
    ("[updater]\nlisten = [::]:7\nlisten-tls = [::1]:7\ncertificates = /\n",
     "5: [updater] listen-tls: [::1]:7 is taken already by [updater] listen = [::]:7, line 4"),
    ("[dnsd]\ncookie-secrets = /nowhere/at/all\n", r"4: cookie-secrets: /nowhere/at/all: No such file or directory, for windsock-dnsd as .*"),
    ("[dnsd]\ntelemetry = /nowhere/at/all\n", r"4: telemetry: /nowhere/at/all: No such file or directory, for windsock-dnsd as .*"),
    ("[dnsd]\ndnssec-keys = /etc/passwd\n", r"4: dnssec-keys: /etc/passwd: Not a directory, for windsock-dnsd as .*"),
])
def test_a_fault_is_told_with_its_line(check, text, fault):
    status, said = check(WELL + text)
    assert status == 1 and len(said) == 1, said
    assert said[0] == fault or re.fullmatch(fault, said[0]), said


@pytest.mark.parametrize("text", [
    "[dnsd]\nlisten = 127.0.0.2:53\nlisten = 127.0.0.1:53\nlisten = 127.0.0.1:54\n",
    "[updater]\nlisten = [::]:9\nlisten = 0.0.0.0:9\n",   # the updater's [::] is IPv6 alone
    "[updater]\nlisten = 127.0.0.1:0\nlisten = 127.0.0.1:0\n",
    "[dnsd]\ntelemetry = none\n",
])
def test_what_only_looks_like_a_fault(check, text):
    assert check(WELL + text)[0] == 0


def test_all_faults_are_told_at_once(check, tmp_path):
    status, said = check(f"listen = a\n[windsock]\nregistry = {tmp_path}/none\n[dnsd]\nudp-workers = x\ntcp-idel = 7\n")
    assert status == 1 and [line.split(":")[0] for line in said] == ["1", "5", "6", "3"], said
    assert "windsock init" in said[3]


def test_a_file_that_is_missing(tmp_path):
    done = run(BUILD / "windsock", "config", "check", tmp_path / "none.conf", check=False)
    assert done.returncode == 1 and "none.conf: No such file or directory" in done.stdout


def test_the_file_is_that_of_config(world, tmp_path):
    path = tmp_path / "some.conf"
    path.write_text(f"[windsock]\nregistry = {world.registry}\nx = 1\n")
    assert f"{path}:3: " in run(BUILD / "windsock", "-c", path, "config", "check", check=False).stdout


def test_json(world, tmp_path):
    path = tmp_path / "windsock.conf"
    path.write_text(f"[windsock]\nregistry = {world.registry}\n")
    assert json.loads(run(BUILD / "windsock", "config", "check", path, "--json").stdout) == []
    path.write_text(f"[windsock]\nregistry = {world.registry}\nlog-level = 9\n")
    done = run(BUILD / "windsock", "config", "check", path, "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout) == [{"file": str(path), "line": 3, "what": "log-level: '9': wanted a number from 3 to 7"}]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
def test_files_are_tried_as_the_user_that_reads_them(check, world, tmp_path):
    """What root may, the daemon's user may not."""
    for folder in [*tmp_path.parents, tmp_path, *world.dir.parents, world.dir]:
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    secret = tmp_path / "secrets"
    secret.write_text("00" * 16 + "\n")
    secret.chmod(0o600)
    world.registry.chmod(0o666)
    text = WELL + f"[dnsd]\ncookie-secrets = {secret}\n"
    status, said = check(text, "--user", "nobody")
    assert status == 1 and said == [f"4: cookie-secrets: {secret}: Permission denied, for windsock-dnsd as nobody"], said
    secret.chmod(0o644)
    assert check(text, "--user", "nobody")[0] == 0
    world.registry.chmod(0o644)
    status, said = check(text, "--user", "nobody")
    assert status == 1 and said == [f"2: registry: {world.registry}: Permission denied, for windsock-dnsd as nobody"]


def test_it_finds_what_daemons_refuse(check, world, tmp_path):
    """Of each fault, the program that reads the section says the same."""
    for name, text in {"dnsd": "[dnsd]\nnsid = " + "x" * 300 + "\n", "updater": "[updater]\ntls = 7\n", "prober": "[prober]\nsni = a b\n"}.items():
        text = text[:190] + "\n" if name == "dnsd" else text
        text = text.replace("nsid = ", "udp-size = ")
        status, said = check(WELL + text)
        done = run(BUILD / f"windsock-{name}", "-c", tmp_path / "windsock.conf", check=False)
        assert status == 1 and done.returncode == 2
        assert f"windsock.conf:{said[0]}" in done.stderr, (said, done.stderr)


def test_the_example_has_no_fault(check, world):
    text = (TOP / "contrib/windsock.conf").read_text()
    assert check(text + f"\n[windsock]\nregistry = {world.registry}\n") == (0, [" 1 setting, no fault"])
