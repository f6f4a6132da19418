# SPDX-License-Identifier: BSD-2-Clause
"""Messages that no resolver should send, and some that it may: a table, asked of us and of the peers."""
import collections
import re
import select
import socket
import struct
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode

WAIT = 0.5  # seconds for those that do not answer at all
A, NS, SOA, OPT, TKEY, TSIG, MAILB, MAILA = 1, 2, 6, 41, 249, 250, 253, 254
IN, CH, HS, NONE, CLASS_ANY = 1, 3, 4, 254, 255
NSID, SUBNET, COOKIE, KEEPALIVE, PADDING, EXTENDED_ERROR = 3, 8, 10, 11, 12, 15
REFUSALS = {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.REFUSED, dns.rcode.NOTAUTH}
ROOT = b"\0"


def head(flags=0, qd=1, an=0, ns=0, ar=0):
    return struct.pack("!HHHHH", flags, qd, an, ns, ar)  # without the id, which run() puts before it


def ask(name, kind=A, klass=IN):
    return name + struct.pack("!HH", kind, klass)


def opt(*options, size=1232, version=0, flags=0, rcode=0, owner=ROOT, length=None):
    data = b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)
    length = len(data) if length is None else length
    return owner + struct.pack("!HHBBHH", OPT, size, rcode, version, flags, length) + data


def record(owner, kind=A, data=b"\xc0\0\2\1", klass=IN):
    return owner + struct.pack("!HHIH", kind, klass, 0, len(data)) + data


def tsig():
    data = b"\x0bhmac-sha256\0" + struct.pack("!HIHH", 0, int(time.time()), 300, 32) + bytes(32)
    return record(b"\3key\0", TSIG, data + struct.pack("!HHH", 0, 0, 0), CLASS_ANY)


def opcode(number, flags=0):
    return number << 11 | flags


