# SPDX-License-Identifier: BSD-2-Clause
"""What a zone consists of is of one form, whichever entrance it comes in by: the same record is one record, and what
is transferred, exported and answered is the same, and such as others load."""
import collections
import random

import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.tsig
import dns.zone
import pytest

from harness import eventually, run
from test_update import ZONE, keyed, make_key, new, rcode, send  # noqa: F401 (keyed is a fixture)

HEAD = f"@ 3600 SOA ns1 hostmaster 7 7200 3600 1209600 300\n@ 3600 NS ns1.{ZONE}.\nns1 3600 A 192.0.2.53\n"


def imported(world, text, **more):
    return world.windsock("zone", "import", ZONE, "-", input=HEAD + text, **more)


def rows(world, owner, type):
    return int(world.sql(f"SELECT count(*) FROM record WHERE owner = '{owner}' AND type = {type}"))


def key(world):
    """A key that may transfer, for dig."""
    if "xfr.key" not in world.secrets:
        make_key(world, "xfr.key", "--transfer")
        assert eventually(lambda: "NOERROR" in world.dig("-y", key(world), ZONE, "SOA"))
    return f"hmac-sha256:xfr.key:{world.secrets['xfr.key']}"


def axfr(world):
    return world.dig("+noall", "+answer", "+onesoa", "-y", key(world), ZONE, "AXFR")


def refused(world, *words, says, **more):
    done = world.windsock(*words, check=False, **more)
    assert done.returncode in (1, 2) and says in done.stderr, done
    return done


def changes(world):
    return world.sql("SELECT max(id) FROM change")


# One comparison of records (RFC 2136 section 1.1.1, RFC 4343, RFC 4034 section 6.2).


def test_names_in_rdata_have_no_case_in_updates(keyed):
    imported(keyed, "@ 60 MX 10 Mail\ns 60 SRV 1 2 3 Target.Example.\np 60 PTR Some.Name.\nn 60 NAPTR 1 2 u S \"\" Re.Place.\n")
    before = changes(keyed)
    update = new()
    update.add("@", 60, "MX", f"10 mail.{ZONE}.")  # the same one: nothing to do
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    assert changes(keyed) == before and rows(keyed, ZONE, 15) == 1
    for owner, type, rdata in [("@", "MX", f"10 MAIL.{ZONE}."), ("s", "SRV", "1 2 3 TARGET.example."),
                               ("p", "PTR", "some.NAME."), ("n", "NAPTR", '1 2 "u" "S" "" re.place.')]:
        update = new()
        update.present(owner, type, rdata)
        update.delete(owner, type, rdata)
        assert rcode(keyed, update, "ops.key") == "NOERROR", type
        assert keyed.answers(ZONE if owner == "@" else f"{owner}.{ZONE}", type) == [], type


def test_strings_and_younger_types_keep_their_case(keyed):
    imported(keyed, "t 60 TXT One\nh 60 HTTPS 1 Target.Example.\n")
    for owner, type, rdata in [("t", "TXT", '"one"'), ("h", "HTTPS", "1 target.example.")]:
        update = new()
        update.delete(owner, type, rdata)
        assert rcode(keyed, update, "ops.key") == "NOERROR"
        assert len(keyed.answers(f"{owner}.{ZONE}", type)) == 1, type


def test_the_last_ns_is_the_last_however_it_is_written(keyed):
    keyed.windsock("zone", "import", ZONE, "-", input=HEAD.replace("NS ns1", "NS NS1"))
    for name in f"ns1.{ZONE}.", f"NS1.{ZONE}.":
        update = new()
        update.delete("@", "NS", name)
        assert rcode(keyed, update, "ops.key") == "NOERROR"
    update = new()
    update.add("@", 3600, "NS", f"nS1.{ZONE}.")
    update.delete("@", "NS", f"ns1.{ZONE}.")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    assert [ns.lower() for ns in keyed.answers(ZONE, "NS")] == [f"ns1.{ZONE}."]


