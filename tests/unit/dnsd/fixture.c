/* SPDX-License-Identifier: BSD-2-Clause */
/* Zones, hosts, pools and keys put into a view, without a registry. */
#include "tests/unit/dnsd/fixture.h"

#include "dnsd/view/catalog.h"

#include <libzscanner/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#include "lib/clock.h"
#include "lib/cursor.h"

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fixture: %s\n", what);
	abort();
}

struct records {
	struct arena arena;
	struct record *row;
	size_t count;
	const char *zone;
};

static void take(zs_scanner_t *s)
{
	struct records *all = s->process.data;
	char owner[NAME_TEXT];
	if (s->r_type == TYPE_SOA)
		return;
	name_write(s->r_owner, owner);
	void *rdata = arena_bytes(&all->arena, s->r_data_length + 1);
	memcpy(rdata, s->r_data, s->r_data_length);
	all->row = realloc(all->row, (all->count + 1) * sizeof *all->row);
	all->row[all->count++] = (struct record){ .zone = all->zone,
		.owner = arena_text(&all->arena, owner), .type = s->r_type, .ttl = s->r_ttl,
		.rdata = { rdata, s->r_data_length } };
}

static void wrong(zs_scanner_t *s)
{
	fprintf(stderr, "line %llu: %s\n", (unsigned long long)s->line_counter, zs_strerror(s->error.code));
	must(false, "zone text");
}

static int by_owner(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);
	return order != 0 ? order : (int)(x->type - y->type);
}

struct zone_view *fixture_zone(const char *origin, const char *text)
{
	struct records all = { .zone = origin };
	zs_scanner_t *s = calloc(1, sizeof *s);
	char dotted[NAME_TEXT + 1];
	snprintf(dotted, sizeof dotted, "%s%s", origin, strcmp(origin, ".") == 0 ? "" : ".");
	must(zs_init(s, dotted, 1, 300) == 0 && zs_set_processing(s, take, wrong, &all) == 0
		&& zs_set_input_string(s, text, strlen(text)) == 0 && zs_parse_all(s) == 0, "zone text");
	zs_deinit(s);
	free(s);
	struct zone row = { .name = origin, .primary = "ns1.b5p.us", .contact = "hostmaster.b5p.us",
		.ttl = 3600, .refresh = 1200, .retry = 600, .expire = 86400, .minimum = 60 };
	struct zone_builder *b;
	struct zone_view *zone;
	struct error e = { "" };
	qsort(all.row, all.count, sizeof *all.row, by_owner);
	must(zone_build_begin(&row, &b, &e) == DONE, e.text);
	for (size_t i = 0; i < all.count; i++)
		must(zone_build_record(b, &all.row[i], &e) == DONE, e.text);
	must(zone_build_end(b, &zone, &e) == DONE, e.text);
	free(all.row);
	arena_free(&all.arena);
	return zone;
}

void fixture_host(struct fixture *f, const char *name, const char *list, const char *secret)
{
	struct arena arena = { 0 };
	struct host row = { .name = name, .addresses = list, .ttl = 60 };
	struct error e = { "" };
	if (secret != NULL)
		must(secret_seal(&f->keys, name, secret, strlen(secret), &arena, &row.secret, &e) == DONE,
			e.text);
	must(hosts_put(f->view.hosts, &row, &e) == DONE, e.text);
	hosts_reclaim(f->view.hosts);
	arena_free(&arena);
}

/* Labels with which an alias to a name below auth. leaves an answer of 512 octets no room for the last record. */
#define L63 "lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"
#define K50 "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define M54 "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"
#define LONG_ALIAS "brim CNAME " L63 "." L63 "." L63 "." K50 ".wid\n*.wid CNAME " M54 "." L63 "." L63 ".auth\n"

