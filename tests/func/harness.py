# SPDX-License-Identifier: BSD-2-Clause
"""A whole windsock on this machine's loopback, for one test.

Everything waits for a bounded time. What was started is stopped by its process id, and must then
have ended well and without a word of a sanitizer."""
import atexit
import base64
import functools
import glob
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib

import dns.flags
import dns.message
import dns.query
import dns.rdatatype

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WINDSOCK_BUILD", TOP / "build")).resolve()
SECONDS = 30  # for anything that should take less than one, on a loaded machine
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|ThreadSanitizer|runtime error:")
INSIDE = "WINDSOCK_IN_NAMESPACE"

_ports = iter(())


def free_port():
    """A loopback port on which neither UDP nor TCP is bound, below those that the kernel gives out."""
    global _ports
    low, high = map(int, os.environ.get("WINDSOCK_TEST_PORTS", "22000-22499").split("-"))
    for _ in range(2 * (high - low)):
        port = next(_ports, None)
        if port is None:
            start = low + os.getpid() % (high - low)
            _ports = iter(list(range(start, high)) + list(range(low, start)))
            continue
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
    raise RuntimeError("no free port")


def eventually(check, seconds=SECONDS, every=0.02):
    """Calls check until it gives something true; what it gave last is what comes back."""
    deadline = time.monotonic() + seconds
    while True:
        got = check()
        if got or time.monotonic() > deadline:
            return got
        time.sleep(every)


def run(*command, input=None, check=True, timeout=SECONDS, **more):
    """A program to its end; its output is text."""
    done = subprocess.run([str(word) for word in command], input=input, timeout=timeout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    if SANITIZER.search(done.stderr):
        raise AssertionError(f"{command}: {done.stderr}")
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Daemon:
    """A program in the background, its log in a file."""

    def __init__(self, name, command, log, env=None):
        self.name, self.log, self.judged = name, log, False
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, env=env)
        self.pid = self.process.pid

    def text(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def kill(self):
        """kill -9: it may leave anything behind."""
        self.judged = True
        self.signal(signal.SIGKILL)
        self.process.wait(SECONDS)

    def stop(self, status=0):
        """SIGTERM; it must end with the status, in time, and no sanitizer may have complained."""
        if self.judged:
            return
        self.judged = True
        died = not self.running()
        self.signal(signal.SIGTERM)
        try:
            got = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not stop on SIGTERM:\n{self.text()}") from None
        word = "died before it was stopped" if died else "was stopped"
        assert got == status and not died, f"{self.name} {word}, status {got}:\n{self.text()}"
        assert not SANITIZER.search(self.text()), self.text()


def _looking_for_leaks(words):
    """The environment of a command. The sanitizer's search for leaks takes as long as the command itself: one of four, by its
    words, is searched; daemons all are, and the unit tests."""
    searched = zlib.crc32(" ".join(map(str, words)).encode()) % 4 == 0
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ("" if searched else ":detect_leaks=0")}


@functools.cache
def _empty_registry():
    """Making one takes a command longer than anything else that most tests ask of it: once is enough."""
    dir = pathlib.Path(tempfile.mkdtemp(prefix="windsock-"))
    atexit.register(shutil.rmtree, dir, ignore_errors=True)
    registry = dir / "registry"
    run(BUILD / "windsock", "--registry", registry, "init")
    return registry


