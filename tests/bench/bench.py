#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures windsock-dnsd beside the floor and the peers that are installed (gdnsd, Knot, NSD, BIND).

Every server has one UDP worker, pinned to processor 0; the generator has processor 1. All serve
one zone of N names. Absolute figures are noisy: compare the ratios, medians of round-by-round ones.
"""
import argparse, base64, hmac, os, pathlib, random, shutil, signal, socket, sqlite3, statistics, struct, subprocess
import tempfile, threading, time

BUILD = pathlib.Path(os.environ.get("WINDSOCK_BUILD", ".")).resolve()
HERE = pathlib.Path(__file__).resolve().parent
ZONE = "bench.test"
PROGRAMS = {"gdnsd": "gdnsd", "knot": "knotd", "nsd": "nsd", "bind": "named"}
POOLS = [f"fe4_{version}" for version in ("056", "057", "058", "059", "091", "100", "150", "152")]
RELAYS = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]
QUESTIONS = 100000
MOVING = 1000  # hosts that updates change
USER = "bench:bench-token"
COOKIE = bytes.fromhex("000a0008") + b"windsock"


def message(name, cookie=False, type=1, dnssec=False):
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    options = COOKIE if cookie else b""
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000 * dnssec, len(options)) + options if cookie or dnssec else b""
    return struct.pack("!6H", 0, 0, 1, 0, 0, edns != b"") + wire + struct.pack("!HH", type, 1) + edns


def address(i):
    return f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def write(path, text):
    path.write_text(text)
    return path


def queries(path, names, cookie=False, dnssec=False):
    """What resolvers ask: pools more than hosts, a few names and types that aren't there."""
    pick = random.Random(3)

    def one():
        r = pick.random()
        host = f"h{pick.randrange(names):07d}"
        if r < .6:
            return pick.choice(POOLS), 28 if r < .05 else 1
        return f"no{pick.randrange(10 ** 8)}" if r < .65 else host, 28 if r < .7 else 1
    asked = ((f"{name}.{ZONE}", type) for name, type in (one() for _ in range(QUESTIONS)))
    return write(path, "".join(message(name, cookie, type, dnssec).hex() + "\n" for name, type in asked))


def zone_file(path, names):
    return write(path, f"$ORIGIN {ZONE}.\n$TTL 60\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns1\nns1 A 127.0.0.1\n"
                 + "".join(f"{pool} A {relay}\n" for pool in POOLS for relay in RELAYS)
                 + "".join(f"h{i:07d} A {address(i)}\n" for i in range(names)))


def flood(path, dnssec):
    """Names that are not there; load makes others of them, each time."""
    return write(path, message(f"{'x' * 12}.{ZONE}", dnssec=dnssec).hex() + "\n")