def test_an_import_knows_the_same_record_in_other_letters(keyed):
    imported(keyed, "@ 60 MX 10 Mail\n")
    assert "0 added, 0 removed" in imported(keyed, "@ 60 MX 10 mail\n").stdout
    assert "0 added, 0 removed" in imported(keyed, "@ 60 MX 10 MAIL\n@ 60 MX 10 mail\n").stdout
    assert rows(keyed, ZONE, 15) == 1


def test_the_same_record_twice_is_served_once_and_goes_at_once(keyed):
    """As an older windsock left them."""
    imported(keyed, "@ 60 MX 10 mail\n")
    keyed.sql("INSERT INTO record (zone, owner, type, ttl, rdata) SELECT zone, owner, type, ttl, "
              "x'000a044d41494c056b69746573047465737400' FROM record WHERE type = 15")
    assert rows(keyed, ZONE, 15) == 2
    assert len([1 for line in axfr(keyed).splitlines() if "\tMX\t" in line]) == 1
    update = new()
    update.add("@", 60, "TXT", '"x"')  # the view has followed
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    assert len(keyed.query(ZONE, "MX").answer[0]) == 1
    update = new()
    update.delete("@", "MX", f"10 Mail.{ZONE}.")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    assert rows(keyed, ZONE, 15) == 0


# Prerequisites (RFC 2136 section 3.2).


def test_prerequisites_are_gathered_before_they_are_compared(keyed):
    imported(keyed, "w 60 A 192.0.2.1\n")
    update = new()
    update.present("w", "A", "192.0.2.9")   # another RRset than there is, but that is looked at last
    update.present("nx")
    assert rcode(keyed, update, "ops.key") == "NXDOMAIN"
    update = new()
    update.present("w", "A", "192.0.2.1")
    update.present("w", "A", "192.0.2.1")   # said twice, it is one record
    assert rcode(keyed, update, "ops.key") == "NOERROR"


@pytest.mark.parametrize("ask, wanted", [
    (lambda u: u.present("fe4_152", "A"), "NOERROR"),
    (lambda u: u.present("fe4_152", "AAAA"), "NXRRSET"),            # such a label has no AAAA
    (lambda u: u.present("fe4_152", "A", "192.0.2.1"), "NOERROR"),
    (lambda u: u.present("fe4_152", "A", "192.0.2.9"), "NXRRSET"),
    (lambda u: u.absent("fe4_152", "AAAA"), "NOERROR"),
    (lambda u: u.present("fe4_153"), "NOERROR"),                    # a version that nobody defined
    (lambda u: u.present("fe4_153", "A", "192.0.2.1"), "NOERROR"),
    (lambda u: u.absent("fe4_153"), "YXDOMAIN"),
    (lambda u: u.present("x.fe4_152"), "NXDOMAIN"),                 # below a pool there is nothing
    (lambda u: u.present("demo"), "NOERROR"),                       # a host without an address
    (lambda u: u.present("demo", "A"), "NXRRSET"),
    (lambda u: u.present("@", "DNSKEY"), "NXRRSET"),
])
def test_prerequisites_are_true_to_what_is_answered(keyed, ask, wanted):
    update = new()
    ask(update)
    assert rcode(keyed, update, "ops.key") == wanted


def test_prerequisites_of_a_signed_zone(keyed):
    keyed.windsock("dnssec", "sign", ZONE)
    for ask, wanted in [(lambda u: u.present("@", "DNSKEY"), "NOERROR"), (lambda u: u.absent("@", "DNSKEY"), "YXRRSET"),
                        (lambda u: u.present("@", "CDS"), "REFUSED")]:
        update = new()
        ask(update)
        assert rcode(keyed, update, "ops.key") == wanted


# What may stand beside what (zone/form.h), at every entrance.

