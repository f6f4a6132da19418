# SPDX-License-Identifier: BSD-2-Clause
"""A clock that is set forward and back under running daemons and under verbs: nobody waits for it, nothing expires by it."""
import os
import time

from harness import eventually, free_port

DAY = 86400


def changes(w):
    return int(w.sql("SELECT count(*) FROM change"))


def clock_of_updater(w):
    """What it takes for the time, as the last change says."""
    return int(w.sql("SELECT at FROM change WHERE id = (SELECT max(id) FROM change)"))


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
    for step, seconds in enumerate((1, -1, 3600, -3600, 400 * DAY, 0, -400 * DAY, 0, 4000 * DAY, 30 * DAY)):
        w.move(f"{seconds:+d}")
        days, count = seconds / DAY, changes(w)
        lives(w, f"198.51.100.{step + 2}")
        assert abs(clock_of_updater(w) - time.time() - seconds) < 60, seconds
        assert w.answers("frontends.kites.test") == ["192.0.2.1"]
        time.sleep(2.5)  # the log is looked at every second
        assert changes(w) >= count, (days, count, changes(w))
    w.move("-3000d")
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


def observed(w, relay):
    return w.sql(f"SELECT 1 FROM observation WHERE observer = 'prober' AND relay = '{relay}'")


def test_the_prober_goes_on(clocked):
    w = clocked
    w.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test=192.0.2.53")
    prober = w.start("windsock-prober", "--interval", 1)
    for number, seconds in enumerate((0, 1, -1, 3600, -3600, 3650 * DAY, -3650 * DAY, 0), 1):
        w.move(f"{seconds:+d}")
        w.windsock("relay", "add", f"r{number}", "--address", f"127.0.0.{number}", "--port", free_port(), "--tls", "1.2-1.3",
                   "--allow-private")
        assert eventually(lambda: observed(w, f"r{number}")), (seconds, prober.text())
    began = time.monotonic()
    prober.stop()
    assert time.monotonic() - began < 25


# What an operator does whose machine's clock is wrong. NAME becomes another one each time.
VERBS = """
zone add NAME.test --ns ns1.NAME.test=192.0.2.53
zone export NAME.test
relay add NAME --address 192.0.2.77 --tls 1.2-1.3
relay set NAME --weight 7
relay drain NAME --force --reason trial
relay resume NAME
relay invite NAME-invited
release add NAME 1 --pool frontends --tls 1.2
pool show frontends
pool explain frontends --zone kites.test
pool freeze frontends
pool thaw frontends
pool exclude frontends NAME
pool unrule frontends NAME
account add NAME --hosts *.NAME.test
account set NAME --new-token
host add NAME.kites.test --account demo --address 198.51.100.9
host set NAME.kites.test --address 198.51.100.10
tsig add NAME
secondary add NAME --address 192.0.2.9
dnssec sign NAME.test
dnssec status NAME.test
dnssec roll NAME.test
status
coverage
forecast
log
export
host remove NAME.kites.test
account remove NAME
secondary remove NAME
tsig remove NAME
relay remove NAME --force --reason trial
release remove NAME 1
zone remove NAME.test --force --reason trial
""".strip().split("\n")


def test_verbs_on_a_machine_whose_clock_is_wrong(clocked):
    """The daemons' clocks are right: what a verb changed is served all the same, and the log's ids only grow."""
    w = clocked
    w.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test=192.0.2.53")
    w.account("demo", "*.kites.test", "--allow-private")
    w.windsock("release", "add", "p", "1", "--pool", "frontends", "--tls", "1.2")
    w.windsock("relay", "add", "r1", "--address", "192.0.2.1", "--tls", "1.2-1.3")
    w.start_dnsd()
    newest = 0
    for number, offset in enumerate(("+1", "-1", "+3600", "-3600", "+3650d", "-3650d", "+12000d", "-20000d")):
        env = {**os.environ, "FAKETIME": offset}
        del env["FAKETIME_TIMESTAMP_FILE"]
        for line in VERBS:
            words = [word.replace("NAME", f"x{number}") for word in line.split()]
            said = w.windsock(*words, env=env, check=False, timeout=120)
            if words[0] == "dnssec" and said.returncode == 1:  # keys that begin tomorrow sign nothing today
                assert "active" in said.stderr or "until" in said.stderr, (offset, line, said.stderr)
                continue
            assert said.returncode == 0, (offset, line, said.stdout, said.stderr)
            count = int(w.sql("SELECT max(id) FROM change"))
            assert count >= newest, (offset, line)
            newest = count
            if line.startswith("host set"):
                assert eventually(lambda: w.answers(f"x{number}.kites.test") == ["198.51.100.10"]), (offset, w.dnsd.text())
    assert w.sql("PRAGMA integrity_check") == "ok"
    assert w.answers("frontends.kites.test") == ["192.0.2.1"]
