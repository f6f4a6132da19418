# SPDX-License-Identifier: BSD-2-Clause
"""Signed zones, asked by BIND's delv and by Unbound, which validate from the zone's key as their trust anchor."""
import re
import shutil
import threading

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from harness import Daemon, World, eventually, free_port, run

ZONE = """$ORIGIN b5p.us.
$TTL 300
@ SOA ns1 h 1 3600 600 86400 60
@ NS ns1
@ MX 10 Mail.b5p.us.
ns1 A 192.0.2.53
mail A 192.0.2.54
mail AAAA 2001:db8::54
a.b.c TXT "hello"
*.wild TXT "w"
*.wild A 192.0.2.77
alias CNAME MAIL.b5p.us.
toalias CNAME alias
dn DNAME wild
insecure NS ns.insecure
ns.insecure A 192.0.2.99
secure NS ns.secure
secure DS 12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899
ns.secure A 192.0.2.98
srv SRV 1 2 3 Mail
naptr NAPTR 1 2 "U" "E2U+Sip" "!^.*$!sip:I@b5p.us!" Mail
"""
POSITIVE = """@/SOA @/DNSKEY @/NS @/MX mail/A mail/AAAA a.b.c/TXT x.wild/TXT X.y.Wild/A alias/A toalias/AAAA x.dn/A
dn/DNAME fe4_058/A fe4_099/A demo/A x.demo/A _status.fe4_058/TXT _why.fe4_058/TXT secure/DS srv/SRV naptr/NAPTR
mail/ANY mail/NSEC @/NSEC x.demo/NSEC""".split()
NEGATIVE = """@/TXT @/CDS mail/TXT nope/A nope.mail/A b.c/A c/A x.wild/AAAA wild/A toalias/TXT fe4_058/AAAA fe4_058/TXT
fe4_099/AAAA demo/AAAA demo/TXT x.demo/MX _status.fe4_058/A insecure/DS mail/DS""".split()


def full(word):
    name, kind = word.split("/")
    return ("b5p.us" if name == "@" else f"{name}.b5p.us"), kind


def make(options=(), dnsd=(), env=None):
    w = World().init()
    (w.dir / "zone").write_text(ZONE)
    w.windsock("zone", "import", "b5p.us", w.dir / "zone")
    w.windsock("relay", "add", "r1", "--address", "192.0.2.11", "--address", "2001:db8::11", "--tls", "1.0-1.2")
    w.windsock("relay", "add", "r2", "--address", "192.0.2.12", "--tls", "1.0-1.2")
    w.windsock("release", "add", "pagekite.py", "0.5.8e", "--pool", "fe4_058", "--tls", "1.0-1.2")
    w.account("demo", "demo.b5p.us", "--allow-private")
    w.windsock("host", "add", "demo.b5p.us", "--account", "demo", "--addresses", "198.51.100.7")
    w.windsock("dnssec", "sign", "b5p.us", *options)
    w.start_dnsd(*dnsd)
    return w


@pytest.fixture(scope="module", params=[(), ("--split",), ("--algorithm", "ed25519")], ids=["csk", "split", "ed25519"])
def signed(request):
    w = make(request.param)
    yield w
    w.close()


def key_lines(w):
    """The zone's keys for a DS, as `windsock dnssec ds` has them: flags, protocol, algorithm, key."""
    said = w.windsock("dnssec", "ds", "b5p.us").stdout
    return re.findall(r"^; b5p.us. IN DNSKEY (\d+) (\d+) (\d+) (\S+)$", said, re.M)


def anchor(w, name="anchor"):
    file = w.dir / name
    file.write_text("trust-anchors {%s};\n" % "".join(
        f' b5p.us. static-key {flags} {protocol} {algorithm} "{key}";' for flags, protocol, algorithm, key in key_lines(w)))
    return file


