# SPDX-License-Identifier: BSD-2-Clause
"""What clients ask for is counted by pool and day, and counting never costs an answer."""
import json
import re
import socket
import sqlite3
import time

import dns.message
import pytest

from harness import World, eventually, in_namespace, run


def fill(world):
    world.init()
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("release", "add", "pagekite.py", "0.5.8", "--pool", "fe4_058", "--tls", "1.0-1.2")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.11", "--tls", "1.0-1.3")
    return world


@pytest.fixture
def world():
    here = fill(World())
    yield here
    here.close()


def ask_from(world, source, label, times=1):
    """Queries from an address of loopback's /8, as dig -b asks; all must be answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((source, 0))
        s.settimeout(10)
        for _ in range(times):
            s.sendto(dns.message.make_query(f"{label}.kites.test.", "A").to_wire(), ("127.0.0.1", world.dns_port))
            reply = dns.message.from_wire(s.recv(4096))
            assert reply.answer and reply.answer[0][0].to_text() == "192.0.2.11", reply


def file_of(world):
    return world.registry.with_name(world.registry.name + ".telemetry")


def rows(world, statement, path=None):
    """Of the file, as anybody with sqlite3 reads it; [] while it is not there."""
    path = path or file_of(world)
    if not path.exists():
        return []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
        try:
            return db.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []  # its tables are being made


def queries(world, label):
    got = rows(world, f"SELECT sum(queries) FROM use WHERE pool = '{label}'")
    return got[0][0] or 0 if got else 0


def stored(world, label, count):
    assert eventually(lambda: queries(world, label) == count), (queries(world, label), count, world.dnsd.text())


def status_of(world, label):
    text = world.answers(f"_status.{label}.kites.test", "TXT")[0].strip('"')
    return dict(word.split("=") for word in text.split())


def test_queries_and_networks_are_counted_by_pool(world):
    world.start_dnsd("--telemetry-interval", 1, "--nsid", "node1", "--udp-workers", 2)
    for i in range(40):
        ask_from(world, f"127.1.{i}.1", "fe4_058", 2)
    for i in range(20):
        ask_from(world, f"127.1.7.{i + 1}", "fe4_152")
    assert "192.0.2.11" in world.answers("fe4_152.kites.test", tcp=True)
    run("dig", "@127.0.0.1", "-p", world.dns_port, "-b", "127.5.6.7", "fe4_152.kites.test", "A")
    stored(world, "fe4_058", 80)
    stored(world, "fe4_152", 22)
    assert rows(world, "SELECT DISTINCT node FROM use") == [("node1",)]
    status = eventually(lambda: (got := status_of(world, "fe4_058"))["networks"] != "0" and got)
    assert status["queries"] == "80" and 36 <= int(status["networks"]) <= 44
    assert status_of(world, "fe4_152")["networks"] == "3"  # 127.1.7, 127.0.0, 127.5.6


def test_labels_that_nobody_defined_are_counted(world):
    world.start_dnsd("--telemetry-interval", 1)
    ask_from(world, "127.0.0.1", "FE4_059", 3)
    ask_from(world, "127.0.0.1", "fe4_160c", 1)
    ask_from(world, "127.0.0.1", "fe4_058", 1)
    world.query("nothing.kites.test")
    assert eventually(lambda: rows(world, "SELECT label, queries FROM unknown ORDER BY label")
                      == [("fe4_059", 3), ("fe4_160c", 1)]), rows(world, "SELECT * FROM unknown")
    stored(world, "fe4_058", 4)


def test_a_killed_server_loses_what_it_had_not_stored(world):
    dnsd = world.start_dnsd("--telemetry-interval", 1)
    for i in range(30):
        ask_from(world, f"127.2.{i}.1", "fe4_058")
    stored(world, "fe4_058", 30)
    ask_from(world, "127.2.0.1", "fe4_058", 5)
    dnsd.kill()
    before = queries(world, "fe4_058")
    assert 30 <= before <= 35
    world.start_dnsd("--telemetry-interval", 1)
    for i in range(15, 45):
        ask_from(world, f"127.2.{i}.1", "fe4_058")
    stored(world, "fe4_058", before + 30)
    status = eventually(lambda: (got := status_of(world, "fe4_058"))["queries"] == str(before + 30) and got)
    assert 41 <= int(status["networks"]) <= 49  # both days' halves together: 45


def test_what_was_counted_is_stored_at_the_end(world):
    dnsd = world.start_dnsd()  # a minute
    ask_from(world, "127.0.0.1", "fe4_058", 7)
    dnsd.stop()
    assert queries(world, "fe4_058") == 7


def test_a_pool_that_comes_later_is_counted(world):
    world.start_dnsd("--telemetry-interval", 1)
    ask_from(world, "127.0.0.1", "fe4_058", 2)
    world.windsock("pool", "add", "fe4_100")
    world.windsock("release", "add", "pagekite.py", "1.0.0", "--pool", "fe4_100", "--tls", "1.2")
    ask_from(world, "127.0.0.1", "fe4_058", 3)
    ask_from(world, "127.0.0.1", "fe4_100", 4)
    stored(world, "fe4_058", 5)
    stored(world, "fe4_100", 4)
    for count in (5, 6, 7):  # what was collected is not collected again
        ask_from(world, "127.0.0.1", "fe4_100")
        stored(world, "fe4_100", count)
    assert queries(world, "fe4_058") == 5


def trouble(world):
    return [line for line in world.dnsd.text().splitlines() if "cannot be stored" in line]


def test_the_file_may_go_and_come_back(world):
    world.start_dnsd("--telemetry-interval", 1)
    ask_from(world, "127.0.0.1", "fe4_058", 4)
    stored(world, "fe4_058", 4)
    file_of(world).unlink()
    ask_from(world, "127.0.0.1", "fe4_058", 3)
    stored(world, "fe4_058", 3)
    assert not trouble(world)


@pytest.mark.parametrize("spoil", ["directory", "garbage", "locked", "foreign"])
def test_what_cannot_be_stored_is_kept_and_answers_go_on(world, spoil):
    path = file_of(world)
    lock = None
    if spoil == "directory":
        path.mkdir()
    elif spoil == "garbage":
        path.write_bytes(b"no database " * 100)
    elif spoil == "foreign":
        run("sqlite3", path, "CREATE TABLE other (a)")
    world.start_dnsd("--telemetry-interval", 1)
    if spoil == "locked":
        ask_from(world, "127.0.0.1", "fe4_058", 1)
        stored(world, "fe4_058", 1)
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    ask_from(world, "127.0.0.1", "fe4_058", 5)
    assert eventually(lambda: trouble(world)), world.dnsd.text()
    for i in range(20):
        ask_from(world, f"127.3.{i}.1", "fe4_058")
    world.windsock("relay", "add", "r2", "--address", "192.0.2.12", "--tls", "1.0-1.3")  # it is followed, too
    assert eventually(lambda: len(world.answers("fe4_058.kites.test")) == 2)
    assert len(trouble(world)) == 1, world.dnsd.text()
    if lock:
        lock.close()
    elif spoil == "directory":
        path.rmdir()
    else:
        path.unlink()
    assert eventually(lambda: queries(world, "fe4_058") >= 26)
    assert eventually(lambda: "is stored again" in world.dnsd.text())


@in_namespace
def test_a_full_disk_costs_no_answer(world, tmp_path):
    run("mount", "-t", "tmpfs", "-o", "size=256k", "none", tmp_path)
    path, filler = tmp_path / "telemetry", tmp_path / "filler"
    world.start_dnsd("--telemetry-interval", 1, "--telemetry", path)
    with open(filler, "wb", buffering=0) as f, pytest.raises(OSError):
        while True:
            f.write(bytes(4096))
    for i in range(30):
        ask_from(world, f"127.4.{i}.1", "fe4_058")
    assert eventually(lambda: trouble(world)), world.dnsd.text()
    ask_from(world, "127.0.0.1", "fe4_058", 10)
    filler.unlink()
    count = "SELECT sum(queries) FROM use"
    assert eventually(lambda: rows(world, count, path) == [(40,)]), rows(world, count, path)


def test_nothing_is_stored_when_told_so(world):
    dnsd = world.start_dnsd("--telemetry-interval", 1, "--telemetry", "none")
    ask_from(world, "127.0.0.1", "fe4_058", 3)
    assert eventually(lambda: status_of(world, "fe4_058")["queries"] == "3")
    dnsd.stop()
    assert not file_of(world).exists()


# forecast.

def today():
    return int(time.time()) // 86400


def sketch(networks):
    """About so many networks, as the file has them: registers of rank 1, by linear counting."""
    registers = round(1024 * (1 - 2.718281828 ** (-networks / 1024)))
    return b"".join((i * 32 + 1).to_bytes(2, "big") for i in range(registers))


@pytest.fixture
def counted(world):
    """The file as a name server makes it, its rows by hand: DAYS(pool, list of networks up to yesterday)."""
    dnsd = world.start_dnsd()
    ask_from(world, "127.0.0.1", "fe4_152")
    dnsd.stop()

    def days(pool, networks, node="other", path=None):
        with sqlite3.connect(path or file_of(world)) as db:
            for ago, count in enumerate(reversed(networks), 1):
                db.execute("INSERT INTO use (node, day, pool, queries, sketch) VALUES (?, ?, ?, ?, ?)",
                           (node, today() - ago, pool, 2 * round(count) + 1, sketch(count)))
    return days


def test_forecast_of_one_pool(world, counted):
    counted("fe4_058", [60 * 2 ** (ago / 47) for ago in range(90, 0, -1)])
    said = world.windsock("forecast", "fe4_058").stdout
    assert said.startswith("fe4_058: 6") or said.startswith("fe4_058: 59"), said
    got = json.loads(world.windsock("--json", "forecast", "fe4_058").stdout)
    assert got["verdict"] == "declining" and 57 <= got["networks"] <= 64 and 43 < got["half_life"] < 51
    ends = [time.mktime(time.strptime(got[end], "%Y-%m-%d")) / 86400 for end in ("early", "under_one", "late")]
    assert ends == sorted(ends) and 250 < ends[1] - today() < 310, got
    assert f"under 1 on {got['under_one']} (80 %: {got['early']} to {got['late']})" in said, said
    assert f"first silent day on {got['silent']} (80 %: {got['silent_early']} to {got['silent_late']})" in said, said


def test_a_day_that_was_watched_counts(world, counted):
    """Nobody asked on every other day: zeros, if anything else was counted on that day, else nothing."""
    counted("fe4_058", [8] * 60)
    with sqlite3.connect(file_of(world)) as db:
        db.execute("DELETE FROM use WHERE pool = 'fe4_058' AND day % 2 = 0")
    assert re.match("fe4_058: (8|7.9|8.[01]) networks a day", world.windsock("forecast", "fe4_058").stdout)
    counted("fe4_152", [3] * 60)
    assert re.match("fe4_058: [34](\\.[0-9])? networks a day, not declining", world.windsock("forecast", "fe4_058").stdout)


def test_forecast_says_where_there_is_none(world, counted):
    assert "fe4_058: too few days (0 of 14)" in world.windsock("forecast", "fe4_058").stdout
    counted("fe4_058", [40 + ago % 3 for ago in range(60)])
    assert world.windsock("forecast", "fe4_058").stdout == "fe4_058: 41 networks a day, not declining\n"
    world.windsock("pool", "add", "fe4_099")
    counted("fe4_099", [100 / (day + 1) for day in range(30)])
    with sqlite3.connect(file_of(world)) as db:
        db.execute("UPDATE use SET day = day - 30 WHERE pool = 'fe4_099'")
    assert "fe4_099: nobody asked since " in world.windsock("forecast", "fe4_099").stdout


def test_forecast_of_all_pools(world, counted):
    counted("fe4_058", [60 * 2 ** (ago / 20) for ago in range(60, 0, -1)])
    lines = world.windsock("forecast").stdout.splitlines()
    assert len(lines) == 3 and lines[1].startswith("fe4_058") and " declining" in lines[1]
    assert "too few days" in lines[2]
    pools = json.loads(world.windsock("--json", "forecast").stdout)
    assert [p["verdict"] for p in pools] == ["declining", "too few days"]


def test_forecast_reads_files_of_several_servers(world, counted, tmp_path):
    counted("fe4_058", [50] * 20, node="a")
    second = tmp_path / "b"
    second.write_bytes(file_of(world).read_bytes())
    with sqlite3.connect(second) as db:
        db.execute("DELETE FROM use")
    counted("fe4_058", [150] * 20, node="b", path=second)
    second.chmod(0o400)
    assert "50 networks a day" in world.windsock("forecast", "fe4_058").stdout
    both = world.windsock("forecast", "fe4_058", "--telemetry", file_of(world), "--telemetry", second).stdout
    assert re.search("15[01] networks a day", both)  # those of the one are among those of the other
    missing = world.windsock("forecast", "--telemetry", tmp_path / "c", check=False)
    assert missing.returncode == 1 and "there is no telemetry" in missing.stderr


def test_forecast_without_telemetry(world):
    done = world.windsock("forecast")
    assert "too few days" in done.stdout and "there is no telemetry yet" in done.stderr
    done = world.windsock("forecast", "fe4_777", check=False)
    assert done.returncode == 1 and "windsock pool list" in done.stderr


def test_a_pool_that_is_asked_for_is_not_retired_to_silence(world, counted):
    counted("fe4_058", [20] * 40)
    world.windsock("release", "remove", "pagekite.py", "0.5.8")  # so nobody is known to need it
    retire = "pool", "retire", "fe4_058", "--tombstone", "empty"
    done = world.windsock(*retire, check=False)
    assert done.returncode == 3 and re.search("about (19|20|21) networks asked for fe4_058", done.stderr), done
    plan = world.windsock("plan", *retire, check=False)
    assert "networks asked for fe4_058" in plan.stdout + plan.stderr
    done = world.windsock("pool", "retire", "fe4_058", "--dry-run")
    assert "networks asked for fe4_058 in the last 30 days, the last on 20" in done.stderr
    forced = world.windsock(*retire, "--force", "--reason", "the end")
    assert "forced: about" in forced.stderr
    with sqlite3.connect(file_of(world)) as db:
        db.execute("UPDATE use SET day = day - 40")
    world.windsock("pool", "revive", "fe4_058")
    assert "networks" not in world.windsock(*retire).stderr
    file_of(world).write_bytes(b"no database" * 100)
    world.windsock("pool", "revive", "fe4_058")
    assert "not a database" in world.windsock(*retire).stderr


def test_a_pool_that_more_ask_for_does_not_shrink(world, counted):
    for i in (2, 3):
        world.windsock("relay", "add", f"r{i}", "--address", f"192.0.2.1{i}", "--tls", "1.0-1.3")
    world.start_updater()
    counted("fe4_058", [20] * 30 + [60] * 10)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    world.windsock("pool", "shrink", "fe4_058", "--to", "1", "--by", soon)
    world.sql("UPDATE pool SET shrink_start = shrink_start - 15 * 86400 WHERE label = 'fe4_058'")

    def pool():
        return json.loads(world.windsock("--json", "pool", "show", "fe4_058").stdout)
    assert eventually(lambda: "more client networks ask for it" in pool()["paused"]), pool()
    assert pool()["size"] == 3
    with sqlite3.connect(file_of(world)) as db:
        db.execute("UPDATE use SET sketch = ? WHERE pool = 'fe4_058'", (sketch(20),))
    assert eventually(lambda: pool()["size"] < 3 and not pool()["paused"]), pool()


def test_status_names_labels_that_nobody_defined(world):
    dnsd = world.start_dnsd()
    ask_from(world, "127.0.0.1", "fe4_059", 3)
    dnsd.stop()
    assert "label fe4_059: nobody defined it; 3 queries today" in world.windsock("status").stdout
    got = json.loads(world.windsock("--json", "status").stdout)["undefined_labels"]
    assert [(one["label"], one["queries"]) for one in got] == [("fe4_059", 3)]


def browned_out(world, network):
    return json.loads(world.windsock("pool", "explain", "fe4_058", "--client", f"127.0.{network}.1", "--json").stdout)["brownout"]


def test_a_brownout_reports_who_came_back(world):
    world.start_dnsd("--telemetry-interval", 1)
    none = world.windsock("pool", "brownout", "fe4_058", "--report", check=False)
    assert none.returncode == 1 and "pool fe4_058 had no brownout" in none.stderr
    said = world.windsock("pool", "brownout", "fe4_058", "--percent", "40", "--for", "1h", "--to", "fe4_152").stdout
    assert "windsock pool brownout fe4_058 --report" in said
    given = [n for n in range(60) if browned_out(world, n)]
    others = [n for n in range(60) if n not in given]
    assert len(given) > 8 and len(others) > 8
    for n in range(60):
        ask_from(world, f"127.0.{n}.1", "fe4_058", 5 if n in given else 1)

    def report():
        return json.loads(world.windsock("pool", "brownout", "fe4_058", "--report", "--json").stdout)

    assert eventually(lambda: report()["given"]["queries"] == 5 * len(given), every=0.5), report()
    now = report()
    assert now["others"]["queries"] == len(others) and not now["over"] and now["after"]["queries"] == 0
    assert abs(now["given"]["networks"] - len(given)) <= 3 and abs(now["others"]["networks"] - len(others)) <= 3
    said = world.windsock("pool", "brownout", "fe4_058", "--report").stdout
    assert "times as often as others" in said and "it has not ended" in said
    world.windsock("pool", "brownout", "fe4_058", "--end")
    again = world.windsock("pool", "brownout", "fe4_058", "--end", check=False)
    assert again.returncode == 2 and "has no brownout" in again.stderr
    for n in given[3:] + others:  # three gave up
        ask_from(world, f"127.0.{n}.1", "fe4_058")
    assert eventually(lambda: report()["after"]["queries"] == len(given) - 3, every=0.5), report()
    now = report()
    assert now["over"] and abs(now["back"] - (len(given) - 3)) <= 2
    assert re.search(r"\d+ of \d+ came back after it had ended", world.windsock("pool", "brownout", "fe4_058", "--report").stdout)
    assert queries(world, "fe4_058") == 5 * len(given) + len(others) + len(given) - 3 + len(others)
