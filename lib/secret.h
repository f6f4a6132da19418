/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys, tokens and sealed secrets. Comparisons here take the same time whatever the bytes are. */
#ifndef LIB_SECRET_H
#define LIB_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/blob.h"

enum {
	KEY_SIZE = 32,
	TOKEN_HASH = 32,
	TOKEN_TEXT = 40,    /* "ws_", 32 hexadecimal digits, NUL */
	SECRET_MOST = 255,  /* octets of a PageKite secret */
	SEAL_EXTRA = 1 + 12 + 16, /* form, nonce, tag */
};

/* The keys of one registry, derived from the one in its key file. They never enter the database.
 * Read-only once loaded; any thread. */
struct keys {
	uint8_t token[KEY_SIZE];  /* for the keyed hashes of tokens */
	uint8_t seal[KEY_SIZE];   /* AES-256-GCM over PageKite secrets */
	uint8_t cookie[KEY_SIZE]; /* DNS cookies; the first 16 octets are SipHash's key */
};

/* Reads the key file. ABSENT when there is none; REFUSED when others may read it or it is not 64
 * hexadecimal digits. */
int keys_load(const char *path, struct keys *, struct error *);

/* Makes the key file of a registry, durably, for the registry's owner (lib/owner.h). EXISTS when there is one. */
int keys_make(const char *path, const char *registry, struct error *);

/* Keeps what stands there out of swap space and core dumps, as far as the limit on locked memory allows (getrlimit(2)). */
void secret_keep(void *bytes, size_t size);

void secret_forget(void *bytes, size_t size);
bool secret_equal(const void *a, const void *b, size_t size);

/* FAILED only when the system has no randomness. */
int secret_random(void *bytes, size_t size, struct error *);

/* A new token of 128 random bits; TEXT has room for TOKEN_TEXT. */
int token_make(char *text, struct error *);

/* The keyed hash under which a token or password is stored. */
void token_hash(const struct keys *, const char *token, size_t length, uint8_t hash[TOKEN_HASH]);

/* Whether TOKEN is the one whose hash is stored; takes the same time whatever the answer. An empty stored hash matches
 * nothing. */
bool token_matches(const struct keys *, const char *token, size_t length, struct blob stored);

/* Seals a secret for the host NAME: only under the same key and name it opens again. The result is
 * the arena's. */
int secret_seal(const struct keys *, const char *name, const void *secret, size_t size,
	struct arena *, struct blob *sealed, struct error *);

/* Opens it into SECRET, which has room for SECRET_MOST. REFUSED when key, name or bytes differ. */
int secret_open(const struct keys *, const char *name, struct blob sealed, uint8_t *secret,
	size_t *size, struct error *);

#endif
