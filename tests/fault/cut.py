#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cuts the power at any moment, on paper, and opens what a disk may hold then.

While the updater takes updates and the command changes relays, notes and keys, a preloaded library (recorder.c) records what
is written, renamed and made durable, and we note how far that was at each answer. From the record come images of the disk
(trial/disk.py): at a moment, all that was written, only what was made durable, or some of it, torn and in another order. Each
is opened by the real command, which must read it; it is whole; what had been acknowledged is in it, and nothing by half; key
files are pairs; the last copy is whole. With a disk that says that it has written the log when it has not, losses must show,
or nothing is proved.

usage: cut.py [--slice] [--images N] [--seed N]"""
import argparse
import base64
import collections
import concurrent.futures
import copy
import http.client
import os
import pathlib
import queue
import random
import re
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "trial"), str(HERE.parent / "func")]
import commands  # noqa: E402
from disk import SYNCED, SYNCED_DIRECTORY, Disk, read_log  # noqa: E402
from harness import BUILD, Daemon, eventually, free_port, run as run_well  # noqa: E402
from state import unwell  # noqa: E402

HOSTS = 6  # pairs that are updated together


class Promise:
    """A number that only grows: acknowledged at places of the log, and issued before them."""

    def __init__(self):
        self.acknowledged, self.issued = [], 0

    def least(self, at):
        return max((number for end, number in self.acknowledged if end <= at), default=0)


class Recording:
    """What is done while all is recorded."""

    def __init__(self, template, directory):
        self.home = directory / "home"
        shutil.copytree(template, self.home)
        self.registry, self.log = self.home / "registry", directory / "log"
        for i in range(HOSTS):
            for side in "ab":
                run_well(BUILD / "windsock", "--registry", self.registry, "host", "add", f"{side}{i}.kites.test", "--account",
                         "demo", "--address", number_address(0))
        self.log.touch()
        self.env = {**os.environ, "LD_PRELOAD": str(BUILD / "tests/fault/recorder.so"), "RECORD_LOG": str(self.log),
                    "RECORD_DIRECTORY": str(self.home.resolve()),
                    "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        self.promises = collections.defaultdict(Promise)
        self.first = directory / "first"
        shutil.copytree(self.home, self.first)
        self.disk_at_first = Disk(self.home)
        self.port = free_port()

    def here(self):
        return self.log.stat().st_size

    def start(self, name, *options):
        log = self.home.parent / f"{name}.log"
        log.unlink(missing_ok=True)
        daemon = Daemon(name, [BUILD / name, "--registry", self.registry, *options], log, self.env)
        assert eventually(lambda: not daemon.running() or " notice: ready " in daemon.text()) and daemon.running(), daemon.text()
        return daemon

    def update(self, pair):
        promise = self.promises[f"pair{pair}"]
        promise.issued += 1
        address = number_address(promise.issued)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", f"/nic/update?hostname=a{pair}.kites.test,b{pair}.kites.test&myip={address}", headers={
            "Authorization": "Basic " + base64.b64encode(b"demo:correct horse").decode()})
        said = connection.getresponse().read().decode()
        connection.close()
        assert said == f"good {address}\n" * 2, said
        promise.acknowledged.append((self.here(), promise.issued))

    def command(self, promise, *words):
        """A verb that makes the promise's number one higher."""
        promise = self.promises[promise]
        promise.issued += 1
        run_well(BUILD / "windsock", "--registry", self.registry, *[str(word).replace("#", str(promise.issued)) for word in words],
                 env=self.env, timeout=60)
        promise.acknowledged.append((self.here(), promise.issued))

    def live(self, rounds, dice):
        """Updates; now and then a verb, a zone and its key, and another updater."""
        dnsd = self.start("windsock-dnsd", "--listen", f"127.0.0.1:{free_port()}", "--copy-interval", 1)
        updater = self.start("windsock-updater", "--listen", f"127.0.0.1:{self.port}")
        for round in range(rounds):
            self.update(dice.randrange(HOSTS))
            if round % 10 == 5:
                self.command("note", "relay", "set", "r1", "--note", "#")
            if round % 30 == 20:
                self.command("zones", "zone", "add", "z#.test", "--ns", "ns1.z#.test=192.0.2.53")
                self.command("keys", "dnssec", "sign", "z#.test")
            if round % 80 == 70:
                updater.stop()
                updater = self.start("windsock-updater", "--listen", f"127.0.0.1:{self.port}")
        updater.stop()
        dnsd.stop()


def number_address(number):
    return f"198.51.{number >> 8}.{number & 255}"


def address_number(address):
    parts = address.split(".")
    return int(parts[2]) << 8 | int(parts[3])


