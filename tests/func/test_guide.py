# SPDX-License-Identifier: BSD-2-Clause
"""doc/operators-guide.md, followed to the letter: all its console blocks, in order, in one folder."""
import os
import subprocess

from harness import BUILD, TOP
from test_readme import agrees, steps


def test_the_guide(tmp_path):
    todo = steps((TOP / "doc/operators-guide.md").read_text())
    assert todo
    (tmp_path / "examples").symlink_to(TOP / "examples")
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8",
           "WINDSOCK_REGISTRY": str(tmp_path / "registry")}
    faults = []
    for command, shown in todo:
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        if not agrees(shown, done.stdout):
            faults.append(f"$ {command}\nthe guide shows:\n{shown}\nit printed:\n{done.stdout}")
    assert not faults, "\n\n".join(faults)