def delv(w, word, file=None):
    name, kind = full(word)
    done = run("delv", "@127.0.0.1", "-p", w.dns_port, "-a", file or anchor(w), "+root=b5p.us", name, kind, check=False)
    return done.stdout + done.stderr


def assert_secure(w, word, file=None):
    said = delv(w, word, file)
    assert "fully validated" in said, f"{word}: {said}"
    assert "unsigned answer" not in said and "bogus" not in said, said
    return said


@pytest.mark.parametrize("word", POSITIVE)
def test_what_is_there_validates(signed, word):
    assert "resolution failed" not in assert_secure(signed, word)


@pytest.mark.parametrize("word", NEGATIVE)
def test_what_is_not_there_is_proved(signed, word):
    assert "ncache nxrrset" in assert_secure(signed, word)


def ask(w, name, kind, flags=dns.flags.DO, tcp=False, size=1232):
    question = dns.message.make_query(name, kind)
    question.use_edns(0, flags, size)
    return (dns.query.tcp if tcp else dns.query.udp)(question, "127.0.0.1", port=w.dns_port, timeout=10)


def covered(section):
    return {r.type_covered for rrset in section if rrset.rdtype == dns.rdatatype.RRSIG for r in rrset}


def test_denials_are_compact(signed):
    """RFC 9824: one NSEC at the name; the rcode tells only those who say that they know."""
    reply = ask(signed, "nope.b5p.us", "A")
    nsec, = (rrset for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NSEC)
    assert reply.rcode() == 0 and nsec[0].to_text() == r"\000.nope.b5p.us. RRSIG NSEC TYPE128"
    reply = ask(signed, "nope.b5p.us", "A", flags=dns.flags.DO | 0x4000)
    assert reply.rcode() == 3 and reply.ednsflags & 0x4000
    assert ask(signed, "nope.b5p.us", "A", flags=0).rcode() == 3
    assert ask(signed, "nope.b5p.us", "TYPE128").rcode() == 1
    assert "A AAAA RRSIG NSEC" in ask(signed, "mail.b5p.us", "TXT").authority[1].to_text()


def test_referrals(signed):
    reply = ask(signed, "x.secure.b5p.us", "A")
    assert {r.rdtype for r in reply.authority} >= {dns.rdatatype.NS, dns.rdatatype.DS}
    assert covered(reply.authority) == {dns.rdatatype.DS} and not covered(reply.additional)
    reply = ask(signed, "x.insecure.b5p.us", "A")
    assert covered(reply.authority) == {dns.rdatatype.NSEC}
    assert any("NS RRSIG NSEC" in r.to_text() for r in reply.authority)


def test_without_do_nothing_is_signed(signed):
    for word in POSITIVE + NEGATIVE:
        name, kind = full(word)
        if kind in ("NSEC", "RRSIG"):
            continue
        plain, with_do = ask(signed, name, kind, flags=0), ask(signed, name, kind, size=4096, tcp=True)
        for section in ("answer", "authority", "additional"):
            assert not covered(getattr(plain, section)), word
            if word.startswith("_"):
                continue  # it counts questions
            strip = {(r.name, r.rdtype): sorted(d.to_text() for d in r) for r in getattr(with_do, section)
                     if r.rdtype not in (dns.rdatatype.RRSIG, dns.rdatatype.NSEC)}
            assert strip == {(r.name, r.rdtype): sorted(d.to_text() for d in r) for r in getattr(plain, section)}, word


def test_small_messages_are_truncated(signed):
    reply = ask(signed, "b5p.us", "DNSKEY", size=512)
    assert not reply.flags & dns.flags.TC or not reply.answer
    reply = ask(signed, "toalias.b5p.us", "TXT", size=512)
    assert reply.flags & dns.flags.TC and not reply.answer
    assert covered(ask(signed, "toalias.b5p.us", "TXT", tcp=True).answer) == {dns.rdatatype.CNAME}


