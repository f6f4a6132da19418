# SPDX-License-Identifier: BSD-2-Clause
"""tools/run: it starts, says what to try, that works when pasted, and it ends without a trace."""
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

from harness import BUILD, SANITIZER, TOP, Daemon, eventually, free_port, run


class Run:
    def __init__(self, dir, *options):
        self.dns, self.http = free_port(), free_port()
        self.log = dir / "run.log"
        self.log.write_bytes(b"")
        self.daemon = Daemon("tools/run", [TOP / "tools/run", "--dir", dir / "state", "--dns",
                             f"127.0.0.1:{self.dns}", "--http", f"127.0.0.1:{self.http}", *options], self.log,
                             env={**os.environ, "WINDSOCK_BUILD": str(BUILD)})

    def ready(self):
        eventually(lambda: "\nready" in self.daemon.text() or not self.daemon.running(), 120)
        assert re.search("^ready", self.daemon.text(), re.M), self.daemon.text()
        return self

    def commands(self):
        text = self.daemon.text()
        return re.findall(r"^  (\S.*)$", text[text.index("Try, in another shell"):], re.M)

    def children(self):
        pids = run("ps", "-o", "pid=,args=", "--ppid", self.daemon.pid, check=False).stdout
        return {name: int(pid) for pid, name in re.findall(r"(\d+) \S*/(windsock-\w+) ", pids)}


@pytest.fixture
def start(tmp_path):
    runs = []

    def begin(*options):
        runs.append(Run(tmp_path, *options))
        return runs[-1]
    yield begin
    for one in runs:
        one.daemon.stop()


def paste(command):
    """As a person would, into a shell that has nothing of ours."""
    return subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, cwd="/", env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})


def test_what_it_prints_works_when_pasted(start):
    one = start().ready()
    said = []
    for command in one.commands():
        done = paste(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        assert done.stdout.strip(), command
        said.append(done.stdout)
    assert len(said) >= 6
    assert "198.51.100.2" in said[0]
    assert "old1" in said[1]
    assert said[2].strip() in ("good 192.0.2.77", "nochg 192.0.2.77")
    assert said[3] == "192.0.2.77\n"
    assert "new1" in said[4] and "198.51.100.21" in said[4]


def test_a_second_start_keeps_the_data(start):
    one = start().ready()
    update = next(c for c in one.commands() if c.startswith("curl"))
    assert paste(update).stdout.startswith("good")
    one.daemon.stop()
    two = start().ready()
    assert paste(next(c for c in two.commands() if " demo.b5p.us" in c)).stdout == "192.0.2.77\n"
    assert paste(next(c for c in two.commands() if c.startswith("curl"))).stdout.startswith("nochg")


def test_an_empty_one_has_nothing_but_works(start):
    one = start("--empty").ready()
    for command in one.commands():
        done = paste(command)
        assert done.returncode == 0 and done.stdout.strip() or "zone add" in command, f"{command}\n{done.stdout}"
    assert "b5p.us" not in paste(f"'{BUILD}/windsock' --registry '{one.log.parent}/state/registry' export").stdout


def test_interrupted_it_stops_both_daemons(start):
    one = start("--empty").ready()
    children = one.children()
    assert set(children) == {"windsock-dnsd", "windsock-updater"}
    one.daemon.signal(signal.SIGINT)
    one.daemon.judged = True
    assert one.daemon.process.wait(30) == 0
    for pid in children.values():
        assert not pathlib.Path(f"/proc/{pid}").exists()
    assert not SANITIZER.search(one.daemon.text()), one.daemon.text()


def test_a_daemon_that_dies_is_told_and_stops_all(start):
    one = start("--empty").ready()
    children = one.children()
    os.kill(children["windsock-updater"], signal.SIGKILL)
    one.daemon.judged = True
    assert one.daemon.process.wait(30) == 1
    assert "windsock-updater ended by itself" in one.daemon.text()
    assert not pathlib.Path(f"/proc/{children['windsock-dnsd']}").exists()


def test_a_port_that_is_taken_is_refused(tmp_path):
    for option, kind in (("--dns", socket.SOCK_DGRAM), ("--dns", socket.SOCK_STREAM), ("--http", socket.SOCK_STREAM)):
        port, other = free_port(), free_port()
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", port))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            ends = ["--dns", f"127.0.0.1:{other}", "--http", f"127.0.0.1:{free_port()}", option, f"127.0.0.1:{port}"]
            done = run(TOP / "tools/run", "--dir", tmp_path, *ends, check=False, timeout=60)
        assert done.returncode == 1
        assert f"port {port} for {option[2:]} is taken" in done.stderr


def test_wrong_options_are_refused(tmp_path):
    for words in (["--nonsense"], ["--dir"], ["--dns", "nonsense"]):
        assert run(TOP / "tools/run", *words, check=False).returncode == 2
    assert "--empty" in run(TOP / "tools/run", "--help").stdout
