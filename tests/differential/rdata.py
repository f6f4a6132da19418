# SPDX-License-Identifier: BSD-2-Clause
"""RDATA as text, of every type that may stand in a zone and that all of us and the peers can read.

A maker gets `pick`, a random.Random, and `target`, a function that gives some name."""

HEX32, HEX20 = "ab" * 32, "cd" * 20
KEY64 = "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="


def text_strings(pick):
    odd = ["", "a" * pick.randint(0, 255), r"\"q\"", r"back\\slash", r"\000\255", "semi;colon", "Upper"]
    return " ".join(f'"{pick.choice(odd)}"' for _ in range(pick.randint(1, 4)))


MAKERS = {
    "A": lambda p, t: f"192.0.2.{p.randint(1, 250)}",
    "AAAA": lambda p, t: f"2001:db8::{p.randint(1, 999):x}",
    "TXT": lambda p, t: text_strings(p),
    "SPF": lambda p, t: text_strings(p),
    "MX": lambda p, t: f"{p.randint(0, 9)} {t()}",
    "SRV": lambda p, t: f"1 2 {p.randint(1, 999)} {t()}",
    "PTR": lambda p, t: t(),
    "CAA": lambda p, t: p.choice(['0 issue "ca.example"', '128 iodef "mailto:a@b.example"', '0 issuewild ";"']),
    "HTTPS": lambda p, t: p.choice(["1 . alpn=h2", f"0 {t()}", f"16 {t()} alpn=h2,h3 port=8443"]),
    "SVCB": lambda p, t: p.choice(["1 . port=53", f"0 {t()}", "2 . ipv4hint=192.0.2.1,192.0.2.2"]),
    "NAPTR": lambda p, t: p.choice(['10 20 "u" "E2U" "!^.*$!x!" .', f'1 1 "s" "SIP+D2U" "" {t()}']),
    "TLSA": lambda p, t: f"3 1 1 {HEX32}",
    "SMIMEA": lambda p, t: f"3 0 1 {HEX32}",
    "SSHFP": lambda p, t: f"{p.randint(1, 4)} 1 {HEX20}",
    "HINFO": lambda p, t: p.choice(['"PDP-11" "UNIX"', '"" ""']),
    "RP": lambda p, t: f"{t()} {t()}",
    "MINFO": lambda p, t: f"{t()} {t()}",
    "AFSDB": lambda p, t: f"{p.randint(1, 2)} {t()}",
    "RT": lambda p, t: f"{p.randint(1, 9)} {t()}",
    "KX": lambda p, t: f"{p.randint(1, 9)} {t()}",
    "CERT": lambda p, t: "PGP 0 0 " + KEY64,
    "LOC": lambda p, t: p.choice(["52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m", "0 0 0 S 0 0 0 W 0m"]),
    "URI": lambda p, t: '10 1 "https://x.example/a?b"',
    "DS": lambda p, t: f"{p.randint(1, 9)} 13 2 {HEX32}",
    "CDS": lambda p, t: f"{p.randint(1, 9)} 13 2 {HEX32}",
    "CDNSKEY": lambda p, t: f"257 3 13 {KEY64}",
    "KEY": lambda p, t: f"256 3 13 {KEY64}",
    "CSYNC": lambda p, t: "66 3 A NS AAAA",
    "IPSECKEY": lambda p, t: p.choice([f"10 1 2 192.0.2.38 {KEY64}", f"10 0 2 . {KEY64}"]),
    "DHCID": lambda p, t: "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    "OPENPGPKEY": lambda p, t: KEY64,
    "APL": lambda p, t: "1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32",
    "EUI48": lambda p, t: "00-00-5e-00-53-2a",
    "EUI64": lambda p, t: "00-00-5e-ef-10-00-00-2a",
    "NID": lambda p, t: "10 0014:4fff:ff20:ee64",
    "L32": lambda p, t: "10 10.1.2.0",
    "L64": lambda p, t: "10 2001:0DB8:1140:1000",
    "LP": lambda p, t: f"10 {t()}",
    "TYPE65280": lambda p, t: r"\# 3 " + "%06x" % p.randint(0, 0xffffff),
    "TYPE1234": lambda p, t: r"\# 0",
    "NS": lambda p, t: t(),
    "CNAME": lambda p, t: t(),
    "DNAME": lambda p, t: t(),
}

PLAIN = [kind for kind in MAKERS if kind not in ("NS", "CNAME", "DNAME", "DS")]
COMMON = ["A", "AAAA", "TXT", "MX", "SRV", "PTR", "CAA", "HTTPS", "NAPTR", "TLSA", "TYPE65280"]
