/* SPDX-License-Identifier: BSD-2-Clause */
/* An updater without sockets, on a registry of its own: zone b5p.us, accounts demo (demo.b5p.us and what is below) and
 * wide (all), hosts demo.b5p.us and other.b5p.us, the latter of the account other. */
#ifndef TESTS_UNIT_UPDATER_HOUSE_H
#define TESTS_UNIT_UPDATER_HOUSE_H

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/statement.h"
#include "tests/unit/check.h"
#include "updater/batch.h"
#include "updater/dyndns.h"
#include "updater/update.h"

static struct updater *house;
static struct batch house_batch;
static struct exchange house_x; /* of house_asked; its arena is freed by the next one, and by house_close */
static char house_dir[32], house_path[64], house_key[64];
static struct error house_error;
static const char *house_types = "", *house_names = ""; /* to which the key of house_update is bound */

static inline struct sqlite_registry *house_engine(void)
{
	return (struct sqlite_registry *)(void *)house->access.registry;
}

static inline void house_sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(house_engine()->db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static inline int64_t house_number(const char *statement)
{
	sqlite3_stmt *s = NULL;
	assert_int_equal(sqlite3_prepare_v2(house_engine()->db, statement, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return number;
}

static inline int house_open(void **state)
{
	(void)state;
	house = calloc(1, sizeof *house);
	strcpy(house_dir, "/tmp/windsock-XXXXXX");
	if (house == NULL || mkdtemp(house_dir) == NULL)
		return -1;
	snprintf(house_path, sizeof house_path, "%s/registry", house_dir);
	snprintf(house_key, sizeof house_key, "%s/registry.key", house_dir);
	house->settings = (struct settings){ .registry = house_path, .key = house_key, .acme_dns = "",
		.hosts_each = 100, .names_each = 100 };
	batch_start(house, &house_batch);
	if (registry_open(house_path, REGISTRY_CREATE, &house->access.registry, &house_error) != DONE
		|| keys_make(house_key, house_path, &house_error) != DONE
		|| limit_make(&house->limits.hosts, 1024, 1, &house_error) != DONE
		|| limit_make(&house->limits.requests, 1024, 2, &house_error) != DONE
		|| limit_make(&house->limits.faults, 1024, 3, &house_error) != DONE)
		return -1;
	house_sql("INSERT INTO zone (name, \"primary\", contact, ttl, refresh, retry, expire, minimum) "
		  "VALUES ('b5p.us', 'ns1.b5p.us', 'hostmaster.b5p.us', 3600, 3600, 600, 86400, 60);"
		  "INSERT INTO account (name, hosts, role, allow_private, blocked) VALUES "
		  "('demo', 'demo.b5p.us *.demo.b5p.us', 0, 1, 0), ('wide', '*.b5p.us', 0, 1, 0),"
		  "('other', '', 0, 1, 0), ('ops', '', 1, 1, 0);"
		  "INSERT INTO host (name, account, addresses) VALUES ('demo.b5p.us', 'demo', '192.0.2.1'),"
		  "('other.b5p.us', 'other', '192.0.2.1')");
	registry_close(house->access.registry);
	house->access.registry = NULL;
	if (!batch_open(house))
		return -1;
	house->transaction.registry = house->access.registry;
	return 0;
}

static inline int house_close(void **state)
{
	char command[64];
	(void)state;
	limit_free(&house->limits.hosts);
	limit_free(&house->limits.requests);
	limit_free(&house->limits.faults);
	lease_free(&house->leases);
	arena_free(&house_x.arena);
	house_x = (struct exchange){ 0 };
	arena_free(&house->arena);
	access_free(&house->access);
	free(house);
	snprintf(command, sizeof command, "rm -rf %s", house_dir);
	return system(command);
}

static inline void house_begin(void)
{
	bool busy;
	assert_done(transaction_begin(&house->transaction, house->access.registry, &busy, &house_error), &house_error);
}

static inline struct account house_account(const char *name, struct arena *arena)
{
	struct account account, key = { .name = name };
	assert_done(registry_get(house->access.registry, &account_kind, &key, arena, &account, &house_error),
		&house_error);
	return account;
}

/* A change of "NAME TYPE TEXT": a host's address, or a TXT. CLASS is CLASS_IN, NONE or ANY. */
struct house_change {
	const char *name;
	uint16_t type, class;
	const char *text;
};

static inline enum rcode house_update(const char *who, const struct house_change *changes, size_t count,
	struct update_run *asked)
{
	static struct exchange x;
	struct update_message m = { .zone = "b5p.us", .zone_type = TYPE_SOA, .zone_class = CLASS_IN,
		.updates = calloc(count, sizeof *m.updates), .update_count = count };
	enum rcode rcode = RCODE_FORMERR;
	x = (struct exchange){ .request = { .authorization = "", .agent = "", .exempt = true } };
	struct account account = house_account(who, &x.arena);
	*asked = (struct update_run){ .policy = { &account, house_types, house_names, false }, .key = "a.key" };
	assert_done(name_read(m.zone, &m.zone_name, &house_error), &house_error);
	for (size_t i = 0; i < count; i++) {
		struct update_record *r = &m.updates[i];
		struct address address;
		size_t size = strlen(changes[i].text);
		uint8_t *rdata = arena_bytes(&x.arena, size + 17);
		*r = (struct update_record){ .owner = arena_text(&x.arena, changes[i].name), .type = changes[i].type,
			.class = changes[i].class, .ttl = 60 };
		assert_done(name_read(r->owner, &r->name, &house_error), &house_error);
		if (r->class == CLASS_ANY)
			continue;
		if (r->type == 16) {
			rdata[0] = (uint8_t)size;
			memcpy(rdata + 1, changes[i].text, size);
			r->rdata = (struct blob){ rdata, size + 1 };
		} else {
			assert_true(address_read(changes[i].text, size, &address));
			memcpy(rdata, address.bytes, address_size(&address));
			r->rdata = (struct blob){ rdata, address_size(&address) };
		}
	}
	bool own = sqlite3_get_autocommit(house_engine()->db) != 0; /* else the test has a transaction */
	if (own) {
		house_begin();
	}
	int outcome = update_run(house, &x, asked, &m, &rcode, &house_error);
	if (own && outcome == DONE)
		outcome = registry_commit(house->access.registry, &house_error);
	assert_done(outcome, &house_error);
	asked->policy.account = NULL;
	free(m.updates);
	arena_free(&x.arena);
	return rcode;
}

/* Relays r1 and r3 in service, with addresses of both families, and r2, which is invited. */
static inline void house_relays(void)
{
	house_sql("INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) VALUES "
		  "('r1', '9.9.9.9 2620:fe::fe', 443, 2, 0, 100, 0, ''), ('r2', '', 443, 0, 0, 100, 0, ''),"
		  "('r3', '8.8.8.8 fd00::1', 443, 2, 0, 100, 0, '')");
}

/* Gives a row of a table (account, relay) a token. */
static inline void house_token(const char *table, const char *name, const char *token)
{
	uint8_t hash[TOKEN_HASH];
	char hex[2 * TOKEN_HASH + 1], statement[200];
	token_hash(&house->access.keys, token, strlen(token), hash);
	hex_write(hash, sizeof hash, hex);
	snprintf(statement, sizeof statement, "UPDATE %s SET token = x'%s' WHERE name = '%s'", table, hex, name);
	house_sql(statement);
}

/* Makes house_x a request as 198.51.100.7 would send it, whose route has PATH. */
static inline void house_asked(const struct route *route, const char *path, const char *authorization, const char *body)
{
	arena_free(&house_x.arena);
	house_x = (struct exchange){ .route = route, .request = { .method = route->method, .path = { path, strlen(path) },
		.body = { body, strlen(body) }, .type = { "", 0 }, .authorization = authorization, .agent = "", .host = "",
		.api_user = "", .api_key = "", .caller = { ADDRESS_V4, { 198, 51, 100, 7 } } } };
}

/* Has house_x handled in a transaction, which is committed if that went well and taken back if not. */
static inline int house_handle(void)
{
	house_begin();
	int outcome = house_x.route->handle(house, &house_x, &house_error);
	if (outcome != DONE)
		registry_rollback(house->access.registry);
	else
		assert_done(registry_commit(house->access.registry, &house_error), &house_error);
	return outcome;
}

static struct refusal house_refusal; /* why dyndns2 refused, as its log says */
static bool house_bounded; /* whether limits hold for dyndns2 */

/* What dyndns2 replies to the account, without the last line's end; the caller is 198.51.100.7. */
static inline const char *house_dyndns(const char *who, const char *query)
{
	static const struct route route = { "/nic/update", METHOD_GET, API_DYNDNS, NEEDS_BATCH, dyndns_update, dyndns_trouble };
	static char reply[400];
	char word[100], basic[200] = "Basic ", hash[2 * TOKEN_HASH + 1], target[400], room[REQUEST_TARGET + 1];
	uint8_t token[TOKEN_HASH];
	struct exchange x = { .route = &route, .request = { .authorization = basic, .agent = "", .exempt = !house_bounded,
		.caller = { ADDRESS_V4, { 198, 51, 100, 7 } } } };
	token_hash(&house->access.keys, who, strlen(who), token);
	hex_write(token, sizeof token, hash);
	snprintf(target, sizeof target, "UPDATE account SET token = x'%s' WHERE name = '%s' AND token IS NOT x'%s'", hash, who, hash);
	house_sql(target);
	access_close(&house->access); /* an account may have changed */
	assert_true(batch_open(house));
	snprintf(word, sizeof word, "%s:%s", who, who);
	EVP_EncodeBlock((uint8_t *)basic + strlen(basic), (const uint8_t *)word, (int)strlen(word));
	snprintf(target, sizeof target, "/nic/update?%s", query);
	assert_done(request_target(&x.request, target, strlen(target), room, &house_error), &house_error);
	house_begin();
	assert_done(dyndns_update(house, &x, &house_error), &house_error);
	assert_done(registry_commit(house->access.registry, &house_error), &house_error);
	snprintf(reply, sizeof reply, "%.*s", (int)x.reply.size - 1, x.reply.body);
	house_refusal = x.refusal;
	arena_free(&x.arena);
	return reply;
}

#endif
