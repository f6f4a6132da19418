/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers the same question again and again, without sockets: to be counted by callgrind.
 *
 * usage: instructions ZONES QUESTION HOSTS COUNT
 *   ZONES: plain, one zone of addresses; or rich, several with delegations, wildcards and aliases
 *   QUESTION: host, static, pool, hands, signed, nxdomain, nodata or apex. tests/bench/instructions.sh calls it. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/dnsd/fixture.h"

static const struct {
	const char *kind, *name;
	uint16_t type;
} questions[] = {
	{ "host", "h0000003.b5p.us", TYPE_A }, { "static", "s0000003.b5p.us", TYPE_A }, { "pool", "fe4_152.b5p.us", TYPE_A },
	{ "hands", "frontends.b5p.us", TYPE_A }, /* not the same for all networks */
	{ "signed", "frontends.b5p.us", TYPE_A }, /* the same with DO, in a signed zone */
	{ "nxdomain", "nx123456.b5p.us", TYPE_A }, { "nodata", "h0000003.b5p.us", TYPE_AAAA },
	{ "apex", "b5p.us", TYPE_SOA },
};

/* More relays than an answer names: each network has a choice of its own. */
static void serve_many_relays(struct fixture *fixture)
{
	static struct relay relays[20];
	static char names[20][8], addresses[20][16];
	static struct pool pool = { .label = "frontends", .note = "", .ttl = 300, .answers = 8 };
	struct fleet fleet = { .relays = relays, .relay_count = 20, .pools = &pool, .pool_count = 1 };
	for (int i = 0; i < 20; i++) {
		snprintf(names[i], sizeof names[i], "r%02d", i);
		snprintf(addresses[i], sizeof addresses[i], "192.0.2.%d", i + 1);
		relays[i] = (struct relay){ .name = names[i], .addresses = addresses[i], .note = "", .port = 443,
			.state = RELAY_SERVICE, .tls = 24, .weight = 100 };
	}
	struct zone_view *zone = fixture_zone("b5p.us", "@ NS ns1\nns1 A 192.0.2.53\n");
	fixture_serve_fleet(fixture, &zone, 1, &fleet);
}

int main(int argc, char **argv)
{
	static struct fixture fixture;
	static uint8_t question[512], packet[4096];
	char name[32];
	if (argc != 5) {
		fprintf(stderr, "usage: instructions ZONES QUESTION HOSTS COUNT\n");
		return 2;
	}
	fixture_make(&fixture);
	if (strcmp(argv[1], "plain") == 0) {
		struct zone_view *zone = fixture_zone("b5p.us", "@ NS ns1\nns1 A 192.0.2.53\ns0000003 A 192.0.2.3\n");
		fixture_serve(&fixture, &zone, 1);
	}
	bool with_do = strcmp(argv[2], "signed") == 0;
	if (with_do || strcmp(argv[2], "hands") == 0)
		serve_many_relays(&fixture);
	if (with_do)
		fixture_sign(&fixture, false);
	for (long i = 0; i < atol(argv[3]); i++) {
		snprintf(name, sizeof name, "h%07ld.b5p.us", i);
		fixture_host(&fixture, name, "192.0.2.1", NULL);
	}
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		if (strcmp(questions[i].kind, argv[2]) != 0)
			continue;
		size_t size = with_do ? fixture_query_signed(question, questions[i].name, questions[i].type, 1232, 0x8000)
				      : fixture_query(question, questions[i].name, questions[i].type, 1232);
		for (long n = atol(argv[4]); n > 0; n--) {
			memcpy(packet, question, size);
			respond(&fixture.worker, packet, size, sizeof packet, &fixture.client, false);
		}
	}
	fixture_free(&fixture);
	return 0;
}
