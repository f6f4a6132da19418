/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificates that clients are shown, by the names that they ask for (RFC 6066 section 3): those of a directory, which
 * is looked at each second, so that one that was renewed is shown from then on. The loop looks; any thread may ask. */
#ifndef UPDATER_CERTIFICATES_H
#define UPDATER_CERTIFICATES_H

#include <openssl/types.h>
#include <pthread.h>
#include <stdbool.h>

#include "lib/arena.h"
#include "lib/tls_server.h"

enum {
	CERTIFICATES_MOST = 1000,
	CERTIFICATE_FILE = 256, /* octets of a name in the directory */
};

/* What of a file tells that it is another one now. */
struct file_mark {
	int64_t changed, size, inode;
};

struct certificate {
	char file[CERTIFICATE_FILE]; /* in the directory, without its ending */
	struct file_mark marks[2];   /* of the chain and the key, as they were when they were read last */
	struct tls_identity identity; /* empty: it never could be read */
	int64_t expires;             /* date */
	char *names;                 /* as lib/certificate.h has them, a space between */
	unsigned failed;             /* looks in a row at which it could not be read, or was not there */
	bool seen;                   /* in the look that is under way */
	char trouble[ERROR_TEXT];    /* why what is in the files now cannot be used; "" when it is */
};

/* A name, and whose it is. */
struct certificate_name {
	const char *name;
	const struct certificate *certificate;
};

struct certificates {
	const char *directory;
	struct certificate **list; /* in the order of their files, but for the newest */
	size_t count, room, sorted;
	int64_t looked;            /* ticks */
	char trouble[ERROR_TEXT];  /* of the directory; "" when there is none */
	pthread_mutex_t lock;      /* over what follows, and the identities: threads look there */
	struct certificate_name *names; /* in order */
	size_t name_count, name_room;
	const struct certificate *standard; /* for all other names: NULL when there is none at all */
	struct arena texts;        /* the names */
};

/* Reads a directory, which has for each certificate NAME.pem, or NAME.pem or NAME.crt beside NAME.key, or a folder NAME with
 * fullchain.pem and privkey.pem. Which names it is for, it says itself; the one called `default`, or else the first, is for
 * all others. REFUSED when the directory cannot be read; that one in it cannot be used is only logged. DIRECTORY
 * stays the caller's. */
int certificates_open(struct certificates *, const char *directory, struct error *);
void certificates_close(struct certificates *);

/* Takes up what is new, if the last look is a second ago; NOW in ticks. Of what cannot be read, or is half there, the old
 * one stays, and that is said once. */
void certificates_look(struct certificates *, int64_t now);

/* How many have something amiss. */
size_t certificates_troubled(const struct certificates *);

/* The one for a name in any case, with or without the final dot: its own, else that of the wildcard above it, else the one
 * for all others; NULL when there is none. NAME may be NULL. With the lock, and until it is given up. */
const struct certificate *certificates_find(const struct certificates *, const char *name);

/* Lets a session that has begun show the one for the name that its client asks for. False when there is none. Any thread. */
bool certificates_show(struct certificates *, SSL *);

#endif
