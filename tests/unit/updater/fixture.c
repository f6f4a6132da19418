/* SPDX-License-Identifier: BSD-2-Clause */
/* updater-fixture REGISTRY [HOSTS]: makes a registry with its key for tests of the updater, and as
 * many hosts h0.bench.test... as wanted, which the account bench owns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/place.h"
#include "lib/secret.h"
#include "registry/registry.h"

static struct arena arena;
static struct keys keys;
static struct registry *registry;

static void must(int outcome, const struct error *e)
{
	if (outcome == DONE)
		return;
	fprintf(stderr, "updater-fixture: %s\n", e->text);
	exit(1);
}

static struct blob hashed(const char *token)
{
	uint8_t *hash = arena_bytes(&arena, TOKEN_HASH);
	token_hash(&keys, token, strlen(token), hash);
	return (struct blob){ hash, TOKEN_HASH };
}

/* A row of KEY=VALUE pairs, and a blob by its name. */
static void put(const struct kind *kind, const char *pairs, const char *blob, struct blob bytes)
{
	union any_row row;
	struct error e;
	size_t length;
	must(row_standard(kind, &row, &arena, &e), &e);
	for (const char *word; (word = text_word(&pairs, ";", &length)) != NULL;) {
		char *pair = arena_text_part(&arena, word, length), *value = strchr(pair, '=');
		must(field_read(kind_field(kind, pair, (size_t)(value - pair)), value + 1, &row, &arena, &e), &e);
	}
	if (blob != NULL)
		field_put_blob(kind_field(kind, blob, strlen(blob)), &row, bytes);
	must(row_check(kind, &row, &e), &e);
	must(registry_put(registry, kind, &row, &e), &e);
}

static void put_kite(const char *pairs, const char *name, const char *secret)
{
	struct blob sealed;
	struct error e;
	must(secret_seal(&keys, name, secret, strlen(secret), &arena, &sealed, &e), &e);
	put(&host_kind, pairs, "secret", sealed);
}

static void put_all(long hosts)
{
	const struct blob none = { 0 };
	put(&zone_kind, "name=b5p.us;primary=ns1.b5p.us;contact=hostmaster.b5p.us", NULL, none);
	put(&zone_kind, "name=bench.test;primary=ns1.bench.test;contact=hostmaster.bench.test", NULL, none);
	put(&account_kind, "name=demo;hosts=*.demo.b5p.us demo.b5p.us www.b5p.us fe4_999.b5p.us;allow_private=1",
		"token", hashed("demo-token"));
	put(&account_kind, "name=public;hosts=*.public.b5p.us", "token", hashed("public-token"));
	put(&account_kind, "name=bad;hosts=*.bad.b5p.us;blocked=1", "token", hashed("bad-token"));
	put(&account_kind, "name=boss;role=operator", "token", hashed("boss-token"));
	put(&account_kind, "name=bench;hosts=*.bench.test;allow_private=1", "token", hashed("bench-token"));
	put(&host_kind, "name=demo.b5p.us;account=demo", NULL, none);
	put(&host_kind, "name=other.demo.b5p.us;account=public", NULL, none);
	put_kite("name=kite.b5p.us;account=demo", "kite.b5p.us", "sekrit");
	put_kite("name=quota.kites.test", "quota.kites.test", "sekrit");
	put(&pool_kind, "label=fe4_152", NULL, none);
	put(&pool_kind, "label=frontends", NULL, none);
	put(&release_kind, "product=pagekite.py;version=1.5.2;pools=fe4_152;tls=1.0-", NULL, none);
	put(&relay_kind, "name=r1;addresses=192.0.2.11 2001:db8::11;tls=1.0-1.2", NULL, none);
	put(&relay_kind, "name=r2;state=invited", "token", hashed("invite-r2"));
	put(&relay_kind, "name=r3;state=draining;addresses=192.0.2.13;tls=1.0-1.3", "token", hashed("token-r3"));
	for (long i = 0; i < hosts; i++) {
		char pairs[100];
		snprintf(pairs, sizeof pairs, "name=h%ld.bench.test;account=bench;addresses=192.0.2.1", i);
		put(&host_kind, pairs, NULL, none);
	}
}

int main(int argc, char **argv)
{
	struct error e;
	if (argc < 2)
		return 2;
	char *path = place_path(&arena, argv[1], PLACE_KEYS);
	must(keys_make(path, "/tmp", &e), &e);
	must(keys_load(path, &keys, &e), &e);
	must(registry_open(argv[1], REGISTRY_CREATE, &registry, &e), &e);
	must(registry_begin(registry, &e), &e);
	put_all(argc > 2 ? atol(argv[2]) : 0);
	must(registry_commit(registry, &e), &e);
	registry_close(registry);
	arena_free(&arena);
	return 0;
}
