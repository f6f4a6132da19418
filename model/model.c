/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds, their fields, and what each field may hold. */
#include "model/model.h"

#include <string.h>

#include "lib/address.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define AT(type, member) .offset = offsetof(struct type, member)
#define KIND(type, table, how)                                                                     \
	{                                                                                          \
		.name = #type, .log = how, .fields = table, .count = COUNT(table), .size = sizeof(struct type) \
	}

enum { TTL_MOST = 2147483647 }; /* RFC 2181 section 8 */

static const char *const zone_signed[] = { "no", "yes", "leaving", NULL };
static const struct field zone_fields[] = {
	{ "name", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(zone, name), .help = "the zone's apex" },
	{ "primary", FIELD_NAME, FIELD_NEEDED, AT(zone, primary),
		.help = "the SOA's primary name server (MNAME)" },
	{ "contact", FIELD_NAME, FIELD_NEEDED, AT(zone, contact),
		.help = "the SOA's mailbox as a name (RNAME)" },
	{ "ttl", FIELD_NUMBER, 0, AT(zone, ttl), 0, TTL_MOST, .standard = "3600",
		.help = "TTL of the SOA, seconds" },
	{ "refresh", FIELD_NUMBER, FIELD_DETAIL, AT(zone, refresh), 1, TTL_MOST, .standard = "3600",
		.help = "how often secondaries ask, seconds" },
	{ "retry", FIELD_NUMBER, FIELD_DETAIL, AT(zone, retry), 1, TTL_MOST, .standard = "600",
		.help = "how soon secondaries ask again, seconds" },
	{ "expire", FIELD_NUMBER, FIELD_DETAIL, AT(zone, expire), 1, TTL_MOST, .standard = "1209600",
		.help = "how long secondaries serve without us, seconds" },
	{ "minimum", FIELD_NUMBER, 0, AT(zone, minimum), 0, TTL_MOST, .standard = "60",
		.help = "how long resolvers remember that a name is not there, seconds (RFC 2308)" },
	{ "signed", FIELD_CHOICE, 0, AT(zone, signed_), .choices = zone_signed, .standard = "no",
		.help = "with DNSSEC; leaving: the parent is asked to take its DS away" },
};
const struct kind zone_kind = KIND(zone, zone_fields, LOG_OBJECT);

static const struct field record_fields[] = {
	{ "zone", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(record, zone), .help = "the zone" },
	{ "owner", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(record, owner), .help = "the owner name" },
	{ "type", FIELD_TYPE, FIELD_KEY | FIELD_NEEDED, AT(record, type), 1, 65535, .help = "RR type" },
	{ "ttl", FIELD_NUMBER, 0, AT(record, ttl), 0, TTL_MOST, .help = "TTL, seconds" },
	{ "rdata", FIELD_BLOB, FIELD_KEY, AT(record, rdata), .help = "RDATA in wire form" },
};
const struct kind record_kind = KIND(record, record_fields, LOG_LIST);

static const char *const relay_states[] = { "invited", "testing", "service", "draining", "out",
	NULL };
static const struct field relay_fields[] = {
	{ "name", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(relay, name), .help = "the relay's name" },
	{ "addresses", FIELD_ADDRESSES, 0, AT(relay, addresses), .most = 8,
		.help = "where clients reach it" },
	{ "port", FIELD_NUMBER, 0, AT(relay, port), 1, 65535, .standard = "443",
		.help = "the tunnel port" },
	{ "state", FIELD_CHOICE, 0, AT(relay, state), .choices = relay_states, .standard = "service",
		.help = "what the operator wants of it" },
	{ "tls", FIELD_TLS, 0, AT(relay, tls), 0, TLS_ALL, .standard = "none",
		.help = "TLS versions it speaks, until something better is observed" },
	{ "weight", FIELD_NUMBER, 0, AT(relay, weight), 0, 10000, .standard = "100",
		.help = "its share beside the others of a pool; 0 gives it none" },
	{ "allow_private", FIELD_FLAG, FIELD_DETAIL, AT(relay, allow_private), 0, 1, .standard = "0",
		.help = "its heartbeats may give it addresses that are not public" },
	{ "since", FIELD_TIME, FIELD_DETAIL | FIELD_UNLOGGED, AT(relay, since), .help = "when its state last changed" },
	{ "note", FIELD_TEXT, FIELD_DETAIL, AT(relay, note), .help = "a word to the next operator" },
	{ "token", FIELD_BLOB, FIELD_HIDDEN | FIELD_UNLOGGED, AT(relay, token), .help = "keyed hash of its token" },
};
const struct kind relay_kind = KIND(relay, relay_fields, LOG_OBJECT);

