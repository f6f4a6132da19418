# SPDX-License-Identifier: BSD-2-Clause
"""Every answer of the DNS table, asked by dig, by kdig, and through a recursive Unbound."""
import hashlib
import os
import re

import dns.flags
import pytest

from harness import TOP, Daemon, World, eventually, free_port, run

SECRET = "a secret of the kite"
KITE = "kite.kites.test"
LONG = [letter * 250 for letter in "abcdefgh"]
ZONE = """$ORIGIN kites.test.
$TTL 3600
@	IN SOA ns1 hostmaster 1 3600 600 1209600 60
@	IN NS ns1
ns1	IN A 192.0.2.53
www	IN CNAME @
@	IN A 192.0.2.80
""" + "".join(f"long IN TXT {text}\n" for text in LONG)


def authentication(secret, salt="01234567"):
    """What a relay asks about a back-end that knows the secret."""
    srand, token = "ab" * 18, "t" + "1234567" + "cd" * 14
    payload = f"http:{KITE}:{srand}:{token}"
    sign = salt + hashlib.sha1((secret + payload + salt).encode()).hexdigest()[:28]
    return f"{srand}.{token}.{sign}.http.{KITE}.auth.kites.test"


def text(*strings):
    return sorted(f'"{string}"' for string in strings)


WHY = ["mid in: speaks 1.0-1.2, says the operator", "new in: speaks 1.2-1.3, says the operator",
       "old out: speaks ssl3-1.0, but pagekite.py 1.5.2 needs 1.2-1.3"]

# name, type, rcode, the sorted data of the answers of that type
TABLE = [
    ("fe4_152", "A", "NOERROR", ["192.0.2.13", "198.51.100.21"]),
    ("fe4_152", "AAAA", "NOERROR", []),
    ("fe4_153", "A", "NOERROR", ["192.0.2.13", "198.51.100.21"]),
    ("fe4_153", "AAAA", "NOERROR", []),
    ("fe4_999", "A", "NOERROR", ["192.0.2.13", "198.51.100.21"]),
    ("fe4_101", "A", "NOERROR", ["192.0.2.13"]),  # one build speaks 1.0 alone, another 1.2-1.3
    ("frontends", "A", "NOERROR", ["192.0.2.11"]),
    ("frontends", "MX", "NOERROR", []),
    ("fe", "A", "NOERROR", ["192.0.2.11", "192.0.2.13"]),
    ("fe058", "A", "NOERROR", ["192.0.2.11", "192.0.2.13"]),
    ("fe058", "AAAA", "NOERROR", ["2001:db8::13"]),
    ("v6frontends", "AAAA", "NOERROR", ["2001:db8::13"]),
    ("v6frontends", "A", "NOERROR", []),
    ("fe6_091c", "AAAA", "NOERROR", ["2001:db8::13"]),  # embedded builds speak 1.0 alone
    ("fe6_091c", "A", "NOERROR", []),
    ("kite", "A", "NOERROR", ["192.0.2.1"]),
    ("kite", "AAAA", "NOERROR", ["2001:db8::1"]),
    ("www.kite", "A", "NOERROR", ["192.0.2.1"]),
    ("a.b.kite", "AAAA", "NOERROR", ["2001:db8::1"]),
    ("kite", "TXT", "NOERROR", []),
    (authentication(SECRET), "A", "NOERROR", ["255.255.254.255"]),
    (authentication("another"), "A", "NOERROR", ["255.255.255.1"]),
    (authentication(SECRET).replace("kite.kites.test.auth", "none.kites.test.auth"), "A", "NOERROR",
     ["255.255.255.1"]),
    ("_why.fe4_152", "TXT", "NOERROR", text(*WHY)),
    ("_why.fe4_153", "TXT", "NOERROR", text(*WHY)),
    ("www", "A", "NOERROR", ["192.0.2.80"]),
    ("ns1", "A", "NOERROR", ["192.0.2.53"]),
    ("long", "TXT", "NOERROR", text(*LONG)),
    ("nope", "A", "NXDOMAIN", []),
    ("fe7_1", "A", "NXDOMAIN", []),
]


