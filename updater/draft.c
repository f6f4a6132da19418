/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading names, changing them in memory, checking the whole, and writing it. */
#include "updater/draft.h"

#include <string.h>

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/name.h"
#include "updater/hosts.h"
#include "wire/rdata.h"
#include "zone/form.h"
#include "zone/judge.h"
#include "wire/record.h"

static int no_memory(const struct draft *d)
{
	return fail(d->error, FAILED, "out of memory");
}

int draft_begin(struct draft *d, struct updater *u, struct exchange *x, const char *zone, struct error *e)
{
	struct zone key = { .name = zone };
	*d = (struct draft){ .updater = u, .exchange = x, .error = e };
	return registry_get(u->access.registry, &zone_kind, &key, &x->arena, &d->zone, e);
}

/* Reading a name. */

static struct draft_record *new_record(struct draft *d, struct draft_name *n)
{
	if (!array_room_in(&d->exchange->arena, &n->records, &n->room, n->count + 1, sizeof *n->records))
		return NULL;
	return &n->records[n->count++];
}

struct filling {
	struct draft *draft;
	struct draft_name *name;
};

static int take_row(const void *row, void *context, struct error *e)
{
	struct filling *f = context;
	struct draft_record *record = new_record(f->draft, f->name);
	if (record == NULL)
		return fail(e, FAILED, "out of memory");
	int outcome = row_copy(&record_kind, row, &record->row, &f->draft->exchange->arena, e);
	record->ttl = record->row.ttl;
	record->was = record->is = true;
	return outcome;
}

static int read_host(struct draft *d, struct draft_name *n)
{
	struct host key = { .name = n->name };
	int outcome = registry_get(d->updater->access.registry, &host_kind, &key, &d->exchange->arena, &n->host, d->error);
	n->is_host = outcome == DONE;
	n->addresses = n->is_host ? n->host.addresses : NULL;
	return outcome == ABSENT ? DONE : outcome;
}

static int read_name(struct draft *d, struct draft_name *n)
{
	struct filling filling = { d, n };
	struct record of = { .zone = d->zone.name, .owner = n->name };
	int outcome = registry_each_in(d->updater->access.registry, &record_kind, &of, take_row, &filling, d->error);
	if (outcome == DONE && strcmp(n->name, d->zone.name) != 0)
		outcome = grant_pool(d->updater->access.registry, &d->exchange->arena, d->zone.name, n->name, &n->pool, d->error);
	return outcome == DONE ? read_host(d, n) : outcome;
}

int draft_name(struct draft *d, const char *name, struct draft_name **found)
{
	struct draft_name **end = &d->names;
	for (; *end != NULL; end = &(*end)->next)
		if (strcmp((*end)->name, name) == 0) {
			*found = *end;
			return DONE;
		}
	struct draft_name *n = arena_take(&d->exchange->arena, sizeof *n);
	if (n == NULL)
		return no_memory(d);
	n->name = name;
	int outcome = read_name(d, n);
	if (outcome != DONE)
		return outcome;
	*end = *found = n;
	d->name_count++;
	return DONE;
}

/* What a name holds. */

static bool is_apex(const struct draft *d, const struct draft_name *n)
{
	return strcmp(n->name, d->zone.name) == 0;
}

/* Whether a list holds an address of the type; of any if that is 0. */
static bool list_has(const char *addresses, uint16_t type)
{
	struct address address;
	while (address_next(&addresses, &address))
		if (type == 0 || (type == TYPE_A) == (address.family == ADDRESS_V4))
			return true;
	return false;
}

/* What signing makes, of which only the DNSKEY is known to be there. */
static bool of_signer(const struct draft *d, const struct draft_name *n, uint16_t type)
{
	return d->zone.signed_ != ZONE_UNSIGNED && is_apex(d, n)
		&& (type == TYPE_DNSKEY || type == TYPE_CDS || type == TYPE_CDNSKEY);
}

static int refuse_signed(const struct draft *d, const struct draft_name *n)
{
	return fail(d->error, REFUSED, "%s: the signer makes these, and they change by themselves", n->name);
}

static bool has_record(const struct draft_name *n, uint16_t type)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->records[i].is && (type == 0 || n->records[i].row.type == type))
			return true;
	return false;
}

