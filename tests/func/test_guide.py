# SPDX-License-Identifier: BSD-2-Clause
"""The guides of doc/, each followed to the letter: all its console blocks, in order, in one folder.

A command that ends with & is a daemon, and stays until the end, or until `systemctl stop` names it; what it logs is what
`journalctl` says of it. A block that stands in an HTML comment is not shown to readers: it makes the trouble that a page is
about, or looks that what the page says came true."""
import os
import re
import shlex
import subprocess

import pytest

from harness import BUILD, TOP, Daemon, eventually, free_port, in_namespace, run
from test_readme import agrees, steps
from test_zone_check import resolver

PAGES = {path.stem: path.read_text() for path in (TOP / "doc").glob("*.md") if path.stem != "README"}
# These ask at ports that are the DNS' own, fill disks, or want resolvers: they have a network of their own.
SECLUDED = {"white-labels", "troubleshooting"}
# test_secondaries runs the first; the second says which tests show what it says.
OTHERS = {"secondaries", "security"}
JOURNALCTL = """#!/bin/sh
# journalctl -u UNIT [-g PATTERN] [-n LINES]
pattern=. lines=+1
while getopts u:g:n: option; do
	case $option in u) unit=$OPTARG ;; g) pattern=$OPTARG ;; n) lines=$OPTARG ;; esac
done
grep -E -e "$pattern" "$HOME/$unit.log" | tail -n "$lines"
"""


def listens(command):
    """Whether a daemon answers at the first address that its command says; other programs are up when they run."""
    words = shlex.split(command)
    address, _, port = words[words.index("--listen") + 1].rpartition(":") if "--listen" in words else ("", "", "")
    if words[0] == "windsock-dnsd":
        asked = run("dig", "+tcp", "+time=1", "+tries=1", f"@{address}", "-p", port, "version.bind", "CH", "TXT", check=False)
        return "status: NOERROR" in asked.stdout
    return words[0] != "windsock-updater" or run("curl", "-s", f"http://{address}:{port}/healthz", check=False).stdout == "ok\n"


class Machine:
    """What a reader has: a folder, and daemons that are called by their programs' names."""

    def __init__(self, folder):
        self.folder, self.daemons, self.commands = folder, {}, {}
        self.ports = {port: str(free_port()) for port in ("5353", "8053", "8443", "5302")}
        for shown in ("doc", "examples"):
            (folder / shown).symlink_to(TOP / shown)
        (folder / "bin").mkdir()
        (folder / "bin/journalctl").write_text(JOURNALCTL)
        (folder / "bin/journalctl").chmod(0o755)
        self.env = {**os.environ, "PATH": f"{folder}/bin:{BUILD}:{os.environ['PATH']}:/usr/sbin", "HOME": str(folder),
                    "LC_ALL": "C.UTF-8", "WINDSOCK_REGISTRY": str(folder / "registry")}

    def here(self, text):
        """With the ports of this test in the place of the guide's."""
        return re.sub(r"\b(?:5353|8053|8443|5302)\b", lambda port: self.ports[port[0]], text)

    def start(self, command):
        words = [self.folder / word if (self.folder / word).exists() else word for word in shlex.split(command)]
        name = words[0] if words[0] not in self.commands or self.commands[words[0]] == command else command
        self.commands[name] = command
        self.daemons[name] = Daemon(words[0], [BUILD / words[0], *words[1:]], self.folder / f"{words[0]}.log", self.env)
        assert eventually(lambda: listens(command) or not self.daemons[name].running()), self.daemons[name].text()
        assert self.daemons[name].running(), self.daemons[name].text()

    def systemctl(self, verb, name):
        """As the units of contrib/systemd have it."""
        old = self.daemons[name]
        if verb in ("stop", "restart"):
            old.stop()
        if verb in ("start", "restart"):
            self.start(self.commands[name])
        if verb == "reload":
            words = [self.folder / word if (self.folder / word).exists() else word for word in shlex.split(self.commands[name])]
            self.daemons[name] = Daemon(name, [BUILD / name, *words[1:], "--replace"], old.log, self.env)
            assert old.process.wait(60) == 0, old.text()
            old.judged = True

    def run(self, command):
        """What it prints, both streams."""
        words = command.split()
        if words[-1] == "&":
            return self.start(command.removesuffix("&").strip()) or ""
        if words[0] == "systemctl":
            return self.systemctl(*words[1:]) or ""
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120).stdout

    def follow(self, guide):
        todo, faults = steps(self.here(PAGES[guide])), []
        assert todo
        try:
            for command, shown in todo:
                printed = self.run(command)
                with open(f"{self.folder}.transcript", "a") as transcript:  # for who writes a page
                    transcript.write(f"$ {command}\n{printed}")
                if not agrees(shown, printed):
                    faults.append(f"$ {command}\nthe guide shows:\n{shown}\nit printed:\n{printed}")
        finally:
            for daemon in self.daemons.values():
                daemon.stop()
        assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize("guide", sorted(PAGES.keys() - SECLUDED - OTHERS))
def test_the_guide(tmp_path, guide):
    Machine(tmp_path).follow(guide)


@in_namespace
def test_white_labels(tmp_path):
    """The parent of the guide's customer is a server of its own, which a resolver finds."""
    follow_with_the_dns(tmp_path, "white-labels")


@in_namespace
def test_troubleshooting(tmp_path):
    follow_with_the_dns(tmp_path, "troubleshooting")


def follow_with_the_dns(folder, guide):
    run("ip", "address", "add", "192.0.2.53/32", "dev", "lo")
    run("mount", "-t", "tmpfs", "-o", "size=64m", "none", folder)  # a disk that is soon full
    machine = Machine(folder)
    machine.ports = {port: port for port in machine.ports}
    (folder / "parent").mkdir()
    unbound = resolver(folder, "example", "192.0.2.1")
    try:
        machine.follow(guide)
    finally:
        unbound.stop()


def test_the_book_has_all_pages():
    listed = re.findall(r"\]\(([a-z-]+)\.md\)", (TOP / "doc/README.md").read_text())
    assert sorted(listed) == sorted(PAGES)
    for page, text in PAGES.items():
        for link in re.findall(r"\]\(([^):#]+)[)#]", text):
            assert (TOP / "doc" / link).exists(), (page, link)


def test_monitoring_tells_of_each_finding():
    """What `check` can find stands in the page's table, by the words between its names and numbers."""
    unknown = []
    for source in (TOP / "tools/watch").glob("check*.c"):
        text = re.sub(r'"\s*"', "", source.read_text())
        for call in re.findall(r"\bfind\(.*?;", text, re.S):
            for said in re.findall(r'"((?:[^"\\]|\\.)+)"', call):
                parts = [part.strip(" :;,(") for part in re.split(r"%[0-9.]*[a-z]+|[:,] ", said)]
                parts = [part for part in parts if " " in part]
                if parts and max(parts, key=len) not in PAGES["monitoring"]:
                    unknown.append(said)
    assert not unknown, "\n".join(unknown)
