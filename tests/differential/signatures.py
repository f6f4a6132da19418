# SPDX-License-Identifier: BSD-2-Clause
"""What signatures and proofs must hold, whoever made them; and what ours must hold (RFC 4035, RFC 9824).

Peers deny by chains of NSEC, we by one NSEC at the name itself: what both prove is compared, as the types
that the name has, or that there is no such name."""
import collections

import dns.dnssec
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype as T

NXNAME = T.RdataType.make(128)
CO = 0x4000
MISSING = frozenset(["no such name"])
PROOFS = {T.RRSIG, T.NSEC}


# Where we go another way than the peers, as the RFC has it: what is said is the same
COMPACT = "denied by one NSEC at the name, not by a chain (RFC 9824 section 3)"
EXPANDED = "of a wildcard, signed under the name itself: the RRSIG counts all labels (RFC 9824 section 3.3)"


def folded(name):
    return name.canonicalize()


def types_of(nsec):
    """The types of a bitmap."""
    return frozenset(T.RdataType.make(window * 256 + i * 8 + bit) for window, octets in nsec.windows
                     for i, octet in enumerate(octets) for bit in range(8) if octet & 0x80 >> bit)


def of_type(section, kind):
    return [rrset for rrset in section if rrset.rdtype == kind]


def rows(message):
    """Whose signatures of what are there, but for those of denials. How many labels they count is left out:
    of what a wildcard gave, we sign the name itself (RFC 9824 section 3.3), the peers' were made of the wildcard."""
    return frozenset((title, folded(rrset.name).to_text(), r.type_covered, r.original_ttl, r.algorithm,
                      folded(r.signer).to_text(), r.key_tag)
                     for title, section in (("an", message.answer), ("ns", message.authority))
                     for rrset in of_type(section, T.RRSIG) for r in rrset if r.type_covered != T.NSEC)


def end_of(message):
    """The name at which its aliases end."""
    aliases = {folded(rrset.name): folded(rrset[0].target) for rrset in of_type(message.answer, T.CNAME)}
    at = folded(message.question[0].name)
    for _ in range(len(aliases)):
        at = aliases.get(at, at)
    return at


def denied_name(message):
    referral = of_type(message.authority, T.NS)
    return folded(referral[0].name) if referral else end_of(message)


def denied(message):
    """The types that a proof says the name has; MISSING; nothing where nothing is denied."""
    name, proofs = denied_name(message), of_type(message.authority, T.NSEC)
    denies = of_type(message.authority, T.SOA) or of_type(message.authority, T.NS)
    if not proofs or not denies or of_type(message.authority, T.DS):  # the peers' of a wildcard's answer say that there is no nearer name
        return frozenset()
    at = {folded(rrset.name): rrset[0] for rrset in proofs}
    if name in at:
        types = types_of(at[name])
        if T.NS in types and T.SOA not in types:  # a KEY there is the child's (RFC 4035 section 2.3), not so to BIND
            types -= {T.KEY}
        return MISSING if NXNAME in types else types
    if message.rcode() == dns.rcode.NXDOMAIN:
        return MISSING
    wild = [owner for owner in at if owner.is_wild() and name.is_subdomain(owner.parent())]
    below = any(folded(nsec.next).is_subdomain(name) for nsec in at.values())
    if wild and not below:
        return types_of(at[max(wild, key=len)])
    return frozenset(PROOFS)  # an empty non-terminal, perhaps that of a wildcard


