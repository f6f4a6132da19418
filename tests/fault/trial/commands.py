# SPDX-License-Identifier: BSD-2-Clause
"""Verbs of the command, each run once for each of its calls, which fails: done whole or not at all, in a clear word."""
import os
import pathlib
import re
import shutil

from harness import BUILD, SANITIZER, run as run_well
from page import Page, fell_elsewhere, ours
from program import run
from state import content, unwell

ZONE = """$ORIGIN kites.test.
$TTL 3600
@ SOA ns1 hostmaster 1 3600 600 1209600 60
@ NS ns1
ns1 A 192.0.2.53
""" + "".join(f"static{i} A 192.0.2.{i}\nstatic{i} TXT \"{i}\"\n" for i in range(60))
FORCE = ("--force", "--reason", "the trial")

# The verb; whether it changes the registry; what it reads.
VERBS = {
    "init": (("init",), True, None),
    "drain": (("relay", "drain", "r1", *FORCE), True, None),
    "host": (("host", "set", "a.kites.test", "--address", "198.51.100.77"), True, None),
    "account": (("account", "add", "other", "--password-stdin", "--hosts", "*.other.kites.test"), True, "battery staple\n"),
    "zone-import": (("zone", "import", "kites.test", "zone.txt"), True, None),
    "import": (("import", "whole.txt"), True, None),
    "sign": (("dnssec", "sign", "kites.test"), True, None),
    "roll": (("dnssec", "roll", "signed.test", "--zsk"), True, None),
    "export": (("export",), False, None),
    "status": (("status", "--json"), False, None),
    "explain": (("pool", "explain", "fe4_152", "--zone", "kites.test"), False, None),
    "zone-export": (("zone", "export", "kites.test"), False, None),
    "log": (("log",), False, None),
}
# What a message may call the cause. SQLite has texts of its own.
CAUSE = re.compile(r"memory|randomness|database is locked|may be lost|I/O|disk|full|locking protocol|unable to open|readonly|authorization|cannot|could not")
# What may not be said for a database's or system's error.
LIE = re.compile(r"\bno such|there is no|is not there|unknown|not found|does not exist|no zone|no relay|no host|is empty", re.I)


def fill(directory):
    """A registry with one of each."""
    directory.mkdir()
    registry = directory / "registry"

    def windsock(*words, **more):
        run_well(BUILD / "windsock", "--registry", registry, *words, **more)
    windsock("init")
    for zone in ("kites.test", "signed.test"):
        windsock("zone", "add", zone, "--ns", f"ns1.{zone}=192.0.2.53")
    windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    for i in (1, 2, 3):
        windsock("relay", "add", f"r{i}", "--address", f"192.0.2.1{i}", "--tls", "1.2-1.3")
    windsock("account", "add", "demo", "--password-stdin", "--hosts", "*.kites.test", "--allow-private",
             input="correct horse\n")
    for host in ("a", "b"):
        windsock("host", "add", f"{host}.kites.test", "--account", "demo", "--address", "198.51.100.1")
    windsock("account", "add", "ops", "--role", "operator", "--allow-private", "--password-stdin", input="battery\n")
    windsock("dnssec", "sign", "signed.test", "--split")
    return registry


def alike(text, scratch):
    """Without what is another each time."""
    return re.sub(r"\d+", "0", text.replace(str(scratch), ""))


def keys_of(directory):
    """How many key files there are, whole and left over."""
    files = sorted(path.suffix for path in directory.glob("registry.dnssec/*"))
    return files


