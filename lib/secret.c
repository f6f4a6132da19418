/* SPDX-License-Identifier: BSD-2-Clause */
/* The key file, tokens and their hashes, secrets sealed and opened, by OpenSSL. */
#include "lib/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/digest.h"
#include "lib/owner.h"
#include "lib/text.h"

enum { SEAL_FORM = 1, NONCE = 12, TAG = 16 };

static void derive(const uint8_t master[KEY_SIZE], const char *purpose, uint8_t key[KEY_SIZE])
{
	digest_hmac(master, purpose, strlen(purpose), key);
}

int keys_load(const char *path, struct keys *keys, struct error *e)
{
	char text[2 * KEY_SIZE + 2] = { 0 };
	uint8_t master[KEY_SIZE];
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return fail(e, ABSENT, "there is no key file %s: make one with 'windsock init'", path);
	ssize_t size = fd < 0 || fstat(fd, &info) != 0 ? -1 : read(fd, text, sizeof text - 1);
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (size < 0)
		return fail(e, FAILED, "key file %s: %s", path, strerror(why));
	if ((info.st_mode & 07) != 0)
		return fail(e, REFUSED, "key file %s may be read by everybody: chmod o= it", path);
	if (size == 2 * KEY_SIZE + 1 && text[size - 1] == '\n')
		size--;
	if (size != 2 * KEY_SIZE || !hex_read(text, (size_t)size, master, KEY_SIZE))
		return fail(e, REFUSED, "key file %s: wanted 64 hexadecimal digits", path);
	derive(master, "windsock token", keys->token);
	derive(master, "windsock seal", keys->seal);
	derive(master, "windsock cookie", keys->cookie);
	secret_forget(master, sizeof master);
	secret_forget(text, sizeof text);
	return DONE;
}

int keys_make(const char *path, const char *registry, struct error *e)
{
	uint8_t master[KEY_SIZE];
	char text[2 * KEY_SIZE + 1];
	int outcome = secret_random(master, sizeof master, e);
	if (outcome != DONE)
		return outcome;
	int fd;
	outcome = owner_make(path, registry, OWNER_SECRET, &fd, e);
	if (outcome != DONE)
		return fail_within(e, outcome, "the key file cannot be made");
	hex_write(master, sizeof master, text);
	text[sizeof text - 1] = '\n';
	outcome = owner_write(fd, path, text, sizeof text, e);
	close(fd);
	if (outcome == DONE)
		outcome = owner_keep_name(path, e);
	if (outcome != DONE)
		unlink(path);
	secret_forget(master, sizeof master);
	secret_forget(text, sizeof text);
	return outcome;
}

void secret_keep(void *bytes, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)bytes & ~(page - 1);
	size_t length = (uintptr_t)bytes + size - first;
	mlock((void *)first, length);
	madvise((void *)first, length, MADV_DONTDUMP);
}

void secret_forget(void *bytes, size_t size)
{
	OPENSSL_cleanse(bytes, size);
}

bool secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

int secret_random(void *bytes, size_t size, struct error *e)
{
	return RAND_bytes(bytes, (int)size) == 1 ? DONE : fail(e, FAILED, "no randomness to be had");
}

int token_make(char *text, struct error *e)
{
	uint8_t bits[16];
	int outcome = secret_random(bits, sizeof bits, e);
	memcpy(text, "ws_", 3);
	hex_write(bits, sizeof bits, text + 3);
	secret_forget(bits, sizeof bits);
	return outcome;
}

void token_hash(const struct keys *keys, const char *token, size_t length, uint8_t hash[TOKEN_HASH])
{
	digest_hmac(keys->token, token, length, hash);
}

bool token_matches(const struct keys *keys, const char *token, size_t length, struct blob stored)
{
	static const uint8_t nothing[TOKEN_HASH];
	uint8_t hash[TOKEN_HASH];
	token_hash(keys, token, length, hash);
	bool known = stored.size == TOKEN_HASH;
	bool equal = secret_equal(hash, known ? stored.data : nothing, TOKEN_HASH);
	return equal && known;
}

int secret_seal(const struct keys *keys, const char *name, const void *secret, size_t size,
	struct arena *arena, struct blob *sealed, struct error *e)
{
	if (size == 0 || size > SECRET_MOST)
		return fail(e, REFUSED, "a secret has 1 to %d octets, this one %zu", SECRET_MOST, size);
	uint8_t *out = arena_bytes(arena, SEAL_EXTRA + size);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int outcome = out == NULL || context == NULL ? fail(e, FAILED, "out of memory")
						     : secret_random(out + 1, NONCE, e);
	int length;
	if (outcome == DONE) {
		out[0] = SEAL_FORM;
		uint8_t *body = out + 1 + NONCE;
		if (!EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, keys->seal, out + 1)
			|| !EVP_EncryptUpdate(context, NULL, &length, (const uint8_t *)name, (int)strlen(name))
			|| !EVP_EncryptUpdate(context, body, &length, secret, (int)size)
			|| !EVP_EncryptFinal_ex(context, body + length, &length)
			|| !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, body + size))
			outcome = fail(e, FAILED, "AES-256-GCM failed");
	}
	EVP_CIPHER_CTX_free(context);
	*sealed = (struct blob){ out, SEAL_EXTRA + size };
	return outcome;
}

int secret_open(const struct keys *keys, const char *name, struct blob sealed, uint8_t *secret,
	size_t *size, struct error *e)
{
	const uint8_t *in = sealed.data;
	if (sealed.size <= SEAL_EXTRA || sealed.size > SEAL_EXTRA + SECRET_MOST || in[0] != SEAL_FORM)
		return fail(e, REFUSED, "the secret of %s is not in a form that we know", name);
	size_t body = sealed.size - SEAL_EXTRA;
	uint8_t tag[TAG];
	memcpy(tag, in + 1 + NONCE + body, TAG);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length, outcome = DONE;
	if (context == NULL)
		return fail(e, FAILED, "out of memory");
	if (!EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, keys->seal, in + 1)
		|| !EVP_DecryptUpdate(context, NULL, &length, (const uint8_t *)name, (int)strlen(name))
		|| !EVP_DecryptUpdate(context, secret, &length, in + 1 + NONCE, (int)body)
		|| !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag)
		|| !EVP_DecryptFinal_ex(context, secret + length, &length)) {
		secret_forget(secret, body);
		outcome = fail(e, REFUSED, "the secret of %s was sealed under another key", name);
	}
	EVP_CIPHER_CTX_free(context);
	*size = body;
	return outcome;
}
