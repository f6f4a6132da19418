# SPDX-License-Identifier: BSD-2-Clause
"""ddclient, inadyn and curl, as Debian has them, update hosts; dig sees it at once."""
import re

import pytest

from harness import SECONDS, run

PASSWORD = "correct horse"
HOST = "home.kites.test"
FIRST = {"A": "192.0.2.7", "AAAA": "2001:db8::7"}
SECOND = {"A": "192.0.2.8", "AAAA": "2001:db8::8"}


@pytest.fixture
def home(service):
    service.account("demo", "home.kites.test,*.home.kites.test", "--allow-private", password=PASSWORD)
    return service


class Ddclient:
    """Asks the service itself whether anything changed: its cache is removed before each run."""

    def __init__(self, world):
        self.world = world

    def conf(self):
        """Lines of its own, and the server."""
        return "ssl=no\n", f"127.0.0.1:{self.world.http_port}"

    def update(self, address, host=HOST, password=PASSWORD):
        more, server = self.conf()
        dir = self.world.dir / "ddclient"
        dir.mkdir(mode=0o700, exist_ok=True)
        (dir / "cache").unlink(missing_ok=True)
        file = dir / "conf"
        file.touch(mode=0o600)
        file.write_text(f"daemon=0\n{more}"
                        f"use=ip, ip={address}\n"
                        f"protocol=dyndns2, server={server}, login=demo, "
                        f"password='{password}' {host}\n")
        done = run("ddclient", "-foreground", "-daemon=0", "-file", file, "-cache", dir / "cache",
                   "-pid", dir / "pid", "-verbose", check=False, timeout=SECONDS)
        return done.returncode, done.stdout + done.stderr

    def good(self, result):
        return result[0] == 0 and re.search(r"SUCCESS:.*: good: IP address set to", result[1])

    def nochg(self, result):
        return result[0] == 0 and re.search(r"^(RECEIVE:)?\s*nochg [0-9a-f.:]+$", result[1], re.M)

    def badauth(self, result):
        return result[0] != 0 and re.search(r"FAILED:.*authorization failed", result[1])


class Inadyn:
    path = "/nic/update?hostname=%h&myip=%i"

    def __init__(self, world):
        self.world, self.runs = world, 0

    def conf(self):
        """Lines of its own, whether it speaks TLS, and the server."""
        return "", "false", f"127.0.0.1:{self.world.http_port}"

    def update(self, address, host=HOST, password=PASSWORD):
        more, secure, server = self.conf()
        self.runs += 1
        dir = self.world.dir / f"inadyn.{self.runs}"  # a new cache each time
        dir.mkdir(mode=0o700)
        file = dir / "conf"
        file.touch(mode=0o600)
        file.write_text(f'''allow-ipv6 = true
verify-address = false
{more}custom windsock {{
    username = demo
    password = "{password}"
    checkip-command = "/bin/echo {address}"
    ssl = {secure}
    ddns-server = {server}
    ddns-path = "{self.path}"
    hostname = {host}
}}
''')
        done = run("inadyn", "-1", "-n", "-f", file, f"--cache-dir={dir}", "-P", dir / "pid", "-l", "debug",
                   check=False, timeout=SECONDS)
        return done.returncode, done.stdout + done.stderr

    def good(self, result):
        return result[0] == 0 and re.search(r"^good ", result[1], re.M) and "Successful alias table update" in result[1]

    def nochg(self, result):
        return result[0] == 0 and re.search(r"^nochg ", result[1], re.M)

    def badauth(self, result):
        return result[0] == 50 and "Authentication failure" in result[1]


class Curl:
    def __init__(self, world):
        self.world = world

    def where(self):
        return [], f"http://127.0.0.1:{self.world.http_port}"

    def update(self, address, host=HOST, password=PASSWORD):
        more, server = self.where()
        netrc = self.world.dir / "netrc"
        netrc.touch(mode=0o600)
        netrc.write_text(f'default login demo password "{password}"\n')
        done = run("curl", "-sS", "--fail-with-body", "-m", SECONDS, "--netrc-file", netrc, *more,
                   f"{server}/nic/update?hostname={host}&myip={address}", check=False)
        return done.returncode, done.stdout + done.stderr

    def good(self, result):
        return result[0] == 0 and result[1].startswith("good ")

    def nochg(self, result):
        return result[0] == 0 and result[1].startswith("nochg ")

    def badauth(self, result):
        return result[0] == 22 and result[1].startswith("badauth\n")


CLIENTS = [Ddclient, Inadyn, Curl]


@pytest.mark.parametrize("type", FIRST)
@pytest.mark.parametrize("kind", CLIENTS)
def test_an_update_is_answered_at_once(home, kind, type):
    client = kind(home)
    for address in (FIRST[type], SECOND[type]):
        result = client.update(address)
        seen = home.dig("+short", HOST, type)
        assert client.good(result), result
        assert seen == f"{address}\n"
        result = client.update(address)
        assert client.nochg(result) and not client.good(result), result
    assert home.dig("+short", f"www.{HOST}", type) == f"{SECOND[type]}\n"


@pytest.mark.parametrize("kind", [Inadyn, Curl])
def test_both_families_in_one_update(home, kind):
    client = kind(home)
    both = f"{FIRST['A']},{FIRST['AAAA']}"
    if kind is Inadyn:  # which sends one address, so the other stands in the path as its users write it
        client.path = f"/nic/update?hostname=%h&myip=%i&myipv6={FIRST['AAAA']}"
        both = FIRST["A"]
    assert client.good(client.update(both))
    assert home.dig("+short", HOST, "A") == FIRST["A"] + "\n"
    assert home.dig("+short", HOST, "AAAA") == FIRST["AAAA"] + "\n"
    assert client.nochg(client.update(both))


@pytest.mark.parametrize("kind", CLIENTS)
def test_one_family_leaves_the_other(home, kind):
    """A client that is run once for each family would otherwise undo itself for ever."""
    client = kind(home)
    for type in FIRST:
        assert client.good(client.update(FIRST[type]))
    for type in FIRST:
        assert home.dig("+short", HOST, type) == FIRST[type] + "\n"
        assert client.nochg(client.update(FIRST[type]))


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_wrong_password_is_reported(home, kind):
    client = kind(home)
    assert client.good(client.update(FIRST["A"]))
    result = client.update(SECOND["A"], password="wrong horse")
    assert client.badauth(result) and not client.good(result), result
    assert home.dig("+short", HOST, "A") == FIRST["A"] + "\n"


def test_ddclient_updates_two_hosts_in_one_request(home):
    client = Ddclient(home)
    result = client.update(FIRST["A"], host=f"{HOST},a.{HOST}")
    assert client.good(result) and len(re.findall("good: IP address set to", result[1])) == 2, result
    assert "WARNING" not in result[1], result
    assert home.answers(HOST) == home.answers(f"a.{HOST}") == [FIRST["A"]]


def test_curl_without_an_address_has_its_own(home):
    client = Curl(home)
    assert client.update("") == (0, "good 127.0.0.1\n")
    assert home.answers(HOST) == ["127.0.0.1"]