FORMS = [  # static data, and what does not go with them
    ("c 60 CNAME x.example.\n", ("c", "A", "192.0.2.1"), None),           # passed over in silence: RFC 2136 section 3.4.2.2
    ("d 60 DNAME x.example.\n", ("a.d", "A", "192.0.2.1"), "stands below a DNAME"),
    ("a.d 60 A 192.0.2.1\n", ("d", "DNAME", "x.example."), "stands below a DNAME"),
    ("a.b.d 60 TXT x\n", ("d", "DNAME", "x.example."), "stands below a DNAME"),
    ("d 60 DNAME x.example.\n", ("d", "DNAME", "y.example."), "more than one DNAME"),
    ("d 60 DNAME x.example.\n", ("d", "NS", "ns.example."), "has NS and DNAME"),
    ("s 60 NS ns.example.\n", ("s", "DNAME", "y.example."), "has NS and DNAME"),
    ("w 60 TXT x\n", ("*.w", "NS", "ns.example."), "is a wildcard, which delegates nothing"),
    ("w 60 TXT x\n", ("@", "DNAME", "x.example."), "stands below a DNAME"),
    ("w 60 TXT x\n", ("demo", "DNAME", "x.example."), "a host is no alias and no delegation"),
    ("w 60 TXT x\n", ("*.demo", "TXT", '"x"'), "is a host's"),
    ("w 60 TXT x\n", ("*.demo", "A", "192.0.2.1"), "has static addresses"),
    ("w 60 TXT x\n", ("*.demo", "CNAME", "x.example."), "is a host's"),
    ("w 60 TXT x\n", ("demo", "NS", "ns.example."), "a host"),
    ("w 60 TXT x\n", ("@", "CNAME", "x.example."), None),
    ("w 60 TXT x\n", ("@", "DNSKEY", "257 3 13 AAAA"), "keys are made by"),
    ("w 60 TXT x\n", ("@", "CDS", "0 0 0 00"), "made by us"),
    ("w 60 TXT x\n", ("@", "CDNSKEY", "0 3 0 AA=="), "made by us"),
    ("w 60 TXT x\n", ("@", "SOA", "ns. h. 1 1 1 1 1"), "the SOA is computed"),
]


def extended(reply):
    return [option.text or "" for option in reply.options if option.otype == 15]


@pytest.mark.parametrize("static, added, says", FORMS)
def test_an_update_makes_no_zone_that_others_refuse(keyed, static, added, says):
    imported(keyed, static)
    before = changes(keyed)
    update = new()
    update.add(added[0], 60, *added[1:])
    update.use_edns(0)
    reply = send(keyed, update, "ops.key")
    assert (dns.rcode.to_text(reply.rcode()), changes(keyed)) == ("REFUSED" if says else "NOERROR", before), reply
    assert says is None or any(says in text for text in extended(reply)), extended(reply)


def test_an_update_may_put_a_dname_over_what_it_takes_away(keyed):
    imported(keyed, "a.d 60 A 192.0.2.1\nb.d 60 A 192.0.2.2\n")
    update = new()
    update.delete(f"a.d")
    update.add("d", 60, "DNAME", "x.example.")
    assert rcode(keyed, update, "ops.key") == "REFUSED"
    update = new()
    update.delete("a.d")
    update.delete("b.d", "A", "192.0.2.2")
    update.add("d", 60, "DNAME", "x.example.")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    update = new()
    update.delete("d", "DNAME")
    update.add("a.d", 60, "A", "192.0.2.1")
    assert rcode(keyed, update, "ops.key") == "NOERROR"
    update = new()
    update.add("e", 60, "DNAME", "x.example.")
    update.add("a.e", 60, "A", "192.0.2.1")
    assert rcode(keyed, update, "ops.key") == "REFUSED"


