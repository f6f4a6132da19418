# SPDX-License-Identifier: BSD-2-Clause
"""The same zones and questions to NSD, Knot, BIND and us; other seeds by hand (HACKING.md)."""
import os
import subprocess
import sys

from harness import BUILD, TOP


def test_the_peers_agree():
    done = subprocess.run([sys.executable, TOP / "tests/differential/differ.py", "--seed", "1", "--zones", "1000",
                           "--questions", "10"], env={**os.environ, "WINDSOCK_BUILD": str(BUILD)}, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    assert " 0 differences in 10000 questions to 1000 zones" in done.stdout, done.stdout
