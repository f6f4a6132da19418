#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures windsock-dnsd beside the floor and the peers that are installed (gdnsd, Knot, NSD, BIND).

Every server has one UDP worker, pinned to processor 0; the generator has processor 1. All serve
one zone of N names. Absolute figures are noisy: compare the ratios, medians of round-by-round ones.
"""
import argparse, os, pathlib, random, shutil, socket, statistics, struct, subprocess, tempfile, time

BUILD = pathlib.Path(os.environ.get("WINDSOCK_BUILD", ".")).resolve()
HERE = pathlib.Path(__file__).resolve().parent
ZONE = "bench.test"
PROGRAMS = {"gdnsd": "gdnsd", "knot": "knotd", "nsd": "nsd", "bind": "named"}
COOKIE = bytes.fromhex("000a0008") + b"windsock"


def message(name, cookie=False):
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(COOKIE)) + COOKIE if cookie else b""
    return struct.pack("!6H", 0, 0, 1, 0, 0, cookie) + wire + struct.pack("!HH", 1, 1) + edns


def address(i):
    return f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def write(path, text):
    path.write_text(text)
    return path


def queries(path, names, cookie=False):
    """One question in ten is for a name that isn't there."""
    pick = random.Random(3)
    asked = (f"h{pick.randrange(names):07d}" if pick.random() < .9 else f"no{pick.randrange(10 ** 8)}"
             for _ in range(100000))
    return write(path, "".join(message(f"{name}.{ZONE}", cookie).hex() + "\n" for name in asked))


def zone_file(path, names):
    return write(path, f"$ORIGIN {ZONE}.\n$TTL 60\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns1\nns1 A 127.0.0.1\n"
                 + "".join(f"h{i:07d} A {address(i)}\n" for i in range(names)))


def registry(home, names):
    home.mkdir(exist_ok=True)
    path = home / "registry"
    windsock = [BUILD / "windsock", "--registry", path]
    hosts = write(home / "hosts", "".join(f"h{i:07d}.{ZONE}\t{address(i)}\n" for i in range(names)))
    for words in ("init",), ("zone", "add", ZONE, "--ns", f"ns1.{ZONE}=127.0.0.1"), ("host", "import", hosts):
        if words[0] != "host" or names:
            subprocess.run([*windsock, *words], check=True, stdout=subprocess.DEVNULL)
    return path


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
                 f' minimal-responses yes; }};\ncontrols {{ }};\nzone "{ZONE}" {{ type primary; file "{zone}"; }};\n')
    return ["named", "-f", "-n", "1", "-c", conf]


PEERS = {"gdnsd": gdnsd, "knot": knot, "nsd": nsd, "bind": bind}


class Server:
    def __init__(self, bench, name, command, port):
        self.name, self.port, self.log = name, port, bench.dir / f"{name}.{port}.log"
        began = time.monotonic()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=log, stderr=log)
        bench.servers.append(self)
        self.began = began

    def wait(self, name="h0000000", answer=address(0), seconds=120):
        """Seconds from exec to the first right answer."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", self.port))
            s.settimeout(.05)
            while time.monotonic() - self.began < seconds and self.process.poll() is None:
                try:
                    s.send(message(f"{name}.{ZONE}"))
                    if socket.inet_aton(answer) in s.recv(4096):
                        return time.monotonic() - self.began
                except OSError:
                    time.sleep(.002)
        raise SystemExit(f"bench: {self.name} gave no right answer:\n{self.log.read_text()[-800:]}")

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

    def load(self, asked, seconds, flight=512):
        before = self.cpu()
        line = subprocess.run(["taskset", "-c", "1", BUILD / "bench-load", str(self.port), asked, str(seconds),
                               str(flight)], check=True, capture_output=True, text=True).stdout
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

    def windsock(self, path, *options, name="windsock"):
        port = free_port()
        return Server(self, name, [BUILD / "windsock-dnsd", "--registry", path, "--listen", f"127.0.0.1:{port}",
                                   "--udp-workers", "1", *(options or ("--rate-limit", "0"))], port)

    def peer(self, name, zone):
        self.count += 1
        home, port = self.dir / f"{name}{self.count}", free_port()
        home.mkdir()
        return Server(self, name, PEERS[name](home, zone, port), port)

    def end(self):
        while self.servers:
            self.servers.pop().stop()

    def compare(self, title, servers, asked):
        """Measures (server, questions) in turn; ratios are to the first server, round by round."""
        rounds = [[s.load(q, self.options.seconds) for s, q in zip(servers, asked)]
                  for _ in range(self.options.rounds)]
        print(f"\n{title}\n{'server':18}{'answers/s':>10}{'cpu us':>8}{'user us':>8}{'lost':>6}{'SERVFAIL':>9}"
              f"{'rate ratio':>11}{'cpu ratio':>10}")
        for i, server in enumerate(servers):
            own = [r[i] for r in rounds]
            middle = lambda key: statistics.median(g[key] for g in own)
            ratio = lambda key: statistics.median(r[i][key] / (r[0][key] or 1) for r in rounds)
            print(f"{server.name:18}{middle('rate'):10.0f}{middle('cpu'):8.3f}{middle('user'):8.3f}"
                  f"{sum(g['lost'] for g in own):6.0f}{sum(g.get('rcode2', 0) for g in own):9.0f}"
                  f"{ratio('rate'):11.3f}{ratio('cpu'):10.3f}")
        self.end()

    def answers(self):
        n = self.options.names
        zone, asked = zone_file(self.dir / "zone", n), queries(self.dir / "asked", n)
        servers = [self.windsock(registry(self.dir / "answers", n))]
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

    def instructions(self):
        program = BUILD / "tests/bench/instructions"
        if not shutil.which("valgrind") or not program.exists():
            return print("\nnote: instructions: valgrind or tests/bench/instructions isn't there")
        print("\ninstructions an answer", flush=True)
        subprocess.run(["sh", HERE / "instructions.sh", program], check=True)


ROWS = ["answers", "size", "guards", "memory", "instructions"]


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
