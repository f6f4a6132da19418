# SPDX-License-Identifier: BSD-2-Clause
"""A clock that is set forward and back under running daemons: nobody waits for it, nothing expires by it."""
import glob
import time

import pytest

from harness import World, eventually

DAY = 86400


@pytest.fixture
def clocked(tmp_path, monkeypatch):
    """A world under a clock that a file moves; what only grows is left as it is, as the kernel does."""
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    library, = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    for name, value in {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                        "DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}.items():
        monkeypatch.setenv(name, value)
    w = World().init()
    w.move = lambda days: clock.write_text(f"{days:+d}d\n")
    yield w
    w.close()


def changes(w):
    return int(w.sql("SELECT count(*) FROM change"))


def lives(w, address):
    """An update is answered, and served."""
    assert w.update("a.kites.test", address, ("demo", "correct horse")) == [f"good {address}"]
    assert eventually(lambda: w.answers("a.kites.test") == [address])


def test_a_clock_that_jumps(clocked):
    w = clocked
    w.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test=192.0.2.53")
    w.account("demo", "*.kites.test", "--allow-private")
    w.windsock("relay", "add", "r1", "--address", "192.0.2.1", "--tls", "1.2-1.3")
    w.windsock("release", "add", "p", "1", "--pool", "frontends", "--tls", "1.2")
    w.windsock("secondary", "add", "ns2", "--address", "127.0.0.1", "--port", "9")
    w.sql(f"UPDATE change SET at = at - {80 * DAY}")  # as if it had been made by and by
    w.start_dnsd()
    w.start_updater()
    lives(w, "198.51.100.1")
    for step, days in enumerate((400, 0, -400, 0, 4000, 30)):
        w.move(days)
        count = changes(w)
        lives(w, f"198.51.100.{step + 2}")
        assert w.answers("frontends.kites.test") == ["192.0.2.1"]
        time.sleep(2.5)  # the log is looked at every second
        assert changes(w) >= count, (days, count, changes(w))
    w.move(-3000)
    began = time.monotonic()
    w.updater.stop()
    w.dnsd.stop()
    assert time.monotonic() - began < 25


def test_what_is_old_still_goes(clocked):
    w = clocked
    w.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test=192.0.2.53")
    for i in range(5):
        w.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.{i + 1}", "--tls", "1.2-1.3")
    oldest = "(SELECT min(id) FROM change)"
    w.sql(f"UPDATE change SET at = unixepoch() - {100 * DAY} WHERE id < {oldest} + 3")
    count = changes(w)
    w.start_dnsd()
    w.start_updater("--log-days", 90)
    assert eventually(lambda: changes(w) <= count - 3)
    time.sleep(2)
    assert changes(w) >= count - 3
