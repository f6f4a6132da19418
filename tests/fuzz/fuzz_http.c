/* SPDX-License-Identifier: BSD-2-Clause */
/* Anything in place of a request's target, credentials, forwarding header and JSON body, a line
 * each, and the whole as its head: nothing crashes, what is accepted is in normal form, and no signature holds without the key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/name.h"
#include "lib/pagekite.h"
#include "updater/dyndns.h"
#include "updater/facts.h"
#include "updater/head.h"
#include "updater/kite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "oracle: %s\n", what);
	abort();
}

static void check_addresses(const char *addresses)
{
	char again[ADDRESS_LIST];
	must(address_list(addresses, ADDRESS_LIST_MOST, again, NULL) == DONE
		&& strcmp(addresses, again) == 0, "addresses are in normal form");
}

static void check_name(const char *name)
{
	char again[NAME_TEXT];
	must(name_normal(name, again, NULL) == DONE && strcmp(name, again) == 0,
		"names are in normal form");
}

static void check_arguments(const struct request *r)
{
	must(r->argument_count <= REQUEST_ARGUMENTS, "not more arguments than there is room for");
	for (size_t i = 0; i < r->argument_count; i++)
		must(strlen(r->arguments[i].value.at) == r->arguments[i].value.size
			&& strlen(r->arguments[i].name.at) == r->arguments[i].name.size,
			"no NUL inside an argument");
}

static void check_updates(const struct request *r)
{
	struct arena arena = { 0 };
	struct dyndns d;
	struct kite k;
	int outcome;
	if (dyndns_read(r, &arena, &d, &outcome) == CODE_GOOD) {
		must(d.count >= 1 && d.count <= DYNDNS_HOSTS, "one to twenty hosts");
		for (size_t i = 0; i < d.count; i++)
			if (d.hosts[i].code == CODE_GOOD)
				check_name(d.hosts[i].name);
		if (d.addresses != NULL)
			check_addresses(d.addresses);
	}
	if (kite_read(r, &arena, &k, &outcome)) {
		must(!pagekite_verify("no one's secret", 15, k.payload.at, k.payload.size, k.sign.at,
			k.sign.size, 1700000000), "no signature holds without the key");
		if (k.addresses != NULL)
			check_addresses(k.addresses);
	}
	arena_free(&arena);
}

static void try_target(const char *target, size_t size)
{
	struct request r = { .caller = { ADDRESS_V4, { 192, 0, 2, 1 } } };
	if (size > REQUEST_TARGET)
		return;
	/* exactly as large as is promised to be enough, so that a sanitizer sees one byte more */
	char *room = malloc(size + 1), *copy = malloc(size == 0 ? 1 : size);
	if (room == NULL || copy == NULL)
		abort();
	memcpy(copy, target, size);
	if (request_target(&r, copy, size, room, NULL) == DONE) {
		check_arguments(&r);
		check_updates(&r);
	}
	free(copy);
	free(room);
}

static void try_headers(const char *text)
{
	char credentials[CREDENTIALS];
	struct piece user, password, token;
	struct address address;
	struct network loopback = { { ADDRESS_V4, { 127 } }, 8 };
	const struct networks proxies = { &loopback, 1 };
	if (request_basic(text, credentials, &user, &password))
		must(user.size + 1 + password.size <= CREDENTIALS, "credentials fit");
	request_bearer(text, &token);
	for (int rfc7239 = 0; rfc7239 < 2; rfc7239++)
		if (request_forwarded(text, rfc7239 == 1, &proxies, &address))
			must(address.family == ADDRESS_V4 || address.family == ADDRESS_V6, "an address");
}

/* The head ends at the same place in one piece and octet by octet, and what it is taken apart into lies in it. */
static void try_head(const char *text, size_t size)
{
	struct head head;
	size_t seen = 0, end = head_end(text, size, &seen), dripping = 0;
	seen = 0;
	for (size_t i = 1; i <= size && dripping == 0; i++)
		dripping = head_end(text, i, &seen);
	must(end == dripping, "the end of a head is where it is");
	char *copy = malloc(end == 0 ? 1 : end);
	if (copy == NULL)
		abort();
	memcpy(copy, text, end);
	if (end > 0 && head_read(copy, end, &head, NULL) == DONE) {
		must(strlen(head.target.at) == head.target.size, "no NUL in a target");
		must(head.body <= REQUEST_BODY && head.count <= HEAD_LINES, "bounds");
		for (size_t i = 0; i < head.count; i++)
			must(head.lines[i].value.at + head.lines[i].value.size < copy + end
				&& strlen(head.lines[i].value.at) == head.lines[i].value.size, "a line lies in the head");
	}
	free(copy);
}

static void try_facts(const char *text, size_t size)
{
	static const char *const names[] = { "addresses", "port", "weight", "name" };
	struct arena arena = { 0 };
	struct relay relay = { .addresses = "" };
	json_t *object;
	bool given;
	if (facts_read(text, size, &object, NULL) != DONE)
		return;
	for (size_t i = 0; i < 4; i++)
		facts_take(object, names[i], &relay_kind, names[i], &relay, &given, &arena, NULL);
	check_addresses(relay.addresses);
	json_decref(object);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 16384)
		return 0;
	char *copy = malloc(size + 1);
	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	copy[size] = '\0';
	if (size > 0)
		try_head((const char *)data, size);
	const char *end = memchr(copy, '\n', size);
	size_t first = end == NULL ? size : (size_t)(end - copy);
	try_target(copy, first);
	if (end != NULL) {
		try_headers(end + 1);
		try_facts(end + 1, size - first - 1);
	}
	free(copy);
	return 0;
}