/* Whose addresses the name has, unless they are static: a pool's, then a host's (dnsd/answer/lookup.c). */
static const char *computed(const struct draft_name *n)
{
	return n->members != NULL ? n->members : n->is_host ? n->addresses : NULL;
}

int draft_has(struct draft *d, struct draft_name *n, uint16_t type, bool *has)
{
	int outcome = draft_pool(d, n);
	if (outcome != DONE)
		return outcome;
	if (of_signer(d, n, type) && type != TYPE_DNSKEY)
		return refuse_signed(d, n);
	const char *addresses = computed(n);
	if (type == 0)
		*has = addresses != NULL || is_apex(d, n) || has_record(n, 0); /* a host without one is a name, too */
	else if (type == TYPE_SOA)
		*has = is_apex(d, n);
	else if (addresses != NULL && (type == TYPE_A || type == TYPE_AAAA))
		*has = list_has(addresses, type);
	else
		*has = of_signer(d, n, type) || has_record(n, type);
	return DONE;
}

static int put_addresses(struct draft *d, const char *list, uint16_t type, struct blob *rdatas, size_t *count)
{
	struct address address;
	for (const char *rest = list; address_next(&rest, &address);) {
		size_t size = address_size(&address);
		if (size != (type == TYPE_A ? 4 : 16))
			continue;
		void *bytes = arena_bytes(&d->exchange->arena, size);
		if (bytes == NULL)
			return no_memory(d);
		memcpy(bytes, address.bytes, size);
		rdatas[(*count)++] = (struct blob){ bytes, size };
	}
	return DONE;
}

int draft_records(struct draft *d, struct draft_name *n, uint16_t type, struct blob **rdatas, size_t *count)
{
	int outcome = of_signer(d, n, type) ? refuse_signed(d, n) : draft_pool(d, n);
	if (outcome != DONE)
		return outcome;
	const char *addresses = computed(n);
	size_t most = n->count + (addresses == NULL ? 0 : strlen(addresses));
	*count = 0;
	*rdatas = arena_take(&d->exchange->arena, (most + 1) * sizeof **rdatas);
	if (*rdatas == NULL)
		return no_memory(d);
	if (type == TYPE_SOA && is_apex(d, n)) {
		*count = 1;
		return draft_soa(d, *rdatas);
	}
	if (addresses != NULL && (type == TYPE_A || type == TYPE_AAAA))
		return put_addresses(d, addresses, type, *rdatas, count);
	for (size_t i = 0; i < n->count; i++)
		if (n->records[i].is && n->records[i].row.type == type)
			(*rdatas)[(*count)++] = n->records[i].row.rdata;
	return DONE;
}

/* Static data. */

/* Whether the record is this one: names in RDATA have no case (RFC 2136 section 1.1.1). */
static bool is_record(const struct draft_record *r, uint16_t type, struct blob rdata)
{
	return r->row.type == type && rdata_compare(type, r->row.rdata, rdata) == 0;
}

static bool has_other(const struct draft *d, const struct draft_name *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->records[i].is && n->records[i].row.type != TYPE_CNAME)
			return true;
	return is_apex(d, n);
}

/* An RRset has one TTL (RFC 2181 section 5.2): that of what was added last. */
static void set_ttl(struct draft_name *n, uint16_t type, uint32_t ttl)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->records[i].row.type == type)
			n->records[i].row.ttl = ttl;
}

int draft_add(struct draft *d, struct draft_name *n, uint16_t type, uint32_t ttl, struct blob rdata)
{
	if (type == TYPE_CNAME ? has_other(d, n) : has_record(n, TYPE_CNAME))
		return DONE; /* RFC 2136 section 3.4.2.2: passed over in silence */
	if (type == TYPE_CNAME)
		draft_delete(d, n, TYPE_CNAME);
	struct draft_record *found = NULL;
	for (size_t i = 0; i < n->count && found == NULL; i++)
		if (is_record(&n->records[i], type, rdata))
			found = &n->records[i];
	if (found == NULL) {
		found = new_record(d, n);
		if (found == NULL)
			return no_memory(d);
		*found = (struct draft_record){ .row = { .zone = d->zone.name, .owner = n->name, .type = type,
			.rdata = rdata } };
	}
	found->is = true;
	set_ttl(n, type, ttl);
	return DONE;
}