static const char *const certificate_uses[] = { "unknown", "serves", "foreign", NULL };
static const char *const healths[] = { "unknown", "up", "down", NULL };
static const struct field observation_fields[] = {
	{ "relay", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(observation, relay), .help = "the relay" },
	{ "observer", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(observation, observer),
		.help = "who saw it" },
	{ "health", FIELD_CHOICE, 0, AT(observation, health), .choices = healths,
		.standard = "unknown", .help = "whether it answered" },
	{ "tls", FIELD_TLS, 0, AT(observation, tls), 0, TLS_ALL, .standard = "none",
		.help = "TLS versions that were seen to work; none if not looked at" },
	{ "pings", FIELD_WORDS, FIELD_DETAIL, AT(observation, pings),
		.help = "forms of the ping that it answers (a release's --ping); empty if not looked at" },
	{ "overloaded", FIELD_FLAG, 0, AT(observation, overloaded), 0, 1, .standard = "0",
		.help = "it asks new clients to go elsewhere" },
	{ "load", FIELD_NUMBER, FIELD_UNLOGGED, AT(observation, load), 0, INT64_C(1) << 40, .standard = "0",
		.help = "tunnels that it carries" },
	{ "version", FIELD_TEXT, FIELD_DETAIL | FIELD_UNLOGGED, AT(observation, version), .help = "its software" },
	{ "uuid", FIELD_TEXT, FIELD_DETAIL | FIELD_UNLOGGED, AT(observation, uuid),
		.help = "X-PageKite-UUID: changes when it restarts" },
	{ "down", FIELD_ADDRESSES, FIELD_DETAIL, AT(observation, down), .most = 8,
		.help = "of its addresses, those that do not answer" },
	{ "names", FIELD_PATTERNS, FIELD_DETAIL | FIELD_UNLOGGED, AT(observation, names),
		.help = "the names in its certificate" },
	{ "expires", FIELD_TIME, FIELD_DETAIL | FIELD_UNLOGGED, AT(observation, expires),
		.help = "when its certificate does" },
	{ "certificate", FIELD_CHOICE, FIELD_DETAIL, AT(observation, certificate), .choices = certificate_uses,
		.standard = "unknown", .help = "whether clients of any zone here accept its certificate" },
	{ "reason", FIELD_TEXT, FIELD_DETAIL | FIELD_QUIET, AT(observation, reason),
		.help = "what was seen, in words" },
	{ "at", FIELD_TIME, FIELD_UNLOGGED, AT(observation, at), .help = "when, by the observer's clock" },
	{ "heard", FIELD_TIME, FIELD_DETAIL | FIELD_UNLOGGED, AT(observation, heard), .help = "and by the registry's" },
};
const struct kind observation_kind = KIND(observation, observation_fields, LOG_OBJECT);

static const char *const families[] = { "4", "6", "46", NULL };
static const char *const pings[] = { "ping-1.0", "head-1.0", "head-ping-1.1", "get-ping-1.1",
	"get-ping-1.0", NULL };
