/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering/share.h"

#include <math.h>

#include "steering/label.h"

static int64_t addresses_of(const struct seat *seat, uint8_t family)
{
	const char *rest = seat->offer->relay->addresses;
	struct address address;
	int64_t count = 0;
	while (seat->in && address_next(&rest, &address))
		count += address.family == family;
	return count;
}

static double weight_of(const struct seat *seat)
{
	return seat->offer->weight > 0 ? (double)seat->offer->weight : 1;
}

/* How many addresses are nearer than a distance, on average: a seat's is an exponential variate. */
static double nearer(const struct membership *m, uint8_t family, double distance)
{
	double sum = 0;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		if (seat->in)
			sum += (double)addresses_of(seat, family) * -expm1(-weight_of(seat) * distance);
	return sum;
}

/* The distance within which so many addresses are; INFINITY when there are no more. */
static double reach(const struct membership *m, uint8_t family, int64_t total, int64_t most)
{
	double low = 0, high = 1e-6;
	if (total <= most)
		return INFINITY;
	while (nearer(m, family, high) < (double)most)
		high *= 2;
	for (int i = 0; i < 40; i++) {
		double middle = (low + high) / 2;
		if (nearer(m, family, middle) < (double)most)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static int64_t count_addresses(const struct membership *m, uint8_t family)
{
	int64_t total = 0;
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++)
		total += addresses_of(seat, family);
	return total;
}

static void add_family(const struct membership *m, uint8_t family, int64_t total, double part, double *shares)
{
	int64_t most = m->pool->answers < total ? m->pool->answers : total;
	double distance = reach(m, family, total, most);
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in)
			shares[i] += part * (double)addresses_of(&m->seats[i], family) / (double)most
				* -expm1(-weight_of(&m->seats[i]) * distance);
}

void steering_shares(const struct membership *m, double *shares)
{
	int64_t total4 = (m->families & FAMILY_4) != 0 ? count_addresses(m, ADDRESS_V4) : 0;
	int64_t total6 = (m->families & FAMILY_6) != 0 ? count_addresses(m, ADDRESS_V6) : 0;
	double part = total4 > 0 && total6 > 0 ? 0.5 : 1;
	for (size_t i = 0; i < m->count; i++)
		shares[i] = 0;
	if (total4 > 0 && m->pool->answers > 0)
		add_family(m, ADDRESS_V4, total4, part, shares);
	if (total6 > 0 && m->pool->answers > 0)
		add_family(m, ADDRESS_V6, total6, part, shares);
}
