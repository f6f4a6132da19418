/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting handshakes by day and version, and storing the counts. */
#include "updater/tls_uses.h"

#include <string.h>
#include <unistd.h>

#include "lib/siphash.h"

enum { STORE_EACH = 10000 /* milliseconds */ };

/* Mixes well. It is no secret, for the networks of several files are counted together. */
static const uint8_t key[16] = "which TLS do you";

/* Of an IPv4 /24, or an IPv6 /56, as dnsd counts them. */
static uint64_t hash_network(const struct address *client)
{
	return siphash(key, client->bytes, client->family == ADDRESS_V4 ? 3 : 7);
}

static void forget(struct tls_uses *u)
{
	memset(u->version, 0, sizeof u->version);
	u->fresh = false;
}

void tls_uses_note(struct tls_uses *u, unsigned version, const struct address *client, int64_t day)
{
	if (u->day != day)
		forget(u);
	u->day = day;
	u->fresh = true;
	u->version[version].handshakes++;
	sketch_add(&u->version[version].networks, hash_network(client));
}

static int add_all(void *kept, struct telemetry *t, struct error *e)
{
	const struct tls_uses *u = kept;
	char node[256] = "", name[TELEMETRY_TLS];
	int outcome = DONE;
	gethostname(node, sizeof node - 1);
	for (unsigned i = 0; i < TLS_VERSIONS && outcome == DONE; i++) {
		if (u->version[i].handshakes == 0)
			continue;
		telemetry_tls(i, name);
		struct telemetry_use use = { .node = node, .pool = name, .day = u->day, .queries = u->version[i].handshakes,
			.networks = u->version[i].networks };
		outcome = telemetry_add_use(t, &use, e);
	}
	return outcome;
}

void tls_uses_store(struct tls_uses *u, const char *path, const char *registry, int64_t day, int64_t now)
{
	static const struct storing_kind kind = { "the versions of TLS that clients speak", STORE_EACH, add_all };
	if (u->fresh && storing_run(&u->storing, &kind, u, path, registry, day, now))
		forget(u);
}
