# SPDX-License-Identifier: BSD-2-Clause
"""Ten thousand relays on one prober: on few sockets, each in its time, and only news is written."""
import asyncio
import hashlib
import multiprocessing
import os
import time

from harness import eventually, free_port
from test_prober_trouble import sockets_of

RELAYS, SOCKETS, INTERVAL = 10000, 100, 12
TLS13 = bytes.fromhex("002b0003020304")  # supported_versions


def address(number):
    return f"127.1.{number // 250}.{number % 250 + 1}"


class Peer(asyncio.Protocol):
    """All relays at once: it stands on every address of 127/8."""
    seen, dead, live, most = None, None, 0, None

    def connection_made(self, transport):
        self.transport = transport
        self.host = transport.get_extra_info("sockname")[0]
        _, _, high, low = map(int, self.host.split("."))
        number = high * 250 + low - 1
        Peer.live += 1
        Peer.most.value = max(Peer.most.value, Peer.live)
        if number < Peer.dead.value:
            transport.abort()
        else:
            Peer.seen[number] = 1

    def connection_lost(self, _):
        Peer.live -= 1

    def data_received(self, data):
        if data.startswith(b"HEAD /ping"):
            uuid = hashlib.sha1(self.host.encode()).hexdigest().encode()
            self.transport.write(b"HTTP/1.1 503 Unavailable\r\nX-PageKite-UUID: " + uuid + b"\r\n\r\n")
        elif data[:1] == b"\x16" and data[9:11] == b"\x03\x03" and TLS13 not in data:
            self.transport.write(b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + bytes(33) + b"\x00\x2f\x00")
        self.transport.close()


def serve(port, seen, dead, most):
    Peer.seen, Peer.dead, Peer.most = seen, dead, most

    async def main():
        server = await asyncio.get_running_loop().create_server(Peer, "0.0.0.0", port, backlog=1000)
        await server.serve_forever()
    asyncio.run(main())


def test_ten_thousand_relays(world):
    port = free_port()
    seen, dead, most = (multiprocessing.Array("b", RELAYS, lock=False), multiprocessing.Value("i", 0),
                        multiprocessing.Value("i", 0))
    server = multiprocessing.Process(target=serve, args=(port, seen, dead, most), daemon=True)
    server.start()
    values = ", ".join(f"('r{i:05}', '{address(i)}', {port}, 2, 8, 100, 0)" for i in range(RELAYS))
    (world.dir / "relays.sql").write_text(
        f"BEGIN; INSERT INTO relay (name, addresses, port, state, tls, weight, since) VALUES {values};"
        "INSERT INTO observation (relay, observer, health, tls, overloaded, load, at)"
        "  SELECT name, 'prober', 1, 8, 0, 0, unixepoch() FROM relay; COMMIT;")
    world.sql(f".read {world.dir}/relays.sql")
    revision = int(world.sql("SELECT max(id) FROM change"))
    try:
        began = time.monotonic()
        prober = world.start("windsock-prober", "--interval", INTERVAL, "--sockets", SOCKETS, "--look", 86400)
        sockets = []

        def all_seen():
            sockets.append(sockets_of(prober))
            return sum(seen) == RELAYS
        assert eventually(all_seen, 6 * INTERVAL, every=0.1), (sum(seen), prober.text()[-2000:])
        took = time.monotonic() - began
        # all of them are still up, and that was no news; but few were asked for their pings, too
        assert int(world.sql("SELECT max(id) FROM change")) < revision + 50
        dead.value = 300
        began = time.monotonic()
        assert eventually(lambda: world.sql("SELECT count(*) FROM observation WHERE health = 2") == "300",
                          12 * INTERVAL, every=0.5), prober.text()[-2000:]
        fell = time.monotonic() - began
        assert max(sockets + [sockets_of(prober)]) <= SOCKETS + 2 and most.value <= SOCKETS + 50
        rows, acts = world.sql("SELECT count(*), count(DISTINCT act) FROM change "
                               f"WHERE id > {revision} AND new->>'health' = 2").split("|")
        assert int(rows) == 300 and int(acts) < 300  # several in a transaction
        memory = int(open(f"/proc/{prober.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20
        print(f"all visited in {took:.0f} s, 300 fell in {fell:.0f} s, {max(sockets)} sockets, {memory} MiB, "
              f"{acts} transactions")
    finally:
        server.kill()
        server.join()