@pytest.fixture(scope="module")
def world():
    w = make(dnsd=("--dnssec-validity", 1))
    w.start_updater()
    yield w
    w.close()


@pytest.fixture(scope="module")
def unbound(world):
    port, file = free_port(), world.dir / "unbound.conf"
    keys = "".join(f'\ttrust-anchor: "b5p.us. DNSKEY {" ".join(key)}"\n' for key in key_lines(world))
    file.write_text(f"""server:
	interface: 127.0.0.1
	port: {port}
	do-daemonize: no
	username: ""
	chroot: ""
	directory: "{world.dir}"
	pidfile: "{world.dir}/unbound.pid"
	use-syslog: no
	logfile: ""
	module-config: "validator iterator"
	do-not-query-localhost: no
	cache-max-ttl: 0
	cache-max-negative-ttl: 0
	num-threads: 1
	val-log-level: 2
{keys}stub-zone:
	name: "b5p.us"
	stub-addr: 127.0.0.1@{world.dns_port}
remote-control:
	control-enable: no
""")
    daemon = Daemon("unbound", ["/usr/sbin/unbound", "-d", "-c", file], world.dir / "unbound.log")
    up = eventually(lambda: not daemon.running() or
                    run("dig", "@127.0.0.1", "-p", port, "+time=1", "+tries=1", "b5p.us", "SOA", check=False).stdout
                    .count("NOERROR"))
    assert daemon.running() and up, daemon.text()
    yield port
    daemon.stop()


def by_unbound(port, name, kind):
    question = dns.message.make_query(name, kind, want_dnssec=True)
    question.flags |= dns.flags.AD
    return dns.query.tcp(question, "127.0.0.1", port=port, timeout=20)


@pytest.mark.parametrize("word", [word for word in POSITIVE + NEGATIVE
                                  if word.split("/")[1] not in ("ANY", "NSEC", "DS")])
def test_unbound_is_convinced(world, unbound, word):
    name, kind = full(word)
    reply = by_unbound(unbound, name, kind)
    assert reply.rcode() in (0, 3) and reply.flags & dns.flags.AD, reply.to_text()


def test_insecure_delegations_stay_so(world, unbound):
    assert by_unbound(unbound, "insecure.b5p.us", "DS").flags & dns.flags.AD


CHILDREN = ["plain", "kid.wild", "mail", "c", "kid.deep.none", "fe4_058", "fe4_077", "kid.demo", "kid.fe4_058", "alias"]


@pytest.fixture(scope="module")
def parent():
    """Zones without keys below a signed one that has no NS for them, wherever it has or makes something else."""
    w = make()
    zone = w.windsock("zone", "export", "b5p.us").stdout
    w.windsock("zone", "import", "b5p.us", "-", input=zone + "*.wildalias 60 IN CNAME mail\n")
    for child in CHILDREN + ["kid.wildalias"]:
        name = f"{child}.b5p.us"
        w.windsock("zone", "import", name, "-", input=f"@ 60 SOA ns h 1 3600 600 86400 60\n@ 60 NS ns1.b5p.us.\nwww 60 A 192.0.2.99\n",
                   check=False)
    yield w
    w.close()


def test_unsigned_zones_below_a_signed_one(parent):
    file, served = anchor(parent), {line.split()[0] for line in parent.windsock("zone", "list").stdout.splitlines() if line}
    children = [child for child in CHILDREN + ["kid.wildalias"] if f"{child}.b5p.us" in served]
    assert len(children) >= 6, children
    for child in children:
        assert "fully validated" in delv(parent, f"{child}/DS", file), delv(parent, f"{child}/DS", file)
        said = delv(parent, f"www.{child}/A", file)
        assert "192.0.2.99" in said and "unsigned answer" in said, f"{child}: {said}"


