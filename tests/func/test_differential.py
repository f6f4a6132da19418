# SPDX-License-Identifier: BSD-2-Clause
"""The same zones and questions to NSD, Knot, BIND and us; other seeds by hand (HACKING.md)."""
import os
import re
import subprocess
import sys

from harness import BUILD, TOP


def test_the_peers_agree():
    done = subprocess.run([sys.executable, TOP / "tests/differential/differ.py", "--seed", "1", "--zones", "500",
                           "--questions", "10", "--roots", "6"], env={**os.environ, "WINDSOCK_BUILD": str(BUILD)},
                          timeout=600, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    found = re.search(r"^ *0 differences in (\d+) questions to (\d+) zones", done.stdout, re.MULTILINE)
    assert found and int(found[1]) >= 6000 and int(found[2]) >= 500, done.stdout