@pytest.mark.parametrize("static, host, says", [
    ("w 60 A 192.0.2.1\n", "w", "has static addresses"), ("mail 60 AAAA 2001:db8::1\n", "mail", "has static addresses"),
    ("", "ns1", "has static addresses"), ("w 60 CNAME x.example.\n", "w", "has a CNAME, and a host's addresses"),
    ("w 60 DNAME x.example.\n", "w", "has a DNAME"), ("d 60 DNAME x.example.\n", "a.d", "stands below a DNAME"),
    ("d 60 DNAME x.example.\n", "a.b.d", "stands below a DNAME"), ("s 60 NS x.example.\n", "a.s", "delegation"),
    ("*.w 60 A 192.0.2.1\n", "w", "*.w.kites.test has static addresses"), ("*.w 60 TXT x\n", "w", "is a host's"),
])
def test_a_host_takes_no_static_name_over(keyed, static, host, says):
    imported(keyed, static)
    refused(keyed, "host", "add", f"{host}.{ZONE}", "--address", "192.0.2.9", says=says)
    refused(keyed, "host", "import", "-", input=f"fine.{ZONE}\t192.0.2.9\n{host}.{ZONE}\t192.0.2.9\n", says=says)
    refused(keyed, "import", "-", input=f"host name={host}.{ZONE} addresses=192.0.2.9\n", says=says)
    assert keyed.windsock("host", "list").stdout.count("192.0.2.9") == 0


@pytest.mark.parametrize("line, says", [
    ("demo CNAME x.example.", ":7: demo.kites.test has a CNAME, and a host's addresses"),
    ("fe4_152 CNAME x.example.", ":7: fe4_152.kites.test has a CNAME, and a pool's addresses"),
    ("fe4_152 NS ns.example.", ":7: fe4_152.kites.test is delegated, and a pool's name"),
    ("demo NS ns.example.", ":7: demo.kites.test is delegated, and a host"),
    ("*.demo TXT x", ":7: *.demo.kites.test is a host's"),
    ("*.w NS ns.example.", ":7: *.w.kites.test is a wildcard"),
    ("s NS ns.example.\ns DNAME x.example.", ":8: s.kites.test has NS and DNAME"),
    ("demo DNAME x.example.", ":7: demo.kites.test has a DNAME"),
])
def test_an_import_takes_nothing_from_hosts_and_pools(keyed, line, says):
    before = changes(keyed)
    file = keyed.dir / "wrong.zone"
    file.write_text(HEAD + "\n\n\n" + line.replace(" ", " 60 ", 1).replace("\ns ", "\ns 60 ") + "\n")
    refused(keyed, "zone", "import", ZONE, file, says=says)
    assert changes(keyed) == before


def test_a_dname_above_a_host_is_refused(keyed):
    keyed.windsock("host", "add", f"x.d.{ZONE}", "--address", "192.0.2.9")
    refused(keyed, "zone", "import", ZONE, "-", input=HEAD + "d 60 DNAME x.example.\n", says=f"x.d.{ZONE} stands below a DNAME")


def test_a_host_that_a_client_makes_takes_no_static_name_over(keyed):
    imported(keyed, "*.new.demo 60 TXT x\nd.demo 60 DNAME x.example.\nold.demo 60 A 192.0.2.1\n")
    for name in "new.demo", "x.d.demo", "old.demo":
        update = new()
        update.add(name, 60, "A", "198.51.100.3")
        assert rcode(keyed, update) == "REFUSED", name
    update = new()
    update.add("fine.demo", 60, "A", "198.51.100.3")
    assert rcode(keyed, update) == "NOERROR"


def test_a_pool_takes_no_static_name_over(keyed):
    imported(keyed, "fe4_100 60 CNAME x.example.\nfe4_101 60 NS ns.example.\nfe4_102 60 A 192.0.2.7\n")
    refused(keyed, "pool", "add", "fe4_100", says=f"fe4_100.{ZONE} has a CNAME")
    refused(keyed, "release", "add", "pagekite.py", "1.0.1", "--pool", "fe4_101", "--tls", "1.2", says=f"fe4_101.{ZONE} is delegated")
    harm = keyed.windsock("pool", "add", "fe4_102", check=False)
    assert harm.returncode == 3 and f"static data is answered no more: fe4_102.{ZONE}" in harm.stderr, harm
    keyed.windsock("pool", "add", "fe4_102", "--force", "--reason", "test")  # the pool's addresses are served then


