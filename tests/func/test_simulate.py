# SPDX-License-Identifier: BSD-2-Clause
"""windsock simulate: the migration of 2016, replayed; and its opposite."""
import json
import re
import resource

import pytest

from harness import BUILD, TOP, run

MIGRATION = TOP / "examples/migration-2016.scenario"
ONE_POOL = TOP / "examples/one-pool-for-all.scenario"
SMALL = TOP / "examples/rehearsal.scenario"


def simulate(*words, **more):
    return run(BUILD / "windsock", "simulate", *words, timeout=120, **more)


def report(*words, status=0):
    done = simulate(*words, "--json", check=False)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def releases(day):
    return {f"{row['product']} {row['version']}": row for row in day["releases"]}


@pytest.fixture(scope="module")
def migration():
    return report(MIGRATION, "--days")


@pytest.fixture(scope="module")
def one_pool():
    return report(ONE_POOL, "--days", status=3)


def test_the_migration_strands_nobody(migration):
    assert migration["stranded"] == {"client_days": 0, "avoidable_client_days": 0, "client_hours": 0}
    assert migration["days_simulated"] == len(migration["days"]) == 822
    assert migration["days"][0]["date"] == "2016-03-01" and migration["days"][-1]["date"] == "2018-05-31"
    for day in migration["days"]:
        assert sum(row["clients"] for row in day["releases"]) == migration["clients"] == 100000
        assert all(row["connected"] == row["clients"] and row["why"] == {} for row in day["releases"])
        assert sum(day["load"].values()) == 100000


def test_the_migration_is_the_story_of_the_seed(migration):
    first, last = migration["days"][0], migration["days"][-1]
    assert releases(first)["pagekite.py 0.5.6d"]["clients"] == 60000
    assert 0 < releases(last)["pagekite.py 0.5.6d"]["clients"] < 10000
    old = [releases(day)["pagekite.py 0.5.6d"]["clients"] for day in migration["days"]]
    assert old == sorted(old, reverse=True)
    notes = [note for day in migration["days"] for note in day["notes"]]
    assert notes == [f"pool frontends shrinks to {size}" for size in (5, 4, 3, 2, 1)]
    moved = re.findall(r"relay set (fe\d) os=debian8", MIGRATION.read_text())
    assert moved == ["fe6", "fe5", "fe4", "fe3", "fe2"]
    assert all(last["load"][relay] > 0 for relay in moved + ["fe1", "fe7"])


def test_one_pool_for_all_strands_on_the_first_new_relay_s_day(one_pool):
    joined = next(day["date"] for day in one_pool["days"] if any("debian8" in action for action in day["actions"]))
    first = one_pool["stranded"]["first"]
    assert joined == first["date"] == "2016-04-12"
    assert (first["version"], first["cause"]) == ("0.5.6d", "nearest relay in the answer incompatible")
    assert first["avoidable"] and "fe7 speaks 1.0-1.2, but it needs ssl3" in first["reason"]
    for day in one_pool["days"]:
        for name, row in releases(day).items():
            stranded = name == "pagekite.py 0.5.6d" and day["date"] >= joined
            assert (row["stranded"] > 0) == stranded, (day["date"], name)
            assert row["connected"] + row["stranded"] == row["clients"]
            assert sum(row["why"].values()) == row["stranded"] == row["avoidable"]
    counts = [releases(day)["pagekite.py 0.5.6d"]["stranded"] for day in one_pool["days"]]
    assert one_pool["stranded"]["client_days"] == one_pool["stranded"]["avoidable_client_days"] == sum(counts)
    assert one_pool["stranded"]["worst"]["clients"] == max(counts) > 5000


def test_the_text_says_the_same():
    done = simulate(ONE_POOL, check=False)
    assert done.returncode == 3 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "2016-03-01 to 2016-12-31: 306 days, 100000 clients in 4000 networks, seed 1"
    assert any(line.startswith("first stranded: 2016-04-12, pagekite.py 0.5.6d: ") for line in lines)
    shown = [line for line in lines if re.fullmatch(r"\d{4}-\d\d-\d\d", line)]
    assert shown == ["2016-03-01", "2016-04-12", "2016-06-13", "2016-06-15", "2016-10-10", "2016-10-12", "2016-12-31"]
    assert simulate(MIGRATION).stdout.endswith("\nstranded: nobody\n")


def test_the_seed_decides():
    one, again = simulate(SMALL, check=False).stdout, simulate(SMALL, "--seed", "1", check=False).stdout
    other = simulate(SMALL, "--seed", "2", check=False).stdout
    assert one == again
    assert other.replace("seed 2", "seed 1") != one
    assert "first stranded: 2016-05-0" in other


def test_all_days_are_shown():
    assert len(report(SMALL, "--days", status=3)["days"]) == 91
    assert len(report(SMALL, status=3)["days"]) == 3


def test_a_relay_that_nobody_else_could_replace_is_no_fault(tmp_path):
    """Stranded, but nothing compatible is left: the status is 0."""
    text = SMALL.read_text().replace("2016-05-02 09:00 relay add fe2",
                                     "2016-05-01 relay remove fe1\n2016-05-02 09:00 relay add fe2")
    scenario = tmp_path / "end.scenario"
    scenario.write_text(text)
    stranded = report(scenario)["stranded"]
    assert stranded["first"]["date"] == "2016-05-01" and not stranded["first"]["avoidable"]
    assert stranded["client_days"] > 0 and stranded["avoidable_client_days"] == 0


@pytest.mark.parametrize("line, says", [
    ("2016-05-02 relay add fe3 os=beos", "os 'beos' is not defined above"),
    ("2016-05-02 relay set fe1 colour=red", "a relay has no field 'colour'"),
    ("fly", "'fly': wanted a setting"),
])
def test_what_is_wrong_is_cited(tmp_path, line, says):
    scenario = tmp_path / "wrong.scenario"
    scenario.write_text(f"# one\n{line}\n{SMALL.read_text()}")
    done = simulate(scenario, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"windsock: {scenario}:2: ") and says in done.stderr


def test_what_cannot_be_done_is_cited(tmp_path):
    scenario = tmp_path / "wrong.scenario"
    scenario.write_text(SMALL.read_text() + "2016-05-03 relay drain fe9\n")
    done = simulate(scenario, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"wrong\.scenario: line \d+: there is no relay fe9", done.stderr)


@pytest.mark.parametrize("words, status", [(("nowhere.scenario",), 1), ((), 2), ((SMALL, "--seed", "x"), 2),
                                           ((SMALL, "--speed", "1"), 2)])
def test_words(words, status):
    done = simulate(*words, check=False)
    assert done.returncode == status and done.stderr.startswith("windsock: ") and done.stdout == ""


def test_two_years_take_seconds():
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    simulate(MIGRATION)
    # some 1.3 s in an ordinary build; the sanitizers' takes longer
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 30
