# SPDX-License-Identifier: BSD-2-Clause
"""Questions signed by TSIG (RFC 8945), asked by real clients."""
import subprocess
import time

import dns.message
import dns.name
import dns.query
import dns.tsig
import dns.update
import pytest

from harness import eventually, run


@pytest.fixture
def keyed(world):
    world.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    world.windsock("relay", "add", "r1", "--address", "192.0.2.1", "--tls", "1.2-1.3")
    world.windsock("release", "add", "pagekite.py", "1.5.2", "--pool", "fe4_152", "--tls", "1.2-1.3")
    world.secrets = {}
    for algorithm in ("hmac-sha256", "hmac-sha384", "hmac-sha512"):
        said = world.windsock("tsig", "add", f"{algorithm}.key", "--algorithm", algorithm).stdout
        world.secrets[algorithm] = said.split(f"{algorithm}.key:", 1)[1].split()[0]
    world.start_dnsd()
    return world


def ask(world, secret, algorithm="hmac-sha256", name="hmac-sha256.key", kind="SOA", tcp=False, label="kites.test"):
    question = dns.message.make_query(label, kind)
    question.use_tsig(dns.tsig.Key(name, secret, algorithm))
    return (dns.query.tcp if tcp else dns.query.udp)(question, "127.0.0.1", port=world.dns_port, timeout=5)


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sha384", "hmac-sha512"])
def test_clients_verify_our_answers(keyed, algorithm):
    key = f"{algorithm}:{algorithm}.key:{keyed.secrets[algorithm]}"
    for more in ([], ["+tcp"], ["+bufsize=512"]):
        said = keyed.dig("-y", key, "kites.test", "SOA", *more)
        assert "status: NOERROR" in said and "NOERROR 0" in said.split("TSIG PSEUDOSECTION")[1], said
        assert "Couldn't verify" not in said and "tsig verify failure" not in said
        said = keyed.kdig("-y", key, "fe4_152.kites.test", "A", *more)
        assert "192.0.2.1" in said and "WARNING" not in said, said
    assert "NXDOMAIN" in keyed.kdig("-y", key, "nothing.kites.test")
    for tcp in False, True:
        assert ask(keyed, keyed.secrets[algorithm], algorithm, f"{algorithm}.key", tcp=tcp).had_tsig


def test_signed_questions_go_on_being_answered(keyed):
    """By UDP, right keys and wrong ones, more often than there are slots for a batch of messages."""
    secrets = keyed.secrets
    for i in range(150):
        if i % 3 == 2:
            with pytest.raises(dns.tsig.PeerBadKey):
                ask(keyed, secrets["hmac-sha512"], name=f"stranger{i}")
        else:
            assert ask(keyed, secrets["hmac-sha512"], "hmac-sha512", "hmac-sha512.key").answer
    assert keyed.query("kites.test", "SOA").answer


def test_who_has_not_the_key_is_told(keyed):
    with pytest.raises(dns.tsig.PeerBadKey):
        ask(keyed, keyed.secrets["hmac-sha256"], name="nobody")
    with pytest.raises(dns.tsig.PeerBadSignature):
        ask(keyed, keyed.secrets["hmac-sha512"])
    with pytest.raises(dns.tsig.PeerBadKey):
        ask(keyed, keyed.secrets["hmac-sha256"], algorithm="hmac-sha1")
    said = keyed.dig("-y", f"hmac-sha256:nobody:{keyed.secrets['hmac-sha256']}", "kites.test", "SOA")
    assert "status: NOTAUTH" in said and "BADKEY" in said


def test_whose_clock_is_wrong_is_told_the_time(keyed, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 1000)
    with pytest.raises((dns.tsig.PeerBadTime, dns.tsig.BadTime)):
        ask(keyed, keyed.secrets["hmac-sha256"])


def test_keys_come_and_go(keyed):
    secret = "c2hhcmVkIHNlY3JldCBvZiBuYW1lIHNlcnZlcnM="
    keyed.windsock("tsig", "add", "given", "--secret-stdin", input=secret + "\n")
    assert ask(keyed, secret, name="given").had_tsig
    keyed.windsock("tsig", "set", "given", "--secret-stdin", input="b3RoZXIgc2VjcmV0IG9mIG5hbWUgc2VydmVycw==\n")
    with pytest.raises(dns.tsig.PeerBadSignature):
        ask(keyed, secret, name="given")
    keyed.windsock("tsig", "remove", "given")
    with pytest.raises(dns.tsig.PeerBadKey):
        ask(keyed, secret, name="given")


def test_secrets_are_shown_once_and_never_logged(keyed):
    for secret in keyed.secrets.values():
        shown = keyed.windsock("tsig", "list").stdout + keyed.windsock("log").stdout + keyed.windsock("export").stdout
        assert secret not in shown and secret.encode() not in keyed.registry.read_bytes()
    short = keyed.windsock("tsig", "add", "short", "--secret-stdin", input="c2hvcnQ=\n", check=False)
    assert short.returncode == 2 and "base64 of 16 to 255 octets" in short.stderr


