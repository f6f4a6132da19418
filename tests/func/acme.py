# SPDX-License-Identifier: BSD-2-Clause
"""As much of an ACME server (RFC 8555) as a client needs until it has shown its DNS-01 challenge: when it says that
the TXT record is there, we look, and remember. With an authority, it gets a certificate if the record is right; else its
order fails, and it cleans up. Signatures are not verified."""
import base64
import hashlib
import http.server
import json
import ssl
import threading

from harness import run


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def reply(self, status, body, location=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Replay-Nonce", "nonce")
        if location:
            self.send_header("Location", f"{self.server.url}{location}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def send_certificate(self):
        data = self.server.issued.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/pem-certificate-chain")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Replay-Nonce", "nonce")
        self.end_headers()
        self.wfile.write(data)

    def do_HEAD(self):
        self.reply(200, {})

    def do_GET(self):
        paths = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order", "revokeCert": "revoke", "keyChange": "key"}
        self.reply(200, {name: f"{self.server.url}/{path}" for name, path in paths.items()})

    def do_POST(self):
        s, request = self.server, json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        protected, payload = (json.loads(unbase64(request[part]) or "{}") for part in ("protected", "payload"))
        if self.path == "/account":
            jwk = protected["jwk"]
            print_ = json.dumps({k: jwk[k] for k in sorted(jwk)}, separators=(",", ":")).encode()
            s.thumbprint = base64.urlsafe_b64encode(hashlib.sha256(print_).digest()).rstrip(b"=").decode()
            self.reply(201, {"status": "valid"}, "/account/1")
        elif self.path == "/order":
            s.name, s.status, s.issued = payload["identifiers"][0]["value"], "pending", None
            self.reply(201, s.order(), "/order/1")
        elif self.path == "/challenge":
            wanted = hashlib.sha256(f"token.{s.thumbprint}".encode()).digest()
            s.wanted = base64.urlsafe_b64encode(wanted).rstrip(b"=").decode()
            s.seen = s.look(f"_acme-challenge.{s.name}")
            s.status = "valid" if s.authority and f'"{s.wanted}"' in s.seen else "invalid"
            self.reply(200, s.challenge())
        elif self.path == "/finalize" and s.status == "valid":
            s.issued = s.authority.sign(unbase64(payload["csr"]), s.days)
            self.reply(200, s.order(), "/order/1")
        elif self.path == "/certificate":
            self.send_certificate()
        else:
            self.reply(200, s.order() if self.path == "/order/1" else s.authorization())


class Acme(http.server.ThreadingHTTPServer):
    """LOOK gives the TXT records of a name; what it gave is in .seen, what should be among it in .wanted."""

    def __init__(self, folder, look, authority=None, days=90):
        super().__init__(("127.0.0.1", 0), Handler)
        self.look, self.seen, self.wanted, self.issued = look, None, None, None
        self.authority, self.days = authority, days
        self.certificate = folder / "acme.crt"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", folder / "acme.key", "-out", self.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, folder / "acme.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://localhost:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def challenge(self):
        challenge = {"type": "dns-01", "url": f"{self.url}/challenge", "token": "token", "status": self.status}
        if self.status != "valid":
            challenge["error"] = {"type": "urn:ietf:params:acme:error:unauthorized", "detail": "as it was to be", "status": 403}
        return challenge

    def authorization(self):
        return {"status": self.status, "identifier": {"type": "dns", "value": self.name},
                "challenges": [self.challenge()]}

    def order(self):
        status = "valid" if self.issued else "ready" if self.status == "valid" else self.status
        return {"status": status, "certificate": f"{self.url}/certificate", "identifiers": [{"type": "dns", "value": self.name}],
                "authorizations": [f"{self.url}/authorization"], "finalize": f"{self.url}/finalize"}