/* RFC 2136 section 3.4.2.3: an apex keeps its NS. */
void draft_delete(const struct draft *d, struct draft_name *n, uint16_t type)
{
	for (size_t i = 0; i < n->count; i++) {
		bool kept = is_apex(d, n) && n->records[i].row.type == TYPE_NS;
		if (!kept && (type == 0 || n->records[i].row.type == type))
			n->records[i].is = false;
	}
}

/* Section 3.4.2.4: the apex's last NS stays. */
void draft_delete_one(const struct draft *d, struct draft_name *n, uint16_t type, struct blob rdata)
{
	size_t others = 0;
	for (size_t i = 0; i < n->count; i++)
		others += n->records[i].is && n->records[i].row.type == type && !is_record(&n->records[i], type, rdata);
	if (others == 0 && is_apex(d, n) && type == TYPE_NS)
		return;
	for (size_t i = 0; i < n->count; i++)
		if (is_record(&n->records[i], type, rdata))
			n->records[i].is = false;
}

/* A host's addresses. */

static void address_from(uint16_t type, struct blob rdata, struct address *address)
{
	*address = (struct address){ .family = type == TYPE_A ? ADDRESS_V4 : ADDRESS_V6 };
	memcpy(address->bytes, rdata.data, rdata.size);
}

int draft_add_address(struct draft *d, struct draft_name *n, uint16_t type, struct blob rdata)
{
	struct address added, address;
	char word[ADDRESS_TEXT];
	size_t count = 0;
	address_from(type, rdata, &added);
	for (const char *rest = n->addresses; address_next(&rest, &address); count++)
		if (address_equal(&address, &added))
			return DONE;
	if (count == ADDRESS_LIST_MOST)
		return fail(d->error, REFUSED, "%s has %d addresses already", n->name, ADDRESS_LIST_MOST);
	address_write(&added, word);
	n->addresses = arena_format(&d->exchange->arena, "%s%s%s", n->addresses, *n->addresses == '\0' ? "" : " ", word);
	return n->addresses == NULL ? no_memory(d) : DONE;
}

int draft_delete_address(struct draft *d, struct draft_name *n, uint16_t type, struct blob rdata)
{
	struct address address, gone;
	struct text left = { 0 };
	char word[ADDRESS_TEXT];
	if (rdata.size > 0)
		address_from(type, rdata, &gone);
	text_add(&left, "");
	for (const char *rest = n->addresses; address_next(&rest, &address);) {
		bool of_type = type == 0 || (type == TYPE_A) == (address.family == ADDRESS_V4);
		if (of_type && (rdata.size == 0 || address_equal(&address, &gone)))
			continue;
		address_write(&address, word);
		text_addf(&left, "%s%s", left.length == 0 ? "" : " ", word);
	}
	n->addresses = left.broken ? NULL : arena_text(&d->exchange->arena, left.bytes);
	text_free(&left);
	return n->addresses == NULL ? no_memory(d) : DONE;
}

/* Checking the whole. */

static int check_sizes(struct draft *d, const struct draft_name *n)
{
	for (size_t i = 0; i < n->count; i++) {
		size_t size = 0;
		for (size_t j = 0; j < n->count; j++)
			if (n->records[j].is && n->records[j].row.type == n->records[i].row.type)
				size += RR_FIXED + n->records[j].row.rdata.size;
		if (size > RRSET_MOST)
			return fail(d->error, REFUSED, "%s would have more records of a type than fit into a message",
				n->name);
	}
	return DONE;
}

/* What the name is, beside its records (zone/form.h). A pool's nobody may change (updater/update_policy.c). */
static int read_role(struct draft *d, const struct draft_name *n, unsigned *form)
{
	const char *parent = name_parent(n->name);
	bool wild = strncmp(n->name, "*.", 2) == 0;
	struct draft_name *above = NULL;
	int outcome = wild && strcmp(parent, d->zone.name) != 0 ? draft_name(d, parent, &above) : DONE;
	*form = (is_apex(d, n) ? FORM_APEX : 0) | (wild ? FORM_WILDCARD : 0)
		| (n->is_host || (above != NULL && above->is_host) ? FORM_HOST : 0);
	return outcome;
}