def test_a_secondary_keeps_its_key(keyed):
    keyed.windsock("secondary", "add", "ns2", "--address", "192.0.2.53", "--tsig", "hmac-sha256.key")
    assert "192.0.2.53" in keyed.windsock("secondary", "list").stdout
    refused = keyed.windsock("tsig", "remove", "hmac-sha256.key", check=False)
    assert refused.returncode == 1 and "signs for a secondary" in refused.stderr
    missing = keyed.windsock("secondary", "add", "ns3", "--address", "192.0.2.54", "--tsig", "nobody", check=False)
    assert missing.returncode == 1 and "there is no tsig nobody" in missing.stderr
    keyed.windsock("secondary", "set", "ns2", "--port", "5300")
    keyed.windsock("secondary", "remove", "ns2")
    keyed.windsock("tsig", "remove", "hmac-sha256.key")


def test_nsupdate_finds_the_zone(keyed):
    """It asks for the SOA, signed, of a name that is not there; the update itself goes to the updater, which is not there."""
    script = (f"server 127.0.0.1 {keyed.dns_port}\n"
              f"key hmac-sha256:hmac-sha256.key {keyed.secrets['hmac-sha256']}\n"
              "update add new.kites.test 60 TXT x\nsend\n")
    done = subprocess.run(["nsupdate", "-t", "5"], input=script, capture_output=True, text=True, timeout=30)
    assert "SERVFAIL" in done.stdout + done.stderr, done



def test_two_secrets_overlap(clocked):
    """A secret that is replaced is good for a while beside the new one: for questions, transfers and updates."""
    w, zone = clocked, "kites.test"
    w.windsock("zone", "add", zone, "--ns", f"ns1.{zone}")
    w.start_dnsd()
    w.account("demo", f"demo.{zone}", "--allow-private")
    w.windsock("host", "add", f"demo.{zone}", "--account", "demo")
    w.start_updater()
    said = w.windsock("tsig", "add", "k", "--transfer", "--account", "demo").stdout
    secrets = [said.split("k:", 1)[1].split()[0]]

    def renew(*words):
        said = w.windsock("tsig", "set", "k", "--new-secret", *words).stdout
        secrets.append(said.split(":k:", 1)[1].split()[0])

    def update(secret, address):
        message = dns.update.Update(zone)
        message.replace("demo", 60, "A", address)
        message.use_tsig(dns.tsig.Key("k", secret, "hmac-sha256"))
        return dns.query.udp(message, "127.0.0.1", port=w.dns_port, timeout=8).rcode()

    def good(secret, number):
        """At each entrance."""
        try:
            assert ask(w, secret, name="k").had_tsig and ask(w, secret, name="k", tcp=True).had_tsig
            assert len(list(dns.query.xfr("127.0.0.1", zone, port=w.dns_port, keyring={dns.name.from_text("k"): secret_of(secret)},
                                          keyalgorithm="hmac-sha256"))) > 0
            return update(secret, f"198.51.100.{number}") == 0 and eventually(lambda: w.answers(f"demo.{zone}") == [f"198.51.100.{number}"])
        except (dns.tsig.PeerBadSignature, dns.tsig.PeerError):
            assert secret != secrets[-1]
            with pytest.raises((dns.tsig.PeerBadSignature, dns.tsig.PeerError)):
                update(secret, "198.51.100.250")
            return False

    def secret_of(text):
        return dns.tsig.Key("k", text).secret

    assert good(secrets[0], 1)
    renew("--overlap", "2m")
    assert secrets[0] != secrets[1] and good(secrets[0], 2) and good(secrets[1], 3)
    assert good(secrets[0], 4)
    shown = w.json("tsig", "show", "k")
    assert shown["former_until"] and "former" not in shown and "secret" not in shown
    w.move("+130")  # seconds: less than clocks may differ
    assert not good(secrets[0], 5) and good(secrets[1], 6)
    w.move("+0")
    renew()  # at once
    assert not good(secrets[1], 7) and good(secrets[2], 8)
    renew("--overlap", "1h")
    renew("--overlap", "1h")  # only the one before is good
    assert not good(secrets[2], 9) and good(secrets[3], 10) and good(secrets[4], 11)
    for words, says in ((("--overlap", "1h"), "--overlap is for a new secret"), (("--new-secret", "--overlap", "x"), "--overlap 'x'"),
                        (("--new-secret", "--overlap", "91d"), "from 1m to 90d"),
                        (("--new-secret", "--overlap", "1h", "--algorithm", "hmac-sha512"), "would be of the new algorithm")):
        done = w.windsock("tsig", "set", "k", *words, check=False)
        assert done.returncode == 2 and says in done.stderr, done.stderr
    assert not any(secret in w.windsock("export").stdout + w.windsock("log").stdout for secret in secrets)