def judge(recording, home, at):
    """What is wrong with an image that was cut at that place of the log."""
    registry = home / "registry"
    opened = run_well(BUILD / "windsock", "--registry", registry, "export", check=False, timeout=60)
    if opened.returncode != 0:
        yield f"cannot be opened: {opened.stderr}"
        return
    for trouble in unwell(registry):
        yield f"unwell: {trouble}"
    held = {name: address_number(address) for name, address in
            re.findall(r"^host name=(\S+) .*?addresses=(\S+)", opened.stdout, re.M)}
    for pair in range(HOSTS):
        promise = recording.promises[f"pair{pair}"]
        one, other = held[f"a{pair}.kites.test"], held[f"b{pair}.kites.test"]
        if one != other:
            yield f"half applied: {one} {other}"
        if one < promise.least(at) or one > promise.issued:
            yield f"pair {pair}: lost: {one}, {promise.least(at)} was acknowledged"
    note = int((re.findall(r"^relay name=r1 .*note=(\d+)", opened.stdout, re.M) or [0])[0])
    if note < recording.promises["note"].least(at):
        yield f"a relay's note is lost: {note}, {recording.promises['note'].least(at)} was acknowledged"
    yield from judge_files(recording, home, at)


def judge_files(recording, home, at):
    """Key files in pairs, at least as many as were promised; the registry's key; the last copy."""
    stems = {ending: {path.stem for path in home.glob(f"registry.dnssec/K*.{ending}")} for ending in ("key", "private")}
    if stems["key"] - stems["private"]:
        yield f"keys without their secret halves: {stems}"
    first = len(list(recording.first.glob("registry.dnssec/K*.key")))
    if len(stems["key"]) < first + recording.promises["keys"].least(at):
        yield f"keys are lost: {len(stems['key'])}, {first} and {recording.promises['keys'].least(at)} were made"
    if at % 5 == 0:  # some
        asked = run_well(BUILD / "windsock", "--registry", home / "registry", "dnssec", "status", "signed.test", check=False)
        if asked.returncode != 0 and "name server" not in asked.stderr:
            yield f"the zone's keys: {asked.stderr}"
    last = home / "registry.last"
    if last.exists():
        for trouble in unwell(last):
            yield f"the last copy: {trouble}"


def moments(operations, count, dice):
    """Places to cut at: after COUNT operations, those before something is made durable the likelier."""
    weights = [4 if i + 1 < len(operations) and operations[i + 1].what in (SYNCED, SYNCED_DIRECTORY) else 1
               for i in range(len(operations))]
    return collections.Counter(dice.choices(range(len(operations)), weights, k=count))


def images(recording, count, dice, lies=()):
    """(place in the log, how, disk, image), in the order of the log."""
    operations = read_log(recording.log)
    chosen = moments(operations, count, dice)
    disk = copy.deepcopy(recording.disk_at_first)
    disk.lies = lies
    for number, operation in enumerate(operations):
        disk.take(operation)
        for i in range(chosen[number]):
            how = ("none", "some", "all", "some")[(number + i) % 4]
            yield operation.end, how, disk, disk.image(how, dice)


def try_images(recording, found, options, quiet=False):
    """How many were judged, by how; the faults."""
    tally, faults = collections.Counter(), collections.Counter()
    homes = queue.Queue()
    for i in range(options.jobs):
        homes.put(recording.home.parent / f"image{i}")

    def attempt(one):
        at, how, disk, image = one
        home = homes.get()
        try:
            shutil.rmtree(home, ignore_errors=True)
            disk.write(image, home)
            return how, at, list(judge(recording, home, at))
        finally:
            homes.put(home)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = collections.deque()
        for one in found:
            pending.append(pool.submit(attempt, one))
            if len(pending) > 2 * options.jobs:
                note(pending.popleft().result(), tally, faults, quiet)
        for rest in pending:
            note(rest.result(), tally, faults, quiet)
    return tally, faults


def note(result, tally, faults, quiet):
    how, at, wrong = result
    tally[how] += 1
    for fault in wrong:
        if not faults[fault[:30]] and not quiet:
            print(f"FAULT at {at}, {how} of what was not durable: {fault}", flush=True)
        faults[fault[:30]] += 1


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true")
    options.add_argument("--images", type=int)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    count = options.images or (80 if options.slice else 10000)
    dice, began = random.Random(options.seed), time.monotonic()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="windsock-cut-")).resolve()
    try:
        template = commands.make_template(scratch / "template")
        recording = Recording(template, scratch / "one")
        recording.live(90 if options.slice else 500, dice)
        tally, faults = try_images(recording, images(recording, count, dice), options)
        print(f"{sum(tally.values())} images ({', '.join(f'{n} {how}' for how, n in tally.items())}) of "
              f"{len(read_log(recording.log))} operations and {sum(len(p.acknowledged) for p in recording.promises.values())} "
              f"acknowledgements in {time.monotonic() - began:.0f} s: {sum(faults.values())} faults")
        lying, lost = try_images(recording, images(recording, 20 if options.slice else 300, dice, ("-wal",)), options, True)
        print(f"of a disk that lies about the write-ahead log, {sum(lying.values())} images show {sum(lost.values())} losses")
        if not lost:
            print("FAULT: a disk that forgets the write-ahead log loses nothing: this proves nothing")
        return 1 if faults or not lost else 0
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
