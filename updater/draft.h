/* SPDX-License-Identifier: BSD-2-Clause */
/* What names of a zone hold, while a dynamic update (RFC 2136) is checked and applied: read from the registry when
 * first looked at, changed in memory, and written only once nothing can be refused any more. So an update is whole or
 * not at all, though many share a transaction. */
#ifndef UPDATER_DRAFT_H
#define UPDATER_DRAFT_H

#include "updater/grant.h"
#include "updater/updater.h"

/* A record of static data as it was and as it will be. */
struct draft_record {
	struct record row; /* its TTL as it will be */
	int64_t ttl;       /* as it was */
	bool was, is;
};

struct draft_name {
	struct draft_name *next;
	const char *name;
	struct draft_record *records;
	size_t count, room;
	bool pool, is_host; /* a pool's label; a host there is */
	struct host host;   /* if is_host, or once it is fresh */
	bool fresh;         /* to be made */

	/* What updater/update_policy.c has found. */
	bool mine, registered, roomy; /* the account's; by acme-dns's /register; not too much below this host */
	enum grant grant;             /* of a host that is the account's */
	const char *addresses; /* the host's as they will be; NULL: nobody looked at them yet */
	const char *members; /* what a pool answers here; NULL: none does, or nobody asked (updater/draft_pool.c) */
};

struct draft {
	struct updater *updater;
	struct exchange *exchange;
	struct zone zone;
	struct draft_name *names;
	size_t name_count;
	struct error *error;
};

/* The zone of exactly this name: ABSENT when it is not ours. */
int draft_begin(struct draft *, struct updater *, struct exchange *, const char *zone, struct error *);

/* A name at or below the apex. */
int draft_name(struct draft *, const char *name, struct draft_name **);

/* Whether DNS answers the name with records of a TYPE, or of any if that is 0, as things stand in the draft: static
 * ones, a host's or a pool's addresses, the apex's SOA and what signing makes of it. */
int draft_has(struct draft *, struct draft_name *, uint16_t type, bool *has);

/* What a pool answers at the name, if one does, into its members. */
int draft_pool(struct draft *, struct draft_name *);

/* The RDATA of the SOA as DNS answers it, with the serial of what is written so far (updater/draft_soa.c). */
int draft_soa(struct draft *, struct blob *rdata);

/* The records of a type: static ones, the SOA, or a host's or a pool's addresses made into such (the exchange's arena's).
 * REFUSED for those that are made by the signer. */
int draft_records(struct draft *, struct draft_name *, uint16_t type, struct blob **rdatas, size_t *count);

/* The changes of RFC 2136 section 3.4.2, static data only. */
int draft_add(struct draft *, struct draft_name *, uint16_t type, uint32_t ttl, struct blob rdata);
void draft_delete(const struct draft *, struct draft_name *, uint16_t type);     /* an RRset; 0: all */
void draft_delete_one(const struct draft *, struct draft_name *, uint16_t type, struct blob rdata);

/* The same of a host's addresses. REFUSED when there are too many. */
int draft_add_address(struct draft *, struct draft_name *, uint16_t type, struct blob rdata);
int draft_delete_address(struct draft *, struct draft_name *, uint16_t type, struct blob rdata); /* empty: all */

/* REFUSED when what is drafted cannot stand in a zone. */
int draft_check(struct draft *);

/* Whether anything is to be written; of one name; of its host; whether static data is to be added there. */
bool draft_name_changes(const struct draft_name *);
bool draft_host_changes(const struct draft_name *);
bool draft_name_grows(const struct draft_name *);
bool draft_changes(const struct draft *);

/* Writes it, once the actor has been named. */
int draft_write(struct draft *);

#endif