static const struct field release_fields[] = {
	{ "product", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(release, product),
		.help = "the client program" },
	{ "version", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(release, version),
		.help = "its version" },
	{ "pools", FIELD_WORDS, FIELD_NEEDED, AT(release, pools), .help = "the labels that it looks up" },
	{ "tls", FIELD_TLS, FIELD_NEEDED, AT(release, tls), 1, TLS_ALL,
		.help = "TLS versions it can speak" },
	{ "families", FIELD_CHOICE, 0, AT(release, families), .choices = families, .standard = "46",
		.help = "address families it can use" },
	{ "ping", FIELD_CHOICE, 0, AT(release, ping), .choices = pings, .standard = "head-ping-1.1",
		.help = "how it measures a relay" },
	{ "clients", FIELD_NUMBER, FIELD_DETAIL, AT(release, clients), 0, INT64_C(1) << 40, .standard = "0",
		.help = "how many there are of it, as relays told; counts where no relay suits all" },
	{ "note", FIELD_TEXT, FIELD_DETAIL, AT(release, note), .help = "a word to the next operator" },
};
const struct kind release_kind = KIND(release, release_fields, LOG_OBJECT);

static const char *const tombstones[] = { "members", "successor", "empty", NULL };
static const char *const pool_states[] = { "open", "frozen", "shrinking", "retired", NULL };
static const struct field pool_fields[] = {
	{ "label", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(pool, label),
		.help = "the label, in every zone" },
	{ "state", FIELD_CHOICE, 0, AT(pool, state), .choices = pool_states, .standard = "open",
		.help = "where it is in its life" },
	{ "tls", FIELD_TLS, 0, AT(pool, tls), 0, TLS_ALL, .standard = "none",
		.help = "TLS versions of which a member must speak one; none: what its releases need" },
	{ "ttl", FIELD_NUMBER, 0, AT(pool, ttl), 1, 86400, .standard = "300", .help = "TTL, seconds" },
	{ "answers", FIELD_NUMBER, 0, AT(pool, answers), 1, 25, .standard = "8",
		.help = "addresses in an answer at most" },
	{ "note", FIELD_TEXT, FIELD_DETAIL, AT(pool, note), .help = "a word to the next operator" },
	{ "least", FIELD_NUMBER, FIELD_DETAIL, AT(pool, least), 1, 10000, .standard = "1",
		.help = "with fewer members that look well, all compatible ones are given out" },
	{ "open_below", FIELD_NUMBER, FIELD_DETAIL, AT(pool, open_below), 0, 100, .standard = "25",
		.help = "the same, when fewer than so many percent of them look well; 0: never" },
	{ "certificate", FIELD_FLAG, FIELD_DETAIL, AT(pool, certificate), 0, 1, .standard = "0",
		.help = "a member's certificate must be one that clients of a zone here accept" },
	{ "size", FIELD_NUMBER, FIELD_DETAIL, AT(pool, size), 0, 10000, .standard = "0",
		.help = "members at most; 0: all that are compatible" },
	{ "roster", FIELD_WORDS, FIELD_DETAIL, AT(pool, roster),
		.help = "while frozen or shrinking: the relays that may be members" },
	{ "successor", FIELD_WORD, FIELD_DETAIL, AT(pool, successor),
		.help = "the pool that its clients can use, too" },
	{ "tombstone", FIELD_CHOICE, FIELD_DETAIL, AT(pool, tombstone), .choices = tombstones,
		.standard = "members", .help = "what it answers once it is retired" },
	{ "shrink_from", FIELD_NUMBER, FIELD_DETAIL, AT(pool, shrink_from), 0, 10000, .standard = "0",
		.help = "members when it began to shrink" },
	{ "shrink_to", FIELD_NUMBER, FIELD_DETAIL, AT(pool, shrink_to), 0, 10000, .standard = "0",
		.help = "members in the end" },
	{ "shrink_start", FIELD_TIME, FIELD_DETAIL, AT(pool, shrink_start), .help = "when it began" },
	{ "shrink_by", FIELD_TIME, FIELD_DETAIL, AT(pool, shrink_by), .help = "when it is to be there" },
	{ "shrink_size", FIELD_NUMBER, FIELD_DETAIL, AT(pool, shrink_size), 0, 10000, .standard = "0",
		.help = "the size that it had before" },
	{ "shrunk", FIELD_TIME, FIELD_DETAIL, AT(pool, shrunk), .help = "when the last step was taken" },
	{ "paused", FIELD_TEXT, FIELD_DETAIL, AT(pool, paused), .help = "why its next step waits" },
	{ "brownout", FIELD_NUMBER, FIELD_DETAIL, AT(pool, brownout), 0, 100, .standard = "0",
		.help = "percent of client networks that get the successor's answer" },
	{ "brownout_from", FIELD_TIME, FIELD_DETAIL, AT(pool, brownout_from), .help = "from when" },
	{ "brownout_until", FIELD_TIME, FIELD_DETAIL, AT(pool, brownout_until), .help = "and until when" },
};
const struct kind pool_kind = KIND(pool, pool_fields, LOG_OBJECT);

