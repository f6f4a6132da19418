# SPDX-License-Identifier: BSD-2-Clause
"""What the daemons do while one of their calls fails: they start or say why not; they go on; nothing acknowledged is lost."""
import sqlite3
import time

import dns.flags
import dns.rcode
import dns.tsig

from harness import BUILD, run as run_well
from commands import CAUSE, LIE, strerror
from page import FROM_THEN_ON, fell_elsewhere
from service import Service, wait_for
from state import unwell

KEPT = "198.51.100.1"  # of a.kites.test and b.kites.test, in the template
ENDS = 60              # seconds to stop, for SQLite waits 5 for each lock that it cannot have
SOON = 1.0             # seconds for an answer that a fault may have taken


def look(registry, sql):
    """The rows. While somebody's locks fail, ours may be refused, too."""
    for attempt in range(20):
        connection = sqlite3.connect(registry, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            if attempt == 19:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


class Trial:
    """Points of one program: `target` is the one whose calls fail."""

    def __init__(self, name, target, template, scratch):
        self.name, self.target = name, target
        self.service = Service(template, scratch)
        self.page = self.service.pages[target]

    def close(self):
        self.service.close()


class Starting(Trial):
    """A daemon is started and stopped once for each point."""

    def begin(self):
        return self.service.spawn_dnsd() if self.target == "dnsd" else self.service.spawn_updater()

    def measure(self):
        self.page.forget()
        process = self.begin()
        assert process.ready(), process.text()
        time.sleep(0.1)
        counts = self.page.counts()
        self.end(process)
        return counts

    def end(self, process):
        process.signal(15)
        return process.trouble(process.ended(ENDS))

    def serves(self):
        if self.target == "updater":
            return self.service.http("/healthz", wait=SOON) is not None
        return self.service.addresses("a.kites.test", wait=SOON) == (0, [KEPT])

    def attempt(self, point):
        self.page.arm(point)
        process = self.begin()
        ready = process.ready() or (point.kind == "write" and process.running())  # it could not say so
        found = list(self.judge_ready(point, process) if ready else self.judge_refusal(point, process))
        self.page.disarm()
        if ready and not found:
            found = list(self.judge_after(process))
        if process.running():
            process.kill()
        struck = self.page.struck()
        found += [f"unwell: {trouble}" for trouble in unwell(self.service.registry)]
        return found if struck else None

    def judge_refusal(self, point, process):
        status = process.ended()
        if status is not None and status < 0 and fell_elsewhere(self.page):
            return
        if process.trouble(status):
            yield process.trouble(status)
        if process.trouble(status) or point.kind == "write":
            return
        text = process.text()
        last = text.strip().split("\n")[-1]
        if LIE.search(last):
            yield f"a lie: {last!r}"
        elif not CAUSE.search(last) and strerror(point) not in last:
            yield f"an unclear word: {text[-400:]!r}"

    def judge_ready(self, point, process):
        if self.target == "dnsd":  # while the fault stands: right, or nothing, or SERVFAIL
            said = self.service.addresses("a.kites.test", wait=0.3)
            if said not in (None, (0, [KEPT]), (dns.rcode.SERVFAIL, []), (dns.rcode.REFUSED, [])):
                yield f"a wrong answer: {said}"

    def judge_after(self, process):
        if not wait_for(self.serves):
            yield f"does not serve: {process.text()[-600:]!r}"
        fault = self.end(process)
        if fault:
            yield fault
        elif process.process.returncode != 0:
            yield f"stopped with status {process.process.returncode}: {process.text()[-300:]!r}"
        if process.seconds() > 20:
            yield "busy"


class Stopping(Starting):
    """The fault comes when it is told to stop."""

    def measure(self):
        process = self.begin()
        assert process.ready(), process.text()
        time.sleep(0.05)
        self.page.forget()
        self.end(process)
        return self.page.counts()

    def attempt(self, point):
        if point.kind == "read" and point.how == FROM_THEN_ON:  # no system loses a signal that was sent
            return None
        process = self.begin()
        assert process.ready(), process.text()
        self.page.arm(point)
        fault = self.end(process)
        self.page.disarm()
        struck = self.page.struck()
        if process.running():
            process.kill()
        found = [fault] if fault else []
        found += [f"unwell: {trouble}" for trouble in unwell(self.service.registry)]
        return found if struck else None


class Running(Trial):
    """The daemons go on from point to point; now and then they are killed, and what was acknowledged is looked for."""
    every = 60

    def __init__(self, name, target, template, scratch):
        super().__init__(name, target, template, scratch)
        self.number = self.count = 0
        self.service.start()
        self.process = getattr(self.service, target)

    def measure(self):
        most = {}
        for _ in range(3):
            self.page.forget()
            began = time.monotonic()
            found = list(self.operate(None))
            assert not found, (self.name, found, self.process.text()[-500:])
            self.took = time.monotonic() - began
            for kind, count in self.page.counts().items():
                most[kind] = max(most.get(kind, 0), min(count, 400))
        return most

    def attempt(self, point):
        self.page.arm(point)
        before = self.process.seconds()
        began = time.monotonic()
        found = list(self.operate(point))
        if point.kind == "accept" and point.how == FROM_THEN_ON:
            time.sleep(0.5)
            share = (self.process.seconds() - before) / (time.monotonic() - began)
            if share > 0.6:
                found.append(f"busy: {share:.2f} of a processor")
        self.page.disarm()
        struck = self.page.struck()
        found += self.after(point)
        return found if struck else None

    def after(self, point):
        """What is still wrong when the fault is over."""
        self.count += 1
        if not self.process.running():
            fault = self.process.trouble(self.process.process.returncode)
            found = [fault or f"ended: status {self.process.process.returncode}: {self.process.text()[-400:]!r}"]
            self.again()
            return found
        found = list(self.settled(point))
        if self.count % self.every == 0 or found:
            found += [f"unwell: {trouble}" for trouble in unwell(self.service.registry)]
            self.again()
            found += [f"after a restart: {fault}" for fault in self.settled(point)]
        return found

    def again(self):
        self.service.kill()
        self.service.start()
        self.process = getattr(self.service, self.target)

    def close(self):
        found = []
        for process in (self.service.updater, self.service.dnsd):
            process.signal(15)
            fault = process.trouble(process.ended())
            found += [fault] if fault else []
        super().close()
        return found


class Questions(Running):
    """By UDP and TCP, signed and not."""

    def operate(self, point):
        wait = SOON if point is None else 0.4
        for name, more in (("a.kites.test", {}), ("www.b.kites.test", {"tcp": True}), ("a.kites.test", {"dnssec": True}),
                           ("fe4_152.signed.test", {"dnssec": True}), ("none.signed.test", {"dnssec": True, "tcp": True})):
            reply = self.service.ask(name, wait=wait, **more)
            if reply is None and point is not None:
                continue
            if reply is None:
                yield f"no answer for {name}"
            elif reply.rcode() not in ((0, dns.rcode.SERVFAIL) if point else (0, )):
                yield f"{name}: {dns.rcode.to_text(reply.rcode())}"
            elif reply.rcode() == 0 and not reply.answer and not name.startswith("none") and not reply.flags & dns.flags.TC:
                yield f"{name}: no data"

    def settled(self, point):
        if not wait_for(lambda: self.service.addresses("a.kites.test", wait=SOON) == (0, [KEPT])):
            yield f"does not answer: {self.process.text()[-500:]!r}"


class Updates(Running):
    """Two hosts in one request, by HTTP."""

    def operate(self, point):
        self.number += 1
        self.old = self.held()
        self.address = f"198.51.{self.number >> 8}.{self.number & 255}"
        wait = 10 if point is None else 3
        self.said = self.service.http(f"/nic/update?hostname=a.kites.test,b.kites.test&myip={self.address}", wait=wait)
        good = self.said == (200, f"good {self.address}\ngood {self.address}\n")
        self.good = good
        if good and self.service.addresses("a.kites.test", wait=SOON) not in (None, (0, [self.address])) \
                and self.target == "updater":
            yield f"good, and not answered: {self.service.addresses('a.kites.test')}"
        if not good and (point is None or (self.said is not None and self.said[0] != 503)):
            yield f"said {self.said}"

    def held(self):
        return [row[0] for row in look(self.service.registry, "SELECT addresses FROM host "
                                       "WHERE name IN ('a.kites.test', 'b.kites.test') ORDER BY name")]

    def settled(self, point):
        held = self.held()
        if held[0] != held[1]:
            yield f"half applied: {held}"
        if self.good and held[0] != self.address:
            yield f"good, and lost: {self.address}, {held}"
        if not self.good and held[0] not in (self.address, self.old[0]):
            yield f"neither: {self.address} {self.old} {held}"
        for i, name in enumerate(("a.kites.test", "b.kites.test")):  # an update that nobody waits for may come late
            if not wait_for(lambda: self.service.addresses(name, wait=SOON) == (0, [self.held()[i]])):
                yield f"{name} is {self.held()}, and answered {self.service.addresses(name)}: {self.process.text()[-500:]!r}"
        if not wait_for(lambda: self.service.http("/healthz", wait=SOON) is not None):
            yield f"the updater does not answer: {self.service.updater.text()[-500:]!r}"


class Forwarded(Running):
    """RFC 2136, through the name server."""

    def __init__(self, name, target, template, scratch):
        super().__init__(name, target, template, scratch)
        secret = (template / "tsig.txt").read_text().strip()
        self.key = dns.tsig.Key("up.", secret, "hmac-sha256")
        self.text = self.held()

    def operate(self, point):
        self.number += 1
        self.old = self.text
        self.text = f"text {self.number}"
        self.said = self.service.update("kites.test", "_t.kites.test.", self.text, self.key, 10 if point is None else 3)
        if self.said not in ((0,) if point is None else (0, None, dns.rcode.SERVFAIL)):
            if point is None or point.kind != "clock":  # NOTAUTH, for it was signed at another time
                yield f"said {dns.rcode.to_text(self.said) if self.said else self.said}"

    def held(self):
        return [bytes(row[0])[1:].decode() for row in look(
            self.service.registry, "SELECT rdata FROM record WHERE type = 16 AND owner = '_t.kites.test'")]

    def settled(self, point):
        held = self.held()
        if self.said == 0 and held != [self.text]:
            yield f"NOERROR, and lost: {self.text}, {held}"
        if self.said != 0 and held not in ([self.text], [self.old], self.old):
            yield f"neither: {self.text} {self.old} {held}"
        self.text = held[0] if held else []
        if not wait_for(lambda: self.texts() == held):
            yield f"answered: {self.texts()}, and it is {held}: {self.process.text()[-500:]!r}"

    def texts(self):
        reply = self.service.ask("_t.kites.test", "TXT", wait=SOON)
        if reply is None:
            return None
        return [rr.strings[0].decode() for rrset in reply.answer for rr in rrset]


class Transfers(Running):
    """Zones to secondaries: whole, or not to its end."""

    def __init__(self, name, target, template, scratch):
        super().__init__(name, target, template, scratch)
        self.zones = {zone: self.service.transfer(zone) for zone in ("kites.test", "signed.test")}

    def operate(self, point):
        for zone, whole in self.zones.items():
            got = self.service.transfer(zone, 5 if point is None else 1)
            if got != whole and (got is not None or point is None):
                yield f"zone {zone} transferred otherwise: {got} {whole}"

    def settled(self, point):
        for zone, whole in self.zones.items():
            if not wait_for(lambda: self.service.transfer(zone, SOON) == whole):
                yield f"zone {zone} is not transferred any more: {self.process.text()[-500:]!r}"


class Rolls(Running):
    """Changes by the command, while the name server follows: a key roll, a relay that drains and comes back."""
    every = 3

    def windsock(self, *words):
        run_well(BUILD / "windsock", "--registry", self.service.registry, *words, timeout=60, check=False)

    def operate(self, point):
        self.number += 1
        verb = ("drain", "r1", "--force", "--reason", "trial") if self.number % 2 else ("resume", "r1")
        self.windsock("relay", *verb)
        self.windsock("dnssec", "roll", "signed.test", "--zsk", "--force", "--reason", "trial")
        yield from ()

    def settled(self, point):
        here = {0: ["192.0.2.11", "192.0.2.12", "192.0.2.13"], 1: ["192.0.2.12", "192.0.2.13"]}[self.number % 2]
        if not wait_for(lambda: self.service.addresses("fe4_152.kites.test", wait=SOON) == (0, here)):
            yield f"relays: {self.service.addresses('fe4_152.kites.test')}, not {here}: {self.process.text()[-500:]!r}"
        keys = len(list(self.service.home.glob("registry.dnssec/Ksigned*.private")))

        def served():
            reply = self.service.ask("signed.test", "DNSKEY", wait=SOON, dnssec=True, tcp=True)
            return reply is not None and any(rrset.rdtype == 48 and len(rrset) == keys for rrset in reply.answer) \
                and any(rrset.rdtype == 46 for rrset in reply.answer)
        if not wait_for(served):
            yield f"not all of {keys} keys are served: {self.process.text()[-500:]!r}"

    def again(self):
        self.service.kill()
        self.service.fresh()
        self.number = 0
        self.service.start()
        self.process = getattr(self.service, self.target)


TRIALS = {
    "dnsd-start": (Starting, "dnsd"), "updater-start": (Starting, "updater"),
    "questions": (Questions, "dnsd"),
    "updates": (Updates, "updater"), "updates-followed": (Updates, "dnsd"),
    "forwarded": (Forwarded, "updater"), "forwarding": (Forwarded, "dnsd"),
    "transfers": (Transfers, "dnsd"), "rolls": (Rolls, "dnsd"),
    "dnsd-stop": (Stopping, "dnsd"), "updater-stop": (Stopping, "updater"),
}