static const char b5p_us[] =
	"@ 86400 NS ns1\n@ 86400 NS ns.kites.example.\nns1 A 192.0.2.53\nns1 AAAA 2001:db8::53\n"
	"@ MX 10 mail\n@ TXT \"v=spf1 -all\"\n@ CAA 0 issue \"ca.example\"\n"
	"mail A 192.0.2.25\nwww CNAME ns1\nout CNAME elsewhere.test.\nloop1 CNAME loop2\nloop2 CNAME loop1\n"
	"c1 CNAME c2\nc2 CNAME c3\nc3 CNAME nowhere\nlost CNAME nx.kites.example.\n"
	"a.b.c TXT \"deep\"\n*.w TXT \"wild\"\n*.w A 192.0.2.40\nthere.w A 192.0.2.41\nx.y.w A 192.0.2.42\n"
	"n.*.ew A 192.0.2.43\n*.cw CNAME ns1\n_sip._tcp SRV 1 2 5060 mail\nold DNAME kites.example.\nlong DNAME "
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
	"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test.\n"
	"sub NS ns.sub\nsub NS ns.other.test.\nns.sub A 192.0.2.60\nns.sub AAAA 2001:db8::60\n"
	"sub DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000\n"
	"deep.sub A 192.0.2.61\nfe4_058 TXT \"shadow\"\nfe4_058 A 192.0.2.99\n"
	"_acme-challenge.kite TXT \"token\"\nbig TXT \"big\"\nodd TYPE65280 \\# 4 0a000001\n"
	"s0000003 A 192.0.2.3\nsvc HTTPS 1 . alpn=h2\nlocal.bits\\.dot A 192.0.2.70\n"
	"tiny TXT \"\"\nempty TYPE65281 \\# 0\nhosted MX 1 demo\nhosted MX 2 dyn\nincut CNAME x.sub\n"
	"todname CNAME x.old\ntoapex MX 1 @\nsib NS ns1\nfe4_058 AAAA 2001:db8::99\n*.above TXT \"wild\"\n"
	LONG_ALIAS "spin DNAME spin\nself CNAME self\n*.round CNAME x.round\ntri DNAME mid\nq.mid CNAME u.tri\nu.mid CNAME v.tri\n"
	"v.mid A 192.0.2.71\ngrow DNAME x.grow\ntoauth CNAME a.b.c.d.e.auth\ntowhy CNAME _why.fe4_152\n"
	"toauth.long.of.many.labels CNAME toauth\n_twice._tcp SRV 1 2 1 mail\n_twice._tcp SRV 1 2 2 MAIL\n"
	"twice MX 1 mail\ntwice MX 2 mail\nto MX 1 x.old\nto MX 2 under.tri\nto MX 3 fe4_058\naliased CNAME ns1\n"
	"fe4_091c CNAME ns1\n*.aliased MX 1 mail\nptr PTR mail\nminfo MINFO mail x.mail\n";

static const struct relay relays[] = {
	{ .name = "both", .addresses = "192.0.2.13 2001:db8::13", .port = 443, .state = RELAY_SERVICE,
		.tls = 31, .weight = 100, .note = "" },
	{ .name = "new", .addresses = "192.0.2.12 2001:db8::12", .port = 443, .state = RELAY_SERVICE,
		.tls = 24, .weight = 100, .note = "" },
	{ .name = "old", .addresses = "192.0.2.11", .port = 443, .state = RELAY_SERVICE, .tls = 3,
		.weight = 100, .note = "" },
};
static const struct release releases[] = {
	{ .product = "libpagekite", .version = "0.91", .pools = "fe4_091c fe6_091c", .tls = 30, .note = "" },
	{ .product = "pagekite.py", .version = "0.5.6d", .pools = "frontends", .tls = 1, .note = "" },
	{ .product = "pagekite.py", .version = "0.5.8", .pools = "fe4_058", .tls = 2, .note = "" },
	{ .product = "pagekite.py", .version = "1.5.2", .pools = "fe4_152", .tls = 24, .note = "" },
};
static const struct pool pools[] = {
	{ .label = "fe4_058", .ttl = 300, .answers = 8, .note = "" },
	{ .label = "fe4_091c", .ttl = 300, .answers = 8, .note = "" },
	{ .label = "fe4_152", .ttl = 300, .answers = 8, .note = "" },
	{ .label = "fe6_091c", .ttl = 300, .answers = 8, .note = "" },
	{ .label = "frontends", .ttl = 300, .answers = 1, .note = "" },
	{ .label = "gone", .ttl = 300, .answers = 8, .state = POOL_RETIRED, .note = "" },
};

