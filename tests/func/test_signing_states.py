# SPDX-License-Identifier: BSD-2-Clause
"""A zone's signing as a table: in each state, each command, at its time. The parent is ours, so that what it says of
its DS, and since when, is in the registry."""
import json
import re
import time

import pytest
from harness import eventually

ZONE, DAY = "kid.test", 86400


def ds(world, *more):
    text = world.windsock("dnssec", "ds", ZONE).stdout
    return [f"{ZONE}. 300 IN DS " + line.split(" DS ")[1] for line in text.splitlines() if " IN DS " in line]


def parent(world, lines):
    (world.dir / "test").write_text("\n".join([f"{ZONE}. 300 IN NS ns1.{ZONE}.", f"ns1.{ZONE}. 300 IN A 192.0.2.53",
                                               "test. 300 IN NS ns.example.", *lines]) + "\n")
    world.windsock("zone", "import", "test", world.dir / "test")


def later(world, seconds=2 * DAY):
    """As if so much time had passed: all dates that are kept are so much older."""
    for path in (world.dir / "registry.dnssec").glob("K*"):
        path.write_text(re.sub(r"(: )(20\d{12})$", lambda m: m[1] + time.strftime("%Y%m%d%H%M%S", time.gmtime(
            time.mktime(time.strptime(m[2] + "UTC", "%Y%m%d%H%M%S%Z")) - time.timezone - seconds)), path.read_text(),
            flags=re.M))
    world.sql(f"UPDATE change SET at = at - {seconds}")
    world.sql(f"UPDATE meta SET value = value - {seconds} WHERE name LIKE 'ds gone%' AND value > 0")


def say(world, *words):
    return world.windsock("dnssec", *words, check=False)


STEPS = {
    "unsigned": [],
    "fresh": ["sign"],
    "signed": ["sign", "later", "ds"],
    "old": ["sign", "later", "unsign"],
    "leaving, DS there": ["sign", "later", "ds", "unsign"],
    "leaving, DS gone now": ["sign", "later", "ds", "unsign", "no ds"],
    "leaving, DS forgotten": ["sign", "later", "ds", "unsign", "no ds", "later"],
    "rolling": ["sign", "later", "ds", "roll"],
}


def bring(world, state):
    world.windsock("zone", "add", "test", "--ns", "ns.example")
    parent(world, [])
    world.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=192.0.2.53")
    for step in STEPS[state]:
        if step == "later":
            later(world)
        elif step == "ds":
            parent(world, ds(world))
        elif step == "no ds":
            parent(world, [])
        else:
            done = say(world, step, ZONE)
            assert done.returncode == 0, (state, step, done)


def shown(world):
    return json.loads(world.windsock("dnssec", "status", ZONE, "--json").stdout)


def states(world):
    return sorted(key["state"] for key in shown(world)["keys"])


