# SPDX-License-Identifier: BSD-2-Clause
"""windsock.conf: the example that we ship is taken by every program, and faults are cited."""
import os
import re
import socket
import subprocess

import pytest

from harness import BUILD, Daemon, TOP, eventually, free_port, run


def program(name, *words):
    return subprocess.run([str(BUILD / name), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=30)


def test_the_example_is_taken(world, tmp_path):
    """With its settings in force, too: all are defaults."""
    example = tmp_path / "windsock.conf"
    example.write_text(re.sub(r"^;(?=[a-z-]+ =)", "", (TOP / "contrib/windsock.conf").read_text(), flags=re.M))
    assert len([line for line in example.read_text().splitlines() if re.match(r"[a-z-]+ =", line)]) > 60
    # an address that somebody has ends them, after every line of the file was read
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        for name in ("windsock-dnsd", "windsock-updater"):
            done = program(name, "-c", example, "--registry", world.registry, "--listen", listen)
            assert done.returncode == 1 and listen in done.stderr, done.stderr
            assert "windsock.conf:" not in done.stderr, done.stderr
    assert program("windsock-prober", "-c", example, "--registry", world.registry, "--once").returncode == 0
    done = program("windsock", "-c", example, "status")
    assert "/var/lib/windsock/registry" in done.stderr + done.stdout
    assert program("windsock-dnsd", "-c", TOP / "contrib/windsock.conf", "--log-level", 8).returncode == 2


def test_the_registry_comes_from_the_file(world, tmp_path):
    config = tmp_path / "windsock.conf"
    config.write_text(f"[windsock]\nregistry = {world.registry}\n")
    assert str(world.registry) in run(BUILD / "windsock", "-c", config, "status").stdout


@pytest.mark.parametrize("name", ["windsock-dnsd", "windsock-updater", "windsock-prober"])
def test_the_registry_comes_from_the_environment(world, tmp_path, name):
    """Behind --registry and a file that is named, and before the file that is read anyhow."""
    config, none = tmp_path / "windsock.conf", tmp_path / "none"
    config.write_text(f"[windsock]\nregistry = {tmp_path}/of-file\n")
    env = {**os.environ, "WINDSOCK_REGISTRY": str(tmp_path / "of-environment")}

    def opened(*words):
        """The registry that it looks for: none is there."""
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        listen = [] if name == "windsock-prober" else ["--listen", f"127.0.0.1:{free_port()}"]
        daemon = Daemon(name, [BUILD / name, *listen, *words], log, env=env)
        found = eventually(lambda: re.search(r"(of-file|of-environment|of-line)", daemon.text()) or not daemon.running())
        found = found or re.search(r"(of-file|of-environment|of-line)", daemon.text())
        daemon.kill()
        return re.search(r"of-file|of-environment|of-line", daemon.text())[0]
    assert not none.exists()
    assert opened() == "of-environment"
    assert opened("-c", config) == "of-file"
    assert opened("-c", config, "--registry", tmp_path / "of-line") == "of-line"
    assert opened("--registry", tmp_path / "of-line") == "of-line"


def test_faults_are_cited(tmp_path):
    cases = {
        "[dnsd]\nlisten = 127.0.0.1:1\nudp-workers = many\n": ("windsock.conf:3", "udp-workers", "many"),
        "[dnsd]\nlisten = 127.0.0.1:1\n\nworkers = 2\n": ("windsock.conf:4", "workers"),
        "[dnsd]\nthis is no setting\n": ("windsock.conf:2",),
        "[dnsd]\nlisten = nowhere\n": ("windsock.conf:2", "nowhere", "ADDRESS:PORT"),
        "[dnsd]\nlisten = 127.0.0.1:1\n\ncatalog = a..b\n": ("windsock.conf:4", "catalog", "a..b"),
    }
    for number, (text, words) in enumerate(cases.items()):
        config = tmp_path / f"{number}" / "windsock.conf"
        config.parent.mkdir()
        config.write_text(text)
        done = program("windsock-dnsd", "-c", config)
        assert done.returncode == 2, (text, done.stderr)
        assert all(word in done.stderr for word in words), (text, done.stderr)
    done = program("windsock-dnsd", "-c", tmp_path / "none.conf")
    assert done.returncode == 2 and "none.conf" in done.stderr


def test_units_name_what_is_built():
    for unit in (TOP / "contrib/systemd").glob("*.service"):
        line = next(x for x in unit.read_text().splitlines() if x.startswith("ExecStart="))
        name = line.rsplit("/", 1)[1]
        assert (BUILD / name).exists() or (TOP / "contrib" / name).exists(), unit
