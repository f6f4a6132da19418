# SPDX-License-Identifier: BSD-2-Clause
"""What `zone export` prints, `zone import`, BIND and Knot read back as the same RDATA: random RDATA of every type, names and
strings of all octets."""
import random
import re

import pytest

from harness import World, run

ZONE = "rt.test"
HEAD = f"{ZONE}. 3600 IN SOA ns.example. h.example. 7 7200 3600 1209600 300\n{ZONE}. 3600 IN NS ns.example.\n"


@pytest.fixture
def world():
    world = World()
    world.init()
    yield world
    world.close()


class Octets:
    """Random RDATA in wire form."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def octet(self):
        return self.r.choice(b"aZ09-_ .\\\";()@$,=\x00\x07\x7f\x80\xff") if self.r.random() < 0.5 else self.r.randrange(256)

    def some(self, least=0, most=12):
        return bytes(self.octet() for _ in range(self.r.randrange(least, most + 1)))

    def string(self, least=0, most=12):
        text = self.some(least, most)
        return bytes([len(text)]) + text

    def name(self):
        labels = b"".join(self.string(1, 9) for _ in range(self.r.randrange(4)))
        return labels + b"\x00"

    def number(self, size):
        return self.r.randrange(256 ** size).to_bytes(size, "big")

    def bitmap(self):
        types = sorted(self.r.sample([1, 2, 5, 6, 15, 16, 28, 46, 47, 48, 65, 99, 257, 1234, 65280], self.r.randrange(1, 6)))
        windows = {}
        for type in types:
            bits = windows.setdefault(type >> 8, bytearray(32))
            bits[(type & 255) // 8] |= 128 >> type % 8
        return b"".join(bytes([w, len(bits.rstrip(b"\0"))]) + bits.rstrip(b"\0") for w, bits in sorted(windows.items()))

    def digest(self, one, two):
        kind = self.r.choice([1, 2])
        return bytes([kind]) + self.r.randbytes(one if kind == 1 else two)

    def parameters(self):
        keys = {}
        if self.r.random() < 0.6:
            keys[1] = b"".join(self.string(1, 5) for _ in range(self.r.randrange(1, 4)))
            if self.r.random() < 0.3:
                keys[2] = b""
        if self.r.random() < 0.3:
            keys[3] = self.number(2)
        if self.r.random() < 0.3:
            keys[4] = self.r.randbytes(4 * self.r.randrange(1, 3))
        if self.r.random() < 0.2:
            keys[5] = b"\x00\x04\xfe\x0d\x00\x00"
        if self.r.random() < 0.3:
            keys[6] = self.r.randbytes(16 * self.r.randrange(1, 3))
        if self.r.random() < 0.4:
            keys[self.r.choice([667, 65333, 65534])] = self.some(1)
        if keys and self.r.random() < 0.4:
            keys[0] = b"".join(key.to_bytes(2, "big") for key in sorted(keys))
        return b"".join(key.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value for key, value in sorted(keys.items()))

    def prefixes(self):
        out = b""
        for _ in range(self.r.randrange(1, 3)):
            family, most = self.r.choice([(1, 4), (2, 16)])
            address = self.r.randbytes(self.r.randrange(most + 1)).rstrip(b"\0")
            out += bytes([0, family, 8 * len(address), self.r.choice([0, 128]) | len(address)]) + address
        return out

    def location(self):
        length = lambda: self.r.choice([0, *(base << 4 | power for base in range(1, 10) for power in range(10))])
        return (bytes([0, length(), length(), length()]) + (2 ** 31 + self.r.randrange(-324000000, 324000001)).to_bytes(4, "big")
                + (2 ** 31 + self.r.randrange(-648000000, 648000001)).to_bytes(4, "big") + self.number(4))

    def gateway(self):
        kind = self.r.randrange(4)
        gateway = [b"", self.r.randbytes(4), self.r.randbytes(16), self.name()][kind]
        return bytes([self.octet(), kind, 2]) + gateway + self.some(3)

    def rdata(self, type):
        n = self.number
        return {
            "A": lambda: n(4), "AAAA": lambda: n(16), "NS": self.name, "PTR": self.name,
            "MX": lambda: n(2) + self.name(), "TXT": lambda: b"".join(self.string() for _ in range(self.r.randrange(1, 4))),
            "SPF": self.string, "HINFO": lambda: self.string() + self.string(), "RP": lambda: self.name() + self.name(),
            "AFSDB": lambda: n(2) + self.name(), "SRV": lambda: n(6) + self.name(), "KX": lambda: n(2) + self.name(),
            "NAPTR": lambda: n(4) + self.string() + self.string() + b"\0" + self.name(),
            "CERT": lambda: n(2) + n(2) + bytes([self.octet()]) + self.some(1), "DS": lambda: n(2) + b"\x0d" + self.digest(20, 32),
            "CDS": lambda: n(2) + b"\x0d" + self.digest(20, 32), "SSHFP": lambda: b"\x01" + self.digest(20, 32),
            "TLSA": lambda: n(3) + self.some(1), "SMIMEA": lambda: n(3) + self.some(1),
            "CDNSKEY": lambda: b"\x01\x00\x03\x0d" + self.some(8, 20), "KEY": lambda: b"\x01\x00\x03\x0d" + self.some(8, 20),
            "OPENPGPKEY": lambda: self.some(1), "DHCID": lambda: self.some(1), "EUI48": lambda: n(6), "EUI64": lambda: n(8),
            "URI": lambda: n(4) + self.some(1),
            "CAA": lambda: bytes([self.r.choice([0, 128])]) + self.r.choice([b"\x05issue", b"\x09issuewild", b"\x05iodef", b"\x03x9Y"])
            + self.some(), "CSYNC": lambda: n(4) + n(2) + self.bitmap(), "SVCB": lambda: n(2) + self.name() + self.parameters(),
            "HTTPS": lambda: b"\0\1" + self.name() + self.parameters(), "LOC": self.location, "APL": self.prefixes,
            "IPSECKEY": self.gateway, "HIP": lambda: b"\4\2\0\3" + self.r.randbytes(7) + self.name(), "DNAME": self.name,
            "TYPE65280": self.some, "TYPE1234": self.some,
        }[type]()


TYPES = ["A", "AAAA", "NS", "PTR", "MX", "TXT", "SPF", "HINFO", "RP", "AFSDB", "SRV", "KX", "NAPTR", "CERT", "DS", "CDS", "SSHFP",
         "TLSA", "SMIMEA", "CDNSKEY", "KEY", "OPENPGPKEY", "DHCID", "EUI48", "EUI64", "URI", "CAA", "CSYNC", "SVCB", "HTTPS", "LOC",
         "APL", "IPSECKEY", "HIP", "DNAME", "TYPE65280", "TYPE1234"]


def bind(text, path):
    """As BIND understands it: canonical text, sorted."""
    path.write_text(text)
    done = run("named-compilezone", "-i", "none", "-k", "ignore", "-m", "ignore", "-M", "ignore", "-n", "ignore", "-S", "ignore", "-r",
               "ignore", "-s", "full", "-f", "text", "-F", "text", "-o", "-", ZONE, path, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-3000:]}\n{text}"
    return sorted(line for line in done.stdout.splitlines() if "SOA" not in line)


def rows(world):
    return world.sql("SELECT owner, type, hex(rdata) FROM record ORDER BY 1, 2, 3")


@pytest.mark.parametrize("seed", [1, 2])
def test_random_rdata_comes_back(world, seed, tmp_path):
    octets = Octets(seed)
    lines = []
    for i in range(len(TYPES) * 20):
        type = TYPES[i % len(TYPES)]
        rdata = octets.rdata(type)
        lines.append(f"n{i}.{ZONE}. 60 IN {type} \\# {len(rdata)} {rdata.hex()}\n")
    world.windsock("zone", "import", ZONE, "-", input=HEAD + "".join(lines))
    assert int(world.sql("SELECT count(*) FROM record")) == len(lines) + 1
    wanted = rows(world)
    text = world.windsock("zone", "export", ZONE).stdout
    own = [line for line in text.splitlines() if " \\# " not in line]
    assert len(own) > len(lines) * 0.8, "most have a text of their own"
    assert "0 added, 0 removed" in world.windsock("zone", "import", ZONE, "-", input=text).stdout
    world.windsock("zone", "remove", ZONE, "--force", "--reason", "test")
    world.windsock("zone", "import", ZONE, "-", input=text)
    assert rows(world) == wanted
    assert bind(text, tmp_path / "printed") == bind(HEAD + "".join(lines), tmp_path / "octets")
    (tmp_path / "zone").write_text(text)
    knot = run("kzonecheck", "-o", ZONE, tmp_path / "zone", check=False)
    assert knot.returncode == 0, knot.stdout + knot.stderr


@pytest.mark.parametrize("line, wanted", [  # what was printed wrongly once
    ('x 60 SVCB 1 . key65333="a;b"', '1 . key65333="a;b"'), ('x 60 HTTPS 1 . alpn="h2,h3" port=443', '1 . alpn="h2,h3" port=443'),
    ('x 60 SVCB 1 . dohpath="/dns-query{?dns}"', '1 . key7="/dns-query{?dns}"'),
    (r'x 60 HTTPS 1 . alpn="f\\\\oo\\,bar,h2"', r"\# 20 00010000010008"), ("x 60 PTR a\\ b\\\"c\\.d.e.", r'a\032b\"c\.d.e.'),
    ("x 60 RP Who\\@x.example. .", "Who\\@x.example. ."), ('x 60 CAA 0 issue "a\\"b;c"', r'0 issue "a\"b;c"'),
    ("x 60 IPSECKEY 10 3 2 a\\.b.example. AAAA", "10 3 2 a\\.b.example. AAAA"),
    ("x 60 LOC 51 30 12.748 N 0 7 39.611 W -0.05m 0.00m 100.00m 10.00m", "51 30 12.748 N 0 7 39.611 W -0.05m 0.00m 100.00m 10.00m"),
])
def test_text_that_others_read(world, line, wanted):
    world.windsock("zone", "import", ZONE, "-", input=HEAD + line + "\n")
    text = world.windsock("zone", "export", ZONE).stdout
    printed = re.search(r"^x\S* 60 IN \S+ (.*)$", text, re.M).group(1)
    assert printed == wanted or (wanted.startswith("\\#") and printed.startswith("\\#")), printed
    before = rows(world)
    world.windsock("zone", "import", ZONE, "-", input=text)
    assert rows(world) == before


# Zone files as others take them (RFC 1035 section 5, RFC 2308 section 4, RFC 3597 section 5, BIND's manual for $GENERATE).

PLAIN = "@ 3600 IN SOA ns.example. h.example. 7 7200 3600 1209600 300\n@ 3600 IN NS ns.example.\n"
FILES = {
    "a blank and an indented comment first": "\n \t; a comment\n   \n; another\n" + PLAIN + "w 60 A 192.0.2.1\n",
    "UTF-8": PLAIN + 'x 60 TXT "grüße" größe\ny 60 TXT "a\\é"\n',
    "strings side by side": PLAIN + 'x 60 TXT "a"b"c"\ny 60 TXT a"b c"d "" e\n',
    "class by number": PLAIN + "x 60 CLASS1 A 192.0.2.1\ny CLASS1 60 A 192.0.2.1\nz IN 60 A 192.0.2.1\n",
    "CRLF": (PLAIN + "x 60 TXT (\n one\n two )\n\t60 TXT 3\ny 60 TXT 4\n\n").replace("\n", "\r\n"),
    "octets of known types": PLAIN + "x 60 A \\# 4 c0000201\nx 60 MX \\# 5 000a 01 (\n 6d\n 00)\ny 60 TXT \\# 2 01 41\nz 60 CAA \\# 8 00 056973737565 78\n",
    "a relative $ORIGIN": PLAIN + "$ORIGIN sub\nx 60 MX 1 @\n$ORIGIN deep\nx 60 MX 1 y\n$ORIGIN rt.test.\nz 60 MX 1 y\n",
    "an owner that stays": PLAIN + "x 60 A 192.0.2.1\n$ORIGIN sub.rt.test.\n  60 A 192.0.2.2\n\t60 TXT y\n",
    "no TTL but the SOA's minimum": PLAIN.replace("3600 IN SOA", "IN SOA").replace("@ 3600 IN NS", "@ NS") + "x A 192.0.2.1\n",
    "the last TTL": PLAIN + "x 60 A 192.0.2.1\ny A 192.0.2.2\nz 90 A 192.0.2.3\n  TXT t\n",
    "$TTL": "$TTL 1h30m\n" + PLAIN + "x 60 A 192.0.2.1\ny A 192.0.2.2\n$TTL 2d\nz A 192.0.2.3\nv 1w2d A 192.0.2.4\n",
    "many lines": PLAIN + 'x ( 60\n IN ; a comment ( "\n TXT ) ( "a;b" c\\;d ; more\n "(e)" )\ny 60 A 192.0.2.1;z\n',
    "small letters": PLAIN + "x 60 in a 192.0.2.1\ny 60 type65280 \\# 1 AB\nz 60 type1 \\# 4 C0000201\n",
    "odd names": PLAIN + 'a=b 60 PTR c+d,e.f\n\\097b 60 PTR x\\.y.z\n60 60 A 192.0.2.1\n*.w 60 CNAME @\n_x._tcp 60 SRV 1 2 3 a:b\n',
    "$GENERATE": PLAIN + "$GENERATE 1-3 h$ 60 A 192.0.2.$\n$GENERATE 0-20/10 ${0,3,d}.g 60 IN PTR x${1,2,x}.example.\n"
    "$GENERATE 17-18 ${0,3,n}.n 60 CNAME ${-1,0,o}\n$GENERATE 1-2 m$ 60 TXT a$b\\$\n",
    "a type that only some know": PLAIN + "x 60 HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPC rvs.example.\n",
    "keys of SVCB": PLAIN + 'x 60 SVCB 1 . alpn="h2,h3" key65333="a;b" port="443"\ny 60 HTTPS 1 . ( alpn=h2\n ipv4hint=192.0.2.1 )\n',
    "a tab in quotes": PLAIN + 'x 60 TXT "a\tb"\n',
    "no line end": PLAIN + "x 60 A 192.0.2.1",
}


@pytest.mark.parametrize("what", FILES)
def test_what_bind_takes_is_taken_alike(world, what, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(FILES[what].encode())
    world.windsock("zone", "import", ZONE, file)
    text = world.windsock("zone", "export", ZONE).stdout
    path = tmp_path / "wanted"
    assert bind(text, tmp_path / "ours") == bind(FILES[what], path)


EXPRESSIONS = ["!^.*$!sip:x@y.z!", "!^(.*)$!\\1!i", "", "abc", "!a!b", "!a!b!x", "!(a!b!", "!a!\\1!", "!a(b)!\\1\\2!", "!a{2}!b!", "!a{2!b!",
               "![]a-z]!x!", "![a!x!", "/a/b/", "!*a!b!", "!a**!b!", "1a1b1", "!!b!", "!(a|)!c!", "!()!c!", "!a{300}!b!",
               "![[:digit:]]!x!", "![[:foo:]]!x!", "!(\\|)!a!i", "!)!x!", "!\\1!b!", "!a{!x!", "!(a)\\1!x!"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_of_naptr_are_judged_as_bind_does(world, expression, tmp_path):
    """BIND refuses a whole zone, as a secondary, too, for one that is none (RFC 3402 section 3.2)."""
    file = tmp_path / "zone"
    text = expression.replace("\\", "\\\\")
    file.write_text(f'$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\nx NAPTR 1 1 "" "" "{text}" .\n')
    theirs = run("named-checkzone", "-q", "naptr.test", file, check=False).returncode == 0
    ours = world.windsock("zone", "import", "naptr.test", file, check=False)
    assert (ours.returncode == 0) == theirs, (theirs, ours.stderr)
    assert theirs or ":5:" in ours.stderr, ours.stderr


def test_ttls_that_nobody_said_are_noted(world):
    said = world.windsock("zone", "import", ZONE, "-", input=PLAIN + "x A 192.0.2.1\n").stderr
    assert "1 records say no TTL" in said
    assert "say no TTL" not in world.windsock("zone", "import", ZONE, "-", input="$TTL 60\n" + PLAIN + "x A 192.0.2.1\n").stderr


@pytest.mark.parametrize("text, says", [
    ("$GENERATE 3-1 a A 192.0.2.1\n", ":3: wanted $GENERATE"), ("$GENERATE 1-9999999 a$ A 192.0.2.1\n", ":3: $GENERATE: more than"),
    ("$GENERATE 1-2 a$ 60 A 192.0.2.999\n", ":3: "), ("$GENERATE 1-2 a${0,3,z} 60 A 192.0.2.1\n", ":3: $GENERATE: 'a${0,3,z}'"),
    ("$GENERATE 1-2 a${-5} 60 A 192.0.2.1\n", ":3: $GENERATE: "), ("$ORIGIN\n", ":3: a directive"), ("$TTL x\n", ":3: a directive"),
    ("x 60 A \\# 4 c00002\n", ":3: less data"), ("x 60 A \\# 3 c0000201\n", ":3: more data"), ("x 60 A \\# x\n", ":3: behind"),
    ("x 60 A \\# 1 zz\n", ":3: data behind"), ("x 60 MX \\# 3 000000ff\n", ":3: more data"), ("x 60\n", ":3: a record without a type"),
    ("x 60 CLASS3 TXT x\n", ":3: only class IN"), ("x 60 TXT )\n", ":3: a ')'"), ("x 60 TXT (\n\n\"a\n", ":5: a quote"),
    ("x 60 TXT (\n", "a '(' is not closed"), ("\"\" 60 A 192.0.2.1\n", ":3: a name is empty"), ("a..b 60 A 192.0.2.1\n", ":3: "),
])
def test_what_is_wrong_is_said_with_its_line(world, text, says, tmp_path):
    file = tmp_path / "file"
    file.write_text(PLAIN + text)
    done = world.windsock("zone", "import", ZONE, file, check=False)
    assert done.returncode == 1 and f"{file}" in done.stderr and says in done.stderr, done.stderr
