# SPDX-License-Identifier: BSD-2-Clause
"""What a zone consists of is of one form, whichever door it comes in by: the same record is one record, and what
is transferred, exported and answered is the same, and such as others load."""
import pytest

from test_update import ZONE, keyed, new, rcode, send  # noqa: F401 (keyed is a fixture)

HEAD = f"@ 3600 SOA ns1 hostmaster 7 7200 3600 1209600 300\n@ 3600 NS ns1.{ZONE}.\nns1 3600 A 192.0.2.53\n"


def imported(world, text, **more):
    return world.windsock("zone", "import", ZONE, "-", input=HEAD + text, **more)


def rows(world, owner, type):
    return int(world.sql(f"SELECT count(*) FROM record WHERE owner = '{owner}' AND type = {type}"))


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
