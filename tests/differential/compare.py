# SPDX-License-Identifier: BSD-2-Clause
"""Answers brought into a form in which only meaning is left, and what servers may disagree on."""
import socket
import types
import typing

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype as T
import dns.rdtypes.ANY.RP

import signatures

# dnspython does not know that MINFO holds names, which may be compressed: it is of RP's form
dns.rdata.register_type(types.SimpleNamespace(MINFO=dns.rdtypes.ANY.RP.RP), T.RdataType(14), "MINFO")

# Types whose RDATA holds names: their case is nobody's concern (RFC 4343)
NAMED = {T.NS, T.CNAME, T.SOA, T.PTR, T.RdataType(14), T.MX, T.RP, T.AFSDB, T.RT, T.SRV, T.NAPTR, T.KX, T.DNAME, T.LP,
         T.HTTPS, T.SVCB, T.IPSECKEY}
FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}
NO_ALIAS = ("CNAME", "ANY", "RRSIG", "NSEC", "TYPE5", "TYPE255", "TYPE46", "TYPE47")  # types that an alias itself has
GROWN = 24  # records of a chain that will not end
WIDTH, ROWS = 200, 8  # of what is shown of a section
OURS_MOST = 1232  # what windsock-dnsd sends by UDP (RFC 9715)


class Form(typing.NamedTuple):
    rcode: str
    aa: bool
    tc: bool
    answer: frozenset     # of (owner, type, TTL, RDATA)
    authority: frozenset
    glue: frozenset       # the additional section of referrals
    signed: frozenset = frozenset()  # signatures.rows
    denied: frozenset = frozenset()  # signatures.denied


ENDLESS = Form("a chain without an end", True, False, frozenset(), frozenset(), frozenset())


def rrsets(section):
    found = set()
    for rrset in section:
        if rrset.rdtype == T.OPT or rrset.rdtype in signatures.PROOFS:
            continue
        for rdata in rrset:
            words = rdata.to_wire(origin=None)
            if rrset.rdtype == T.SOA:  # the serial is each server's own
                words = words[:-20] + words[-16:]
            if rrset.rdtype in NAMED:
                words = words.lower()
            found.add((rrset.name.canonicalize().to_text(), rrset.rdtype, rrset.ttl, words))
    return frozenset(found)


def has(rows, kind):
    return any(row[1] == kind for row in rows)


def canonical(message):
    """rcode, AA, TC, answer, authority and, for referrals, glue; and what is signed and proved."""
    authority, denied = rrsets(message.authority), signatures.denied(message)
    rcode = "NXDOMAIN" if denied == signatures.MISSING else dns.rcode.to_text(message.rcode())
    return Form(rcode, bool(message.flags & dns.flags.AA),
                bool(message.flags & dns.flags.TC), rrsets(message.answer), authority,
                rrsets(message.additional) if has(authority, T.NS) else frozenset(),
                signatures.rows(message), denied)


def name_at(wire):
    return dns.name.from_wire(wire, 0)[0].canonicalize().to_text()


def chain_end(name, form):
    """The name at which the answer's aliases end, and how many there are; None for a ring."""
    aliases = {owner: rdata for owner, kind, _, rdata in form.answer if kind == T.CNAME}
    at, passed = dns.name.from_text(name).canonicalize().to_text(), set()
    while at in aliases:
        if at in passed:
            return None, len(passed)
        passed.add(at)
        at = name_at(aliases[at])
    return at, len(passed)


def unfinished(name, kind, form, served):
    """The name that is to be asked next for the chain's end, or None: the answer is whole.

    How far a server follows aliases is its own affair (RFC 1034 section 3.6.2 leaves the rest to the
    resolver; BIND says SERVFAIL there), and so is whether it goes from one of its zones into another:
    what a resolver has in the end is compared."""
    if form.rcode not in ("NOERROR", "SERVFAIL") or kind in NO_ALIAS or form.tc:
        return None
    end, links = chain_end(name, form)
    if end is None or links == 0 or any(row[0] == end for row in form.answer):
        return None
    here = dns.name.from_text(end)
    if form.authority:  # a referral to another of our zones, of a server that stays in one
        cuts = [dns.name.from_text(owner) for owner, kind, _, _ in form.authority if kind == T.NS]
        return end if any(here.is_subdomain(cut) and cut in served for cut in cuts) else None
    return end if any(here.is_subdomain(zone) for zone in served) else None