/* What was wrong before is not this update's. */
static int check_name(struct draft *d, const struct draft_name *n)
{
	unsigned role;
	int outcome = read_role(d, n, &role);
	unsigned was = role, is = role;
	for (size_t i = 0; i < n->count; i++) {
		was = n->records[i].was ? form_with(was, (uint16_t)n->records[i].row.type) : was;
		is = n->records[i].is ? form_with(is, (uint16_t)n->records[i].row.type) : is;
	}
	bool hosts = (role & FORM_HOST) != 0 && !n->is_host; /* *.HOST: what is added there would be hidden */
	const char *fault = form_fault(was) != NULL ? NULL : hosts ? form_host_fault(is) : form_fault(is);
	return outcome == DONE && fault != NULL ? fail(d->error, REFUSED, "%s %s", n->name, fault) : outcome;
}

/* Nothing stands below a DNAME (RFC 6672 section 2.4), be it new, too. */
static int check_above(struct draft *d, const struct draft_name *n)
{
	const char *at = n->name;
	int outcome = DONE;
	while (outcome == DONE && strcmp(at, d->zone.name) != 0) {
		struct draft_name *above;
		at = name_parent(at);
		outcome = draft_name(d, at, &above);
		if (outcome == DONE && has_record(above, TYPE_DNAME))
			return fail(d->error, REFUSED, "%s %s", n->name, form_fault_below(FORM_RENAMING));
	}
	return outcome;
}

/* Whether all of a name is to be deleted by this update. */
static bool goes(void *context, const char *name)
{
	const struct draft *d = context;
	for (const struct draft_name *n = d->names; n != NULL; n = n->next)
		if (strcmp(n->name, name) == 0)
			return !has_record(n, 0) && !n->is_host;
	return false;
}

static int check_below(struct draft *d, const struct draft_name *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->records[i].row.type == TYPE_DNAME && n->records[i].is && !n->records[i].was)
			return zone_judge_below(d->updater->access.registry, d->zone.name, n->name, goes, d, d->error);
	return DONE;
}

bool draft_name_grows(const struct draft_name *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->records[i].is && !n->records[i].was)
			return true;
	return false;
}

/* Names that are looked at on the way are appended, and have nothing new. */
int draft_check(struct draft *d)
{
	int outcome = DONE;
	for (const struct draft_name *n = d->names; n != NULL && outcome == DONE; n = n->next) {
		if (!draft_name_grows(n))
			continue;
		if ((outcome = check_sizes(d, n)) == DONE && (outcome = check_name(d, n)) == DONE
			&& (outcome = check_below(d, n)) == DONE)
			outcome = check_above(d, n);
	}
	return outcome;
}

/* Writing. */

static bool record_changes(const struct draft_record *r)
{
	return r->is != r->was || (r->is && r->row.ttl != r->ttl);
}

bool draft_host_changes(const struct draft_name *n)
{
	return n->is_host && !hosts_same(n->host.addresses, n->addresses);
}

bool draft_name_changes(const struct draft_name *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (record_changes(&n->records[i]))
			return true;
	return draft_host_changes(n);
}

bool draft_changes(const struct draft *d)
{
	for (const struct draft_name *n = d->names; n != NULL; n = n->next)
		if (draft_name_changes(n))
			return true;
	return false;
}

static int write_host(struct draft *d, struct draft_name *n)
{
	n->host.addresses = n->addresses;
	n->host.updated = clock_date();
	n->host.sign = (struct blob){ 0 };
	return hosts_write(&d->updater->transaction, &n->host, n->fresh, true, d->error);
}

static int write_record(struct draft *d, const struct draft_record *r)
{
	struct registry *registry = d->updater->access.registry;
	if (!r->is)
		return registry_remove(registry, &record_kind, &r->row, d->error);
	return r->was ? registry_set(registry, &record_kind, &r->row, d->error)
		      : registry_add(registry, &record_kind, &r->row, d->error);
}

int draft_write(struct draft *d)
{
	int outcome = DONE;
	for (struct draft_name *n = d->names; n != NULL && outcome == DONE; n = n->next) {
		if (draft_host_changes(n))
			outcome = write_host(d, n);
		for (size_t i = 0; i < n->count && outcome == DONE; i++)
			if (record_changes(&n->records[i]))
				outcome = write_record(d, &n->records[i]);
	}
	return outcome;
}
