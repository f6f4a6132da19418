#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Fails each call of the system that windsock makes, one after the other.

Scenarios are verbs of the command (trial/commands.py), each run once for every call that it makes, and daemons that start,
answer, take updates, transfer, follow and stop (trial/daemons.py) while one of theirs fails. A preloaded library
(interpose.c) counts calls by kind and fails the one that it is told to, once, by half or from then on. At each point: no
crash and no sanitizer's word (a leak, too, where it was built with them); nothing acknowledged lost; nothing half applied,
and the change log says what the rows say; a word that names the cause, and never one that something is not there; no circle.

Of memory, which is asked for ten thousand times by a verb, the whole run takes the first and the last call of each way there
(all callers within the program); --every takes all. The slice takes one of each kind by chance, in some scenarios.

usage: fault.py [--slice] [--every] [--most N] [--jobs N] [--seed N] [--kinds KIND...] [SCENARIO]..."""
import argparse
import collections
import concurrent.futures
import pathlib
import queue
import random
import shutil
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "trial"), str(HERE.parent / "func")]
import commands  # noqa: E402
import daemons  # noqa: E402
from page import WAYS, Point, describe  # noqa: E402


SLICE = ("drain", "import", "roll", "status", "dnsd-start", "updates", "updater-start", "forwarding", "transfers")


def first_and_last(sites):
    """Numbers of calls, from 1: the first and the last from each site."""
    numbers = collections.defaultdict(list)
    for number, site in enumerate(sites, 1):
        numbers[site].append(number)
    return sorted({number for of in numbers.values() for number in (of[0], of[-1])})


def points_of(counts, sites, options, dice):
    """All of them; or of each kind some, by chance."""
    for kind, count in counts.items():
        if options.kinds and kind not in options.kinds:
            continue
        numbers = first_and_last(sites) if kind == "memory" and sites and not options.every else range(1, count + 1)
        points = [Point(kind, k, error, how) for k in numbers for error, how in WAYS[kind]]
        most = options.most
        yield from points if most is None or len(points) <= most else dice.sample(points, most)


class Tally:
    def __init__(self):
        self.points, self.sites, self.faults = collections.Counter(), set(), {}
        self.lock = threading.Lock()

    def note(self, scenario, point, page, found):
        """FOUND is None where the call was not made this time. A sanitizer that asks for memory takes no refusal."""
        if found is None or any("libasan" in library for library, _ in page.where()[:6]):
            return
        with self.lock:
            self.points[scenario, point.kind] += 1
            self.sites.add((scenario, tuple(page.where()[:8])))
            for fault in found:
                key = scenario, point.kind, fault[:30], tuple(page.where()[:4])
                if key not in self.faults:
                    print(f"FAULT {scenario}: {point}: {fault}\n    {describe(page)}", flush=True)
                self.faults.setdefault(key, []).append(point)

    def of(self, scenario):
        return sum(count for (name, _), count in self.points.items() if name == scenario)

    def table(self):
        """Points by scenario and kind of call."""
        for scenario in dict.fromkeys(name for name, _ in self.points):
            yield f"{scenario}: " + ", ".join(f"{count} {kind}" for (name, kind), count in self.points.items()
                                              if name == scenario)


def try_command(name, template, scratch, options, dice, tally):
    """Workers have a directory each."""
    free = queue.Queue()
    for i in range(options.jobs):
        command = commands.Command(name, template, scratch / f"{name}{i}")
        counts, sites = command.measure()
        free.put(command)

    def attempt(point):
        command = free.get()
        try:
            tally.note(name, point, command.page, command.attempt(point))
        finally:
            free.put(command)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for _ in pool.map(attempt, points_of(counts, sites, options, dice)):
            pass


def try_daemon(name, template, scratch, options, dice, tally):
    kind, target = daemons.TRIALS[name]
    trial = kind(name, target, template, scratch / name)
    try:
        for point in points_of(trial.measure(), None, options, dice):
            tally.note(name, point, trial.page, trial.attempt(point))
    finally:
        for fault in trial.close() or []:
            print(f"FAULT {name}: at its end: {fault}")
            tally.faults[name, fault] = [None]


def try_all(names, template, scratch, options, dice, tally):
    """Verbs on all processors, one verb after the other; then daemons, a scenario on each."""
    def one(name):
        began = time.monotonic()
        (try_command if name in commands.VERBS else try_daemon)(name, template, scratch, options, dice, tally)
        print(f"{name}: {tally.of(name)} points, {time.monotonic() - began:.0f} s", flush=True)
    for name in (name for name in names if name in commands.VERBS):
        one(name)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, (name for name in names if name in daemons.TRIALS)))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true")
    options.add_argument("--every", action="store_true")
    options.add_argument("--most", type=int)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kinds", nargs="*")
    options.add_argument("scenarios", nargs="*", default=[*commands.VERBS, *daemons.TRIALS])
    options = options.parse_args()
    if options.slice:
        options.most, options.scenarios = 1, SLICE
    dice = random.Random(options.seed)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="windsock-fault-"))
    tally, began = Tally(), time.monotonic()
    try:
        template = commands.make_template(scratch / "template")
        try_all(options.scenarios, template, scratch, options, dice, tally)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("\n".join(tally.table()))
    print(f"{sum(tally.points.values())} points at {len(tally.sites)} places in {time.monotonic() - began:.0f} s: "
          f"{len(tally.faults)} faults")
    return 1 if tally.faults or not tally.points else 0


if __name__ == "__main__":
    sys.exit(main())