class Command:
    """One verb in a scratch directory of its own."""

    def __init__(self, name, template, scratch):
        self.name, self.template, self.scratch = name, template, scratch
        self.words, self.changes, self.input = VERBS[name]
        scratch.mkdir()
        self.page = Page(scratch / "page")
        self.env = self.page.environment()
        self.home = scratch / "home"

    def fresh(self):
        shutil.rmtree(self.home, ignore_errors=True)
        if self.name == "init":
            self.home.mkdir()
        else:
            shutil.copytree(self.template, self.home)

    def windsock(self):
        self.page.map[512:768] = bytes(256)
        return run([BUILD / "windsock", "--registry", self.home / "registry", *self.words], self.env, self.home, self.input)

    def held(self):
        registry = self.home / "registry"
        return (content(registry) if registry.exists() and registry.stat().st_size > 0 else {}, keys_of(self.home))

    def measure(self):
        """Once without a fault: the calls by kind, and who asked for memory."""
        self.fresh()
        self.page.forget()
        self.before = self.held()
        self.page.trace(True)
        well = self.windsock()
        self.page.trace(False)
        assert well.status == 0, (self.name, well.err)
        counts, sites = self.page.counts(), self.page.sites()
        self.after, self.out, self.seconds = self.held(), alike(well.out, self.scratch), well.seconds
        return counts, sites

    def attempt(self, point):
        """What is wrong with it; nothing where all is well, None where the fault was not reached."""
        self.fresh()
        self.page.arm(point)
        ended = self.windsock()
        self.page.disarm()
        if self.page.struck() == 0:
            return None
        return list(self.judge(point, ended))

    def judge(self, point, ended):
        if ended.status < 0 and any("login" in frame for frame in ours(self.page)):
            return  # glibc 2.36 asserts and crashes while it looks for a user without memory: before anything is done
        if ended.status < 0 and fell_elsewhere(self.page):
            return
        if ended.status < 0 or ended.status > 3 or SANITIZER.search(ended.err):
            yield f"crash: status {ended.status}: {ended.err[-1500:]}"
            return
        if ended.seconds > 5 + 20 * self.seconds:
            yield f"busy: {ended.seconds} s of a processor"
        if self.name == "init" and ended.status != 0:  # it may be begun, and is done by the next
            again = self.windsock()
            if again.status != 0 or self.held() != self.after:
                yield f"cannot be done again: {again.err!r}"
        registry = self.home / "registry"
        if registry.exists() and registry.stat().st_size > 0:
            for trouble in unwell(registry):
                yield f"unwell: {trouble}"
                return
        held = self.held()
        if ended.status == 0:
            yield from self.judge_done(point, ended, held)
        else:
            yield from self.judge_refusal(point, ended, held)

    def judge_done(self, point, ended, held):
        if self.changes and held != self.after:
            yield f"said done, and was not: {ended.err!r} {difference(held, self.after)}"
        if not self.changes and alike(ended.out, self.scratch) != self.out and not ended.err \
                and point.kind not in ("clock", "socket", "connect"):  # with these it says who cannot be asked
            yield f"said something else, and done: {ended.out[-200:]!r} {ended.err[-300:]!r}"

    def judge_refusal(self, point, ended, held):
        if self.name == "init":
            pass
        elif held[0] not in (self.before[0], self.after[0]):
            yield f"half applied: {ended.err!r} {difference(held, self.before)}"
        elif held[0] == self.after[0] != self.before[0] and not re.search("it is done, but|may be lost", ended.err):
            yield f"done, and said failed: {ended.err!r}"
        if not ended.err.strip():
            yield f"without a word: status {ended.status}"
        elif LIE.search(ended.err):
            yield f"a lie: {ended.err!r}"
        elif not CAUSE.search(ended.err) and not strerror(point) in ended.err and point.kind != "clock":
            yield f"an unclear word: {ended.err!r}"


def strerror(point):
    return os.strerror(point.error) if point.error > 0 else "\0"


def difference(one, other):
    tables = [(table, [r for r in one[0].get(table, []) if r not in other[0].get(table, [])],
               [r for r in other[0].get(table, []) if r not in one[0].get(table, [])])
              for table in one[0].keys() | other[0].keys()]
    return str([t for t in tables if t[1] or t[2]])[:600] + f" keys {one[1]} {other[1]}"


def make_template(directory):
    registry = fill(directory)
    (directory / "zone.txt").write_text(ZONE)
    whole = run_well(BUILD / "windsock", "--registry", registry, "export").stdout
    (directory / "whole.txt").write_text(whole.replace("weight=100", "weight=50").replace("198.51.100.1", "198.51.100.2"))
    said = run_well(BUILD / "windsock", "--registry", registry, "tsig", "add", "up", "--account", "ops").stdout
    (directory / "tsig.txt").write_text(re.search(r"up:(\S+)", said).group(1))
    return pathlib.Path(directory)