def test_updates_while_it_is_asked(world):
    """A signature is found by what it signs: none is ever stale."""
    file, faults, done = anchor(world), [], threading.Event()

    def update():
        for i in range(300):
            got = world.update("demo.b5p.us", f"198.51.100.{i % 250 + 1}", ("demo", "correct horse"))
            if not got[0].startswith(("good", "nochg")):
                faults.append(got)
        done.set()

    thread = threading.Thread(target=update)
    thread.start()
    asked = 0
    while not done.is_set() or asked < 3:
        assert_secure(world, "demo/A", file)
        assert_secure(world, "nope/A", file)
        asked += 1
    thread.join()
    assert not faults and asked >= 3


def test_pools_that_change(world):
    file = anchor(world)
    world.windsock("relay", "drain", "r2")
    assert "192.0.2.12" not in assert_secure(world, "fe4_058/A", file)
    world.windsock("relay", "resume", "r2")
    assert "192.0.2.12" in assert_secure(world, "fe4_058/A", file)


def source_asks(w, source, tcp=False):
    query = dns.message.make_query("fe4_058.b5p.us", "A", want_dnssec=True)
    by = dns.query.tcp if tcp else dns.query.udp
    return by(query, "127.0.0.1", timeout=10, port=w.dns_port, source=source)


def test_each_network_has_a_selection_of_its_own_signed():
    """And without a budget for its signature one that is signed ahead, never less."""
    for options, own in (((), True), (("--dnssec-rate", "1"), False)):
        w = make(dnsd=options)
        try:
            rows = ", ".join(f"('s{i}', '192.0.2.{100 + i}', 443, 2, 14, 100, 0, '')" for i in range(40))
            w.sql("UPDATE relay SET since = 0; "  # they ramp up no more
                  "INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) VALUES " + rows)
            w.windsock("pool", "set", "fe4_058", "--answers", "3")
            file = anchor(w)
            late = set(range(100))

            def all_signed():  # somebody asked: from then on they are signed ahead
                replies = [(i, source_asks(w, f"127.2.{i}.1").answer) for i in late]
                late.difference_update([i for i, answer in replies if len(answer) == 2 and len(answer[0]) == 3])
                return not late
            assert eventually(all_signed), late
            assert_secure(w, "fe4_058/A", file)
            differ = 0
            for i in range(100):
                plain = dns.query.udp(dns.message.make_query("fe4_058.b5p.us", "A"), "127.0.0.1", timeout=10,
                                      port=w.dns_port, source=f"127.2.{i}.1")
                for tcp in (False, True):
                    reply = source_asks(w, f"127.2.{i}.1", tcp)
                    assert reply.rcode() == dns.rcode.NOERROR and not reply.flags & dns.flags.TC
                    assert len(reply.answer) == 2 and len(reply.answer[0]) == 3
                    differ += set(reply.answer[0]) != set(plain.answer[0])
            said = w.windsock("status").stdout
            assert differ == 0 if own else differ > 150
            assert ("selections that are signed ahead" in said) != own, said
        finally:
            w.close()


def tags(w, kind="DNSKEY"):
    """Of the keys that sign the RRset."""
    reply = ask(w, "b5p.us", kind, tcp=True)
    return {r.key_tag for rrset in reply.answer if rrset.rdtype == dns.rdatatype.RRSIG for r in rrset}


def settime(w, tag, *options):
    for file in (w.dir / "registry.dnssec").glob(f"*+{tag:05d}.private"):
        run("dnssec-settime", "-K", file.parent, *options, file.name.replace(".private", ""))


def status(w):
    import json
    return json.loads(w.windsock("dnssec", "status", "b5p.us", "--json").stdout)["keys"]