class Truth:
    """Our answers to questions with DO, held against the zones' keys."""

    def __init__(self, zones):
        self.zones = {folded(dns.name.from_text(z.origin)): z for z in zones}
        self.cuts = {origin: self.hidden(origin, z) for origin, z in self.zones.items()}
        self.owners = {folded(dns.name.from_text(lines[0].split(" ", 1)[0]))
                       for z in zones for _, _, lines in z.records()} | set(self.zones)
        self.notes = collections.Counter()

    @staticmethod
    def hidden(origin, zone):
        found = set()
        for owner, kind, lines in zone.records():
            name = folded(dns.name.from_text(lines[0].split(" ", 1)[0]))
            if (kind == "NS" and name != origin) or kind == "DNAME":
                found.add((name, kind))
        return found

    def nearest(self, name, strictly=False):
        at = folded(name)
        while True:
            if at in self.zones and not (strictly and at == folded(name)):
                return at
            if at == dns.name.root:
                return None
            at = at.parent()

    def zone_of(self, name, kind, message):
        if kind == T.DS or (kind == T.CNAME and message.question[0].rdtype == T.DS):
            return self.nearest(name, True) or self.nearest(name)
        return self.nearest(name)

    def is_glue(self, name, zone):
        return any(name.is_subdomain(cut) and (kind == "NS" or name != cut) for cut, kind in self.cuts[zone])

    def keys_for(self, rrset, section, message):
        """The DNSKEYs of the zone that signs the set; None if none does."""
        name, kind = folded(rrset.name), rrset.rdtype
        zone = self.zone_of(name, kind, message)
        if kind == T.NSEC and section is message.authority:
            zone = self.denier(message)
        if zone is None or not self.zones[zone].keys:
            return None, zone
        if section is message.authority and kind not in (T.SOA, T.DS, T.NSEC):
            return None, zone
        if section is message.additional and self.is_glue(name, zone):
            return None, zone
        if section is message.answer and kind == T.CNAME:
            made = any(name.is_subdomain(r.name) and name != folded(r.name) for r in of_type(section, T.DNAME))
            if made:
                return None, zone
        return self.zones[zone].keys, zone

    def denier(self, message):
        """The zone that says what there is not."""
        soa = of_type(message.authority, T.SOA)
        return folded(soa[0].name) if soa else self.nearest(denied_name(message), bool(of_type(message.authority, T.NS)))

    def set_fault(self, rrset, section, message):
        keys, zone = self.keys_for(rrset, section, message)
        owner, kind = folded(rrset.name), rrset.rdtype
        what = f"{rrset.name} {T.to_text(kind)}"
        sets = [s for s in of_type(section, T.RRSIG) if folded(s.name) == owner and s.covers == kind]
        found = [r for s in sets for r in s]
        if keys is None:
            return f"{what} is signed, and should not be" if found else None
        if not found and section is not message.additional:
            return f"{what} is not signed"
        if len({r.key_tag for r in found}) != len(found):
            return f"{what} is signed twice by one key"
        if any(s.ttl != rrset.ttl for s in sets):
            return f"{what}: the RRSIG lives {sets[0].ttl} seconds, the data {rrset.ttl}"
        labels = len(rrset.name) - 1 - rrset.name.is_wild()
        for r in found:
            ttl_well = r.original_ttl == rrset.ttl or (kind == T.SOA and r.original_ttl > rrset.ttl)
            if folded(r.signer) != zone or r.labels != labels or not ttl_well:
                return f"{what}: the RRSIG has {r.signer} {r.labels} {r.original_ttl}"
            if kind == T.LP:  # dnspython lowers its name, which is not to be done (RFC 3597 section 7)
                continue
            try:
                dns.dnssec.validate_rrsig(rrset, r, {r.signer: keys})
            except dns.dnssec.ValidationFailure as e:
                return f"{what}: {e}"
        if section is message.answer and owner not in self.owners and kind != T.NSEC:
            self.notes[EXPANDED] += 1
        return None

    def proof_fault(self, question, message):
        """What is wrong with our NSEC: where it is wanted, there is one, and of the name."""
        negative = of_type(message.authority, T.SOA)
        referral = of_type(message.authority, T.NS)
        proofs = of_type(message.authority, T.NSEC)
        name, zone = denied_name(message), self.denier(message)
        signed = zone is not None and self.zones[zone].keys
        wanted = signed and (negative or (referral and not of_type(message.authority, T.DS)))
        if not wanted:
            return "an NSEC, and nothing is denied" if proofs else None
        if len(proofs) != 1 or len(proofs[0]) != 1 or folded(proofs[0].name) != name:
            return "not one NSEC of the name"
        nsec, types = proofs[0][0], types_of(proofs[0][0])
        if not PROOFS <= types:
            return "the NSEC lacks RRSIG or NSEC"
        if len(name.to_wire()) <= 253 and folded(nsec.next) != dns.name.Name((b"\0",) + name.labels):
            return f"the NSEC's next name is {nsec.next}"
        if folded(nsec.next) <= name and folded(nsec.next) != zone:
            return f"the NSEC's next name {nsec.next} comes before it"
        if negative and proofs[0].ttl != negative[0].ttl:
            return f"the NSEC lives {proofs[0].ttl} seconds, the SOA {negative[0].ttl}"
        self.notes[COMPACT] += 1
        return self.bitmap_fault(question, message, types, bool(referral))

    @staticmethod
    def bitmap_fault(question, message, types, referral):
        kind, rcode = T.from_text(question.kind), message.rcode()
        missing = NXNAME in types
        if missing and types != PROOFS | {NXNAME}:
            return "the NSEC of a name that is not there has types"
        if rcode != (dns.rcode.NXDOMAIN if missing and question.compact else dns.rcode.NOERROR):
            return f"the rcode is {dns.rcode.to_text(rcode)}"
        if referral:
            return None if T.NS in types and not types & {T.DS, T.SOA} else "the NSEC is not of a delegation"
        if missing:
            return None
        return "the NSEC has the type that is denied" if kind in types or T.CNAME in types else None

    def fault(self, question, message):
        asked = 0 if not (question.size and question.dnssec) else dns.flags.DO | CO * question.compact
        if message.ednsflags & (dns.flags.DO | CO) != asked:
            return f"asked with flags {asked:#x}, answered with {message.ednsflags & 0xffff:#x}"
        for section in (message.answer, message.authority, message.additional):
            if not asked:
                if any(r.rdtype in PROOFS for r in section):
                    return "signatures without DO"
                continue
            owners = {(folded(r.name), r.rdtype) for r in section}
            for rrset in section:
                if rrset.rdtype == T.RRSIG and T.from_text(question.kind) != T.RRSIG:
                    if (folded(rrset.name), rrset.covers) not in owners:
                        return f"{rrset.name}: an RRSIG of {T.to_text(rrset.covers)}, which is not there"
                elif rrset.rdtype not in (T.RRSIG, T.OPT):
                    fault = self.set_fault(rrset, section, message)
                    if fault:
                        return fault
        return self.proof_fault(question, message) if asked else None
