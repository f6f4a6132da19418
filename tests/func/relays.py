# SPDX-License-Identifier: BSD-2-Clause
"""Relays for tests: what one answers to pings, to CONNECT and in TLS is a setting. And certificates."""
import socket
import ssl
import struct
import threading
import time
import warnings

from harness import free_port, run

TLS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
       "1.3": ssl.TLSVersion.TLSv1_3}
MODERN = b"Host: ping.pagekite"


def certificate(dir, names=("kites.test", "fe.kites.test"), days=90, name="relay"):
    """A PEM file with key and certificate; days may be negative, which only `openssl ca` takes."""
    path, end = dir / f"{name}.pem", time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
    config = dir / f"{name}.cnf"
    config.write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={path}.db\nrand_serial=yes\nnew_certs_dir={dir}\n"
                      "default_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\n"
                      "subjectAltName=" + ",".join(f"DNS:{n}" for n in names) + "\n")
    (dir / f"{name}.pem.db").write_text("")
    run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{path}.key", "-out", f"{path}.csr",
        "-subj", f"/CN={names[0]}")
    run("openssl", "ca", "-batch", "-selfsign", "-config", config, "-keyfile", f"{path}.key", "-in", f"{path}.csr",
        "-out", f"{path}.crt", "-notext", "-startdate", "20200101000000Z", "-enddate", end)
    path.write_bytes(open(f"{path}.key", "rb").read() + open(f"{path}.crt", "rb").read())
    return path


def ssl3_answer(der):
    """What a server that speaks SSLv3 answers: ServerHello, Certificate, ServerHelloDone (RFC 6101)."""
    def message(kind, body):
        return bytes([kind]) + struct.pack(">I", len(body))[1:] + body
    chain = struct.pack(">I", len(der))[1:] + der
    flight = (message(2, b"\x03\x00" + b"R" * 32 + b"\x00" + b"\x00\x2f" + b"\x00")
              + message(11, struct.pack(">I", len(chain))[1:] + chain) + message(14, b""))
    return b"\x16\x03\x00" + struct.pack(">H", len(flight)) + flight


def is_ssl3_hello(hello):
    """Octet by octet: record, handshake and client version 3.0, no session, suites, no compression, no more."""
    suites = struct.unpack(">H", hello[44:46])[0]
    return (hello[:3] == b"\x16\x03\x00" and struct.unpack(">H", hello[3:5])[0] == len(hello) - 5
            and hello[5] == 1 and hello[9:11] == b"\x03\x00" and hello[43] == 0
            and suites % 2 == 0 and hello[46 + suites:] == b"\x01\x00")


class Relay:
    """tls: a range of versions as ("1.0", "1.2"), None for none. ssl3: the stub. pings: which of the forms of
    ping it knows. connect: the names for which it takes CONNECT, as PageKite's relays do; None if it does not
    know CONNECT at all."""

    def __init__(self, address="127.0.0.1", pem=None, tls=None, ssl3=False, uuid="ab" * 20, overloaded=False,
                 pings=("modern", "old"), connect=None, port=None):
        self.address, self.pem, self.ssl3, self.uuid, self.overloaded = address, pem, ssl3, uuid, overloaded
        self.pings, self.connect, self.asked, self.direct, self.names = pings, connect, 0, 0, []
        self.set_tls(tls)
        self.server = socket.create_server((address, port or free_port()), backlog=128)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def set_tls(self, tls):
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.pem)
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what this is about
                self.context.minimum_version, self.context.maximum_version = TLS[tls[0]], TLS[tls[-1]]

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.asked += 1
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        try:
            with peer:
                peer.settimeout(10)
                first = peer.recv(600, socket.MSG_PEEK)
                if first[:1] == b"\x16":
                    self.direct += 1
                    self.handshake(peer, first)
                elif first.startswith(b"CONNECT "):
                    self.tunnel(peer)
                elif first:
                    self.pong(peer, peer.recv(600))
        except (OSError, ssl.SSLError):
            pass

    def tunnel(self, peer):
        name = peer.recv(600).split(b" ")[1].decode().rsplit(":")[0]
        self.names.append(name)
        if self.connect is None:
            return
        if name not in self.connect:
            peer.sendall(b"HTTP/1.0 503 Unavailable\r\n\r\n")
            return
        peer.sendall(b"HTTP/1.0 200 Connection Established\r\n\r\n")
        self.handshake(peer, peer.recv(600, socket.MSG_PEEK))

    def handshake(self, peer, hello):
        if hello[9:11] == b"\x03\x00" and self.ssl3:
            peer.recv(600)
            assert is_ssl3_hello(hello), hello
            der = ssl.PEM_cert_to_DER_cert(self.pem.read_text()[self.pem.read_text().index("-----BEGIN CERT"):])
            peer.sendall(ssl3_answer(der))
            peer.recv(600)
        elif self.context:
            self.context.wrap_socket(peer, server_side=True).close()

    def pong(self, peer, request):
        modern = MODERN in request[:64]
        head = b"X-PageKite-Overloaded: Sorry\r\n" if self.overloaded else b""
        if self.uuid:
            head += b"X-PageKite-UUID: " + self.uuid.encode() + b"\r\n"
        if modern and "modern" in self.pings:
            peer.sendall(b"HTTP/1.1 503 Unavailable\r\n" + head + b"Connection: close\r\n\r\n<html>")
        elif not modern and "old" in self.pings:
            peer.sendall(b"HTTP/1.1 400 Bad request\r\n" + head + b"\r\n")
        else:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        if self.server.fileno() >= 0:
            self.server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self.server.close()
