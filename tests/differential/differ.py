#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same zones and the same questions to windsock-dnsd, NSD, Knot and BIND.

usage: differ.py [--seed N] [--zones N] [--questions N] [--roots N] [--signed] [--show N] [--keep]

--zones are served together; --roots further sets have a root zone each. A difference from what at
least two of the three peers agree on is a fault, unless compare.KNOWN names the RFC that leaves it
free. With --signed, most zones are signed, by the same keys, and most questions have DO: signatures
must validate, and what is denied be the same, whatever the proof. Exit status 1 on faults; the first
of them are printed with the smallest zones that show them.
"""
import argparse
import collections
import dataclasses
import pathlib
import random
import shutil
import socket
import struct
import sys
import tempfile

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

import compare
import generate
import messages
import peers
import reduce
import signatures

FOLLOW_MOST = 12  # questions that a chain of aliases may take
LEAST_LINKS = 8   # aliases that we follow at least


class Asker:
    """Sends questions to all servers at once."""

    def __init__(self, servers, zones):
        self.servers, self.sockets, self.number = servers, {}, 0
        self.addresses, self.written = compare.addresses(zones), compare.Written(zones)
        self.truth = signatures.Truth(zones) if any(z.signing is not None for z in zones) else None
        for s in servers:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.connect(("127.0.0.1", s.port))
            sock.settimeout(5)
            self.sockets[s.name] = sock

    def close(self):
        for sock in self.sockets.values():
            sock.close()

    def query(self, question):
        self.number = self.number % 65535 + 1
        edns = {"use_edns": 0, "payload": question.size} if question.size else {"use_edns": False}
        query = dns.message.make_query(question.name, question.kind, **edns)
        if question.dnssec and question.size:
            query.want_dnssec(True)
            query.ednsflags |= signatures.CO if question.compact else 0
        query.id, query.flags = self.number, 0
        return query.to_wire()

    def receive(self, server, wire):
        while True:
            data = self.sockets[server.name].recv(65535)
            if data[:2] == wire[:2]:
                return data

    @staticmethod
    def stream(server, wire):
        with socket.create_connection(("127.0.0.1", server.port), 5) as s:
            s.sendall(struct.pack("!H", len(wire)) + wire)
            with s.makefile("rb") as answers:
                return answers.read(struct.unpack("!H", answers.read(2))[0])

    @staticmethod
    def read(server, question, data):
        try:
            return dns.message.from_wire(data, ignore_trailing=False)
        except dns.exception.DNSException as error:
            raise SystemExit(f"{server.name} answered {question} by what is no message: {error!r}: {data.hex()}") from error

    def ask(self, question):
        """(answers by name, fault of our size): whole answers, by TCP where UDP cut them."""
        wire, answers, fault, cut = self.query(question), {}, None, {}
        if not question.tcp:
            for sock in self.sockets.values():
                sock.send(wire)
        for server in self.servers:
            data = self.stream(server, wire) if question.tcp else self.receive(server, wire)
            message = self.read(server, question, data)
            cut[server.name] = bool(message.flags & dns.flags.TC)
            if server.name == "windsock":
                fault = compare.order_fault(question, data)
            ours = server.name == "windsock" and question.size < 4096
            if not question.tcp and (message.flags & dns.flags.TC or ours):
                full_wire = self.stream(server, wire)
                full = self.read(server, question, full_wire)
                if server.name == "windsock" and fault is None:
                    fault = compare.order_fault(question, full_wire) or compare.size_fault(question, data, message, full_wire, full)
                message = full
            if server.name == "windsock" and fault is None:
                fault = compare.addition_fault(message, self.addresses) or self.written.fault(message)
                if self.truth is not None and fault is None:
                    fault = self.truth.fault(question, message)
            answers[server.name] = compare.canonical(message)
        if not question.dnssec and fault is None:  # how much signatures take is each server's own
            fault = compare.room_fault(cut, answers)
        return answers, fault


class Judge:
    def __init__(self, asker, zones):
        self.asker, self.served = asker, [dns.name.from_text(z.origin).canonicalize() for z in zones]

    def finish(self, question, first, wanted):
        """The chain's rest, as a resolver would ask for it."""
        name, kind, form, previous = question.name, question.kind, first, None
        for _ in range(FOLLOW_MOST):
            following = compare.unfinished(name, kind, form, self.served)
            if following is None:
                return compare.ring_form(name, form)
            if following not in wanted:
                wanted[following] = self.asker.ask(dataclasses.replace(question, name=following, size=4096, tcp=True,
                                                                       dnssec=question.dnssec and question.size))[0]
            rest = wanted[following][self.server]
            if following == previous and rest.answer <= form.answer:
                return compare.ring_form(name, form)  # it was asked already, and there was no more
            previous = following
            form = rest._replace(aa=first.aa, answer=form.answer | rest.answer,
                                 signed=frozenset(row for row in form.signed if row[0] == "an") | rest.signed)
        return compare.ENDLESS

    def judge(self, question):
        """(kind of agreement, None) or (None, what each said)."""
        answers, fault = self.asker.ask(question)
        wanted, name, kind = {}, question.name, question.kind
        ours = answers["windsock"]
        if compare.unfinished(name, kind, ours, self.served) and compare.chain_end(name, ours)[1] < LEAST_LINKS:
            fault = "the chain ends early"
        for self.server, form in answers.items():
            answers[self.server] = compare.any_form(name, form) if kind in ("ANY", "TYPE255") \
                else self.finish(question, form, wanted)
        if fault is not None:
            return None, (fault, answers)
        ours = answers["windsock"]
        theirs = {peer: form for peer, form in answers.items() if peer != "windsock"}
        agreed, count = collections.Counter(theirs.values()).most_common(1)[0]
        if count >= 2 and agreed == ours:
            return "equal to the peers' consensus", None
        title = compare.known(question, ours, theirs, self.served)
        return (title, None) if title is not None else (None, ("not the consensus", answers))


