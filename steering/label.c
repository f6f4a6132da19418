/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels read as product and version, and sorted so that the nearest older one is found. */
#include "steering/label.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

/* Whether TEXT is WORD, or WORD followed by the character MORE. */
static bool begins(const char *text, const char *word, char more)
{
	size_t length = strlen(word);
	return length > 0 && strncmp(text, word, length) == 0 && (text[length] == '\0' || text[length] == more);
}

bool label_is_release(const struct release *release, const char *version)
{
	return begins(version, release->version, '.') || begins(release->version, version, '+');
}

static bool is(const char *text, size_t length, const char *other)
{
	return strlen(other) == length && memcmp(text, other, length) == 0;
}

static const char *const generic_labels[] = { "frontends", "fe", "v6frontends", "fe6" };

void label_read(const char *text, size_t length, struct label *label)
{
	*label = (struct label){ LABEL_OTHER, NULL, NULL, 0, 0 };
	if (length < 2 || (text[0] != 'f' && text[0] != 'v'))
		return;
	for (size_t i = 0; i < 4; i++)
		if (is(text, length, generic_labels[i])) {
			label->form = LABEL_GENERIC;
			return;
		}
	if (length < 3 || text[0] != 'f' || text[1] != 'e')
		return;
	enum label_form form = LABEL_PLAIN;
	size_t at = 2;
	if (length > 4 && text[3] == '_' && (text[2] == '4' || text[2] == '6')) {
		form = text[2] == '4' ? LABEL_V4 : LABEL_V6;
		at = 4;
	}
	size_t digits = at;
	while (at < length && ascii_digit(text[at]))
		at++;
	size_t letters = at;
	while (at < length && ascii_letter(text[at]))
		at++;
	if (at == length && letters > digits)
		*label = (struct label){ form, text + digits, text + letters, letters - digits,
			length - letters };
}

unsigned label_families(const char *text, size_t length)
{
	struct label label;
	label_read(text, length, &label);
	if (label.form == LABEL_V4)
		return FAMILY_4;
	if (label.form == LABEL_V6 || is(text, length, "v6frontends") || is(text, length, "fe6"))
		return FAMILY_6;
	return FAMILY_4 | FAMILY_6;
}

static int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
	size_t least = a_size < b_size ? a_size : b_size;
	int order = least == 0 ? 0 : memcmp(a, b, least);
	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_product(enum label_form form, const struct label *a, const struct label *b)
{
	if (form != b->form)
		return form < b->form ? -1 : 1;
	return compare_bytes(a->letters, a->letter_count, b->letters, b->letter_count);
}

static int compare_steps(const void *left, const void *right)
{
	const struct lattice_step *a = left, *b = right;
	int order = compare_product(a->label.form, &a->label, &b->label);
	return order != 0 ? order : compare_bytes(a->label.digits, a->label.digit_count,
		b->label.digits, b->label.digit_count);
}

int lattice_build(const struct fleet *fleet, struct arena *arena, struct lattice *lattice,
	struct error *e)
{
	*lattice = (struct lattice){ .pools = fleet->pools, .pool_count = fleet->pool_count };
	lattice->steps = arena_take(arena, (fleet->pool_count + 1) * sizeof *lattice->steps);
	if (lattice->steps == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < fleet->pool_count; i++) {
		struct lattice_step step = { .pool = i };
		label_read(fleet->pools[i].label, strlen(fleet->pools[i].label), &step.label);
		if (step.label.form > LABEL_GENERIC)
			lattice->steps[lattice->count++] = step;
	}
	if (lattice->count > 0)
		qsort(lattice->steps, lattice->count, sizeof *lattice->steps, compare_steps);
	return DONE;
}

/* Among the steps of one product: the newest that is not newer than wanted, else the oldest. */
static long nearest(const struct lattice *lattice, enum label_form form, const struct label *wanted)
{
	size_t low = 0, high = lattice->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct label *label = &lattice->steps[middle].label;
		int order = compare_product(form, wanted, label);
		if (order == 0)
			order = compare_bytes(wanted->digits, wanted->digit_count, label->digits,
				label->digit_count);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (low > 0 && compare_product(form, wanted, &lattice->steps[low - 1].label) == 0)
		return (long)lattice->steps[low - 1].pool;
	if (low < lattice->count && compare_product(form, wanted, &lattice->steps[low].label) == 0)
		return (long)lattice->steps[low].pool;
	return LATTICE_NONE;
}

static long generic(const struct lattice *lattice, bool v6)
{
	static const char *const preferred[2][4] = { { "frontends", "fe", NULL, NULL },
		{ "v6frontends", "fe6", "frontends", "fe" } };
	for (size_t i = 0; i < 4 && preferred[v6][i] != NULL; i++)
		for (size_t pool = 0; pool < lattice->pool_count; pool++)
			if (strcmp(lattice->pools[pool].label, preferred[v6][i]) == 0)
				return (long)pool;
	return LATTICE_NONE;
}

long lattice_find(const struct lattice *lattice, const char *text, size_t length)
{
	static const enum label_form order[][2] = {
		[LABEL_PLAIN] = { LABEL_PLAIN, LABEL_V4 },
		[LABEL_V4] = { LABEL_V4, LABEL_PLAIN },
		[LABEL_V6] = { LABEL_V6, LABEL_PLAIN },
	};
	struct label wanted;
	label_read(text, length, &wanted);
	if (wanted.form == LABEL_OTHER)
		return LATTICE_NONE;
	long found = LATTICE_NONE;
	for (int pass = 0; pass < 2 && wanted.form != LABEL_GENERIC && found == LATTICE_NONE; pass++) {
		for (size_t i = 0; i < 2 && found == LATTICE_NONE; i++)
			found = nearest(lattice, order[wanted.form][i], &wanted);
		wanted.letter_count = 0;
	}
	if (found == LATTICE_NONE)
		found = generic(lattice, label_families(text, length) == FAMILY_6);
	return found;
}
