# SPDX-License-Identifier: BSD-2-Clause
"""`make install`: what it puts on a machine makes a service, and every path in it leads somewhere."""
import os
import re
import shutil
import subprocess

import pytest

from harness import BUILD, TOP, run

UNIT_PATHS = re.compile(r"^(?:ExecStart|ExecReload|EnvironmentFile|ReadWritePaths|InaccessiblePaths)=-?(\S+)", re.M)


def make(*words):
    done = subprocess.run(["make", "-s", "-C", BUILD, *words], text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def variable(name):
    makefile = (BUILD / "Makefile").read_text()
    value = re.search(rf"^{name} = (.*)$", makefile, re.M)[1]
    return re.sub(r"[$][({](\w+)[)}]", lambda inner: variable(inner[1]), value)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A folder in which it was installed, and a function that finds a path of the build's in it."""
    root = tmp_path_factory.mktemp("root")
    make("install", f"DESTDIR={root}")
    return root


def inside(root, path):
    return root / str(path).lstrip("/")


def units(root):
    return sorted(inside(root, variable("systemdsystemunitdir")).iterdir())


def test_each_path_in_units_leads_somewhere(machine):
    state, conf = variable("localstatedir") + "/lib/windsock", variable("sysconfdir") + "/windsock"
    made = {state, f"{state}/acme", f"{state}/registry.key", f"{state}/registry.dnssec", f"{conf}/acme.env"}
    names = {unit.name for unit in units(machine)}
    assert names == {path.name for path in (TOP / "contrib/systemd").iterdir()} - {"windsock.sysusers", "windsock.tmpfiles"}
    for unit in units(machine):
        text = unit.read_text()
        for line in UNIT_PATHS.finditer(text):
            for path in line[0].partition("=")[2].split():
                path = path.lstrip("-")
                if path.startswith("/"):
                    assert path in made or inside(machine, path).exists(), (unit.name, path)
        for name, chapter in re.findall(r"man:([a-z.-]+)\((\d)\)", text):
            assert inside(machine, f"{variable('mandir')}/man{chapter}/{name}.{chapter}").exists(), (unit.name, name)


def test_nothing_is_where_only_a_package_has_it(machine):
    """What is installed speaks of this build's folders, and of no others of ours."""
    if variable("prefix") == "/usr":
        pytest.skip("this build's folders are a package's")
    ours = [*units(machine), *inside(machine, variable("apparmordir")).iterdir(),
            inside(machine, variable("tmpfilesdir")) / "windsock.conf", inside(machine, variable("sysusersdir")) / "windsock.conf",
            inside(machine, variable("confdir")) / "windsock.conf", inside(machine, variable("sbindir")) / "windsock-certificates"]
    for file in ours:
        said = re.findall(r"(?<![\w/])/(?:usr/sbin|var/lib/windsock|etc/windsock)\S*", file.read_text())
        assert not said, (file, said)


def test_programs_find_their_settings_and_state(machine):
    for name in ("windsock-dnsd", "windsock-updater", "windsock-prober"):
        said = run(BUILD / name, "--help").stdout
        assert f"(default {variable('confdir')}/windsock.conf)" in said
        assert f"{variable('localstatedir')}/lib/windsock/registry" in said
    conf = (inside(machine, variable("confdir")) / "windsock.conf").read_text()
    assert f";registry = {variable('localstatedir')}/lib/windsock/registry\n" in conf


def test_systemd_takes_users_and_folders(machine):
    if not shutil.which("systemd-sysusers") or os.geteuid() != 0:
        pytest.skip("needs systemd-sysusers, and root")
    inside(machine, "/etc").mkdir(exist_ok=True)
    for tool, folder, words in (("systemd-sysusers", "sysusersdir", []), ("systemd-tmpfiles", "tmpfilesdir", ["--create"])):
        file = inside(machine, variable(folder)) / "windsock.conf"
        done = run(tool, f"--root={machine}", *words, file, check=False)
        assert done.returncode == 0 and not re.search("not a valid|ignoring|Failed", done.stderr), done.stderr
    state = inside(machine, variable("localstatedir") + "/lib/windsock")
    assert state.stat().st_mode & 0o7777 == 0o2770
    assert (state / "acme").stat().st_mode & 0o7777 == 0o700


def test_guides_and_examples_are_all_there(machine):
    docs = inside(machine, variable("docdir"))
    for file in ("README.md", "SECURITY.md", "CHANGELOG.md"):
        assert (docs / file).exists()
    assert {path.name for path in (TOP / "doc").glob("*.md")} == {path.name for path in (docs / "doc").iterdir()}
    assert {path.name for path in (TOP / "examples").iterdir()} | {"windsock.conf", "haproxy.cfg", "nginx.conf"} \
        == {path.name for path in (docs / "examples").iterdir()}


def test_an_operator_s_settings_stay(machine):
    conf = inside(machine, variable("confdir")) / "windsock.conf"
    standard = conf.read_text()
    conf.write_text("[windsock]\n")
    make("install-data-local", f"DESTDIR={machine}")
    assert conf.read_text() == "[windsock]\n"
    make("uninstall-local", f"DESTDIR={machine}")
    assert conf.read_text() == "[windsock]\n" and not units(machine)
    conf.write_text(standard)
    make("install-data-local", f"DESTDIR={machine}")
    make("uninstall-local", f"DESTDIR={machine}")
    assert not conf.exists()


def test_profiles_are_as_wide_as_what_daemons_keep():
    """A program's profile names the program, its settings and its state; apparmor's own parser reads it."""
    for name in ("windsock-dnsd", "windsock-prober", "windsock-updater"):
        profile = TOP / "contrib/apparmor" / name
        text = profile.read_text()
        for rule in (f"/usr/sbin/{name} mr,", "/etc/windsock/** r,", "/var/lib/windsock/** rwk,"):
            assert rule in text, (name, rule)
        if shutil.which("apparmor_parser"):
            run("apparmor_parser", "--skip-kernel-load", "--skip-cache", profile)