static const char *const verdicts[] = { "include", "exclude", NULL };
static const struct field rule_fields[] = {
	{ "pool", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(rule, pool), .help = "the pool" },
	{ "relay", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(rule, relay), .help = "the relay" },
	{ "verdict", FIELD_CHOICE, 0, AT(rule, verdict), .choices = verdicts, .standard = "include",
		.help = "in or out, whatever the pool requires" },
	{ "note", FIELD_TEXT, 0, AT(rule, note), .help = "why" },
};
const struct kind rule_kind = KIND(rule, rule_fields, LOG_OBJECT);

static const char *const roles[] = { "client", "operator", NULL };
static const struct field account_fields[] = {
	{ "name", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(account, name), .help = "the account" },
	{ "hosts", FIELD_PATTERNS, 0, AT(account, hosts),
		.help = "the hosts that it may update: NAME, or *.NAME for all below it" },
	{ "role", FIELD_CHOICE, 0, AT(account, role), .choices = roles, .standard = "client",
		.help = "an operator may read the HTTP status interface" },
	{ "allow_private", FIELD_FLAG, 0, AT(account, allow_private), 0, 1, .standard = "0",
		.help = "may publish addresses that are not public" },
	{ "blocked", FIELD_FLAG, 0, AT(account, blocked), 0, 1, .standard = "0",
		.help = "its updates are answered with abuse" },
	{ "suspended", FIELD_FLAG, 0, AT(account, suspended), 0, 1, .standard = "0",
		.help = "blocked, and its hosts have no addresses and its kites no tunnels" },
	{ "quota", FIELD_NUMBER, 0, AT(account, quota), 0, 1000000, .standard = "0",
		.help = "hosts that it may own and make more; 0: as windsock-updater's hosts-each says" },
	{ "network", FIELD_NETWORKS, FIELD_DETAIL, AT(account, network),
		.help = "the network that registered it, as acme-dns has it" },
	{ "token", FIELD_BLOB, FIELD_HIDDEN, AT(account, token), .help = "keyed hash of its token" },
};
const struct kind account_kind = KIND(account, account_fields, LOG_OBJECT);