def ring_form(name, form):
    """BIND says SERVFAIL when aliases lead back, but they are all there."""
    ring = form.rcode == "SERVFAIL" and chain_end(name, form)[0] is None
    return form._replace(rcode="NOERROR") if ring else form


def any_form(name, form):
    """RFC 8482 leaves open what a positive answer to ANY holds: that there is one is compared; but a CNAME that is there
    is the answer (section 4.2)."""
    if form.rcode != "NOERROR" or form.authority or not (form.answer or form.signed):
        return form
    here = dns.name.from_text(name).canonicalize().to_text()
    renamed = frozenset(row for row in form.answer if row[1] == T.DNAME and row[0] != here)
    own = frozenset(row for row in form.answer if row[1] == T.CNAME and row[0] == here)
    return form._replace(answer=renamed or own or frozenset([("some", T.ANY, 0, b"")]), signed=frozenset())


def type_text(kind):
    return kind if isinstance(kind, str) else T.to_text(kind)


def show(name, form):
    lines = [f"  {name:9} {form.rcode}{' aa' if form.aa else ''}{' tc' if form.tc else ''}"]
    for title, section in (("an", form.answer), ("ns", form.authority), ("ar", form.glue)):
        rows = [f"      {title} {owner} {ttl} {T.to_text(kind)} {rdata!r}" for owner, kind, ttl, rdata
                in sorted(section)]
        lines += [row[:WIDTH] for row in rows[:ROWS]]
        lines += [f"      {title} and {len(rows) - ROWS} more"] if len(rows) > ROWS else []
    lines += [f"      signed: {' '.join(map(str, row))}" for row in sorted(form.signed)[:ROWS]]
    lines += [f"      proved: {' '.join(sorted(map(type_text, form.denied)))}"] if form.denied else []
    return "\n".join(lines)


def in_domain_glue(form):
    """Glue of names at or below the delegation itself: without it nobody gets there."""
    cuts = {owner for owner, kind, _, _ in form.authority if kind == T.NS}
    return {row for row in form.glue if any(row[0] == c or row[0].endswith("." + c) for c in cuts)}


UNSIGNED_CUT = frozenset([T.NS, T.NSEC, T.RRSIG])


def same_but_sibling_glue(ours, peer):
    return (ours._replace(glue=None) == peer._replace(glue=None)
            and in_domain_glue(ours) == in_domain_glue(peer))


def grows(form):
    return form == ENDLESS or (len(form.answer) >= GROWN and form.rcode in ("YXDOMAIN", "NOERROR", "SERVFAIL"))


def crosses(name, form, served):
    """Whether the answer's aliases lead from one of our zones to another."""
    end, links = chain_end(name, form)
    passed = {owner for owner, kind, _, _ in form.answer if kind == T.CNAME} | {end or name}
    return end is not None and links > 0 and {nearest(at, served) for at in passed} != {nearest(name, served)}


def nearest(name, served):
    name = dns.name.from_text(name)
    return max((zone for zone in served if name.is_subdomain(zone)), key=len, default=None)


def is_child(question, ours, served):
    """Whether our answer is NODATA by the zone above, which says where it is signed that there is a delegation."""
    name = dns.name.from_text(question.name).canonicalize()
    above = nearest(name.parent().to_text(), served) if name in served and name != dns.name.root else None
    soa = [owner for owner, kind, _, _ in ours.authority if kind == T.SOA]
    return above is not None and ours.rcode == "NOERROR" and ours.aa and not ours.answer and soa == [above.to_text()] \
        and len(ours.authority) == 1 and ours.denied in (frozenset(), UNSIGNED_CUT)


def end_name(question, form):
    return dns.name.from_text(chain_end(question.name, form)[0] or question.name)


def exists(form):
    """The form as it were if its name was there, but empty."""
    return form._replace(rcode="NOERROR", denied=form.denied and frozenset(signatures.PROOFS))


