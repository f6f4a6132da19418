#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Kills each daemon (SIGKILL) at any moment under load, and starts it again.

Writers update two hosts in a request, one request after the other, and keep a ledger of what was acknowledged. After each kill
of the updater the registry must have all of it, and nothing by half; after each of the name server, which answers as soon as it
says that it is ready, DNS must have it; the prober is killed while it writes what it saw of relays that are and are not there. In
the end the registry is whole, its log says what its rows say, and DNS has what the registry has.

usage: kill.py [--slice] [--kills N] [--seed N]"""
import argparse
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "trial"), str(HERE.parent / "func")]
from harness import BUILD, SANITIZER, Daemon, World, eventually, free_port  # noqa: E402
from state import unwell  # noqa: E402
from test_durability import Writer, in_registry, judge, judge_dns  # noqa: E402

WRITERS = 4
RELAYS = 12


class Killing:
    """One daemon, started again and again."""

    def __init__(self, world, dice, name, *options):
        self.world, self.dice, self.name = world, dice, name
        self.command = [BUILD / name, "--registry", world.registry, *options]
        self.log = world.dir / f"{name}.killed.log"
        self.kills = 0

    def start(self):
        self.log.unlink(missing_ok=True)
        return Daemon(self.name, self.command, self.log)

    def once(self, busy):
        """Starts it, waits until it is at work, or not, and kills it a little later."""
        daemon = self.start()
        if self.kills % 10 == 9:  # before it is ready, perhaps
            time.sleep(self.dice.uniform(0, 0.05))
        else:
            assert eventually(lambda: not daemon.running() or busy(daemon), every=0.002), daemon.text()
            time.sleep(self.dice.uniform(0, 0.04))
        assert daemon.running(), f"{self.name} ended: {daemon.text()}"
        daemon.kill()
        assert not SANITIZER.search(daemon.text()) and " error: " not in daemon.text(), daemon.text()
        self.kills += 1


def is_ready(daemon):
    return " notice: ready " in daemon.text()


def kill_updater(world, writers, dice, kills):
    killing = Killing(world, dice, "windsock-updater", "--listen", f"127.0.0.1:{world.http_port}")
    world.updater.kill()
    for kill in range(kills):
        before = sum(writer.count for writer in writers)
        killing.once(lambda _: sum(writer.count for writer in writers) > before)
        judge(world, writers, [writer.acknowledged for writer in writers])
    world.start_updater()
    return killing.kills


def kill_dnsd(world, writers, dice, kills):
    killing = Killing(world, dice, "windsock-dnsd", "--listen", f"127.0.0.1:{world.dns_port}", "--rate-limit", 0,
                      "--copy-interval", 1)
    world.dnsd.kill()

    def answers(daemon):
        if not is_ready(daemon):
            return False
        which = killing.kills % WRITERS
        judge_dns(world, writers[which:which + 1], acknowledged[which:which + 1])
        return True
    for kill in range(kills):
        acknowledged = [writer.acknowledged for writer in writers]
        killing.once(answers)
    world.start_dnsd()
    return killing.kills


def kill_prober(world, writers, dice, kills):
    killing = Killing(world, dice, "windsock-prober", "--interval", 1)

    def sql(statement):
        connection = sqlite3.connect(world.registry, timeout=10)
        try:
            with connection:
                return connection.execute(statement).fetchone()
        finally:
            connection.close()
    for kill in range(kills):
        sql("DELETE FROM observation")  # so that there is something to be written
        killing.once(lambda _: sql("SELECT count(*) FROM observation") != (0,))
        if kill % 50 == 0:
            judge(world, writers, [writer.acknowledged for writer in writers])
    return killing.kills


def make_world():
    world = World(tempfile.mkdtemp(prefix="windsock-kill-"))
    world.init()
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test=192.0.2.53")
    world.account("demo", "*.kites.test", "--allow-private")
    for i in range(RELAYS):
        world.windsock("relay", "add", f"r{i}", "--address", f"127.0.0.{i + 1}", "--port", free_port(), "--tls", "1.2-1.3",
                       "--allow-private")
    world.start_dnsd()
    world.start_updater()
    return world


def settle(world, writers):
    """What is wrong in the end."""
    acknowledged = [writer.acknowledged for writer in writers]
    judge(world, writers, acknowledged)
    judge_dns(world, writers, acknowledged)
    held = in_registry(world)
    for writer in writers:
        for host in writer.hosts:
            if not eventually(lambda: world.answers(host) + world.answers(host, "AAAA") == held.get(host, "").split()):
                yield f"{host} is {held.get(host)}, and answered {world.answers(host)}"
    yield from unwell(world.registry)
    yield from (f"said {writer.odd[:3]}" for writer in writers if writer.odd)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slice", action="store_true")
    options.add_argument("--kills", type=int, help="of each daemon")
    options.add_argument("--seed", type=int)
    options = options.parse_args()
    kills = options.kills or (12 if options.slice else 5000)
    dice, began = random.Random(options.seed), time.monotonic()
    world = make_world()
    writers = [Writer(world.http_port, index) for index in range(WRITERS)]
    try:
        for writer in writers:
            writer.start()
        counts = {name: kill(world, writers, dice, kills) for name, kill in
                  (("updater", kill_updater), ("dnsd", kill_dnsd), ("prober", kill_prober))}
        for writer in writers:
            writer.stopping = True
        for writer in writers:
            writer.join(60)
        faults = list(settle(world, writers))
    finally:
        for writer in writers:
            writer.stopping = True
        world.close()
        shutil.rmtree(world.dir, ignore_errors=True)
    print("\n".join(f"FAULT: {fault}" for fault in faults))
    print(f"{', '.join(f'{count} kills of {name}' for name, count in counts.items())} under "
          f"{sum(writer.count for writer in writers)} updates in {time.monotonic() - began:.0f} s: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