# command → state → (exit status, signed afterwards, the keys' states, a word)
TABLE = {
    ("sign",): {
        "unsigned": (0, "yes", ["active"], "is signed"),
        "fresh": (1, "yes", ["active"], "is signed"),
        "signed": (1, "yes", ["active"], "is signed"),
        "old": (0, "yes", ["active", "removed"], "registrar"),
        "leaving, DS there": (0, "yes", ["active"], "keys that are there"),
        "leaving, DS gone now": (0, "yes", ["active"], "keys that are there"),
        "leaving, DS forgotten": (0, "yes", ["active"], "keys that are there"),
        "rolling": (1, "yes", ["active", "active"], "is signed"),
    },
    ("sign", "--algorithm", "ed25519"): {
        "unsigned": (0, "yes", ["active"], "is signed"),
        "old": (0, "yes", ["active", "removed"], "registrar"),
        "leaving, DS there": (2, "leaving", ["active"], "keys that are active"),
        "leaving, DS gone now": (2, "leaving", ["active"], "keys that are active"),
    },
    ("sign", "--split"): {
        "unsigned": (0, "yes", ["active", "active"], "is signed"),
        "old": (0, "yes", ["active", "active", "removed"], "registrar"),
        "leaving, DS there": (2, "leaving", ["active"], "keys that are active"),
    },
    ("unsign",): {
        "unsigned": (1, "no", [], "is not signed"),
        "fresh": (0, "no", ["removed"], "no longer signed"),
        "signed": (0, "leaving", ["active"], "a day later"),
        "old": (1, "no", ["removed"], "is not signed"),
        "leaving, DS there": (3, "leaving", ["active"], "still has a DS"),
        "leaving, DS gone now": (3, "leaving", ["active"], "some may remember it until"),
        "leaving, DS forgotten": (0, "no", ["removed"], "no longer signed"),
        "rolling": (0, "leaving", ["active", "active"], "a day later"),
    },
    ("unsign", "--force", "--reason", "a test"): {
        "signed": (0, "no", ["removed"], "still has a DS"),
        "leaving, DS there": (0, "no", ["removed"], "still has a DS"),
        "leaving, DS gone now": (0, "no", ["removed"], "some may remember"),
    },
    ("roll",): {
        "unsigned": (2, "no", [], "is not signed"),
        "fresh": (0, "yes", ["active", "active"], "signs beside key"),
        "signed": (0, "yes", ["active", "active"], "signs beside key"),
        "old": (2, "no", ["removed"], "is not signed"),
        "leaving, DS there": (2, "leaving", ["active"], "leaves"),
        "leaving, DS forgotten": (2, "leaving", ["active"], "leaves"),
        "rolling": (3, "yes", ["active", "active"], "has no DS of key"),
    },
    ("ds",): {
        "unsigned": (1, "no", [], "wants no DS"),
        "fresh": (0, "yes", ["active"], "not to be published before"),
        "signed": (0, "yes", ["active"], "IN DS"),
        "old": (1, "no", ["removed"], "wants no DS"),
        "leaving, DS there": (0, "leaving", ["active"], "no DS for it"),
        "rolling": (0, "yes", ["active", "active"], "not to be published before"),
    },
}
CELLS = [(words, state, *cell) for words, cells in TABLE.items() for state, cell in cells.items()]


@pytest.mark.parametrize("words, state, status, signed, keys, word", CELLS,
                         ids=[f"{' '.join(cell[0][:2])}: {cell[1]}" for cell in CELLS])
def test_cell(world, words, state, status, signed, keys, word):
    bring(world, state)
    done = say(world, words[0], ZONE, *words[1:])
    assert done.returncode == status, done
    assert word in done.stdout + done.stderr, done
    assert shown(world)["signed"] == signed
    assert states(world) == keys


def served(world, kind):
    return sorted(rr.to_text() for rrset in world.query(ZONE, kind, tcp=True).answer for rr in rrset)


def test_signing_again_begins_anew(world):
    """The old key is not published again, and no CDS asks for a DS before unsigned data is forgotten."""
    bring(world, "old")
    old = {key["tag"] for key in shown(world)["keys"]}
    world.start_dnsd()
    assert say(world, "sign", ZONE, "--algorithm", "ed25519").returncode == 0
    assert eventually(lambda: len(served(world, "DNSKEY")) == 1)
    assert served(world, "DNSKEY")[0].split()[2] == "15" and served(world, "CDS") == []
    active = {key["tag"] for key in shown(world)["keys"] if key["state"] == "active"}
    assert active and not active & old


def test_an_unsigned_zones_key_is_not_called_active(world):
    """As it was left by earlier versions: unsigned, and its key not retired. Its CDS waits."""
    bring(world, "fresh")
    later(world)
    world.sql(f"UPDATE zone SET signed = 0 WHERE name = '{ZONE}'")
    assert states(world) == ["unused"]
    world.start_dnsd()
    assert say(world, "sign", ZONE).returncode == 0
    assert eventually(lambda: len(served(world, "DNSKEY")) == 1)
    assert served(world, "CDS") == []
    assert "not to be published before" in say(world, "ds", ZONE).stderr


def test_another_signers_cds_is_not_taken(world):
    """RFC 7344 section 4.1: it speaks of keys that are not ours. Below the apex it is data."""
    (world.dir / "zone").write_text(f"""$ORIGIN {ZONE}.
@ 300 SOA ns1 h 1 3600 600 86400 60
@ 300 NS ns1
ns1 300 A 192.0.2.53
@ 300 CDS 12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899
@ 300 CDNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
sub 300 CDS 12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899
""")
    done = world.windsock("zone", "import", ZONE, world.dir / "zone")
    assert "2 records of a signer were left out" in done.stderr
    exported = world.windsock("zone", "export", ZONE).stdout
    assert exported.count(" CDS ") == 1 and "CDNSKEY" not in exported
