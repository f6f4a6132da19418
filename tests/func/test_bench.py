# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark's rows run, on tiny data, and lose no answers. No figure is judged."""
import os
import shutil
import subprocess
import sys

import pytest

from harness import BUILD, TOP

PEERS = {"gdnsd": "gdnsd", "knot": "knotd", "nsd": "nsd", "bind": "named"}


@pytest.mark.parametrize("row, names", (
    ("answers", ("windsock", "floor", "peers")), ("size", ("10 hosts", "200 hosts")),
    ("guards", ("off", "cookies", "rate limit")), ("memory", ("windsock", "peers"))))
def test_row(row, names, tmp_path):
    build = tmp_path / "build"
    build.mkdir()
    for program in "windsock", "windsock-dnsd":
        (build / program).symlink_to(BUILD / program)
    for tool in "floor", "load":
        subprocess.run(["cc", "-std=gnu17", "-O2", "-D_GNU_SOURCE", "-o", build / f"bench-{tool}",
                        TOP / f"tests/bench/{tool}.c"], check=True)
    done = subprocess.run([sys.executable, TOP / "tests/bench/bench.py", row, "--names", "200", "--rounds", "1",
                           "--seconds", "0.2"], env={**os.environ, "WINDSOCK_BUILD": str(build)},
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = {line[:18].strip(): line[18:].split() for line in done.stdout.splitlines()}
    wanted = [p for p in PEERS if shutil.which(PEERS[p])] if "peers" in names else []
    for name in [*wanted, *(n for n in names if n != "peers")]:
        assert name in lines, done.stdout
        if row != "memory":
            assert lines[name][3:5] == ["0", "0"], done.stdout