def test_the_only_key_rolls():
    w = make()
    try:
        old, = tags(w)
        old_anchor = anchor(w)
        w.windsock("dnssec", "roll", "b5p.us")
        assert eventually(lambda: len(tags(w)) == 2 and len(tags(w, "MX")) == 2)
        new, = tags(w) - {old}
        assert_secure(w, "demo/A", old_anchor)
        settime(w, new, "-P", "sync", "now")
        assert eventually(lambda: ask(w, "b5p.us", "CDS").answer)
        refused = w.windsock("dnssec", "roll", "b5p.us", check=False)
        assert refused.returncode == 3 and "no DS of key" in refused.stderr
        w.windsock("dnssec", "roll", "b5p.us", "--force", "--reason", "test")
        settime(w, old, "-I", "now", "-D", "now")
        assert eventually(lambda: tags(w) == {new} == tags(w, "MX"))
        for word in ("demo/A", "nope/A", "mail/TXT", "@/DNSKEY"):
            assert_secure(w, word)
    finally:
        w.close()


def test_what_was_signed_is_counted(world):
    for i in range(12):
        ask(world, f"counted{i}.b5p.us", "A")
    counted = world.windsock("status", "--json").stdout
    assert int(re.search(r'"signatures": ?(\d+)', counted)[1]) > 10 and '"unsigned": 0' in counted
    assert re.search(r"^name server: made \d+ signatures for answers; 0 answers found no budget", world.windsock("status").stdout, re.M)


def test_servers_share_keys():
    """Another server with a copy of the registry and of the keys: what either signs is believed, before and after a roll."""
    w = make()
    other = World()
    other.dir.mkdir(exist_ok=True)
    try:
        def copy_keys():
            run("cp", "-a", "--no-target-directory", w.dir / "registry.dnssec", other.dir / "registry.dnssec")
        w.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in ("registry", "registry.key"):
            shutil.copy(w.dir / name, other.dir / name)
        copy_keys()
        other.start_dnsd()
        file = anchor(w)
        assert tags(w) == tags(other)
        for word in ("demo/A", "nope/A", "mail/TXT", "@/DNSKEY"):
            assert_secure(other, word, file)
        w.windsock("dnssec", "roll", "b5p.us")
        assert eventually(lambda: len(tags(w)) == 2)
        assert len(tags(other)) == 1
        for word in ("demo/A", "nope/A"):
            assert_secure(other, word, file)
        copy_keys()
        assert eventually(lambda: tags(other) == tags(w))
        for server in (w, other):
            for word in ("demo/AAAA", "nope2/A", "x.wild/TXT"):
                assert_secure(server, word, file)
    finally:
        other.close()
        w.close()


@pytest.mark.parametrize("options", [(), ("--split",)], ids=["csk", "split"])
def test_the_algorithm_rolls(options):
    """Both algorithms sign all until the DS has changed: at each step, who knows the old key or the new one believes us."""
    w = make(options)
    words = ("demo/A", "nope/A", "mail/TXT", "@/DNSKEY", "fe4_058/A")
    try:
        old, old_anchor = tags(w) | tags(w, "MX"), anchor(w)
        ksk = ("--ksk",) if options else ()
        for wrong in (("--algorithm", "rsasha1"), ("--zsk", "--algorithm", "ed25519")):
            assert w.windsock("dnssec", "roll", "b5p.us", *wrong, check=False).returncode == 2
        w.windsock("dnssec", "roll", "b5p.us", *ksk, "--algorithm", "ed25519")
        both = len(ksk) * 2 + 2
        assert eventually(lambda: len(ask(w, "b5p.us", "DNSKEY", tcp=True).answer[0]) == both)
        assert eventually(lambda: len(tags(w, "MX")) == 2)
        signatures = [r for rrset in ask(w, "b5p.us", "MX", tcp=True).answer if rrset.rdtype == dns.rdatatype.RRSIG for r in rrset]
        assert sorted(int(r.algorithm) for r in signatures) == [13, 15]
        new, = {key["tag"] for key in status(w) if key["algorithm"] == "ed25519" and key["flags"] == 257}
        for word in words:
            assert_secure(w, word, old_anchor)
        settime(w, new, "-P", "sync", "now")
        assert eventually(lambda: ask(w, "b5p.us", "CDS").answer)
        again = w.windsock("dnssec", "roll", "b5p.us", *ksk, "--algorithm", "ed25519", check=False)
        assert again.returncode != 0 and "is under way" in again.stderr
        w.windsock("dnssec", "roll", "b5p.us", *ksk, "--force", "--reason", "test")
        for tag in old:
            settime(w, tag, "-I", "now", "-D", "now")
        assert eventually(lambda: tags(w).isdisjoint(old) and tags(w, "MX").isdisjoint(old))
        for word in words:
            assert_secure(w, word)
        ends = [key for key in status(w) if key["algorithm"] == "ecdsap256sha256"]
        assert not ends or all(key["tag"] in old for key in ends)
    finally:
        w.close()


