/* SPDX-License-Identifier: BSD-2-Clause */
/* What an UPDATE (RFC 2136) makes of a zone, by rows: what was, what is asked, the answer, what is. */
#include "updater/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "wire/type.h"
#include "zone/content.h"

#define ZONE "z.example"

static char dir[32], path[64];
static struct updater u;
static const struct zone zone_row = { ZONE, "ns." ZONE, "x." ZONE, 60, 9, 9, 9, 9, 0 };

/* A row's words: OWNER TYPE VALUE, apart by semicolons. Owners are below the zone, @ is its apex. */

struct words {
	char text[4][64]; /* a sign perhaps, owner, type, value */
	long ttl;
};

static const char *next_words(const char *at, struct words *w)
{
	size_t length = strcspn(at, ";"), count = 0;
	char piece[256], *rest = piece, *word;
	*w = (struct words){ .ttl = 60 };
	memcpy(piece, at, length);
	piece[length] = '\0';
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word == '/')
			w->ttl = strtol(word + 1, NULL, 10);
		else if (*word != '\0') {
			assert_true(count < 4);
			strcpy(w->text[count++], word);
		}
	return at[length] == ';' ? at + length + 1 : NULL;
}

static const char *owner_of(const char *word, struct arena *arena)
{
	return strcmp(word, "@") == 0 ? ZONE : arena_format(arena, "%s." ZONE, word);
}

/* As DNS answers it, but for what is added to its serial, and the case of its first name. */
static struct blob soa_of(int more, struct arena *arena)
{
	uint8_t *octets = arena_bytes(arena, SOA_RDATA_MOST);
	int64_t revision;
	uint16_t size;
	struct error e;
	assert_done(registry_revision(u.access.registry, &revision, &e), &e);
	assert_done(zone_content_soa(&zone_row, (uint32_t)(revision + more), octets, &size, &e), &e);
	octets[1] = 'N';
	return (struct blob){ octets, size };
}

static struct blob rdata_of(uint16_t type, const char *value, struct arena *arena)
{
	uint8_t *octets = arena_bytes(arena, 80);
	struct name name;
	struct error e;
	size_t head = type == 15 ? 2 : 0;
	if (type == 6)
		return soa_of(atoi(value), arena);
	if (type == 1) {
		memcpy(octets, (uint8_t[]){ 192, 0, 2, (uint8_t)atoi(value) }, 4);
		return (struct blob){ octets, 4 };
	}
	if (type == 16) {
		octets[0] = (uint8_t)strlen(value);
		memcpy(octets + 1, value, octets[0]);
		return (struct blob){ octets, octets[0] + 1u };
	}
	assert_done(name_read(value, &name, &e), &e);
	memset(octets, 0, head);
	memcpy(octets + head, name.wire, name.size);
	if (value[0] >= 'A' && value[0] <= 'Z') /* as a file may have it */
		octets[head + 1] = (uint8_t)value[0];
	return (struct blob){ octets, head + name.size };
}

static void put(const char *rows)
{
	struct arena arena = { 0 };
	struct error e;
	struct words w;
	while (rows != NULL && *rows != '\0') {
		rows = next_words(rows, &w);
		const char *owner = owner_of(w.text[0], &arena);
		if (strcmp(w.text[1], "HOST") == 0) {
			struct host host;
			assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
			host.name = owner;
			host.addresses = *w.text[2] == '\0' ? "" : arena_format(&arena, "192.0.2.%s", w.text[2]);
			assert_done(registry_add(u.access.registry, &host_kind, &host, &e), &e);
			continue;
		}
		uint16_t type = type_read(w.text[1]);
		const struct record record = { ZONE, owner, type, w.ttl, rdata_of(type, w.text[2], &arena) };
		assert_done(registry_add(u.access.registry, &record_kind, &record, &e), &e);
	}
	arena_free(&arena);
}

/* And back. */

static void add_owner(struct text *out, const char *owner)
{
	size_t length = strlen(owner) - strlen(ZONE);
	text_add(out, out->length == 0 ? "" : ";");
	text_add_part(out, length == 0 ? "@" : owner, length == 0 ? 1 : length - 1);
}

static int show_record(const void *row, void *context, struct error *e)
{
	const struct record *r = row;
	const uint8_t *octets = r->rdata.data;
	char type[12], name[NAME_TEXT];
	struct text *out = context;
	(void)e;
	type_write((uint16_t)r->type, type);
	add_owner(out, r->owner);
	text_addf(out, " %s ", type);
	if (r->type == 1)
		text_addf(out, "%u", octets[3]);
	else if (r->type == 16)
		text_add_part(out, (const char *)octets + 1, octets[0]);
	else {
		size_t head = r->type == 15 ? 2 : 0;
		name_write(octets + head, name);
		name[0] = (char)octets[head + 1];
		text_add(out, name);
	}
	if (r->ttl != 60)
		text_addf(out, " /%lld", (long long)r->ttl);
	return DONE;
}

