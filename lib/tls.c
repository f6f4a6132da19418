/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of TLS versions, and sets of them as text. */
#include "lib/tls.h"

#include <stdbool.h>
#include <string.h>

#include "lib/text.h"

static const char *const version_names[TLS_VERSIONS] = { "ssl3", "1.0", "1.1", "1.2", "1.3" };

static int version_index(const char *word, size_t length)
{
	for (int i = 0; i < TLS_VERSIONS; i++)
		if (strlen(version_names[i]) == length && memcmp(version_names[i], word, length) == 0)
			return i;
	return -1;
}

int tls_read(const char *text, tls_set *set, struct error *e)
{
	tls_set found = 0;
	size_t length;
	if (strcmp(text, "none") == 0) {
		*set = 0;
		return DONE;
	}
	const char *rest = text;
	for (const char *word; (word = text_word(&rest, ", ", &length)) != NULL;) {
		const char *dash = memchr(word, '-', length);
		size_t head = dash == NULL ? length : (size_t)(dash - word);
		size_t tail = dash == NULL ? 0 : length - head - 1;
		int low = head == 0 ? 0 : version_index(word, head);
		int high = dash == NULL ? low : tail == 0 ? TLS_VERSIONS - 1 : version_index(dash + 1, tail);
		if (low < 0 || high < low || (head == 0 && tail == 0))
			return fail(e, REFUSED,
				"'%.*s' is not a TLS version or range: write ssl3, 1.0, 1.1, 1.2, 1.3 or ssl3-1.0",
				(int)(length < 40 ? length : 40), word);
		for (int i = low; i <= high; i++)
			found |= (tls_set)(1u << i);
	}
	if (found == 0)
		return fail(e, REFUSED, "no TLS version was given: write ssl3, 1.0, 1.1, 1.2, 1.3 or ssl3-1.0");
	*set = found;
	return DONE;
}

void tls_write(tls_set set, char *text)
{
	char *t = text;
	for (int low = 0; low < TLS_VERSIONS; low++) {
		if ((set >> low & 1) == 0)
			continue;
		int high = low;
		while (high + 1 < TLS_VERSIONS && (set >> (high + 1) & 1) != 0)
			high++;
		if (t != text)
			*t++ = ',';
		t = stpcpy(t, version_names[low]);
		if (high > low) {
			*t++ = '-';
			t = stpcpy(t, version_names[high]);
		}
		low = high;
	}
	if (t == text)
		strcpy(text, "none");
}