def test_a_zsk_rolls():
    w = make(("--split",))
    try:
        file = anchor(w)
        ksk, zsk = tags(w), tags(w, "MX")
        assert ksk.isdisjoint(zsk)
        w.windsock("dnssec", "roll", "b5p.us", "--zsk")
        new, = {key["tag"] for key in status(w)} - ksk - zsk
        again = w.windsock("dnssec", "roll", "b5p.us", "--zsk", check=False)
        assert again.returncode == 1 and "a roll of zone b5p.us is under way" in again.stderr
        assert eventually(lambda: len(ask(w, "b5p.us", "DNSKEY", tcp=True).answer[0]) == 3)
        assert tags(w, "MX") == zsk
        assert_secure(w, "demo/A", file)
        settime(w, new, "-A", "now")
        settime(w, *zsk, "-I", "now")
        assert eventually(lambda: tags(w, "MX") == {new})
        assert_secure(w, "demo/A", file)
        settime(w, *zsk, "-D", "now")
        assert eventually(lambda: len(ask(w, "b5p.us", "DNSKEY", tcp=True).answer[0]) == 2)
        assert tags(w) == ksk
        for word in ("demo/A", "nope/A", "@/DNSKEY"):
            assert_secure(w, word, file)
    finally:
        w.close()


def test_leaving():
    w = make()
    try:
        w.windsock("zone", "add", "us", "--ns", "ns.example")
        (w.dir / "us").write_text("b5p.us. 300 IN NS ns1.b5p.us.\n" + "\n".join(
            line.replace(" IN DS", " 300 IN DS")
            for line in w.windsock("dnssec", "ds", "b5p.us").stdout.splitlines() if " DS " in line) + "\nus. 300 IN NS ns.example.\n")
        w.windsock("zone", "import", "us", w.dir / "us")
        w.windsock("dnssec", "unsign", "b5p.us")
        assert ask(w, "b5p.us", "CDS").answer[0][0].to_text() == "0 0 0 00"
        assert_secure(w, "@/CDS")
        refused = w.windsock("dnssec", "unsign", "b5p.us", check=False)
        assert refused.returncode == 3 and "still has a DS" in refused.stderr
        (w.dir / "us").write_text("b5p.us. 300 IN NS ns1.b5p.us.\nus. 300 IN NS ns.example.\n")
        w.windsock("zone", "import", "us", w.dir / "us")
        refused = w.windsock("dnssec", "unsign", "b5p.us", check=False)
        assert refused.returncode == 3 and "some may remember it" in refused.stderr
        w.sql("UPDATE change SET at = at - 90000")
        w.windsock("dnssec", "unsign", "b5p.us")
        assert not covered(ask(w, "mail.b5p.us", "A").answer)
    finally:
        w.close()