static const struct field host_fields[] = {
	{ "name", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(host, name), .help = "the dynamic name" },
	{ "account", FIELD_WORD, 0, AT(host, account), .help = "its owner" },
	{ "addresses", FIELD_ADDRESSES, 0, AT(host, addresses), .most = ADDRESS_LIST_MOST,
		.help = "what it answers" },
	{ "ttl", FIELD_NUMBER, 0, AT(host, ttl), 1, 86400, .standard = "60", .help = "TTL, seconds" },
	{ "updated", FIELD_TIME, FIELD_UNLOGGED, AT(host, updated), .help = "when its addresses last changed" },
	{ "suspended", FIELD_FLAG, FIELD_DETAIL, AT(host, suspended), 0, 1, .standard = "0",
		.help = "it has no addresses, and its kite no tunnel; follows its account's" },
	{ "quota_kb", FIELD_NUMBER, FIELD_DETAIL, AT(host, quota_kb), -1, 4000000000, .standard = "0",
		.help = "kilobytes that its kite may carry yet; 0: no limit, -1: none" },
	{ "quota_days", FIELD_NUMBER, FIELD_DETAIL, AT(host, quota_days), -1, 65534, .standard = "0",
		.help = "days that its kite may fly yet; 0: no limit, -1: none" },
	{ "quota_conns", FIELD_NUMBER, FIELD_DETAIL, AT(host, quota_conns), -1, 65534, .standard = "0",
		.help = "connections at once to its kite; 0: no limit, -1: none" },
	{ "secret", FIELD_BLOB, FIELD_HIDDEN, AT(host, secret), .help = "PageKite secret, sealed" },
	{ "sign", FIELD_BLOB, FIELD_HIDDEN | FIELD_UNLOGGED, AT(host, sign), .help = "the signature in force, hashed" },
};
const struct kind host_kind = KIND(host, host_fields, LOG_FOLLOWED);

static const struct field signature_fields[] = {
	{ "host", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(signature, host), .help = "the host" },
	{ "digest", FIELD_BLOB, FIELD_KEY | FIELD_NEEDED | FIELD_HIDDEN, AT(signature, digest),
		.help = "a signature that was used, hashed" },
};
const struct kind signature_kind = KIND(signature, signature_fields, LOG_NONE);

static const char *const algorithms[] = { "hmac-sha256", "hmac-sha384", "hmac-sha512", NULL };
static const struct field tsig_fields[] = {
	{ "name", FIELD_NAME, FIELD_KEY | FIELD_NEEDED, AT(tsig, name), .help = "the key's name" },
	{ "algorithm", FIELD_CHOICE, 0, AT(tsig, algorithm), .choices = algorithms,
		.standard = "hmac-sha256", .help = "its algorithm" },
	{ "account", FIELD_WORD, 0, AT(tsig, account), .help = "in whose name it updates" },
	{ "transfer", FIELD_FLAG, 0, AT(tsig, transfer), 0, 1, .standard = "0",
		.help = "may transfer zones" },
	{ "types", FIELD_WORDS, FIELD_DETAIL, AT(tsig, types), .help = "the types that it may update; empty for all" },
	{ "names", FIELD_PATTERNS, FIELD_DETAIL | FIELD_UNLOGGED, AT(tsig, names),
		.help = "the names: NAME, *.NAME for all below it, LABEL.* for all that begin so; empty for all" },
	{ "note", FIELD_TEXT, FIELD_DETAIL, AT(tsig, note), .help = "a word to the next operator" },
	{ "secret", FIELD_BLOB, FIELD_HIDDEN, AT(tsig, secret), .help = "its secret, sealed" },
	{ "former", FIELD_BLOB, FIELD_HIDDEN, AT(tsig, former), .help = "the secret before, sealed" },
	{ "former_until", FIELD_TIME, FIELD_DETAIL | FIELD_UNLOGGED, AT(tsig, former_until), .help = "until when the secret before is good, too" },
};
const struct kind tsig_kind = KIND(tsig, tsig_fields, LOG_OBJECT);

static const struct field secondary_fields[] = {
	{ "name", FIELD_WORD, FIELD_KEY | FIELD_NEEDED, AT(secondary, name), .help = "a name for it" },
	{ "address", FIELD_ADDRESSES, FIELD_NEEDED, AT(secondary, address), .most = 1,
		.help = "where it listens" },
	{ "port", FIELD_NUMBER, 0, AT(secondary, port), 1, 65535, .standard = "53",
		.help = "the port of its DNS" },
	{ "tsig", FIELD_OPTIONAL_NAME, 0, AT(secondary, tsig), .help = "the key that signs what it is told" },
	{ "note", FIELD_TEXT, FIELD_DETAIL, AT(secondary, note), .help = "a word to the next operator" },
};
const struct kind secondary_kind = KIND(secondary, secondary_fields, LOG_OBJECT);

