/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as messages that answer an AXFR, each behind two octets of length: what is taken is within bounds, and a
 * transfer is done only behind a second SOA. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/axfr.h"

enum { ID = 0x1234 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "oracle: %s\n", what);
	abort();
}

static int take(const struct axfr_record *record, void *context, struct error *e)
{
	size_t *count = context;
	char text[NAME_TEXT];
	(void)e;
	must(name_size(record->owner.wire, record->owner.size) == record->owner.size, "an owner is whole");
	must(name_write(record->owner.wire, text) > 0, "and has a text");
	must(record->rdata.size <= 65535, "RDATA is within bounds");
	++*count;
	return DONE;
}

static void transfer(const struct tsig_key *key, const uint8_t *data, size_t size)
{
	uint8_t question[AXFR_QUESTION];
	struct axfr a;
	struct name zone;
	struct error e;
	size_t count = 0;
	must(name_read("example", &zone, &e) == DONE, "a name");
	must(axfr_begin(&a, &zone, key, ID, 1, question, take, &count) <= sizeof question, "the question has room");
	int outcome = DONE;
	while (size >= 2 && outcome == DONE && !a.done) {
		size_t length = (size_t)data[0] << 8 | data[1];
		length = length > size - 2 ? size - 2 : length;
		outcome = axfr_take(&a, data + 2, length, 1, &e);
		must(outcome == DONE || outcome == REFUSED, "an outcome that is documented");
		data += 2 + length;
		size -= 2 + length;
	}
	must(!a.done || (outcome == DONE && count > 0), "what is done has an SOA");
	must(key == NULL || !a.done, "nobody has the key");
	axfr_end(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tsig_key key = { .name = { .size = 3, .wire = "\1k" }, .secret_size = 16 };
	transfer(NULL, data, size);
	transfer(&key, data, size);
	return 0;
}
