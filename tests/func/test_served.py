# SPDX-License-Identifier: BSD-2-Clause
"""What `zone export --served` prints, and what a transfer gives, are the same records: of a zone with all that a zone can
have, signed or not; and the catalog lists the zones that there are."""
import pytest

from test_secondaries import ZONE, primary, transfer  # noqa: F401

OF_SIGNING = ("RRSIG", "NSEC", "DNSKEY", "CDS", "CDNSKEY")
MORE = f"""$ORIGIN {ZONE}.
b 60 TXT "beside a host"
b 60 A 192.0.2.77
fe4_091 60 TXT "beside a pool"
inner 300 NS ns.inner
ns.inner 300 A 192.0.2.98
renamed 60 DNAME elsewhere.test.
*.deep 60 CNAME www
odd 60 TYPE65280 \\# 3 010203
srv 60 SRV 1 2 443 www
"""


def normal(lines):
    """Lines of records as sets: dig and the command part their words by other blanks."""
    words = (line.split(None, 4) for line in lines.splitlines() if line and not line.startswith(";"))
    rows = [(w[0].lower(), int(w[1]), w[3], w[4]) for w in words if w[3] != "TSIG"]
    return {row for row in rows if row[2] != "SOA"}, [row for row in rows if row[2] == "SOA"]


def both(w):
    exported, soa = normal(w.windsock("zone", "export", ZONE, "--served").stdout)
    given, soas = normal(transfer(w, "-y", f"hmac-sha256:xfr.key:{w.secret}", ZONE, "AXFR"))
    assert len(soa) == 1 and soas == [soas[0]] * 2
    return exported, given, soa[0], soas[0]


@pytest.mark.parametrize("signed", [False, True])
def test_export_and_transfer_agree(primary, signed):  # noqa: F811
    held = primary.windsock("zone", "export", ZONE).stdout
    primary.windsock("zone", "add", f"inner.{ZONE}", "--ns", f"ns.inner.{ZONE}")  # what is below it is its own
    primary.windsock("host", "add", f"h.inner.{ZONE}", "--account", "demo", "--address", "198.51.100.7")
    primary.windsock("zone", "import", ZONE, "-", input=held + MORE)
    primary.sql(f"INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('{ZONE}', '*.a.{ZONE}', 16, 60, x'0168')")
    if signed:
        primary.windsock("dnssec", "sign", ZONE)
    exported, given, soa, soas = both(primary)
    assert soa == soas
    plain = {row for row in given if row[2] not in OF_SIGNING}
    assert plain == exported
    assert (plain != given) == signed
    kinds = {row[2] for row in exported}
    assert kinds >= {"NS", "A", "AAAA", "MX", "TXT", "CNAME", "DNAME", "SRV", "TYPE65280"}, kinds
    names = {row[0] for row in exported}
    for name in ("a", "*.a", "b", "*.wild", "fe4_091", "fe6_092", "frontends", "sub", "ns.sub", "renamed", "*.deep", "inner"):
        assert f"{name}.{ZONE}." in names, name
    assert f"h.inner.{ZONE}." not in names
    assert (f"*.a.{ZONE}.", 60, "TXT", '"h"') not in exported


def test_the_catalog_lists_the_zones(primary):  # noqa: F811
    primary.dnsd.stop()
    primary.start_dnsd("--catalog", "cat.invalid")
    primary.windsock("zone", "add", "other.test", "--ns", f"ns1.{ZONE}")
    rows, soas = normal(transfer(primary, "-y", f"hmac-sha256:xfr.key:{primary.secret}", "cat.invalid", "AXFR"))
    assert len(soas) == 2
    assert {row[3] for row in rows if row[2] == "PTR"} == {f"{ZONE}.", "other.test."}
    assert {row[2:] for row in rows if row[2] != "PTR"} == {("NS", "invalid."), ("TXT", '"2"')}
