# SPDX-License-Identifier: BSD-2-Clause
"""A zone as the DNS finds it: a parent that another server has, a resolver between, and what each could have forgotten."""
from harness import Daemon, World, eventually, in_namespace, run

PARENT, CHILD, RESOLVER = "192.0.2.1", "127.0.0.2", "127.0.0.1"
ZONE = "kites.test"
DELEGATION = f"{ZONE}. 300 IN NS ns1.{ZONE}.\nns1.{ZONE}. 300 IN A {CHILD}\n"
APEX = f"test. 300 IN SOA ns.test. me.test. 1 60 60 600 60\ntest. 300 IN NS ns.test.\nns.test. 300 IN A {PARENT}\n"


def resolver(dir, zone, address):
    """A resolver that the machine asks, and that knows who has the zone; it remembers nothing for long."""
    conf = dir / "unbound.conf"
    conf.write_text(f"""server:
    interface: {RESOLVER}
    do-not-query-localhost: no
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{dir}"
    pidfile: "{dir}/unbound.pid"
    module-config: "iterator"
    cache-max-ttl: 0
    cache-max-negative-ttl: 0
    local-zone: "{zone}." nodefault
stub-zone:
    name: "{zone}."
    stub-addr: {address}
""")
    return Daemon("unbound", ["/usr/sbin/unbound", "-d", "-c", conf], dir / "unbound.log")


class Internet:
    """The zone's own server, its parent's, and a resolver that knows where the parent is."""

    def __init__(self):
        self.ours, self.parent = World().init(), World().init()
        self.ours.windsock("zone", "add", ZONE, "--ns", f"ns1.{ZONE}={CHILD}")
        self.parent.windsock("zone", "import", "test", "-", input=APEX + DELEGATION)
        for world, address in ((self.ours, CHILD), (self.parent, PARENT)):
            world.start_dnsd("--listen", f"{address}:53")
        self.unbound = resolver(self.ours.dir, "test", PARENT)
        assert eventually(lambda: "192.0.2.1" in run("dig", "@127.0.0.1", "ns.test", "+short", "+tries=1", "+time=1", check=False).stdout)

    def delegate(self, text):
        self.parent.windsock("zone", "import", "test", "-", "--force", "--reason", "x", input=APEX + text)

    def check(self, status, *says):
        """Once the resolver has forgotten what was before, which it keeps for some seconds."""
        def said():
            self.done = self.ours.windsock("zone", "check", ZONE, check=False)
            return self.done.returncode == status and all(words in self.done.stdout for words in says)
        assert eventually(said, 60), (says, self.done.stdout, self.done.stderr)
        return self.done.stdout

    def close(self):
        if self.unbound.process.poll() is None:
            self.unbound.stop()
        for world in (self.ours, self.parent):
            world.close()


@in_namespace
def test_what_a_customer_forgot():
    net = Internet()
    try:
        said = net.check(0, f"ok    test delegates {ZONE} to its name servers\n", f"ok    ns1.{ZONE} ({CHILD}) has serial",
                         "is not signed, and its parent has no DS", "there is no CAA")
        assert "wrong" not in said
        rows = net.ours.json("zone", "check", ZONE)
        assert all(row["well"] and row["publish"] is None for row in rows) and len(rows) == 4

        net.delegate("")
        net.check(1, f"wrong test does not delegate {ZONE} to ns1.{ZONE}\n      publish: {ZONE}. IN NS ns1.{ZONE}.\n",
                  f"      publish: ns1.{ZONE}. IN A {CHILD}\n")

        net.delegate(f"{ZONE}. 300 IN NS ns1.{ZONE}.\nns1.{ZONE}. 300 IN A 192.0.2.99\n")
        net.check(1, f"has no glue {CHILD} for ns1.{ZONE}\n      publish: ns1.{ZONE}. IN A {CHILD}\n",
                  f"has glue ns1.{ZONE} (192.0.2.99), which the zone does not have")

        net.delegate(DELEGATION + f"{ZONE}. 300 IN NS old.test.\nold.test. 300 IN A 192.0.2.98\n")
        net.check(1, f"names old.test for {ZONE}, which the zone does not: remove it there")

        net.delegate(DELEGATION)
        net.ours.windsock("record", "add", ZONE, "@", "NS", "ns2.test")
        net.check(1, f"does not name ns2.test for {ZONE}\n      publish: {ZONE}. IN NS ns2.test.\n",
                  f"ns2.test, a name server of {ZONE}, has no address")
        net.delegate(DELEGATION + f"{ZONE}. 300 IN NS ns2.test.\nns2.test. 300 IN A {PARENT}\n")
        net.check(1, f"ns2.test ({PARENT}), asked for {ZONE},")  # it does not have that zone
        net.ours.windsock("record", "remove", ZONE, "@", "NS", "ns2.test")
        net.delegate(DELEGATION)

        net.ours.windsock("dnssec", "sign", ZONE)
        net.check(1, "is signed, and its parent has no DS")
        ds = net.ours.windsock("dnssec", "ds", ZONE).stdout.splitlines()[0]
        with_ds = DELEGATION + ds.replace(" IN ", " 300 IN ") + "\n"
        net.delegate(with_ds)
        net.check(0, f"ok    its parent has a DS for {ZONE} that fits")
        tag = ds.split()[3]
        net.delegate(with_ds.replace(f" DS {tag} ", f" DS {int(tag) ^ 1} "))
        net.check(1, "none of its keys fits: nobody who validates finds it")
        net.delegate(with_ds)

        net.parent.windsock("record", "add", "test", "@", "CAA", "0", "issue", "ca.example")
        net.check(0, 'said at test (CAA): issue "ca.example"')
        net.ours.windsock("record", "add", ZONE, "@", "CAA", "0", "issue", ";")
        net.check(0, f'said at {ZONE} (CAA): issue ";"')

        net.unbound.stop()
        net.check(1, "does the machine's resolver answer?", f"the resolver can't say which address ns1.{ZONE} has",
                  f"the resolver can't say whether {ZONE} has CAA", f"whether {ZONE} has a DS is not known")
    finally:
        net.close()
