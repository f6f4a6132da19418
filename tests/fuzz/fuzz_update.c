/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets as an UPDATE: what is taken is in normal form, and what answers can be read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/message.h"
#include "wire/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "oracle: %s\n", what);
	abort();
}

static void check_records(const struct update_record *records, size_t count)
{
	struct name again;
	for (size_t i = 0; i < count; i++) {
		must(name_read(records[i].owner, &again, NULL) == DONE, "an owner can be read again");
		must(name_equal(&again, &records[i].name), "and is the same");
		must(records[i].rdata.size <= 65535, "RDATA is within bounds");
	}
}

/* The RDATA in normal form is its own normal form. */
static void check_normal(const struct update_record *record)
{
	struct arena arena = { 0 };
	struct blob again;
	struct error e;
	if (record->rdata.data != NULL) {
		must(message_rdata(record->rdata.data, 0, record->rdata.size, record->type, LOWER, &arena, &again, &e) == DONE,
			"RDATA can be read again");
		must(again.size == record->rdata.size
				&& (again.size == 0 || memcmp(again.data, record->rdata.data, again.size) == 0),
			"and is the same");
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct update_message m;
	struct error e;
	uint8_t answer[UPDATE_ANSWER];
	int outcome = update_read(data, size, &arena, &m, &e);
	must(outcome == DONE || outcome == REFUSED, "an outcome that is documented");
	if (outcome == DONE) {
		check_records(m.prerequisites, m.prerequisite_count);
		check_records(m.updates, m.update_count);
		for (size_t i = 0; i < m.update_count; i++)
			check_normal(&m.updates[i]);
		update_outside(&m);
	}
	bool tsig = update_has_tsig(data, size);
	must(!tsig || size > HEADER_SIZE, "what is signed has something to be signed");
	if (size >= HEADER_SIZE) {
		size_t length = update_answer(data, size, RCODE_REFUSED, true, EXTENDED_PROHIBITED, "why", answer);
		must(length >= HEADER_SIZE + 11 + 9 && length <= UPDATE_ANSWER, "an answer is within bounds");
		must((answer[2] & 0x80) != 0 && memcmp(answer, data, 2) == 0, "and is this question's");
	}
	arena_free(&arena);
	return 0;
}
