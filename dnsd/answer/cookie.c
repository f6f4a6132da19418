/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the secrets of cookies, checking a client's cookie, and making the server's (RFC 9018 section 4). */
#include "dnsd/answer/cookie.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/siphash.h"
#include "lib/cursor.h"
#include "lib/secret.h"
#include "lib/text.h"

enum { VERSION_1 = 1, OLDEST = 3600, AHEAD = 300, HASH = 8, HASHED_MOST = 16 + 16 };

int cookie_secrets_read(const char *path, struct cookie_secrets *secrets, struct error *e)
{
	char line[128];
	unsigned number = 0;
	int outcome = DONE;
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return fail(e, REFUSED, "cookie secrets %s: %s", path, strerror(errno));
	secrets->count = 0;
	while (outcome == DONE && fgets(line, sizeof line, file) != NULL) {
		size_t length = strcspn(line, "\r\n");
		number++;
		if (length == 0)
			continue;
		if (secrets->count == COOKIE_SECRETS)
			outcome = fail(e, REFUSED, "%s:%u: more than %d secrets", path, number, COOKIE_SECRETS);
		else if (!hex_read(line, length, secrets->secret[secrets->count++], COOKIE_SECRET))
			outcome = fail(e, REFUSED, "%s:%u: wanted 32 hexadecimal digits", path, number);
	}
	fclose(file);
	secret_forget(line, sizeof line);
	if (outcome == DONE && secrets->count == 0)
		outcome = fail(e, REFUSED, "%s: it holds no secret", path);
	return outcome;
}

/* RFC 9018 section 4.4: over the client's part, the head of ours, and the client's address. */
static void hash(const uint8_t secret[COOKIE_SECRET], const struct address *client,
	const uint8_t *option, uint8_t out[HASH])
{
	uint8_t input[HASHED_MOST];
	size_t size = COOKIE_CLIENT + COOKIE_SERVER - HASH;
	memcpy(input, option, size);
	memcpy(input + size, client->bytes, address_size(client));
	uint64_t value = siphash(secret, input, size + address_size(client));
	memcpy(out, &value, HASH); /* little-endian, as SipHash writes its output */
}

bool cookie_good(const struct cookie_secrets *secrets, const struct address *client,
	const uint8_t *option, size_t size, uint32_t now)
{
	if (size != COOKIE_CLIENT + COOKIE_SERVER || option[COOKIE_CLIENT] != VERSION_1)
		return false;
	struct cursor c = cursor_reading(option + COOKIE_CLIENT + 4, 4);
	int32_t age = (int32_t)(now - cursor_u32(&c)); /* serial arithmetic, as section 4.3 has it */
	bool good = false;
	for (size_t i = 0; i < secrets->count; i++) {
		uint8_t wanted[HASH];
		hash(secrets->secret[i], client, option, wanted);
		good |= secret_equal(wanted, option + size - HASH, HASH);
	}
	return good && age <= OLDEST && age >= -AHEAD;
}

void cookie_make(const struct cookie_secrets *secrets, const struct address *client,
	const uint8_t part[COOKIE_CLIENT], uint32_t now, uint8_t option[COOKIE_CLIENT + COOKIE_SERVER])
{
	const uint32_t head[2] = { htonl((uint32_t)VERSION_1 << 24), htonl(now) };
	memcpy(option, part, COOKIE_CLIENT);
	memcpy(option + COOKIE_CLIENT, head, sizeof head);
	hash(secrets->secret[0], client, option, option + COOKIE_CLIENT + sizeof head);
}