def full(name):
    return name if name.endswith("kites.test") else f"{name}.kites.test"


@pytest.fixture(scope="module")
def served():
    here = World()
    here.init()
    (here.dir / "zone").write_text(ZONE)
    here.windsock("zone", "import", "kites.test", here.dir / "zone")
    here.windsock("release", "import", TOP / "examples" / "pagekite.releases")
    here.windsock("relay", "add", "old", "--address", "192.0.2.11", "--tls", "ssl3-1.0")
    here.windsock("relay", "add", "mid", "--address", "192.0.2.13", "--address", "2001:db8::13", "--tls", "1.0-1.2")
    here.windsock("relay", "add", "new", "--address", "198.51.100.21", "--address", "2001:db8::21",
                  "--tls", "1.2-1.3")
    here.account("demo", KITE)
    here.windsock("host", "add", KITE, "--account", "demo", "--address", "192.0.2.1", "--address", "2001:db8::1",
                  "--secret-stdin", input=SECRET + "\n")
    here.dns_port = free_port()
    here.start_dnsd("--listen", f"[::1]:{here.dns_port}", "--nsid", "ns1.kites.test", "--version-text", "windsock test")
    yield here
    here.close()


@pytest.fixture(scope="module")
def unbound(served):
    """A recursive server whose only knowledge of kites.test is us; it scrambles the case of what it asks."""
    port = free_port()
    file = served.dir / "unbound.conf"
    file.write_text(f"""server:
	interface: 127.0.0.1
	port: {port}
	do-daemonize: no
	username: ""
	chroot: ""
	directory: "{served.dir}"
	pidfile: "{served.dir}/unbound.pid"
	use-syslog: no
	logfile: ""
	module-config: "iterator"
	use-caps-for-id: yes
	do-not-query-localhost: no
	local-zone: "test." nodefault
	cache-max-ttl: 0
	num-threads: 1
stub-zone:
	name: "kites.test"
	stub-addr: 127.0.0.1@{served.dns_port}
remote-control:
	control-enable: no
""")
    daemon = Daemon("unbound", ["/usr/sbin/unbound", "-d", "-c", file], served.dir / "unbound.log")
    up = eventually(lambda: not daemon.running() or
                    run("dig", "@127.0.0.1", "-p", port, "+time=1", "+tries=1", "ns1.kites.test", check=False).stdout
                    .count("NOERROR"))
    try:
        assert daemon.running() and up, daemon.text()
        yield port
    finally:
        daemon.stop()


def ask(tool, server, port, name, type, *options):
    """rcode and the sorted data of the answers of the type, as the tool shows them."""
    more = ["+time=5", "+tries=2"] if tool == "dig" else ["+time=5"]
    said = run(tool, f"@{server}", "-p", port, *more, "+noall", "+comments" if tool == "dig" else "+header",
               "+answer", *options, "-q", name, "-t", type).stdout
    rcode = re.search(r"status: (\w+)", said)
    assert rcode, said
    lines = [line.split(None, 4) for line in said.splitlines() if line and not line.startswith(";")]
    return rcode[1], sorted(line[4].strip() for line in lines if line[3] == type)


