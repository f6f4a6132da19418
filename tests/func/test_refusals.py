# SPDX-License-Identifier: BSD-2-Clause
"""What the log says of refused requests: why, of whom, without secrets, and not too often."""
import re

import pytest

from harness import World, eventually
from test_credentials import request, signed, update, BASIC, WRONG
from test_http import all_of, connect


@pytest.fixture(scope="module")
def world():
    here = World()
    here.init()
    here.windsock("zone", "add", "b5p.us", "--ns", "ns1.b5p.us")
    here.account("demo", "*.demo.b5p.us,demo.b5p.us", password="demo-token")
    here.account("gone", "*.gone.b5p.us", password="gone-token")
    here.windsock("host", "add", "k.gone.b5p.us", "--account", "gone", "--secret-stdin", input="sekrit\n")
    here.windsock("host", "add", "k.demo.b5p.us", "--account", "demo", "--secret-stdin", input="sekrit\n")
    here.windsock("host", "add", "plain.demo.b5p.us", "--account", "demo")
    here.windsock("account", "set", "gone", "--blocked", "yes", "--force", "--reason", "test")
    here.account("away", "*.away.b5p.us", password="away-token")
    here.windsock("host", "add", "k.away.b5p.us", "--account", "away", "--secret-stdin", input="sekrit\n")
    here.windsock("account", "set", "away", "--suspended", "yes", "--force", "--reason", "test")
    here.start_updater()
    yield here
    here.close()


@pytest.fixture
def source(counter=[100]):
    counter[0] += 1
    return f"127.0.0.{counter[0]}"


def ask(world, source, *requests):
    with connect(world, source) as s:
        s.sendall(b"".join(requests))
        s.shutdown(1)
        return all_of(s)


def lines(world, source):
    return [line for line in world.updater.text().splitlines() if f"from={source} " in line]


GONE = "Authorization: Basic Z29uZTpnb25lLXRva2Vu\r\n"
AWAY = "Authorization: Basic YXdheTphd2F5LXRva2Vu\r\n"
NOBODY = "Authorization: Basic bm9ib2R5OndyMG5nIHNlY3JldA==\r\n"
CASES = {
    "unknown account": (update("9.9.9.9", NOBODY), "account=nobody"),
    "wrong password": (update("9.9.9.9", WRONG), "account=demo"),
    "no credentials": (update("9.9.9.9", ""), "path=/nic/update"),
    "not Basic": (update("9.9.9.9", "Authorization: Digest x\r\n"), "path=/nic/update"),
    "not covered by the account's patterns": (update("9.9.9.9", host="x.b5p.us"), "host=x.b5p.us account=demo"),
    "not a host name": (update("9.9.9.9", host="a..b"), "host=a..b account=demo"),
    "an address that is not public": (update("10.0.0.1"), "host=demo.b5p.us account=demo"),
    "not a list of addresses": (update("10.0.0.300"), "host=demo.b5p.us account=demo"),
    "the account is blocked": (update("9.9.9.9", GONE, host="a.gone.b5p.us"), "host=a.gone.b5p.us account=gone"),
    "unknown host": (signed("no.demo.b5p.us", "9.9.9.9"), "host=no.demo.b5p.us"),
    "the host has no secret": (signed("plain.demo.b5p.us", "9.9.9.9"), "host=plain.demo.b5p.us"),
    "wrong signature": (signed("k.demo.b5p.us", "9.9.9.9", secret="other"), "host=k.demo.b5p.us"),
    "address that is not public": (signed("k.demo.b5p.us", "192.168.0.1"), "host=k.demo.b5p.us account=demo"),
    "the account is blocked (a kite)": (signed("k.gone.b5p.us", "9.9.9.9"), "host=k.gone.b5p.us account=gone"),
    "the account is suspended": (update("9.9.9.9", AWAY, host="k.away.b5p.us"), "host=k.away.b5p.us account=away"),
    "the account is suspended (a kite)": (signed("k.away.b5p.us", "9.9.9.9"), "host=k.away.b5p.us account=away"),
    "no operator's": (request("/v1/status", "Authorization: Bearer tok3n\r\n"), "path=/v1/status"),
    "not this relay's": (request("/v1/relays/r1", "Authorization: Bearer tok3n\r\n", method="PUT"), "account=r1"),
}


@pytest.mark.parametrize("why", CASES)
def test_why_and_of_whom(world, source, why):
    sent, who = CASES[why]
    why = why.removesuffix(" (a kite)")
    ask(world, source, sent)
    assert eventually(lambda: lines(world, source))
    [line] = lines(world, source)
    assert why in line and who in line, line
    for secret in ("wrong", "wr0ng", "wr0ng+secret", "demo-token", "away-token", "Z29u", "ZGVt", "YXdh", "tok3n", "sign=", "01234567"):
        assert secret not in line.replace("wrong password", "").replace("wrong signature", ""), line


def test_a_name_cannot_look_like_another_line(world, source):
    ask(world, source, update("9.9.9.9", host="x%0a%20host=evil%1b%22from=1.1.1.1"))
    assert eventually(lambda: lines(world, source))
    [line] = lines(world, source)
    assert "host=x??host?evil" in line and line.count("host=") == 1 and line.count("from=") == 1


def test_not_too_often_and_what_was_left_out_is_said(world, source):
    for _ in range(30):
        ask(world, source, update("9.9.9.9", host="x.b5p.us"))
    assert eventually(lambda: len(lines(world, source)) >= 5)
    assert len(lines(world, source)) <= 8
    ask(world, "127.0.0.200", update("9.9.9.9", host="y.b5p.us"))
    assert eventually(lambda: lines(world, "127.0.0.200"))
    left = [int(n) for n in re.findall(r"\((\d+) such lines were left out\)", world.updater.text())]
    assert sum(left) + len(lines(world, source)) == 30


def test_what_is_done_is_not_refused(world, source):
    ask(world, source, update("9.9.9.9"), update("9.9.9.9"), signed("k.demo.b5p.us", "9.9.9.9"))
    ask(world, source, update("9.9.9.9,", host="a.demo.b5p.us,x.b5p.us,y.b5p.us"))
    assert eventually(lambda: lines(world, source))
    [line] = lines(world, source)
    assert "host=x.b5p.us" in line and "and 1 more of the same request" in line