static int show_host(const void *row, void *context, struct error *e)
{
	const struct host *h = row;
	(void)e;
	add_owner(context, h->name);
	text_addf(context, " HOST%s", *h->addresses == '\0' ? "" : " ");
	for (const char *c = h->addresses; *c != '\0'; c++)
		text_add_part(context, c, 1);
	return DONE;
}

static void show(struct text *out)
{
	struct error e;
	const struct record of = { .zone = ZONE };
	out->length = 0;
	text_add(out, "");
	assert_done(registry_each(u.access.registry, &record_kind, &of, show_record, out, &e), &e);
	assert_done(registry_each(u.access.registry, &host_kind, NULL, show_host, out, &e), &e);
}

/* What is asked: + adds, - deletes, ? and ! are prerequisites that are and are not; * is any type. */
static void add_record(struct update_message *m, const struct words *w, struct arena *arena)
{
	bool prerequisite = strchr("?!", w->text[0][0]) != NULL, any = strcmp(w->text[2], "*") == 0, value = *w->text[3] != '\0';
	struct update_record *r = prerequisite ? &m->prerequisites[m->prerequisite_count++] : &m->updates[m->update_count++];
	struct error e;
	r->owner = owner_of(w->text[1], arena);
	assert_done(name_read(r->owner, &r->name, &e), &e);
	r->type = any ? TYPE_ANY : type_read(w->text[2]);
	r->ttl = w->text[0][0] == '+' ? (uint32_t)w->ttl : 0;
	switch (w->text[0][0]) {
	case '+':
		r->class = CLASS_IN;
		break;
	case '?':
		r->class = value ? CLASS_IN : CLASS_ANY;
		break;
	case '-':
		r->class = value ? CLASS_NONE : CLASS_ANY;
		break;
	default:
		r->class = CLASS_NONE;
		break;
	}
	if (value)
		r->rdata = rdata_of(r->type, w->text[3], arena);
}

static enum rcode ask(const char *message)
{
	struct exchange x = { .request.exempt = true };
	struct update_record prerequisites[16] = { 0 }, updates[16] = { 0 };
	struct update_message m = { .zone = ZONE, .zone_type = 6, .zone_class = 1, .prerequisites = prerequisites, .updates = updates };
	struct account account = { .name = "ops", .hosts = "", .role = 1, .allow_private = 1 };
	struct update_run asked = { .policy = { &account, "", "", false }, .key = "k" };
	enum rcode rcode;
	struct error e;
	struct words w;
	assert_done(name_read(ZONE, &m.zone_name, &e), &e);
	while (message != NULL) {
		message = next_words(message, &w);
		add_record(&m, &w, &x.arena);
	}
	bool busy;
	assert_done(transaction_begin(&u.transaction, u.access.registry, &busy, &e), &e);
	assert_done(update_run(&u, &x, &asked, &m, &rcode, &e), &e);
	assert_done(registry_commit(u.access.registry, &e), &e);
	arena_free(&x.arena);
	return rcode;
}