# What may differ from the peers' consensus, and who decides: (title with the RFC, rule)
KNOWN = [
    ("growing: a DNAME to a name below itself never ends; where to stop is free (RFC 6672 section 2.2)",
     lambda question, ours, peers, served: grows(ours) and all(grows(p) for p in peers.values())),
    ("glue: which sibling glue is added is free, in-domain glue is not (RFC 9471 section 3.2)",
     lambda question, ours, peers, served: sum(same_but_sibling_glue(ours, p) for p in peers.values()) >= 2),
    ("glue: all of it in the domain is there, which a peer leaves out of a small message without a word (RFC 9471"
     " section 3.1)",
     lambda question, ours, peers, served: question.size and question.size < 4096 and not question.tcp and bool(ours.glue)
     and sum(ours._replace(glue=None) == p._replace(glue=None) and in_domain_glue(p) <= in_domain_glue(ours)
             for p in peers.values()) >= 2 and max(len(in_domain_glue(p)) for p in peers.values()) == len(in_domain_glue(ours))),
    ("glue by a wildcard below the cut: NSD and Knot make it, but a delegation cancels wildcards"
     " (RFC 1034 section 4.3.3; as BIND)",
     lambda question, ours, peers, served: ours == peers["bind"] and ours.glue
     <= min((p.glue for p in peers.values()), key=len)
     and all(ours._replace(glue=None) == p._replace(glue=None) for p in peers.values())),
    ("ANY: how far it goes behind a DNAME is free (RFC 8482 section 4)",
     lambda question, ours, peers, served: question.kind in ("ANY", "TYPE255") and has(ours.answer, T.DNAME)
     and ours in peers.values()),
    ("DS of an apex of ours: there is a zone, so there is a name, and it is a delegation, whatever the zone above holds"
     " there (RFC 8020, RFC 4035 sections 3.1.4.1 and 5.2)",
     lambda question, ours, peers, served: question.kind in ("DS", "TYPE43") and is_child(question, ours, served)),
    ("a zone of ours is below the name, so there is one, though the zone above does not delegate it (RFC 8020)",
     lambda question, ours, peers, served: any(z.is_subdomain(end_name(question, ours)) for z in served)
     and not any(owner == end_name(question, ours).canonicalize().to_text() for owner, _, _, _ in ours.answer)
     and any(exists(p) == exists(ours) and (p.rcode == "NXDOMAIN" or p == ours) for p in peers.values())),
    ("an alias into another zone: Knot stays in its own, NSD mixes both; the nearest zone decides"
     " (RFC 1034 section 4.3.2 step 3a; as BIND)",
     lambda question, ours, peers, served: crosses(question.name, ours, served) and ours == peers["bind"]
     and peers["nsd"] != peers["knot"]),
    ("RRSIG or NSEC asked for: an answer's own are made for it, with DO, and one of them is enough, as for ANY"
     " (RFC 8482); no RFC wants all",
     lambda question, ours, peers, served: question.kind in ("TYPE46", "TYPE47")
     and ours.rcode in {p.rcode for p in peers.values()}),
    ("KEY at an alias: BIND looks for one beside the CNAME, by RFC 2535 section 2.3.5, which is obsolete; there is none, and"
     " the alias is followed (RFC 1034 section 3.6.2; as Knot)",
     lambda question, ours, peers, served: question.kind in ("KEY", "TYPE25") and has(ours.answer, T.CNAME)
     and ours == peers["knot"] and not has(peers["bind"].answer, T.CNAME)),
    ("types 128 to 255: to BIND they are questions and FORMERR, to us unknown types (RFC 6895 section 3.1, RFC 3597)",
     lambda question, ours, peers, served: 128 <= T.from_text(question.kind) <= 255
     and peers["bind"].rcode == "FORMERR" and ours in peers.values()),
]


def known(question, ours, peers, served):
    """The title of the accepted disagreement, or None. `peers` are their forms by name."""
    for title, rule in KNOWN:
        if rule(question, ours, peers, served):
            return title
    return None


def addresses(zones):
    """All that may be added to an answer: (owner, type, RDATA) of every address in the zones."""
    found = set()
    for zone in zones:
        for owner, kind, lines in zone.records():
            if kind in ("A", "AAAA"):
                name = dns.name.from_text(lines[0].split(" ", 1)[0]).canonicalize().to_text()
                found |= {(name, T.from_text(kind), socket.inet_pton(FAMILIES[kind], line.rsplit(" ", 1)[1]))
                          for line in lines}
    return found


