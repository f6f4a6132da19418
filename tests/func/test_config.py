# SPDX-License-Identifier: BSD-2-Clause
"""windsock.conf: the example that we ship is taken by every program, and faults are cited."""
import socket
import subprocess

from harness import BUILD, TOP, run


def program(name, *words):
    return subprocess.run([str(BUILD / name), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=30)


def test_the_example_is_taken(world):
    example = TOP / "contrib/windsock.conf"
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


def test_the_registry_comes_from_the_file(world, tmp_path):
    config = tmp_path / "windsock.conf"
    config.write_text(f"[windsock]\nregistry = {world.registry}\n")
    assert str(world.registry) in run(BUILD / "windsock", "-c", config, "status").stdout


def test_faults_are_cited(tmp_path):
    cases = {
        "[dnsd]\nlisten = 127.0.0.1:1\nudp-workers = many\n": ("windsock.conf:3", "udp-workers", "many"),
        "[dnsd]\nlisten = 127.0.0.1:1\n\nworkers = 2\n": ("windsock.conf:4", "workers"),
        "[dnsd]\nthis is no setting\n": ("windsock.conf:2",),
        "[dnsd]\nlisten = nowhere\n": ("nowhere", "ADDRESS:PORT"),
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
