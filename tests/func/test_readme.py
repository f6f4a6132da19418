# SPDX-License-Identifier: BSD-2-Clause
"""The tour of README.md, followed to the letter.

Between `<!-- tour -->` and `<!-- end of tour -->`, the fenced blocks marked `console` are run in order
in one shell session's world; a line `$ COMMAND` is a command (a trailing backslash continues it), what
follows is its output, in which `...` stands for anything, on a line or, alone on a line, for any lines. In an HTML comment
such a block is run as well, but not shown."""
import os
import re
import subprocess

import pytest

from harness import BUILD, TOP, Daemon, eventually

TOUR = re.compile(r"<!-- tour -->(.*?)<!-- end of tour -->", re.S)
BLOCK = re.compile(r"^(?:```|<!-- )console\n(.*?)^(?:```|-->)$", re.S | re.M)


def steps(text):
    """(command, output) of each step."""
    found = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = part.split("\n")
            count = 1
            while lines[count - 1].endswith("\\"):
                count += 1
            found.append(("\n".join(lines[:count]), "\n".join(lines[count:]).strip("\n")))
    return found


def agrees(shown, printed):
    """Whether what README shows is what was printed."""
    pattern = "".join("(?:.*\n)*?" if line.strip() == "..." else
                      ".*?".join(re.escape(piece) for piece in line.rstrip().split("...")) + "[ \t]*\n"
                      for line in shown.split("\n")) if shown else ""
    return re.fullmatch(pattern, printed.strip("\n") + "\n" if printed.strip("\n") else "") is not None


def test_comparing():
    assert agrees("", "") and agrees("a\nb", "a\nb\n") and agrees("a ... c", "a b c\n")
    assert agrees("a\n...\nz", "a\nb\nc\nz\n") and agrees("...", "")
    assert not agrees("", "a\n") and not agrees("a", "") and not agrees("a\nb", "a\n")
    assert not agrees("a ... c", "a b d\n") and not agrees("a.c", "abc\n")
    assert steps("```console\n$ one \\\n  two\nout\n$ three\n```\n") == [("one \\\n  two", "out"), ("three", "")]
    assert steps("<!-- console\n$ one\n-->\n\n<!-- not\n$ two\n-->\n") == [("one", "")]


def test_the_tour(tmp_path):
    tour = TOUR.search((TOP / "README.md").read_text())
    if tour is None:
        pytest.skip("README.md has no tour yet")
    todo = [(command, shown) for command, shown in steps(tour[1])]
    assert todo, "the tour has no commands"
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}", "WINDSOCK_BUILD": str(BUILD), "HOME": str(tmp_path),
           "LC_ALL": "C.UTF-8"}
    # tools/run is in the foreground in the tour's first shell; the rest is typed in the second
    log = tmp_path / "run.log"
    service = Daemon("tools/run", [TOP / "tools/run", "--dir", tmp_path / "var"], log, env)
    env["WINDSOCK_REGISTRY"] = str(tmp_path / "var" / "registry")
    faults = []
    try:
        eventually(lambda: "\nready" in service.text() or not service.running(), 120)
        assert "\nready" in service.text(), service.text()
        for command, shown in todo:
            if command.startswith("tools/run"):
                assert not shown or agrees(shown, service.text()) or "ready" in shown
                continue
            command = command.replace("var/", f"{tmp_path}/var/")
            done = subprocess.run(["bash", "-c", command], cwd=TOP, env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
            if not agrees(shown, done.stdout):
                faults.append(f"$ {command}\nREADME.md shows:\n{shown}\nit printed:\n{done.stdout}")
    finally:
        service.stop()
    assert not faults, "\n\n".join(faults)