def test_key_files_are_of_a_common_form(signed):
    directory = signed.dir / "registry.dnssec"
    assert directory.stat().st_mode & 0o777 == 0o700
    files = sorted(directory.iterdir())
    assert files and all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    for file in files:
        if file.suffix == ".key":
            assert "Created" in run("dnssec-settime", "-p", "all", "-K", directory, file.stem).stdout
    ours = re.findall(r"^b5p.us. IN DS (.*)$", signed.windsock("dnssec", "ds", "b5p.us").stdout, re.M)
    theirs = [run("dnssec-dsfromkey", "-2", file).stdout.upper().split(" DS ")[1].split() for file in files
              if file.suffix == ".key" and " 257 " in file.read_text()]
    assert [line.upper().split() for line in ours] == theirs


def test_signatures_are_renewed_as_time_goes_by(clocked):
    """What was signed is signed anew before it expires, and keys follow their dates."""
    w = clocked
    w.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us=192.0.2.53")
    w.windsock("dnssec", "sign", "b5p.us")
    w.start_dnsd()

    def dates():
        reply = ask(w, "b5p.us", "NS")
        signature = next(r for rrset in reply.answer if rrset.rdtype == dns.rdatatype.RRSIG for r in rrset)
        return signature.inception, signature.expiration

    first = dates()
    assert dates() == first
    w.move("+13d")
    later = dates()
    assert later[0] - first[0] > 12 * 86400 and later[1] > first[1]
    w.move("+0")  # back again: what is not valid yet is not used
    assert dates()[0] <= first[0] + 3600


@pytest.fixture
def alone():
    here = World()
    yield here.init()
    here.close()


def test_a_signed_alias_into_the_root_zone(alone):
    """What is said of its target belongs to the root, whose name is the last octet of that target."""
    alone.windsock("zone", "import", ".", "-", input="@ 60 SOA ns1. hostmaster. 1 1200 600 86400 60\n@ 60 NS ns1.\nns1. 60 A 192.0.2.1\n")
    alone.windsock("zone", "import", "test", "-", input="$ORIGIN test.\n@ 60 SOA ns1 hostmaster 1 1200 600 86400 60\n@ 60 NS ns1\n"
                   "ns1 60 A 192.0.2.1\na 60 CNAME outside.example.\n")
    alone.windsock("dnssec", "sign", "test")
    alone.start_dnsd()
    for want_dnssec in (False, True):
        question = dns.message.make_query("a.test", "AAAA", want_dnssec=want_dnssec)
        reply = dns.query.udp(question, "127.0.0.1", port=alone.dns_port, timeout=5)
        assert [rrset.name.to_text() for rrset in reply.authority] == ["."], reply
        assert reply.rcode() == dns.rcode.NXDOMAIN and len(reply.answer) == 1 + want_dnssec, reply


def test_a_cut_has_no_addresses_of_pools_and_hosts(alone):
    """Where DS is denied at a delegation, nothing but NS is the zone's (RFC 4035 section 2.3), though rows say more."""
    alone.windsock("zone", "import", "test", "-", input="$ORIGIN test.\n@ 60 SOA ns1 hostmaster 1 1200 600 86400 60\n@ 60 NS ns1\n"
                   "ns1 60 A 192.0.2.1\n")
    alone.windsock("relay", "add", "r1", "--address", "192.0.2.11", "--tls", "1.2")
    alone.windsock("release", "add", "p", "1", "--pool", "frontends", "--tls", "1.2")
    alone.account("demo", "*.test")
    alone.windsock("host", "add", "h.test", "--account", "demo", "--address", "198.51.100.1")
    alone.windsock("dnssec", "sign", "test")
    for owner in ("frontends.test", "h.test"):
        alone.sql(f"INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('test', '{owner}', 2, 60, x'036e7331047465737400')")
    alone.start_dnsd()
    for owner in ("frontends.test", "h.test"):
        question = dns.message.make_query(owner, "DS", want_dnssec=True)
        reply = dns.query.udp(question, "127.0.0.1", port=alone.dns_port, timeout=5)
        denied = [rrset for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NSEC]
        assert len(denied) == 1 and denied[0][0].to_text().split()[1:] == ["NS", "RRSIG", "NSEC"], reply
