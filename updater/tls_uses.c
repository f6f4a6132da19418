/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting handshakes by day and version, and storing the counts. */
#include "updater/tls_uses.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/siphash.h"
#include "registry/telemetry.h"

enum {
	PATIENCE = 50,      /* milliseconds, with others who write the file: requests wait for us */
	STORE_EACH = 10000, /* milliseconds */
};

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

static int store_all(struct tls_uses *u, struct telemetry *t, int64_t today, struct error *e)
{
	char node[256] = "", name[TELEMETRY_TLS];
	gethostname(node, sizeof node - 1);
	int outcome = telemetry_begin(t, e);
	for (unsigned i = 0; i < TLS_VERSIONS && outcome == DONE; i++) {
		if (u->version[i].handshakes == 0)
			continue;
		telemetry_tls(i, name);
		struct telemetry_use use = { .node = node, .pool = name, .day = u->day, .queries = u->version[i].handshakes,
			.networks = u->version[i].networks };
		outcome = telemetry_add_use(t, &use, e);
	}
	if (outcome == DONE && u->pruned != today)
		outcome = telemetry_prune(t, today, e);
	return outcome == DONE ? telemetry_commit(t, e) : outcome;
}

static void say(struct tls_uses *u, int outcome, const struct error *e)
{
	if (outcome == DONE && u->trouble[0] != '\0')
		log_notice("the versions of TLS that clients speak are stored again");
	else if (outcome != DONE && strcmp(u->trouble, e->text) != 0)
		log_warning("the versions of TLS that clients speak cannot be stored; they are kept why=\"%s\"", e->text);
	snprintf(u->trouble, sizeof u->trouble, "%s", outcome == DONE ? "" : e->text);
}

void tls_uses_store(struct tls_uses *u, const char *path, const char *registry, int64_t day, int64_t now)
{
	struct telemetry *t = NULL;
	struct error e = { "" };
	if (!u->fresh || now < u->due)
		return;
	u->due = now + (now == INT64_MAX ? 0 : STORE_EACH);
	if (strcmp(path, "none") == 0) {
		forget(u);
		return;
	}
	int outcome = telemetry_open(path, registry, PATIENCE, &t, &e);
	if (outcome == DONE)
		outcome = store_all(u, t, day, &e);
	if (outcome == DONE) {
		forget(u);
		u->pruned = day;
	}
	telemetry_close(t);
	say(u, outcome, &e);
}
