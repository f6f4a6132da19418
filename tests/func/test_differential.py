# SPDX-License-Identifier: BSD-2-Clause
"""The same zones and questions to NSD, Knot, BIND and us; other seeds by hand (HACKING.md)."""
import os
import re
import subprocess
import sys

from harness import BUILD, TOP


def differ(*options):
    done = subprocess.run([sys.executable, TOP / "tests/differential/differ.py", "--seed", "1", *options],
                          env={**os.environ, "WINDSOCK_BUILD": str(BUILD)}, timeout=600, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    found = re.search(r"^ *0 differences in (\d+) questions to (\d+) zones", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return done.stdout, int(found[1]), int(found[2])


def test_the_peers_agree():
    said, questions, zones = differ("--zones", "500", "--questions", "10", "--roots", "6")
    assert questions >= 6000 and zones >= 500, said


def test_the_peers_agree_on_signed_zones():
    said, questions, zones = differ("--signed", "--zones", "120", "--questions", "20", "--roots", "3")
    assert questions >= 2500 and zones >= 120, said
    assert re.search(r"^ *\d{3,} answers denied by one NSEC", said, re.MULTILINE), said