static int make_registry(void **state)
{
	struct error e;
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	if (registry_open(path, REGISTRY_CREATE, &u.access.registry, &e) != DONE)
		return -1;
	return registry_begin(u.access.registry, &e) == DONE && registry_add(u.access.registry, &zone_kind, &zone_row, &e) == DONE
		&& registry_commit(u.access.registry, &e) == DONE ? 0 : -1;
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	registry_close(u.access.registry);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int forget_record(const void *row, void *context, struct error *e)
{
	(void)context;
	return registry_remove(u.access.registry, &record_kind, row, e);
}

static void set(const char *rows)
{
	struct error e;
	const struct record of = { .zone = ZONE };
	struct host *hosts;
	struct arena arena = { 0 };
	size_t count;
	assert_done(registry_begin(u.access.registry, &e), &e);
	struct record *records;
	assert_done(registry_all(u.access.registry, &record_kind, &of, &arena, &records, &count, &e), &e);
	for (size_t i = 0; i < count; i++)
		assert_done(forget_record(&records[i], NULL, &e), &e);
	assert_done(registry_all(u.access.registry, &host_kind, NULL, &arena, &hosts, &count, &e), &e);
	for (size_t i = 0; i < count; i++)
		assert_done(registry_remove(u.access.registry, &host_kind, &hosts[i], &e), &e);
	put(rows);
	assert_done(registry_commit(u.access.registry, &e), &e);
	arena_free(&arena);
}

#define OK RCODE_NOERROR
#define NO RCODE_REFUSED

static const struct {
	const char *was, *asked;
	enum rcode rcode;
	const char *is; /* NULL: as it was */
} rows[] = {
	/* RRsets of records */
	{ "@ NS ns", "+ w A 1;+ w A 2", OK, "w A 1;w A 2;@ NS ns" },
	{ "w A 1", "+ w A 1", OK, NULL },
	{ "w A 1", "- w A 1", OK, "" },
	{ "w A 1;w A 2;w TXT x", "- w A", OK, "w TXT x" },
	{ "w A 1;w TXT x;v A 1", "- w *", OK, "v A 1" },
	{ "w A 1", "- w A 2;- v *;- v A", OK, NULL },
	{ "w A 1", "- w A 1;+ w A 1", OK, NULL },
	{ "w A 1", "+ w A 2;- w A", OK, "" },
	{ "", "+ w A 1;- w *;+ w A 2", OK, "w A 2" },
	/* one TTL for an RRset: that of what was added last */
	{ "w A 1;w A 2;w TXT x", "+ w A 3 /30", OK, "w A 1 /30;w A 2 /30;w A 3 /30;w TXT x" },
	{ "w A 1 /30", "+ w A 1", OK, "w A 1" },
	/* names in RDATA have no case */
	{ "w MX Mail", "+ w MX mail", OK, NULL },
	{ "w MX Mail", "+ w MX mail /30", OK, "w MX Mail /30" },
	{ "w MX Mail;w MX mail", "- w MX mail", OK, "" },
	{ "w MX Mail", "? w MX mail;- w MX", OK, "" },
	{ "w TXT X", "- w TXT x", OK, NULL },
	/* the apex keeps an NS, however it is written */
	{ "@ NS ns", "- @ NS ns", OK, NULL },
	{ "@ NS ns", "- @ NS", OK, NULL },
	{ "@ NS ns;@ TXT x", "- @ *", OK, "@ NS ns" },
	{ "@ NS NS;@ NS ns", "- @ NS ns", OK, NULL },
	{ "@ NS ns;@ NS os", "- @ NS ns;- @ NS os", OK, "@ NS os" },
	{ "@ NS ns", "- @ NS ns;+ @ NS os;- @ NS ns", OK, "@ NS os" },
	{ "s NS ns", "- s NS ns", OK, "" },
	{ "s NS ns;s NS os", "- s NS", OK, "" },
	/* section 3.4.2.2: a CNAME is alone, what is not so is passed over */
	{ "w A 1", "+ w CNAME x", OK, NULL },
	{ "w CNAME x", "+ w A 1", OK, NULL },
	{ "w CNAME x", "+ w CNAME y", OK, "w CNAME y" },
	{ "w CNAME x", "- w *;+ w A 1", OK, "w A 1" },
	{ "@ NS ns", "+ @ CNAME x", OK, NULL },
	{ "", "+ @ CNAME x", OK, NULL },
	{ "h HOST 9", "+ h CNAME x", NO, NULL },
	/* what cannot stand in a zone */
	{ "d DNAME x", "+ d DNAME y", NO, NULL },
	{ "d DNAME x", "- d *;+ d DNAME y", OK, "d DNAME y" },
	{ "d DNAME x", "+ a.b.d TXT x", NO, NULL },
	{ "d DNAME x;a.d TXT x", "- a.d *", OK, "d DNAME x" },
	{ "d DNAME x", "- d DNAME;+ a.d TXT x", OK, "a.d TXT x" },
	{ "a.d TXT x", "+ d DNAME x", NO, NULL },
	{ "a.d TXT x", "+ d DNAME x;- a.d *", OK, "d DNAME x" },
	{ "a.d HOST 9", "+ d DNAME x", NO, NULL },
	{ "a.d A 1;a.d TXT x", "+ d DNAME x;- a.d TXT", NO, NULL },
	{ "a.d TXT x;a.d HOST 9", "- a.d TXT;+ d DNAME x", NO, NULL },
	{ "", "+ d DNAME x;+ a.d TXT x", NO, NULL },
	{ "d DNAME x", "+ d NS ns", NO, NULL },
	{ "@ NS ns", "+ @ DNAME x", OK, "@ NS ns;@ DNAME x" },
	{ "@ NS ns;w A 1", "+ @ DNAME x", NO, NULL },
	{ "", "+ *.w NS ns", NO, NULL },
	{ "*.w NS ns", "+ *.w TXT x", OK, "*.w NS ns;*.w TXT x" }, /* what was wrong before is not its fault */
	{ "h HOST 9", "+ *.h TXT x", NO, NULL },
	{ "h HOST 9", "+ *.h A 1", NO, NULL },
	{ "h HOST 9", "+ h DNAME x", NO, NULL },
	/* what is made by us */
	{ "", "+ @ SOA 1", NO, NULL }, { "", "- @ SOA", NO, NULL }, { "", "+ @ DNSKEY x", NO, NULL }, { "", "+ @ CDS x", NO, NULL },
	{ "", "- @ CDS", NO, NULL }, { "", "+ @ CDNSKEY x", NO, NULL }, { "", "+ w RRSIG x", NO, NULL }, { "", "+ @ ZONEMD x", NO, NULL },
	{ "", "+ fe4_100 A 1", NO, NULL },
	/* hosts */
	{ "h HOST 9", "+ h A 8", OK, "h HOST 192.0.2.9 192.0.2.8" },
	{ "h HOST 9", "+ h A 9", OK, "h HOST 192.0.2.9" },
	{ "h HOST 9", "- h A 9", OK, "h HOST" },
	{ "h HOST 9", "- h A;+ h A 8", OK, "h HOST 192.0.2.8" },
	{ "h HOST 9;h TXT x", "- h *", OK, "h HOST" },
	{ "h HOST 9", "- h AAAA", OK, "h HOST 192.0.2.9" },
	/* prerequisites */
	{ "w A 1", "? w *;+ v A 1", OK, "v A 1;w A 1" }, { "w A 1", "? v *;+ v A 1", RCODE_NXDOMAIN, NULL },
	{ "w A 1", "! v *;+ v A 1", OK, "v A 1;w A 1" }, { "w A 1", "! w *;+ v A 1", RCODE_YXDOMAIN, NULL },
	{ "w A 1", "? w A;+ v A 1", OK, "v A 1;w A 1" }, { "w A 1", "? w TXT;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "! w TXT;+ v A 1", OK, "v A 1;w A 1" }, { "w A 1", "! w A;+ v A 1", RCODE_YXRRSET, NULL },
	{ "w A 1;w A 2", "? w A 2;? w A 1;+ v A 1", OK, "v A 1;w A 1;w A 2" },
	{ "w A 1;w A 2", "? w A 1;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "? w A 1;? w A 2;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "? w A 1;? w A 1;+ v A 1", OK, "v A 1;w A 1" },
	{ "w A 1", "? w A 9;? v *;+ v A 1", RCODE_NXDOMAIN, NULL }, /* RRsets are compared behind the others */
	{ "w A 1;v TXT x", "? w A 1;? v TXT y;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "? @ SOA;? @ *;+ v A 1", OK, "v A 1;w A 1" }, { "w A 1", "? w SOA;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "? @ SOA 0;+ v A 1", OK, "v A 1;w A 1" }, { "w A 1", "? @ SOA -1;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "? @ SOA 1;+ v A 1", RCODE_NXRRSET, NULL }, { "w A 1", "? w SOA 0;+ v A 1", RCODE_NXRRSET, NULL },
	{ "w A 1", "? @ SOA 0;? @ SOA 1;+ v A 1", RCODE_NXRRSET, NULL },
	{ "h HOST 9;h A 1", "? h A 9;+ v A 1", OK, "h A 1;v A 1;h HOST 192.0.2.9" },
	{ "h HOST 9;h A 1", "? h A 1;+ v A 1", RCODE_NXRRSET, NULL },
	{ "h HOST", "? h *;! h A;+ v A 1", OK, "v A 1;h HOST" },
	{ "h HOST;h A 1", "? h A;+ v A 1", RCODE_NXRRSET, NULL },
	{ "h HOST 9", "? h AAAA;+ v A 1", RCODE_NXRRSET, NULL }, { "h HOST 9", "! h AAAA;+ v A 1", OK, "v A 1;h HOST 192.0.2.9" },
	{ "", "? @ DNSKEY;+ v A 1", RCODE_NXRRSET, NULL },
};

static void updates_do_what_they_say(void **state)
{
	struct text before = { 0 }, after = { 0 };
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		set(rows[i].was);
		show(&before);
		enum rcode rcode = ask(rows[i].asked);
		show(&after);
		const char *wanted = rows[i].is == NULL ? before.bytes : rows[i].is;
		if (rcode != rows[i].rcode || strcmp(after.bytes, wanted) != 0)
			print_error("%zu: '%s', asked '%s': %d and '%s', wanted %d and '%s'\n", ++wrong, rows[i].was, rows[i].asked,
				(int)rcode, after.bytes, (int)rows[i].rcode, wanted);
	}
	text_free(&before);
	text_free(&after);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(updates_do_what_they_say, make_registry, drop_registry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
