/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of windsock as data: one struct a kind of object, and one table of fields a struct.
 *
 * Everything that reads or writes objects in general goes by the tables: the registry binds
 * columns by them, the command reads options and prints tables and JSON by them, export and import
 * write and read lines by them, and the HTTP interface its JSON. A new property of an object is a
 * member, a row in its table, a column in schema/, and nothing else.
 *
 * Texts and blobs in these structs are borrowed: whoever fills a struct says how long they live. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/blob.h"
#include "lib/error.h"
#include "lib/text.h"
#include "lib/tls.h"

enum field_kind {
	FIELD_NAME,      /* const char *: a domain name in normal form */
	FIELD_OPTIONAL_NAME, /* the same, or empty */
	FIELD_PATTERNS,  /* const char *: names, or *.NAME for all below, separated by a space */
	FIELD_WORD,      /* const char *: 1 to 63 of a-z 0-9 . _ - (letters in lower case) */
	FIELD_WORDS,     /* const char *: words separated by a space, each once */
	FIELD_TEXT,      /* const char *: UTF-8 without control characters, at most 500 bytes */
	FIELD_NUMBER,    /* int64_t within [least, most] */
	FIELD_FLAG,      /* int64_t 0 or 1 */
	FIELD_TIME,      /* int64_t: seconds since 1970, 0 for never */
	FIELD_CHOICE,    /* int64_t: an index into choices */
	FIELD_TLS,       /* int64_t: a tls_set */
	FIELD_ADDRESSES, /* const char *: addresses in normal form separated by a space */
	FIELD_NETWORKS,  /* const char *: networks separated by a space */
	FIELD_TYPE,      /* int64_t: an RR type, written by its mnemonic or TYPE1234 */
	FIELD_BLOB,      /* struct blob; text is base64 */
};

enum {
	FIELD_KEY = 1,     /* together, the key fields name the object */
	FIELD_NEEDED = 2,  /* may not be empty */
	FIELD_HIDDEN = 4,  /* secrets, even sealed: export only, never shown */
	FIELD_DETAIL = 8,  /* `show` and JSON, not in the table of `list` */
	FIELD_QUIET = 16,  /* the change log holds it, but when it alone changes, nothing is logged */
	FIELD_UNLOGGED = 32, /* the change log does not hold it */
};

struct field {
	const char *name; /* the column's name, the option's (with - for _) and JSON's */
	enum field_kind kind;
	uint8_t flags;
	uint16_t offset; /* in the struct */
	int64_t least, most;
	const char *const *choices; /* NULL-terminated */
	const char *standard;       /* the value of a new object, as text; NULL for empty or zero */
	const char *help;
};

/* How the change log tells of a kind's objects (registry/triggers.h). */
enum kind_log {
	LOG_NONE,     /* not at all */
	LOG_OBJECT,   /* a row a change, its fields by name; a new key's row says the former one in what was */
	LOG_FOLLOWED, /* likewise, but who reads the log goes by keys: a new key is one object less and one more */
	LOG_LIST,     /* under the first key field, all others in a list, for there may be millions */
};

struct kind {
	const char *name;
	enum kind_log log;
	const struct field *fields;
	uint8_t count;
	uint16_t size;
};

enum zone_signed { ZONE_UNSIGNED, ZONE_SIGNED, ZONE_LEAVING /* signed, until its DS is gone */ };

/* A domain that we serve. The serial is not here: it is the registry's revision. */
struct zone {
	const char *name, *primary, *contact;
	int64_t ttl, refresh, retry, expire, minimum;
	int64_t signed_; /* enum zone_signed; the word itself is C's */
};

/* One record of a zone's static data, as `zone import` took it. */
struct record {
	const char *zone, *owner;
	int64_t type, ttl;
	struct blob rdata; /* uncompressed wire form (RFC 1035 section 3.2.1) */
};

/* What the operator wants of a relay. */
enum relay_state { RELAY_INVITED, RELAY_TESTING, RELAY_SERVICE, RELAY_DRAINING, RELAY_OUT };
struct relay {
	const char *name, *addresses, *note;
	int64_t port, state, tls, weight, allow_private, since;
	struct blob token; /* keyed hash of its invitation, then of its own token */
};

/* What one observer last saw of a relay. Observers are probers and, by the name "lease", the
 * updater, which hears the relay's own heartbeats. */
enum health { HEALTH_UNKNOWN, HEALTH_UP, HEALTH_DOWN };
/* Whether clients of any zone of ours can use its certificate, and the way to it (CONNECT). */
enum certificate_use { CERTIFICATE_UNKNOWN, CERTIFICATE_SERVES, CERTIFICATE_FOREIGN };
struct observation {
	const char *relay, *observer, *version, *uuid, *reason, *pings, *names;
	const char *down; /* of the relay's addresses, those that do not answer; "" */
	int64_t health, tls, overloaded, load, expires, at;
	int64_t certificate; /* enum certificate_use */
	int64_t heard;       /* by the registry's clock; 0 where only AT is known */
};

/* A client product and version, and what it can speak. */
struct release {
	const char *product, *version, *pools, *note;
	int64_t tls, families, ping;
	int64_t clients; /* how many there are of it; 0 when nobody knows */
};