@pytest.mark.parametrize("server", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("transport", ["+bufsize=1232", "+tcp"])
@pytest.mark.parametrize("tool", ["dig", "kdig"])
def test_every_answer(served, tool, transport, server):
    for name, type, rcode, data in TABLE:
        got = ask(tool, server, served.dns_port, full(name), type, transport)
        assert got == (rcode, data), (name, type)


def test_every_answer_through_unbound(served, unbound):
    for name, type, rcode, data in TABLE:
        got = ask("dig", "127.0.0.1", unbound, full(name), type)
        assert got == (rcode, data), (name, type)


@pytest.mark.parametrize("port", ["ours", "unbound's"])
def test_the_state_of_a_pool(served, unbound, port):
    at = served.dns_port if port == "ours" else unbound
    for label in ("fe4_152", "fe4_153"):
        rcode, data = ask("dig", "127.0.0.1", at, f"_status.{label}.kites.test", "TXT")
        assert rcode == "NOERROR" and len(data) == 1
        words = dict(word.split("=") for word in data[0].strip('"').split())
        revision = served.sql("SELECT seq FROM sqlite_sequence WHERE name = 'change'")
        assert (words["pool"], words["members"], words["relays"], words["revision"]) == ("fe4_152", "2", "3", revision)


@pytest.mark.parametrize("transport", ["+bufsize=1232", "+tcp"])
@pytest.mark.parametrize("tool", ["dig", "kdig"])
def test_who_it_is(served, tool, transport):
    def chaos(name):
        said = run(tool, "@127.0.0.1", "-p", served.dns_port, transport, "+short", "-c", "CH", "-t", "TXT", "-q", name)
        return said.stdout.strip()
    assert chaos("version.bind") == '"windsock test"'
    assert chaos("id.server") == chaos("hostname.bind") == '"ns1.kites.test"'
    said = run(tool, "@127.0.0.1", "-p", served.dns_port, transport, "+nsid", "-q", "ns1.kites.test").stdout
    assert re.search(r'NSID: .*"ns1\.kites\.test"', said), said


@pytest.mark.parametrize("tcp", [False, True])
def test_the_case_of_the_question_comes_back(served, tcp):
    for name in ("Fe4_152.KiTeS.tEsT.", "kItE.kites.TEST.", "X.kItE.kites.TEST.", "nOpE.kites.test."):
        reply = served.query(name, tcp=tcp)
        assert reply.question[0].name.to_text() == name
        assert all(rrset.name.to_text() == name for rrset in reply.answer)
        assert bool(reply.answer) == (not name.startswith("nOpE"))


def test_the_owner_is_the_name_asked(served):
    said = run("dig", "@127.0.0.1", "-p", served.dns_port, "+noall", "+answer", "fE4_152.kITES.test").stdout
    assert said.count("fE4_152.kITES.test.") == 2


@pytest.mark.parametrize("tool", ["dig", "kdig"])
def test_what_does_not_fit_comes_over_tcp(served, tool):
    said = run(tool, "@127.0.0.1", "-p", served.dns_port, "+noedns", "+ignore", "long.kites.test", "TXT").stdout
    assert re.search(r"flags: [a-z ]*\btc\b", said, re.I), said
    rcode, data = ask(tool, "127.0.0.1", served.dns_port, "long.kites.test", "TXT", "+noedns")
    assert (rcode, data) == ("NOERROR", text(*LONG))


def test_truncated_answers_are_small_and_whole(served):
    for edns, limit in ((None, 512), (512, 512), (1232, 1232), (4096, 1232)):
        reply = served.query("long.kites.test", "TXT", edns=edns)
        assert reply.flags & dns.flags.TC and len(reply.to_wire()) <= limit
    reply = served.query("long.kites.test", "TXT", tcp=True)
    assert not reply.flags & dns.flags.TC and len(reply.answer[0]) == len(LONG)


def test_names_of_the_server_can_be_turned_off(world):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.dns_port = free_port()
    world.dnsd = world.start("windsock-dnsd", "--listen", f"127.0.0.1:{world.dns_port}", "--version-text", "",
                             "--nsid", "", ready=lambda: run("dig", "@127.0.0.1", "-p", world.dns_port, "+time=1", "+tries=1",
                                               "kites.test", "SOA", check=False).stdout.count("NOERROR"))
    for name in ("version.bind", "id.server", "hostname.bind"):
        assert "status: REFUSED" in world.dig("-c", "CH", "-t", "TXT", "-q", name), name
    assert "NSID" not in world.dig("+nsid", "kites.test", "SOA")


def test_without_a_word_it_is_named_as_the_machine(service):
    name = f'"{os.uname().nodename}"'
    assert service.dig("+short", "-c", "CH", "-t", "TXT", "-q", "id.server").strip() == name
    assert "windsock" in service.dig("+short", "-c", "CH", "-t", "TXT", "-q", "version.bind")