def cases(name, zone):
    """(title, message without its id). NAME has an address, ZONE is its zone."""
    q, none = ask(name), b"\3nxd\7example\0"
    yield "plain", head() + q
    yield "another case", head() + ask(name.upper())
    for title, bit in (("AA", 0x400), ("TC", 0x200), ("RD", 0x100), ("RA", 0x80), ("Z", 0x40), ("AD", 0x20),
                       ("CD", 0x10), ("rcode 5", 5)):
        yield f"{title} set in the query", head(bit) + q
        yield f"{title} set in the query, EDNS", head(bit, ar=1) + q + opt()
    yield "QR set", head(0x8000) + q
    for number in (1, 2, 3, 4, 5, 6, 7, 15):
        yield f"opcode {number}", head(opcode(number)) + q
        yield f"opcode {number}, EDNS", head(opcode(number), ar=1) + q + opt()
        yield f"opcode {number}, no question", head(opcode(number), qd=0)
    yield "update, as it should be", head(opcode(5)) + ask(zone, SOA)
    yield "notify, as it should be", head(opcode(4, 0x400)) + ask(zone, SOA)

    yield "QDCOUNT 0", head(qd=0)
    yield "QDCOUNT 0, OPT", head(qd=0, ar=1) + opt()
    yield "QDCOUNT 0, OPT with a cookie", head(qd=0, ar=1) + opt((COOKIE, b"12345678"))
    yield "QDCOUNT 0, a question nevertheless", head(qd=0) + q
    yield "QDCOUNT 2", head(qd=2) + q + q
    yield "QDCOUNT 2, but one", head(qd=2) + q
    yield "QDCOUNT 65535", head(qd=65535) + q
    yield "ANCOUNT 1, none there", head(an=1) + q
    yield "ANCOUNT 1", head(an=1) + q + record(name)
    yield "NSCOUNT 1, none there", head(ns=1) + q
    yield "NSCOUNT 1", head(ns=1) + q + record(name)
    yield "ARCOUNT 1, none there", head(ar=1) + q
    yield "ARCOUNT 1, an address", head(ar=1) + q + record(name)
    yield "ARCOUNT 2, an address and an OPT", head(ar=2) + q + record(name) + opt()
    yield "ARCOUNT 2, an OPT and an address", head(ar=2) + q + opt() + record(name)
    yield "ARCOUNT 2, but one", head(ar=2) + q + opt()

    yield "an octet behind", head() + q + b"x"
    yield "twelve octets behind", head() + q + b"x" * 12
    yield "an octet behind the OPT", head(ar=1) + q + opt() + b"x"
    yield "an OPT that is not counted", head() + q + opt()

    yield "9 octets", head()[:7]
    yield "11 octets", head()[:9]
    yield "a header alone", head()
    yield "the question ends in its name", head() + name[:-2]
    yield "the question ends before its type", head() + name
    yield "the question ends in its type", head() + name + b"\0"
    yield "the question ends in its class", head() + q[:-1]
    yield "a pointer to itself", head() + ask(b"\xc0\x0c")
    yield "a pointer to the header", head() + ask(b"\xc0\0")
    yield "a label, and a pointer to itself", head() + ask(b"\3www\xc0\x10")
    yield "a label, and a pointer to its beginning", head() + ask(b"\3www\xc0\x0c")
    yield "a pointer forward", head() + ask(b"\xc0\x12") + name
    yield "half a pointer", head() + b"\xc0"
    yield "label type 01", head() + ask(b"\x41" + b"a" * 65 + b"\0")
    yield "label type 10", head() + ask(b"\x81" + b"a" * 65 + b"\0")
    yield "a name of 255 octets", head() + ask((b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0")
    yield "a name of 256 octets", head() + ask((b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\0")
    yield "a name of 300 octets", head() + ask((b"\x3f" + b"a" * 63) * 4 + b"\x2a" + b"a" * 42 + b"\0")
    yield "127 labels", head() + ask(b"\1a" * 127 + b"\0")
    yield "128 labels", head() + ask(b"\1a" * 128 + b"\0")

    for klass in (0, 2, HS, NONE, CLASS_ANY, 65535):
        yield f"class {klass}", head() + ask(name, klass=klass)
    yield "class CH", head() + ask(name, klass=CH)
    yield "class CH, an unknown name of bind", head() + ask(b"\7unknown\4bind\0", 16, CH)
    for title, chaos in (("version.bind", b"\7version\4bind\0"), ("id.server", b"\2id\6server\0"),
                         ("hostname.bind", b"\x08hostname\4bind\0"), ("version.server", b"\7version\6server\0")):
        yield f"{title} CH TXT", head() + ask(chaos, 16, CH)
        yield f"{title} CH A", head() + ask(chaos, A, CH)
        yield f"{title} IN TXT", head() + ask(chaos, 16, IN)
    for kind in (0, OPT, TKEY, TSIG, MAILB, MAILA, 128, 248):  # transfers are tested elsewhere
        yield f"type {kind}", head() + ask(name, kind)
        yield f"type {kind}, EDNS", head(ar=1) + ask(name, kind) + opt()
        yield f"type {kind} of a name that is not ours", head() + ask(none, kind)
    yield "a name that is not ours", head() + ask(none)
    yield "a name that is not ours, EDNS", head(ar=1) + ask(none) + opt()

    yield "EDNS", head(ar=1) + q + opt()
    yield "EDNS, DO", head(ar=1) + q + opt(flags=0x8000)
    yield "EDNS, all flags", head(ar=1) + q + opt(flags=0xffff)
    yield "EDNS, the flags but DO", head(ar=1) + q + opt(flags=0x7fff)
    yield "EDNS, an rcode", head(ar=1) + q + opt(rcode=1)
    for size in (0, 1, 511, 512, 65535):
        yield f"EDNS, size {size}", head(ar=1) + q + opt(size=size)
    for version in (1, 2, 255):
        yield f"EDNS version {version}", head(ar=1) + q + opt(version=version)
        yield f"EDNS version {version}, DO", head(ar=1) + q + opt(version=version, flags=0x8000)
        yield f"EDNS version {version}, an unknown option", head(ar=1) + q + opt((65001, b"x"), version=version)
    yield "EDNS version 1, a name that is not ours", head(ar=1) + ask(none) + opt(version=1)
    yield "EDNS version 1, opcode 2", head(opcode(2), ar=1) + q + opt(version=1)
    yield "two OPTs", head(ar=2) + q + opt() + opt()
    yield "an OPT whose owner is not the root", head(ar=1) + q + opt(owner=name)
    yield "an OPT whose owner points to the root", head(ar=1) + q + opt(owner=struct.pack("!H", 0xc000 | 11 + len(name)))
    yield "an OPT among the answers", head(an=1) + q + opt()
    yield "an OPT in the authority section", head(ns=1) + q + opt()
    yield "an OPT without its last octet", head(ar=1) + q + opt()[:-1]
    yield "an OPT longer than the message", head(ar=1) + q + opt(length=4)
    yield "an OPT shorter than its option", head(ar=1) + q + opt((65001, b"abcd"), length=6)
    yield "half an option", head(ar=1) + q + opt(length=3) + b"\0\3\0"
    yield "an option longer than the OPT", head(ar=1) + q + opt(length=5) + b"\xfd\xe9\0\4x"
    yield "an unknown option", head(ar=1) + q + opt((65001, b"abcd"))
    yield "an unknown option, empty, twice", head(ar=1) + q + opt((65001, b""), (65001, b""))
    yield "NSID", head(ar=1) + q + opt((NSID, b""))
    yield "NSID, not empty", head(ar=1) + q + opt((NSID, b"abc"))
    yield "NSID, twice", head(ar=1) + q + opt((NSID, b""), (NSID, b""))
    yield "NSID, a name that is not ours", head(ar=1) + ask(none) + opt((NSID, b""))
    for length in (0, 1, 7, 8, 9, 15, 16, 17, 24, 32, 40, 41, 255):
        yield f"a cookie of {length} octets", head(ar=1) + q + opt((COOKIE, b"c" * length))
    yield "a cookie, and a bad one", head(ar=1) + q + opt((COOKIE, b"c" * 8), (COOKIE, b"c" * 3))
    yield "a cookie, a name that is not ours", head(ar=1) + ask(none) + opt((COOKIE, b"c" * 8))
    yield "keepalive", head(ar=1) + q + opt((KEEPALIVE, b""))
    yield "padding", head(ar=1) + q + opt((PADDING, bytes(20)))
    yield "client subnet", head(ar=1) + q + opt((SUBNET, b"\0\1\x18\0\xc0\0\2"))
    yield "a TSIG of an unknown key", head(ar=1) + q + tsig()
    yield "a TSIG of an unknown key, EDNS", head(ar=2) + q + opt() + tsig()


def summary(data):
    """What a message says, without what is each server's own: whether a refusal repeats the question,
    and extended errors (RFC 8914)."""
    if data is None:
        return "nothing"
    flags, questions = struct.unpack("!HH", data[2:6])
    words = [f"opcode {flags >> 11 & 15}"]
    words += [title for title, bit in (("aa", 0x400), ("tc", 0x200), ("rd", 0x100), ("ra", 0x80), ("z", 0x40),
                                       ("ad", 0x20), ("cd", 0x10)) if flags & bit]
    try:
        data = data[:2] + bytes([data[2] & 0x87]) + data[3:]  # dnspython has its own mind of some opcodes
        message = dns.message.from_wire(data, one_rr_per_rrset=True)
    except dns.message.UnknownTSIGKey:
        return " ".join([dns.rcode.to_text(flags & 15), *words, "TSIG"])
    except dns.exception.DNSException as fault:
        return f"what is no message: {type(fault).__name__}"
    words.insert(0, dns.rcode.to_text(message.rcode()))
    if message.rcode() not in REFUSALS:
        words.append(f"{questions} questions, {len(message.answer)} answers")
    words.append("a denial" if any(r.rdtype == SOA for r in message.authority) else "")
    if message.edns >= 0:
        words.append(f"EDNS {message.edns}{' DO' if message.ednsflags & dns.flags.DO else ''}"
                     f"{' other flags' if message.ednsflags & 0x7fff else ''}")
        words += sorted(f"option {int(o.otype)}" for o in message.options if o.otype != EXTENDED_ERROR)
    return " ".join(word for word in words if word)


class Wire:
    """A socket for each server; what comes back to a message, or None."""

    def __init__(self, servers):
        self.names, self.number = {}, 0
        for server in servers:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.connect(("127.0.0.1", server.port))
            self.names[sock] = server.name

    def close(self):
        for sock in self.names:
            sock.close()

    def exchange(self, message):
        self.number += 1
        ident, end = struct.pack("!H", self.number), time.monotonic() + WAIT
        answers = dict.fromkeys(self.names.values())
        for sock in self.names:
            sock.send(ident + message)
        waiting = set(self.names)
        while waiting and time.monotonic() < end:
            for sock in select.select(list(waiting), [], [], max(0, end - time.monotonic()))[0]:
                data = sock.recv(65535)
                if data[:2] == ident:
                    answers[self.names[sock]] = data
                    waiting.discard(sock)
        return answers


# What we say otherwise than the peers' consensus: (the cases' titles, how our summary begins, who decides)
KNOWN = [
    (r"opcode \d+(, .*)?|(notify|update), as it should be|EDNS version 1, opcode 2", "NOTIMP",
     "opcode: NOTIMP and a header alone, for nothing else has a known form then (RFC 8906 section 3.1.4)"),
    (r"opcode 5(, .*)?|update, as it should be|.*opcode 5.*", "REFUSED",
     "UPDATE: refused before anything else where no key signs it (RFC 3007 section 3; as BIND, of a zone that it has)"),
    ("EDNS, all flags", "NOERROR", "the CO flag: understood, and said so (RFC 9824 section 5.1)"),
    ("type 128( .*|, .*)?", "FORMERR", "type NXNAME: it is never asked for (RFC 9824 section 3.5; as BIND)"),
    (r"(AN|NS)COUNT 1|.* octets? behind( the OPT)?|an OPT that is not counted", "FORMERR",
     "strict: a query is its question and an OPT, and ends there (RFC 1035 section 4.1; NSD or Knot say so, too)"),
    ("a pointer to the header", "FORMERR", "pointers: to a name that came before (RFC 1035 section 4.1.4; as NSD)"),
    ("class 255", "REFUSED", "class ANY: no class but IN is ours, so not all classes are (RFC 1035 section 6.2)"),
    ("type 0( .*|, .*)?", "FORMERR", "type 0: it is no type of data (RFC 6895 section 3.1)"),
    ("type 41.*", "FORMERR", "type OPT: it is a pseudo-RR and stands in no zone (RFC 6891 section 6.1.1; as BIND)"),
    ("type 249.*", "FORMERR", "type TKEY: such a question carries a TKEY (RFC 2930 section 4; as BIND)"),
    ("type 250.*", "FORMERR", "type TSIG: it is a pseudo-RR and stands in no zone (RFC 8945 section 4; as BIND)"),
    ("type 25[34].*", "NOTIMP", "MAILB, MAILA: questions and no types, obsolete (RFC 1035 section 3.2.3; as BIND)"),
    ("an OPT whose owner points to the root", "FORMERR",
     "OPT: its owner is one octet, 0 (RFC 6891 section 6.1.2; as NSD)"),
    ("a cookie, and a bad one", "NOERROR", "cookies: of several the first counts (RFC 7873 section 5.2)"),
]


def known(title, ours):
    return next((reason for titles, begins, reason in KNOWN
                 if re.fullmatch(titles, title) and ours.startswith(begins)), None)


def run(zones, servers):
    """(kind of agreement, None) or (title, what each said), for each case."""
    zone = next(z for z in zones if "DNAME" not in z.sets[()] and z.origin.startswith("z"))
    name = dns.name.from_text("ns1." + zone.origin).to_wire()
    wire = Wire(servers)
    for title, message in cases(name, dns.name.from_text(zone.origin).to_wire()):
        said = {peer: summary(data) for peer, data in wire.exchange(message).items()}
        ours = said.pop("windsock")
        agreed, count = collections.Counter(said.values()).most_common(1)[0]
        if count >= 2 and ours == agreed:
            yield "messages: equal to the peers' consensus", None
        elif known(title, ours):
            yield "messages: " + known(title, ours), None
        else:
            yield title, "\n".join(f"  {peer:9} {form}" for peer, form in {**said, "windsock": ours}.items())
    wire.close()