class Written:
    """RDATA to the octet, the case of its names included, as the zones hold it: of types that are not compressed."""
    COMPRESSED = {T.NS, T.CNAME, T.SOA, T.PTR, T.RdataType(14), T.MX}
    MADE = {T.RRSIG, T.NSEC, T.HINFO, T.DNSKEY, T.CDS, T.CDNSKEY}

    def __init__(self, zones):
        self.rdata, odd = {}, set()
        for zone in zones:
            for _, kind, lines in zone.records():
                kind = T.from_text(kind)
                for line in lines if kind not in self.COMPRESSED | self.MADE | odd else ():
                    try:
                        rdata = dns.rdata.from_text(1, kind, line.split(" ", 4)[4], dns.name.root, relativize=False)
                        self.rdata.setdefault(kind, set()).add(rdata.to_wire(origin=None))
                    except dns.exception.DNSException:
                        odd.add(kind)  # dnspython has another mind of it
        for kind in odd | {T.LP}:  # whose name dnspython lowers
            self.rdata.pop(kind, None)

    def fault(self, message):
        for section in (message.answer, message.authority, message.additional):
            for rrset in section:
                known = self.rdata.get(rrset.rdtype, ())
                if known and any(rdata.to_wire(origin=None) not in known for rdata in rrset):
                    return f"{rrset.name}: {T.to_text(rrset.rdtype)} is not what any zone holds, to the octet"
        return None


def addition_fault(message, truth):
    """Which additional data are ours to choose, but not what they say."""
    for owner, kind, _, rdata in rrsets(message.additional):
        if (owner, kind, rdata) not in truth:
            return f"{owner} {T.to_text(kind)} was added, which no zone holds"
    return None


def order_fault(question, wire):
    """Each record once (RFC 2181 section 5), RRsets together, and aliases in the order in which they are followed."""
    message = dns.message.from_wire(wire, one_rr_per_rrset=True)
    at = message.question[0].name
    for section in (message.answer, message.authority, message.additional):
        rows = [(rr.name, rr.rdtype, rr.covers, rr[0].to_digestable()) for rr in section if rr.rdtype != T.OPT]
        if len(set(rows)) < len(rows):
            return "a record stands there twice"
        sets = [row[:3] for row in rows]
        if any(sets[i] in sets[:i] and sets[i] != sets[i - 1] for i in range(len(sets))):
            return "an RRset is in pieces"
    for rr in message.answer if question.kind not in ("ANY", "TYPE255", "RRSIG", "TYPE46") else ():
        if rr.rdtype == T.DNAME and rr.name != at:
            if not at.is_subdomain(rr.name):
                return "a DNAME of another name"
        elif rr.rdtype != T.RRSIG and rr.name != at:
            return f"{rr.name} comes where {at} should"
        if rr.rdtype == T.CNAME and question.kind not in ("CNAME", "TYPE5"):
            at = rr[0].target
    return None


def room_fault(cut, answers):
    """What two peers had room for, of the same answer, we have room for."""
    same = [peer for peer, form in answers.items() if peer != "windsock" and not cut[peer] and form == answers["windsock"]]
    return "TC is set, but the peers had room" if cut["windsock"] and len(same) >= 2 else None


def size_fault(question, wire, message, full_wire, full):
    """What is wrong with the size of our UDP answer, or None. The full one came by TCP."""
    limit = min(max(512, question.size), OURS_MOST)
    form, whole = canonical(message), canonical(full)
    if len(wire) > limit:
        return f"{len(wire)} octets, the limit is {limit}"
    if not form.tc:
        return None if form[:5] + form[6:] == whole[:5] + whole[6:] and in_domain_glue(form) == in_domain_glue(whole) \
            else "not all is there, and TC is clear"
    needed = len(full_wire)
    if not whole.glue:  # what is added for comfort goes before anything is cut
        needed -= sum(len(r.to_wire(origin=None)) + 12 for s in full.additional for r in s)
    return f"TC is set, but {needed} octets were enough" if needed <= limit else None
