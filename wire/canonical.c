/* SPDX-License-Identifier: BSD-2-Clause */
/* RDATA in order, names as keys that sort as they must, and bitmaps of types. */
#include "wire/canonical.h"

#include <stdlib.h>
#include <string.h>

struct piece {
	const uint8_t *rdata;
	uint16_t length;
};

static int compare_octets(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	return compare_octets(x->rdata, x->length, y->rdata, y->length);
}

uint8_t *rdatas_sort(struct rdatas from, size_t *size)
{
	size_t count = 0;
	uint16_t length;
	for (struct rdatas rest = from; rdatas_next(&rest, &length) != NULL;)
		count++;
	struct piece *pieces = calloc(count + 1, sizeof *pieces), *p = pieces;
	uint8_t *sorted = malloc(from.size + 1), *at = sorted;
	if (pieces == NULL || sorted == NULL) {
		free(pieces);
		free(sorted);
		return NULL;
	}
	for (struct rdatas rest = from; (p->rdata = rdatas_next(&rest, &p->length)) != NULL;)
		p++;
	qsort(pieces, count, sizeof *pieces, compare_pieces);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_pieces(&pieces[i - 1], &pieces[i]) == 0)
			continue;
		memcpy(at, pieces[i].rdata - 2, 2 + (size_t)pieces[i].length);
		at += 2 + (size_t)pieces[i].length;
	}
	*size = (size_t)(at - sorted);
	free(pieces);
	return sorted;
}

/* A key has the labels from the root down, each ended by END. So that END is less than all else, an octet 0 or 1
 * within a label is written as two: ESCAPE, and the octet. */
enum { END = 0, ESCAPE = 1 };

size_t canonical_key(const struct name *name, uint8_t *key)
{
	const uint8_t *labels[NAME_LABELS];
	size_t count = 0, size = 0;
	for (const uint8_t *label = name->wire; *label != 0; label += 1 + *label)
		labels[count++] = label;
	while (count-- > 0) {
		for (size_t i = 1; i <= labels[count][0]; i++) {
			uint8_t octet = labels[count][i];
			if (octet <= ESCAPE)
				key[size++] = ESCAPE;
			key[size++] = octet <= ESCAPE ? octet + 1 : octet;
		}
		key[size++] = END;
	}
	return size;
}

void canonical_name(const uint8_t *key, size_t size, struct name *name)
{
	uint8_t wire[NAME_WIRE];
	size_t at = NAME_WIRE, written;
	wire[--at] = 0;
	for (size_t i = 0; i < size;) {
		uint8_t label[NAME_LABEL];
		for (written = 0; key[i] != END; i++)
			label[written++] = key[i] != ESCAPE ? key[i] : key[++i] - 1;
		i++;
		at -= written;
		memcpy(wire + at, label, written);
		wire[--at] = (uint8_t)written;
	}
	memset(name, 0, sizeof *name);
	name->size = (uint8_t)(NAME_WIRE - at);
	memcpy(name->wire, wire + at, name->size);
}

size_t canonical_parent(const uint8_t *key, size_t size)
{
	for (size--; size > 0 && key[size - 1] != END;)
		size--;
	return size;
}

int canonical_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	return compare_octets(a, a_size, b, b_size);
}

size_t type_bitmap(const uint16_t *types, size_t count, uint8_t *bitmap)
{
	size_t size = 0;
	for (size_t i = 0; i < count;) {
		uint8_t window = (uint8_t)(types[i] >> 8), *head = bitmap + size;
		memset(head, 0, 34);
		head[0] = window;
		for (; i < count && types[i] >> 8 == window; i++) {
			unsigned bit = types[i] & 255;
			head[2 + bit / 8] |= (uint8_t)(128 >> bit % 8);
			head[1] = (uint8_t)(bit / 8 + 1);
		}
		size += 2 + (size_t)head[1];
	}
	return size;
}