enum pool_state { POOL_OPEN, POOL_FROZEN, POOL_SHRINKING, POOL_RETIRED };
enum tombstone { TOMBSTONE_MEMBERS, TOMBSTONE_SUCCESSOR, TOMBSTONE_EMPTY };
struct pool {
	const char *label, *note;
	int64_t state, tls, ttl, answers, least, size;
	int64_t open_below;    /* percent of its relays */
	int64_t certificate;   /* 1: a member's must serve clients of ours */
	const char *roster;    /* frozen or shrinking: the relays that may be members */
	const char *successor; /* label; "" */
	int64_t tombstone;     /* what it answers once it is retired */
	int64_t shrink_from, shrink_to, shrink_start, shrink_by; /* members, members, date, date */
	int64_t shrink_size, shrunk; /* the size that it had before; the date of the last step */
	const char *paused;    /* why the schedule's next step is not taken; "" */
	int64_t brownout, brownout_from, brownout_until; /* percent of client networks, dates */
};

/* An operator's exception for one relay in one pool. */
enum rule_verdict { RULE_INCLUDE, RULE_EXCLUDE };
struct rule {
	const char *pool, *relay, *note;
	int64_t verdict;
};

struct account {
	const char *name, *hosts, *network; /* network: that registered it */
	int64_t role, allow_private, blocked, suspended;
	int64_t quota; /* hosts that it may come to own by itself; 0: the updater's setting */
	struct blob token;
};

struct host {
	const char *name, *account, *addresses;
	int64_t ttl, updated, suspended;
	int64_t quota_kb, quota_days, quota_conns; /* left to a kite; 0: no limit, -1: nothing */
	struct blob secret, sign;
};

/* The addresses that it answers. */
static inline const char *host_addresses(const struct host *host)
{
	return host->suspended != 0 ? "" : host->addresses;
}

/* A PageKite signature that was accepted once, so that it is never accepted again. */
struct signature {
	const char *host;
	struct blob digest;
};

/* A key of TSIG (RFC 8945), and what may be done with it. */
struct tsig {
	const char *name, *account, *note; /* account: in whose name updates are made; "" */
	const char *types, *names;         /* that it may update; "" for all that its account may */
	int64_t algorithm, transfer;
	struct blob secret, former; /* sealed for the name; FORMER is the one before, and good, too, */
	int64_t former_until;       /* before this date */
};

/* A name server that is told when zones change (RFC 1996). */
struct secondary {
	const char *name, *address, *tsig, *note;
	int64_t port;
};

/* How far a reader of the change log has come; the log is kept for it from there on. */
struct reader {
	const char *name;
	int64_t revision, at;
};

/* Room for a row of whatever kind. */
union any_row {
	struct zone zone;
	struct record record;
	struct relay relay;
	struct observation observation;
	struct release release;
	struct pool pool;
	struct rule rule;
	struct account account;
	struct host host;
	struct signature signature;
	struct tsig tsig;
	struct secondary secondary;
	struct reader reader;
};

extern const struct kind zone_kind, record_kind, relay_kind, observation_kind, release_kind,
	pool_kind, rule_kind, account_kind, host_kind, signature_kind, tsig_kind, secondary_kind, reader_kind;

/* All of the above that an export holds, in the order in which import can take them; NULL ends. */
extern const struct kind *const model_kinds[];

/* The kind of that name among these; NULL when it is none. */
const struct kind *model_kind(const char *name);
const struct field *kind_field(const struct kind *, const char *name, size_t length);

/* The members, read and written by a field's kind. */
const char *field_text(const struct field *, const void *row);
int64_t field_number(const struct field *, const void *row);
struct blob field_blob(const struct field *, const void *row);
void field_put_text(const struct field *, void *row, const char *);
void field_put_number(const struct field *, void *row, int64_t);
void field_put_blob(const struct field *, void *row, struct blob);
bool field_is_number(const struct field *);

/* Whether both rows have the same in the field; and what FROM has in it, carried over to TO, texts and blobs borrowed. */
bool field_same(const struct field *, const void *a, const void *b);
void field_carry(const struct field *, void *to, const void *from);

/* The field's bit in a set of a kind's fields: bit N for the Nth. */
uint64_t field_bit(const struct kind *, const struct field *);

/* Reads TEXT, checks it and stores its normal form in ROW; what it allocates is the arena's.
 * REFUSED cites the text and what was wanted. */
int field_read(const struct field *, const char *text, void *row, struct arena *, struct error *);

/* Appends the field's value as text that field_read takes. */
void field_write(const struct field *, const void *row, struct text *);

/* Sets all fields to those of a new object. */
int row_standard(const struct kind *, void *row, struct arena *, struct error *);

/* Checks a whole row as if each field had been read from text: for rows whose source is not
 * field_read, the registry's among them. REFUSED cites kind, key and field. */
int row_check(const struct kind *, const void *row, struct error *);

/* "zone b5p.us": the kind and the key fields, to cite. */
void row_cite(const struct kind *, const void *row, struct text *);

/* A copy whose texts and blobs are the arena's; FAILED when memory is out. */
int row_copy(const struct kind *, const void *row, void *copy, struct arena *, struct error *);

#endif