def zone_signed(home, keys, zone):
    """The zone file, signed by the keys of windsock's registry."""
    whole = home / "whole.zone"
    subprocess.run(["dnssec-signzone", "-S", "-z", "-P", "-n", "2", "-d", home, "-K", keys, "-o", ZONE, "-f", whole, zone],
                   check=True, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return whole


def windsock(path, *words, **more):
    return subprocess.run([BUILD / "windsock", "--registry", path, *map(str, words)], check=True,
                          stdout=subprocess.DEVNULL, **more)


def registry(home, names, zone=None):
    """With that many hosts and real pools; or with the zone file alone."""
    home.mkdir(exist_ok=True)
    path = home / "registry"
    windsock(path, "init")
    if zone:
        windsock(path, "zone", "import", ZONE, zone)
        return path
    windsock(path, "zone", "add", ZONE, "--ns", f"ns1.{ZONE}=127.0.0.1")
    for i, relay in enumerate(RELAYS):
        windsock(path, "relay", "add", f"r{i}", "--address", relay, "--tls", "1.0-1.3")
    there = subprocess.run([BUILD / "windsock", "--registry", path, "pool", "list"], check=True, capture_output=True,
                           text=True).stdout
    for pool in POOLS:
        if pool not in there:
            windsock(path, "pool", "add", pool)
    if names:
        hosts = write(home / "hosts", "".join(f"h{i:07d}.{ZONE}\t{address(i)}\n" for i in range(names)))
        windsock(path, "host", "import", hosts)
    return path


def movable(path):
    """Adds the hosts that bench-updates changes, and their account."""
    windsock(path, "account", "add", USER.split(":")[0], "--hosts", f"*.{ZONE}", "--allow-private",
             "--quota", str(MOVING), "--password-stdin", input=USER.split(":")[1] + "\n", text=True)
    windsock(path, "host", "import", write(path.parent / "moving", "".join(
        f"h{i}.{ZONE}\t10.0.0.1\n" for i in range(MOVING))))


def signed_update(secret, number):
    """Deletes a host's A and adds another, with a TSIG of now."""
    wire = lambda name: b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    owner = wire(f"h{number % MOVING}")[:-1] + b"\xc0\x0c"
    new = bytes([10, number >> 16 & 255, number >> 8 & 255, number & 255])
    body = (wire(ZONE) + b"\0\6\0\1" + owner + b"\0\1\0\xff\0\0\0\0\0\0"
            + owner + b"\0\1\0\1\0\0\0\x3c\0\4" + new)
    now = int(time.time()).to_bytes(6, "big") + b"\1\x2c"
    key, algorithm = wire("bench.key"), wire("hmac-sha256")
    head = (number & 0xffff).to_bytes(2, "big") + b"\x28\0\0\1\0\0\0\2\0"
    mac = hmac.digest(secret, head + b"\0" + body + key + b"\0\xff\0\0\0\0" + algorithm + now + b"\0\0\0\0", "sha256")
    rdata = algorithm + now + b"\0\x20" + mac + head[:2] + b"\0\0\0\0"
    return head + b"\1" + body + key + b"\0\xfa\0\xff\0\0\0\0" + len(rdata).to_bytes(2, "big") + rdata


def send_updates(port, secret, flight, seconds):
    """How many were answered NOERROR, how many otherwise, and how long it took."""
    secret, count, done, other = base64.b64decode(secret), 0, 0, 0
    first = random.randrange(1 << 22)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        s.settimeout(5)
        began = time.monotonic()
        for count in range(flight):
            s.send(signed_update(secret, first + count))
        while time.monotonic() - began < seconds:
            good = s.recv(4096)[3] & 15 == 0
            done, other, count = done + good, other + (not good), count + 1
            s.send(signed_update(secret, first + count))
        took = time.monotonic() - began
        for _ in range(flight):
            s.recv(4096)
    return done, other, took


def free_port():
    """A port that is free for both UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                continue
            return udp.getsockname()[1]


def knot(home, zone, port):
    conf = write(home / "conf", f"server:\n  rundir: {home}\n  listen: 127.0.0.1@{port}\n  udp-workers: 1\n"
                 f"  tcp-workers: 1\ndatabase:\n  storage: {home}\nzone:\n  - domain: {ZONE}\n    file: {zone}\n"
                 "    semantic-checks: off\n    zonefile-sync: -1\n")
    return ["knotd", "-c", conf]


def nsd(home, zone, port):
    conf = write(home / "conf", f'server:\n ip-address: 127.0.0.1@{port}\n server-count: 1\n username: ""\n'
                 f' zonesdir: "{home}"\n pidfile: "{home}/pid"\n database: ""\n xfrdfile: "{home}/xfrd"\n'
                 f' zonelistfile: "{home}/list"\n xfrdir: "{home}"\n rrl-ratelimit: 0\n minimal-responses: yes\n'
                 f"remote-control:\n control-enable: no\nzone:\n name: {ZONE}\n zonefile: {zone}\n")
    return ["nsd", "-d", "-c", conf]


def gdnsd(home, zone, port):
    (home / "zones").mkdir()
    (home / "zones" / ZONE).symlink_to(zone)
    write(home / "config", f'options => {{ listen => [ "127.0.0.1:{port}" ], udp_threads => 1, tcp_threads => 1,'
          f' run_dir => "{home}/run", state_dir => "{home}/state" }}\n')
    return ["gdnsd", "-c", home, "-R", "start"]


def bind(home, zone, port):
    conf = write(home / "conf", f'options {{ directory "{home}"; listen-on port {port} {{ 127.0.0.1; }};'
                 f' listen-on-v6 {{ none; }}; pid-file "{home}/pid"; session-keyfile "{home}/key"; recursion no;'
                 ' dnssec-validation no;'
                 f' minimal-responses yes; }};\ncontrols {{ }};\nzone "{ZONE}" {{ type primary; file "{zone}";'
                 " check-names ignore; };\n")
    return ["named", "-f", "-n", "1", "-c", conf]


PEERS = {"gdnsd": gdnsd, "knot": knot, "nsd": nsd, "bind": bind}


class Server:
    def __init__(self, bench, name, command, port, pinned=True):
        self.name, self.port, self.log = name, port, bench.dir / f"{name}.{port}.log"
        began = time.monotonic()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(["taskset", "-c", "0", *command] if pinned else command, stdout=log, stderr=log)
        bench.servers.append(self)
        self.began = began

    def wait(self, name="h0000000", answer=address(0), seconds=120, since=None):
        """Seconds from exec, or since then, to the first right answer."""
        since = since or self.began
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", self.port))
            s.settimeout(.05)
            while time.monotonic() - since < seconds and self.process.poll() is None:
                try:
                    s.send(message(f"{name}.{ZONE}"))
                    if socket.inet_aton(answer) in s.recv(4096):
                        return time.monotonic() - since
                except OSError:
                    time.sleep(.002)
        raise SystemExit(f"bench: {self.name} gave no right answer:\n{self.log.read_text()[-800:]}")

    def serial(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", self.port))
            s.settimeout(5)
            s.send(message(ZONE, type=6))
            return struct.unpack("!I", s.recv(4096)[-20:-16])[0]

    def tasks(self):
        todo = [self.process.pid]
        for pid in todo:
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
                yield task

    def cpu(self):
        """Seconds of processor time, and those in user space, of all its threads and children."""
        tasks, total, user = list(self.tasks()), 0, 0
        for task in tasks:
            total += int((task / "schedstat").read_text().split()[0]) / 1e9
            user += int((task / "stat").read_text().rsplit(")", 1)[1].split()[11]) / os.sysconf("SC_CLK_TCK")
        return total, user

    def memory(self):
        return sum(int(line.split()[1]) * 1024 for pid in {task.parts[2] for task in self.tasks()}
                   for line in open(f"/proc/{pid}/smaps_rollup") if line.startswith("Pss:"))

    def loader(self, asked, seconds, flight, *more):
        return subprocess.Popen(["taskset", "-c", "1", BUILD / "bench-load", str(self.port), asked, str(seconds),
                                 str(flight), *more], stdout=subprocess.PIPE, text=True)

    def load(self, asked, seconds, flight=512):
        before = self.cpu()
        with self.loader(asked, seconds, flight) as process:
            line = process.communicate()[0]
        after, got = self.cpu(), {k: float(v) for k, v in (word.split("=") for word in line.split())}
        count = max(got["answered"], 1)
        got.update(rate=got["answered"] / got["seconds"], cpu=(after[0] - before[0]) * 1e6 / count,
                   user=(after[1] - before[1]) * 1e6 / count)
        return got

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bench:
    def __init__(self, options, dir):
        self.options, self.dir, self.servers, self.count = options, dir, [], 0
        self.peers = [p for p in PEERS if shutil.which(PROGRAMS[p])]
        for missing in [p for p in PEERS if p not in self.peers]:
            print(f"note: {missing} is not installed, so it is left out")

    def windsock(self, path, *options, name="windsock", pinned=True):
        port = free_port()
        return Server(self, name, [BUILD / "windsock-dnsd", "--registry", path, "--listen", f"127.0.0.1:{port}",
                                   "--udp-workers", "1", *(options or ("--rate-limit", "0"))], port, pinned)

    def peer(self, name, zone):
        self.count += 1
        home, port = self.dir / f"{name}{self.count}", free_port()
        home.mkdir()
        return Server(self, name, PEERS[name](home, zone, port), port)

    def end(self):
        while self.servers:
            self.servers.pop().stop()

    def compare(self, title, servers, asked, names=(), last=True):
        """Measures (server, questions) in turn; ratios are to the first one, round by round."""
        rounds = [[s.load(q, self.options.seconds) for s, q in zip(servers, asked)]
                  for _ in range(self.options.rounds)]
        print(f"\n{title}\n{'server':18}{'answers/s':>10}{'cpu us':>8}{'user us':>8}{'lost':>6}{'SERVFAIL':>9}"
              f"{'rate ratio':>11}{'cpu ratio':>10}")
        for i, server in enumerate(servers):
            own = [r[i] for r in rounds]
            middle = lambda key: statistics.median(g[key] for g in own)
            ratio = lambda key: statistics.median(r[i][key] / (r[0][key] or 1) for r in rounds)
            print(f"{names[i] if names else server.name:18}{middle('rate'):10.0f}{middle('cpu'):8.3f}{middle('user'):8.3f}"
                  f"{sum(g['lost'] for g in own):6.0f}{sum(g.get('rcode2', 0) for g in own):9.0f}"
                  f"{ratio('rate'):11.3f}{ratio('cpu'):10.3f}")
        if last:
            self.end()

    def answers(self):
        n = self.options.names
        zone, asked = zone_file(self.dir / "zone", n), queries(self.dir / "asked", n)
        servers = [self.windsock(registry(self.dir / "answers", n)),
                   self.windsock(registry(self.dir / "static", n, zone), name="windsock, a zone")]
        servers += [self.peer(p, zone) for p in self.peers]
        for server in servers:
            server.wait()
        port = free_port()
        servers.append(Server(self, "floor", [BUILD / "bench-floor", str(port)], port))
        time.sleep(.2)
        self.compare(f"answers: {n} hosts; ratios are each server's to windsock's", servers, [asked] * len(servers))

    def size(self):
        sizes = (10, self.options.names)
        servers = [self.windsock(registry(self.dir / f"size{n}", n), name=f"{n} hosts") for n in sizes]
        for server in servers:
            server.wait()
        self.compare("size: ratios are to the small one's", servers,
                     [queries(self.dir / f"size{n}.asked", n) for n in sizes])

    def guards(self):
        n = self.options.names
        path = registry(self.dir / "guards", n)
        plain, cookie = queries(self.dir / "plain", n), queries(self.dir / "cookie", n, True)
        servers = [self.windsock(path, "--rate-limit", limit, name=name)
                   for name, limit in (("off", "0"), ("cookies", "0"), ("rate limit", "1000000"))]
        for server in servers:
            server.wait()
        self.compare("guards: ratios are to the one with none", servers, [plain, cookie, plain])

    def warm(self, server, asked, most=60):
        """Asks all, again and again, until no answer is cut for want of a signature."""
        seconds = 1
        for _ in range(most):
            got = server.load(asked, seconds)
            if got["answered"] < 1.1 * QUESTIONS:
                seconds += 1
            elif got["truncated"] == 0:
                return
        print(f"note: {server.name} still truncated {got['truncated']:.0f} answers of the last {seconds} seconds")

    def signed(self):
        """What signatures cost, and what a flood of names that are not there does to the others' answers."""
        n = min(self.options.names, 100000)
        path, zone = registry(self.dir / "signed", n), zone_file(self.dir / "signed.zone", n)
        windsock(path, "dnssec", "sign", ZONE, stderr=subprocess.DEVNULL)
        plain, dnssec = queries(self.dir / "plain.do", n), queries(self.dir / "asked.do", n, dnssec=True)
        servers = [self.windsock(path)]
        if shutil.which("dnssec-signzone"):
            whole = zone_signed(self.dir, f"{path}.dnssec", zone)
            servers += [self.peer(p, whole) for p in self.peers if p in ("knot", "nsd")]
        for server in servers:
            server.wait()
        self.warm(servers[0], dnssec)
        names = [f"{server.name}{how}" for server in servers for how in (", plain", ", +do")]
        self.compare(f"signed: {n} hosts, warm; ratios are to windsock's plain answers",
                     [server for server in servers for _ in range(2)], [plain, dnssec] * len(servers), names, False)
        print(f"\nflood of names that are not there; ratios are to one without DO\n{'ordinary':18}{'flood':>8}{'answers/s':>11}"
              f"{'flood/s':>11}{'cpu us':>8}{'lost':>6}{'cut':>6}{'rate ratio':>11}{'cpu ratio':>10}")
        for i, name in enumerate(names):
            self.flooded(servers[i // 2], name, (plain, dnssec)[i % 2])
        self.end()

    def beside_flood(self, server, asked, flood):
        """Ordinary questions, beside a flood of names that are never asked for twice; CPU is an answer's of both."""
        before, more = server.cpu()[0], server.loader(flood, self.options.seconds, 512, "fresh") if flood else None
        got = {"flood": 0.0, "flooded": 0.0, **server.load(asked, self.options.seconds)}
        if more:
            words = {k: float(v) for k, v in (word.split("=") for word in more.communicate()[0].split())}
            got["flood"], got["flooded"] = words["answered"] / words["seconds"], words["answered"]
        got["cpu"] = (server.cpu()[0] - before) * 1e6 / (got["answered"] + got["flooded"] or 1)
        return got

    def flooded(self, server, name, asked):
        """What a flood at full speed leaves: of questions with DO, and of the same without."""
        floods = {"none": None, "plain": flood(self.dir / "flood.plain", False), "+do": flood(self.dir / "flood.do", True)}
        rounds = [[self.beside_flood(server, asked, questions) for questions in floods.values()]
                  for _ in range(self.options.rounds)]
        for i, kind in enumerate(floods):
            middle = lambda key: statistics.median(r[i][key] for r in rounds)
            left = lambda key: statistics.median(r[i][key] / (r[1][key] or 1) for r in rounds)
            print(f"{name:18}{kind:>8}{middle('rate'):11.0f}{middle('flood'):11.0f}{middle('cpu'):8.3f}"
                  f"{sum(r[i]['lost'] for r in rounds):6.0f}{sum(r[i]['truncated'] for r in rounds):6.0f}"
                  f"{left('rate'):11.3f}{left('cpu'):10.3f}")

    def loaded(self, names):
        """Each server's seconds to its first right answer, and its memory, with that many names."""
        zone, got = zone_file(self.dir / f"zone{names}", names), {}
        path = registry(self.dir / f"loaded{names}", names)
        for name in ["windsock", *self.peers]:
            server = self.windsock(path) if name == "windsock" else self.peer(name, zone)
            got[name] = server.wait(), server.memory()
            self.end()
        return got

    def memory(self):
        n, small, big = self.options.names, self.loaded(1), self.loaded(self.options.names)
        print(f"\nmemory and start: {n} names\n{'server':18}{'bytes a name':>13}{'start s':>9}{'start ratio':>12}")
        for name in big:
            print(f"{name:18}{(big[name][1] - small[name][1]) / n:13.1f}{big[name][0]:9.3f}"
                  f"{big[name][0] / big['windsock'][0]:12.2f}")

    def updater(self, path):
        port = free_port()
        server = Server(self, "updater", [BUILD / "windsock-updater", "--registry", path,
                                          "--listen", f"127.0.0.1:{port}"], port, pinned=False)
        while server.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return server
            except OSError:
                time.sleep(.01)
        raise SystemExit(f"bench: the updater did not start:\n{server.log.read_text()[-800:]}")

    def updating(self, port, *options, **more):
        return subprocess.Popen([BUILD / "bench-updates", "-n", str(MOVING), "-z", ZONE, "-u", USER,
                                 "-s", str(max(1, round(self.options.seconds))), *map(str, options),
                                 f"127.0.0.1:{port}"], **more)

    def updates(self):
        path = registry(self.dir / "updates", 1)
        movable(path)
        dnsd, updater = self.windsock(path, pinned=False), self.updater(path)
        dnsd.wait()
        print("\nupdates: HTTP, keep-alive, durable, and answered by DNS before the reply", flush=True)
        for connections in 1, 64, 256:
            self.updating(updater.port, "-c", connections).wait()
        self.end()

    def dynamic(self):
        """RFC 2136: hosts' addresses replaced, signed, by UDP; each server says NOERROR when it is durable."""
        path = registry(self.dir / "dynamic", 1)
        movable(path)
        said = subprocess.run([BUILD / "windsock", "--registry", path, "tsig", "add", "bench.key", "--account",
                               USER.split(":")[0]], check=True, capture_output=True, text=True).stdout
        secret = said.split("bench.key:", 1)[1].split()[0]
        dnsd, updater = self.windsock(path, pinned=False), self.updater(path)
        dnsd.wait()
        servers = [dnsd]
        for peer in (p for p in ("knot", "bind") if p in self.peers):
            zone = write(self.dir / f"dynamic.{peer}.zone", zone_file(self.dir / f"{peer}.head", 1).read_text() + "".join(
                f"h{i} 60 A 10.0.0.1\n" for i in range(MOVING)))
            home, port = self.dir / f"dynamic.{peer}", free_port()
            home.mkdir()
            command = PEERS[peer](home, zone, port)
            conf = home / "conf"
            if peer == "knot":
                text = conf.read_text().replace("    semantic-checks", "    acl: bench\n    semantic-checks").replace(
                    "zone:\n", f"key:\n  - id: bench.key\n    algorithm: hmac-sha256\n    secret: {secret}\nacl:\n"
                    "  - id: bench\n    key: bench.key\n    action: update\nzone:\n", 1)
            else:
                text = conf.read_text().replace("check-names ignore;", "check-names ignore; allow-update { key bench.key; };")
                text = f'key "bench.key" {{ algorithm hmac-sha256; secret "{secret}"; }};\n' + text
            conf.write_text(text)
            servers.append(Server(self, peer, command, port, pinned=False))
            servers[-1].wait()
        print("\ndynamic: RFC 2136 by UDP, signed, durable")
        for flight in 1, 64:
            for server in servers:
                done, other, seconds = send_updates(server.port, secret, flight, self.options.seconds)
                print(f"{server.name:18}{done / seconds:10.0f} updates/s  other {other}  ({flight} in flight)", flush=True)
        self.end()

    def live(self):
        n = self.options.names
        path, asked = registry(self.dir / "live", n), queries(self.dir / "live.asked", n)
        movable(path)
        dnsd, updater = self.windsock(path), self.updater(path)
        dnsd.wait()
        other_path = registry(self.dir / "elsewhere", 1)
        movable(other_path)
        other, elsewhere = self.windsock(other_path, pinned=False), self.updater(other_path)
        other.wait()
        rounds = []  # updates take the processor from whoever asks, too: so there are as many, here or elsewhere
        for _ in range(self.options.rounds):
            cpu = []
            for port in elsewhere.port, updater.port:
                moving = self.updating(port, "-r", 5000, stdout=subprocess.DEVNULL)
                cpu.append(dnsd.load(asked, self.options.seconds)["cpu"])
                moving.wait()
            rounds.append(cpu)
        quiet, busy = (statistics.median(r[i] for r in rounds) for i in (0, 1))
        print(f"\nlive: CPU an answer {quiet:.3f} us while 5,000 updates a second go elsewhere, {busy:.3f} us while they "
              f"come here: {statistics.median(b / q for q, b in rounds):.3f}")
        hosts = write(self.dir / "moved", "".join(f"h{i:07d}.{ZONE}\t{address(i + 1)}\n" for i in range(n)))
        other = write(self.dir / "other", "".join(  # without the names of pools, which are not zones' own
            line for line in zone_file(self.dir / "reloaded", 1000).open() if not line.startswith("fe4_")
        ).replace(ZONE, "other.test"))
        self.lossless("a reload (SIGHUP), again and again", dnsd, asked,
                      lambda: (dnsd.process.send_signal(1), time.sleep(.2)))
        self.lossless("another zone of 1,000 names, imported again and again", dnsd, asked,
                      lambda: windsock(path, "zone", "import", "other.test", other))
        self.lossless("a relay drained and resumed, again and again", dnsd, asked,
                      lambda: [windsock(path, "relay", verb, "r0") for verb in ("drain", "resume")])
        self.lossless(f"{n} hosts changed at once", dnsd, asked, lambda: windsock(path, "host", "import", hosts), True)
        self.end()

    def lossless(self, what, dnsd, asked, change, once=False):
        """Answers lost or failed while something changes all the time, or once, however long that takes."""
        over, lost, failed, count, times = threading.Event(), 0, 0, 0, 0

        def changing():
            nonlocal times
            began = time.monotonic()
            while not times or not once and time.monotonic() - began < self.options.seconds:
                change()
                times += 1
            over.set()
        thread = threading.Thread(target=changing)
        thread.start()
        while not over.is_set():
            got = dnsd.load(asked, min(1, self.options.seconds), 64)
            lost, failed = lost + got["lost"], failed + got.get("rcode2", 0)
            count += got["answered"]
        thread.join()
        print(f"live: {what}: {times} times; of {count:.0f} answers, {lost:.0f} lost and {failed:.0f} SERVFAIL")

    def replaced(self):
        """Ten times a new process takes the place of the one that answers, while questions come all the time."""
        n = self.options.names
        path, zone = registry(self.dir / "replaced", n), zone_file(self.dir / "replaced.zone", n)
        asked = queries(self.dir / "replaced.asked", n)
        print(f"\nreplaced: ten times, under load\n{'server':18}{'answers/s':>10}{'lost':>8}{'SERVFAIL':>9}{'seconds each':>13}")
        for name in ["windsock"] + [p for p in self.peers if p == "gdnsd"]:
            server = self.windsock(path) if name == "windsock" else self.peer(name, zone)
            server.wait()
            command = [*server.process.args[3:], *(["--replace"] if name == "windsock" else [])]  # gdnsd's has -R
            with server.loader(asked, 600, 24) as load:
                began = time.monotonic()
                for _ in range(10):
                    old = server.process
                    with open(server.log, "a") as log:
                        server.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=log, stderr=log)
                    old.wait(120)
                each = (time.monotonic() - began) / 10
                load.send_signal(signal.SIGINT)
                got = {k: float(v) for k, v in (word.split("=") for word in load.communicate()[0].split())}
            print(f"{name:18}{got['answered'] / got['seconds']:10.0f}{got['lost']:8.0f}{got.get('rcode2', 0):9.0f}{each:13.2f}",
                  flush=True)
            server.stop()
        self.end()

    def visible(self):
        """From the end of a command, or of SQL by hand, to the first answer that shows what it changed."""
        path = registry(self.dir / "visible", 1)
        dnsd = self.windsock(path, pinned=False)
        dnsd.wait()
        sql = sqlite3.connect(path, isolation_level=None)
        sql.execute("PRAGMA foreign_keys = ON")
        ways = {
            "the command": lambda to: windsock(path, "host", "set", f"h0000000.{ZONE}", "--address", to),
            "SQL by hand": lambda to: sql.execute("UPDATE host SET addresses = ?", (to,)),
        }
        print(f"\nvisible: milliseconds from a change's end to its answer\n{'way':18}{'p50':>8}{'p99':>8}{'most':>8}")
        for way, change in ways.items():
            took = []
            for i in range(40 * self.options.rounds):
                to = address(256 + (i if way == "the command" else i + 100000))
                change(to)
                began = time.monotonic()
                dnsd.wait(answer=to, since=began)
                took.append((time.monotonic() - began) * 1e3)
            took.sort()
            print(f"{way:18}{took[len(took) // 2]:8.2f}{took[len(took) * 99 // 100]:8.2f}{took[-1]:8.2f}")
        sql.close()
        self.end()

    def steering(self):
        """A big fleet: from nothing to the first answer, and from a relay's change of state to the answers."""
        relays, pools = max(20, self.options.names // 100), max(2, self.options.names // 1000)
        path = registry(self.dir / "steering", 1)
        sql = sqlite3.connect(path, isolation_level=None)
        pick = random.Random(1)
        offers = [15, 30, 28, 24, 31]  # TLS versions, as bits from SSLv3 on
        sql.execute("BEGIN")
        for i in range(relays):
            sql.execute("INSERT INTO relay (name, addresses, port, state, tls, weight, since) VALUES (?, ?, 443, 2, ?, ?, 1)",
                        (f"x{i:06d}", address(i), pick.choice(offers), pick.choice([50, 100, 200])))
            sql.execute("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES "
                        "(?, 'p1', ?, ?, 0, 0, 1)", (f"x{i:06d}", pick.choice([1] * 19 + [2]), pick.choice(offers)))
        for i in range(pools):
            sql.execute("INSERT INTO pool (label, state, tls, ttl, answers) VALUES (?, 0, 0, 300, 8)", (f"pool{i}",))
            sql.execute("INSERT INTO release (product, version, pools, tls, families, ping) VALUES ('p', ?, ?, ?, 2, 2)",
                        (str(i), f"pool{i}", pick.choice([1, 2, 4, 8, 16, 6, 12, 24])))
            sql.execute("INSERT INTO zone VALUES (?, 'ns1.bench.test', 'h.bench.test', 60, 3600, 600, 86400, 60, 0)",
                        (f"z{i}.test",))
        sql.execute("COMMIT")
        dnsd, took = self.windsock(path, pinned=False), []
        start = dnsd.wait()
        for i in range(40 * self.options.rounds):
            sql.execute("UPDATE relay SET state = ? WHERE name = 'x000007'", (3 - i % 2,))
            revision, = sql.execute("SELECT max(id) FROM change").fetchone()
            began = time.monotonic()
            while dnsd.serial() != revision:
                assert time.monotonic() - began < 60
            took.append((time.monotonic() - began) * 1e3)
        sql.close()
        took.sort()
        print(f"\nsteering: {relays} relays, {pools} pools, {pools} zones: {start:.3f} s to the first answer; a relay's "
              f"change of state is answered after {took[len(took) // 2]:.1f} ms (p50), "
              f"{took[len(took) * 99 // 100]:.1f} ms (p99)")
        self.end()

    def instructions(self):
        program = BUILD / "tests/bench/instructions"
        if not shutil.which("valgrind") or not program.exists():
            return print("\nnote: instructions: valgrind or tests/bench/instructions isn't there")
        print("\ninstructions an answer", flush=True)
        subprocess.run(["sh", HERE / "instructions.sh", program], check=True)


ROWS = ["answers", "size", "guards", "signed", "memory", "updates", "dynamic", "live", "replaced", "visible", "steering", "instructions"]


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("rows", nargs="*", metavar="NAME", help=" ".join(ROWS))
    words.add_argument("--names", type=int, default=1000000)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=float, default=2)
    options = words.parse_args()
    for row in options.rows:
        if row not in ROWS:
            words.error(f"no such row: {row}; there are {' '.join(ROWS)}")
    with tempfile.TemporaryDirectory(prefix="windsock-bench-") as dir:
        bench = Bench(options, pathlib.Path(dir))
        try:
            for row in options.rows or ROWS:
                getattr(bench, row)()
        finally:
            bench.end()


if __name__ == "__main__":
    main()
