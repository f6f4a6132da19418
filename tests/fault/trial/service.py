# SPDX-License-Identifier: BSD-2-Clause
"""The daemons on a registry of their own, each under an interposer's page, and short ways to ask them."""
import base64
import http.client
import os
import shutil
import socket
import struct
import time

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.tsig
import dns.update

from harness import BUILD, SANITIZER, Daemon, eventually, free_port
from page import Page

PATIENCE = 20  # seconds


class Process(Daemon):
    """A daemon that says when it is ready."""

    def __init__(self, name, words, log, page):
        if log.exists():
            log.unlink()
        self.page = page
        super().__init__(name, [BUILD / name, *words], log, page.environment())

    def ready(self):
        """Whether it came so far; False when it ended instead, or takes too long."""
        eventually(lambda: not self.running() or " notice: ready " in self.text(), PATIENCE, every=0.005)
        return self.running() and " notice: ready " in self.text()

    def seconds(self):
        """Of a processor, so far."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0

    def ended(self, seconds=PATIENCE):
        """Its exit status; None when it goes on."""
        try:
            return self.process.wait(seconds)
        except Exception:
            return None

    def trouble(self, status):
        """What is wrong with how it ended."""
        if SANITIZER.search(self.text()):
            return f"crash: {self.text()[-3000:]}"
        if status is None:
            return f"does not end: {self.text()[-300:]}"
        return f"crash: status {status}: {self.text()[-600:]}" if status < 0 or status > 2 else None


class Service:
    def __init__(self, template, directory):
        self.directory, self.template = directory, template
        directory.mkdir()
        self.home = directory / "home"
        self.pages = {name: Page(directory / f"{name}.page") for name in ("dnsd", "updater")}
        self.dns_port, self.http_port = free_port(), free_port()
        self.dnsd = self.updater = None
        self.fresh()

    def fresh(self):
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home)
        self.registry = self.home / "registry"

    def spawn_dnsd(self):
        self.dnsd = Process("windsock-dnsd", ["--registry", self.registry, "--listen", f"127.0.0.1:{self.dns_port}",
                                              "--rate-limit", 0, "--transfer-networks", "127.0.0.0/8", "--copy-interval", 1],
                            self.directory / "dnsd.log", self.pages["dnsd"])
        return self.dnsd

    def spawn_updater(self):
        self.updater = Process("windsock-updater", ["--registry", self.registry, "--listen", f"127.0.0.1:{self.http_port}"],
                               self.directory / "updater.log", self.pages["updater"])
        return self.updater

    def start(self):
        for page in self.pages.values():
            page.disarm()
        for process in (self.spawn_dnsd(), self.spawn_updater()):
            assert process.ready(), process.text()

    def kill(self):
        for process in (self.dnsd, self.updater):
            if process and process.running():
                process.kill()

    def close(self):
        self.kill()
        for page in self.pages.values():
            page.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    # Asking. None is no answer, which is allowed to who met a fault.

    def ask(self, name, type="A", tcp=False, wait=PATIENCE, dnssec=False, times=1):
        question = dns.message.make_query(name, type, want_dnssec=dnssec)
        for _ in range(times):
            try:
                return (dns.query.tcp if tcp else dns.query.udp)(question, "127.0.0.1", port=self.dns_port, timeout=wait)
            except (OSError, dns.exception.DNSException, EOFError):
                continue
        return None

    def addresses(self, name, **more):
        reply = self.ask(name, **more)
        if reply is None:
            return None
        return (reply.rcode(), sorted(rr.to_text() for rrset in reply.answer if rrset.rdtype == 1 for rr in rrset))

    def http(self, target, user=("demo", "correct horse"), wait=PATIENCE):
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=wait)
        try:
            connection.request("GET", target, headers={"Authorization": "Basic " + base64.b64encode(
                ":".join(user).encode()).decode()})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def update(self, zone, name, text, key, wait=PATIENCE):
        """RFC 2136, by TCP: the RCODE."""
        update = dns.update.Update(zone)
        update.replace(name, 60, "TXT", f'"{text}"')
        update.use_tsig(key)
        try:
            return dns.query.tcp(update, "127.0.0.1", port=self.dns_port, timeout=wait).rcode()
        except (OSError, dns.exception.DNSException, EOFError):
            return None

    def transfer(self, zone, wait=PATIENCE):
        """All records of a whole transfer, without signatures; None when there was none, or only a part."""
        question = dns.message.make_query(zone, "AXFR")
        found, ends = [], 0
        try:
            with socket.create_connection(("127.0.0.1", self.dns_port), wait) as s:
                s.settimeout(wait)
                wire = question.to_wire()
                s.sendall(struct.pack("!H", len(wire)) + wire)
                stream = s.makefile("rb")
                while ends < 2:
                    head = stream.read(2)
                    if len(head) < 2:
                        return None
                    body = stream.read(struct.unpack("!H", head)[0])
                    message = dns.message.from_wire(body, one_rr_per_rrset=True)
                    if message.rcode() != 0:
                        return None
                    for rrset in message.answer:
                        ends += rrset.rdtype == dns.rdatatype.SOA
                        if rrset.rdtype not in (dns.rdatatype.SOA, dns.rdatatype.RRSIG, dns.rdatatype.NSEC):
                            found.append(rrset.to_text())
            return sorted(found)
        except (OSError, dns.exception.DNSException, EOFError):
            return None


def wait_for(check, seconds=PATIENCE):
    return eventually(check, seconds, every=0.01)


def now():
    return time.monotonic()
