# SPDX-License-Identifier: BSD-2-Clause
"""The harness itself: what the other tests rely on must be able to fail."""
import os
import pathlib
import subprocess
import sys

import pytest

from harness import Daemon, in_namespace, run


def shell(tmp_path, script):
    return Daemon("shell", ["/bin/sh", "-c", script], tmp_path / "log")


def test_a_sanitizer_report_is_a_fault(tmp_path):
    daemon = shell(tmp_path, "echo 'x.c:1:2: runtime error: overflow' >&2; trap 'exit 0' TERM; while :; do sleep 0.05; done")
    while not daemon.text():
        pass
    with pytest.raises(AssertionError, match="overflow"):
        daemon.stop()


def test_a_death_before_the_end_is_a_fault(tmp_path):
    daemon = shell(tmp_path, "exit 0")
    daemon.process.wait(10)
    with pytest.raises(AssertionError, match="died"):
        daemon.stop()


def test_a_wrong_status_is_a_fault(tmp_path):
    daemon = shell(tmp_path, "trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done")
    while not daemon.text():
        pass
    with pytest.raises(AssertionError, match="status 3"):
        daemon.stop()


@in_namespace
def test_the_namespace_is_a_world_of_its_own():
    addresses = run("ip", "-o", "address").stdout
    assert "192.0.2.1/32" in addresses and "2001:db8::1/128" in addresses
    assert run("ip", "-o", "link").stdout.count("\n") <= 3
    assert pathlib.Path("/etc/resolv.conf").read_text().startswith("nameserver 127.0.0.1\n")
    assert os.environ.get("WINDSOCK_IN_NAMESPACE")


def test_a_failure_in_the_namespace_comes_out(tmp_path):
    test = tmp_path / "test_inner.py"
    here = pathlib.Path(__file__).parent
    test.write_text(f"import sys; sys.path.insert(0, {str(here)!r})\nfrom harness import in_namespace\n"
                    "@in_namespace\ndef test_fails():\n    assert 1 == 2\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
                          stdout=subprocess.PIPE, text=True, timeout=120)
    if os.geteuid() == 0:
        assert done.returncode == 1 and "1 == 2" in done.stdout