struct tsig_key fixture_key(const char *name, enum tsig_algorithm algorithm)
{
	struct tsig_key key = { .algorithm = algorithm, .secret_size = 32 };
	must(name_read(name, &key.name, NULL) == DONE, name);
	for (uint8_t i = 0; i < 32; i++)
		key.secret[i] = i;
	return key;
}

void fixture_serve_fleet(struct fixture *f, struct zone_view **zones, size_t count,
	const struct fleet *fleet)
{
	struct error e = { "" };
	struct arena arena = { 0 };
	struct key_ring ring = { arena_take(&arena, 2 * sizeof *ring.keys), 2 };
	struct snapshot *snapshot, *old = f->view.snapshot;
	must(ring.keys != NULL, "memory");
	ring.keys[0] = (struct ring_key){ .tsig = fixture_key("other", TSIG_SHA512) };
	ring.keys[1] = (struct ring_key){ .tsig = fixture_key("xfr.key", TSIG_SHA256), .transfer = true,
		.former = fixture_key("xfr.key", TSIG_SHA256), .former_until = INT64_MAX };
	ring.keys[1].former.secret[31] ^= 1;
	must(snapshot_new(zones, count, &ring, fleet, fleet->now, old, &arena, &snapshot, &e) == DONE, e.text);
	must(catalog_view("cat.invalid", &snapshot->catalog, &e) == DONE, e.text);
	f->view.snapshot = snapshot;
	snapshot_free(old);
}

void fixture_serve(struct fixture *f, struct zone_view **zones, size_t count)
{
	const struct fleet fleet = { .relays = (struct relay *)(uintptr_t)relays, .relay_count = 3,
		.releases = (struct release *)(uintptr_t)releases, .release_count = 4,
		.pools = (struct pool *)(uintptr_t)pools, .pool_count = 6 };
	fixture_serve_fleet(f, zones, count, &fleet);
}

void fixture_make(struct fixture *f)
{
	struct error e = { "" };
	static struct network near[1];
	static const struct networks evidence = { near, 1 };
	must(network_read("192.0.2.0/24", 12, near), "network");
	*f = (struct fixture){ .settings = { .nsid = "node1", .version = "windsock", .udp_most = 1232,
		.evidence = &evidence, .has_keys = true } };
	answer_settle(&f->settings);
	f->settings.cookies.count = 1;
	address_read("192.0.2.200", 11, &f->client);
	f->usage = usage_bank_new();
	must(f->usage != NULL, "bank");
	f->worker = (struct worker){ .view = &f->view, .settings = &f->settings, .counters = &f->counters,
		.usage = f->usage };
	f->view.hosts = calloc(1, sizeof(struct hosts));
	must(f->view.hosts != NULL && hosts_init(f->view.hosts, 16, &f->keys, &e) == DONE, "hosts");
	fixture_host(f, "demo.b5p.us", "192.0.2.7 2001:db8::7", NULL);
	fixture_host(f, "kite.b5p.us", "192.0.2.8", "sekrit");
	fixture_host(f, "a.b.dyn.b5p.us", "192.0.2.9", NULL);
	fixture_host(f, "under.sub.b5p.us", "192.0.2.66", NULL);
	fixture_host(f, "none.b5p.us", "", NULL);
	fixture_host(f, "aliased.b5p.us", "192.0.2.10", NULL);
	fixture_host(f, "x.y.above.b5p.us", "192.0.2.68", NULL);
	fixture_host(f, "under.tri.b5p.us", "192.0.2.67", NULL);
	char big[8192], *at = big + sprintf(big, "@ NS ns1.b5p.us.\n*.any A 192.0.2.90\n");
	for (int i = 0; i < 60; i++)
		at += sprintf(at, "many A 192.0.2.%d\nhalf%d TXT \"x\"\n", i + 1, i);
	for (int i = 0; i < 6; i++)
		at += sprintf(at, "text TXT \"%0200d\"\n", i);
	struct zone_view *zones[] = { fixture_zone("b5p.us", b5p_us), fixture_zone("kites.example", big),
		fixture_zone("nested.b5p.us", "@ NS ns1.b5p.us.\n@ A 192.0.2.80\n"),
		fixture_zone("renamed.example", "@ NS ns1.b5p.us.\n@ DNAME kites.example.\n"),
		fixture_zone("low.far.b5p.us", "@ NS ns1.b5p.us.\n"), fixture_zone("low.down.kites.example", "@ NS ns1.b5p.us.\n* TXT any\n"),
		fixture_zone("kid.sub.b5p.us", "@ NS ns1.b5p.us.\n") };
	fixture_serve(f, zones, 7);
	f->view.serial = 4200000000;
}