def clock_of(file):
    """The environment of a program whose clock FILE moves: "+5d". What only grows is left as it is, as the kernel does. Daemons
    can read it where their sandbox lets them, that is beside the registry."""
    library, = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    file.write_text("+0\n")
    return {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


class World:
    """A registry and, when asked for, the daemons on it. Nothing is made before it is needed."""

    def __init__(self, dir=None):
        self.dir = pathlib.Path(dir or tempfile.mkdtemp(prefix="windsock-"))
        self.registry = self.dir / "registry"
        self.daemons = []
        self.dnsd = self.updater = self.dns_port = self.http_port = None

    # The command.

    def windsock(self, *words, **more):
        more.setdefault("env", _looking_for_leaks(words))
        return run(BUILD / "windsock", "--registry", self.registry, *words, **more)

    def json(self, *words):
        """What the command says with --json."""
        return json.loads(self.windsock(*words, "--json").stdout)

    def init(self):
        """An empty registry, a copy of one that `windsock init` made, with a key of its own."""
        shutil.copy2(_empty_registry(), self.registry)
        key = pathlib.Path(f"{self.registry}.key")
        key.touch(0o600)
        key.write_text(secrets.token_hex(32) + "\n")
        return self

    def account(self, name, hosts="", *options, password="correct horse"):
        self.windsock("account", "add", name, "--password-stdin", "--hosts", hosts, *options,
                      input=password + "\n")

    def sql(self, statement):
        """SQL by hand, as an operator might."""
        return run("sqlite3", "-cmd", ".timeout 5000", "-cmd", "PRAGMA foreign_keys = ON", self.registry,
                   statement).stdout.strip()

    # The daemons.

    def start(self, name, *options, ready=None):
        number = sum(d.name == name for d in self.daemons)
        log = self.dir / f"{name}.{number}.log"
        daemon = Daemon(name, [BUILD / name, "--registry", self.registry, *options], log)
        self.daemons.append(daemon)
        if ready:
            up = eventually(lambda: not daemon.running() or ready())
            assert daemon.running() and up, f"{name} does not serve:\n{daemon.text()}"
        return daemon

    def start_dnsd(self, *options, port=None, listen="127.0.0.1"):
        self.dns_port = port or self.dns_port or free_port()
        self.dnsd = self.start("windsock-dnsd", "--listen", f"{listen}:{self.dns_port}",
                               "--rate-limit", 0, *options, ready=self.dns_answers)
        return self.dnsd

    def start_updater(self, *options, port=None, listen="127.0.0.1"):
        self.http_port = port or self.http_port or free_port()
        self.updater = self.start("windsock-updater", "--listen", f"{listen}:{self.http_port}",
                                  *options, ready=self.http_answers)
        return self.updater

    def dns_answers(self):
        try:
            self.query("version.bind.", "TXT", rdclass="CH", timeout=0.5, tcp=True)  # refused at once
            return True
        except (OSError, dns.exception.DNSException):
            return False

    def http_answers(self):
        try:
            return self.http("GET", "/healthz", timeout=1).status == 200
        except OSError:
            return False

    # Asking.

    def query(self, name, type="A", tcp=False, rdclass="IN", timeout=SECONDS, edns=None, flags=None,
              server="127.0.0.1"):
        """A query by dnspython; the whole answer."""
        more = {} if edns is None else {"use_edns": 0, "payload": edns}
        question = dns.message.make_query(name, type, rdclass, **more)
        if flags is not None:
            question.flags = flags
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(question, server, port=self.dns_port, timeout=timeout)

    def answers(self, name, type="A", **more):
        """The sorted data of the answer section's records of that type."""
        wanted = dns.rdatatype.from_text(type)
        reply = self.query(name, type, **more)
        return sorted(r.to_text() for rrset in reply.answer if rrset.rdtype == wanted for r in rrset)

    def dig(self, *words):
        return run("dig", "@127.0.0.1", "-p", self.dns_port, "+time=5", "+tries=2", *words).stdout

    def kdig(self, *words):
        return run("kdig", "@127.0.0.1", "-p", self.dns_port, "+time=5", *words).stdout

    def http(self, method, target, body=None, headers=None, user=None, timeout=SECONDS):
        """A request; the response has .status, .headers and .text."""
        headers = dict(headers or {})
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(user).encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=timeout)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            response.text = response.read().decode()
            return response
        finally:
            connection.close()

    def raw_http(self, request, timeout=SECONDS):
        """Bytes as they are; whatever comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.http_port), timeout) as s:
            s.sendall(request)
            parts = []
            while part := s.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def update(self, host, addresses, user, **more):
        """dyndns2: the body's lines."""
        reply = self.http("GET", f"/nic/update?hostname={host}&myip={addresses}", user=user, **more)
        return reply.text.splitlines()

    def close(self):
        faults = []
        for daemon in reversed(self.daemons):
            try:
                daemon.stop()
            except AssertionError as fault:
                faults.append(str(fault))
        shutil.rmtree(self.dir, ignore_errors=True)
        assert not faults, "\n".join(faults)


def in_namespace(test):
    """Runs the test in a network and mount namespace of its own: loopback up with 192.0.2.1 and
    2001:db8::1, its own /etc/resolv.conf and /etc/hosts, ports below 1024 free, and no way out.

    Outside, the test is replaced by one that runs it inside and shows what it said."""
    if os.environ.get(INSIDE):
        return test

    @functools.wraps(test)
    def outside(request):
        import pytest
        script = pathlib.Path(__file__).with_name("namespace")
        if os.geteuid() != 0 or run("unshare", "-mn", "true", check=False).returncode != 0:
            pytest.skip("needs root and unshare for a network namespace")
        done = subprocess.run(
            ["unshare", "-mn", "--fork", "--pid", "--mount-proc", "--kill-child", script, sys.executable, "-m",
             "pytest", "-q", "-p", "no:cacheprovider", f"{request.path}::{test.__name__}"],
            cwd=TOP, env={**os.environ, INSIDE: "1"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=getattr(test, "seconds", 300))
        if " skipped" in done.stdout and done.returncode == 0:
            pytest.skip(done.stdout)
        assert done.returncode == 0, done.stdout
    del outside.__wrapped__  # pytest would ask for the fixtures of the test inside
    return outside
