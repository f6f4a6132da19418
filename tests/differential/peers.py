# SPDX-License-Identifier: BSD-2-Clause
"""Starts NSD, Knot, BIND and windsock on loopback with the same zones, and stops them by process id."""
import contextlib
import os
import pathlib
import socket
import sqlite3
import subprocess
import time

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdatatype

from generate import POOLS, RELAYS

BUILD = pathlib.Path(os.environ.get("WINDSOCK_BUILD", pathlib.Path(__file__).parents[2] / "build"))


class Server:
    def __init__(self, name, port, command, folder):
        self.name, self.port = name, port
        self.log = open(folder / f"{name}.log", "w")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, cwd=folder)

    def wait(self, origin, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: see {self.log.name}")
            try:
                answer = dns.query.udp(dns.message.make_query(origin, "SOA"), "127.0.0.1", 1, self.port)
                if answer.answer:
                    return
            except (dns.exception.Timeout, OSError):
                pass
            time.sleep(.1)
        raise RuntimeError(f"{self.name} does not answer for {origin}: see {self.log.name}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def write_zones(zones, folder):
    """Files are named by number: an origin may hold what a path may not."""
    for kind in ("zones", "static"):
        (folder / kind).mkdir()
    for number, zone in enumerate(zones):
        zone.file = f"{number}.zone"
        (folder / "zones" / zone.file).write_text(zone.text())
        (folder / "static" / zone.file).write_text(zone.static_text())
    (folder / "list").write_text("".join(f"{z.origin}\t{folder}/static/{z.file}\n" for z in zones))


def nsd(zones, folder, port):
    home = folder / "nsd"
    home.mkdir()
    (home / "conf").write_text(
        f'server:\n ip-address: 127.0.0.1@{port}\n server-count: 1\n username: ""\n chroot: ""\n'
        f' zonesdir: "{folder}/zones"\n pidfile: "{home}/pid"\n database: ""\n xfrdfile: "{home}/xfrd"\n'
        f' zonelistfile: "{home}/list"\n xfrdir: "{home}"\n rrl-ratelimit: 0\n minimal-responses: yes\n'
        " answer-cookie: yes\n nsid: ascii_nsd\n"
        "remote-control:\n control-enable: no\n"
        + "".join(f'zone:\n name: "{z.origin}"\n zonefile: "{z.file}"\n' for z in zones))
    return Server("nsd", port, ["nsd", "-d", "-c", f"{home}/conf"], home)


def knot(zones, folder, port):
    home = folder / "knot"
    home.mkdir()
    (home / "conf").write_text(
        f"server:\n  rundir: {home}\n  listen: 127.0.0.1@{port}\n  udp-workers: 1\n  tcp-workers: 1\n  nsid: knot\n"
        f"  background-workers: 1\n  answer-rotation: off\ndatabase:\n  storage: {home}\n"
        f"template:\n  - id: default\n    global-module: mod-cookies\n    storage: {folder}/zones\n    semantic-checks: off\n    journal-content: none\n"
        "    zonefile-load: whole\n    zonefile-sync: -1\nzone:\n"
        + "".join(f'  - domain: "{z.origin}"\n    file: {z.file}\n' for z in zones))
    return Server("knot", port, ["knotd", "-c", f"{home}/conf"], home)


def bind(zones, folder, port):
    home = folder / "bind"
    home.mkdir()
    (home / "conf").write_text(
        f'options {{ directory "{home}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};'
        f' recursion no; minimal-responses yes; minimal-any no; zero-no-soa-ttl no; server-id hostname; pid-file "{home}/pid"; session-keyfile none;'
        " notify no; check-names primary ignore; check-integrity no; check-mx ignore; check-srv-cname ignore;"
        " check-mx-cname ignore; check-wildcard no; check-sibling no; dnssec-validation no;"
        " empty-zones-enable no; max-records-per-type 0; max-types-per-name 0; rrset-order { order fixed; }; };\ncontrols { };\n"
        + "".join(f'zone "{z.origin}" {{ type primary; file "{folder}/zones/{z.file}"; }};\n'
                  for z in zones))
    return Server("bind", port, ["named", "-g", "-n", "1", "-U", "1", "-c", f"{home}/conf"], home)


def add_rows(zones, registry):
    """As rows: what the command would refuse is answered, too, where it is there."""
    with contextlib.closing(sqlite3.connect(registry)) as db:
        db.executemany("INSERT INTO host (name, addresses, ttl) VALUES (?, ?, ?)",
                       [row for zone in zones for row in zone.host_rows()])
        db.executemany("INSERT INTO record (zone, owner, type, ttl, rdata) VALUES (?, ?, ?, ?, ?)",
                       [row for zone in zones for row in zone.refused_rows()])
        db.commit()


def windsock(zones, folder, port):
    home = folder / "windsock"
    home.mkdir()
    registry = home / "registry.db"
    relays = [["relay", "add", f"r{i}", "--address", a, "--tls", "1.0-1.3"] for i, a in
              enumerate(address for some in RELAYS.values() for address in some)]
    for words in (["init"], *relays, ["release", "add", "p", "1", "--pool", ",".join(POOLS), "--tls", "1.2"],
                  ["zone", "import", "--list", str(folder / "list")]):
        subprocess.run([BUILD / "windsock", "--registry", registry, *words], check=True, timeout=600,
                       stdout=subprocess.DEVNULL, stderr=open(home / "import.log", "a"))
    add_rows(zones, registry)
    signed = [z for z in zones if z.signing is not None]
    for zone in signed:
        subprocess.run([BUILD / "windsock", "--registry", registry, "dnssec", "sign", zone.origin, *zone.signing],
                       check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=open(home / "import.log", "a"))
    unlimited = ["--dnssec-rate", "0", "--dnssec-deny-rate", "0"] if signed else []
    return Server("windsock", port, [str(BUILD / "windsock-dnsd"), "--registry", str(registry),
                                     "--listen", f"127.0.0.1:{port}", "--rate-limit", "0", *unlimited], home)


def answered(server, origin, kind):
    query = dns.message.make_query(origin, kind)
    sets = dns.query.tcp(query, "127.0.0.1", 5, server.port).answer
    return sets[0] if sets else None


def key_files(folder):
    """The keys' files, without an ending, by zone."""
    found = {}
    for path in sorted((folder / "windsock" / "registry.db.dnssec").glob("K*.key")):
        line = next(line for line in path.read_text().splitlines() if line and line[0] != ";")
        found.setdefault(dns.name.from_text(line.split(" ", 1)[0]).canonicalize(), []).append(str(path)[:-4])
    return found


def sign_for_peers(zones, server, folder):
    """Adds the keys' records to the files of the zones that we sign, and signatures by BIND with the same keys."""
    files = key_files(folder)
    for zone in zones:
        if zone.signing is None:
            continue
        zone.keys = answered(server, zone.origin, "DNSKEY")
        if zone.keys is None:
            raise RuntimeError(f"{zone.origin} is not signed: see {server.log.name}")
        added = [zone.keys] + [s for s in (answered(server, zone.origin, k) for k in ("CDS", "CDNSKEY")) if s]
        source, made = folder / "zones" / zone.file, folder / "made"
        with open(source, "a") as f:
            f.writelines(f"{s.to_text()}\n" for s in added)
        done = subprocess.run(["dnssec-signzone", "-P", "-D", "-n", "1", "-d", folder, "-x" if "--split" in zone.signing else "-z",
                               "-o", zone.origin, "-f", made, source,
                               *files[dns.name.from_text(zone.origin).canonicalize()]],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{zone.origin}: {done.stdout}")
        with open(source, "a") as f:  # not what BIND made of the records: others cannot read all of it
            f.write(made.read_text())


MAKERS = {"nsd": nsd, "knot": knot, "bind": bind, "windsock": windsock}


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Servers:
    """All of them with these zones, for a `with` block."""

    def __init__(self, zones, folder):
        self.zones, self.folder, self.servers = zones, pathlib.Path(folder), []

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        write_zones(self.zones, self.folder)
        try:
            ports = dict(zip(MAKERS, free_ports(len(MAKERS))))
            ours = MAKERS["windsock"](self.zones, self.folder, ports["windsock"])
            self.servers.append(ours)
            if any(zone.signing is not None for zone in self.zones):
                for zone in self.zones:
                    ours.wait(zone.origin)
                sign_for_peers(self.zones, ours, self.folder)
            for name, make in MAKERS.items():
                if name != "windsock":
                    self.servers.append(make(self.zones, self.folder, ports[name]))
            for server in self.servers:
                for zone in self.zones:
                    server.wait(zone.origin)
        except BaseException:
            self.__exit__()
            raise
        return self.servers

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()