def show(question, fault, answers):
    size = f"EDNS {question.size}" if question.size else "no EDNS"
    print(f"{question.name} {question.kind} ({size}{', DO' if question.dnssec else ''}{', CO' if question.compact else ''}"
          f"{', TCP' if question.tcp else ''}): {fault}")
    for server, form in answers.items():
        print(compare.show(server, form))


class Run:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.pick, self.notes = random.Random(options.seed), collections.Counter()
        self.tally, self.faults, self.asked, self.zones = collections.Counter(), [], 0, 0

    def one_set(self, some, number):
        zones = generate.zones_of(some)
        self.zones += len(zones)
        if self.options.signed:
            generate.sign(zones, self.options.seed + number)
        with peers.Servers(zones, self.folder / f"set{number}") as servers:
            asker = Asker(servers, zones)
            judge = Judge(asker, zones)
            for one in some:
                asked = one.questions(self.options.questions)
                for question in generate.with_do(asked, self.pick) if self.options.signed else asked:
                    self.asked += 1
                    title, fault = judge.judge(question)
                    if fault is None:
                        self.tally[title] += 1
                    else:
                        self.faults.append((zones, question, *fault))
            asker.close()
            if asker.truth is not None:
                self.notes += asker.truth.notes
            if number == 0 and not self.options.signed:
                self.messages(zones, servers)

    def messages(self, zones, servers):
        for title, fault in messages.run(zones, servers):
            self.asked += 1
            if fault is None:
                self.tally[title] += 1
            else:
                self.faults.append((None, None, title, fault))

    def show_faults(self):
        for zones, question, fault, answers in self.faults[:self.options.show]:
            if zones is None:
                print(f"message: {fault}\n{answers}")
                continue
            show(question, fault, answers)
            if self.options.reduce:
                for zone in reduce.reduced(zones, question, self.folder, Asker, Judge):
                    print("  ".join(["  " + line + "\n" for line in zone.text().splitlines()]))

    def summary(self):
        for title, count in self.tally.most_common():
            print(f"{count:8} {title}")
        for title, count in self.notes.most_common():
            print(f"{count:8} answers {title}")
        print(f"{len(self.faults):8} differences in {self.asked} questions to {self.zones} zones,"
              f" seed {self.options.seed}")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--zones", type=int, default=300)
    a.add_argument("--questions", type=int, default=15, help="for each zone")
    a.add_argument("--roots", type=int, default=2, help="further sets, with a root zone each")
    a.add_argument("--signed", action="store_true", help="sign most zones, and ask with DO")
    a.add_argument("--show", type=int, default=5, help="faults to print")
    a.add_argument("--no-reduce", dest="reduce", action="store_false", help="print no zones")
    a.add_argument("--keep", action="store_true", help="the servers' files stay")
    options = a.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="differ-"))
    run = Run(options, folder)
    try:
        for number, some in enumerate(generate.sets(options.seed, options.zones, options.roots)):
            run.one_set(some, number)
        run.show_faults()
    finally:
        if options.keep:
            print(f"files: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    run.summary()
    sys.exit(1 if run.faults else 0)


if __name__ == "__main__":
    main()
