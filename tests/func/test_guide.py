# SPDX-License-Identifier: BSD-2-Clause
"""The guides of doc/, each followed to the letter: all its console blocks, in order, in one folder.
A command that ends with & is a daemon, and stays until the end."""
import os
import shlex
import subprocess

import pytest

from harness import BUILD, TOP, Daemon, eventually, free_port, run
from test_readme import agrees, steps


def start(command, folder):
    name, *words = shlex.split(command.removesuffix("&"))
    words = [folder / word if word in ("registry", "certificates") else word for word in words]
    return Daemon(name, [BUILD / name, *words], folder / f"{name}.log")


def answers(port):
    asked = run("dig", "+short", "+time=1", "+tries=1", "@127.0.0.1", "-p", port, "kites.test", "SOA", check=False)
    return asked.stdout.startswith("ns1.kites.test.")


@pytest.mark.parametrize("guide", ["operators-guide", "dynamic-updates", "certificates", "backups"])
def test_the_guide(tmp_path, guide):
    todo = steps((TOP / f"doc/{guide}.md").read_text())
    assert todo
    (tmp_path / "examples").symlink_to(TOP / "examples")
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8",
           "WINDSOCK_REGISTRY": str(tmp_path / "registry")}
    port, http, https, daemons, faults = str(free_port()), free_port(), str(free_port()), [], []
    try:
        for command, shown in todo:
            command = command.replace("5353", port).replace("127.0.0.1:8053", f"127.0.0.1:{http}").replace("8443", https)
            if command.endswith(" &"):
                daemons.append(start(command, tmp_path))
                assert eventually(lambda: answers(port)), daemons[-1].text()
                continue
            done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
            if not agrees(shown, done.stdout):
                faults.append(f"$ {command}\nthe guide shows:\n{shown}\nit printed:\n{done.stdout}")
    finally:
        for daemon in daemons:
            daemon.stop()
    assert not faults, "\n\n".join(faults)
