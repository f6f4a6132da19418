# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark's rows run, on tiny data, and lose no answers. No figure is judged."""
import os
import re
import shutil
import subprocess
import sys

import pytest

from harness import BUILD, TOP

PEERS = {"gdnsd": "gdnsd", "knot": "knotd", "nsd": "nsd", "bind": "named"}


@pytest.fixture(scope="module", autouse=True)
def programs():
    subprocess.run(["make", "-s", "-C", BUILD, "bench-floor", "bench-load", "bench-updates"], check=True,
                   stdout=subprocess.DEVNULL, timeout=300)


def bench(row):
    done = subprocess.run([sys.executable, TOP / "tests/bench/bench.py", row, "--names", "200", "--rounds", "1",
                           "--seconds", "0.2"], env={**os.environ, "WINDSOCK_BUILD": str(BUILD)},
                          capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("row, names", (
    ("answers", ("windsock", "windsock, a zone", "floor", "peers")), ("size", ("10 hosts", "200 hosts")),
    ("guards", ("off", "cookies", "rate limit")), ("memory", ("windsock", "peers"))))
def test_row(row, names):
    said = bench(row)
    lines = {line[:18].strip(): line[18:].split() for line in said.splitlines()}
    wanted = [p for p in PEERS if shutil.which(PEERS[p])] if "peers" in names else []
    for name in [*wanted, *(n for n in names if n != "peers")]:
        assert name in lines, said
        if row != "memory":
            assert lines[name][3:5] == ["0", "0"], said


def test_signed():
    said = bench("signed")
    answers, floods = (part.splitlines() for part in said.split("flood of names that are not there"))
    names = ["windsock", *(p for p in ("knot", "nsd") if shutil.which(PEERS[p]))]
    wanted = [name + how for name in names for how in (", plain", ", +do")]
    rows = {line[:18].strip(): line[18:].split() for line in answers}
    assert all(rows[name][3:5] == ["0", "0"] for name in wanted), said
    floods = [(line[:18].strip(), line[18:].split()) for line in floods[2:]]
    kinds = [(name, words[0]) for name, words in floods]
    assert kinds == [(name, flood) for name in wanted for flood in ("none", "plain", "+do")], said
    assert all(words[4] == "0" for name, words in floods if name.startswith("windsock")), said


def test_updates():
    said = bench("updates")
    assert len(re.findall(r"^[1-9]\d* good/s  other 0 ", said, re.MULTILINE)) == 3, said


def test_nothing_is_lost_while_things_move():
    said = bench("live")
    assert said.count(", 0 lost and 0 SERVFAIL") == 4, said
    assert "5,000 updates a second" in said


def test_steering():
    assert re.search(r"^steering: 20 relays, 2 pools.* \d+\.\d ms \(p99\)$", bench("steering"), re.MULTILINE)


def test_visible():
    said = bench("visible")
    assert re.search(r"^the command( +\d+\.\d+){3}$", said, re.MULTILINE), said
    assert re.search(r"^SQL by hand( +\d+\.\d+){3}$", said, re.MULTILINE), said


def test_dynamic_updates():
    said = bench("dynamic")
    for name in ["windsock", *(p for p in ("knot", "bind") if shutil.which(PEERS[p]))]:
        rows = [line for line in said.splitlines() if line.startswith(name + " ")]
        assert len(rows) == 2 and all("other 0" in row for row in rows), said