def test_a_dname_at_the_apex_renames_pools(keyed):
    keyed.windsock("host", "remove", f"demo.{ZONE}")
    done = keyed.windsock("zone", "import", ZONE, "-", "--force", "--reason", "x",
                          input="@ 60 SOA ns. h. 1 2 3 4 5\n@ 60 NS ns.example.\n@ 60 DNAME x.example.\n")
    assert "renames pools" in done.stderr
    assert eventually(lambda: keyed.answers(f"fe4_152.{ZONE}", "CNAME") == ["fe4_152.x.example."])
    assert "fe4_152" not in axfr(keyed)
    refused(keyed, "host", "add", f"demo.{ZONE}", says="stands below a DNAME")


# What is no name, or not the one that is meant.


@pytest.mark.parametrize("words, says", [
    (["zone", "add", "bücher.test", "--ns", "ns.example"], "xn--bcher-kva.test"),
    (["zone", "add", "日本.test", "--ns", "ns.example"], "xn--wgv71a.test"),
    (["host", "add", f"köln.{ZONE}"], f"xn--kln-sna.{ZONE}"),
    (["host", "add", f"a b.{ZONE}"], "blank"),
    (["zone", "add", "a b.test", "--ns", "ns.example"], "blank"),
    (["tsig", "add", "bad key"], "blank"),
    (["zone", "add", "n.test", "--ns", "ns.example", "--contact", "dns@cust.test"], "@ is written as a dot"),
    (["zone", "add", "n.test", "--ns", "ns1"], "ns1 is a top-level name: ns1.n.test is meant, perhaps"),
    (["zone", "add", "n.test", "--ns", "ns1=192.0.2.1"], "ns1 is a top-level name"),
    (["tsig", "add", "k", "--account", "demo", "--types", "FOO"], "'foo' is no type"),
    (["tsig", "set", "demo.key", "--types", "txt,bar"], "'bar' is no type"),
])
def test_what_is_no_name_is_refused_with_the_way(keyed, words, says):
    before = changes(keyed)
    refused(keyed, *words, says=says)
    assert changes(keyed) == before
    keyed.windsock("tsig", "set", "demo.key", "--types", "txt,TYPE65280,aaaa")
    keyed.windsock("zone", "add", "esc\\032aped.test", "--ns", "ns.example", "--contact", "dns\\.master.cust.test")


# Random changes, by all entrances.

LABELS = ["a", "*.a", "b.a", "c", "d", "x.d", "y.x.d", "h", "*.h", "w.h", "fe4_100", "x.fe4_100", "fe4_152", "@", "s", "ns.s", "*"]
DATA = [("A", "192.0.2.{}"), ("A", "192.0.2.{}"), ("AAAA", "2001:db8::{}"), ("TXT", '"{}"'), ("CNAME", "t{}.example."),
        ("CNAME", "c"), ("DNAME", "t{}.example."), ("NS", "ns{}.example."), ("MX", "{} Mail.example."), ("MX", "1 mAIL{}.example."),
        ("SRV", "1 2 {} T.example."), ("CAA", '0 issue "{}"')]


def judges(text, path):
    """Whoever will not load it, says so."""
    path.write_text(text)
    for command in (["named-checkzone", "-i", "none", ZONE, path], ["kzonecheck", "-o", ZONE, path],
                    ["nsd-checkzone", ZONE, path]):
        done = run(*command, check=False)
        assert done.returncode == 0, f"{command[0]}:\n{done.stdout}{done.stderr}\n{text}"