struct key_plan {
	uint16_t flags;
	uint8_t algorithm;
	bool synced;
};

static void sign_zone(struct zone_view *zone, const struct key_plan *plan, size_t count)
{
	struct zone_key keys[2];
	struct signing_keys *made;
	struct error e = { "" };
	memset(keys, 0, sizeof keys);
	for (size_t i = 0; i < count; i++) {
		must(zone_key_make(&zone->name, plan[i].flags, plan[i].algorithm, &keys[i], &e) == DONE, e.text);
		keys[i].date[KEY_PUBLISH] = keys[i].date[KEY_ACTIVATE] = 1;
		keys[i].date[KEY_SYNC_PUBLISH] = plan[i].synced;
	}
	must(signing_keys_make(keys, count, zone->ttl, false, clock_date(), &made, &e) == DONE, e.text);
	signing_keys_free(zone->keys);
	zone->signed_ = ZONE_SIGNED;
	zone->keys = made;
}

static void sign_zones(struct fixture *f, const struct key_plan *plan, size_t count)
{
	struct error e = { "" };
	struct snapshot *snapshot = f->view.snapshot;
	if (f->worker.signer == NULL) {
		f->signatures.validity = 86400;
		must(signatures_init(&f->signatures, 1 << 20, &e) == DONE, e.text);
		must((f->worker.signer = signer_new(&f->signatures)) != NULL, "signer");
	}
	for (size_t i = 0; i < snapshot->zone_count; i++)
		sign_zone(snapshot->zones[i], plan, count);
}

void fixture_sign(struct fixture *f, bool split)
{
	static const struct key_plan one[] = { { KEY_ENTRY, ALGORITHM_P256, false } },
		two[] = { { KEY_ENTRY, ALGORITHM_ED25519, true }, { KEY_ZONE, ALGORITHM_ED25519, true } };
	sign_zones(f, split ? two : one, split ? 2 : 1);
}

void fixture_sign_twice(struct fixture *f)
{
	static const struct key_plan plan[] = { { KEY_ENTRY, ALGORITHM_P256, true }, { KEY_ENTRY, ALGORITHM_ED25519, true } };
	sign_zones(f, plan, 2);
}

void fixture_free(struct fixture *f)
{
	if (f->worker.signer != NULL) {
		signer_free(f->worker.signer);
		signatures_free(&f->signatures);
	}
	snapshot_free(f->view.snapshot);
	hosts_free(f->view.hosts);
	free(f->view.hosts);
	usage_bank_free(f->usage);
}

size_t fixture_query(uint8_t *packet, const char *name, uint16_t type, uint16_t edns)
{
	struct name wire;
	struct cursor c = cursor_over(packet, 512);
	must(name_read(name, &wire, NULL) == DONE, name);
	const uint8_t header[HEADER_SIZE] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns != 0 };
	cursor_put(&c, header, sizeof header);
	cursor_put(&c, wire.wire, wire.size);
	cursor_put_u16(&c, type);
	cursor_put_u16(&c, CLASS_IN);
	if (edns != 0) {
		cursor_put_u8(&c, 0);
		cursor_put_u16(&c, TYPE_OPT);
		cursor_put_u16(&c, edns);
		cursor_put_u32(&c, 0);
		cursor_put_u16(&c, 0);
	}
	return cursor_done(&c);
}

size_t fixture_query_signed(uint8_t *packet, const char *name, uint16_t type, uint16_t edns, uint16_t flags)
{
	size_t size = fixture_query(packet, name, type, edns);
	packet[size - 4] = (uint8_t)(flags >> 8);
	packet[size - 3] = (uint8_t)flags;
	return size;
}