static const struct field reader_fields[] = {
	{ "name", FIELD_TEXT, FIELD_KEY | FIELD_NEEDED, AT(reader, name), .help = "who reads" },
	{ "revision", FIELD_NUMBER, 0, AT(reader, revision), 0, INT64_MAX, .help = "how far" },
	{ "at", FIELD_TIME, 0, AT(reader, at), .help = "when it was last heard of" },
};
const struct kind reader_kind = KIND(reader, reader_fields, LOG_NONE);

const struct kind *const model_kinds[] = { &zone_kind, &record_kind, &relay_kind, &observation_kind,
	&pool_kind, &release_kind, &rule_kind, &account_kind, &host_kind, &signature_kind,
	&tsig_kind, &secondary_kind, NULL };

const struct kind *model_kind(const char *name)
{
	for (const struct kind *const *kind = model_kinds; *kind != NULL; kind++)
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	return NULL;
}

const struct field *kind_field(const struct kind *kind, const char *name, size_t length)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if (strlen(f->name) == length && memcmp(f->name, name, length) == 0)
			return f;
	return NULL;
}

static const void *member(const struct field *field, const void *row)
{
	return (const char *)row + field->offset;
}

const char *field_text(const struct field *field, const void *row)
{
	const char *text;
	memcpy(&text, member(field, row), sizeof text);
	return text == NULL ? "" : text;
}

int64_t field_number(const struct field *field, const void *row)
{
	int64_t number;
	memcpy(&number, member(field, row), sizeof number);
	return number;
}

struct blob field_blob(const struct field *field, const void *row)
{
	struct blob blob;
	memcpy(&blob, member(field, row), sizeof blob);
	return blob;
}

void field_put_text(const struct field *field, void *row, const char *text)
{
	memcpy((char *)row + field->offset, &text, sizeof text);
}

void field_put_number(const struct field *field, void *row, int64_t number)
{
	memcpy((char *)row + field->offset, &number, sizeof number);
}

void field_put_blob(const struct field *field, void *row, struct blob blob)
{
	memcpy((char *)row + field->offset, &blob, sizeof blob);
}

bool field_is_number(const struct field *field)
{
	switch (field->kind) {
	case FIELD_NUMBER:
	case FIELD_FLAG:
	case FIELD_TIME:
	case FIELD_CHOICE:
	case FIELD_TLS:
	case FIELD_TYPE:
		return true;
	default:
		return false;
	}
}

int row_standard(const struct kind *kind, void *row, struct arena *arena, struct error *e)
{
	memset(row, 0, kind->size);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		int outcome = f->standard == NULL ? DONE : field_read(f, f->standard, row, arena, e);
		if (outcome != DONE)
			return outcome;
		if (f->standard == NULL && f->kind != FIELD_BLOB && !field_is_number(f))
			field_put_text(f, row, "");
	}
	return DONE;
}

void row_cite(const struct kind *kind, const void *row, struct text *out)
{
	text_add(out, kind->name);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if ((f->flags & FIELD_KEY) == 0 || f->kind == FIELD_BLOB)
			continue;
		text_add(out, " ");
		field_write(f, row, out);
	}
}

int row_copy(const struct kind *kind, const void *row, void *copy, struct arena *arena,
	struct error *e)
{
	memmove(copy, row, kind->size);
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		if (f->kind == FIELD_BLOB) {
			struct blob blob = field_blob(f, row);
			void *bytes = blob.size == 0 ? NULL : arena_bytes(arena, blob.size);
			if (blob.size > 0 && bytes == NULL)
				return fail(e, FAILED, "out of memory");
			if (blob.size > 0)
				memcpy(bytes, blob.data, blob.size);
			field_put_blob(f, copy, (struct blob){ bytes, blob.size });
		} else if (!field_is_number(f)) {
			char *text = arena_text(arena, field_text(f, row));
			if (text == NULL)
				return fail(e, FAILED, "out of memory");
			field_put_text(f, copy, text);
		}
	}
	return DONE;
}