class Random:
    def __init__(self, world, seed):
        self.world, self.random, self.tried = world, random.Random(seed), collections.Counter()

    def record(self):
        type, data = self.random.choice(DATA)
        return self.random.choice(LABELS), type, data.format(self.random.randrange(1, 4))

    def host(self):
        return f"{self.random.choice([label for label in LABELS if label != '@'])}.{ZONE}"

    def update(self):
        update = new()
        for _ in range(self.random.randrange(1, 4)):
            owner, type, data = self.record()
            if self.random.random() < 0.7:
                update.add(owner, 60, type, data)
            elif self.random.random() < 0.5:
                update.delete(owner)
            else:
                update.delete(owner, type, data)
        return rcode(self.world, update, "ops.key") == "NOERROR"

    def import_zone(self):
        lines = ["{} 60 {} {}".format(*self.record()) for _ in range(self.random.randrange(4))]
        return imported(self.world, "\n".join(lines) + "\n", check=False).returncode == 0

    def command(self, *words):
        return self.world.windsock(*words, check=False).returncode == 0

    def step(self):
        what = self.random.choices(["update", "import", "add", "remove", "pool", "unpool"], [12, 3, 5, 2, 2, 1])[0]
        done = {"update": self.update, "import": self.import_zone,
                "add": lambda: self.command("host", "add", self.host(), "--address", "192.0.2.99", "--address", "2001:db8::99"),
                "remove": lambda: self.command("host", "remove", self.host()),
                "pool": lambda: self.command("pool", "add", "fe4_100"),
                "unpool": lambda: self.command("pool", "remove", "fe4_100", "--force", "--reason", "x")}[what]()
        self.tried[what, done] += 1
        return done


def records(lines):
    """Of zone file lines as dig and `zone export` print them, without the SOA."""
    split = (line.split(None, 4) for line in lines.splitlines() if line and line[0] != ";")
    return sorted((owner.lower(), type, dns.rdata.from_text("IN", type, data).to_digestable())
                  for owner, _, _, type, data in split if type != "SOA")


def answered(world, zone):
    """Each RRset that is transferred is answered, but below a delegation or a DNAME."""
    for name, node in zone.nodes.items():
        above = [name.split(depth)[1] for depth in range(1, len(name.labels))]
        if any(top in zone.nodes and top != zone.origin and any(zone.get_rdataset(top, type) for type in ("NS", "DNAME"))
               for top in above) or (zone.get_rdataset(zone.origin, "DNAME") and name != zone.origin):
            continue
        for rdataset in node.rdatasets:
            if rdataset.rdtype in (dns.rdatatype.SOA, dns.rdatatype.NS) or zone.get_rdataset(name, "NS") and name != zone.origin:
                continue
            got = world.query(name.to_text(), dns.rdatatype.to_text(rdataset.rdtype)).get_rrset(
                dns.message.ANSWER, name, rdataset.rdclass, rdataset.rdtype)
            assert got is not None and set(got) == set(rdataset), (name, rdataset, got)


def follow(world, zone):
    """A secondary's IXFR."""
    keyring = {dns.name.from_text("xfr.key"): dns.tsig.Key("xfr.key", world.secrets["xfr.key"], "hmac-sha256")}
    query, serial = dns.xfr.make_query(zone, keyring=keyring)
    dns.query.inbound_xfr("127.0.0.1", zone, query, port=world.dns_port, timeout=10)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_changes_are_of_a_form_that_everybody_loads(keyed, seed, tmp_path):
    """By every entrance, what is taken is transferred (AXFR and IXFR), exported and answered alike, and BIND, Knot and NSD
    load it."""
    key(keyed)
    imported(keyed, "")
    tried = Random(keyed, seed)
    zone = dns.zone.Zone(ZONE, relativize=False)
    follow(keyed, zone)
    for _ in range(60):
        if not tried.step():
            continue
        text = axfr(keyed)
        assert records(text) == records(keyed.windsock("zone", "export", ZONE, "--served").stdout)
        judges(text, tmp_path / "zone")
        follow(keyed, zone)
        assert records(zone.to_text(relativize=False)) == records(text)
        answered(keyed, zone)
    assert all(tried.tried[what, done] for what in ("update", "import", "add") for done in (False, True)), tried.tried
