# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for tests, by an authority of their own, in the forms in which ACME's clients write them."""
import ssl

from harness import run


RSA = "-newkey", "rsa:2048"
EC = "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"  # which are made fast


class Authority:
    """Its own certificate is .file; what it issues is put in place at once, or not at all, as a careful client does."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.file = folder / "ca.pem"
        self.made = 0
        run("openssl", "req", "-x509", *EC, "-nodes", "-keyout", folder / "ca.key", "-out", self.file, "-days", 9,
            "-subj", "/CN=authority of the tests")

    def make(self, *names, days=30, key=EC):
        """A certificate for names, the first of which is its subject; its text, and its key's."""
        self.made += 1
        one = self.folder / str(self.made)
        run("openssl", "req", *key, "-nodes", "-keyout", f"{one}.key", "-out", f"{one}.csr", "-subj", f"/CN={names[0]}", "-addext",
             "subjectAltName=" + ",".join(f"{'IP' if name[0].isdigit() else 'DNS'}:{name}" for name in names))
        run("openssl", "x509", "-req", "-in", f"{one}.csr", "-CA", self.file, "-CAkey", self.folder / "ca.key", "-CAcreateserial",
            "-days", days, "-copy_extensions", "copy", "-out", f"{one}.crt")
        with open(f"{one}.crt") as certificate, open(f"{one}.key") as its_key:
            return certificate.read(), its_key.read()

    def sign(self, request, days):
        """What a request (DER) asks for, and the authority's own behind it."""
        file = self.folder / "request"
        file.write_bytes(request)
        return run("openssl", "x509", "-req", "-inform", "DER", "-in", file, "-CA", self.file, "-CAkey", self.folder / "ca.key",
                   "-CAcreateserial", "-days", days, "-copy_extensions", "copy").stdout + self.file.read_text()

    def put(self, path, text):
        new = path.with_name("." + path.name)
        new.write_text(text)
        new.rename(path)

    def one_file(self, folder, file, *names, **more):
        certificate, key = self.make(*names, **more)
        self.put(folder / f"{file}.pem", certificate + key)

    def two_files(self, folder, file, *names, ending="crt", **more):
        """As lego writes them: the certificate goes first."""
        certificate, key = self.make(*names, **more)
        self.put(folder / f"{file}.{ending}", certificate)
        self.put(folder / f"{file}.key", key)

    def folder_of(self, folder, file, *names, **more):
        """As certbot does."""
        certificate, key = self.make(*names, **more)
        (folder / file).mkdir(exist_ok=True)
        self.put(folder / file / "privkey.pem", key)
        self.put(folder / file / "fullchain.pem", certificate)

    def context(self, low=None, high=None, names=True):
        """For a client that trusts it."""
        context = ssl.create_default_context(cafile=self.file)
        context.check_hostname = names
        if low == ssl.TLSVersion.TLSv1:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        if low:
            context.minimum_version = low
        if high:
            context.maximum_version = high
        return context
