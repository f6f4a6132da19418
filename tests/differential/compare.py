# SPDX-License-Identifier: BSD-2-Clause
"""Answers brought into a form in which only meaning is left, and what servers may disagree on."""
import dns.flags
import dns.rcode
import dns.rdatatype


def rrsets(section, skip=()):
    found = set()
    for rrset in section:
        if rrset.rdtype in skip:
            continue
        for rdata in rrset:
            words = rdata.to_wire(origin=None)
            if rrset.rdtype == dns.rdatatype.SOA:  # the serial is each server's own
                words = words[:-20] + words[-16:]
            found.add((rrset.name.to_text().lower(), rrset.rdtype, rrset.ttl, words.lower()))
    return frozenset(found)


def canonical(message):
    """rcode, AA, answer, authority and, for referrals, glue."""
    answer = rrsets(message.answer)
    authority = rrsets(message.authority)
    referral = any(kind == dns.rdatatype.NS for _, kind, _, _ in authority)
    glue = rrsets(message.additional, skip=(dns.rdatatype.OPT,)) if referral else frozenset()
    return (dns.rcode.to_text(message.rcode()), bool(message.flags & dns.flags.AA),
            bool(message.flags & dns.flags.TC), answer, authority, glue)


def show(name, form):
    rcode, aa, tc, answer, authority, glue = form
    lines = [f"  {name:9} {rcode}{' aa' if aa else ''}{' tc' if tc else ''}"]
    for title, section in (("an", answer), ("ns", authority), ("ar", glue)):
        for owner, kind, ttl, rdata in sorted(section):
            lines.append(f"      {title} {owner} {ttl} {dns.rdatatype.to_text(kind)} {rdata!r}")
    return "\n".join(lines)


def without_glue(form):
    return form[:5]


def in_domain_glue(form):
    """Glue of names at or below the delegation itself: without it nobody gets there."""
    cuts = {owner for owner, kind, _, _ in form[4] if kind == dns.rdatatype.NS}
    return {row for row in form[5] if any(row[0] == c or row[0].endswith("." + c) for c in cuts)}


def known(ours, theirs):
    """The name of the accepted disagreement, or None. `theirs` are the peers' forms by name."""
    peers = list(theirs.values())
    aliases = sum(1 for _, t, _, _ in ours[3] if t in (dns.rdatatype.CNAME, dns.rdatatype.DNAME))
    if any(without_glue(p) == without_glue(ours) and in_domain_glue(p) == in_domain_glue(ours)
           for p in peers):
        return "glue: which sibling glue is added is free, in-domain glue is not (RFC 9471 section 3.2)"
    if aliases > 0 and any(ours[3] <= p[3] or p[3] <= ours[3] for p in peers):
        return "chain: how far aliases are followed is free (RFC 1034 section 4.3.2 step 3a)"
    return None
